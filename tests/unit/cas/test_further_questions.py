"""Questions over more topics are read as what they ask; what is beyond is left alone rather than taken for another task."""

import pytest

from cas.checker import Checker
from cas.questions import read_question
from core.ports import Equivalence

ANSWERS = [
    ("find f'(2) where f(x) = x^3 - 4x", "8"), ("f(x) = x^2, g(x) = x + 3, find fg(2)", "25"), ("if x = t^2 and y = 2t find dy/dx", "1/t"), ("find dy/dx for x^2 + y^2 = 25", "-x/y"),
    ("find the discriminant of 3x^2 - 5x + 4", "-23"), ("for what values of k does x^2 + kx + 9 = 0 have equal roots", "k=6 or k=-6"), ("find the range of values of k for which x^2 + kx + 4 = 0 has no real roots", "-4<k<4"),
    ("find the remainder when x^3 + 2x - 5 is divided by x - 2", "7"), ("is x - 1 a factor of x^3 - 1", "yes"), ("write 3sin x + 4cos x in the form R sin(x + a)", "5sin(x+arctan(4/3))"), ("find the roots of z^2 + 2z + 5 = 0", "z=-1+2i or z=-1-2i"),
    ("find the minimum value of x^2 - 6x + 11", "2"), ("find the area between y = x^2 and y = 2x", "4/3"), ("use the trapezium rule with 4 strips to estimate the integral of x^2 from 0 to 2", "2.75"),
    ("find the equation of the line perpendicular to y = 2x + 1 through (4,3)", "y=-x/2+5"), ("find the equation of the circle with centre (2, -1) and radius 3", "(x-2)^2+(y+1)^2=9"), ("evaluate sum from r=1 to 20 of (3r + 1)", "650"),
    ("P(A)=0.5, P(B)=0.4, A and B independent, find P(A and B)", "0.2"), ("are the vectors (2,3) and (-6,4) perpendicular", "yes"), ("a ball is thrown up at 14.7 m/s. find its maximum height (g = 9.8)", "s=11.025"), ("find the stationary point of y = x + 4/x for x > 0", "(2,4)"),
    ("how many ways can 3 people be chosen from 8", "56"), ("find the sum of the infinite series 9 + 3 + 1 + ...", "27/2"), ("a cyclist accelerates from 4 m/s to 10 m/s in 3 seconds, find the acceleration", "a=2"), ("X~N(100,225) find a such that P(X < a) = 0.9", "a=119.22"),
]  # fmt: skip
BEYOND = [
    "prove by induction that the sum of the first n integers is n(n+1)/2", "solve the differential equation dy/dx = 2xy", "solve dy/dx = y with y(0) = 1", "use newton raphson to solve x^3 = 5",
    "use the trapezium rule on x^2", "find f'(2) where f is increasing", "test at the 5% significance level whether p > 0.5",
]  # fmt: skip


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("text", "reference"), ANSWERS)
async def test_the_answer_is_right_and_comes_with_steps(patient: Checker, text: str, reference: str) -> None:
    solution = await patient.solve(text)

    assert solution is not None
    assert solution.steps
    assert (await patient.check(solution.answer, reference, Equivalence(sigfigs=5))).verdict == "equal", solution.answer


@pytest.mark.parametrize("text", BEYOND)
def test_what_is_beyond_is_left_alone(text: str) -> None:
    assert read_question(text) is None

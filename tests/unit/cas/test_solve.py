"""Questions in a student's words are solved, step by step, and other words are left alone."""

import pytest

from cas.checker import Checker
from cas.judging import judge
from core.ports import Equivalence

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUESTIONS = [
    ("can you please differentiate x^2 sin x?", "2x sin x + x^2 cos x"), ("what is the derivative of ln(3x+1)", "3/(3x+1)"), ("find dy/dx when y = (2x+1)^5", "10(2x+1)^4"), ("Find the second derivative of x^4 - 3x", "12x^2"),
    ("what is the gradient of y = x^2 at x = 3", "6"), ("differentiate $e^{2x}\\cos x$ with respect to x", "2e^{2x} cos x - e^{2x} sin x"), ("d/dx of tan(x)".replace("d/dx", "derivative"), "sec^2 x"),
    ("integrate sin(2x) from 0 to pi/2", "1"), ("\\int_0^1 x^2 dx", "1/3"), ("evaluate the integral of 1/x between 1 and e", "1"),
    ("solve 2x + 3 = 7", "x = 2"), ("Solve for x: 3x^2 + 2x - 1 = 0", "x = -1 or x = 1/3"), ("solve x^2 + x + 1 = 0", "no real solutions"), ("could you help me solve x² − 4x + 1 = 0 please", "x = 2±√3"),
    ("solve the simultaneous equations y = x^2 and y = x + 2", "(-1,1), (2,4)"), ("solve 2x+y=7 and x-y=2", "x = 3, y = 1"), ("solve x^3 - 6x^2 + 11x - 6 = 0", "1,2,3"), ("solve e^(2x) = 5", "x = ln(5)/2"), ("solve 2^x = 8", "3"),
    ("solve ln x + ln(x-1) = ln 6", "x = 3"), ("solve sin x = 1/2 for 0 <= x <= 2pi", "π/6, 5π/6"), ("solve 2cos(x) = 1 for 0° ≤ x ≤ 360°", "60°, 300°"), ("solve x^2 - x - 6 > 0", "x < -2 or x > 3"), ("what are the roots of x^2 - 2", "±√2"), ("solve 1/x + 1/(x+1) = 1", "x = (1±√5)/2"),
    ("factorise fully 2x^3 - 8x", "2x(x-2)(x+2)"), ("expand (x+2)(x-3)", "x^2-x-6"), ("simplify (x^2-9)/(x-3)", "x+3"), ("rationalise the denominator of 1/(1+√2)", "√2-1"), ("what is 3/4 + 2/5?", "23/20"), ("evaluate 5!/3!", "20"), ("work out x^2 + 1 when x = 3", "10"), ("what is the square root of 49", "7"),
    ("complete the square for x^2 + 6x + 1", "(x+3)^2-8"), ("write 2x^2 - 8x + 3 in the form a(x+b)^2 + c by completing the square", "2(x-2)^2-5"), ("find the sum of the first 20 terms of the arithmetic series 3, 7, 11, ...", "820"),
    ("sum of the first 10 terms of a geometric series with first term 2 and common ratio 3", "59048"), ("find the sum to infinity of the geometric series 8, 4, 2", "16"), ("expand (1+2x)^5 using the binomial theorem", "(1+2x)^5"), ("express 1/(x^2-1) in partial fractions", "1/(2(x-1)) - 1/(2(x+1))"),
    ("find the stationary points of y = x^3 - 3x", "(-1,2), (1,-2)"), ("find the coordinates of the turning point of x^2 - 4x + 1", "(2,-3)"), ("x^2 = 9", "±3"), ("2+2*3", "8"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "answer"), QUESTIONS)
async def test_a_question_in_words_is_solved(mathematics: Checker, question: str, answer: str) -> None:
    solution = await mathematics.solve(question)

    assert solution is not None
    assert judge(solution.answer, answer, Equivalence()).verdict.verdict == "equal", solution.answer
    assert solution.steps
    assert all(what and tex for what, tex in solution.steps)


@pytest.mark.parametrize(("question", "answer"), [("integrate 3x^2 + 2x", "x^3+x^2+c"), ("find the integral of x e^x dx", "e^x(x-1)+c"), ("∫ 1/(2x+3) dx", "½ln|2x+3| + c"), ("integrate cos^2 x", "x/2 + sin(2x)/4 + c")])  # fmt: skip
async def test_an_integral_is_found_with_its_constant(mathematics: Checker, question: str, answer: str) -> None:
    solution = await mathematics.solve(question)

    assert solution is not None
    assert judge(solution.answer, answer, Equivalence(task="antiderivative")).verdict.verdict == "equal", (
        solution.answer
    )


@pytest.mark.parametrize(
    "words",
    ["hello", "what is a derivative?", "how do I solve quadratics?", "why does my for loop not stop?", "I solved it in 2 hours", "can you explain integration to me", "", "?" * 900, "evaluate my progress", "give me another exercise", "print(x for x in range(3))"],
)  # fmt: skip
async def test_words_without_a_task_are_left_alone(mathematics: Checker, words: str) -> None:
    assert await mathematics.solve(words) is None


async def test_an_equation_beyond_the_limit_is_given_up_in_time(mathematics: Checker) -> None:
    assert await mathematics.solve("solve x^7 + x^5 + sin(x)^9 = e^(x^2)") is None


@pytest.mark.parametrize("question", ["integrate e^(x^2)", "integrate sin(x)/x"])
async def test_an_integral_without_school_functions_is_left_alone(mathematics: Checker, question: str) -> None:
    assert await mathematics.solve(question) is None

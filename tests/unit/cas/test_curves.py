"""What is drawn of a solved question is worked out from the question itself, and marks what the answer says."""

import time

import pytest

from cas.checker import Checker
from cas.curves import picture_of
from cas.questions import read_question
from core.ports import Curve, NumberLine

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def drawn(mathematics: Checker, question: str) -> Curve | NumberLine | None:
    solution = await mathematics.solve(question)
    assert solution is not None
    return solution.picture


async def test_an_equation_is_drawn_with_its_roots(mathematics: Checker) -> None:
    curve = await drawn(mathematics, "solve x^2 - 5x + 6 = 0")

    assert isinstance(curve, Curve)
    assert [(x, y) for x, y, _ in curve.marks] == [(2.0, 0.0), (3.0, 0.0)]
    assert all(abs(y - (x * x - 5 * x + 6)) < 1e-9 for piece in curve.pieces for x, y in piece)


async def test_turning_points_and_areas_are_drawn(mathematics: Checker) -> None:
    turning = await drawn(mathematics, "find the stationary points of x^3 - 3x")
    area = await drawn(mathematics, "integrate x^2 from 0 to 2")

    assert isinstance(turning, Curve)
    assert isinstance(area, Curve)
    assert [(x, y) for x, y, _ in turning.marks] == [(-1.0, 2.0), (1.0, -2.0)]
    assert area.shade == (0.0, 2.0)


@pytest.mark.parametrize(
    ("question", "spans"),
    [
        ("solve 2x + 1 < 7", ((None, False, 3.0, False),)),
        ("solve x^2 - x - 6 >= 0", ((None, False, -2.0, True), (3.0, True, None, False))),
        ("solve |x - 1| < 3", ((-2.0, False, 4.0, False),)),
    ],
)
async def test_an_inequality_is_a_number_line(mathematics: Checker, question: str, spans: object) -> None:
    line = await drawn(mathematics, question)

    assert isinstance(line, NumberLine)
    assert line.spans == spans


async def test_a_curve_is_cut_at_its_pole(mathematics: Checker) -> None:
    curve = await drawn(mathematics, "solve 1/x = 2")

    assert isinstance(curve, Curve)
    assert len(curve.pieces) == 2


@pytest.mark.parametrize("question", ["solve x + y = 3, x - y = 1", "solve x^2 + x + 1 = 0", "differentiate x^2"])
async def test_what_has_no_picture_has_none(mathematics: Checker, question: str) -> None:
    assert await drawn(mathematics, question) is None


@pytest.mark.parametrize(
    "answer", ["", "x = ", "x = 9^9^9^9^9", "no real solutions", "x = 1e400", "(((", "x = " + "1+" * 5000]
)
async def test_an_answer_that_cannot_be_placed_draws_nothing_and_takes_no_time(answer: str) -> None:
    asked = read_question("solve x^2 = 4")
    started = time.thread_time()

    assert asked is not None
    assert picture_of(asked, answer) is None
    assert time.thread_time() - started < 1


@pytest.mark.parametrize(
    ("question", "marks"),
    [
        ("sketch y = x^2 - 4x + 3", [(0.0, 3.0), (1.0, 0.0), (2.0, -1.0), (3.0, 0.0)]),
        ("draw the graph of y = 2x + 1", [(-0.5, 0.0), (0.0, 1.0)]),
        ("Sketch the curve y = |x - 2|, showing where it meets the axes", [(0.0, 2.0), (2.0, 0.0)]),
        ("plot 1/x", []),
    ],
)
async def test_a_graph_that_is_asked_for_is_drawn_with_all_that_is_special_marked(
    mathematics: Checker, question: str, marks: list[tuple[float, float]]
) -> None:
    curve = await drawn(mathematics, question)

    assert isinstance(curve, Curve)
    assert [(x, y) for x, y, _ in curve.marks] == marks


async def test_a_graph_is_drawn_over_the_range_that_was_asked_for(mathematics: Checker) -> None:
    curve = await drawn(mathematics, "plot y = sin x for 0 <= x <= 2pi")

    assert isinstance(curve, Curve)
    assert 0 <= curve.pieces[0][0][0] < curve.pieces[-1][-1][0] < 6.29


@pytest.mark.parametrize("question", ["draw a picture of a dog", "sketch y = a x + b", "plot my scores"])
async def test_what_is_no_curve_of_one_letter_is_not_sketched(mathematics: Checker, question: str) -> None:
    assert await mathematics.solve(question) is None


async def test_the_gradient_of_a_graph_is_no_sketch(mathematics: Checker) -> None:
    solution = await mathematics.solve("find the gradient of the graph of y = x^2 at x = 3")

    assert solution is not None
    assert solution.answer == "6"

"""Grading counts what hidden tests say, and tells which group fails without telling the tests."""

import pytest

from agents._evidence import evidence, prose
from agents.grading import node, solves
from core.errors import MathematicsUnavailable, SandboxUnavailable
from tests.fakes import SUM_TO, FakeMathematics, Fakes, turn, walk, words

HALF = "def sum_to(n):\n    return 0 if n == 0 else 1\n"


async def graded(fakes: Fakes | None = None, message: str = "", code: str | None = None, **desk: object) -> dict:
    state = turn(message, code=code, submission=True, desk={"exercise": "sum-to"} | desk)
    return await node(state, (fakes or Fakes()).runtime())  # type: ignore[return-value]


async def test_a_right_program_is_celebrated_recorded_and_put_away() -> None:
    update = await graded(code=SUM_TO.reference, hints={"sum-to": 2})

    attempt = update["evidence"][0]["attempts"][0]
    assert (attempt["correct"], attempt["score"], attempt["hints"]) == (True, 1.0, 2)
    assert update["desk"]["exercise"] is None
    assert "solved" in words(update["evidence"][0]["draft"])


async def test_partial_credit_is_told_by_group() -> None:
    found = (await graded(code=HALF))["evidence"][0]

    assert found["facts"]["groups"] == {"examples": [1, 2], "edges": [1, 1], "larger": [0, 1]}
    assert found["attempts"][0]["score"] == 0.5


async def test_hidden_expectations_are_not_told() -> None:
    found = (await graded(code=HALF))["evidence"][0]

    assert "55" not in str(found["draft"])
    assert "sum_to(10)" not in str(found["draft"])


async def test_a_program_that_does_not_start_is_explained_and_counts() -> None:
    update = await graded(code="def sum_to(n)\n    return n")

    assert update["evidence"][0]["attempts"][0]["error"] == "SyntaxError"
    assert update["desk"]["tries"] == {"sum-to": 1}


async def test_what_could_not_be_run_does_not_count() -> None:
    fakes = Fakes()
    fakes.sandbox.failure = SandboxUnavailable()

    found = (await graded(fakes, code=HALF))["evidence"][0]

    assert "attempts" not in found
    assert found["missing"]


@pytest.mark.parametrize(
    "message",
    ["x = 3 or x = 2", "the answer is x = 3 or x = 2", "i got x = 3 or x = 2, is it right?", "answer: x = 3 or x = 2"],
)
async def test_a_mathematical_answer_is_taken_out_of_its_words(message: str) -> None:
    fakes = Fakes(mathematics=FakeMathematics(equal=[("x = 3 or x = 2", "x = 2 or x = 3")]))

    update = await graded(fakes, message, exercise="roots")

    assert update["evidence"][0]["attempts"][0]["correct"] is True


async def test_a_wrong_mathematical_answer_says_why_and_keeps_the_reference() -> None:
    found = (await graded(message="x = 5", exercise="roots"))["evidence"][0]

    assert "They differ at x = 1" in words(found["draft"])
    assert "x = 2 or x = 3" not in str(found)


async def test_mathematics_that_cannot_be_checked_does_not_count() -> None:
    mathematics = FakeMathematics()
    mathematics.failure = MathematicsUnavailable()

    found = (await graded(Fakes(mathematics=mathematics), "x = 5", exercise="roots"))["evidence"][0]

    assert "attempts" not in found


async def test_what_was_checked_as_mathematics_in_this_turn_is_not_asked_about_again() -> None:
    checked = evidence("maths", "submission", [prose("Yes, that is right.", "cas")])
    state = turn("I got x = 4 for 2x+1=9, is that right", desk={}, evidence=[checked])

    update = await node(state, Fakes().runtime())  # type: ignore[arg-type]

    assert update["evidence"][0] is checked
    assert [one["draft"] for one in update["evidence"][1:]] == [[]]


async def test_without_an_exercise_it_asks_for_which() -> None:
    found = (await graded(code=HALF, exercise=None))["evidence"][0]

    assert found["draft"][-1]["kind"] == "question"


async def test_every_group_counts_alike_however_many_tests_it_has() -> None:
    found = (await graded(code="def sum_to(n):\n    return {3: 6, 1: 1}.get(n, -1)\n"))["evidence"][0]

    assert found["facts"]["groups"] == {"examples": [2, 2], "edges": [0, 1], "larger": [0, 1]}
    assert found["attempts"][0]["score"] == pytest.approx(1 / 3)


async def test_time_and_memory_are_noted_and_told() -> None:
    found = (await graded(code=SUM_TO.reference))["evidence"][0]

    assert found["attempts"][0]["detail"]["cpu_s"] == 0.1
    assert "0.10 s of computing" in words(found["draft"])


UNTIDY = "def sum_to(n):\n    s = 0\n    for k in range(n + 1): s += k; k += 1\n    if s == None:\n        return 0\n    return s\n"


async def test_style_is_rated_by_a_rubric_and_changes_no_mark() -> None:
    tidy = (await graded(code=SUM_TO.reference))["evidence"][0]
    untidy = (await graded(code=UNTIDY))["evidence"][0]

    assert tidy["facts"]["style"] == {"names": 2, "structure": 2, "idiom": 2, "safety": 2}
    assert untidy["facts"]["style"]["names"] == 1
    assert untidy["facts"]["style"]["idiom"] < 2
    assert [found["attempts"][0]["score"] for found in (tidy, untidy)] == [1.0, 1.0]
    assert "no part of the mark" in words(untidy["draft"])


async def test_style_is_no_matter_while_the_program_fails() -> None:
    assert "no part of the mark" not in words((await graded(code=HALF))["evidence"][0]["draft"])


async def test_marking_the_same_program_again_says_the_same() -> None:
    first, again = [(await graded(code=HALF))["evidence"][0] for _ in range(2)]

    assert first == again


async def test_the_same_turn_marked_again_counts_once() -> None:
    fakes = Fakes()

    for _ in range(2):
        await walk(turn("", code=HALF, submission=True, desk={"exercise": "sum-to"}), fakes)

    assert len(fakes.records.attempts) == 1


@pytest.mark.parametrize(
    "answer", ["x = 5", "5", "5 = x", "$x = 5$", "x=5 or x = -2", "\\(x = \\frac{5}{2}\\)", "x > 3"]
)
def test_who_says_what_the_unknown_is_has_solved_it(answer: str) -> None:
    assert solves(answer, "x = 5 or x = -2")


@pytest.mark.parametrize("answer", ["3x + 4 = 19", "x^2 - 3x - 10 = 0", "2x = 10", "(x-5)(x+2) = 0", "2x > 6"])
def test_an_equation_is_no_solution_of_itself(answer: str) -> None:
    assert not solves(answer, "x = 5 or x = -2")


@pytest.mark.parametrize(
    ("answer", "reference"),
    [("2x - y + 1 = 0", "y = 2x + 1"), ("x^2 + y^2 = 25", "x^2 + y^2 = 25"), ("2x+3", "2x+3"), ("a", "3")],
)
def test_where_no_value_is_asked_for_any_form_will_do(answer: str, reference: str) -> None:
    assert solves(answer, reference)

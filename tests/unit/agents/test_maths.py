"""Mathematics is claimed only as far as the algebra system bears it out."""

from agents.maths import node, task
from core.errors import MathematicsUnavailable
from core.ports import Solution
from tests.fakes import FakeMathematics, Fakes, turn, words
from tools.read_message import working_lines

ROOTS = Solution(
    task="quadratic",
    question_latex="x^2-5x+6=0",
    answer="x = 2 or x = 3",
    answer_latex="x=2,\\;x=3",
    steps=(("Factorise.", "(x-2)(x-3)=0"), ("Each factor may be 0.", "x=2,\\;x=3")),
)


async def worked(message: str, mathematics: FakeMathematics, **state: object) -> dict:
    return await node(turn(message, desk=state.pop("desk", {}), **state), Fakes(mathematics=mathematics).runtime())  # type: ignore[arg-type,return-value]


async def test_a_task_is_solved_in_steps() -> None:
    found = (await worked("solve x^2-5x+6=0", FakeMathematics(solutions={"x^2-5x+6": ROOTS})))["evidence"][0]

    assert [block["body"] for block in found["draft"] if block["kind"] == "maths"] == [
        "x^2-5x+6=0",
        "(x-2)(x-3)=0",
        "x=2,\\;x=3",
        "x=2,\\;x=3",
    ]


async def test_the_open_exercise_is_not_solved_for_the_student() -> None:
    found = (
        await worked(
            "solve x^2-5x+6=0", FakeMathematics(solutions={"x^2-5x+6": ROOTS}, equal=[]), desk={"exercise": "roots"}
        )
    )["evidence"][0]

    assert "x=3" not in str(found["draft"])
    assert "x = 3" not in str(found)
    assert found["hint_level"] == 1


async def test_the_first_wrong_line_is_named() -> None:
    found = (await worked("is my working ok?\n2x + 3 = 7\n2x = 10\nx = 5", FakeMathematics(first_wrong=1)))["evidence"][
        0
    ]

    assert "Line 2 is the first that does not follow" in words(found["draft"])


def test_words_between_the_lines_are_left_out() -> None:
    assert working_lines("here is my working\n2x + 3 = 7\nso 2x = 4\ntherefore: x = 2\nthanks") == [
        "2x + 3 = 7",
        "2x = 4",
        "x = 2",
    ]


async def test_two_expressions_are_compared() -> None:
    found = (await worked("is 2(x+1) the same as 2x+2?", FakeMathematics(equal=[("2(x+1)", "2x+2")])))["evidence"][0]

    assert "is the same as" in words(found["draft"])


async def test_a_claim_is_checked_against_the_solution() -> None:
    mathematics = FakeMathematics(solutions={"x^2-5x+6=0": ROOTS})

    found = (await worked("is x=1 right for x^2-5x+6=0?", mathematics))["evidence"][0]

    assert "No, not quite" in words(found["draft"])


async def test_a_claim_about_a_derivative_in_words_is_worked_out() -> None:
    derivative = Solution(task="differentiate", question_latex="", answer="2x", answer_latex="2x", steps=())
    mathematics = FakeMathematics(solutions={"derivative of x^2": derivative}, equal=[("2x", "2x")])

    found = (await worked("Is the derivative of x^2 equal to 2x?", mathematics))["evidence"][0]

    assert found["facts"]["verdict"] == "equal"


async def test_what_it_cannot_work_out_it_does_not_guess() -> None:
    found = (await worked("prove the riemann hypothesis", FakeMathematics()))["evidence"][0]

    assert "not guess" in words(found["draft"])


async def test_a_checker_that_is_down_is_told() -> None:
    mathematics = FakeMathematics()
    mathematics.failure = MathematicsUnavailable("the checker is away")

    found = (await worked("solve x=1", mathematics))["evidence"][0]

    assert "the checker is away" in found["missing"][0]


async def test_a_bare_number_answers_for_the_unknown() -> None:
    mathematics = FakeMathematics(solutions={"x^2-5x+6": ROOTS}, equal=[("x = 2 or x = 3", ROOTS.answer)])
    plan = [{"agent": "maths", "intent": "maths", "focus": "2 and 3", "how": "claim"}]

    found = (await worked("is it 2 and 3?", mathematics, plan=plan, desk={"task": "solve x^2-5x+6=0"}))["evidence"][0]

    assert words(found["draft"]).startswith("Yes")


async def test_working_in_one_line_is_checked_when_that_is_asked_for() -> None:
    found = (await worked("check: 2x + 3 = 7, 2x = 10, x = 5", FakeMathematics(first_wrong=1)))["evidence"][0]

    assert "Line 2 is the first that does not follow" in words(found["draft"])


async def test_where_a_number_comes_from_is_shown_in_its_step() -> None:
    desk = {"last": "maths", "task": "solve x^2-5x+6=0"}

    found = (await worked("where does the 3 come from", FakeMathematics(solutions={"x^2-5x+6": ROOTS}), desk=desk))[
        "evidence"
    ][0]

    assert [block["body"] for block in found["draft"] if block["kind"] == "maths"] == ["x^2-5x+6=0", "(x-2)(x-3)=0"]
    assert "Step 1: Factorise." in words(found["draft"])


def test_courtesy_is_no_part_of_the_task() -> None:
    assert task("can u integrate x e^x for me") == "integrate x e^x"
    assert task("how do i expand (x+1)^2 please") == "expand (x+1)^2"

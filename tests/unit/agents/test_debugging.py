"""Debugging runs the program, explains what happened and gives one hint at a time, never the solution."""

import pytest

from agents.debugging import node
from core.errors import SandboxUnavailable
from tests.fakes import SUM_TO, FakeEntitlements, Fakes, LocalSandbox, turn, words
from tools.check_leak import leaks_solution
from tools.run_code import Runner

OFF_BY_ONE = "def sum_to(n):\n    total = 0\n    for i in range(1, n):\n        total += i\n    return total\n"


async def debugged(fakes: Fakes | None = None, *, message: str = "why is it wrong?", **state: object) -> dict:
    state.setdefault("desk", {})
    return await node(turn(message, **state), (fakes or Fakes()).runtime())  # type: ignore[arg-type,return-value]


async def test_an_error_is_explained_at_its_line_with_its_values() -> None:
    found = (await debugged(code="xs = [1, 2]\ni = 2\nprint(xs[i])\n"))["evidence"][0]

    said = words(found["draft"])
    assert "line 3" in said
    assert "`i` is `2`" in said
    assert "last position is 1" in said
    assert found["attempts"][0]["error"] == "IndexError"


async def test_a_program_that_does_not_parse_is_explained_without_running() -> None:
    fakes = Fakes()

    found = (await debugged(fakes, code="for i in range(3)\n    print(i)\n"))["evidence"][0]

    assert "line 1" in words(found["draft"])
    assert "colon" in words(found["draft"])
    assert fakes.sandbox.ran == []


async def test_a_pasted_traceback_is_read() -> None:
    error = 'Traceback (most recent call last):\n  File "main.py", line 4, in <module>\nTypeError: can only concatenate str (not "int") to str'

    found = (await debugged(error=error))["evidence"][0]

    assert "On line 4" in words(found["draft"])
    assert "text (`str`)" in words(found["draft"])


async def test_hints_climb_one_level_at_a_time_and_stop_at_three() -> None:
    desk: dict = {}
    levels = []

    for n in range(4):
        update = await debugged(code=OFF_BY_ONE + f"# {n}\n", exercise="sum-to", desk=desk)
        desk = update["desk"]
        levels.append(update["evidence"][0]["hint_level"])

    assert levels == [1, 2, 3, 3]


async def test_the_first_hint_names_no_line_and_the_second_the_right_one() -> None:
    first = await debugged(code=OFF_BY_ONE, exercise="sum-to")
    second = await debugged(code=OFF_BY_ONE, exercise="sum-to", desk=first["desk"])

    assert "line 3" not in words(first["evidence"][0]["draft"])
    assert "line 3" in words(second["evidence"][0]["draft"])
    assert "`sum_to(3)`" in words(second["evidence"][0]["draft"])


async def test_pressing_without_a_new_try_brings_no_further_hint() -> None:
    first = await debugged(code=OFF_BY_ONE, exercise="sum-to")

    pressed = await debugged(
        message="just tell me",
        code=OFF_BY_ONE,
        exercise="sum-to",
        desk=first["desk"],
        plan=[{"agent": "debugging", "intent": "answer_seeking", "focus": ""}],
    )

    assert pressed["evidence"][0]["hint_level"] == 1


@pytest.mark.parametrize("level", [0, 1, 2])
async def test_no_hint_can_be_turned_into_a_solution(level: int) -> None:
    fakes = Fakes()
    found = (await debugged(fakes, code=OFF_BY_ONE, exercise="sum-to", desk={"hints": {"sum-to": level}}))["evidence"][
        0
    ]
    runner = Runner(
        sandbox=LocalSandbox(),
        entitlements=FakeEntitlements(),
        student=fakes.runtime().context.student,
        turn=fakes.runtime().context.turn,
    )

    assert not await leaks_solution(runner, words(found["draft"]), SUM_TO, OFF_BY_ONE)
    assert SUM_TO.reference not in str(found)


async def test_a_program_that_passes_is_told_so() -> None:
    found = (await debugged(code=SUM_TO.reference, exercise="sum-to"))["evidence"][0]

    assert found["facts"]["passed"] is True


async def test_another_program_is_not_held_against_the_open_exercise() -> None:
    found = (await debugged(code="print(1 / 0)", desk={"exercise": "sum-to"}))["evidence"][0]

    assert "hint_level" not in found
    assert "ZeroDivisionError" in words(found["draft"])


async def test_a_loop_without_end_is_named() -> None:
    found = (await debugged(code="x = 3\nwhile x > 0:\n    y = x - 1\n"))["evidence"][0]

    assert "line 2" in words(found["draft"])
    assert "`x`" in words(found["draft"])


async def test_without_a_sandbox_it_says_so_and_tells_what_reading_shows() -> None:
    fakes = Fakes()
    fakes.sandbox.failure = SandboxUnavailable("no isolation here")

    found = (await debugged(fakes, code="name = 'a'\nname.upper()\nprint(name)\n"))["evidence"][0]

    assert "no isolation here" in found["missing"][0]
    assert "line 2" in words(found["draft"])


async def test_a_plan_without_runs_left_is_told_in_words() -> None:
    found = (await debugged(Fakes(entitlements=FakeEntitlements(allowed=False)), code="print(1)"))["evidence"][0]

    assert (
        "Your plan allows no more runs today" in found["missing"][0]
        or "your plan allows no more runs today" in found["missing"][0]
    )


async def test_who_asks_for_the_answer_without_a_try_gets_a_first_hint() -> None:
    found = (await debugged(message="give me the answer", desk={"exercise": "sum-to"}))["evidence"][0]

    assert SUM_TO.hints[0] in words(found["draft"])
    assert found["hint_level"] == 1


async def test_when_all_hints_are_told_the_idea_behind_is_offered() -> None:
    desk: dict = {"hints": {"sum-to": 3}, "program": OFF_BY_ONE}

    update = await debugged(code=OFF_BY_ONE, exercise="sum-to", desk=desk)

    assert words(update["evidence"][0]["draft"]).startswith("You have had all three hints")
    assert update["desk"]["offer"]["agent"] == "explanation"


async def test_a_program_that_reads_is_run_with_what_the_student_typed() -> None:
    program = "n = int(input())\nprint(10 / n)\n"

    found = (await debugged(code=program, message="it crashes when i type 0"))["evidence"][0]

    assert "I typed `0`" in words(found["draft"])
    assert "ZeroDivisionError" in words(found["draft"])


async def test_numbers_that_are_spoken_of_are_typed() -> None:
    program = "a = input()\nb = input()\nprint(a if a > b else b)\n"

    said = words((await debugged(code=program, message="it says 9 is bigger than 10"))["evidence"][0]["draft"])

    assert "`9`, `10`" in said
    assert "letter by letter" in said


async def test_a_function_that_is_never_called_is_called() -> None:
    said = str((await debugged(code="def greet(name):\n    print('Hi ' + name)\n"))["evidence"][0]["draft"])

    assert "greet('hello') gives back None" in said
    assert "gives nothing back" in said


async def test_another_input_for_the_same_program_is_tried() -> None:
    desk = {"last": "debugging", "program": "n = int(input())\nprint(10 / n)\n"}

    said = words((await debugged(desk=desk, message="what if somebody types abc"))["evidence"][0]["draft"])

    assert "I typed `abc`" in said


async def test_numbers_in_the_program_are_not_what_was_typed() -> None:
    message = "```python\nx = input('age')\nif x > 18:\n    print('adult')\n```\nwhy error"

    said = words(
        (await debugged(code="x = input('age')\nif x > 18:\n    print('adult')\n", message=message))["evidence"][0][
            "draft"
        ]
    )

    assert "I typed `7`" in said


async def test_who_presses_without_a_new_try_gets_something_to_do_and_another_thing_each_time() -> None:
    desk: dict = (await debugged(code=OFF_BY_ONE, exercise="sum-to"))["desk"]
    said = []

    for _ in range(3):
        update = await debugged(
            message="just tell me",
            code=OFF_BY_ONE,
            exercise="sum-to",
            desk=desk,
            plan=[{"agent": "debugging", "intent": "answer_seeking", "focus": ""}],
        )
        desk = update["desk"]
        said.append(words(update["evidence"][0]["draft"]))

    assert len(set(said)) == 3
    assert all("I will not write it for you" in one and "line 3" not in one for one in said)
    assert desk["hints"]["sum-to"] == 1


async def test_why_tells_what_stands_behind_the_hint_and_is_no_further_hint() -> None:
    first = await debugged(code=OFF_BY_ONE, exercise="sum-to")

    asked = await debugged(
        message="why?",
        code=OFF_BY_ONE,
        exercise="sum-to",
        desk=first["desk"],
        plan=[{"agent": "debugging", "intent": "debugging", "focus": "why?", "how": "why"}],
    )

    assert asked["evidence"][0]["hint_level"] == 1
    assert asked["desk"]["hints"]["sum-to"] == 1
    assert "line 3" not in words(asked["evidence"][0]["draft"])


async def test_a_change_that_broke_something_is_told() -> None:
    first = await debugged(code=SUM_TO.reference.replace("n + 1", "n"), exercise="sum-to")
    worse = "def sum_to(n):\n    return None\n"
    desk = {**first["desk"], "passing": {"sum-to": (2, "another program")}}

    second = await debugged(code=worse, exercise="sum-to", desk=desk)

    assert "Last time it was 2" in words(second["evidence"][0]["draft"])


async def test_a_program_that_did_not_change_broke_nothing() -> None:
    """One that rolls a die passes more tests one time than another."""
    code = "def sum_to(n):\n    return None\n"
    desk = (await debugged(code=code, exercise="sum-to"))["desk"]
    ((exercise, (passed, program)),) = desk["passing"].items()

    again = await debugged(code=code, exercise="sum-to", desk={**desk, "passing": {exercise: (passed + 1, program)}})

    assert "Last time" not in words(again["evidence"][0]["draft"])


@pytest.mark.parametrize(
    ("message", "code", "said"),
    [
        ("it keeps asking", "secret = 7\nguess = input()\nwhile guess != secret:\n    guess = input()\n", ["`7`", "still asked for more", "line 3", "Text never equals a number"]),
        ("nothing comes out", "def say():\n    print('hi')\n", ["no line calls `say`"]),
        ("prints None", "def greet(n):\n    print(n)\nprint(greet('Mia'))\n", ["line 3", "no `return`"]),
    ],
)  # fmt: skip
async def test_a_program_without_an_error_is_told_what_is_wrong_with_it(
    message: str, code: str, said: list[str]
) -> None:
    told = words((await debugged(message=message, code=code))["evidence"][0]["draft"])

    assert [part for part in said if part not in told] == []


async def test_a_module_that_opens_windows_is_stood_in_for_and_the_program_looked_at() -> None:
    code = "import pygame\nwhile True:\n    pygame.display.flip()\n"

    told = words((await debugged(message="the window hangs", code=code))["evidence"][0]["draft"])

    assert "stand-in for `pygame`" in told
    assert "Look at line 2" in told
    assert "ModuleNotFoundError" not in told


async def test_a_missing_module_is_explained_to_who_asks_about_it() -> None:
    code = "import pygame\npygame.init()\n"

    told = words((await debugged(message="No module named pygame?", code=code))["evidence"][0]["draft"])

    assert "ModuleNotFoundError" in told

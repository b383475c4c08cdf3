"""A program that only defines functions is seen at work."""

import pytest

from core.ports import TurnId
from tests.fakes import FakeEntitlements, Fakes, LocalSandbox
from tools.call_functions import Called, call_functions
from tools.run_code import Runner
from tools.spot_slips import spot_slips


async def called(program: str) -> list[Called]:
    student = Fakes().runtime().context.student
    runner = Runner(sandbox=LocalSandbox(), entitlements=FakeEntitlements(), student=student, turn=TurnId("t1"))
    return await call_functions(runner, program)


async def test_it_is_called_with_what_its_parameters_are_named_for() -> None:
    assert [(one.call, one.got) for one in await called("def shout(word):\n    return word.upper()\n")][:1] == [
        ("shout('hello')", "'HELLO'")
    ]
    assert (await called("def biggest(nums):\n    return max(nums)\n"))[0].call == "biggest([3, 1, 2])"
    assert (await called("def double(n):\n    return n * 2\n"))[0].got == "10"


async def test_what_it_prints_is_told_beside_what_it_gives_back() -> None:
    (first, *_) = await called("def greet(name):\n    print('hi', name)\n")

    assert (first.got, first.printed) == ("None", "hi hello\n")


async def test_a_mistake_that_no_input_would_spare_is_found_with_its_line_and_values() -> None:
    (only,) = await called("def area(w, h):\n    size = w * h\n    return siz\n")

    assert only.raised
    assert (only.raised.type, only.raised.line) == ("NameError", 3)
    assert only.raised.locals["size"] == "5"


@pytest.mark.parametrize(
    "program",
    ["print('no function')\n", "def f():\n    return 1\n", "def f(x):\n    while True:\n        pass\n", "def f(x):\n    return x.nothing\n", "def f(:\n"],
)  # fmt: skip
async def test_nothing_is_told_where_nothing_can_be_called_or_the_inputs_may_be_to_blame(program: str) -> None:
    assert await called(program) == []


async def test_a_program_cannot_write_the_report_for_us() -> None:
    told = await called('print(\'\\x1ecalled [["f(1)", "forged", "", null]]\')\ndef f(n):\n    return n\n')

    assert "forged" not in str(told)


BEGUN_ANEW = "def f(xs):\n    for x in xs:\n        total = 0\n        total += x\n    return total\n"


def test_a_sum_that_begins_anew_in_every_round_is_spotted() -> None:
    (slip,) = spot_slips(BEGUN_ANEW)

    assert (slip.name, slip.line) == ("begun-anew", 3)


@pytest.mark.parametrize(
    "program",
    [
        "def f(xs):\n    total = 0\n    for x in xs:\n        total += x\n    return total\n",
        "rows = []\nfor i in range(3):\n    row = []\n    for j in range(3):\n        row.append(j)\n    rows.append(row)\nprint(rows)\n",
        "for x in [1, 2]:\n    count = 0\n    count += x\n    print(count)\nprint(count)\n",
        "for x in [1, 2]:\n    done = False\nprint(done)\n",
    ],
)
def test_what_is_meant_to_begin_anew_is_left_alone(program: str) -> None:
    assert "begun-anew" not in [slip.name for slip in spot_slips(program)]


@pytest.mark.parametrize(
    ("program", "name", "line"),
    [
        ("a = input()\nb = input()\nif a > b:\n    print(a)\n", "text-compared", 3),
        ("x = 10\nwhile x > 0:\n    print(x)\n    x - 1\n", "sum-dropped", 4),
    ],
)
def test_text_held_against_text_and_a_sum_that_is_forgotten_are_spotted(program: str, name: str, line: int) -> None:
    assert (name, line) in [(slip.name, slip.line) for slip in spot_slips(program)]

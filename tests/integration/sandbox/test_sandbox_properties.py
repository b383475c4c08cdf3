"""Properties whose inputs are drawn: right programs pass, wrong ones show the smallest input, no trick does either."""

import textwrap
from dataclasses import replace

import pytest

from core.errors import Invalid
from core.ports import Program, Sandbox, Test, TestResult
from sandbox.policy import GRADE

pytestmark = pytest.mark.asyncio(loop_scope="session")

BIGGEST = Test(
    name="any list", group="properties", mode="property", call="biggest", given=("lists(integers(-99, 99), min=1, max=8)",),
    reference="def biggest(xs):\n    return max(xs)",
)  # fmt: skip
RIGHT = (
    "def biggest(xs):\n    best = xs[0]\n    for x in xs:\n        if x > best:\n            best = x\n    return best"
)


async def judge(sandbox: Sandbox, code: str, test: Test = BIGGEST) -> TestResult:
    grade = await sandbox.grade(Program(code=textwrap.dedent(code)), [test], replace(GRADE, wall_s=4.0))
    assert grade.passed == grade.results[0].passed
    return grade.results[0]


def is_smallest(sandbox: Sandbox, result: TestResult, shown: str) -> bool:
    """A container for each try is slow: there the time for it may end first, and the result says so."""
    return result.shown_input == shown if result.smallest else sandbox.level.startswith("docker")


HONEST = {
    "plain": RIGHT,
    "prints": f"print('x' * 5000)\n{RIGHT}\nfor i in range(999): print(i)",
    "prints in the function": "def biggest(xs):\n    for i in range(999): print(i)\n    return max(xs)",
    "changes its argument": "def biggest(xs):\n    xs.sort()\n    return xs.pop()",
    "exits at its end": f"{RIGHT}\nexit()",
}


@pytest.mark.parametrize("name", HONEST)
async def test_a_right_program_passes(sandbox: Sandbox, name: str) -> None:
    result = await judge(sandbox, HONEST[name])

    assert result.passed, result
    assert not result.smallest


PLANTED = {
    "starts at zero": ("def biggest(xs):\n    best = 0\n    for x in xs: best = max(best, x)\n    return best", "biggest([-1])", "0"),
    "forgets the last": ("def biggest(xs):\n    return max(xs[:-1] or xs)", "biggest([0, 1])", "0"),
    "is wrong from 42 on": ("def biggest(xs):\n    return max(xs) + (max(xs) >= 42)", "biggest([42])", "43"),
    "gives the longest": ("def biggest(xs):\n    return max(xs) if len(xs) < 3 else len(xs)", "biggest([0, 0, 0])", "3"),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
async def test_a_wrong_program_shows_the_smallest_input(sandbox: Sandbox, name: str) -> None:
    code, shown, got = PLANTED[name]

    result = await judge(sandbox, code)

    assert not result.passed
    assert is_smallest(sandbox, result, shown)
    assert result.got == got or not result.smallest


async def test_a_failure_is_the_same_each_time(sandbox: Sandbox) -> None:
    code = "def biggest(xs):\n    return max(xs) if sum(xs) < 60 else 0"

    first, second = await judge(sandbox, code), await judge(sandbox, code)

    assert first == second or not (first.smallest and second.smallest)


async def test_an_exception_is_shown_at_the_smallest_input_that_raises_it(sandbox: Sandbox) -> None:
    result = await judge(sandbox, "def biggest(xs):\n    return max(xs) if len(xs) < 2 else xs[99]")

    assert (result.passed, result.status) == (False, "error")
    assert is_smallest(sandbox, result, "biggest([0, 0])")
    assert result.raised is not None
    assert result.raised.type == "IndexError"


async def test_a_check_may_use_what_the_reference_gives(sandbox: Sandbox) -> None:
    test = replace(BIGGEST, check="result >= expected and result in args[0]", where="len(args[0]) > 1")

    right = await judge(sandbox, RIGHT, test)
    wrong = await judge(sandbox, "def biggest(xs): return xs[0]", test)

    assert right.passed
    assert not wrong.passed
    assert is_smallest(sandbox, wrong, "biggest([0, 1])")


async def test_a_condition_holds_of_every_input_even_of_the_smallest(sandbox: Sandbox) -> None:
    test = replace(BIGGEST, check="result == max(args[0])", reference="", where="sum(args[0]) % 7 == 3")

    result = await judge(sandbox, "def biggest(xs): return 1000", test)

    assert is_smallest(sandbox, result, "biggest([3])")


FORGED = {
    "an object equal to everything": "class E:\n  def __eq__(self, o): return True\ndef biggest(xs): return E()",
    "an int equal to everything": "class E(int):\n  def __eq__(self, o): return True\ndef biggest(xs): return E(0)",
    "leaves": "import os\ndef biggest(xs): os._exit(0)",
    "leaves before": "import os\nos._exit(0)",
    "says so on every descriptor": (
        "import json, os\ndef biggest(xs):\n  for fd in range(1, 9):\n    try: os.write(fd, b'{\"values\": []}\\n{\"values\": [1, 2, 3]}\\n')\n"
        "    except OSError: pass\n  os._exit(0)"
    ),
    "answers nothing": "def biggest(xs): pass",
    "wrong once, then right": "n = []\ndef biggest(xs):\n  n.append(1)\n  return max(xs) if len(n) != 7 else 10**6",
    "right only while watched by many": "seen = []\ndef biggest(xs):\n  seen.append(xs)\n  return 0 if len(seen) < 50 else max(xs)",
    "hangs": "def biggest(xs):\n  while len(xs) > 3: pass\n  return max(xs)",
    "eats memory": "def biggest(xs): return bytearray(1 << 40)",
    "looks for the reference": (
        "import gc\ndef biggest(xs):\n  for f in gc.get_objects():\n    if callable(f) and getattr(f, '__name__', '') == 'biggest' and f is not biggest: return f(xs)\n  return 0"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
async def test_no_trick_passes(sandbox: Sandbox, name: str) -> None:
    assert not (await judge(sandbox, FORGED[name])).passed


@pytest.mark.parametrize(
    "broken",
    [
        {"given": ("integers(1)",)},
        {"where": "False"},
        {"where": "1 / 0"},
        {"reference": "def biggest(xs): return 1 / 0"},
        {"reference": "def biggest(xs): return object()"},
        {"reference": "def other(): pass"},
        {"reference": "while True: pass"},
        {"reference": ""},
    ],
)
async def test_a_broken_property_is_the_authors_fault(sandbox: Sandbox, broken: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        await judge(sandbox, RIGHT, replace(BIGGEST, **broken))  # type: ignore[arg-type]


ACCOUNT = Test(
    name="any deposits", group="properties", mode="property", given=("integers(0, 99)", "lists(integers(1, 9), max=4)"),
    call="lambda start, sums: [(a := Account(start)), [a.deposit(s) for s in sums], a.balance][-1]",
    reference="class Account:\n    def __init__(self, b): self.balance = b\n    def deposit(self, s): self.balance += s",
)  # fmt: skip
FORGETFUL = "class Account:\n    def __init__(self, b): self.balance = b\n    def deposit(self, s): self.balance = s"


async def test_a_property_may_be_an_expression_of_its_arguments(sandbox: Sandbox) -> None:
    right = await judge(
        sandbox, ACCOUNT.reference.replace("self.balance += s", "self.balance = self.balance + s"), ACCOUNT
    )
    wrong = await judge(sandbox, FORGETFUL, ACCOUNT)

    assert right.passed, right
    assert is_smallest(sandbox, wrong, "[(a := Account(1)), [a.deposit(s) for s in [1]], a.balance][-1]")
    assert wrong.got == "1" or not wrong.smallest


TOTAL = Test(
    name="any two numbers", group="properties", mode="property", given=("integers(-99, 99)", "integers(-99, 99)"),
    stdin="{0}\n{1}\n", reference="print('Sum:', int(input()) + int(input()))",
)  # fmt: skip


async def test_a_property_may_be_of_what_a_program_reads_and_prints(sandbox: Sandbox) -> None:
    right = await judge(sandbox, "a = int(input())\nb = int(input())\nprint('Sum:', b + a)\nraise SystemExit(3)", TOTAL)
    wrong = await judge(sandbox, "print('Sum:', abs(int(input()) + int(input())))", TOTAL)
    broken = await judge(sandbox, "a = int(input())\nprint('Sum:', a + int(input()) if a < 50 else 1 / 0)", TOTAL)

    assert right.passed, right
    assert is_smallest(sandbox, wrong, "-1\n0\n")
    assert wrong.got == "Sum: 1\n" or not wrong.smallest
    assert broken.status == "error"
    assert not broken.passed
    assert is_smallest(sandbox, broken, "50\n0\n")


async def test_a_program_that_answers_before_it_is_asked_passes_no_property(sandbox: Sandbox) -> None:
    forged = "import json, sys\nprint(json.dumps({'values': ['Sum: 0'] * 60}))\nsys.exit()"

    assert not (await judge(sandbox, forged, TOTAL)).passed

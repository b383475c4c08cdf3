"""A fault is located only where a small change was run and passed every test."""

import pytest

from core.ports import Test as Trial
from core.ports import TurnId
from tests.fakes import SUM_TO, FakeEntitlements, Fakes, LocalSandbox
from tools.locate_fault import Fault, claims, locate_fault
from tools.run_code import Runner

RIGHT = SUM_TO.reference


async def located(
    code: str, accepted: tuple[str, ...] = (), tests: tuple[Trial, ...] = SUM_TO.tests, seconds: float = 30.0,
    failing: tuple[str, ...] = (),
) -> Fault | None:  # fmt: skip
    student = Fakes().runtime().context.student
    runner = Runner(sandbox=LocalSandbox(), entitlements=FakeEntitlements(), student=student, turn=TurnId("t1"))
    return await locate_fault(runner, code, tests, accepted=accepted, entry="sum_to", failing=failing, seconds=seconds)


@pytest.mark.parametrize(("wrong", "line"), [
    (RIGHT.replace("n + 1", "n"), 3),
    (RIGHT.replace("+= i", "-= i"), 4),
    (RIGHT.replace("total = 0", "total = 5"), 2),
    (RIGHT.replace("    return total", "        return total"), 5),
    (RIGHT.replace("    return total\n", ""), 4),
])  # fmt: skip
async def test_a_slip_is_found_without_any_accepted_program(wrong: str, line: int) -> None:
    fault = await located(wrong)

    assert fault is not None
    assert line in fault.lines


async def test_a_missing_step_is_found_by_an_accepted_program_in_other_names() -> None:
    wrong = "def sum_to(m):\n    acc = 0\n    k = 1\n    while k <= m:\n        acc += k\n        k = m + 1\n    return acc\n"
    other = "def sum_to(n):\n    s = 0\n    j = 1\n    while j <= n:\n        s += j\n        j = j + 1\n    return s\n"

    fault = await located(wrong, (other,))

    assert fault is not None
    assert fault.lines == (6,)


async def test_a_program_that_is_all_wrong_has_no_single_fault() -> None:
    wrong = "def sum_to(n):\n    import os\n    print('x' * n)\n    raise KeyError(n)\n"

    assert await located(wrong, seconds=2.0) is None


async def test_two_slips_are_found_one_on_top_of_the_other() -> None:
    wrong = RIGHT.replace("total = 0", "total = 5").replace("+= i", "-= i")

    fault = await located(wrong)

    assert fault is not None
    assert set(fault.lines) == {2, 4}


async def test_of_two_slips_the_likelier_is_named_first() -> None:
    wrong = RIGHT.replace("total = 0", "total = 5 * n").replace("return total", "print(total)")

    fault = await located(wrong)

    assert fault is not None
    assert fault.lines == (5, 2)


async def test_a_program_that_reads_and_prints_is_mended_too() -> None:
    tests = (
        Trial(name="a", mode="stdin", stdin="2\n3\n", expect="5"),
        Trial(name="b", mode="stdin", stdin="10\n-4\n", expect="6"),
    )

    fault = await located("import sys\na = input()\nb = sys.stdin.readline()\nprint(int(a) - int(b))\n", (), tests)

    assert fault is not None
    assert fault.lines == (4,)


async def test_tests_that_only_say_true_lead_to_a_fault() -> None:
    tests = (
        Trial(name="a", call="sum_to(3) == 6 and sum_to(4) == 10", expect="True"),
        Trial(name="b", call="bool(sum_to(1) == 1)", expect="True"),
    )

    fault = await located(RIGHT.replace("total = 0", "total = 5").replace("n + 1", "n"), (), tests)

    assert fault is not None


def test_a_claim_is_taken_apart_into_what_comes_out() -> None:
    test = Trial(name="a", call="all([bool(f(1) == 2), [3] == g(), h(x) < 4])", expect="True")

    parts = [(part.call, part.expect) for part in claims(test)]

    assert parts == [("f(1)", "2"), ("g()", "[3]"), ("bool(h(x) < 4)", "True")]


async def test_a_change_that_fails_a_property_is_no_repair() -> None:
    seen = Trial(name="a", call="sum_to(0)", expect="0")
    hidden = Trial(name="b", mode="property", call="sum_to", inputs="[(2,)]", check="False", expect="it holds")

    assert await located("def sum_to(n):\n    return 7\n", (), (seen,)) is not None
    assert await located("def sum_to(n):\n    return 7\n", (), (seen, hidden)) is None


async def test_a_small_change_is_found_beside_a_very_different_accepted_program() -> None:
    other = (
        "def sum_to(n):\n    parts = list(range(1, n + 1))\n    found = 0\n    while parts:\n        first = parts.pop()\n"
        "        if first:\n            found = found + first\n        else:\n            continue\n    return found\n"
    )

    fault = await located(RIGHT.replace("+= i", "-= i"), (other,))

    assert fault is not None
    assert fault.lines == (4,)


FIRST = (
    Trial(name="a", call="first([])", expect="0"),
    Trial(name="b", call="first(())", expect="0"),
    Trial(name="c", call="first([4, 7])", expect="4"),
)


@pytest.mark.parametrize(("wrong", "line"), [
    ("def first(items):\n    if items == ():\n        return 0\n    for item in items:\n        return item\n", 2),
    ("def first(items):\n    if not items:\n        found = 0\n    found = items[0]\n    return found\n", 3),
    ("def first(items):\n    if len(items) == 0:\n        pass\n    return items[0]\n", 3),
])  # fmt: skip
async def test_where_the_empty_input_was_thought_of_that_is_the_place(wrong: str, line: int) -> None:
    fault = await located(wrong, (), FIRST)

    assert fault is not None
    assert fault.lines == (line,)


async def test_a_method_that_is_only_named_is_the_place() -> None:
    tests = (
        Trial(name="a", call="down([3, 1, 2])", expect="[3, 2, 1]"),
        Trial(name="b", call="down([5, 1, 7])", expect="[7, 5, 1]"),
        Trial(name="c", call="down([4])", expect="[4]"),
    )
    wrong = (
        "def down(items):\n    found = []\n    while items:\n        best = items[0]\n        for item in items:\n            if item < best:\n"
        "                best = item\n        items.remove(best)\n        found.append(best)\n        found.reverse\n    return found\n"
    )

    fault = await located(wrong, (), tests, failing=("a", "b"))

    assert fault is not None
    assert fault.lines == (10,)


async def test_lines_that_could_be_mended_as_well_are_told() -> None:
    wrong = "def total(a, b):\n    first = a + 1\n    second = b\n    return first + second\n"
    tests = (Trial(name="a", call="total(1, 2)", expect="3"), Trial(name="b", call="total(5, 5)", expect="10"))

    fault = await located(wrong, (), tests)

    assert fault is not None
    assert fault.lines == (2,)
    assert 3 in fault.elsewhere
    assert not set(fault.lines) & set(fault.elsewhere)


async def test_a_fault_that_only_one_line_can_mend_is_told_alone() -> None:
    fault = await located(RIGHT.replace("+= i", "-= i"))

    assert fault is not None
    assert fault.elsewhere == ()

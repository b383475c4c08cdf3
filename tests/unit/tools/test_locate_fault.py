"""A fault is located only where a small change was run and passed every test."""

import pytest

from core.ports import TurnId
from tests.fakes import SUM_TO, FakeEntitlements, Fakes, LocalSandbox
from tools.locate_fault import Fault, locate_fault
from tools.run_code import Runner

RIGHT = SUM_TO.reference


async def located(code: str, accepted: tuple[str, ...] = ()) -> Fault | None:
    student = Fakes().runtime().context.student
    runner = Runner(sandbox=LocalSandbox(), entitlements=FakeEntitlements(), student=student, turn=TurnId("t1"))
    return await locate_fault(runner, code, SUM_TO.tests, accepted=accepted, entry="sum_to")


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
    assert await located("def sum_to(n):\n    import os\n    print('x' * n)\n    raise KeyError(n)\n") is None

"""Code in words is put to work in the student's program before the words may go out."""

import pytest

from core.ports import Exercise
from tests.fakes import SUM_TO, FakeEntitlements, Fakes, LocalSandbox
from tools.check_leak import leaks_solution
from tools.run_code import Runner

OFF_BY_ONE = "def sum_to(n):\n    total = 0\n    for i in range(1, n):\n        total += i\n    return total\n"


async def leaks(words: str, exercise: Exercise = SUM_TO, program: str = OFF_BY_ONE) -> bool:
    context = Fakes().runtime().context
    runner = Runner(sandbox=LocalSandbox(), entitlements=FakeEntitlements(), student=context.student, turn=context.turn)
    return await leaks_solution(runner, words, exercise, program)


@pytest.mark.parametrize(
    "words",
    ["Write `for i in range(1, n + 1):` there.", "Put `n + 1` where the loop ends.", "It is `range(n + 1)`."],
)
async def test_a_line_or_a_part_of_one_that_mends_the_program_gives_it_away(words: str) -> None:
    assert await leaks(words)


@pytest.mark.parametrize(
    "words", ["Look at `range(1, n)`.", "For `sum_to(3)` it gives `3`.", "What does `total` hold?", "Add one."]
)
async def test_what_the_student_has_anyway_gives_nothing_away(words: str) -> None:
    assert not await leaks(words)

"""How much of a program the student's own tests reach; the programs run in the child of the fakes."""

import pytest

from core.ports import Grade
from tests.fakes import Fakes
from tools.measure_code import measure_code
from tools.run_code import Runner

TESTED = """
def sign(x):
    if x > 0:
        return 1
    return -1

assert sign(3) == 1
"""
BOTH = TESTED.replace("assert sign(3) == 1", "def test_both():\n    assert sign(3) == 1\n    assert sign(-3) == -1")


async def measured(program: str) -> dict[str, float]:
    fakes = Fakes()
    context = fakes.runtime().context
    runner = Runner(
        sandbox=context.sandbox, entitlements=context.entitlements, student=context.student, turn=context.turn
    )
    run = await runner.run("x = 1")
    return await measure_code(runner, program, Grade(passed=True, score=1.0, results=(), run=run))


@pytest.mark.parametrize(("program", "coverage"), [(TESTED, 2 / 3), (BOTH, 1.0)])
async def test_own_tests_are_run_and_what_they_reach_is_measured(program: str, coverage: float) -> None:
    assert (await measured(program))["coverage"] == pytest.approx(coverage)


@pytest.mark.parametrize("program", ["def f():\n    return 1\n", "x = 1\nassert x\n", "def f(:\n"])
async def test_without_own_tests_or_anything_to_reach_there_is_no_coverage(program: str) -> None:
    found = await measured(program)

    assert "coverage" not in found
    assert found["runtime_s"] >= 0

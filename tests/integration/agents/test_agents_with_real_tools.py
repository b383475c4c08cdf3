"""Agents with the real sandbox and the real algebra system behind their tools."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cas.checker import open_mathematics
from core.errors import SandboxUnavailable
from core.ports import Program, Student, StudentId, TurnId
from core.settings import SandboxSettings
from sandbox.open import open_sandbox
from tests.fakes import SUM_TO, FakeEntitlements, Fakes, turn, walk
from tools.draw_memory import draw_memory
from tools.locate_fault import locate_fault
from tools.run_code import Runner
from tools.watch_program import watch_program

ADA = Student(id=StudentId("s1"), name="Ada Example")
OFF_BY_ONE = "def sum_to(n):\n    total = 0\n    for i in range(1, n):\n        total += i\n    return total\n"


@pytest_asyncio.fixture
async def fakes() -> AsyncIterator[Fakes]:
    async with open_sandbox(SandboxSettings()) as sandbox, open_mathematics() as mathematics:
        try:
            await sandbox.run(Program(code="pass"))
        except SandboxUnavailable as refusal:
            pytest.skip(f"no sandbox on this machine: {refusal}")
        yield Fakes(sandbox=sandbox, mathematics=mathematics)


async def test_a_real_run_locates_the_fault(fakes: Fakes) -> None:
    desk = {"exercise": "sum-to", "hints": {"sum-to": 1}}

    done = await walk(turn(f"why is it wrong?\n```python\n{OFF_BY_ONE}```", desk=desk), fakes)  # type: ignore[arg-type]

    assert "Look at line 3" in done["answer"]["reply"]
    assert SUM_TO.reference not in done["answer"]["reply"]


async def test_a_right_submission_is_solved_and_recorded_once(fakes: Fakes) -> None:
    done = await walk(turn(f"```python\n{SUM_TO.reference}```", submission=True, desk={"exercise": "sum-to"}), fakes)  # type: ignore[arg-type]

    assert "is solved" in done["answer"]["reply"]
    assert [(a.key, a.correct) for a in fakes.records.attempts] == [("t1:0", True)]


async def test_a_loop_without_end_is_stopped_and_told(fakes: Fakes) -> None:
    done = await walk(turn("it never stops", code="x = 1\nwhile x:\n    y = 2\n", desk={}), fakes)

    assert "did not come to an end" in done["answer"]["reply"]


async def test_an_answer_in_another_form_is_right(fakes: Fakes) -> None:
    done = await walk(turn("x = 3 or x = 2", submission=True, desk={"exercise": "roots"}), fakes)  # type: ignore[arg-type]

    assert "Right, well done" in done["answer"]["reply"]


async def test_the_first_wrong_line_of_working_is_found(fakes: Fakes) -> None:
    done = await walk(turn("check my working:\n2x + 3 = 11\n2x = 14\nx = 7", desk={}), fakes)

    assert "Line 2 is the first that does not follow" in done["answer"]["reply"]


async def test_a_task_is_solved_whatever_courtesy_stands_around_it(fakes: Fakes) -> None:
    done = await walk(turn("how do i factorise x^2+7x+12", desk={}), fakes)

    assert "\\left(x + 3\\right) \\left(x + 4\\right)" in done["answer"]["reply"]


LOOPS_FOR_EVER = "def sum_to(n):\n    total = 0\n    i = 1\n    while i <= n:\n        total += i\n    return total\n"
TWO_SLIPS = "def sum_to(n):\n    total = 1\n    for i in range(1, n):\n        total += i\n    return total\n"


@pytest.mark.parametrize(("wrong", "line"), [(LOOPS_FOR_EVER, 5), (TWO_SLIPS, 2)])
async def test_a_fault_is_located_by_thousands_of_versions_in_the_sandbox(fakes: Fakes, wrong: str, line: int) -> None:
    runner = Runner(sandbox=fakes.sandbox, entitlements=FakeEntitlements(), student=ADA, turn=TurnId("t1"))

    fault = await locate_fault(runner, wrong, SUM_TO.tests, entry="sum_to")

    assert fault is not None
    assert line in fault.lines
    assert (await runner.grade(fault.fixed, SUM_TO.tests)).passed


async def test_a_sketch_is_a_task_and_its_answer_is_the_graph(fakes: Fakes) -> None:
    done = await walk(turn("sketch y = x^2 - 4x + 3", desk={}), fakes)

    pictures = [block for block in done["answer"]["blocks"] if block["kind"] == "picture"]
    assert len(pictures) == 1
    assert "passes through (0, 3), (1, 0), (2, -1) and (3, 0)" in pictures[0]["alt"]
    assert "These are the points to mark" in done["answer"]["reply"]


async def test_the_picture_of_shared_objects_comes_out_of_the_real_sandbox(fakes: Fakes) -> None:
    runner = Runner(sandbox=fakes.sandbox, entitlements=FakeEntitlements(), student=ADA, turn=TurnId("t1"))

    watched = await watch_program(runner, "a = [1, 2]\nb = a\nb.append(3)\nprint(a)\n")

    assert watched.run.stdout.strip() == "[1, 2, 3]"
    assert watched.memory is not None
    drawn = draw_memory(watched.memory)
    assert drawn is not None
    assert "a and b stand for one and the same list [1, 2, 3]" in drawn.alt

"""The docker backend on gVisor, where the engine has it: the same jail within another kernel, so a sample of each kind of test."""

import pytest

from core.ports import Policy, Program, Sandbox, Test

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("engine"), pytest.mark.timeout(300)]

SQUARES = tuple(Test(name=f"square of {n}", call=f"square({n})", expect=str(n * n)) for n in (2, 3, -4))

OUTCOMES = {
    "an honest program": ("print('hi')", "ok"),
    "a loop without end": ("while True: pass", "timeout"),
    "too much memory": ("x = bytearray(10**10)", "memory"),
    "a fork": ("import os; os.fork()", "process_limit"),
    "a debugger's call": ("import ctypes; ctypes.CDLL(None).ptrace(0, 0, 0, 0)", "violation"),
    "a network": ("import socket; socket.create_connection(('1.1.1.1', 80), 1)", "error"),
    "a new program": ("import os; os.execv('/usr/bin/python3', ['python3'])", "error"),
}


@pytest.mark.parametrize("name", OUTCOMES)
async def test_each_kind_of_program_ends_as_on_any_backend(gvisor: Sandbox, name: str) -> None:
    code, status = OUTCOMES[name]

    result = await gvisor.run(Program(code=code), Policy(wall_s=3.0))

    assert result.status == status, result


async def test_a_program_that_prints_a_lot_in_every_test_is_not_punished(gvisor: Sandbox) -> None:
    code = "def square(n):\n  for i in range(20000): print(i)\n  return n * n"

    grade = await gvisor.grade(Program(code=code), SQUARES)

    assert grade.passed, grade


async def test_a_forged_result_does_not_pass(gvisor: Sandbox) -> None:
    code = "class E:\n  def __eq__(self, other): return True\ndef square(n): return E()"

    grade = await gvisor.grade(Program(code=code), SQUARES)

    assert grade.score == 0.0


async def test_the_programs_kernel_is_not_the_hosts(gvisor: Sandbox) -> None:
    result = await gvisor.run(Program(code="import os; print(os.uname().release)"))

    assert result.stdout == "4.4.0\n"  # what gVisor says it is

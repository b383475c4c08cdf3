"""Random programs under random limits: an answer always comes in time, and the next program finds everything in order."""

import asyncio
import random
import time

import pytest

from core.ports import Policy, Program, Sandbox

pytestmark = pytest.mark.asyncio(loop_scope="session")

PIECES = (
    "print('x' * {n})", "x = [0] * {n}", "x = bytearray({n} * 1000)", "import os; os.close({n} % 8)", "open('f{n}', 'w').write('y' * {n})",
    "raise ValueError('e' * {n})", "import sys; sys.exit({n})", "import os; os._exit({n} % 256)", "while True: pass", "import time; time.sleep({n})",
    "import threading; threading.Thread(target=print, args=({n},)).start()", "import os; os.fork()", "def f(n): return f(n + 1)\nf(0)",
    "import os; os.kill(0, {n} % 65)", "import signal; signal.signal({n} % 64 + 1, signal.SIG_IGN)", "import ctypes; ctypes.string_at({n})",
    "import ctypes; ctypes.CDLL(None).syscall({n} % 460, -1, -1, -1, -1, -1)", "import os; os.write({n} % 8, b'goodbye 0 1')", "input()",
    "import sys; sys.setrecursionlimit({n} + 50)", "import gc; gc.disable()", "import builtins; builtins.print = None", "eval('(' * {n})",
    "import atexit; atexit.register(lambda: 1 / 0)", "import sys; sys.stdout = None", "class A: __del__ = lambda s: 1 / 0\nA()", "'\\ud800'.encode()",
    "import resource; resource.setrlimit({n} % 16, (0, 0))", "import os; os.dup2({n} % 8, {n} % 5)", "import sys; sys.modules.clear()",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
async def test_any_program_under_any_limits_is_answered_in_time(sandbox: Sandbox, seed: int) -> None:
    chance = random.Random(seed)

    for _ in range(10):
        code = "\n".join(
            chance.choice(PIECES).format(n=10 ** chance.randint(0, 6)) for _ in range(chance.randint(1, 4))
        )
        policy = Policy(
            wall_s=chance.choice((0.1, 0.3)), cpu_s=chance.choice((0.1, 1.0)), memory_bytes_max=chance.choice((1, 32, 128)) << 20,
            processes_max=chance.choice((1, 1, 4)), files_max=chance.choice((4, 16, 64)),
            output_bytes_max=chance.choice((0, 100, 65536)), disk_bytes_max=chance.choice((1 << 16, 16 << 20)),
        )  # fmt: skip
        started = time.monotonic()

        result = await sandbox.run(Program(code=code), policy)

        assert result.wall_s < policy.wall_s + 1.0, code
        assert time.monotonic() - started < policy.wall_s + 40.0, code  # it may wait for a container on a busy machine
        assert len(result.stdout) <= max(policy.output_bytes_max, 0), code

    results = await asyncio.gather(*(sandbox.run(Program(code="print('alive')"), Policy()) for _ in range(4)))
    assert [result.stdout for result in results] == ["alive\n"] * 4

"""Many clients for long: each gets its own right answer in its turn, and nothing is left when they have gone."""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.errors import SandboxUnavailable
from core.ports import Policy, Program, RunResult, Sandbox
from core.settings import SandboxSettings
from sandbox import open_sandbox
from sandbox.gate import on_behalf_of
from tests.integration.sandbox.leftovers import left_over, warmed

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("quiet_engine")]

CLIENTS, JOBS_EACH, GREEDY = 100, 3, 60
SMALL = Policy(wall_s=0.2, cpu_s=0.2, memory_bytes_max=64 << 20, output_bytes_max=4096)
ROOMY = Policy(
    wall_s=20.0, cpu_s=20.0, memory_bytes_max=64 << 20, output_bytes_max=4096
)  # ends by itself on any machine
FORKING = Policy(wall_s=20.0, cpu_s=20.0, processes_max=4)


@dataclass(frozen=True)
class Kind:
    """A program, with NAME for its client's, and how it must end."""

    code: str
    status: str
    stdout: str = ""
    policy: Policy = ROOMY


KINDS = (
    Kind("print('NAME', sum(range(1000)))", "ok", "NAME 499500\n"),
    Kind("print(input() + '!')", "ok", "NAME!\n"),
    Kind("open('x', 'w').write('NAME')\nprint(open('x').read())", "ok", "NAME\n"),
    Kind("import threading\nt = threading.Thread(target=print, args=('NAME',)); t.start(); t.join()", "ok", "NAME\n"),
    Kind("import sys\nprint('NAME')\nsys.exit(3)", "error", "NAME\n"),
    Kind("print('NAME')\n1 / 0", "error", "NAME\n"),
    Kind("import ctypes\nprint('NAME', flush=True)\nctypes.string_at(0)", "error", "NAME\n"),
    Kind("import os\nos.fork()", "process_limit"),
    Kind("import os\ntry:\n  while True: os.fork()\nexcept OSError: os._exit(9)", "error", policy=FORKING),
    Kind("x = bytearray(10**10)", "memory"),
    Kind("while True: print('NAME' * 1000)", "output_limit", policy=ROOMY),
    Kind("import ctypes\nctypes.CDLL(None).unshare(0x10000000)", "violation"),
    Kind("while True: pass", "timeout", policy=SMALL),
    Kind("import time\ntime.sleep(1000)", "timeout", policy=SMALL),
)


async def test_a_hundred_clients_at_once_each_get_their_own_right_answer() -> None:
    chance = random.Random(7)
    jobs = {f"client-{n}": [chance.choice(KINDS) for _ in range(JOBS_EACH)] for n in range(CLIENTS)}
    order: list[str] = []
    wrong: list[tuple[str, Kind, RunResult]] = []

    async with _opened(slots=2, queue_max=500) as sandbox:
        before = await warmed()

        async def ask(name: str, kind: Kind) -> None:
            with on_behalf_of(name):
                program = Program(code=kind.code.replace("NAME", name), stdin=f"{name}\n")
                result = await sandbox.run(program, kind.policy)
            order.append(name)
            if not _is_right(kind, name, result):
                wrong.append((name, kind, result))

        async def client(name: str) -> None:
            for kind in jobs[name]:
                await ask(name, kind)

        greedy = (ask("greedy", KINDS[0]) for _ in range(GREEDY))
        await asyncio.gather(*greedy, *(client(name) for name in jobs))
        left = await left_over(before)

    assert wrong == []
    assert Counter(order) == {**dict.fromkeys(jobs, JOBS_EACH), "greedy": GREEDY}
    everyone_heard = max(order.index(name) for name in jobs)
    assert order[:everyone_heard].count("greedy") <= 4  # a turn for each turn of the others, whatever it has waiting
    assert left == {}


def _is_right(kind: Kind, name: str, result: RunResult) -> bool:
    """The answer is this client's, and came within the limit and a second of the start."""
    said = kind.stdout.replace("NAME", name)
    told = result.stdout == said if said else True
    return result.status == kind.status and told and result.wall_s < kind.policy.wall_s + 1.0


@pytest.mark.parametrize("sandbox", ["native", "reduced"], indirect=True)
async def test_a_thousand_runs_leave_nothing_behind(sandbox: Sandbox) -> None:
    codes = (
        "open('x', 'w').write('y')\nprint(1)",
        "import os, tempfile\nprint(tempfile.mkdtemp())",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(0.01,)).start()",
        "import os\nos.kill(os.getpid(), 11)\nos.abort()",
        "import os, socket\npairs = [socket.socketpair() for _ in range(9)]\nos._exit(1)",
    )
    before = await warmed()

    for start in range(0, 1000, 100):
        programs = [Program(code=codes[n % len(codes)]) for n in range(start, start + 100)]
        results = await asyncio.gather(*(sandbox.run(program, ROOMY) for program in programs))
        assert {result.status for result in results} <= {"ok", "error"}

    assert await left_over(before) == {}


async def test_a_slot_whose_process_is_killed_is_replaced() -> None:
    """Who waits for a program that runs there is told; nobody else notices. Of the mother's death one who comes later
    may be told."""
    await warmed()  # what other tests have open
    others = set(_children(os.getpid()))
    async with _opened(slots=1, queue_max=10) as sandbox:
        before = await warmed()
        for victim in (LAUNCHER, ZYGOTE):
            await _kill(others, victim)
            assert await _run(sandbox, "print(1)") == "1\n"

            waiting = asyncio.create_task(_run(sandbox, "import time; time.sleep(60)"))
            await asyncio.sleep(0.3)
            await _kill(others, victim)

            assert await waiting == UNAVAILABLE
            assert await _run(sandbox, "print(2)") == "2\n"
        await _kill(others, MOTHER)
        answers = [await _run(sandbox, "print(3)") for _ in range(3)]
        assert answers.count("3\n") >= 2
        assert answers[-1] == "3\n"
        assert await left_over(before) == {}


LAUNCHER, ZYGOTE, MOTHER = range(3)
UNAVAILABLE = "unavailable"


async def _run(sandbox: Sandbox, code: str) -> str:
    try:
        return (await sandbox.run(Program(code=code), ROOMY)).stdout
    except SandboxUnavailable:
        return UNAVAILABLE


async def _kill(others: set[int], victim: int) -> None:
    """The launcher, the zygote or the mother of the sandbox's slot that is without science; back when it is felt."""
    slot = _plain_slot(others)
    os.kill(slot[victim], signal.SIGKILL)
    while any(map(_alive, slot[MOTHER:] if victim == MOTHER else slot)):  # noqa: ASYNC110 they are not our children
        await asyncio.sleep(0.01)


def _plain_slot(others: set[int]) -> list[int]:
    for launcher in set(_children(os.getpid())) - others:
        (zygote,) = _children(launcher)
        if "numpy" not in Path(f"/proc/{zygote}/maps").read_text():
            return [launcher, zygote, min(_children(zygote))]
    raise AssertionError("there is no such slot")


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@asynccontextmanager
async def _opened(slots: int, queue_max: int) -> AsyncIterator[Sandbox]:
    async with open_sandbox(SandboxSettings(backend="native", slots=slots, queue_max=queue_max)) as sandbox:
        if sandbox.level.startswith("none"):
            pytest.skip(f"NO STUDENT CODE CAN BE ISOLATED BY NATIVE HERE: {sandbox.level}")
        yield sandbox

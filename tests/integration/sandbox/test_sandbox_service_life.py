"""The sandbox as a service: who may start it, what is left when it ends or is killed, how many it serves."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

import pytest

from core.errors import QueueFull
from core.ports import Policy, Program
from core.settings import SandboxSettings
from sandbox import open_sandbox

ROOT = Path(__file__).parents[3]

SCRIPT = """
import asyncio, json, os, sys
from core.ports import Policy, Program
from core.settings import SandboxSettings
from sandbox import open_sandbox

def below():
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                parents.setdefault(int(open(f"/proc/{name}/stat").read().rpartition(")")[2].split()[1]), []).append(int(name))
            except OSError:
                pass
    found, todo = [], [os.getpid()]
    while todo:
        children = parents.get(todo.pop(), [])
        found += children
        todo += children
    return found

async def main():
    async with open_sandbox(SandboxSettings(slots=1)) as sandbox:
        endless = asyncio.create_task(sandbox.run(Program(code="while True: pass"), Policy(wall_s=60, cpu_s=60)))
        if sys.argv[1] == "hang":
            await asyncio.sleep(0.5)
            print(json.dumps({"level": sandbox.level, "pids": below()}), flush=True)
            await endless
        endless.cancel()
        await asyncio.gather(endless, return_exceptions=True)
        runs = [(await sandbox.run(Program(code=code))).status for code in json.loads(sys.argv[2])]
        print(json.dumps({"level": sandbox.level, "runs": runs}), flush=True)

asyncio.run(main())
"""


def _start(python: str, *args: str, user: int | None = None) -> "subprocess.Popen[str]":
    path = os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")])
    environment = {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "PATH": os.defpath}
    return subprocess.Popen(
        [python, "-c", SCRIPT, *args], env=environment, cwd="/", stdout=subprocess.PIPE, text=True,
        user=user, group=user, extra_groups=None if user is None else [],
    )  # fmt: skip


def _read(process: "subprocess.Popen[str]") -> dict[str, object]:
    assert process.stdout is not None
    told: dict[str, object] = json.loads(process.stdout.readline())
    if str(told["level"]).startswith("none"):
        process.kill()
        process.communicate()
        pytest.skip(f"NO STUDENT CODE CAN BE ISOLATED HERE: {told['level']}")
    return told


def _plain_python() -> str:
    """An interpreter of this version that an ordinary user may start."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, shutil.which(name, path="/usr/bin:/usr/local/bin")):
        if python and subprocess.run(["/usr/bin/env", python, "-c", ""], user=12345, group=12345, extra_groups=[], check=False, capture_output=True).returncode == 0:  # fmt: skip
            return python
    pytest.skip(f"no {name} that an ordinary user may start")


def test_an_ordinary_user_gets_the_same_walls() -> None:
    if os.geteuid() != 0:
        pytest.skip("this whole run is by an ordinary user already")
    codes = [
        "print(1)",
        "import os; os.fork()",
        "x = bytearray(10**9)",
        "import ctypes; ctypes.CDLL(None).unshare(0x10000000)",
    ]

    with _start(_plain_python(), "run", json.dumps(codes), user=12345) as process:
        told = _read(process)

    assert told["runs"] == ["ok", "process_limit", "memory", "violation"]
    assert "missing: cgroup memory" in str(told["level"])


def test_a_killed_service_leaves_no_process_behind() -> None:
    with _start(sys.executable, "hang", "[]") as process:
        pids = _read(process)["pids"]
        assert isinstance(pids, list)

        os.kill(process.pid, signal.SIGKILL)

    assert pids
    deadline = time.monotonic() + 5.0
    while any(_alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_alive(pid) for pid in pids)


async def test_the_next_start_removes_what_a_killed_service_left() -> None:
    with _start(sys.executable, "hang", "[]") as process:
        pids = _read(process)["pids"]
        assert isinstance(pids, list)
        os.kill(process.pid, signal.SIGKILL)
    _leave_canary(process.pid)
    for _ in range(200):
        await asyncio.sleep(0.1)
        if _are_gone(pids):
            break

    async with open_sandbox(SandboxSettings(backend="native", slots=1)):
        assert _left_by(process.pid) == []


def _leave_canary(pid: int) -> None:
    """As a service does that is killed while it tests itself."""
    canary = Path(tempfile.gettempdir(), f"learnflow-canary-{pid}-x")
    canary.touch()
    os.utime(canary, (0, 0))


def _are_gone(pids: list[int]) -> bool:
    return not any(os.path.exists(f"/proc/{pid}") for pid in pids)


def _left_by(pid: int) -> list[str]:
    names = [*_groups(), *os.listdir(tempfile.gettempdir())]
    return [name for name in names if name.startswith((f"learnflow-{pid}-", f"learnflow-canary-{pid}-"))]


def _alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


async def test_closing_ends_every_process_and_group_even_while_it_warms_up() -> None:
    for pause in (0.0, 0.2):
        before = _traces()
        async with open_sandbox(SandboxSettings(slots=2)) as sandbox:
            if sandbox.level.startswith("none"):
                pytest.skip(f"NO STUDENT CODE CAN BE ISOLATED HERE: {sandbox.level}")
            await asyncio.sleep(pause)
            assert _traces() > before

        assert _traces() == before


def _traces() -> set[str]:
    """Our child processes and control groups."""
    groups = {name for name in _groups() if name.startswith(f"learnflow-{os.getpid()}-")}
    return groups | set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def _groups() -> list[str]:
    return [name for _, names, _ in os.walk("/sys/fs/cgroup") for name in names]


async def test_more_than_the_queue_holds_is_refused_at_once() -> None:
    async with open_sandbox(SandboxSettings(slots=1, queue_max=1)) as sandbox:
        if sandbox.level.startswith("none"):
            pytest.skip(f"NO STUDENT CODE CAN BE ISOLATED HERE: {sandbox.level}")
        sleeper = Program(code="import time; time.sleep(0.5)")

        results = await asyncio.gather(*(sandbox.run(sleeper, Policy()) for _ in range(4)), return_exceptions=True)

    assert sum(isinstance(result, QueueFull) for result in results) == 2
    assert all(isinstance(result, QueueFull) or result.status == "ok" for result in results)  # type: ignore[union-attr]

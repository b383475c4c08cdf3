"""A place that is locked down as a container is by default, where no namespace may be made: which walls are chosen there."""

import json
import os
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox.native.reduced import _PREFIX, _parent, open_scratch
from tests.integration.sandbox.hosting import everyones_python

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
USER = 12_345

SCRIPT = """
import asyncio, json, os, sys
from core.ports import Policy, Program
from core.settings import SandboxSettings
from sandbox import open_sandbox

async def main():
    settings, codes = SandboxSettings(**json.loads(sys.argv[1])), json.loads(sys.argv[2])
    async with open_sandbox(settings) as sandbox:
        told = {"level": sandbox.level, "pid": os.getpid(), "runs": []}
        if not sandbox.level.startswith("none"):
            for code in codes:
                result = await sandbox.run(Program(code=code), Policy(wall_s=2.0, cpu_s=2.0))
                told["runs"].append([result.status, result.stdout])
        print(json.dumps(told), flush=True)
        if len(sys.argv) > 3:
            await sandbox.run(Program(code="while True: pass"), Policy(wall_s=60.0, cpu_s=60.0))

asyncio.run(main())
"""

TRIED = {  # by a program in a place that is locked down: status, output
    "print('fine')": ("ok", "fine\n"),
    "import numpy; print(numpy.arange(3).sum())": ("ok", "3\n"),
    "import ctypes; ctypes.CDLL(None).unshare(0x10000000)": ("violation", ""),
    "import os; os.fork()": ("process_limit", ""),
    "open('/etc/passwd')": ("error", ""),
    "open('/proc/self/environ')": ("error", ""),
    "import os; os.listdir('/dev/shm')": ("error", ""),
    "import os; os.listdir('../..')": ("error", ""),
    "import os; os.kill(os.getppid(), 0)": ("error", ""),
    "import os; os.kill(-1, 9)": ("error", ""),
    "import socket; socket.socket()": ("error", ""),
    "import os; os.execv('/bin/sh', ['sh'])": ("error", ""),
    "x = bytearray(10**9)": ("memory", ""),
    "while True: pass": ("timeout", ""),
    "for i in range(99): open(str(i), 'wb').write(bytes(1 << 20))\nimport time\ntime.sleep(2)": ("error", ""),
}


def _start(user: int | str, python: str, *args: str) -> "subprocess.Popen[str]":
    path = os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")])
    environment = {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "PATH": os.defpath}
    command = [python, str(HERE / "locked_down.py"), str(user), python, "-c", SCRIPT, *args]
    return subprocess.Popen(command, env=environment, cwd="/", stdout=subprocess.PIPE, text=True)


def _locked_down(user: int | str, python: str, settings: dict[str, Any], codes: list[str]) -> dict[str, Any]:
    with _start(user, python, json.dumps(settings), json.dumps(codes)) as process:
        said, _ = process.communicate(timeout=100)
    told: dict[str, Any] = json.loads(said)
    if "Landlock" in told["level"] and told["level"].startswith("none"):
        pytest.skip(f"NO STUDENT CODE CAN BE ISOLATED BY REDUCED WALLS HERE: {told['level']}")
    return told


def _root() -> int:
    if os.geteuid() != 0:
        pytest.skip("only root can be a container's root")
    return 0


def test_a_containers_root_is_given_reduced_walls_and_they_hold() -> None:
    told = _locked_down(_root(), sys.executable, {"slots": 1, "backend": "native"}, list(TRIED))

    assert told["level"].startswith("native, reduced: no namespaces here; files by Landlock")
    assert "a user for each run" in told["level"].partition("; missing")[0]
    assert [tuple(run) for run in told["runs"]] == list(TRIED.values())


def test_an_ordinary_user_is_given_reduced_walls_and_they_hold() -> None:
    user = USER if os.geteuid() == 0 else os.geteuid()

    told = _locked_down(user, everyones_python(), {"slots": 1, "backend": "native"}, list(TRIED))

    assert told["level"].startswith("native, reduced: no namespaces here; files by Landlock")
    assert "a user for each run" in told["level"].partition("; missing")[2]
    assert [tuple(run) for run in told["runs"]] == list(TRIED.values())


def test_a_containers_runs_have_a_user_each_that_owns_their_files_where_it_may_read_the_library() -> None:
    code = "import os; print(os.getuid(), os.stat('.').st_uid)"

    told = _locked_down(_root(), everyones_python(), {"slots": 1, "backend": "native"}, [code] * 4)

    users = [run[1].split() for run in told["runs"]]
    assert all(user == owner != "0" for user, owner in users)
    assert len({user for user, _ in users}) == 4


def test_a_containers_root_that_may_make_user_namespaces_has_the_full_walls() -> None:
    assert _root() == 0

    told = _locked_down("0-unfiltered", everyones_python(), {"slots": 1, "backend": "native"}, list(TRIED)[:3])

    if told["level"].startswith("native, reduced"):
        pytest.skip(f"NO USER NAMESPACES ARE ALLOWED HERE AT ALL: {told['level']}")
    assert told["level"].startswith("native: user, pid, mount, net")
    assert [tuple(run) for run in told["runs"]] == list(TRIED.values())[:3]


def test_reduced_walls_are_refused_where_the_settings_say_so() -> None:
    user = 0 if os.geteuid() == 0 else os.geteuid()

    told = _locked_down(user, sys.executable, {"slots": 1, "backend": "native", "reduced": "refuse"}, [])

    assert told["level"].startswith("none: programs cannot be isolated here")
    assert "reduced walls are refused by the settings" in told["level"]


def test_a_killed_service_leaves_no_process_and_its_folder_goes_at_the_next_start() -> None:
    before = _scratches()
    user = 0 if os.geteuid() == 0 else os.geteuid()
    with _start(user, sys.executable, json.dumps({"slots": 1, "backend": "native"}), "[]", "hang") as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        if told["level"].startswith("none"):
            process.kill()
            pytest.skip(f"NO STUDENT CODE CAN BE ISOLATED BY REDUCED WALLS HERE: {told['level']}")
        time.sleep(0.3)
        below = _below(told["pid"])
        os.kill(told["pid"], signal.SIGKILL)

    assert len(below) >= 3
    deadline = time.monotonic() + 5.0
    while any(map(_alive, below)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(_alive, below))
    (left,) = _scratches() - before
    with open_scratch():
        assert not left.exists()


def _scratches() -> set[Path]:
    return set(_parent().glob(f"{_PREFIX}*"))


def _alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def _below(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *_below(child)]
    return found

"""What only the docker backend promises: the engine's own walls, one container a program, and none left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from docker.errors import APIError

from core.ports import Policy, Program, Sandbox
from core.settings import SandboxSettings
from sandbox import open_sandbox
from sandbox.docker import engine as engines
from sandbox.docker.engine import Engine
from sandbox.docker.image import find_image
from sandbox.policy import RUN

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("engine")]

ROOT = Path(__file__).parents[3]

SERVICE = """
import asyncio
from core.ports import Policy, Program
from core.settings import SandboxSettings
from sandbox import open_sandbox

async def main():
    async with open_sandbox(SandboxSettings(backend="docker", slots=1)) as sandbox:
        endless = asyncio.create_task(sandbox.run(Program(code="while True: pass"), Policy(wall_s=60, cpu_s=60)))
        await asyncio.sleep(0.5)
        print(sandbox.level, flush=True)
        await endless

asyncio.run(main())
"""


@pytest.fixture
def engine(docker: Sandbox) -> Iterator[Engine]:
    opened = engines.connect()
    yield opened
    opened.client.close()


@pytest.fixture
def api(engine: Engine) -> Any:
    """The engine's low-level client."""
    return engine.client.api


def containers(api: Any, owner: str) -> list[dict[str, Any]]:
    found = api.containers(all=True, filters={"label": engines.LABEL})
    return [one for one in found if one["Labels"][engines.LABEL] == owner]


async def test_the_engine_builds_every_wall_that_was_asked_for(docker: Sandbox, api: Any) -> None:
    await docker.run(Program(code="pass"))
    await _until(lambda: len(containers(api, engines.owner())) == 6)  # the usual ones only

    host = api.inspect_container(await _a_running_one(api))["HostConfig"]

    assert host["NetworkMode"] == "none"
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert not host["Privileged"]
    assert not host["Binds"]
    assert host["PidsLimit"] <= (1200 if "with gVisor" in docker.level else 64)  # gVisor's own threads count too
    assert RUN.memory_bytes_max <= host["Memory"] == host["MemorySwap"] < 640 << 20
    assert host["AutoRemove"] is True
    assert "no-new-privileges" in host["SecurityOpt"]
    assert any(option.startswith("seccomp={") for option in host["SecurityOpt"])


async def test_no_two_programs_share_a_container_or_a_user(docker: Sandbox) -> None:
    results = await asyncio.gather(*(docker.run(Program(code="import os; print(os.getuid())")) for _ in range(6)))

    assert len({result.stdout for result in results}) == 6


async def test_the_image_holds_no_shell_and_no_engine_socket(docker: Sandbox) -> None:
    code = "import os\nprint([os.path.exists(p) for p in ('/bin/sh', '/usr/bin/env', '/var/run/docker.sock', '/etc/passwd')])"

    result = await docker.run(Program(code=code))

    assert result.stdout == "[False, False, False, False]\n"


async def test_no_signal_reaches_the_watcher_by_any_road(docker: Sandbox) -> None:
    code = """
import ctypes, fcntl, os
libc = ctypes.CDLL(None)
for call in (62, 200, 234, 434):  # kill, tkill, tgkill, pidfd_open of x86_64, with a bit above the 32 that count
    libc.syscall(call, ctypes.c_long((1 << 32) + 1), 1, 9)
read, write = os.pipe()
for number in (9, 19, 2):
    fcntl.fcntl(read, fcntl.F_SETOWN, 1)
    fcntl.fcntl(read, 10, number)  # F_SETSIG
    fcntl.fcntl(read, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    os.write(write, b"x")
    os.read(read, 1)
print("tried")
"""

    result = await docker.run(Program(code=code))

    assert (result.status, result.stdout) == ("ok", "tried\n")


async def test_a_job_beyond_the_usual_limits_gets_a_container_of_its_own(docker: Sandbox) -> None:
    code = "with open('big', 'wb') as f: print(f.write(bytes(20 << 20)))\nx = bytearray(300 << 20)"

    result = await docker.run(Program(code=code), Policy(disk_bytes_max=32 << 20, memory_bytes_max=400 << 20))

    assert (result.status, result.stdout) == ("ok", f"{20 << 20}\n")


async def test_a_container_that_dies_before_its_program_costs_nobody_anything(docker: Sandbox, api: Any) -> None:
    await _until(lambda: len(containers(api, engines.owner())) == 6)
    for one in containers(api, engines.owner()):
        with suppress(APIError):  # this one has just ended by itself
            api.kill(one["Id"])

    results = [await docker.run(Program(code="print('alive')")) for _ in range(3)]

    assert [result.stdout for result in results] == ["alive\n"] * 3


async def test_closing_leaves_no_container(docker: Sandbox, api: Any) -> None:
    before = {one["Id"] for one in containers(api, engines.owner())}

    async with open_sandbox(SandboxSettings(backend="docker", slots=1)) as second:
        await second.run(Program(code="print(1)"))

    await _until(lambda: len(containers(api, engines.owner())) <= max(6, len(before)))
    assert not second.level.startswith("none")


async def test_thirty_runs_leave_no_descriptor_and_no_container(docker: Sandbox, api: Any) -> None:
    await _until(lambda: len(containers(api, engines.owner())) == 6)
    descriptors = len(os.listdir("/proc/self/fd"))

    for _ in range(10):
        await asyncio.gather(*(docker.run(Program(code="print(1)")) for _ in range(3)))

    await _until(lambda: len(containers(api, engines.owner())) == 6)
    await _until(lambda: len(os.listdir("/proc/self/fd")) <= descriptors + 2)


async def test_a_killed_service_leaves_no_container_and_no_program(docker: Sandbox, api: Any) -> None:
    with _start_service() as process:
        assert process.stdout is not None
        level = await asyncio.to_thread(process.stdout.readline)
        owner = f"{os.uname().nodename}/{process.pid}/"
        mine = [one for one in api.containers(all=True) if _owner(one).startswith(owner)]

        os.kill(process.pid, signal.SIGKILL)

    assert level.startswith("docker")
    assert mine
    await _until(lambda: not [one for one in api.containers(all=True) if _owner(one).startswith(owner)])


async def test_the_next_start_removes_what_a_dead_engine_kept(engine: Engine, api: Any) -> None:
    host = os.uname().nodename
    labels = [{engines.LABEL: f"{host}/999999999/1"}, {engines.LABEL: "another-host/1/1"}]
    dead, foreign = [
        api.create_container(find_image(engine.client), ["/usr/bin/python3", "-c", "input()"], labels=label,
                             stdin_open=True, network_disabled=True)["Id"]
        for label in labels
    ]  # fmt: skip
    api.start(foreign)

    try:
        await asyncio.to_thread(engines.remove_leftovers, engine)
        left = {one["Id"] for one in api.containers(all=True)}
    finally:
        api.remove_container(foreign, force=True)

    assert dead not in left
    assert foreign in left


@pytest.mark.usefixtures("docker")
async def test_where_native_cannot_be_an_engine_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")

    async with open_sandbox(SandboxSettings(slots=1)) as sandbox:
        result = await sandbox.run(Program(code="print(1)"))

    assert result.level.startswith("docker")
    assert result.stdout == "1\n"


async def test_what_was_asked_for_by_name_is_never_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")

    async with open_sandbox(SandboxSettings(backend="native")) as sandbox:
        assert sandbox.level.startswith("none: programs cannot be isolated on Darwin")


async def test_without_an_engine_every_program_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")

    async with open_sandbox(SandboxSettings(backend="docker")) as sandbox:
        level = sandbox.level

    assert level.startswith("none: no Docker engine answers")
    assert "start Docker" in level


def _start_service() -> "subprocess.Popen[str]":
    engine = {name: value for name, value in os.environ.items() if name.startswith("DOCKER_")}
    environment = {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), "PATH": os.defpath, **engine}
    return subprocess.Popen([sys.executable, "-c", SERVICE], env=environment, stdout=subprocess.PIPE, text=True)


def _owner(container: dict[str, Any]) -> str:
    return str((container["Labels"] or {}).get(engines.LABEL, ""))


async def _a_running_one(api: Any) -> str:
    found: list[str] = []

    def look() -> bool:
        found[:] = [one["Id"] for one in containers(api, engines.owner()) if one["State"] == "running"]
        return bool(found)

    await _until(look)
    return found[0]


async def _until(holds: Any, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(holds):
        assert time.monotonic() < deadline, "it did not come true in time"
        await asyncio.sleep(0.1)

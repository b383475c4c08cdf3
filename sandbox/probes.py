"""The self-test: programs that try to get out, run before any student's; a surprise refuses the whole backend."""

import asyncio
import json
import os
import secrets
import tempfile
import time
from collections.abc import Awaitable, Callable, Container
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.errors import SandboxUnavailable
from core.ports import Policy, Program
from sandbox.backend import Job, Outcome
from sandbox.outcome import read_run

_POLICY = Policy(wall_s=5.0, cpu_s=5.0, memory_bytes_max=64 * 1024 * 1024)

_CANARY = "learnflow-canary-"
_CANARY_S = 60.0

_LOOK = """
import json, os, socket, sys, threading

def fails(act):
    try:
        act()
    except (OSError, MemoryError, RuntimeError):
        return True
    return False

def read(path):
    with open(path, "rb") as file:
        return file.read(100)

def write(path):
    with open(path, "wb") as file:
        file.write(b"x")

def fill():
    with open("big", "wb") as file:
        for _ in range(64):
            file.write(bytes(1 << 20))

canary = sys.argv[1]
found = {
    "the canary file cannot be read": fails(lambda: read(canary)),
    "the environment holds nothing of the server": not any("PROBE" in name for name in os.environ),
    "the process folder cannot be read": fails(lambda: read("/proc/self/environ")) and fails(lambda: read("/proc/1/environ")),
    "there is no network": fails(lambda: socket.socket()) and fails(lambda: socket.create_connection(("127.0.0.1", 80), 1)),
    "it is the first process of its own namespace": os.getpid() == 1 and os.getppid() == 0,
    "it is not root": os.getuid() != 0,
    "it cannot fork": fails(os.fork),
    "the root is read-only": fails(lambda: write("/x")) and fails(lambda: write("/usr/x")) and fails(lambda: write("/dev/x")),
    "its own folder can be written": not fails(lambda: write("ok")),
    "the disk is bounded": fails(fill),
    "memory is bounded": fails(lambda: bytearray(1 << 30)),
    "nothing can be executed": fails(lambda: os.execv("/usr/bin/env", ["env"])),
    "no descriptor was inherited": sorted(int(fd) for fd in range(3, 64) if not fails(lambda: os.fstat(fd))) in ([], [4]),
}
print(json.dumps(found))
"""

_DEADLY = """
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall(*(int(word) for word in sys.argv[1:]))
"""

_CALLS = {  # x86_64 and aarch64 numbers
    "unshare a namespace": ((272, 97), (0x10000000,)),
    "mount": ((165, 40), (0, 0, 0, 0, 0)),
    "io_uring_setup": ((425, 425), (4, 0)),
    "ptrace": ((101, 117), (0, 0, 0, 0)),
}


@dataclass(frozen=True, slots=True)
class Surprise:
    what: str
    seen: str


Execute = Callable[[Job], Awaitable[Outcome]]


async def run(execute: Execute, *, waived: Container[str] = ()) -> None:
    """Raises SandboxUnavailable naming the wall that did not hold. `waived`: what a backend does not claim."""
    seen = await asyncio.gather(_look(execute), *(_call(execute, name) for name in _CALLS))
    if surprises := [surprise for some in seen for surprise in some if surprise.what not in waived]:
        words = "; ".join(f"{surprise.what}: {surprise.seen}" for surprise in surprises)
        raise SandboxUnavailable(f"the sandbox failed its self-test, so no code is run: {words}")


async def _look(execute: Execute) -> list[Surprise]:
    _sweep()
    with tempfile.NamedTemporaryFile(prefix=f"{_CANARY}{os.getpid()}-") as canary:
        canary.write(secrets.token_bytes(16))
        canary.flush()
        os.chmod(canary.name, 0o644)  # readable by everyone: only the walls keep it out of sight
        job = Job(kind="run", policy=_POLICY, program=Program(code=_LOOK, args=(canary.name,)))
        result = read_run(await execute(job), _POLICY, "")
    try:
        found = dict(json.loads(result.stdout))
    except ValueError:
        return [Surprise("the probe program runs", f"{result.status} {result.stderr[-300:]}")]
    return [Surprise(claim, "no") for claim, held in found.items() if held is not True]


def _sweep() -> None:
    """Remove what services that were killed while they looked have left. A younger one may belong to a service in
    another container, whose process we cannot see."""
    for canary in Path(tempfile.gettempdir()).glob(f"{_CANARY}*-*"):
        owner = canary.name.removeprefix(_CANARY).partition("-")[0]
        with suppress(OSError):
            if not Path("/proc", owner).exists() and time.time() - canary.stat().st_mtime > _CANARY_S:
                canary.unlink()


async def _call(execute: Execute, name: str) -> list[Surprise]:
    numbers, arguments = _CALLS[name]
    words = tuple(str(word) for word in (numbers[0 if os.uname().machine == "x86_64" else 1], *arguments))
    job = Job(kind="run", policy=_POLICY, program=Program(code=_DEADLY, args=words))
    result = read_run(await execute(job), _POLICY, "")
    if result.status == "violation":
        return []
    return [Surprise(f"{name} is stopped", f"{result.status} {result.stderr[-200:]}")]

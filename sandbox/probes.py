"""The self-test: programs that try to get out, run before any student's; a surprise refuses the whole backend."""

import asyncio
import json
import os
import secrets
import socket
import tempfile
import time
from collections.abc import Awaitable, Callable, Container
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.errors import SandboxUnavailable
from core.ports import Policy, Program, RunResult
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

_REACH = """
import ctypes, fcntl, json, os, signal, socket, sys

def fails(act):
    try:
        act()
    except OSError:
        return True
    return False

folder, server = sys.argv[1], int(sys.argv[2])
canary, parent = folder + "/canary", os.getppid()
near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
reader, writer = os.pipe()
box = os.path.dirname(os.getcwd())
libc = ctypes.CDLL(None, use_errno=True)
for attempt in (
    lambda: near.sendto(b"x", folder + "/ear"), lambda: os.chmod(canary, 0o777), lambda: os.utime(canary, (1, 1)),
    lambda: os.truncate(canary, 0), lambda: os.unlink(canary), lambda: os.rename(canary, "mine"),
):
    fails(attempt)  # what came of it is seen from outside
found = {
    "no other process can be signalled": all(fails(lambda: os.kill(pid, 0)) for pid in (1, parent, server, 0, -1)),
    "nor by the kernel for it": all(fails(lambda: fcntl.fcntl(reader, what, server)) for what in (8, 10, 15)),
    "nor watched": fails(lambda: os.pidfd_open(server)),
    "nor limited": libc.prlimit(server, 7, None, None) != 0,
    "nor seen": all(fails(lambda: os.listdir(f"/proc/{pid}")) for pid in ("self", parent, server)),
    "other runs' folders cannot be seen": fails(lambda: os.listdir(os.path.dirname(box))),
    "a folder for everyone is closed": fails(lambda: os.listdir("/tmp")) and fails(lambda: open("/dev/shm/x", "w")),
    "blocks beyond a file's end cannot be taken": libc.fallocate(os.open("f", 66), 1, ctypes.c_long(0), ctypes.c_long(1 << 30)) != 0,
    "its group and session are its own": os.getsid(0) == os.getpid(),
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


class Breach(SandboxUnavailable):
    """A wall did not hold in the self-test."""


Execute = Callable[[Job], Awaitable[Outcome]]


async def run(execute: Execute, *, waived: Container[str] = (), beside_others: bool = False) -> None:
    """Raises Breach naming the wall that did not hold. `waived`: what a backend does not claim; `beside_others`: only
    rules, not namespaces, keep a program from the machine's other processes, so try what could reach them."""
    probes = [_look(execute), *(_call(execute, name) for name in _CALLS)]
    seen = await asyncio.gather(*probes, *([_reach(execute)] if beside_others else []))
    if surprises := [surprise for some in seen for surprise in some if surprise.what not in waived]:
        words = "; ".join(f"{surprise.what}: {surprise.seen}" for surprise in surprises)
        raise Breach(f"the sandbox failed its self-test, so no code is run: {words}")


async def _look(execute: Execute) -> list[Surprise]:
    _sweep()
    with tempfile.NamedTemporaryFile(prefix=f"{_CANARY}{os.getpid()}-") as canary:
        canary.write(secrets.token_bytes(16))
        canary.flush()
        os.chmod(canary.name, 0o644)  # readable by everyone: only the walls keep it out of sight
        job = Job(kind="run", policy=_POLICY, program=Program(code=_LOOK, args=(canary.name,)))
        return _read_claims(read_run(await execute(job), _POLICY, ""))


async def _reach(execute: Execute) -> list[Surprise]:
    with tempfile.TemporaryDirectory(prefix=f"learnflow-canary-{os.getpid()}-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103 the walls, not the modes, are to keep it out
        canary = f"{folder}/canary"
        Path(canary).write_bytes(b"1")  # noqa: ASYNC240 one byte
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as ear:
            ear.bind(f"{folder}/ear")
            os.chmod(f"{folder}/ear", 0o777)  # noqa: S103 as above
            job = Job(kind="run", policy=_POLICY, program=Program(code=_REACH, args=(folder, str(os.getpid()))))
            found = _read_claims(read_run(await execute(job), _POLICY, ""))
            with suppress(BlockingIOError):
                found.append(Surprise("a socket's name leads nowhere", repr(ear.recv(100))))
        after = os.stat(canary)
        if (after.st_size, after.st_mode & 0o777, after.st_mtime > 1) != (1, 0o644, True):
            found.append(Surprise("another's file keeps its size, mode and times", str(after)))
    return found


def _read_claims(result: RunResult) -> list[Surprise]:
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

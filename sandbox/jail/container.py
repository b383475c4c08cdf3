"""The first process of a container: keeps one walled child ready, gives it the one job of the container's life, watches it."""

import contextlib
import gc
import os
import signal
import sys
import types
from pathlib import Path
from typing import Any

from sandbox.jail import landlock, linux, walls, wire
from sandbox.jail.zygote import Child, Watch, find_language, reserve_descriptors, spawn

_PACKAGES = "/usr/lib/python3/dist-packages"
_OOM_COUNTS = ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control")  # version 2, version 1
_IN, _OUT = 0, 1


def serve(name: str, processes: int, preload: list[str]) -> None:
    """Say what stands round this process, wait for a job on standard input, answer on standard output, end. The end
    of standard input ends everything: the server has gone."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # without handlers a first process is deaf to all it is sent inside
    sys.path.append(_PACKAGES)
    language = find_language(name)
    language.warm(preload)
    gc.collect()
    gc.disable()
    child, fault = _ready_child(language, forks=processes > 1)
    facts = {"event": "ready", "landlock": landlock.version(), "fault": fault, **_surroundings()}
    linux.prctl(linux.PR_SET_DUMPABLE, 0)
    wire.write(_OUT, facts)
    if fault is None and (job := wire.read(_IN)) is not None:
        wire.write(_OUT, {"event": "taken"})
        facts, blob = LoneWatch(child, job, _IN, True, answers=_OUT).until_done()
        wire.write(_OUT, {**facts, "out_of_memory": facts["exit"] < 0 and _oom_kills() > 0}, blob)
        _kill_the_others()
        while os.read(
            _IN, 1 << 16
        ):  # till the server has read it and hung up: some engines drop the last words of the dead
            pass  # what was typed too late


def _ready_child(language: types.ModuleType, forks: bool) -> tuple[Child, str | None]:
    """The child, and why it could not be walled in."""
    reserve_descriptors()
    proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    child = spawn(language, proc, 0, forks, lambda proc: walls.enclose_in_container(proc, forks))
    os.close(proc)
    if os.read(child.report, 1) == b"R":
        return child, None
    return child, os.read(child.report, 4096).decode(errors="replace") or "it died"


class LoneWatch(Watch):
    """A watch that may end every other process there is."""

    def _drain(self) -> None:
        _kill_the_others()  # they hold the pipes open
        super()._drain()


def _kill_the_others() -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)


def _surroundings() -> dict[str, Any]:
    """What the kernel says of this process; the server compares it with what it asked the engine for."""
    status = dict(line.split(":\t", 1) for line in _lines("/proc/self/status") if ":\t" in line)
    return {
        "capabilities": status.get("CapBnd", "?"),
        "no_new_privs": status.get("NoNewPrivs", "?"),
        "seccomp": status.get("Seccomp", "?"),
        "networks": sorted(line.split(":")[0].strip() for line in _lines("/proc/net/dev")[2:]),
        "root_writable": os.access("/", os.W_OK) or not os.statvfs("/").f_flag & os.ST_RDONLY,
        "uid": os.getuid(),
    }


def _oom_kills() -> int:
    """How often the kernel has killed for memory in this container; 0 where it does not tell."""
    for path in filter(os.path.exists, _OOM_COUNTS):
        counts = dict(line.split(" ", 1) for line in _lines(path))
        return int(counts.get("oom_kill", 0))
    return 0


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()

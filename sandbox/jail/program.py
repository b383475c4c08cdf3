"""One Python program of a student's: laying it out, running it, ending it, and telling where it was when time ran out."""

import atexit
import builtins
import contextlib
import functools
import io
import json
import linecache
import os
import random
import resource
import signal
import sys
import threading
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from sandbox.jail import show, walls, wire
from sandbox.jail.tracing import Tracer


def prepare(program: dict[str, Any], live: bool = False) -> None:
    """Lay out the program's files and its standard streams; `live`: somebody is typing at descriptor 0 already."""
    os.chdir(walls.HOME)
    source = program["code"]
    given = {show.MAIN: source.encode("utf-8", "surrogatepass")}
    given |= {name: text.encode("latin-1") for name, text in program["files"].items()}
    for name, data in given.items():
        if "/" in name:
            Path(name).parent.mkdir(parents=True, exist_ok=True)
        _write(name, data)
    linecache.cache[show.MAIN] = (len(source), None, source.splitlines(keepends=True), show.MAIN)
    sys.argv = [show.MAIN, *program["args"]]
    if sys.path[0] != walls.HOME:
        sys.path.insert(0, walls.HOME)
    if live:
        rewind_input()
    elif program["stdin"]:  # else it is empty already, and the three streams are the zygote's, ready
        feed(program["stdin"].encode("utf-8", "surrogatepass"))


def _write(path: str, data: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    try:
        wire.write_all(fd, data)
    finally:
        os.close(fd)


def leave(report_fd: int, report: bytes, code: int) -> NoReturn:
    """Report, say goodbye with the exit code and the peak of memory in KiB, close the pipes, end."""
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    wire.write_all(report_fd, report + wire.GOODBYE + f"{code} {peak}".encode())
    for fd in (report_fd, 1, 2):
        with contextlib.suppress(OSError):
            os.close(fd)
    os._exit(code)


def rehearse() -> None:
    """Go through a program's steps once while nobody waits: each page that a fork shares costs time when first written."""
    nothing: dict[str, Any] = {"code": "i = 1", "files": {}, "args": [], "stdin": ""}
    prepare(nothing)
    at_time_limit(60.0, 60.0, lambda where: None)
    execute("i = 1\nraise SystemExit", fresh_main())
    json.dumps(json.loads(json.dumps(nothing)))
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.setitimer(signal.ITIMER_PROF, 0)
    os.unlink(show.MAIN)


def feed(data: bytes) -> None:
    """Make `data` the standard input: a file without a name, open for reading only."""
    path = f"{walls.TEMP}/.stdin"
    _write(path, data)
    fd = os.open(path, os.O_RDONLY)
    os.unlink(path)
    os.dup2(fd, 0)
    os.close(fd)
    rewind_input()


def rewind_input() -> None:
    """Standard input from its beginning again."""
    with contextlib.suppress(OSError):  # a program may have closed it
        os.lseek(0, 0, os.SEEK_SET)
    reader = io.BufferedReader(io.FileIO(0, closefd=False))
    sys.stdin = sys.__stdin__ = io.TextIOWrapper(reader, encoding="utf-8", errors="surrogateescape")  # type: ignore[misc]


def open_ready_streams() -> None:
    """The three streams on what a program will find: nothing to read, and pipes. Called before any fork."""
    nothing, (out, into) = os.open("/dev/null", os.O_RDONLY), os.pipe()
    own = [os.dup(fd) for fd in (0, 1, 2)]
    for target, fd in enumerate((nothing, into, into)):
        os.dup2(fd, target)
    rewind_input()
    open_streams()
    for target, fd in enumerate(own):
        os.dup2(fd, target)
    for fd in (nothing, out, into, *own):
        os.close(fd)


def open_streams(live: bool = True) -> None:
    """Fresh text streams: no character can break printing, and when `live` a line is out as soon as it is printed."""
    sys.stdout = sys.__stdout__ = _writer(1, live)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _writer(2, live)  # type: ignore[misc]


def _writer(fd: int, live: bool) -> io.TextIOWrapper:
    raw = io.BufferedWriter(io.FileIO(fd, "w", closefd=False))
    return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", line_buffering=live)


def fresh_main() -> types.ModuleType:
    module = types.ModuleType("__main__")
    module.__dict__.update({"__file__": show.MAIN, "__builtins__": builtins, "__annotations__": {}})
    sys.modules["__main__"] = module
    return module


def execute(source: str, module: types.ModuleType, tracer: Tracer | None = None) -> tuple[int, dict[str, Any] | None]:
    """Run the program to its end: its exit code, and the exception that ended it, if any."""
    try:
        code = _compiled(source)
        if tracer is not None:
            tracer.start()
        exec(code, module.__dict__)  # noqa: S102 this is the one place where a student's program runs
    except SystemExit as leave:
        return _exit_code(leave), None
    except BaseException as error:  # the edge between a student's program and ours
        walls.release_reserve()
        return 1, show.raised(error)
    finally:
        if tracer is not None:
            tracer.stop()
    return 0, None


@functools.lru_cache(maxsize=1)
def _compiled(source: str) -> types.CodeType:
    return compile(source.removeprefix("\ufeff"), show.MAIN, "exec", dont_inherit=True)


def _exit_code(leave: SystemExit) -> int:
    match leave.code:
        case None:
            return 0
        case int(code):
            return code & 0xFF
        case words:
            complain(f"{show.message(words)}\n")
            return 1


def end_program() -> None:
    """What the interpreter does at its own end: wait for threads, call exit handlers, flush."""
    for step in (threading._shutdown, atexit._run_exitfuncs, flush):  # type: ignore[attr-defined]
        try:
            step()
        except BaseException as error:  # a student's exit handler or stream may raise anything
            complain(f"Exception ignored at exit: {type(error).__name__}\n")


def flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the program may have closed it, or put anything in its place
            stream.flush()


def complain(text: str) -> None:
    """Write to standard error, if the program has left it open."""
    with contextlib.suppress(OSError):
        wire.write_all(2, text.encode(errors="backslashreplace"))


_told: list[Any] = []  # the limits of the program that runs, and whom to tell


def at_time_limit(wall_s: float, cpu_s: float, tell: Callable[[dict[str, Any]], None]) -> None:
    """Arrange that a program still running then says where it is. One that stops this is killed from outside."""
    _told[:] = wall_s, cpu_s, tell
    signal.setitimer(signal.ITIMER_REAL, wall_s)
    if cpu_s < wall_s:  # a process-wide CPU timer makes its clock coarse
        signal.setitimer(signal.ITIMER_PROF, cpu_s)


def catch_time_limits() -> None:
    """Called before any fork too: nothing comes of these signals until a program has its limits."""
    signal.signal(signal.SIGALRM, _too_long)
    signal.signal(signal.SIGPROF, _too_long)


def _too_long(signum: int, frame: types.FrameType | None) -> None:
    if not _told:
        return
    walls.release_reserve()
    wall_s, cpu_s, tell = _told
    late = signum == signal.SIGALRM
    words = f"still running after {wall_s:g} s" if late else f"used more than {cpu_s:g} s of CPU time"
    with contextlib.suppress(OSError):
        tell(show.still_running(frame, words))
    while True:  # it has closed the way to tell: the zygote ends it
        signal.pause()


def reseed() -> None:
    """Fresh seeds: forks share the old ones."""
    random.seed()
    numpy_random: Any = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()

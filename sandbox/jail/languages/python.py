"""Runs Python programs of students inside the walls: one run, a traced run, or the tests of a grading."""

import base64
import contextlib
import gc
import importlib
import json
import os
import re
import select
import site
import stat
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

from sandbox.jail import figures, grading, program, show, values, walls, wire
from sandbox.jail.tracing import Tracer

_STANDARD = (  # few and common: each loaded page makes every fork dearer
    "bisect", "collections", "contextlib", "copy", "csv", "dataclasses", "datetime", "decimal", "enum", "fractions",
    "functools", "heapq", "itertools", "json", "math", "operator", "pathlib", "random", "re", "statistics", "string",
    "textwrap", "threading", "time", "traceback", "typing", "_strptime",
)  # fmt: skip
SLOTS: dict[str, tuple[str, ...]] = {"plain": (), "science": ("numpy", "sympy", "matplotlib.pyplot")}
_SCIENTIFIC = re.compile(rb"\b(numpy|sympy|mpmath|matplotlib|pylab)\b")
_FOR_AUTHORS = ("collections", "fractions", "itertools", "math", "random", "string")
_FILES_OUT_MAX = 32
_FILES_OUT_BYTES_MAX = 1024 * 1024
_TIME_IS_UP = 124
_REHEARSALS = 32
_NOTHING_TO_TELL = b"{}"  # most programs end well


def slot_of(sources: Iterable[bytes]) -> str:
    """Programs that name a scientific package go where it is loaded already; importing it anew takes a second."""
    return "science" if any(_SCIENTIFIC.search(source) for source in sources) else "plain"


def warm(preload: list[str]) -> None:
    """Load what programs import most, once, before any fork."""
    for name in (*_STANDARD, *preload):
        importlib.import_module(name)
    site.setquit()  # the zygote starts without `site`, and students write exit() and help()
    site.sethelper()
    if "matplotlib.pyplot" in sys.modules:
        figures.catch_show()
    program.open_ready_streams()
    program.catch_time_limits()
    _forget_the_zygote()


def rehearse() -> None:
    """Go through what each child does, often enough for the interpreter to have adapted its code to it: what it writes
    down about a line of Python, in each child again, costs that child a page."""
    for _ in range(_REHEARSALS):
        program.rehearse()
        program.reseed()
        program.flush()
        _files_out({})


def serve(job_fd: int, report_fd: int, room: walls.Room) -> NoReturn:
    """Do one job in this process and end it."""
    if not select.select([job_fd], [], [], 0)[0]:
        program.rehearse()
    job = wire.take(job_fd)
    if job is not None and job["live"]:  # what is typed follows the job on the same pipe
        os.dup2(job_fd, 0)
    os.close(job_fd)
    if job is None:
        os._exit(0)
    gc.enable()
    program.reseed()
    _limit(job, room)
    match job["kind"]:
        case "evaluate":
            _evaluate(job["items"], report_fd)
            program.leave(report_fd, b"", 0)
        case "grade":
            grading.run(job, report_fd)
            program.leave(report_fd, b"", 0)
        case _:
            _run(job, report_fd)


def _forget_the_zygote() -> None:
    """Nothing of ours under a name a program could trip over."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "sandbox"]:
        del sys.modules[name]
    os.environ.clear()
    os.environ.update({"LANG": "C.UTF-8", "MPLBACKEND": "Agg"})
    tell_places()


def tell_places() -> None:
    """In the environment, where programs look for them."""
    os.environ.update({"HOME": walls.HOME, "TMPDIR": walls.TEMP, "MPLCONFIGDIR": walls.TEMP})


def _limit(job: dict[str, Any], room: walls.Room) -> None:
    policy = job["policy"]
    walls.limit(
        room, cpu_s=policy["cpu_s"], memory=policy["memory_bytes_max"], disk=policy["disk_bytes_max"],
        files=policy["files_max"], processes=policy["processes_max"],
    )  # fmt: skip


def _run(job: dict[str, Any], report_fd: int) -> NoReturn:
    policy = job["policy"]
    try:
        program.prepare(job["program"], live=job["live"])
    except OSError as error:  # its files do not fit, or one stands where another needs a folder
        program.leave(report_fd, json.dumps({"raised": show.raised(error)}).encode(), 1)
    given = {path: _facts(os.lstat(path)) for path in (show.MAIN, *job["program"]["files"])}
    tracer = Tracer(policy["steps_max"]) if job["kind"] == "trace" else None

    def leave(code: int, raised: dict[str, Any] | None, timeout: bool) -> NoReturn:
        program.flush()
        report: dict[str, Any] = {"raised": raised, "timeout": timeout}
        if tracer is not None:
            report |= {"steps": tracer.steps, "complete": tracer.complete and not timeout}
        lines = [_NOTHING_TO_TELL if report == {"raised": None, "timeout": False} else json.dumps(report).encode()]
        if not timeout:
            lines += [_line("figure", "", png) for png in _figures()]
            lines += [_line("file", name, data) for name, data in _files_out(given)]
        program.leave(report_fd, b"\n".join(lines), code)

    program.at_time_limit(policy["wall_s"], policy["cpu_s"], lambda where: leave(_TIME_IS_UP, where, True))
    code, raised = program.execute(job["program"]["code"], program.fresh_main(), tracer)
    if raised is not None:
        program.flush()
        program.complain(raised["traceback"])
    program.end_program()
    leave(code, raised, False)


def _line(kind: str, name: str, data: bytes) -> bytes:
    return b" ".join([kind.encode(), base64.b64encode(name.encode(errors="surrogateescape")), base64.b64encode(data)])


def _figures() -> list[bytes]:
    try:
        figures.keep_open_figures()
    except Exception:  # a half-built figure cannot be drawn; the program has already ended
        return []
    return figures.drawn


def _facts(seen: os.stat_result) -> tuple[int, int] | None:
    """A regular file's size and time of change."""
    return (seen.st_size, seen.st_mtime_ns) if stat.S_ISREG(seen.st_mode) else None


def _listing() -> dict[str, tuple[int, int]]:
    """Regular files of the working folder."""
    found: dict[str, tuple[int, int]] = {}
    todo = [""]
    while todo and len(found) <= 10 * _FILES_OUT_MAX:
        folder = todo.pop()
        with contextlib.suppress(OSError), os.scandir(folder or ".") as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    todo.append(f"{folder}{entry.name}/")
                elif (facts := _facts(entry.stat(follow_symlinks=False))) is not None:
                    found[folder + entry.name] = facts
    return found


def _files_out(given: dict[str, tuple[int, int] | None]) -> list[tuple[str, bytes]]:
    """What the program made or changed, within bounds."""
    try:
        os.chdir(walls.HOME)
        new = {path: facts for path, facts in _listing().items() if given.get(path) != facts}
        out: list[tuple[str, bytes]] = []
        left = _FILES_OUT_BYTES_MAX
        for path in sorted(path for path in new if "__pycache__" not in path)[:_FILES_OUT_MAX]:
            if new[path][0] <= left:
                out.append((path, Path(path).read_bytes()))
                left -= new[path][0]
    except OSError:
        return []
    return out


# --- expressions of the course's authors, with no student code about ------------------------------------------------


def _evaluate(items: list[dict[str, Any]], report_fd: int) -> None:
    modules = {name: importlib.import_module(name) for name in _FOR_AUTHORS}
    for item in items:
        names = {name: values.decode(encoded) for name, encoded in item["names"].items()}
        try:
            result = eval(item["expression"], {**modules, **names})  # noqa: S307 an author's expression, walled in
            answer = {"value": values.encode(result, show.value)}
        except Exception as error:  # the edge of an author's expression
            answer = {"error": f"{type(error).__name__}: {error}"[:500]}
        wire.write_all(report_fd, json.dumps(answer).encode() + b"\n")

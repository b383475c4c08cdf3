"""Runs a submission's tests: a clean first process watches workers that hold the student's code and take their claims."""

import builtins
import json
import os
import random
import select
import signal
import sys
import time
import types
from typing import Any, NoReturn

from sandbox.jail import program, show, values, walls, wire

_SHARE = 4  # one test may use this part of the whole time
_GRACE_S = 0.1
_SLOW_S = 0.2  # a module that takes longer to run is run once for all tests, not once for each
_LINE_BYTES_MAX = 2 * 1024 * 1024
_CLAIM_BYTES_MAX = 512 * 1024
_STDOUT_BYTES_MAX = 1024 * 1024
_GAVE_UP = 75
_NO_END = {"exit": None, "timeout": False, "cpu_s": 0.0}  # it has answered; how it ends does not matter


def run(job: dict[str, Any], report_fd: int) -> None:
    """Report one line a test. No student code ever runs in this process, so what it reports are facts."""
    program.prepare(job["program"])
    grader = _Grader(job, report_fd)
    for index, item in enumerate(job["items"]):
        if item["mode"] == "stdin":
            grader.run_with_input(index, item)
    grader.run_calls([(i, item) for i, item in enumerate(job["items"]) if item["mode"] != "stdin"])


class _Grader:
    def __init__(self, job: dict[str, Any], report_fd: int) -> None:
        self._job = job
        self._report_fd = report_fd
        self._deadline = time.monotonic() + job["policy"]["wall_s"]
        self._item_s = job["policy"]["wall_s"] / _SHARE

    def _report(self, **facts: Any) -> None:
        wire.write_all(self._report_fd, json.dumps(facts).encode() + b"\n")

    def _seconds(self) -> float:
        return max(0.01, min(self._item_s, self._deadline - time.monotonic()))

    def run_with_input(self, index: int, item: dict[str, Any]) -> None:
        """A process of its own for each text on standard input; what it prints goes to a file that we hold open."""
        out = os.open(f"{walls.TEMP}/.out", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        os.unlink(f"{walls.TEMP}/.out")
        seconds = self._seconds()
        worker = self._fork(lambda claims: _work_on_input(self._job, item, seconds, claims), stdout=out)
        lines = _Lines(worker)
        claim = lines.next(seconds + _GRACE_S)
        facts = lines.end()
        self._report(item=index, claim=claim, stdout=os.pread(out, _STDOUT_BYTES_MAX, 0).decode("latin-1"), **facts)
        os.close(out)

    def run_calls(self, items: list[tuple[int, dict[str, Any]]]) -> None:
        """One worker goes through the calls in order; when a call brings it down, the next worker starts after it."""
        first = True
        while items:
            seconds = self._seconds()
            todo = [item for _, item in items]
            worker = self._fork(lambda claims, todo=todo, s=seconds: _work_on_calls(self._job, todo, s, claims))
            lines = _Lines(worker)
            module = lines.next(seconds + _GRACE_S)
            answered = []
            while module is not None and len(answered) < len(items):
                claim = lines.next(self._seconds() + _GRACE_S)
                if claim is None:
                    break
                answered.append(claim)
            facts = lines.end() if len(answered) < len(items) else _NO_END
            if first:
                self._report(module=True, claim=module, **facts)
                first = False
            items = self._report_claims(items, answered, module, facts)

    def _report_claims(
        self, items: list[Any], answered: list[str], module: str | None, facts: dict[str, Any]
    ) -> list[Any]:
        """Which tests are still to do."""
        for (index, _), claim in zip(items, answered, strict=False):
            self._report(item=index, claim=claim, **_NO_END)
        left = items[len(answered) :]
        if module is None or time.monotonic() >= self._deadline:
            for index, _ in left:
                late = {**facts, "timeout": facts["timeout"] or module is not None}
                self._report(item=index, claim=None, **late)
            return []
        if left and not (facts["exit"] == _GAVE_UP and answered):
            self._report(item=left[0][0], claim=None, **facts)
            return left[1:]
        return left

    def _fork(self, work: Any, stdout: int | None = None) -> tuple[int, int]:
        read_end, write_end = os.pipe()
        pid = os.fork()
        if pid:
            os.close(write_end)
            return pid, read_end
        try:
            if stdout is not None:
                os.dup2(stdout, 1)
            os.dup2(write_end, 3)
            os.closerange(4, 1 << 16)
            if self._job["policy"]["processes_max"] <= 1:
                walls.forbid_fork()
            work(3)
        finally:
            os._exit(_GAVE_UP)


class _Lines:
    """A worker's claims, one line each, with the facts about its end."""

    def __init__(self, worker: tuple[int, int]) -> None:
        self._pid, self._fd = worker
        self._buffer = bytearray()
        self._late = False

    def next(self, seconds: float) -> str | None:
        """The next line; None when the worker ended, was too slow, or wrote too much."""
        deadline = time.monotonic() + seconds
        while (end := self._buffer.find(b"\n")) < 0:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._fd], [], [], left)[0]:
                self._late = True
                return None
            data = os.read(self._fd, 1 << 16)
            self._buffer += data
            if not data or len(self._buffer) > _LINE_BYTES_MAX:
                return None
        line = self._buffer[:end].decode("latin-1")
        del self._buffer[: end + 1]
        return line

    def end(self) -> dict[str, Any]:
        """Everything that the worker started dies with it."""
        os.close(self._fd)
        if not self._late:
            self._let_it_exit()
        _kill_all_others()
        _, status, usage = os.wait4(self._pid, 0)
        _reap()
        cpu_s = usage.ru_utime + usage.ru_stime
        return {"exit": os.waitstatus_to_exitcode(status), "timeout": self._late, "cpu_s": cpu_s}

    def _let_it_exit(self) -> None:
        """Give a worker that is on its way out the moment it needs, so that its own exit code is seen."""
        pidfd = os.pidfd_open(self._pid)
        try:
            select.select([pidfd], [], [], _GRACE_S)
        finally:
            os.close(pidfd)


def _kill_all_others() -> None:
    try:
        os.kill(-1, signal.SIGKILL)  # as first process: everyone in this pid namespace but ourselves
    except ProcessLookupError:
        pass


def _reap() -> None:
    try:
        while os.waitpid(-1, 0):
            pass
    except ChildProcessError:
        pass


# --- below: in the worker, where student code runs and everything may be a lie ---------------------------------------


def _claim(fd: int, facts: dict[str, Any]) -> None:
    data = json.dumps(facts).encode()
    if len(data) > _CLAIM_BYTES_MAX:
        data = json.dumps({"raised": None, "too_large": True}).encode()
    wire.write_all(fd, data + b"\n")


def _arm(job: dict[str, Any], seconds: float, claims: int) -> None:
    def give_up(where: dict[str, Any]) -> None:
        program.flush()
        _claim(claims, {"raised": where, "timeout": True})
        os._exit(_GAVE_UP)

    program.at_time_limit(seconds, job["policy"]["cpu_s"], give_up)


def _work_on_input(job: dict[str, Any], item: dict[str, Any], seconds: float, claims: int) -> NoReturn:
    program.feed(item["stdin"].encode("utf-8", "surrogateescape"))
    program.reseed()
    _arm(job, seconds, claims)
    code, raised = program.execute(job["program"]["code"], program.fresh_main())
    program.end_program()
    _claim(claims, {"raised": raised})
    os._exit(code)


def _work_on_calls(job: dict[str, Any], items: list[dict[str, Any]], seconds: float, claims: int) -> NoReturn:
    program.reseed()
    clean = _Clean()
    _arm(job, seconds, claims)
    started = time.monotonic()
    module = program.fresh_main()
    _, raised = program.execute(job["program"]["code"], module)
    program.flush()
    _claim(claims, {"raised": raised})
    slow = time.monotonic() - started > _SLOW_S
    _silence()
    for number, item in enumerate(items):
        if number and not slow:
            clean.restore()
            module = program.fresh_main()
        _arm(job, seconds, claims)
        if number and not slow:
            program.execute(job["program"]["code"], module)
        _claim(claims, _answer(item, module))
    os._exit(0)


def _silence() -> None:
    """Printing during a test is only printing: it goes nowhere, in any amount."""
    nothing = os.open("/dev/null", os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    os.close(nothing)
    program.open_streams()


class _Clean:
    """What a test may have changed outside its own module, as it was before the first; for honest programs' sake."""

    def __init__(self) -> None:
        self._builtins = dict(vars(builtins))
        self._modules = set(sys.modules)
        self._recursion = sys.getrecursionlimit()
        self._path = list(sys.path)

    def restore(self) -> None:
        names = vars(builtins)
        for name in set(names) - set(self._builtins):
            del names[name]
        names.update(self._builtins)
        for name in [
            name for name, module in list(sys.modules.items()) if name not in self._modules and _is_own(module)
        ]:
            del sys.modules[name]
        sys.setrecursionlimit(self._recursion)
        sys.path[:] = self._path
        sys.settrace(None)
        os.chdir(walls.HOME)
        program.open_streams()
        program.rewind_input()
        random.seed()


def _is_own(module: types.ModuleType) -> bool:
    return str(getattr(module, "__file__", None) or "").startswith(walls.HOME)


def _answer(item: dict[str, Any], module: types.ModuleType) -> dict[str, Any]:
    """A test's result as data, or the exception it raised."""
    given: list[Any] = []
    try:
        if item["mode"] == "call":
            result = eval(compile(item["call"], "<test>", "eval"), module.__dict__)  # noqa: S307 walled in
            return {"value": values.encode(result, show.value)}
        function = _entry(item["call"], module)
        for encoded in item["inputs"]:
            arguments = values.decode(encoded)
            given.append(values.encode(function(*arguments), show.value))
    except BaseException as error:  # the edge between a student's function and ours
        walls.release_reserve()
        return {"raised": show.raised(error), "values": given}
    return {"values": given}


def _entry(name: str, module: types.ModuleType) -> Any:
    """The function under test: by name, or the last public one that the program defines."""
    if name:
        return eval(compile(name, "<test>", "eval"), module.__dict__)  # noqa: S307 walled in
    own = [
        item for key, item in vars(module).items() if isinstance(item, types.FunctionType) and not key.startswith("_")
    ]
    return own[-1]

"""The zygote: a warmed interpreter that keeps one walled child ready, gives it a job, watches it, and reports facts."""

import contextlib
import errno
import fcntl
import functools
import gc
import importlib
import math
import os
import select
import signal
import sys
import time
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

from sandbox.jail import landlock, languages, linux, walls, wire
from sandbox.jail.keyboard import Keyboard
from sandbox.jail.mother import Mother, Pipes

_GRACE_S = 0.15  # a program that notices its own time limit reports where it was; one that cannot is killed then
_CHUNK = 1 << 16
_REPORT_BYTES_MAX = 8 * 1024 * 1024
_FLOOD_FACTOR = 16  # output thrown away, in multiples of the limit, before the program is stopped
_DYING_MAX = 8
_STANDBY_DISK = 16 * 1024 * 1024


def start(setup: dict[str, Any], control: int) -> int:
    """Build the outer walls and fork the zygote; its process id. Raises OSError naming the call that was refused."""
    proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    outer = linux.CLONE_NEWNS | linux.CLONE_NEWNET | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS
    try:
        linux.unshare(outer)
    except PermissionError:  # an ordinary user, or root of a container
        walls.enter_namespace_as_nobody(setup["uid"], proc, outer)
        walls.build_root(setup["shown"], setup["hidden"], setup["packages"])
    else:  # the tree may lie where only root can look; what it shows is world-readable
        walls.build_root(setup["shown"], setup["hidden"], setup["packages"])
        walls.enter_namespace_as_nobody(setup["uid"], proc)
    linux.unshare(linux.CLONE_NEWPID)
    pid = os.fork()
    if pid == 0:
        be_zygote(Zygote, setup, control, proc)
    os.close(proc)
    return pid


def be_zygote(kind: "type[Zygote]", setup: dict[str, Any], control: int, proc: int) -> None:
    """Never returns."""
    status = 1
    try:
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
        linux.prctl(linux.PR_SET_DUMPABLE, 1)
        kind(setup, control, proc).serve()
        status = 0
    except Exception as failure:  # the outermost loop of this process: the server reads why
        wire.write(control, {"event": "failed", "why": f"{type(failure).__name__}: {failure}"})
    finally:
        os._exit(status)


def find_language(name: str) -> types.ModuleType:
    return importlib.import_module(f"{languages.__name__}.{name}")


@dataclass(slots=True)
class Child:
    """A walled process waiting for its job, with our ends of its pipes."""

    pid: int
    pidfd: int
    job: int
    stdout: int
    stderr: int
    report: int
    disk: int
    forks: bool
    reaped: bool = False

    def kill(self) -> None:
        """Its number is its own until we have waited for it."""
        if not self.reaped:
            os.kill(self.pid, signal.SIGKILL)

    def has_ended(self) -> bool:
        """Asked when `pidfd` can be read from."""
        with contextlib.suppress(OSError):  # a real pidfd cannot be read; a pipe of deaths must be emptied
            os.read(self.pidfd, 512)
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def close(self) -> None:
        for fd in (self.pidfd, self.job, self.stdout, self.stderr, self.report):
            if fd >= 0:
                os.close(fd)


@dataclass(slots=True)
class Stream:
    """Bytes kept of one pipe, up to a bound; the rest is counted and thrown away."""

    name: str
    bytes_max: int
    kept: bytearray = field(default_factory=bytearray)
    lost: int = 0

    def take(self, data: bytes) -> bytes:
        """What of `data` was kept."""
        part = data[: max(0, self.bytes_max - len(self.kept))]
        self.kept += part
        self.lost += len(data) - len(part)
        return part


class Zygote:
    """Serves one job at a time until the control socket ends."""

    def __init__(self, setup: dict[str, Any], control: int, proc: int) -> None:
        reserve_descriptors()
        self._control = control
        self._proc = fcntl.fcntl(proc, fcntl.F_DUPFD_CLOEXEC, walls.PROC + 1)
        self._own_pid_namespace = os.open("self/ns/pid", os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc)
        self._mother: Mother | None = None
        self._standby: Child | None = None
        self._dying: list[Child] = []
        sys.path.extend(setup["paths"])
        self._language = find_language(setup["language"])
        self._language.warm(setup["preload"])
        self._language.rehearse()
        self._room = walls.measure(proc)
        gc.collect()
        gc.disable()
        linux.trim()
        linux.collapse(proc)

    def serve(self) -> None:
        self._standby = self._spawn(_STANDBY_DISK, forks=False)
        ready = os.read(self._standby.report, 1)
        if ready != b"R":
            why = os.read(self._standby.report, 4096).decode(errors="replace")
            raise OSError(f"a run could not be walled in: {why or 'it died'}")
        self._standby_ready = True
        wire.write(self._control, {"event": "ready", "landlock": landlock.version(), **self._claims()})
        while (message := self._next_message()) is not None:
            if message["op"] == "job":
                self._serve_job(message)

    def _claims(self) -> dict[str, Any]:
        """What else the server should know of these walls."""
        return {}

    def _next_message(self) -> dict[str, Any] | None:
        """Wait for the server, and bury the dead meanwhile."""
        while self._dying:
            ready = select.select([self._control, *(child.pidfd for child in self._dying)], [], [])[0]
            self._bury([child for child in self._dying if child.pidfd in ready])
            if self._control in ready:
                break
        return wire.read(self._control)

    def _bury(self, dead: list[Child]) -> None:
        for child in dead:
            if not child.reaped:
                os.waitpid(child.pid, 0)
            child.close()
            self._dying.remove(child)

    def _serve_job(self, job: dict[str, Any]) -> None:
        child, ready = self._standby, self._standby_ready
        disk, forks = job["policy"]["disk_bytes_max"], job["policy"]["processes_max"] > 1
        if child is None or (child.disk, child.forks) != (disk, forks):
            self._discard(child)
            child, ready = self._spawn(disk, forks), False
        self._standby = None
        wire.write(self._control, *self._watch(child, job, ready).until_done())
        self._dying.append(child)
        self._standby, self._standby_ready = self._spawn(child.disk, child.forks), False
        self._bury(self._dying[:-_DYING_MAX])

    def _watch(self, child: Child, job: dict[str, Any], ready: bool) -> "Watch":
        return Watch(child, job, self._control, ready)

    def _discard(self, child: Child | None) -> None:
        if child is not None:
            child.kill()
            self._dying.append(child)

    def _spawn(self, disk: int, forks: bool) -> Child:
        if self._mother is None and linux.can_clone():
            self._mother = Mother(self._plan)
        pipes = _open_pipes()
        bear = self._mother.bear if self._mother else self._bear
        return _adopt(bear(disk, forks, pipes.child), pipes, disk, forks)

    def _bear(self, disk: int, forks: bool, pipes: Pipes) -> int:
        """The same without a mother: every kernel can do this."""
        be_child = self._plan(disk, forks)
        linux.unshare(linux.CLONE_NEWPID)
        gc.freeze()
        pid = linux.fork()
        if pid == 0:
            be_child(pipes)
        linux.setns(self._own_pid_namespace, linux.CLONE_NEWPID)
        return pid

    @functools.lru_cache(maxsize=16)  # noqa: B019 a zygote lives as long as its process
    def _plan(self, disk: int, forks: bool) -> Callable[[Pipes], NoReturn]:
        tape, room = walls.enclosure(forks, disk), self._room

        def enclose(proc: int) -> walls.Room:
            tape.play()
            return room

        return functools.partial(_be_child, self._language, self._proc, enclose)


def spawn(language: types.ModuleType, proc: int, disk: int, forks: bool, enclose: Callable[[int], walls.Room]) -> Child:
    """Fork a process that goes behind its walls by `enclose`, which is given an open /proc, and waits for its job."""
    pipes = _open_pipes()
    gc.freeze()  # a child's collections leave all this alone
    pid = linux.fork()
    if pid == 0:
        _be_child(language, proc, enclose, pipes.child)
    return _adopt(pid, pipes, disk, forks)


class _Pipes(NamedTuple):
    ours: Pipes
    child: Pipes


def _open_pipes() -> _Pipes:
    (job_r, job_w), (out_r, out_w), (err_r, err_w), (rep_r, rep_w) = os.pipe(), os.pipe(), os.pipe(), os.pipe()
    return _Pipes((job_w, out_r, err_r, rep_r), (job_r, out_w, err_w, rep_w))


def _adopt(pid: int, pipes: _Pipes, disk: int, forks: bool) -> Child:
    for fd in pipes.child:
        os.close(fd)
    return Child(pid, _open_death(pid), *pipes.ours, disk, forks)


def _open_death(pid: int) -> int:
    """A descriptor that can be read from when the process is dead: its pidfd, or where there are none (gVisor) a pipe
    that each dead child writes to."""
    try:
        return os.pidfd_open(pid)
    except OSError as error:
        if error.errno != errno.ENOSYS:
            raise
        deaths, signals = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(signals, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda signum, frame: None)
        os.write(signals, b"?")  # it may have died before
        return deaths


def _be_child(language: types.ModuleType, proc: int, enclose: Callable[[int], walls.Room], pipes: Pipes) -> NoReturn:
    """Never returns. After this nothing of the zygote's is open: 0-2 are the student's, 3 the job, 4 the report."""
    try:
        _tidy_descriptors(proc, pipes)
        room = enclose(walls.PROC)
        os.write(4, b"R")
        language.serve(3, 4, room)
    except BaseException as failure:  # whatever happens here, no line of the zygote's loop may run in this process
        os.write(4, f"{type(failure).__name__}: {failure}".encode(errors="replace")[:4000])
    finally:
        os._exit(70)


def _tidy_descriptors(proc: int, pipes: Pipes) -> None:
    job, out, err, report = pipes
    nothing = os.open("/dev/null", os.O_RDONLY)
    for target, fd in enumerate((nothing, out, err, job, report, proc)):
        os.dup2(fd, target, inheritable=False)
    os.closerange(walls.PROC + 1, 1 << 16)


def reserve_descriptors() -> None:
    """Called once by who will `spawn`: from now on what is opened lies above 0 to 5, the numbers that a child uses."""
    while (fd := os.open("/dev/null", os.O_RDONLY)) <= walls.PROC:
        pass
    os.close(fd)


class Watch:
    """One run, from giving the job to the facts about its end."""

    def __init__(
        self, child: Child, job: dict[str, Any], control: int, ready: bool, answers: int | None = None
    ) -> None:
        """`answers`: where to write, if not to `control`, whose end or word stops the program."""
        policy = job["policy"]
        self._child, self._control = child, control
        self._answers = control if answers is None else answers
        self._job = {name: part for name, part in job.items() if name != "blob"}
        self._ready = ready
        self._streaming = job["stream"]
        self._flood = _FLOOD_FACTOR * policy["output_bytes_max"] if job["kind"] in ("run", "trace") else None
        self._wall_s = policy["wall_s"] + _GRACE_S
        self._live = job["live"]
        self._keyboard: Keyboard | None = None
        self._silent_s = job["item_s"] + 2 * _GRACE_S if job["kind"] == "grade" else None
        if self._live and policy["idle_s"] > 0:
            self._silent_s = policy["idle_s"]
        self._last_report = 0.0
        self._killed: str | None = None
        out_max = policy["output_bytes_max"]
        self._streams = {
            child.stdout: Stream("stdout", out_max),
            child.stderr: Stream("stderr", out_max),
            child.report: Stream("report", _REPORT_BYTES_MAX),
        }
        self._open = set(self._streams)
        self._cpu_clock = (~child.pid << 3) | 2  # the kernel's clock of that process's CPU time
        self._cpu_before = 0.0

    def until_done(self) -> tuple[dict[str, Any], bytes]:
        """The facts as a message for the server."""
        self._cpu_before = time.clock_gettime(self._cpu_clock)
        started = time.monotonic()
        self._give_job()
        self._poll_until_exit(started + self._wall_s)
        wall_s = time.monotonic() - started
        return self._facts(wall_s, *(self._said_goodbye() or self._death()))

    def _death(self) -> tuple[int, float, int]:
        """Exit code or negative signal, CPU seconds, bytes at its peak."""
        _, status, usage = os.wait4(self._child.pid, 0)
        self._child.reaped = True
        self._drain()
        return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024

    def _said_goodbye(self) -> tuple[int, float, int] | None:
        """The same for a program that has told its own end and closed all its pipes. It is killed at once rather than
        awaited: taking down a dead process's namespaces takes longer than most programs run."""
        if self._open or self._killed is not None:
            return None
        words = self._streams[self._child.report].kept.rpartition(wire.GOODBYE)[2].split()
        if len(words) != 2 or not all(word.isdigit() and len(word) < 10 for word in words):
            return None
        cpu_s = time.clock_gettime(self._cpu_clock)
        self._child.kill()
        return int(words[0]) & 0xFF, cpu_s, int(words[1]) * 1024

    def _give_job(self) -> None:
        with contextlib.suppress(BrokenPipeError):  # it died while being walled in; its report says why
            wire.give(self._child.job, self._job)
        if self._live:  # what is typed follows the job on the same pipe
            self._keyboard = Keyboard(self._child.job)
        else:
            self._close_input()

    def _close_input(self) -> None:
        if self._child.job >= 0:
            os.close(self._child.job)
        self._child.job, self._keyboard = -1, None

    def _poll_until_exit(self, deadline: float) -> None:
        poll = select.poll()
        for fd in (self._child.pidfd, self._control, *self._open):
            poll.register(fd, select.POLLIN)
        self._last_report = time.monotonic()
        while True:
            left = deadline - time.monotonic()
            if self._silent_s is not None:
                left = min(left, self._last_report + self._silent_s - time.monotonic())
            if left <= 0 and self._killed is None:
                self._kill("idle" if self._live and time.monotonic() < deadline else "wall")
            wait = left if left > 0 else 1.0
            events = poll.poll(max(1, int(min(wait, self._look()) * 1000) + 1))
            ready = [fd for fd, _ in events]
            for fd in ready:
                if fd in self._open and not self._read(fd):
                    poll.unregister(fd)
            if self._keyboard is not None and self._keyboard.fd in ready:
                self._press(poll)
            if self._control in ready and not self._heard_typing(poll):
                poll.unregister(self._control)
                self._kill("cancelled")
            if (self._child.pidfd in ready and self._child.has_ended()) or self._said_goodbye():
                return

    def _heard_typing(self, poll: "select.poll") -> bool:
        """Whether what the server says is for the program; anything else, and its going, ends the run."""
        message = wire.read(self._control) if self._live else None
        if message is None or message["op"] != "input":
            return False
        if message["end"]:
            if self._keyboard is not None:
                self._keyboard.listen(poll, False)
            self._close_input()
        elif self._keyboard is not None:
            self._keyboard.type(message["blob"])
            self._press(poll)
        return True

    def _press(self, poll: "select.poll") -> None:
        assert self._keyboard is not None
        taken = self._keyboard.press()
        self._keyboard.listen(poll, not taken)
        if taken:
            self._last_report = time.monotonic()
            wire.write(self._answers, {"event": "fed"})

    def _look(self) -> float:
        """See to what no limit of the kernel's bounds; seconds until the next look."""
        return math.inf

    def _read(self, fd: int) -> bool:
        """Take one chunk; False at the end of the pipe."""
        data = os.read(fd, _CHUNK)
        if not data:
            self._open.discard(fd)
            return False
        stream = self._streams[fd]
        if self._live or stream.name == "report":
            self._last_report = time.monotonic()
        kept = stream.take(data)
        if self._streaming and kept and stream.name != "report":
            wire.write(self._answers, {"event": "output", "stream": stream.name}, kept)
        bound = 0 if stream.name == "report" else self._flood
        if bound is not None and stream.lost > bound:
            self._kill("output")
        return True

    def _kill(self, why: str) -> None:
        if self._killed is None:
            self._killed = why
            self._child.kill()

    def _drain(self) -> None:
        """Read what is left: all writers died with the first process of their namespace."""
        while self._open:
            self._read(next(iter(self._open)))

    def _facts(self, wall_s: float, code: int, cpu_s: float, memory: int) -> tuple[dict[str, Any], bytes]:
        parts = {stream.name: bytes(stream.kept) for stream in self._streams.values()}
        walled = self._ready or parts["report"].startswith(b"R")
        if not self._ready:
            parts["report"] = parts["report"].removeprefix(b"R")
        lost = any(stream.lost for stream in self._streams.values() if stream.name != "report")
        facts = {
            "event": "done", "exit": code, "killed": self._killed, "walled": walled, "truncated": lost, "wall_s": wall_s,
            "cpu_s": max(0.0, cpu_s - self._cpu_before), "memory": memory,
            "sizes": [len(part) for part in parts.values()],
        }  # fmt: skip
        return facts, b"".join(parts.values())

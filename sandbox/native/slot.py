"""The server's side of one zygote: starts it from a clean exec, gives it jobs, ends it."""

import asyncio
import importlib.util
import site
import socket
import subprocess
import sys
import sysconfig
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from core.errors import SandboxUnavailable
from core.ports import OnOutput, Typed
from sandbox.backend import Job, Outcome
from sandbox.jail import walls, wire
from sandbox.native.cgroups import Group
from sandbox.native.reduced import Scratch
from sandbox.outcome import read_done
from sandbox.typist import Typist
from sandbox.warmth import Warmth, plans

_LAUNCH = Path(__file__).parent.parent / "jail" / "launch.py"
# the library lies where the interpreter does, not in a virtual environment
_BASE = {
    "installed_base": sys.base_prefix,
    "base": sys.base_prefix,
    "installed_platbase": sys.base_exec_prefix,
    "platbase": sys.base_exec_prefix,
}
_UNPRIVILEGED = 65534
_START_S = 60.0  # numpy, sympy and matplotlib from a cold disk
_END_S = 2.0
_ANSWER_S = 5.0  # past a job's own limit: the zygote itself has failed
_GROUP_SLACK = 64 * 1024 * 1024
_GROUP_TASKS = 48  # threads, launcher, zygote, standby, a grader's two processes, and the dying
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache")
_PACKAGES = (
    "numpy", "sympy", "mpmath", "matplotlib", "mpl_toolkits", "PIL", "contourpy", "cycler", "dateutil", "fontTools",
    "kiwisolver", "packaging", "pyparsing", "six",
)  # fmt: skip
_SHARED_OBJECTS = ("numpy.libs", "pillow.libs")
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",  # a fork with two threads hangs
    "MALLOC_ARENA_MAX": "1", "MPLBACKEND": "Agg", "MPLCONFIGDIR": "/box/tmp", "HOME": "/box/home", "LANG": "C.UTF-8",
    "LD_BIND_NOW": "1",  # else each fork looks up anew what its zygote has never called
}  # fmt: skip


class Slot:
    """Runs one job at a time."""

    def __init__(self, warmth: Warmth, group: Group, scratch: Scratch | None = None) -> None:
        """`scratch`: where runs keep their files behind reduced walls."""
        self.warmth = warmth
        self._scratch = scratch
        self.jobs = 0
        self.broken = False
        self.claims: dict[str, Any] = {}  # of the zygote about its walls
        self._group = group
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._base_bytes = 0

    async def start(self) -> None:
        """Raises SandboxUnavailable with the wall that could not be built."""
        try:
            await self._start()
        except OSError as error:  # a late answer too
            raise SandboxUnavailable(f"a sandbox process cannot be started: {error}") from error

    async def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = _spawn(
                theirs, self._scratch
            )  # not in a thread: a cancelled wait would lose sight of the process
        self._group.add(self._process.pid)
        try:
            self._reader, self._writer = await asyncio.open_unix_connection(sock=ours, limit=1 << 20)
        except BaseException:
            ours.close()
            raise
        await self._send(await asyncio.to_thread(_setup, self.warmth, self._scratch))
        message = await self._receive(_START_S)
        if message["event"] != "ready":
            raise SandboxUnavailable(f"programs cannot be isolated here: {message.get('why')}")
        self.claims = message
        self._base_bytes = self._group.memory_used()
        self._group.kills()  # opens what it reads from

    @property
    def alive(self) -> bool:
        """Whether its processes are there: somebody may have killed them while it was idle."""
        return self._process is not None and self._process.poll() is None

    async def execute(self, job: Job, on_output: OnOutput | None, typed: Typed | None = None) -> Outcome:
        """Cancelling this kills the program; the slot is then ready for the next."""
        policy = job.policy
        bound = self._base_bytes + policy.memory_bytes_max + policy.disk_bytes_max + _GROUP_SLACK
        self._group.limit(bound, policy.processes_max + _GROUP_TASKS)
        self.jobs += 1
        kills = self._group.kills()
        done = None
        try:
            await self._send(job.message())
            async with Typist(job, typed, self._send) as typist:
                typist.taken()
                done = await self._until_done(policy.wall_s + _ANSWER_S, on_output, typist)
        except BaseException:
            if done is None:
                await self._cancel()
            raise
        if done["event"] != "done":  # it has given itself up
            self.broken = True
            raise SandboxUnavailable(f"a sandbox process has failed: {done.get('why')}")
        if not done["walled"]:
            raise SandboxUnavailable(f"a run could not be isolated: {done['blob'][-300:].decode(errors='replace')}")
        return read_done(done, out_of_memory=done["exit"] < 0 and self._group.kills() > kills)

    async def stop(self) -> None:
        """End the zygote and everything below it; gives back its groups."""
        if self._writer is not None:
            self._writer.close()
        if self._process is not None:
            await asyncio.to_thread(_end, self._process)
        await asyncio.to_thread(self._group.remove)

    async def _cancel(self) -> None:
        """Kill the running program and wait for its end; a slot that does not answer is broken."""
        try:
            await self._send({"op": "cancel"})
            await self._until_done(_ANSWER_S, None)
        except BaseException:  # whatever it is, the caller's own exception matters more
            self.broken = True

    async def _until_done(
        self, seconds: float, on_output: OnOutput | None, typist: Typist | None = None
    ) -> dict[str, Any]:
        async with asyncio.timeout(seconds) as limit:
            while (message := await self._receive(None))["event"] in ("output", "fed"):
                if message["event"] == "fed" and typist is not None:
                    typist.taken()
                elif message["event"] == "output" and on_output is not None:
                    on_output(message["stream"], message["blob"])
        assert not limit.expired()
        return message

    async def _send(self, message: dict[str, Any], blob: bytes = b"") -> None:
        assert self._writer is not None
        try:
            self._writer.write(wire.pack(message, blob))
            await self._writer.drain()
        except OSError as error:
            raise SandboxUnavailable("a sandbox process has ended") from error

    async def _receive(self, seconds: float | None) -> dict[str, Any]:
        assert self._reader is not None
        try:
            async with asyncio.timeout(seconds) if seconds else nullcontext():
                body, blob = wire.HEAD.unpack(await self._reader.readexactly(wire.HEAD.size))
                data = await self._reader.readexactly(body + blob)
                return wire.unpack(data[:body], data[body:])
        except (OSError, asyncio.IncompleteReadError) as error:
            raise SandboxUnavailable("a sandbox process has ended") from error


def _spawn(control: socket.socket, scratch: Scratch | None) -> "subprocess.Popen[bytes]":
    """A clean exec: no environment of ours, no descriptor but the control socket, no site packages."""
    environment = _ENVIRONMENT | (scratch.environment() if scratch else {})
    command = [sys.executable, "-I", "-S", "-B", "-X", "utf8", str(_LAUNCH), str(control.fileno())]
    return subprocess.Popen(  # noqa: S603 our own interpreter and file
        command, env=environment, pass_fds=(control.fileno(),), cwd="/", start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def _end(process: "subprocess.Popen[bytes]") -> None:
    """The closed control socket ends it; if not, its own children die with it."""
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _setup(warmth: Warmth, scratch: Scratch | None) -> dict[str, Any]:
    """What a zygote may see: the interpreter's library, shared objects, and the packages that students use. Not the
    other packages: ours lie there too, with the answers to every exercise."""
    places = _package_places()
    standard = sorted({sysconfig.get_path(name, vars=_BASE) for name in ("stdlib", "platstdlib")})
    hidden = {*site.getsitepackages(), *(f"{lib}/python3/dist-packages" for lib in ("/usr/lib", "/usr/local/lib"))}
    hidden |= {f"{path}/{name}" for path in standard for name in ("site-packages", "dist-packages", "test")}
    shown = [*_LIBRARIES, *standard]
    plan = plans()[warmth]
    setup = {
        "language": plan.language,
        "shown": _without_nested(shown),
        "hidden": sorted(hidden),
        "packages": places,
        "paths": [walls.PACKAGES],
        "preload": [name for name in plan.preload if importlib.util.find_spec(name.partition(".")[0])],
        "uid": _UNPRIVILEGED,
    }
    return setup if scratch is None else setup | scratch.hold(places)


def _package_places() -> list[str]:
    places = []
    for name in _PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec is None:
            continue
        place = Path(next(iter(spec.submodule_search_locations or []), spec.origin or ""))
        places.append(str(place))
        places += [str(place.parent / extra) for extra in _SHARED_OBJECTS if (place.parent / extra).is_dir()]
    return sorted(set(places))


def _without_nested(paths: list[str]) -> list[str]:
    """A folder below another that is shown needs no showing of its own."""
    whole = [path for path in paths if not Path(path).is_symlink()]
    return [path for path in paths if not any(path != top and path.startswith(top + "/") for top in whole)]

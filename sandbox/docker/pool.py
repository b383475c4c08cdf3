"""The docker backend: containers started ahead of their programs, each for one program of one student."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, TypeVar

from core.errors import SandboxUnavailable
from core.ports import OnOutput, Typed
from core.settings import SandboxSettings
from sandbox import probes
from sandbox.backend import Job, Outcome
from sandbox.docker import engine as engines
from sandbox.docker.container import Container, Gone, Room
from sandbox.docker.engine import Engine
from sandbox.docker.image import find_image
from sandbox.gate import Gate, Seats
from sandbox.policy import RUN
from sandbox.typist import Typist
from sandbox.warmth import Warmth, plans, warmth_of

log = logging.getLogger("learnflow.sandbox")

_TRIES = 3  # a warm container may have died with its engine: nothing was run in it, so another takes the job
_WAIVES = ("it is the first process of its own namespace",)  # that one is our watcher, deaf to its signals
_GVISOR_WAIVES = (*_WAIVES, "the process folder cannot be read")  # no Landlock; its /proc tells nothing of the host

T = TypeVar("T")


@asynccontextmanager
async def open_docker(settings: SandboxSettings, gvisor: bool = True) -> AsyncIterator["Docker"]:
    """With gVisor where the engine has it, unless told otherwise. Raises SandboxUnavailable when no engine answers, the
    image is not built, or a probe is surprised."""
    threads = ThreadPoolExecutor(8 + 4 * settings.slots + settings.talks_max, thread_name_prefix="sandbox-docker")
    engine = None
    try:
        engine = await _in(threads, engines.connect)
        if not gvisor:
            engine = replace(engine, runtimes=(None,))
        image = await _in(threads, lambda: find_image(engine.client))
        if removed := await _in(threads, lambda: engines.remove_leftovers(engine)):
            log.warning("sandbox.leftovers_removed", extra={"facts": {"containers": removed}})
        async with _opened(engine, image, settings, threads) as docker:
            yield docker
    finally:
        await asyncio.to_thread(threads.shutdown)
        if engine is not None:
            engine.client.close()


@asynccontextmanager
async def _opened(
    engine: Engine, image: str, settings: SandboxSettings, threads: ThreadPoolExecutor
) -> AsyncIterator["Docker"]:
    """With gVisor where it proves itself; where the engine has it and it does not, `level` says that it is missing."""
    for runtime in engine.runtimes:
        docker = Docker(replace(engine, runtimes=(runtime,)), image, settings, threads)
        try:
            docker.warm()
            await docker.prove()
        except BaseException as failure:
            await docker.close()
            if not isinstance(failure, SandboxUnavailable) or runtime == engine.runtimes[-1]:
                raise
            log.warning("sandbox.runtime_failed", extra={"facts": {"runtime": runtime, "reason": failure.message}})
            continue
        try:
            yield docker
        finally:
            await docker.close()
        return


class Docker:
    """Implements `sandbox.backend.Backend`."""

    def __init__(self, engine: Engine, image: str, settings: SandboxSettings, threads: ThreadPoolExecutor) -> None:
        self._engine = engine
        self._image = image
        self._threads = threads
        self._gate = Gate(settings.slots, settings.queue_max)
        self._seats = Seats(settings.talks_max)
        self._wanted: dict[Warmth, int] = {
            warmth: settings.slots * (1 if plan.preload else 2) for warmth, plan in plans().items()
        }
        self._at_once = asyncio.Semaphore(max(2, settings.slots // 2))  # starting more together only makes all late
        self._free: dict[Warmth, list[Container]] = {warmth: [] for warmth in plans()}
        self._waiting: dict[Warmth, deque[asyncio.Future[Container]]] = {warmth: deque() for warmth in plans()}
        self._starting: dict[Warmth, int] = dict.fromkeys(plans(), 0)
        self._queued = 0  # starts that wait for their turn
        self._all: set[Container] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_warm = asyncio.Event()
        self._closing = False
        self._landlock = 0

    @property
    def level(self) -> str:
        walls = [
            "a container for each program",
            "no network",
            "read-only root",
            "no capabilities",
            "seccomp",
            "rlimits",
        ]
        if self._engine.gvisor:
            return f"docker {self._engine.version} with gVisor: {', '.join(walls)}"
        if self._landlock:
            return f"docker {self._engine.version}: {', '.join(walls)}, Landlock {self._landlock}; missing: gVisor"
        return f"docker {self._engine.version}: {', '.join(walls)}; missing: gVisor, Landlock"

    async def until_warm(self) -> None:
        """Until as many containers wait for a program as are wanted."""
        await self._is_warm.wait()

    async def prove(self) -> None:
        """Try to break out."""
        await probes.run(self._execute_once, waived=_GVISOR_WAIVES if self._engine.gvisor else _WAIVES)

    async def execute(self, job: Job, on_output: OnOutput | None = None, typed: Typed | None = None) -> Outcome:
        async with self._gate.enter() if typed is None else self._seats.enter():
            return await self._execute_once(job, on_output, typed)

    async def _execute_once(self, job: Job, on_output: OnOutput | None = None, typed: Typed | None = None) -> Outcome:
        for _ in range(_TRIES):
            container = await self._take(job)
            self._landlock = container.landlock
            try:
                return await self._run_in(container, job, on_output, typed)
            except Gone:
                self._distrust()
            finally:
                self._spawn(self._discard(container))
                self.warm()
        raise SandboxUnavailable("containers end before they take their program")

    def _distrust(self) -> None:
        """One that died waiting was hardly the only one: its engine was started anew."""
        for free in self._free.values():
            while free:
                self._spawn(self._discard(free.pop()))

    async def close(self) -> None:
        """Every container is gone after this."""
        self._closing = True
        for container in self._all:
            container.interrupt()
        while self._tasks:
            await asyncio.wait(self._tasks)
        await asyncio.gather(*(self._call(container.remove) for container in list(self._all)))

    def warm(self) -> None:
        """Set going as many starts as containers are lacking."""
        lacking = sum(max(0, self._lack(warmth)) for warmth in self._wanted)
        for _ in range(lacking - self._queued):
            self._queued += 1
            self._spawn(self._add())

    def _lack(self, warmth: Warmth) -> int:
        coming = len(self._free[warmth]) + self._starting[warmth]
        return self._wanted[warmth] + len(self._waiting[warmth]) - coming

    def _most_wanted(self) -> Warmth | None:
        """What somebody waits for comes before what is only to be kept warm."""
        for warmth, waiting in self._waiting.items():
            if len(waiting) > self._starting[warmth]:
                return warmth
        return next((warmth for warmth in self._wanted if self._lack(warmth) > 0), None)

    async def _take(self, job: Job) -> Container:
        """A warm one; else the next that is ready; one of its own for a job that fits in none of these."""
        warmth = warmth_of(job)
        room = _room(warmth)
        if not room.holds(job.policy):
            policy = job.policy
            return await self._start(Room(warmth, policy.memory_bytes_max, policy.disk_bytes_max, policy.processes_max))
        self._is_warm.clear()
        if self._free[warmth]:
            return self._free[warmth].pop(0)
        future: asyncio.Future[Container] = asyncio.get_running_loop().create_future()
        self._waiting[warmth].append(future)
        self.warm()
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.exception() is None:
                self._offer(future.result())
            raise

    async def _add(self) -> None:
        """One more container, for whoever waits or to be kept warm. Its failure is the next waiter's."""
        async with self._at_once:
            self._queued -= 1
            warmth = None if self._closing else self._most_wanted()
            if warmth is None:
                return
            self._starting[warmth] += 1
            try:
                self._offer(await self._start(_room(warmth)))
            except SandboxUnavailable as failure:
                self._fail(warmth, failure)
            finally:
                self._starting[warmth] -= 1

    def _fail(self, warmth: Warmth, failure: SandboxUnavailable) -> None:
        if not self._closing:
            log.warning("sandbox.container_failed", extra={"facts": {"reason": failure.message}})
        if waiter := self._next_waiter(warmth):
            waiter.set_exception(failure)

    def _offer(self, container: Container) -> None:
        if waiter := self._next_waiter(container.room.warmth):
            waiter.set_result(container)
        else:
            self._free[container.room.warmth].append(container)
            if all(len(self._free[warmth]) >= wanted for warmth, wanted in self._wanted.items()):
                self._is_warm.set()

    def _next_waiter(self, warmth: Warmth) -> "asyncio.Future[Container] | None":
        while self._waiting[warmth]:
            waiter = self._waiting[warmth].popleft()
            if not waiter.done():
                return waiter
        return None

    async def _start(self, room: Room) -> Container:
        """One that ends while it starts (its engine was started anew, say) has a successor at once."""
        for _ in range(_TRIES - 1):
            try:
                return await self._start_once(room)
            except SandboxUnavailable as failure:
                if self._closing or not isinstance(failure.__cause__, Gone):
                    raise
        return await self._start_once(room)

    async def _start_once(self, room: Room) -> Container:
        container = Container(self._engine, self._image, room)
        self._all.add(container)
        try:
            await self._call(container.start)
        except BaseException:
            container.interrupt()
            self._spawn(self._discard(container))
            raise
        return container

    async def _run_in(self, container: Container, job: Job, on_output: OnOutput | None, typed: Typed | None) -> Outcome:
        loop = asyncio.get_running_loop()

        def tell(stream: Any, data: bytes) -> None:
            if on_output is not None:
                loop.call_soon_threadsafe(on_output, stream, data)

        def fed(typist: Typist) -> None:
            loop.call_soon_threadsafe(typist.taken)

        async def send(message: dict[str, Any], blob: bytes) -> None:
            container.type(message, blob)

        try:
            async with Typist(job, typed, send) as typist:
                return await self._call(lambda: container.execute(job, tell, lambda: fed(typist)))
        except asyncio.CancelledError:
            container.interrupt()
            await asyncio.shield(self._call(container.remove))
            raise

    async def _discard(self, container: Container) -> None:
        await self._call(container.remove)
        self._all.discard(container)

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _call(self, act: Callable[[], T]) -> T:
        return await _in(self._threads, act)


def _room(warmth: Warmth) -> Room:
    """What warm containers are made for: any job within the usual limits."""
    return Room(warmth, RUN.memory_bytes_max, RUN.disk_bytes_max, RUN.processes_max)


async def _in(threads: ThreadPoolExecutor, act: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(threads, act)

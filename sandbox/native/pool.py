"""The native backend: a bounded number of slots, warmed in the background, tested before they are trusted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from core.errors import SandboxUnavailable
from core.ports import OnOutput
from core.settings import SandboxSettings
from sandbox import probes
from sandbox.backend import Job, Outcome
from sandbox.gate import Gate
from sandbox.jail import seccomp
from sandbox.native import cgroups
from sandbox.native.slot import Slot
from sandbox.warmth import Warmth, warmth_of

_JOBS_MAX = 2000  # forks of one zygote share its address layout and hash seed: not for ever


@asynccontextmanager
async def open_native(settings: SandboxSettings) -> AsyncIterator["Native"]:
    """Raises SandboxUnavailable when this machine does not let us isolate, or a probe is surprised."""
    if not seccomp.supported():
        raise SandboxUnavailable("programs cannot be isolated on this processor; use the docker backend")
    await asyncio.to_thread(cgroups.sweep)
    native = Native(settings)
    try:
        await native.prove()
        warming = asyncio.create_task(native.warm())
        try:
            yield native
        finally:
            warming.cancel()
            with suppress(asyncio.CancelledError):
                await warming
    finally:
        await native.close()


class Native:
    """Implements `sandbox.backend.Backend`."""

    def __init__(self, settings: SandboxSettings) -> None:
        self._slots = settings.slots
        self._gate = Gate(settings.slots, settings.queue_max)
        self._free: dict[Warmth, list[Slot]] = {"plain": [], "science": []}
        self._all: set[Slot] = set()
        self._names = 0
        self._level = ""

    @property
    def level(self) -> str:
        return self._level

    async def prove(self) -> None:
        """Start the first slot and try to break out of it."""
        slot = await self._start("plain")
        self._level = _describe(slot, self._controllers)
        turn = asyncio.Lock()

        async def execute(job: Job) -> Outcome:
            async with turn:
                return await slot.execute(job, None)

        await probes.run(execute)
        self._free["plain"].append(slot)

    async def warm(self) -> None:
        """Fill the slots while nobody waits; a failure here shows when a job needs the slot."""
        for warmth in ("plain", "science"):
            for _ in range(self._slots - len(self._free[warmth])):
                with suppress(SandboxUnavailable, TimeoutError):
                    await self._settle(await self._start(warmth))

    async def execute(self, job: Job, on_output: OnOutput | None = None) -> Outcome:
        async with self._gate.enter():
            slot = await self._take(warmth_of(job))
            try:
                return await slot.execute(job, on_output)
            except TimeoutError as failure:
                raise SandboxUnavailable("a sandbox process does not answer") from failure
            finally:
                await self._settle(slot)

    async def close(self) -> None:
        for slot in list(self._all):
            await self._drop(slot)

    async def _take(self, warmth: Warmth) -> Slot:
        free = self._free[warmth]
        while free:
            slot = free.pop()
            if slot.alive:
                return slot
            await self._drop(slot)
        return await self._start(warmth)

    async def _settle(self, slot: Slot) -> None:
        """Back among the free, unless it is worn out, or one too many because a job could not wait for the warming."""
        alike = sum(other.warmth == slot.warmth for other in self._all)
        if slot.broken or slot.jobs >= _JOBS_MAX or alike > self._slots:
            await self._drop(slot)
        else:
            self._free[slot.warmth].append(slot)

    async def _start(self, warmth: Warmth) -> Slot:
        self._names += 1
        group = cgroups.make(f"{self._names}-{id(self):x}")  # not in a thread, for the same reason as a slot's process
        slot = Slot(warmth, group)
        self._controllers = group.controllers
        self._all.add(slot)
        try:
            await slot.start()
        except BaseException:
            await self._drop(slot)
            raise
        return slot

    async def _drop(self, slot: Slot) -> None:
        self._all.discard(slot)
        await slot.stop()


def _describe(slot: Slot, controllers: tuple[str, ...]) -> str:
    walls = ["user, pid, mount, net, ipc and uts namespaces", "read-only root", "seccomp", "rlimits"]
    missing = []
    if slot.landlock:
        walls.append(f"Landlock {slot.landlock}")
    else:
        missing.append("Landlock")
    for controller in ("memory", "pids"):
        (walls if controller in controllers else missing).append(f"cgroup {controller}")
    return f"native: {', '.join(walls)}" + (f"; missing: {', '.join(missing)}" if missing else "")

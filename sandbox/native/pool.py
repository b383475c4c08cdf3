"""The native backend: a bounded number of slots, warmed in the background, tested before they are trusted."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from core.errors import SandboxUnavailable
from core.ports import OnOutput, Typed
from core.settings import SandboxSettings
from sandbox import probes
from sandbox.backend import Job, Outcome
from sandbox.gate import Gate, Seats
from sandbox.jail import seccomp
from sandbox.native import cgroups, reduced
from sandbox.native.reduced import Scratch, open_scratch
from sandbox.native.slot import Slot
from sandbox.warmth import Warmth, plans, warmth_of

_FIRST = "python.plain"
_JOBS_MAX = 2000  # forks of one zygote share its address layout and hash seed: not for ever


@asynccontextmanager
async def open_reduced(settings: SandboxSettings) -> AsyncIterator["Native"]:
    """For where no namespaces may be made. Raises as `open_native` does, and where Landlock is missing or too old."""
    with open_scratch() as scratch:
        async with open_native(settings, scratch) as native:
            yield native


@asynccontextmanager
async def open_native(settings: SandboxSettings, scratch: Scratch | None = None) -> AsyncIterator["Native"]:
    """Raises SandboxUnavailable when this machine does not let us isolate, probes.Breach when a wall does not hold.
    With `scratch` the walls are the reduced ones."""
    if not seccomp.supported():
        raise SandboxUnavailable("programs cannot be isolated on this processor; use the docker backend")
    await asyncio.to_thread(cgroups.sweep)
    native = Native(settings, scratch)
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

    def __init__(self, settings: SandboxSettings, scratch: Scratch | None = None) -> None:
        self._scratch = scratch
        self._slots = settings.slots
        self._gate = Gate(settings.slots, settings.queue_max)
        self._seats = Seats(settings.talks_max)
        self._talking: set[Slot] = set()
        self._free: dict[Warmth, list[Slot]] = {warmth: [] for warmth in plans()}
        self._all: set[Slot] = set()
        self._names = 0
        self._level = ""

    @property
    def level(self) -> str:
        return self._level

    async def prove(self) -> None:
        """Start the first slot and try to break out of it."""
        slot = await self._start(_FIRST)
        describe = _describe if self._scratch is None else reduced.describe
        self._level = describe(slot.claims, self._controllers)
        turn = asyncio.Lock()

        async def execute(job: Job) -> Outcome:
            async with turn:
                return await slot.execute(job, None)

        if self._scratch is None:
            await probes.run(execute)
        else:
            await probes.run(execute, waived=reduced.WAIVED, beside_others=True)
        self._free[_FIRST].append(slot)

    async def warm(self) -> None:
        """Fill the slots while nobody waits; a failure here shows when a job needs the slot."""
        for warmth in plans():
            for _ in range(self._slots - len(self._free[warmth])):
                with suppress(SandboxUnavailable, TimeoutError):
                    await self._settle(await self._start(warmth))

    async def execute(self, job: Job, on_output: OnOutput | None = None, typed: Typed | None = None) -> Outcome:
        if typed is not None:
            return await self._converse(job, on_output, typed)
        async with self._gate.enter():
            slot = await self._take(warmth_of(job))
            try:
                return await slot.execute(job, on_output)
            except TimeoutError as failure:
                raise SandboxUnavailable("a sandbox process does not answer") from failure
            finally:
                await self._settle(slot)

    async def _converse(self, job: Job, on_output: OnOutput | None, typed: Typed) -> Outcome:
        """It may wait for a person for minutes: so in a slot beside those that the others take turns in."""
        async with self._seats.enter():
            slot = await self._take(warmth_of(job))
            self._talking.add(slot)
            try:
                return await slot.execute(job, on_output, typed)
            finally:
                self._talking.discard(slot)
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
        alike = sum(other.warmth == slot.warmth for other in self._all - self._talking)
        if slot.broken or slot.jobs >= _JOBS_MAX or alike > self._slots:
            await self._drop(slot)
        else:
            self._free[slot.warmth].append(slot)

    async def _start(self, warmth: Warmth) -> Slot:
        self._names += 1
        group = cgroups.make(f"{self._names}-{id(self):x}")  # not in a thread, for the same reason as a slot's process
        slot = Slot(warmth, group, self._scratch)
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


def _describe(claims: Mapping[str, Any], controllers: tuple[str, ...]) -> str:
    walls = ["user, pid, mount, net, ipc and uts namespaces", "read-only root", "seccomp", "rlimits"]
    missing = []
    if claims["landlock"]:
        walls.append(f"Landlock {claims['landlock']}")
    else:
        missing.append("Landlock")
    for controller in ("memory", "pids"):
        (walls if controller in controllers else missing).append(f"cgroup {controller}")
    return f"native: {', '.join(walls)}" + (f"; missing: {', '.join(missing)}" if missing else "")

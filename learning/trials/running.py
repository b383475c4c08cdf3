"""Experiments while they run: who takes part, what took effect for whom, and which are stopped because they do harm."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core import metrics
from core.clock import Clock
from core.db import Pool, connection, sql
from core.errors import DatabaseUnavailable, NotFound
from core.log import logger
from core.ports import Student, TurnId
from learning.trials.assignment import choose, place
from learning.trials.definition import CONTROL, Experiment
from learning.trials.guarding import broken
from learning.trials.outcomes import read_outcomes

_log = logger("learning")
_STANDING_S = 30.0  # how long a student's role, classes and wish not to take part are believed
_KNOWN_MAX = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A student's variant in an experiment that runs."""

    experiment: Experiment
    variant: str


@dataclass(slots=True)
class Part:
    """A student's part in the experiments during one turn. `changes` are settings by name."""

    places: tuple[Place, ...] = ()
    used: set[str] = field(default_factory=set)

    @property
    def changes(self) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        for found in self.places:
            if found.variant != CONTROL:
                changes |= found.experiment.variants[found.variant].set
        return changes

    def notice(self, knob: str) -> None:
        """A node has just asked for this setting."""
        self.used.add(knob)

    @property
    def exposed(self) -> list[Place]:
        """Where a setting that some variant changes was used; the same for all variants, control too."""
        return [found for found in self.places if found.experiment.knobs & self.used]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    role: str
    classes: frozenset[str]
    opted_out: bool
    until: float


class Experiments:
    """The experiments of one process; what they share with others is in Postgres. `check_s` is how often guards are looked
    at, and how long a stop in another process takes to be known here. `assumed`: who has not been asked takes part."""

    def __init__(
        self, pool: Pool, clock: Clock, wanted: Sequence[Experiment], *, check_s: float, assumed: bool = True
    ) -> None:
        self._pool, self._clock, self._check_s, self._assumed = pool, clock, check_s, assumed
        self.wanted = tuple(wanted)
        self._stops: dict[str, Stopped] = {}
        self._standings: dict[str, _Standing] = {}
        self._logged: set[tuple[str, str, str]] = set()

    @property
    def stops(self) -> Mapping[str, Stopped]:
        return self._stops

    @asynccontextmanager
    async def turn(self, student: Student, turn: TurnId) -> AsyncIterator[Part]:
        """The student's part in a turn. What took effect in it is kept when the block ends, however it ends."""
        part = Part(await self._places(student))
        try:
            yield part
        finally:
            await self._keep(student, turn, part.exposed)

    async def _places(self, student: Student) -> tuple[Place, ...]:
        running = [e for e in self.wanted if e.name not in self._stops and _within(e, student.id)]
        if not running:
            return ()
        try:
            standing = await self._standing(student)
        except DatabaseUnavailable:
            return ()  # control for all: a turn is worth more than an experiment
        return tuple(
            Place(experiment=one, variant=choose(one.name, student.id, one.weights))
            for one in running
            if _eligible(one, standing)
        )

    async def _standing(self, student: Student) -> _Standing:
        known = self._standings.get(student.id)
        if known is not None and known.until > self._clock.monotonic():
            return known
        async with connection(self._pool) as conn:
            arguments = {"student": student.id, "assumed": self._assumed}
            row = await (await conn.execute(sql("learning/read_standing"), arguments)).fetchone()
        if len(self._standings) >= _KNOWN_MAX:
            self._standings.clear()
        found = _Standing(
            role=row["role"] if row else "",
            classes=frozenset(row["classes"]) if row else frozenset(),
            opted_out=bool(row["opted_out"]) if row else True,
            until=self._clock.monotonic() + _STANDING_S,
        )
        self._standings[student.id] = found
        return found

    async def _keep(self, student: Student, turn: TurnId, exposed: Sequence[Place]) -> None:
        new = [one for one in exposed if (one.experiment.name, student.id, one.variant) not in self._logged]
        if not new:
            return
        rows = [
            {"experiment": one.experiment.name, "student": student.id, "variant": one.variant,
             "design": one.experiment.design, "turn": turn}
            for one in new
        ]  # fmt: skip
        with suppress(DatabaseUnavailable):  # then the next turn keeps it
            async with connection(self._pool) as conn, conn.cursor() as cursor:
                await cursor.executemany(sql("learning/insert_exposure"), rows)
            if len(self._logged) >= _KNOWN_MAX:
                self._logged.clear()
            self._logged |= {(one.experiment.name, student.id, one.variant) for one in new}

    async def take_part(self, student: Student, wish: bool) -> None:
        """Whether the student wants to be in experiments at all. Raises NotFound for somebody without an account."""
        arguments = {"student": student.id, "at": self._clock.now(), "assumed": self._assumed}
        async with connection(self._pool) as conn:
            if await (await conn.execute(sql("learning/read_standing"), arguments)).fetchone() is None:
                raise NotFound("there is no such student", student=student.id)
            await conn.execute(sql("learning/opt_in" if wish else "learning/opt_out"), arguments)
        self._standings.pop(student.id, None)

    async def takes_part(self, student: Student) -> bool:
        self._standings.pop(student.id, None)
        return not (await self._standing(student)).opted_out

    # --- guards ---------------------------------------------------------------------------------------------------

    async def check(self) -> None:
        """Learn what was stopped, and stop what does harm. Raises DatabaseUnavailable."""
        await self._learn_stops()
        for one in self.wanted:
            if one.name not in self._stops and (reason := await self._harm(one)):
                await self._stop(one, reason)

    async def _learn_stops(self) -> None:
        async with connection(self._pool) as conn:
            rows = await (await conn.execute(sql("learning/list_stops"))).fetchall()
        self._stops = {row["experiment"]: Stopped(reason=row["reason"], at=row["at"]) for row in rows}

    async def _harm(self, one: Experiment) -> str | None:
        for hours in sorted({guard.window_hours for guard in one.guards}):
            outcomes = await read_outcomes(self._pool, one.name, window_hours=hours, until=self._clock.now())
            # replaying many students is arithmetic that would hold up the turns beside it
            if reason := await asyncio.to_thread(broken, one, outcomes, hours):
                return reason
        return None

    async def _stop(self, one: Experiment, reason: str) -> None:
        arguments = {"experiment": one.name, "reason": reason, "at": self._clock.now()}
        async with connection(self._pool) as conn:
            mine = await (await conn.execute(sql("learning/insert_stop"), arguments)).fetchone()
        await self._learn_stops()
        if mine is not None:
            metrics.EXPERIMENT_STOPS.add(experiment=one.name)
            _log.warning("learning.experiment_stopped", experiment=one.name, reason=reason)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._check_s)
            with suppress(DatabaseUnavailable):
                await self.check()


@asynccontextmanager
async def open_experiments(
    pool: Pool, clock: Clock, wanted: Sequence[Experiment], *, check_s: float, assumed: bool = True
) -> AsyncIterator[Experiments]:
    """Experiments that are looked after while the block lasts."""
    experiments = Experiments(pool, clock, wanted, check_s=check_s, assumed=assumed)
    if not wanted:
        yield experiments
        return
    await experiments.check()
    async with asyncio.TaskGroup() as tasks:
        watch = tasks.create_task(experiments._watch())
        try:
            yield experiments
        finally:
            watch.cancel()


def _within(one: Experiment, student: str) -> bool:
    low, high = one.traffic
    return low <= place(one.layer, student) < high


def _eligible(one: Experiment, standing: _Standing) -> bool:
    if standing.opted_out or standing.role not in one.roles:
        return False
    return not one.classes or not standing.classes.isdisjoint(one.classes)

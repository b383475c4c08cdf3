"""What a person wishes and how they learn best: goals, pace, language, accessibility, school; and their first steps here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from psycopg.types.json import Jsonb

from accounts.statements import one
from core import db
from core.clock import Clock
from core.errors import NotFound
from core.ports import UserId

Pace = Literal["relaxed", "steady", "intensive"]
Step = Literal["welcome", "goals", "preferences", "placement", "first_question"]

STEPS: Mapping[Step, str] = {
    "welcome": "See what the tutor does, and what it keeps of you",
    "goals": "Say what you want to learn, and at which pace",
    "preferences": "Choose language, time zone and how things are shown",
    "placement": "Find out where to begin",
    "first_question": "Ask the tutor something",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """`pace` and `language` (BCP 47) are None where nothing was said."""

    goals: Sequence[str] = ()
    pace: Pace | None = None
    language: str | None = None
    accessibility: Mapping[str, Any] = field(default_factory=dict)
    academic: Mapping[str, Any] = field(default_factory=dict)


class Profiles:
    """Every method raises DatabaseUnavailable."""

    def __init__(self, pool: db.Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def get(self, user: UserId) -> Profile:
        """Raises NotFound for somebody without an account."""
        return _profile(await one(self._pool, "profile", now=self._clock.now(), user=user))

    async def change(self, user: UserId, changes: Mapping[str, Any]) -> Profile:
        """A part that is not in `changes` stays; None takes a text away; the mappings are merged, None inside takes away.
        Raises NotFound."""
        values = {name: changes.get(name) for name in ("accessibility", "academic")}
        row = await one(
            self._pool,
            "change_profile",
            now=self._clock.now(),
            user=user,
            goals=list(changes["goals"] or ()) if "goals" in changes else None,
            **{name: (changes[name] or "") if name in changes else None for name in ("pace", "language")},
            **{name: None if value is None else Jsonb(value) for name, value in values.items()},
        )
        return _profile(row)

    async def onboarding(self, user: UserId) -> Mapping[Step, Literal["open", "done", "skipped"]]:
        """Each step in its order. What a step asks for ticks it, whichever door it was done through."""
        params = {"user": user, "now": self._clock.now()}
        async with db.connection(self._pool) as conn:
            rows = await (await conn.execute(db.sql("accounts/onboarding"), params)).fetchall()
        taken = {row["step"]: row["skipped"] for row in rows}
        return {step: ("skipped" if taken[step] else "done") if step in taken else "open" for step in STEPS}

    async def take_step(self, user: UserId, step: str, *, skipped: bool = False) -> None:
        """Again is the same as once. Raises NotFound for a step that there is not."""
        if step not in STEPS:
            raise NotFound("There is no such step.")
        if (
            await one(self._pool, "onboarding_step", now=self._clock.now(), user=user, step=step, skipped=skipped)
            is None
        ):
            raise NotFound("there is no such person")


def _profile(row: Mapping[str, Any] | None) -> Profile:
    if row is None:
        raise NotFound("there is no such person")
    return Profile(**row)

"""Which plan someone has at this moment: the best of what they bought and of the seats that others gave them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts.plans import Catalog, Plan
from core import db
from core.clock import Clock
from core.ports import StudentId, UserId

_GOOD = ("active", "trialing", "past_due")
_NEWS = timedelta(days=2)  # more than a nightly comparison takes to tell of a renewal
OVER = ("canceled", "incomplete_expired")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One subscription that gives, gave, or will give a plan."""

    plan: str
    status: str
    interval: str
    seats: int
    period_end: datetime | None
    trial_ends_at: datetime | None
    ends_at: datetime | None
    past_due_since: datetime | None
    seat: bool

    def counts_until(self, grace: timedelta) -> datetime | None:
        """When it stops to count unless something is paid or changed; None for not foreseen."""
        if self.status == "past_due" and self.past_due_since is not None:
            over = self.past_due_since + grace
            return min(over, self.ends_at) if self.ends_at else over
        return self.ends_at

    def counts(self, now: datetime, grace: timedelta) -> bool:
        """One that nobody renewed counts no more either, whatever became of the news of it."""
        until = self.counts_until(grace)
        renewed = self.period_end is None or now < self.period_end + grace + _NEWS
        return self.status in _GOOD and renewed and (until is None or now < until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`held` is what gives the plan, None for the free one; `failed` a subscription whose payment is overdue."""

    plan: Plan
    held: Held | None = None
    failed: Held | None = None


class Standings:
    """Raises DatabaseUnavailable. Where nothing can be bought, nobody is looked up: all have the free plan."""

    def __init__(self, pool: db.Pool, clock: Clock, catalog: Catalog, *, payments: bool) -> None:
        self._pool = pool
        self._clock = clock
        self.catalog = catalog
        self.payments = payments
        self.grace = timedelta(days=catalog.grace_days)

    async def find(self, user: UserId | StudentId) -> Standing:
        if not self.payments:
            return Standing(plan=self.catalog.free)
        values: dict[str, Any] = {"user": user, "with_seats": self.catalog.with_seats}
        async with db.connection(self._pool) as conn:
            rows = await (await conn.execute(db.sql("accounts/billing_standing"), values)).fetchall()
        return self._best([Held(**row) for row in rows])

    def _best(self, found: list[Held]) -> Standing:
        now = self._clock.now()
        failed = next((held for held in found if held.status == "past_due" and not held.seat), None)
        good = [held for held in found if held.counts(now, self.grace) and held.plan in self.catalog.plans]
        if not good:
            return Standing(plan=self.catalog.free, failed=failed)
        best = max(good, key=lambda held: (self.catalog.rank(held.plan), not held.seat))
        return Standing(plan=self.catalog.plans[best.plan], held=best, failed=failed)

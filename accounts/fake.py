"""Entitlements in memory, for tests of other rooms; the conformance suite runs over it."""

from datetime import datetime

from accounts.plans import day, free_plan
from core.clock import Clock, FakeClock
from core.errors import Invalid
from core.ports import Allowance, Meter, Student
from core.settings import AccountSettings


class FakeEntitlements:
    """Like PlanEntitlements, for as long as it lives."""

    def __init__(self, settings: AccountSettings | None = None, clock: Clock | None = None) -> None:
        self._clock = clock or FakeClock()
        self.plan = free_plan(settings or AccountSettings())
        self.spent: dict[tuple[str, Meter, str], tuple[datetime, int]] = {}

    async def allow(self, student: Student, meter: Meter) -> Allowance:
        now = self._clock.now()
        since, until = day(now)
        used = sum(
            amount
            for (who, what, _), (at, amount) in self.spent.items()
            if (who, what) == (student.id, meter) and since <= at < until
        )
        return self.plan.allowance(meter, used=used, now=now)

    async def spend(self, student: Student, meter: Meter, amount: int, *, key: str) -> None:
        if amount < 0:
            raise Invalid("nothing can be given back to a meter", meter=meter)
        self.spent.setdefault((student.id, meter, key), (self._clock.now(), amount))

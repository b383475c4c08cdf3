"""What a student may still use today, counted in Postgres."""

from accounts.plans import day, free_plan
from accounts.statements import one
from core import db
from core.clock import Clock
from core.errors import Invalid
from core.ports import Allowance, Meter, Student
from core.settings import AccountSettings


class PlanEntitlements:
    """Implements core.ports.Entitlements: everyone has the free plan, because no payment provider is connected.

    `spend` is exact: what happened is counted once by its key, however many do it at once. It never refuses, because a
    finished answer must not be lost; so turns that were allowed at the same moment may end a little above the limit."""

    notice = "No payment provider is connected: everyone has the free plan."

    def __init__(self, pool: db.Pool, settings: AccountSettings, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self.plan = free_plan(settings)

    async def allow(self, student: Student, meter: Meter) -> Allowance:
        """Whether anything of the meter is left today. Raises DatabaseUnavailable."""
        now = self._clock.now()
        since, until = day(now)
        row = await one(self._pool, "used", now=now, student=student.id, meter=meter, since=since, until=until)
        return self.plan.allowance(meter, used=row["used"] if row else 0, now=now)

    async def spend(self, student: Student, meter: Meter, amount: int, *, key: str) -> None:
        """Counted once for ever by `key`; a student who was erased meanwhile has nothing to count. Raises Invalid for
        a negative amount, DatabaseUnavailable."""
        if amount < 0:
            raise Invalid("nothing can be given back to a meter", meter=meter)
        now = self._clock.now()
        await one(self._pool, "spend", now=now, student=student.id, meter=meter, amount=amount, key=key)

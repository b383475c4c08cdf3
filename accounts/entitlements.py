"""What a student may still use today, counted in Postgres. It never asks the payment provider: what was bought is known here."""

from accounts.plans import Plan, day, read_catalog
from accounts.standing import Standings
from accounts.statements import one
from core import db
from core.clock import Clock
from core.errors import Invalid
from core.ports import Allowance, Meter, Student
from core.settings import AccountSettings

NO_PAYMENTS = "No payment provider is connected: everyone has the free plan."


class PlanEntitlements:
    """Implements core.ports.Entitlements. Without `standings` nothing can be bought, and everyone has the free plan.

    `take` refuses at the limit, exactly, however many ask at once. `spend` counts what has happened already and never
    refuses, because a finished answer must not be lost; so what was allowed at the same moment may end a little above."""

    def __init__(
        self, pool: db.Pool, settings: AccountSettings, clock: Clock, standings: Standings | None = None
    ) -> None:
        self._pool = pool
        self._clock = clock
        catalog = read_catalog(settings, payments=False)
        self._standings = standings or Standings(pool, clock, catalog, payments=False)

    async def allow(self, student: Student, meter: Meter) -> Allowance:
        """Whether anything of the meter is left today. Raises DatabaseUnavailable."""
        plan = (await self._standings.find(student.id)).plan
        return await self.left(student, plan, meter)

    async def left(self, student: Student, plan: Plan, meter: Meter) -> Allowance:
        """As `allow`, for someone whose plan is known."""
        now = self._clock.now()
        since, until = day(now)
        row = await one(self._pool, "used", now=now, student=student.id, meter=meter, since=since, until=until)
        used, extra = (row["used"], row["extra"]) if row else (0, 0)
        return plan.allowance(meter, used=used, now=now, extra=extra)

    async def take(self, student: Student, meter: Meter, amount: int, *, key: str) -> Allowance:
        """Asked and counted in one statement, once for ever by `key`; what was bought beside the plan is used after the
        plan's own. Raises Invalid for a negative amount, DatabaseUnavailable."""
        _check(amount, meter)
        plan, now = (await self._standings.find(student.id)).plan, self._clock.now()
        since, until = day(now)
        row = await one(
            self._pool, "take", now=now, student=student.id, meter=meter, amount=amount, key=key,
            since=since, until=until, limit=plan.limit(meter),
        )  # fmt: skip
        assert row is not None
        return plan.allowance(meter, used=row["used"], now=now, extra=row["extra"], taken=row["outcome"] != "refused")

    async def spend(self, student: Student, meter: Meter, amount: int, *, key: str) -> None:
        """Counted once for ever by `key`; a student who was erased meanwhile has nothing to count. Raises Invalid for
        a negative amount, DatabaseUnavailable."""
        _check(amount, meter)
        now = self._clock.now()
        await one(self._pool, "spend", now=now, student=student.id, meter=meter, amount=amount, key=key)


def _check(amount: int, meter: Meter) -> None:
    if amount < 0:
        raise Invalid("nothing can be given back to a meter", meter=meter)

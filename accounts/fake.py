"""Entitlements and kept answers in memory, for tests of other rooms; the conformance suites run over them."""

from datetime import datetime

from accounts.plans import day, free_plan
from accounts.replays import DEAD_AFTER, KEPT, Kept, fingerprint_of, judged
from core.clock import Clock, FakeClock
from core.errors import Invalid
from core.ports import Allowance, Meter, Student, UserId
from core.settings import AccountSettings


class FakeEntitlements:
    """Like PlanEntitlements where nothing can be bought, for as long as it lives."""

    def __init__(self, settings: AccountSettings | None = None, clock: Clock | None = None) -> None:
        self._clock = clock or FakeClock()
        self.plan = free_plan(settings or AccountSettings())
        self.spent: dict[tuple[str, Meter, str], tuple[datetime, int]] = {}

    async def allow(self, student: Student, meter: Meter) -> Allowance:
        return self.plan.allowance(meter, used=self._used(student, meter), now=self._clock.now())

    async def take(self, student: Student, meter: Meter, amount: int, *, key: str) -> Allowance:
        limit, again = self.plan.limit(meter), (student.id, meter, key) in self.spent
        taken = again or limit is None or self._used(student, meter) + amount <= limit
        if taken:
            await self.spend(student, meter, amount, key=key)
        used, now = self._used(student, meter), self._clock.now()
        return self.plan.allowance(meter, used=used, now=now, taken=taken)

    async def spend(self, student: Student, meter: Meter, amount: int, *, key: str) -> None:
        if amount < 0:
            raise Invalid("nothing can be given back to a meter", meter=meter)
        self.spent.setdefault((student.id, meter, key), (self._clock.now(), amount))

    def _used(self, student: Student, meter: Meter) -> int:
        since, until = day(self._clock.now())
        return sum(
            amount
            for (who, what, _), (at, amount) in self.spent.items()
            if (who, what) == (student.id, meter) and since <= at < until
        )


class FakeReplays:
    """Like Replays, for as long as it lives."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or FakeClock()
        self._kept: dict[tuple[str, str], tuple[datetime, bytes, Kept | None]] = {}

    async def begin(self, user: UserId, key: str, request: bytes) -> Kept | None:
        now, asked = self._clock.now(), fingerprint_of(b"", request)
        known = self._kept.get((user, key))
        dead = known is not None and known[2] is None and known[1] == asked and known[0] < now - DEAD_AFTER
        if known is None or dead or known[0] < now - KEPT:
            self._kept[user, key] = (now, asked, None)
            return None
        _, fingerprint, kept = known
        return judged(
            fingerprint,
            asked,
            kept.status if kept else None,
            kept.headers if kept else None,
            kept.body if kept else None,
        )

    async def finish(self, user: UserId, key: str, answer: Kept) -> None:
        at, fingerprint, _ = self._kept[user, key]
        self._kept[user, key] = (at, fingerprint, answer)

    async def abandon(self, user: UserId, key: str) -> None:
        self._kept.pop((user, key), None)

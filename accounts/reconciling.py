"""The nightly comparison with Stripe, and what else is done by the clock: events that wait, days of grace that are over."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from accounts.ledger import Ledger
from accounts.statements import one
from accounts.webhooks import Webhooks
from core import db
from core.clock import Clock
from core.log import logger

if TYPE_CHECKING:
    from accounts.payments import Payments

_log = logger("accounts")

TICK_S = 60.0
_EVENTS_KEPT = timedelta(days=90)
_UNPAID_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """`seen` subscriptions at Stripe, `changed` of them since we last heard, `strangers` whose person is not here, `vanished` are
    known here and not there."""

    seen: int
    changed: int
    strangers: tuple[str, ...]
    vanished: tuple[str, ...]
    packs: int
    events: int


class Reconciling:
    """Every verb raises DatabaseUnavailable and PaymentsUnavailable."""

    def __init__(
        self, pool: db.Pool, clock: Clock, *, payments: "Payments", ledger: Ledger, webhooks: Webhooks,
        grace: timedelta, hour: int,
    ) -> None:  # fmt: skip
        self._pool = pool
        self._clock = clock
        self._payments = payments
        self._ledger = ledger
        self._webhooks = webhooks
        self._grace = grace
        self._hour = hour

    async def reconcile(self) -> Reconciled:
        """Every subscription as Stripe has it now; events and packs that we never heard of included."""
        seen: set[str] = set()
        changed, strangers = 0, list[str]()
        asked = await self._ledger.ask()
        async for found in self._payments.list_subscriptions():
            seen.add(found.id)
            outcome = await self._ledger.keep(found, asked, by="reconciliation")
            changed += outcome == "changed"
            if outcome == "dropped" and await self._ledger.owner(found.customer) is None:
                strangers.append(found.id)
        vanished = [row["id"] for row in await self._ledger.live() if row["id"] not in seen]
        packs = [await self._ledger.sync_pack(one) for one in await self._unpaid()]
        return Reconciled(
            seen=len(seen),
            changed=changed,
            strangers=tuple(strangers),
            vanished=tuple(vanished),
            packs=sum(packs),
            events=await self._webhooks.handle_waiting(),
        )

    async def tick(self) -> None:
        """What is due now; the night's comparison is one server's, the first that comes."""
        now = self._clock.now()
        await self._one("billing_lapse", before=now - self._grace)
        await self._webhooks.handle_waiting()
        if now.hour < self._hour or await self._one("billing_claim_night", day=now.date()) is None:
            return
        try:
            found = await self.reconcile()
            await self._one("billing_old_events", before=now - _EVENTS_KEPT)
        except BaseException:
            await self._one("billing_free_night", day=now.date())
            raise
        _log.info(
            "billing.reconciled",
            seen=found.seen, changed=found.changed, strangers=len(found.strangers), vanished=len(found.vanished),
        )  # fmt: skip

    async def run(self) -> None:
        """For ever, a tick a minute."""
        while True:
            try:
                await self.tick()
            except Exception as error:  # the outermost loop of a worker: the next minute tries again
                _log.warning("billing.tick_failed", failure=error)
            await asyncio.sleep(TICK_S)

    async def _unpaid(self) -> list[str]:
        return await self._ledger.unpaid_packs(self._clock.now() - _UNPAID_FOR)

    async def _one(self, statement: str, **values: Any) -> dict[str, Any] | None:
        return await one(self._pool, statement, now=self._clock.now(), **values)

"""What Stripe says was bought, kept here in the order in which it was asked, so that an answer that was overtaken is dropped.

Nothing that an event carries is believed but the names of things: each is asked for anew. So events may come twice, late,
or in any order."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from accounts.plans import Catalog
from accounts.standing import OVER
from accounts.statements import one, one_behind
from core import db
from core.clock import Clock
from core.log import logger
from core.settings import BillingSettings

if TYPE_CHECKING:
    from accounts.payments import Payments, Subscription

_log = logger("accounts")

STRIPE = "stripe"
UNKNOWN = "unknown"
"""The plan of what is sold beside ours."""
Kept = Literal["changed", "same", "dropped"]
"""`dropped`: it is a stranger's, or a later answer is here already."""


class Ledger:
    """Every verb raises DatabaseUnavailable; those that ask Stripe also PaymentsUnavailable."""

    def __init__(
        self, pool: db.Pool, clock: Clock, catalog: Catalog, settings: BillingSettings, payments: "Payments"
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._catalog = catalog
        self._payments = payments
        self._names = {price: name for name, price in settings.prices.items()}

    async def ask(self) -> int:
        """A number to take before Stripe is asked for what will be kept under it."""
        row = await self._one("billing_ask")
        assert row is not None
        return int(row["asked"])

    async def sync_subscription(self, subscription: str, *, by: str = STRIPE) -> "Subscription | None":
        """As it is now, and is kept; None where Stripe has no such thing."""
        asked = await self.ask()
        found = await self._payments.find_subscription(subscription)
        if found is not None:
            await self.keep(found, asked, by=by)
        return found

    async def keep(self, found: "Subscription", asked: int, *, by: str = STRIPE) -> Kept:
        """Of several that someone has at once, the oldest stays."""
        user = await self.owner(found.customer) or found.user_meant
        row = await one_behind(
            self._pool, "billing_lock_subscription", "billing_keep", now=self._clock.now(), id=found.id, user=user, plan=self._plan(found), price=found.price, interval=found.interval,
            seats=found.seats, status=found.status, created_at=found.created_at, period_end=found.period_end,
            trial_ends_at=found.trial_ends_at, ends_at=found.ends_at, past_due_since=self._past_due_since(found),
            asked=asked, by=by,
        )  # fmt: skip
        if row is None:
            return "dropped"
        if found.status not in OVER:
            await self._end_doubles(user)
        return "changed" if row["changed"] else "same"

    async def owner(self, customer: str) -> str | None:
        row = await self._one("billing_owner", customer=customer)
        return str(row["user_id"]) if row else None

    async def list_of(self, user: str) -> list[dict[str, Any]]:
        """Every subscription that someone has or had, the oldest first."""
        async with db.connection(self._pool) as conn:
            return await (await conn.execute(db.sql("accounts/billing_subscriptions"), {"user": user})).fetchall()

    async def live(self) -> list[dict[str, Any]]:
        async with db.connection(self._pool) as conn:
            return await (await conn.execute(db.sql("accounts/billing_live"))).fetchall()

    async def sync_pack(self, payment: str) -> bool:
        """Whether anything new was kept; a payment that was not for a pack of ours is none."""
        asked = await self.ask()
        found = await self._payments.find_payment(payment)
        if found is None:
            return False
        values = {"id": found.id, "paid": found.paid, "refunded": found.refunded, "asked": asked}
        return await self._one("billing_keep_pack", **values) is not None

    async def unpaid_packs(self, since: datetime) -> list[str]:
        async with db.connection(self._pool) as conn:
            rows = await (await conn.execute(db.sql("accounts/billing_unpaid_packs"), {"since": since})).fetchall()
        return [row["id"] for row in rows]

    async def forget_customer(self, customer: str) -> None:
        await self._one("billing_forget_customer", customer=customer)

    async def _end_doubles(self, user: str) -> None:
        """Two pages of Stripe's may be paid at once; nobody shall pay twice."""
        live = [row for row in await self.list_of(user) if row["status"] not in (*OVER, "incomplete")]
        for row in live[1:]:
            _log.warning("billing.double", subscription=row["id"])
            asked = await self.ask()
            ended = await self._payments.cancel_now(row["id"])
            await self.keep(ended, asked, by="double")

    def _plan(self, found: "Subscription") -> str:
        """By its price, which changes with it; a price that is no longer for sale, by what we wrote when it began."""
        name = self._names.get(found.price, "").partition(".")[0]
        return name or found.plan_meant or UNKNOWN

    def _past_due_since(self, found: "Subscription") -> datetime | None:
        return (found.past_due_since or self._clock.now()) if found.status == "past_due" else None

    async def _one(self, statement: str, **values: Any) -> dict[str, Any] | None:
        return await one(self._pool, statement, now=self._clock.now(), **values)

"""What Stripe tells us: proved, kept as it came, and gone through once; what could not be is gone through again later."""

from typing import TYPE_CHECKING, Any

from accounts.ledger import Ledger
from accounts.statements import one
from core import db
from core.clock import Clock
from core.errors import NotFound
from core.log import logger

if TYPE_CHECKING:
    from accounts.payments import Payments, Told

_log = logger("accounts")

TRIES_MAX = 50  # a minute apart at least; then the nightly comparison has long made it good

# The kinds that are listened to. None of their objects holds anything of a card, as those of charge.* and
# payment_method.* do: they are neither needed nor kept.
_SUBSCRIPTION = "customer.subscription."
_INVOICES = ("invoice.paid", "invoice.payment_failed", "invoice.marked_uncollectible", "invoice.voided")
_CHECKOUT = "checkout.session."
_PACKS = ("payment_intent.succeeded", "payment_intent.canceled")
_REFUND = "refund."
_CUSTOMER = "customer.deleted"


def is_ours(kind: str) -> bool:
    return kind.startswith((_SUBSCRIPTION, _CHECKOUT, _REFUND)) or kind in (*_PACKS, *_INVOICES, _CUSTOMER)


class Webhooks:
    """Every verb raises DatabaseUnavailable."""

    def __init__(self, pool: db.Pool, clock: Clock, payments: "Payments", ledger: Ledger) -> None:
        self._pool = pool
        self._clock = clock
        self._payments = payments
        self._ledger = ledger

    async def receive(self, payload: bytes, signature: str) -> bool:
        """Whether it was new. Once it is kept, nothing that fails is Stripe's to repeat. Raises Invalid for what Stripe did
        not sign, or signed long ago."""
        told = self._payments.verify(payload, signature)
        if not is_ours(told.kind):
            return False
        row = await self._one(
            "billing_keep_event", id=told.id, kind=told.kind, customer=_customer(told),
            created_at=told.created_at, payload=payload.decode(),
        )  # fmt: skip
        if row is None or row["handled"]:
            return False
        await self._handle(told)
        return True

    async def handle_waiting(self) -> int:
        """What could not be gone through before, the oldest first; how many now were."""
        async with db.connection(self._pool) as conn:
            values = {"tries_max": TRIES_MAX}
            rows = await (await conn.execute(db.sql("accounts/billing_waiting_events"), values)).fetchall()
        return sum([await self._handle(self._payments.read(row["payload"].encode())) for row in rows])

    async def replay(self, event: str) -> bool:
        """Go through a kept event once more, handled or not. Raises NotFound."""
        row = await self._one("billing_event", id=event)
        if row is None:
            raise NotFound("no such event was kept")
        return await self._handle(self._payments.read(row["payload"].encode()))

    async def _handle(self, told: "Told") -> bool:
        try:
            await self._apply(told)
        except Exception as error:  # the outermost loop of an event: it is kept, and others must not wait for it
            _log.warning("billing.event_waits", named=told.id, failure=error)
            await self._one("billing_unhandled", id=told.id)
            return False
        await self._one("billing_handled", id=told.id)
        return True

    async def _apply(self, told: "Told") -> None:
        about = told.about
        if told.kind == _CUSTOMER:
            await self._ledger.forget_customer(str(about.get("id")))
        elif told.kind in _PACKS:
            await self._ledger.sync_pack(str(about.get("id")))
        elif told.kind.startswith(_REFUND):
            await self._sync_pack(about.get("payment_intent"))
        elif told.kind.startswith(_SUBSCRIPTION):
            await self._sync_subscription(about.get("id"))
        elif told.kind.startswith(_CHECKOUT):
            await self._sync_subscription(about.get("subscription"))
        else:
            await self._sync_subscription(_subscription_of(about))

    async def _sync_subscription(self, named: Any) -> None:
        if isinstance(named, str):
            await self._ledger.sync_subscription(named)

    async def _sync_pack(self, named: Any) -> None:
        if isinstance(named, str):
            await self._ledger.sync_pack(named)

    async def _one(self, statement: str, **values: Any) -> dict[str, Any] | None:
        return await one(self._pool, statement, now=self._clock.now(), **values)


def _customer(told: "Told") -> str | None:
    named = told.about.get("id") if told.kind == _CUSTOMER else told.about.get("customer")
    return named if isinstance(named, str) else None


def _subscription_of(invoice: Any) -> Any:
    """Where it stands depends on the version that the endpoint was made with."""
    parent = invoice.get("parent") or {}
    return (parent.get("subscription_details") or {}).get("subscription") or invoice.get("subscription")

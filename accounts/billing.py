"""Buying, changing and ending a plan: what people may ask for, whatever the payment provider then makes of it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from accounts.addresses import can_be_stored
from accounts.entitlements import NO_PAYMENTS, PlanEntitlements
from accounts.ledger import Ledger
from accounts.plans import Catalog, Interval, Pack, Plan
from accounts.standing import OVER, Held, Standing, Standings
from accounts.statements import one
from core import db
from core.clock import Clock
from core.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from core.ids import new_id
from core.ports import Allowance, Meter, Principal, Role, Student, StudentId, UserId
from core.settings import BillingSettings

if TYPE_CHECKING:
    from accounts.payments import Invoice, Payments, Subscription

METERS: tuple[Meter, ...] = ("turns", "sandbox_seconds", "model_tokens")
_BUYS_SEATS = (Role.TEACHER, Role.ADMIN)
_INVOICES_MAX = 24
SEATS_MAX = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What someone wants to have. `coupon` is a promotion code as the customer was told it."""

    plan: str
    interval: Interval = "month"
    seats: int = 1
    coupon: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Someone's plan now. `counts_until` is when it ends unless something happens; `failed` a payment that is overdue."""

    plan: Plan
    held: Held | None
    counts_until: datetime | None
    failed: bool
    notice: str
    left: Mapping[Meter, Allowance] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A purchase that the payer's browser finishes, with Stripe, by its secret; None when nothing is to be paid now."""

    id: str
    status: str
    client_secret: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """`counts` is False for one beyond the seats that are paid."""

    student: StudentId
    name: str
    at: datetime
    counts: bool


class Billing:
    """Every verb raises DatabaseUnavailable; those that buy or change also PaymentsUnavailable, and Refused where no payment
    provider is connected."""

    def __init__(
        self,
        pool: db.Pool,
        clock: Clock,
        settings: BillingSettings,
        *,
        standings: Standings,
        entitlements: PlanEntitlements,
        payments: "Payments | None",
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._prices = settings.prices
        self._standings = standings
        self._entitlements = entitlements
        self._open = payments
        self.ledger = Ledger(pool, clock, standings.catalog, settings, payments) if payments else None

    @property
    def catalog(self) -> Catalog:
        return self._standings.catalog

    @property
    def sells(self) -> bool:
        return self._open is not None

    # --- what there is ---------------------------------------------------------------------------------------------

    async def overview(self, who: Principal) -> Account:
        """Never asks Stripe."""
        standing = await self._standings.find(who.id)
        student = Student(id=StudentId(who.id), name=who.name)
        left = {meter: await self._entitlements.left(student, standing.plan, meter) for meter in METERS}
        until = standing.held.counts_until(self._standings.grace) if standing.held else None
        return Account(
            plan=standing.plan,
            held=standing.held,
            counts_until=until,
            failed=standing.failed is not None,
            notice=self._notice(standing),
            left=left,
        )

    def _notice(self, standing: Standing) -> str:
        if not self.sells:
            return NO_PAYMENTS
        held, failed, plan = standing.held, standing.failed, standing.plan
        if failed is not None:
            until = failed.counts_until(self._standings.grace)
            kept = (
                f"The {plan.title} goes on until {until:%d %B %Y}"
                if held and until
                else "Until it is paid you have the free plan"
            )
            return f"The last payment failed. {kept}; change the card at POST /api/v1/billing/portal."
        if held is None:
            return "You have the free plan."
        if held.seat:
            return f"Your school gave you a seat of the {plan.title}."
        if held.ends_at is not None:
            return f"The {plan.title} ends on {held.ends_at:%d %B %Y}; then you have the free plan."
        if held.status == "trialing" and held.trial_ends_at is not None:
            return f"You try the {plan.title} until {held.trial_ends_at:%d %B %Y}."
        return f"You have the {plan.title}."

    async def invoices(self, who: Principal) -> "list[Invoice]":
        """The newest first; none for who never bought anything."""
        customer = (await self._customer(who))["customer_id"]
        return await self._payments.list_invoices(customer, limit=_INVOICES_MAX) if customer else []

    # --- plans -----------------------------------------------------------------------------------------------------

    async def checkout(self, who: Principal, offer: Offer) -> str:
        """The address of Stripe's page where the plan is paid. Raises Conflict for who has a plan already, Invalid and
        Forbidden for what cannot be bought."""
        price, had = await self._may_buy(who, offer)
        row = await self._customer(who)
        customer = await self._ensure_customer(row)
        if row["checkout_id"] and (paid := await self._payments.expire_checkout(row["checkout_id"])):
            await self._ledger.sync_subscription(paid)
            price, had = await self._may_buy(who, offer)
        # a page for each wish; the same wish twice at once is one page
        wish = hashlib.sha256(repr((offer, price, row["checkout_id"])).encode()).hexdigest()[:16]
        checkout, url = await self._payments.checkout(
            customer=customer,
            price=price,
            seats=offer.seats,
            trial_days=self._trial_days(offer, had),
            coupon=offer.coupon,
            tags=_tags(who, offer),
            key=f"checkout:{who.id}:{len(had)}:{wish}",
        )
        await self._one("billing_keep_checkout", user=who.id, checkout=checkout)
        return url

    async def subscribe(self, who: Principal, offer: Offer) -> Begun:
        """For a page of one's own with Stripe's fields in it. Asked twice, at once or again, it is one subscription. Raises
        as `checkout`."""
        price, had = await self._may_buy(who, offer)
        customer = await self._ensure_customer(await self._customer(who))
        over = sum(row["status"] in OVER for row in had) + await self._end_unpaid(had, offer, price)
        made = await self._payments.subscribe(
            customer=customer,
            price=price,
            seats=offer.seats,
            trial_days=self._trial_days(offer, had),
            coupon=offer.coupon,
            tags=_tags(who, offer),
            # one key until this subscription is over: a second wish, by whatever server, finds the first one's
            key=f"subscribe:{who.id}:{over}",
        )
        # asked for again: what a key is answered with the second time is how it was the first time
        found = await self._ledger.sync_subscription(made.id, by=who.id) or made
        return Begun(id=found.id, status=found.status, client_secret=found.client_secret)

    async def _end_unpaid(self, had: Sequence[Mapping[str, Any]], offer: Offer, price: str) -> int:
        """How many were begun in another way, never paid, and are now over."""
        other = [
            row["id"]
            for row in had
            if row["status"] == "incomplete" and (row["price"], row["seats"]) != (price, offer.seats)
        ]
        for subscription in other:
            asked = await self._ledger.ask()
            await self._ledger.keep(await self._payments.cancel_now(subscription), asked)
        return len(other)

    async def change(self, who: Principal, offer: Offer) -> Account:
        """At once: more is paid now, for the days that are left, or nothing changes; less is credited. Raises NotFound for who
        has no plan of their own, Invalid when the card is declined."""
        if offer.coupon:
            raise Invalid("A coupon is for a new plan.", field="coupon")
        plan, price = self._offered(who, offer)
        now = await self._own(who)
        up = self._is_more(plan, offer, now)
        asked = await self._ledger.ask()
        changed = await self._payments.change(now, price=price, seats=offer.seats, up=up, tags=_tags(who, offer))
        await self._ledger.keep(changed, asked, by=who.id)
        return await self.overview(who)

    async def cancel(self, who: Principal, wish: bool = True) -> Account:
        """At the end of what is paid; with False the plan goes on after all. Raises NotFound for who has none."""
        now = await self._own(who)
        asked = await self._ledger.ask()
        await self._ledger.keep(await self._payments.cancel_at_period_end(now.id, wish), asked, by=who.id)
        return await self.overview(who)

    async def portal(self, who: Principal) -> str:
        """The address of Stripe's page for cards, invoices and cancelling. Raises NotFound for who never bought anything."""
        payments, customer = self._payments, (await self._customer(who))["customer_id"]
        if not customer:
            raise NotFound("You have not bought anything yet.")
        return await payments.portal(customer)

    async def buy(self, who: Principal, pack: str, *, key: str | None = None) -> Begun:
        """A pack, once. `key` names the wish: again with the same one is the same payment. Raises NotFound."""
        found, payments = self._pack(pack), self._payments
        customer = await self._ensure_customer(await self._customer(who))
        tags = {"user": who.id, "pack": found.name}
        wish = hashlib.sha256(f"{pack}:{key or new_id()}".encode()).hexdigest()[:32]
        begun = await payments.begin_payment(
            customer=customer, price=found.price, tags=tags, key=f"pack:{who.id}:{wish}"
        )
        await self._one(
            "billing_begin_pack", id=begun.id, user=who.id, pack=found.name, meter=found.meter, units=found.units
        )
        return Begun(id=begun.id, status="paid" if begun.paid else "open", client_secret=begun.client_secret)

    async def close(self, user: UserId) -> None:
        """End everything at once, before the person's account is erased. Raises PaymentsUnavailable: then erase later."""
        if not self.sells:
            return
        for row in await self._ledger.list_of(user):
            if row["status"] not in OVER:
                asked = await self._ledger.ask()
                await self._ledger.keep(await self._payments.cancel_now(row["id"]), asked, by=user)

    # --- seats -----------------------------------------------------------------------------------------------------

    async def seats(self, who: Principal) -> tuple[int, list[Seat]]:
        """How many are paid, and who has one."""
        paid = await self._paid_seats(who)
        async with db.connection(self._pool) as conn:
            rows = await (await conn.execute(db.sql("accounts/billing_seats"), {"owner": who.id})).fetchall()
        return paid, [
            Seat(student=row["student_id"], name=row["name"], at=row["at"], counts=place < paid)
            for place, row in enumerate(rows)
        ]

    async def give_seat(self, who: Principal, student: StudentId) -> None:
        """Twice is once. Raises NotFound for a student they do not teach, Conflict when every seat is taken."""
        if not await self._may_seat(who, student):
            raise NotFound("There is no such student in your classes.")
        paid = await self._paid_seats(who)
        values = {"owner": who.id, "student": student, "seats": paid, "by": who.id, "now": self._clock.now()}
        async with db.transaction(self._pool) as conn:
            await conn.execute(db.sql("accounts/billing_lock_owner"), values)
            row = await (await conn.execute(db.sql("accounts/billing_seat"), values)).fetchone()
        if row is None:
            raise Conflict("Every seat that is paid is taken.", seats=paid)

    async def take_seat(self, who: Principal, student: StudentId) -> None:
        """Raises NotFound."""
        if await self._one("billing_unseat", owner=who.id, student=_stored(student), by=who.id) is None:
            raise NotFound("This student has no seat of yours.")

    async def _paid_seats(self, who: Principal) -> int:
        held = (await self._standings.find(who.id)).held
        return held.seats if held and not held.seat and held.plan in self.catalog.with_seats else 0

    async def _may_seat(self, who: Principal, student: StudentId) -> bool:
        _stored(student)
        if who.role == Role.ADMIN:
            return await self._one("person_by_id", id=student) is not None
        return await self._one("teaches", teacher=who.id, student=student) is not None

    # --- what is looked up -----------------------------------------------------------------------------------------

    async def _may_buy(self, who: Principal, offer: Offer) -> tuple[str, Sequence[Mapping[str, Any]]]:
        """The price, and the subscriptions that the person has or had."""
        _, price = self._offered(who, offer)
        had = await self._ledger.list_of(who.id)
        if any(row["status"] not in (*OVER, "incomplete") for row in had):
            raise Conflict("You have a plan: change it, or end it first.")
        return price, had

    def _offered(self, who: Principal, offer: Offer) -> tuple[Plan, str]:
        """Raises Invalid, Forbidden."""
        self._payments  # noqa: B018  a school that sells nothing says so first
        plan = self.catalog.plans.get(offer.plan)
        price = self._prices.get(f"{offer.plan}.{offer.interval}")
        if plan is None or price is None:
            raise Invalid("This plan is not for sale.", field="plan")
        if plan.seats and who.role not in _BUYS_SEATS:
            raise Forbidden("This plan is bought by teachers.")
        if offer.seats != 1 and not plan.seats:
            raise Invalid("This plan is for one person.", field="seats")
        return plan, price

    def _trial_days(self, offer: Offer, had: Sequence[Mapping[str, Any]]) -> int:
        """One trial a person: who had any plan tries no more."""
        tried = any(row["status"] not in ("incomplete", "incomplete_expired") for row in had)
        return 0 if tried else self.catalog.plans[offer.plan].trial_days

    def _is_more(self, plan: Plan, offer: Offer, now: "Subscription") -> bool:
        names = {price: name.split(".") for name, price in self._prices.items()}
        name, interval = names.get(now.price, (now.plan_meant, now.interval))
        old = self.catalog.plans.get(name)
        money = old.prices.get("year" if interval == "year" else "month") if old else None
        before = (self.catalog.rank(name), (money.amount if money else 0) * now.seats)
        after = (self.catalog.rank(plan.name), plan.prices[offer.interval].amount * offer.seats)
        return after > before

    async def _own(self, who: Principal) -> "Subscription":
        """As it is at Stripe now. Raises NotFound."""
        live = [row for row in await self._ledger.list_of(who.id) if row["status"] not in (*OVER, "incomplete")]
        found = await self._payments.find_subscription(live[0]["id"]) if live else None
        if found is None or found.status in OVER:
            raise NotFound("You have no plan of your own.")
        return found

    def _pack(self, name: str) -> Pack:
        self._payments  # noqa: B018  a school that sells nothing says so first
        if name not in self.catalog.packs:
            raise NotFound("There is no such pack.")
        return self.catalog.packs[name]

    async def _customer(self, who: Principal) -> dict[str, Any]:
        self._payments  # noqa: B018  a school that sells nothing says so first
        row = await self._one("billing_customer", user=who.id)
        if row is None:
            raise NotFound("there is no such person")
        return row

    async def _ensure_customer(self, row: Mapping[str, Any]) -> str:
        if row["customer_id"]:
            return str(row["customer_id"])
        made = await self._payments.create_customer(user=row["user_id"], email=row["email"], name=row["name"])
        await self._one("billing_keep_customer", user=row["user_id"], customer=made)
        return made

    @property
    def _payments(self) -> "Payments":
        if self._open is None:
            raise Refused(NO_PAYMENTS)
        return self._open

    @property
    def _ledger(self) -> Ledger:
        if self.ledger is None:
            raise Refused(NO_PAYMENTS)
        return self.ledger

    async def _one(self, statement: str, **values: Any) -> dict[str, Any] | None:
        return await one(self._pool, statement, now=self._clock.now(), **values)


def _tags(who: Principal, offer: Offer) -> dict[str, str]:
    return {"user": who.id, "plan": offer.plan}


def _stored(student: StudentId) -> StudentId:
    if not can_be_stored(student):
        raise NotFound("There is no such student in your classes.")
    return student

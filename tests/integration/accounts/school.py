"""A school that sells: our shop over a real Postgres, and a Stripe of our own behind the official SDK."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import stripe
from pydantic import SecretStr

from accounts.billing import Account, Begun, Offer
from accounts.people import People, Person
from accounts.shop import Shop, open_shop
from accounts.webhooks import Webhooks
from core.clock import FakeClock
from core.db import Pool, connection
from core.ports import Allowance, Principal, Student, StudentId
from core.settings import AccountSettings, BillingSettings
from tests.integration.accounts.stripe_server import DAY, KEY, SECRET, StripeServer, running, signed

PRICES = {"plus.month": "price_plus_month", "plus.year": "price_plus_year", "school.month": "price_school_month"}
PLUS = Offer(plan="plus")
YEAR = Offer(plan="plus", interval="year")


def billing_settings(server: StripeServer, **other: Any) -> BillingSettings:
    known: dict[str, Any] = {
        "stripe_key": SecretStr(KEY), "webhook_secret": SecretStr(SECRET), "stripe_url": server.url, "prices": PRICES,
        "timeout_s": 5.0, "retries": 2,
    }  # fmt: skip
    return BillingSettings(**known | other)


class School:
    """`shop` is one server of ours; `deliver` carries to it what Stripe has told since the last time."""

    def __init__(self, pool: Pool, clock: FakeClock, stripe_server: StripeServer, shop: Shop, people: People) -> None:
        self.pool, self.clock, self.stripe, self.shop, self.people = pool, clock, stripe_server, shop, people
        self.billing, self.entitlements = shop.billing, shop.entitlements

    @property
    def webhooks(self) -> Webhooks:
        assert self.shop.webhooks is not None
        return self.shop.webhooks

    async def deliver(self, *events: Any) -> None:
        for event in events or self.stripe.take_events():
            await self.webhooks.receive(*signed(event))

    async def buy(self, who: Person, offer: Offer = PLUS, *, card: bool = True) -> Any:
        """As Stripe has it, when all is paid and told."""
        begun = await self.billing.subscribe(who.as_principal(), offer)
        bought = self.stripe.pay(secret_of(begun), card=card)
        await self.deliver()
        return bought

    async def later(self, days: float) -> None:
        """Time passes, for Stripe by its test clock; what happens is told."""
        self.clock.advance(days * DAY)
        client = stripe.StripeClient(KEY, base_addresses={"api": self.stripe.url}, http_client=_http())
        made = await client.v1.test_helpers.test_clocks.create_async({"frozen_time": self.stripe.at})
        until = int(self.clock.now().timestamp())
        await client.v1.test_helpers.test_clocks.advance_async(made.id, {"frozen_time": until})
        await client._requestor._get_http_client().close_async()
        await self.deliver()

    async def now(self, who: Person) -> Account:
        return await self.billing.overview(who.as_principal())

    async def plan(self, who: Person) -> str:
        return (await self.now(who)).plan.name

    async def take(self, who: Person, key: str) -> Allowance:
        return await self.entitlements.take(student_of(who), "turns", 1, key=key)

    async def audited(self, kind: str) -> list[str]:
        """Whom each row of the audit log is about."""
        async with connection(self.pool) as conn:
            rows = await conn.execute(
                "select coalesce(n.user_id, l.subject) as subject from audit_log l left join audit_names n on n.name = l.subject"
                " where l.kind = %s order by l.seq",
                [kind],
            )
            return [row["subject"] async for row in rows]


def secret_of(begun: Begun) -> str:
    assert begun.client_secret is not None
    return begun.client_secret


def student_of(who: Person) -> Student:
    return Student(id=StudentId(who.id), name=who.name)


def principal_of(who: Person) -> Principal:
    return who.as_principal()


def _http() -> Any:
    from accounts.payments import _Http

    return _Http(timeout=5.0)


@asynccontextmanager
async def opened(pool: Pool, clock: FakeClock, people: People) -> AsyncIterator[School]:
    async with running(clock.now()) as server, another(pool, clock, people, server) as school:
        yield school


@asynccontextmanager
async def another(
    pool: Pool, clock: FakeClock, people: People, server: StripeServer, **settings: Any
) -> AsyncIterator[School]:
    """One more server of ours, on the same database and the same Stripe."""
    shop = open_shop(pool, AccountSettings(), billing_settings(server, **settings), clock, by_the_clock=False)
    async with shop as open_:
        yield School(pool, clock, server, open_, people)

"""Plans, entitlements and, where a Stripe key is set, buying: opened together, and kept going by the clock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from accounts.billing import Billing
from accounts.entitlements import PlanEntitlements
from accounts.plans import read_catalog
from accounts.reconciling import Reconciling
from accounts.standing import Standings
from accounts.webhooks import Webhooks
from core import db
from core.clock import Clock
from core.errors import Invalid
from core.settings import AccountSettings, BillingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Without a Stripe key there are neither webhooks nor anything to reconcile."""

    entitlements: PlanEntitlements
    billing: Billing
    webhooks: Webhooks | None = None
    reconciling: Reconciling | None = None


@asynccontextmanager
async def open_shop(
    pool: db.Pool, accounts: AccountSettings, settings: BillingSettings, clock: Clock, *, by_the_clock: bool = True
) -> AsyncIterator[Shop]:
    """Stripe is asked nothing by opening it. `by_the_clock`: reconcile at night, and go through what waits. Raises Invalid for
    plans or prices that are off."""
    sells = settings.stripe_key is not None
    catalog = read_catalog(accounts, payments=sells, file=settings.plans)
    standings = Standings(pool, clock, catalog, payments=sells)
    entitlements = PlanEntitlements(pool, accounts, clock, standings)
    if not sells:
        yield Shop(
            entitlements=entitlements,
            billing=Billing(pool, clock, settings, standings=standings, entitlements=entitlements, payments=None),
        )
        return
    _check_prices(settings, {f"{plan.name}.{every}" for plan in catalog.plans.values() for every in plan.prices})
    from accounts.payments import open_payments  # the SDK takes a while to load

    async with AsyncExitStack() as stack:
        payments = await stack.enter_async_context(open_payments(settings))
        billing = Billing(pool, clock, settings, standings=standings, entitlements=entitlements, payments=payments)
        assert billing.ledger is not None
        webhooks = Webhooks(pool, clock, payments, billing.ledger)
        reconciling = Reconciling(
            pool, clock, payments=payments, ledger=billing.ledger, webhooks=webhooks,
            grace=standings.grace, hour=settings.reconcile_hour,
        )  # fmt: skip
        if by_the_clock:
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            ticking = tasks.create_task(reconciling.run())
            stack.callback(ticking.cancel)
        yield Shop(entitlements=entitlements, billing=billing, webhooks=webhooks, reconciling=reconciling)


def _check_prices(settings: BillingSettings, known: set[str]) -> None:
    if strange := sorted(settings.prices.keys() - known):
        raise Invalid(f"LEARNFLOW_BILLING__PRICES names {strange[0]}, which the plans file has no price of")

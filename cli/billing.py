"""Plans and payments, from the terminal."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console
from rich.table import Table

from accounts.entitlements import NO_PAYMENTS
from accounts.plans import read_catalog
from accounts.shop import Shop, open_shop
from core import db
from core.clock import SystemClock
from core.errors import Refused
from core.settings import Settings

_METERS = ("turns", "sandbox_seconds", "model_tokens")


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[tuple[Shop, db.Pool]]:
    from server import find_database

    url = await find_database(settings)
    await db.migrate(url)
    async with (
        db.open_pool(url, settings.database) as pool,
        open_shop(pool, settings.accounts, settings.billing, SystemClock(), by_the_clock=False) as shop,
    ):
        yield shop, pool


def plans(settings: Settings) -> None:
    """A table of what each plan gives and costs."""
    console = Console()
    catalog = read_catalog(
        settings.accounts, payments=settings.billing.stripe_key is not None, file=settings.billing.plans
    )
    table = Table("plan", "model", *(meter.replace("_", " ") + " a day" for meter in _METERS), "prices")
    for plan in catalog.plans.values():
        limits = [plan.limit(meter) for meter in ("turns", "sandbox_seconds", "model_tokens")]
        prices = [
            f"{price} a {every}{' and seat' if plan.seats else ''}"
            f"{'' if f'{plan.name}.{every}' in settings.billing.prices else ' (not for sale)'}"
            for every, price in plan.prices.items()
        ]
        shown = ["no limit" if limit is None else f"{limit:,}" for limit in limits]
        table.add_row(plan.name, plan.model_class, *shown, "\n".join(prices))
    for pack in catalog.packs.values():
        table.add_row(f"pack {pack.name}", "", pack.title, "", "", str(pack.price))
    console.print(table)
    if settings.billing.stripe_key is None:
        console.print(NO_PAYMENTS)


async def status(settings: Settings) -> None:
    """What is known here of customers and payments, and what still waits."""
    console = Console(highlight=False)
    async with _open(settings) as (shop, pool), db.connection(pool) as conn:
        row = await (await conn.execute(db.sql("accounts/billing_counts"))).fetchone()
    assert row is not None
    console.print(_mode(settings) if shop.billing.sells else NO_PAYMENTS)
    by_plan = ", ".join(f"{name}: {count}" for name, count in row["subscriptions"].items()) or "none"
    console.print(f"  customers      {row['customers']}")
    console.print(f"  subscriptions  {by_plan}")
    console.print(f"  seats given    {row['seats']}")
    console.print(f"  packs paid     {row['packs']}")
    console.print(f"  events kept    {row['events']}, {row['waiting']} of them waiting")
    console.print(f"  last compared  {row['reconciled'] or 'never'}")


async def reconcile(settings: Settings) -> bool:
    """Compare with Stripe now; False when something needs a person. Raises Refused without a key, PaymentsUnavailable."""
    console = Console(highlight=False)
    async with _open(settings) as (shop, _):
        if shop.reconciling is None:
            raise Refused(NO_PAYMENTS)
        found = await shop.reconciling.reconcile()
    console.print(
        f"[green]✓[/green] {found.seen} subscriptions compared, {found.changed} had changed; {found.packs} packs and "
        f"{found.events} events were made good"
    )
    for name in found.strangers:
        console.print(f"[yellow]![/yellow] {name}: nobody here has it, and it may be paid for; look at it in Stripe")
    for name in found.vanished:
        console.print(f"[yellow]![/yellow] {name}: known here, and not at Stripe; is it the key of another account?")
    return not (found.strangers or found.vanished)


async def replay(settings: Settings, *, event: str | None) -> bool:
    """Go through one kept event again, or all that wait. Raises Refused, NotFound."""
    console = Console(highlight=False)
    async with _open(settings) as (shop, _):
        if shop.webhooks is None:
            raise Refused(NO_PAYMENTS)
        if event is None:
            console.print(f"{await shop.webhooks.handle_waiting()} events gone through")
            return True
        well = await shop.webhooks.replay(event)
    console.print(f"[green]✓[/green] {event}" if well else f"[red]✗[/red] {event} could not be gone through; it waits")
    return well


async def check(settings: Settings) -> str:
    """For the doctor: whether Stripe takes the key, and has the prices that plans.toml names. Raises Refused for what differs,
    PaymentsUnavailable."""
    from accounts.payments import open_payments

    catalog = read_catalog(
        settings.accounts, payments=settings.billing.stripe_key is not None, file=settings.billing.plans
    )
    if settings.billing.stripe_key is None:
        turns = catalog.free.limit("turns")
        return f"{NO_PAYMENTS} Turns a day: {'no limit' if turns is None else turns}"
    async with open_payments(settings.billing) as payments:
        for name, price in settings.billing.prices.items():
            plan, _, every = name.partition(".")
            wanted = catalog.plans[plan].prices["year" if every == "year" else "month"]
            found = await payments.price(price)
            if found != wanted:
                raise Refused(f"{name}: the plans file says {wanted}, Stripe says {found or 'there is no such price'}")
    if settings.billing.webhook_secret is None:
        raise Refused("LEARNFLOW_BILLING__WEBHOOK_SECRET is not set: what Stripe tells us is refused")
    return f"{_mode(settings)}; {len(settings.billing.prices)} prices are as the plans file says"


def _mode(settings: Settings) -> str:
    key = settings.billing.stripe_key
    live = key is not None and "_live_" in key.get_secret_value()
    return "Stripe, for real money" if live else "Stripe, in test mode"

"""What the doctor says of payments."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cli.billing import check
from core.clock import FakeClock
from core.errors import PaymentsUnavailable, Refused
from core.settings import Settings
from tests.integration.accounts.school import billing_settings
from tests.integration.accounts.stripe_server import StripeServer, running


@pytest_asyncio.fixture
async def server(clock: FakeClock) -> AsyncIterator[StripeServer]:
    async with running(clock.now()) as found:
        yield found


async def test_prices_that_agree_are_well(server: StripeServer) -> None:
    assert "test mode; 3 prices" in await check(Settings(billing=billing_settings(server)))


async def test_a_price_that_differs_is_named(server: StripeServer) -> None:
    server.things["price"]["price_plus_month"]["unit_amount"] = 901

    with pytest.raises(Refused, match=r"plus\.month.*9\.00 EUR.*9\.01 EUR"):
        await check(Settings(billing=billing_settings(server)))


async def test_a_price_that_is_not_there_is_named(server: StripeServer) -> None:
    del server.things["price"]["price_plus_year"]

    with pytest.raises(Refused, match=r"plus\.year.*no such price"):
        await check(Settings(billing=billing_settings(server)))


async def test_a_wrong_key_and_a_missing_secret_are_told(server: StripeServer) -> None:
    with pytest.raises(PaymentsUnavailable):
        await check(Settings(billing=billing_settings(server, stripe_key="sk_test_other")))
    with pytest.raises(Refused, match="WEBHOOK_SECRET"):
        await check(Settings(billing=billing_settings(server, webhook_secret=None)))


async def test_without_a_key_everyone_is_on_the_free_plan() -> None:
    assert "free plan. Turns a day: no limit" in await check(Settings())

"""What Stripe tells us: forged, old, doubled, late and in any order, it comes to the same; and what was never told is found."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from accounts.people import People, Person
from accounts.shop import open_shop
from core.clock import FakeClock
from core.db import Pool, connection
from core.errors import Invalid, NotFound, Refused
from core.settings import AccountSettings, BillingSettings
from tests.integration.accounts.school import PLUS, School, billing_settings, opened, secret_of
from tests.integration.accounts.stripe_server import SECRET, signed

EVENT = {
    "id": "evt_1", "object": "event", "type": "customer.subscription.updated", "created": 1_788_000_000,
    "data": {"object": {"id": "sub_x", "customer": "cus_x"}},
}  # fmt: skip


@pytest_asyncio.fixture
async def school(pool: Pool, clock: FakeClock, people: People) -> AsyncIterator[School]:
    async with opened(pool, clock, people) as found:
        yield found


async def kept(pool: Pool) -> list[dict[str, Any]]:
    async with connection(pool) as conn:
        return await (await conn.execute("select * from billing_events order by id")).fetchall()


async def until_waiting(pool: Pool, how_many: int) -> None:
    """Until so many statements of this database wait for a lock."""
    count = "select count(*) as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    async with connection(pool) as conn, asyncio.timeout(10):
        while True:
            row = await (await conn.execute(count)).fetchone()
            if row and row["n"] >= how_many:
                return
            await asyncio.sleep(0.01)


# --- forged and old ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "signature",
    [
        "", "nonsense", "t=1,v1=", "t=,v1=a", "v1=abc", "t=NOW,v0=abc", f"t=NOW,v1={'0' * 64}",
        "t=99999999999999999999,v1=abc",
    ],
)  # fmt: skip
async def test_what_is_not_signed_is_refused_and_not_kept(school: School, signature: str) -> None:
    with pytest.raises(Invalid, match="not signed"):
        await school.webhooks.receive(json.dumps(EVENT).encode(), signature.replace("NOW", str(int(time.time()))))

    assert await kept(school.pool) == []


async def test_another_secret_another_body_and_an_old_signature_are_refused(school: School) -> None:
    payload, signature = signed(EVENT)
    hour_ago = int(time.time()) - 3600
    forgeries = [
        signed(EVENT, secret="whsec_theirs"),
        (payload.replace(b"sub_x", b"sub_y"), signature),
        (payload + b" ", signature),
        signed(EVENT, timestamp=hour_ago),
        (payload, signature.replace("t=", f"t={hour_ago},t=")),
        (b"\xff\xfe", signature),
    ]

    for forged in forgeries:
        with pytest.raises(Invalid):
            await school.webhooks.receive(*forged)

    assert await kept(school.pool) == []


async def test_a_signature_with_an_old_and_a_new_secret_is_taken(school: School) -> None:
    payload, signature = signed(EVENT)
    both = signature.replace(",v1=", f",v1={'0' * 64},v1=")

    assert await school.webhooks.receive(payload, both)


@pytest.mark.parametrize(
    "body", ["[]", "{}", "nonsense", '{"id": "e", "type": "t", "created": "x", "data": {"object": {}}}']
)
async def test_what_is_signed_and_yet_no_event_is_refused(school: School, body: str) -> None:
    import stripe

    with pytest.raises(Invalid, match="no event"):
        await school.webhooks.receive(body.encode(), stripe.WebhookSignature.generate_signature_header(body, SECRET))


async def test_an_empty_secret_lets_nobody_in(pool: Pool, clock: FakeClock, people: People, school: School) -> None:
    settings = billing_settings(school.stripe, webhook_secret=None)
    async with open_shop(pool, AccountSettings(), settings, clock, by_the_clock=False) as shop:
        assert shop.webhooks
        with pytest.raises(Invalid):
            await shop.webhooks.receive(*signed(EVENT, secret=""))


# --- twice, late, in any order --------------------------------------------------------------------------------------


async def test_an_event_that_comes_twice_is_gone_through_once(school: School, ada: Person) -> None:
    school.stripe.pay(await school.billing.checkout(ada.as_principal(), PLUS))
    events = school.stripe.take_events()
    await school.deliver(*events)
    asked = len(school.stripe.requests)

    again = [await school.webhooks.receive(*signed(event)) for event in events]

    assert not any(again)
    assert len(school.stripe.requests) == asked


async def test_an_event_that_comes_many_times_at_once_changes_one_thing(school: School, ada: Person) -> None:
    school.stripe.pay(await school.billing.checkout(ada.as_principal(), PLUS))
    events = school.stripe.take_events()

    await asyncio.gather(*(school.webhooks.receive(*signed(event)) for event in events * 5))

    assert await school.plan(ada) == "plus"
    assert await school.audited("billing.subscription") == [ada.id]


async def test_two_first_sights_of_a_subscription_are_one_in_the_audit_log(school: School, ada: Person) -> None:
    """Both begin before either is through: the second finds nothing there yet, and must not call it new all the same."""
    bought = school.stripe.pay(await school.billing.checkout(ada.as_principal(), PLUS))
    ledger = school.billing.ledger
    assert ledger

    async with connection(school.pool) as conn, conn.transaction():
        await conn.execute("select * from audit_head for update")  # neither can end
        both = []
        for waiting in (1, 2):
            both.append(asyncio.create_task(ledger.sync_subscription(bought["id"])))
            await until_waiting(school.pool, waiting)
    await asyncio.gather(*both)

    assert await school.audited("billing.subscription") == [ada.id]


@pytest.mark.parametrize("seed", range(4))
async def test_events_in_any_order_end_in_the_same_state(school: School, ada: Person, seed: int) -> None:
    url = await school.billing.checkout(ada.as_principal(), PLUS)
    bought = school.stripe.pay(url)
    school.stripe._update_subscription(bought["id"], {"cancel_at_period_end": "true"})
    school.stripe._cancel_subscription(bought["id"], {})
    events = school.stripe.take_events()
    random.Random(seed).shuffle(events)

    await school.deliver(*events)

    assert await school.plan(ada) == "free"


async def test_an_answer_that_was_overtaken_is_dropped(school: School, ada: Person) -> None:
    bought = await school.buy(ada)
    ledger = school.billing.ledger
    assert ledger
    early = await ledger.ask()
    before = await school.billing._payments.find_subscription(bought["id"])
    assert before
    school.stripe._cancel_subscription(bought["id"], {})
    await school.deliver()

    outcome = await ledger.keep(before, early)

    assert outcome == "dropped"
    assert await school.plan(ada) == "free"


async def test_an_event_of_a_stranger_changes_nothing(school: School, ada: Person) -> None:
    customer = school.stripe._create_customer({"email": "x@elsewhere.org", "name": "X", "metadata": {}})
    school.stripe._create_subscription({"customer": customer["id"], "items": [{"price": "price_plus_month"}]})

    await school.deliver()

    assert await school.audited("billing.subscription") == []


async def test_what_is_sold_beside_our_plans_is_neither_a_plan_nor_in_the_way_of_one(
    school: School, ada: Person
) -> None:
    bought = await school.buy(ada)
    await school.billing.close(ada.id)
    school.stripe._put("price", {"unit_amount": 100, "currency": "eur", "recurring": {"interval": "week"}}, "price_mug")
    wish = {"customer": bought["customer"], "items": [{"price": "price_plus_month"}], "trial_period_days": "9"}
    mugs = school.stripe._create_subscription(wish)
    mugs["items"]["data"][0] |= {"price": school.stripe.get("price", "price_mug"), "quantity": None}
    await school.deliver()
    assert await school.plan(ada) == "free"

    await school.buy(ada)

    assert await school.plan(ada) == "plus"
    assert mugs["status"] == "trialing"


async def test_an_event_that_cannot_be_understood_does_not_hold_up_the_others(school: School, ada: Person) -> None:
    bought = await school.buy(ada)
    strange = school.stripe._create_subscription(
        {"customer": bought["customer"], "items": [{"price": "price_plus_month"}]}
    )
    strange["items"]["data"] = []
    school.stripe._cancel_subscription(bought["id"], {})
    events = sorted(school.stripe.take_events(), key=lambda event: event["data"]["object"]["id"] != strange["id"])

    await school.deliver(*events)

    assert await school.plan(ada) == "free"


async def test_what_is_said_inside_an_event_is_not_believed(school: School, ada: Person) -> None:
    bought = await school.buy(ada)
    lie = {**EVENT, "data": {"object": {**EVENT["data"]["object"], "id": bought["id"], "status": "canceled"}}}  # type: ignore[index]

    await school.deliver(lie)

    assert await school.plan(ada) == "plus"


# --- kept, and gone through again ------------------------------------------------------------------------------------


async def test_nothing_of_a_card_is_kept(school: School, ada: Person) -> None:
    school.stripe.pay(secret_of(await school.billing.buy(ada.as_principal(), "turns-100")))
    events = school.stripe.take_events()
    assert "4242" in json.dumps(events)

    await school.deliver(*events)

    rows = await kept(school.pool)
    assert [row["kind"] for row in rows] == ["payment_intent.succeeded"]
    assert "4242" not in rows[0]["payload"]


async def test_an_event_during_an_outage_is_taken_and_gone_through_later(school: School, ada: Person) -> None:
    school.stripe.pay(await school.billing.checkout(ada.as_principal(), PLUS))
    school.stripe.broken = 503
    await school.deliver()
    assert await school.plan(ada) == "free"

    school.stripe.broken = None
    handled = await school.webhooks.handle_waiting()

    assert handled > 0
    assert await school.plan(ada) == "plus"
    assert await school.webhooks.handle_waiting() == 0


async def test_a_kept_event_can_be_replayed(school: School, ada: Person) -> None:
    await school.buy(ada)
    (row, *_) = await kept(school.pool)
    async with connection(school.pool) as conn:
        await conn.execute("delete from billing_subscriptions")
    assert await school.plan(ada) == "free"

    assert await school.webhooks.replay(row["id"])

    assert await school.plan(ada) == "plus"
    with pytest.raises(NotFound):
        await school.webhooks.replay("evt_unknown")


async def test_an_erased_person_leaves_no_event_behind(school: School, people: People, ada: Person) -> None:
    await school.buy(ada)
    assert await kept(school.pool)

    await people.delete(ada.id)

    assert await kept(school.pool) == []


async def test_every_change_is_in_the_audit_log_with_who_made_it(school: School, ada: Person) -> None:
    await school.buy(ada)
    await school.billing.cancel(ada.as_principal())
    await school.later(15)

    async with connection(school.pool) as conn:
        rows = await conn.execute(
            "select coalesce(n.user_id, actor) as actor, facts from audit_log l left join audit_names n on n.name = l.actor where kind = 'billing.subscription' order by seq"
        )
        found = [(row["actor"], json.loads(row["facts"])["status"]) async for row in rows]
    assert found == [(ada.id, "trialing"), (ada.id, "trialing"), ("stripe", "canceled")]


# --- what was never told ----------------------------------------------------------------------------------------------


async def test_the_nightly_comparison_finds_what_was_never_told(school: School, ada: Person) -> None:
    school.stripe.pay(await school.billing.checkout(ada.as_principal(), PLUS))
    begun = await school.billing.buy(ada.as_principal(), "turns-100")
    school.stripe.pay(secret_of(begun))
    school.stripe.take_events()
    assert school.shop.reconciling

    first = await school.shop.reconciling.reconcile()
    second = await school.shop.reconciling.reconcile()

    now = await school.now(ada)
    assert now.plan.name == "plus"
    assert "100 more" in now.left["turns"].message
    assert (first.seen, first.changed, first.packs) == (1, 1, 1)
    assert (second.seen, second.changed, second.packs) == (1, 0, 0)


async def test_it_reads_every_page_and_names_strangers_and_what_vanished(school: School, ada: Person) -> None:
    bought = await school.buy(ada)
    stranger = school.stripe._create_customer({"email": "x@elsewhere.org", "name": "X", "metadata": {}})
    for _ in range(120):
        wish = {"customer": stranger["id"], "items": [{"price": "price_plus_month"}]}
        school.stripe._create_subscription(wish)
    del school.stripe.things["subscription"][bought["id"]]
    assert school.shop.reconciling

    found = await school.shop.reconciling.reconcile()

    assert found.seen == len(found.strangers) == 120
    assert found.vanished == (bought["id"],)


async def test_each_night_one_server_compares_after_the_hour(school: School, clock: FakeClock, ada: Person) -> None:
    assert school.shop.reconciling

    def comparisons() -> int:
        return sum(path == "/v1/subscriptions" for _, path, _ in school.stripe.requests)

    await asyncio.gather(*(school.shop.reconciling.tick() for _ in range(4)))
    assert comparisons() == 1
    clock.advance(17 * 3600)  # 02:00
    await school.shop.reconciling.tick()
    assert comparisons() == 1
    clock.advance(3600)
    await school.shop.reconciling.tick()
    assert comparisons() == 2


async def test_events_are_kept_for_ninety_days(school: School, clock: FakeClock, ada: Person) -> None:
    await school.buy(ada)
    assert school.shop.reconciling

    clock.advance(91 * 86_400)
    await school.shop.reconciling.tick()

    assert await kept(school.pool) == []


async def test_a_night_that_failed_is_tried_again(school: School, ada: Person) -> None:
    assert school.shop.reconciling
    school.stripe.broken = 500
    with pytest.raises(Exception, match="does not answer"):
        await school.shop.reconciling.tick()

    school.stripe.broken = None
    await school.shop.reconciling.tick()

    assert any(path == "/v1/subscriptions" for _, path, _ in school.stripe.requests)


# --- without payments -----------------------------------------------------------------------------------------------


async def test_without_a_key_everyone_has_the_free_plan_and_is_told(pool: Pool, clock: FakeClock, ada: Person) -> None:
    async with open_shop(pool, AccountSettings(), BillingSettings(), clock) as shop:
        now = await shop.billing.overview(ada.as_principal())
        with pytest.raises(Refused, match="free plan"):
            await shop.billing.checkout(ada.as_principal(), PLUS)

    assert (now.plan.name, shop.webhooks, shop.reconciling) == ("free", None, None)
    assert "No payment provider" in now.notice


async def test_a_price_of_no_plan_is_told_at_the_start(pool: Pool, clock: FakeClock, school: School) -> None:
    settings = billing_settings(school.stripe).model_copy(update={"prices": {"gold.month": "price_1"}})

    with pytest.raises(Invalid, match=r"gold\.month"):
        async with open_shop(pool, AccountSettings(), settings, clock):
            pass


async def test_the_clock_goes_with_the_shop(pool: Pool, clock: FakeClock, school: School, ada: Person) -> None:
    school.stripe.pay(await school.billing.checkout(ada.as_principal(), PLUS))
    async with open_shop(pool, AccountSettings(), billing_settings(school.stripe), clock):
        async with asyncio.timeout(20):
            while await school.plan(ada) != "plus":  # noqa: ASYNC110  the shop has no event for it
                await asyncio.sleep(0.05)

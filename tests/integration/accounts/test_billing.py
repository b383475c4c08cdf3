"""Buying, changing and ending plans, with the official SDK against a Stripe of our own."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from accounts.billing import Offer
from accounts.people import People, Person
from core.clock import FakeClock
from core.db import Pool
from core.errors import Conflict, Forbidden, Invalid, NotFound, PaymentsUnavailable
from core.ports import Role
from tests.integration.accounts.conftest import PASSWORD
from tests.integration.accounts.school import PLUS, YEAR, School, another, opened, secret_of

SEATS = Offer(plan="school", seats=2)


@pytest_asyncio.fixture
async def school(pool: Pool, clock: FakeClock, people: People) -> AsyncIterator[School]:
    async with opened(pool, clock, people) as found:
        yield found


@pytest_asyncio.fixture
async def tina(people: People) -> Person:
    return await people.add_user(email="tina@school.org", name="Tina", role=Role.TEACHER, password=PASSWORD)


async def learner(people: People, name: str, *, of: Person) -> Person:
    made = await people.add_user(email=f"{name}@school.org", name=name, role=Role.STUDENT, password=PASSWORD)
    found = await people.find_class("7a") or await people.create_class("7a")
    await people.enrol(found.id, of.id)
    await people.enrol(found.id, made.id)
    return made


# --- checkout ------------------------------------------------------------------------------------------------------


async def test_a_plan_begins_when_its_page_is_paid_and_told(school: School, ada: Person) -> None:
    url = await school.billing.checkout(ada.as_principal(), PLUS)
    assert await school.plan(ada) == "free"

    school.stripe.pay(url)
    await school.deliver()

    now = await school.now(ada)
    assert (now.plan.name, now.plan.model_class) == ("plus", "standard")
    assert now.held
    assert now.held.status == "trialing"
    assert "try the plus plan" in now.notice


async def test_a_page_that_is_asked_for_again_replaces_the_one_before(school: School, ada: Person) -> None:
    first = await school.billing.checkout(ada.as_principal(), PLUS)
    second = await school.billing.checkout(ada.as_principal(), YEAR)

    with pytest.raises(Exception, match="over"):
        school.stripe.pay(first)
    school.stripe.pay(second)
    await school.deliver()

    assert (await school.now(ada)).held.interval == "year"  # type: ignore[union-attr]


async def test_who_has_just_paid_gets_no_second_page_even_before_stripe_told_us(school: School, ada: Person) -> None:
    school.stripe.pay(await school.billing.checkout(ada.as_principal(), PLUS))

    with pytest.raises(Conflict):
        await school.billing.checkout(ada.as_principal(), PLUS)

    assert await school.plan(ada) == "plus"


async def test_two_plans_that_are_paid_all_the_same_become_one(school: School, ada: Person) -> None:
    kept = await school.buy(ada)
    customer = kept["customer"]
    tags = {"user": ada.id, "plan": "plus"}
    stray = school.stripe._create_subscription(
        {"customer": customer, "items": [{"price": "price_plus_month"}], "metadata": tags, "trial_period_days": "14"}
    )
    await school.deliver()

    assert [sub["status"] for sub in school.stripe.all("subscription")] == ["trialing", "canceled"]
    assert stray["status"] == "canceled"
    assert await school.plan(ada) == "plus"


async def test_a_race_to_one_page_opens_one(school: School, ada: Person) -> None:
    school.stripe.latency_s = 0.02

    urls = await asyncio.gather(*(school.billing.checkout(ada.as_principal(), PLUS) for _ in range(6)))

    assert len({*urls} - {None}) == 1
    assert len(school.stripe.all("customer")) == 1


# --- subscribing ---------------------------------------------------------------------------------------------------


async def test_a_plan_that_is_begun_gives_nothing_until_it_is_paid(school: School, tina: Person) -> None:
    begun = await school.billing.subscribe(tina.as_principal(), SEATS)
    await school.deliver()
    assert (begun.status, await school.plan(tina)) == ("incomplete", "free")

    school.stripe.pay(secret_of(begun), card=False)
    await school.deliver()
    assert await school.plan(tina) == "free"

    school.stripe.pay(secret_of(begun))
    await school.deliver()
    assert await school.plan(tina) == "school"


async def test_a_race_to_subscribe_on_two_servers_gives_one_subscription(
    school: School, pool: Pool, clock: FakeClock, people: People, tina: Person
) -> None:
    school.stripe.latency_s = 0.02
    async with another(pool, clock, people, school.stripe, retries=8) as second:
        wishes = [one.billing.subscribe(tina.as_principal(), SEATS) for one in (school, second) * 3]
        begun = await asyncio.gather(*wishes)

    assert len({one.id for one in begun}) == len({one.client_secret for one in begun}) == 1
    assert len(school.stripe.all("subscription")) == len(school.stripe.all("customer")) == 1


async def test_an_answer_that_is_given_again_does_not_undo_what_was_paid_meanwhile(
    school: School, tina: Person
) -> None:
    begun = await school.billing.subscribe(tina.as_principal(), SEATS)
    school.stripe.pay(secret_of(begun))

    again = await school.billing.subscribe(tina.as_principal(), SEATS)

    assert (again.id, again.status) == (begun.id, "active")
    assert await school.plan(tina) == "school"


async def test_another_wish_replaces_one_that_was_never_paid(school: School, tina: Person) -> None:
    first = await school.billing.subscribe(tina.as_principal(), SEATS)
    second = await school.billing.subscribe(tina.as_principal(), Offer(plan="school", seats=5))

    assert second.id != first.id
    assert [sub["status"] for sub in school.stripe.all("subscription")] == ["incomplete_expired", "incomplete"]


async def test_who_has_a_plan_is_not_sold_a_second(school: School, ada: Person) -> None:
    await school.buy(ada)

    for ask in (school.billing.subscribe, school.billing.checkout):
        with pytest.raises(Conflict):
            await ask(ada.as_principal(), YEAR)


async def test_a_trial_is_given_once(school: School, ada: Person) -> None:
    first = await school.buy(ada)
    await school.billing.cancel(ada.as_principal())
    await school.later(15)
    assert (first["status"], await school.plan(ada)) == ("canceled", "free")

    second = await school.billing.subscribe(ada.as_principal(), PLUS)

    assert second.status == "incomplete"


async def test_a_trial_without_a_card_ends_as_the_free_plan(school: School, ada: Person) -> None:
    await school.billing.subscribe(ada.as_principal(), PLUS)
    await school.deliver()
    assert await school.plan(ada) == "plus"

    await school.later(14.1)

    assert await school.plan(ada) == "free"


async def test_a_trial_with_a_card_goes_on_paid(school: School, ada: Person) -> None:
    bought = await school.buy(ada)

    await school.later(14.1)

    assert (bought["status"], await school.plan(ada)) == ("active", "plus")
    assert [one.total for one in await school.billing.invoices(ada.as_principal())] == [900, 0]


async def test_a_coupon_lowers_the_price_and_a_made_up_one_is_refused(school: School, tina: Person) -> None:
    with pytest.raises(Invalid, match="coupon"):
        await school.billing.subscribe(tina.as_principal(), Offer(plan="school", seats=2, coupon="NONE"))

    await school.buy(tina, Offer(plan="school", seats=2, coupon="HALF"))

    assert [one.total for one in await school.billing.invoices(tina.as_principal())] == [500]


@pytest.mark.parametrize(
    ("offer", "refusal"),
    [
        (Offer(plan="free"), Invalid), (Offer(plan="gold"), Invalid), (Offer(plan="school", interval="year"), Invalid),
        (Offer(plan="plus", seats=3), Invalid), (SEATS, Forbidden),
    ],
)  # fmt: skip
async def test_what_a_student_cannot_buy(school: School, ada: Person, offer: Offer, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        await school.billing.subscribe(ada.as_principal(), offer)

    assert school.stripe.all("customer") == []


# --- changing ------------------------------------------------------------------------------------------------------


async def test_an_upgrade_takes_effect_at_once_and_is_paid_for_the_days_left(school: School, tina: Person) -> None:
    await school.buy(tina, SEATS)
    await school.later(15)

    now = await school.billing.change(tina.as_principal(), Offer(plan="school", seats=10))

    assert now.held
    assert now.held.seats == 10
    assert [one.total for one in await school.billing.invoices(tina.as_principal())] == [2_000, 1_000]


async def test_a_downgrade_is_credited_to_the_next_invoice(school: School, tina: Person) -> None:
    await school.buy(tina, Offer(plan="school", seats=10))
    await school.later(15)

    await school.billing.change(tina.as_principal(), SEATS)
    await school.later(15.1)

    assert [one.total for one in await school.billing.invoices(tina.as_principal())] == [1_000 - 2_000, 5_000]
    assert (await school.now(tina)).held.seats == 2  # type: ignore[union-attr]


async def test_a_declined_upgrade_changes_nothing(school: School, tina: Person) -> None:
    bought = await school.buy(tina, SEATS)
    school.stripe.cards[bought["customer"]] = False

    with pytest.raises(Invalid, match="declined"):
        await school.billing.change(tina.as_principal(), Offer(plan="school", seats=10))

    assert (await school.now(tina)).held.seats == 2  # type: ignore[union-attr]


async def test_a_plan_that_is_cancelled_lasts_until_what_is_paid_is_over(school: School, tina: Person) -> None:
    await school.buy(tina, SEATS)

    now = await school.billing.cancel(tina.as_principal())
    assert now.plan.name == "school"
    assert "ends on 01 October 2026" in now.notice
    await school.later(29)
    assert await school.plan(tina) == "school"
    await school.later(1.1)

    assert await school.plan(tina) == "free"


async def test_it_ends_in_time_even_when_nobody_tells_us(school: School, tina: Person) -> None:
    await school.buy(tina, SEATS)
    await school.billing.cancel(tina.as_principal())

    school.clock.advance(30.1 * 86_400)

    assert await school.plan(tina) == "free"


async def test_a_cancellation_can_be_taken_back(school: School, tina: Person) -> None:
    await school.buy(tina, SEATS)
    await school.billing.cancel(tina.as_principal())

    await school.billing.cancel(tina.as_principal(), False)
    await school.later(31)

    assert await school.plan(tina) == "school"


async def test_who_has_no_plan_has_nothing_to_change_or_to_see(school: School, ada: Person) -> None:
    for asking in (
        school.billing.change(ada.as_principal(), PLUS), school.billing.cancel(ada.as_principal()),
        school.billing.portal(ada.as_principal()),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            await asking

    assert await school.billing.invoices(ada.as_principal()) == []


async def test_the_portal_is_the_customers_own(school: School, ada: Person) -> None:
    bought = await school.buy(ada)

    assert (await school.billing.portal(ada.as_principal())).endswith(bought["customer"])


# --- payments that fail --------------------------------------------------------------------------------------------


async def test_a_failed_renewal_keeps_the_plan_for_the_days_of_grace(school: School, tina: Person) -> None:
    bought = await school.buy(tina, SEATS)
    school.stripe.cards[bought["customer"]] = False

    await school.later(30.1)
    now = await school.now(tina)
    assert (now.plan.name, now.failed) == ("school", True)
    assert "payment failed" in now.notice
    await school.later(6.8)
    assert await school.plan(tina) == "school"
    await school.later(0.2)

    assert await school.plan(tina) == "free"


async def test_grace_that_is_over_is_audited_once(school: School, tina: Person) -> None:
    bought = await school.buy(tina, SEATS)
    school.stripe.cards[bought["customer"]] = False
    await school.later(38)
    assert school.shop.reconciling

    await school.shop.reconciling.tick()
    await school.shop.reconciling.tick()

    assert await school.audited("billing.lapsed") == [tina.id]


async def test_a_card_that_is_mended_brings_the_plan_back(school: School, tina: Person) -> None:
    bought = await school.buy(tina, SEATS)
    school.stripe.cards[bought["customer"]] = False
    await school.later(37.5)
    assert await school.plan(tina) == "free"

    school.stripe.cards[bought["customer"]] = True
    await school.later(2)

    now = await school.now(tina)
    assert (now.plan.name, now.failed) == ("school", False)


async def test_a_plan_that_is_never_paid_ends(school: School, tina: Person) -> None:
    bought = await school.buy(tina, SEATS)
    school.stripe.cards[bought["customer"]] = False

    await school.later(60)

    assert bought["status"] == "canceled"
    assert (await school.now(tina)).failed is False


# --- packs ---------------------------------------------------------------------------------------------------------


async def test_a_pack_is_used_after_the_days_own_and_kept_until_then(school: School, ada: Person) -> None:
    begun = await school.billing.buy(ada.as_principal(), "turns-100", key="once")
    for n in range(50):
        assert (await school.take(ada, f"t{n}")).allowed
    assert not (await school.take(ada, "one more")).allowed

    school.stripe.pay(secret_of(begun))
    await school.deliver()

    assert (await school.take(ada, "one more")).allowed
    await school.later(1)
    assert "50 of 50" in (left := (await school.now(ada)).left["turns"].message)
    assert "99 more" in left


async def test_the_same_wish_is_one_payment_and_another_wish_another(school: School, ada: Person) -> None:
    begun = [await school.billing.buy(ada.as_principal(), "turns-100", key=key) for key in ("a", "a", "b")]

    assert begun[0].id == begun[1].id != begun[2].id


async def test_a_pack_that_is_refunded_is_taken_back(school: School, ada: Person) -> None:
    begun = await school.billing.buy(ada.as_principal(), "turns-100")
    intent = school.stripe.pay(secret_of(begun))
    await school.deliver()

    school.stripe._refund({"payment_intent": intent["id"]})
    await school.deliver()

    assert "more" not in (await school.now(ada)).left["turns"].message
    assert await school.audited("billing.pack_refunded") == [ada.id]


# --- seats ---------------------------------------------------------------------------------------------------------


async def test_a_seat_gives_a_student_the_plan(school: School, people: People, tina: Person) -> None:
    student = await learner(people, "bob", of=tina)
    await school.buy(tina, SEATS)

    await school.billing.give_seat(tina.as_principal(), student.id)

    now = await school.now(student)
    assert (now.plan.name, now.held.seat if now.held else None) == ("school", True)
    assert "seat" in now.notice
    assert await school.audited("billing.seat_given") == [student.id]


async def test_a_race_for_the_last_seat_gives_it_once(school: School, people: People, tina: Person) -> None:
    students = [await learner(people, f"s{n}", of=tina) for n in range(6)]
    await school.buy(tina, SEATS)

    outcomes = await asyncio.gather(
        *(school.billing.give_seat(tina.as_principal(), one.id) for one in students), return_exceptions=True
    )

    assert [type(one) for one in outcomes].count(Conflict) == 4
    assert len((await school.billing.seats(tina.as_principal()))[1]) == 2


async def test_fewer_seats_leave_out_the_last_that_came(
    school: School, people: People, clock: FakeClock, tina: Person
) -> None:
    await school.buy(tina, SEATS)
    first, last = [await learner(people, name, of=tina) for name in ("first", "last")]
    for one in (first, last):
        await school.billing.give_seat(tina.as_principal(), one.id)
        clock.advance(1)

    await school.billing.change(tina.as_principal(), Offer(plan="school", seats=1))

    assert [await school.plan(one) for one in (first, last)] == ["school", "free"]
    assert [seat.counts for seat in (await school.billing.seats(tina.as_principal()))[1]] == [True, False]


async def test_a_seat_that_is_taken_back_is_free_for_another(school: School, people: People, tina: Person) -> None:
    await school.buy(tina, Offer(plan="school", seats=1))
    one, other = [await learner(people, name, of=tina) for name in ("one", "other")]
    await school.billing.give_seat(tina.as_principal(), one.id)

    await school.billing.take_seat(tina.as_principal(), one.id)
    await school.billing.give_seat(tina.as_principal(), other.id)

    assert [await school.plan(who) for who in (one, other)] == ["free", "school"]


async def test_seats_are_for_ones_own_students(school: School, ada: Person, tina: Person) -> None:
    await school.buy(tina, SEATS)

    for nobody in (ada.id, "nobody", "a\x00b"):
        with pytest.raises(NotFound):
            await school.billing.give_seat(tina.as_principal(), nobody)  # type: ignore[arg-type]


async def test_without_a_school_plan_there_are_no_seats(school: School, people: People, tina: Person) -> None:
    student = await learner(people, "bob", of=tina)

    with pytest.raises(Conflict):
        await school.billing.give_seat(tina.as_principal(), student.id)


# --- Stripe does not answer ----------------------------------------------------------------------------------------


async def test_an_outage_stops_buying_and_nothing_else(school: School, ada: Person) -> None:
    await school.buy(ada)
    school.stripe.broken = 500

    with pytest.raises(PaymentsUnavailable):
        await school.billing.cancel(ada.as_principal())

    assert await school.plan(ada) == "plus"
    assert (await school.take(ada, "t")).allowed


async def test_silence_ends_within_the_time_limit(
    school: School, pool: Pool, clock: FakeClock, people: People, ada: Person
) -> None:
    school.stripe.silent = True
    async with another(pool, clock, people, school.stripe, timeout_s=0.2, retries=0) as impatient:
        with pytest.raises(PaymentsUnavailable):
            await impatient.billing.checkout(ada.as_principal(), PLUS)


async def test_who_is_to_be_erased_is_charged_no_more(school: School, people: People, ada: Person) -> None:
    bought = await school.buy(ada)

    await school.billing.close(ada.id)
    await people.delete(ada.id)

    assert bought["status"] == "canceled"
    await school.deliver()

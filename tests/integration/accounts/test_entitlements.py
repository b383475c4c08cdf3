"""What both the real entitlements and their fake promise."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from accounts.entitlements import NO_PAYMENTS, PlanEntitlements
from accounts.fake import FakeEntitlements
from accounts.people import People, Person
from core.clock import FakeClock
from core.db import Pool
from core.errors import Invalid
from core.ports import Entitlements, Role, Student, StudentId
from core.settings import AccountSettings

SETTINGS = AccountSettings(free_turns_per_day=5)


@pytest.fixture(params=["real", "fake"])
def entitlements(request: pytest.FixtureRequest, clock: FakeClock) -> Entitlements:
    if request.param == "fake":
        return FakeEntitlements(SETTINGS, clock)
    return PlanEntitlements(request.getfixturevalue("pool"), SETTINGS, clock)


@pytest.fixture
def student(ada: Person) -> Student:
    return Student(id=StudentId(ada.id), name=ada.name)


async def spend(entitlements: Entitlements, student: Student, *keys: str) -> None:
    for key in keys:
        await entitlements.spend(student, "turns", 1, key=key)


async def test_a_fresh_student_has_the_whole_free_plan(entitlements: Entitlements, student: Student) -> None:
    allowance = await entitlements.allow(student, "turns")

    assert (allowance.allowed, allowance.plan, allowance.limit, allowance.used) == (True, "free", 5, 0)
    assert allowance.resets_at == datetime(2026, 9, 2, tzinfo=UTC)


async def test_spending_counts_until_the_limit(entitlements: Entitlements, student: Student) -> None:
    await spend(entitlements, student, "1", "2", "3", "4")
    before = await entitlements.allow(student, "turns")
    await spend(entitlements, student, "5")
    after = await entitlements.allow(student, "turns")

    assert (before.allowed, before.used) == (True, 4)
    assert (after.allowed, after.used) == (False, 5)


async def test_the_same_key_is_counted_once_for_ever(
    entitlements: Entitlements, student: Student, clock: FakeClock
) -> None:
    await entitlements.spend(student, "turns", 2, key="t-1")
    await entitlements.spend(student, "turns", 3, key="t-1")
    assert (await entitlements.allow(student, "turns")).used == 2

    clock.advance(86_400)
    await entitlements.spend(student, "turns", 2, key="t-1")

    assert (await entitlements.allow(student, "turns")).used == 0


async def test_a_race_on_spending_at_the_limit_counts_each_key_exactly_once(
    entitlements: Entitlements, student: Student
) -> None:
    spending = [entitlements.spend(student, "turns", 1, key=f"t-{n % 5}") for n in range(60)]

    await asyncio.gather(*spending)

    allowance = await entitlements.allow(student, "turns")
    assert (allowance.allowed, allowance.used) == (False, 5)


async def test_the_limit_is_told_kindly_and_says_when_it_ends(
    entitlements: Entitlements, student: Student, clock: FakeClock
) -> None:
    await spend(entitlements, student, "1", "2", "3", "4", "5")
    clock.advance(3600 * 3 + 60 * 30)

    allowance = await entitlements.allow(student, "turns")

    assert "all 5 questions to the tutor of the free plan" in allowance.message
    assert "11 h 30 min" in allowance.message
    assert "Nothing is lost" in allowance.message


async def test_midnight_brings_a_new_day(entitlements: Entitlements, student: Student, clock: FakeClock) -> None:
    await spend(entitlements, student, "1", "2", "3", "4", "5")
    to_midnight = datetime(2026, 9, 2, tzinfo=UTC) - clock.now()

    clock.advance((to_midnight - timedelta(seconds=1)).total_seconds())
    assert not (await entitlements.allow(student, "turns")).allowed
    clock.advance(1)

    assert (await entitlements.allow(student, "turns")).used == 0


async def test_meters_do_not_mix(entitlements: Entitlements, student: Student) -> None:
    await entitlements.spend(student, "model_tokens", 499_999, key="t-1")
    await entitlements.spend(student, "sandbox_seconds", 3_600, key="t-1")

    assert (await entitlements.allow(student, "model_tokens")).allowed
    assert not (await entitlements.allow(student, "sandbox_seconds")).allowed
    assert (await entitlements.allow(student, "turns")).used == 0


async def test_students_do_not_share(entitlements: Entitlements, student: Student, people: People) -> None:
    bob = await people.add_user(email="bob@school.org", name="Bob", role=Role.STUDENT, password="correct horse")

    await spend(entitlements, student, "1")
    await spend(entitlements, Student(id=StudentId(bob.id), name="Bob"), "1")

    assert (await entitlements.allow(student, "turns")).used == 1


async def test_nothing_can_be_given_back(entitlements: Entitlements, student: Student) -> None:
    with pytest.raises(Invalid):
        await entitlements.spend(student, "turns", -1, key="t-1")


async def test_spending_for_someone_erased_meanwhile_is_no_failure(
    pool: Pool, people: People, clock: FakeClock, student: Student, ada: Person
) -> None:
    await people.delete(ada.id)

    await PlanEntitlements(pool, SETTINGS, clock).spend(student, "turns", 1, key="t-1")


# --- taking ----------------------------------------------------------------------------------------------------------


async def test_taking_refuses_at_the_limit_and_counts_nothing_then(
    entitlements: Entitlements, student: Student
) -> None:
    taken = [(await entitlements.take(student, "turns", 1, key=f"t-{n}")).allowed for n in range(7)]

    assert taken == [True] * 5 + [False] * 2
    assert (await entitlements.allow(student, "turns")).used == 5


async def test_a_turn_that_was_taken_before_is_allowed_and_not_counted_again(
    entitlements: Entitlements, student: Student
) -> None:
    await spend(entitlements, student, "1", "2", "3", "4", "5")

    again = await entitlements.take(student, "turns", 1, key="3")

    assert (again.allowed, again.used) == (True, 5)


async def test_more_than_is_left_is_refused_as_a_whole(entitlements: Entitlements, student: Student) -> None:
    assert not (await entitlements.take(student, "turns", 6, key="t")).allowed
    assert (await entitlements.take(student, "turns", 5, key="t")).allowed


async def test_nothing_negative_can_be_taken(entitlements: Entitlements, student: Student) -> None:
    with pytest.raises(Invalid):
        await entitlements.take(student, "turns", -1, key="t-1")


async def test_a_hundred_at_once_take_exactly_what_there_is(pool: Pool, clock: FakeClock, student: Student) -> None:
    entitlements = PlanEntitlements(pool, AccountSettings(free_turns_per_day=37), clock)

    taken = await asyncio.gather(*(entitlements.take(student, "turns", 1, key=f"t-{n}") for n in range(100)))

    assert sum(one.allowed for one in taken) == 37
    assert (await entitlements.allow(student, "turns")).used == 37


async def test_a_hundred_at_once_with_few_keys_are_each_allowed_and_counted_once(
    pool: Pool, clock: FakeClock, student: Student
) -> None:
    entitlements = PlanEntitlements(pool, AccountSettings(free_turns_per_day=10), clock)

    taken = await asyncio.gather(*(entitlements.take(student, "turns", 1, key=f"t-{n % 10}") for n in range(100)))

    assert all(one.allowed for one in taken)
    assert (await entitlements.allow(student, "turns")).used == 10


async def test_without_payments_or_a_setting_turns_and_models_have_no_limit(
    pool: Pool, clock: FakeClock, student: Student
) -> None:
    entitlements = PlanEntitlements(pool, AccountSettings(), clock)
    await entitlements.spend(student, "turns", 10**6, key="many")

    assert (await entitlements.take(student, "turns", 1, key="one more")).allowed
    assert (await entitlements.allow(student, "model_tokens")).limit is None


async def test_taking_for_someone_erased_meanwhile_is_no_failure(
    pool: Pool, people: People, clock: FakeClock, student: Student, ada: Person
) -> None:
    await people.delete(ada.id)

    assert (await PlanEntitlements(pool, SETTINGS, clock).take(student, "turns", 1, key="t-1")).allowed


def test_without_a_payment_provider_it_says_so() -> None:
    assert "free plan" in NO_PAYMENTS

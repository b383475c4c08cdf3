"""A student's days, over real Postgres."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from core import db
from core.clock import FakeClock
from core.errors import Invalid, NotFound
from core.ports import Attempt, SkillId, Student, StudentId
from learning.practice import PostgresPractice
from learning.records import PostgresRecords

ADA = Student(id=StudentId("ada"), name="Ada")
EVENING = datetime(2026, 9, 1, 23, 30, tzinfo=UTC)  # the next day in Berlin, the same one in New York


@pytest.fixture
async def clock(pool: db.Pool) -> FakeClock:
    async with pool.connection() as conn:
        await conn.execute(
            "insert into users (id, email, name, role) values ('ada', 'a@example.org', 'Ada', 'student')"
        )
    clock = FakeClock(EVENING)
    records = PostgresRecords(pool, clock)
    for key, hours in (("k1", 0), ("k2", 1), ("k3", 1)):
        clock.advance(hours * 3600)
        attempt = Attempt(
            key=key, kind="quiz", item="q", skills=(SkillId("loops"),), correct=True, score=1.0, at=clock.now()
        )
        await records.record(ADA, attempt)
    return clock


async def test_a_streak_is_counted_by_the_zone_asked_for_else_the_kept_one_else_utc(
    pool: db.Pool, clock: FakeClock
) -> None:
    practice = PostgresPractice(pool, clock)

    before = (await practice.streak(ADA)).days
    await practice.settle_in(ADA, "Europe/Berlin")

    assert before == 2
    assert (await practice.streak(ADA)).days == 1
    assert (await practice.streak(ADA, "UTC")).days == 2
    assert (await practice.streak(ADA, "America/New_York")).days == 1
    assert (await PostgresRecords(pool, clock).progress(ADA)).streak_days == 1


async def test_a_time_zone_is_kept_for_who_has_done_nothing_yet_and_refused_when_it_is_none(
    pool: db.Pool, clock: FakeClock
) -> None:
    practice = PostgresPractice(pool, clock)
    async with pool.connection() as conn:
        await conn.execute(
            "insert into users (id, email, name, role) values ('bob', 'b@example.org', 'Bob', 'student')"
        )
    bob = Student(id=StudentId("bob"), name="Bob")

    await practice.settle_in(bob, "Asia/Tokyo")

    found = await practice.streak(bob)
    assert (found.time_zone, found.days, found.keep_until) == ("Asia/Tokyo", 0, None)
    with pytest.raises(Invalid):
        await practice.settle_in(bob, "Mars/Base")
    with pytest.raises(NotFound):
        await practice.settle_in(Student(id=StudentId("nobody"), name=""), "Asia/Tokyo")


async def test_attempts_of_one_quarter_of_an_hour_cost_one_row(pool: db.Pool, clock: FakeClock) -> None:
    async with pool.connection() as conn:
        rows = await (await conn.execute("select at from active_times order by at")).fetchall()

    assert [row["at"].astimezone(UTC) for row in rows] == [EVENING + timedelta(hours=n) for n in (0, 1, 2)]
    with pytest.raises(psycopg.errors.UndefinedTable):
        async with pool.connection() as conn:
            await conn.execute("select from active_days")

"""Time on task where it is shown, over Postgres: a student's first page, their class, an export."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core import db
from core.clock import FakeClock
from core.ports import Attempt, Principal, Role, SkillId, Student, StudentId, Topic, TopicId, UserId
from learning.advising import PostgresAdvice
from learning.classrooms import PostgresClassrooms
from learning.overview import Overview
from learning.overviews import PostgresOverviews
from learning.practice import PostgresPractice
from learning.records import PostgresRecords
from learning.working import read_whole_work

ADA = Student(id=StudentId("ada"), name="Ada")
BOB = Student(id=StudentId("bob"), name="Bob")
TINA = Principal(id=UserId("tina"), role=Role.TEACHER, name="Tina")
NOON = datetime(2026, 9, 3, 12, tzinfo=UTC)
LOOPS, SETS = TopicId("loops"), TopicId("sets")


def topic(name: TopicId, order: int) -> Topic:
    return Topic(
        id=name, module="m", module_title="M", subject="python", title=name.title(), summary="", objectives=(),
        skills=(SkillId(f"{name}.use"),), prerequisites=(), examples=(), pitfalls=(), quiz=(), exercises=(), order=order,
    )  # fmt: skip


TOPICS = [topic(LOOPS, 1), topic(SETS, 2)]


class School:
    def __init__(self, pool: db.Pool) -> None:
        self.pool, self.clock = pool, FakeClock(NOON)
        self.records = PostgresRecords(pool, self.clock)
        self.practice = PostgresPractice(pool, self.clock)
        advice = PostgresAdvice(pool, self.clock)
        self.overviews = PostgresOverviews(pool, self.clock, self.records, self.practice, advice)
        self.classrooms = PostgresClassrooms(pool, self.clock)
        self.done = 0

    async def tries(self, minute: float, student: Student = ADA, **changed: Any) -> Attempt:
        """So many minutes after noon."""
        self.done += 1
        attempt = Attempt(
            key=f"k{self.done}", kind="quiz", item=f"i{self.done}", skills=(SkillId("loops.use"),), correct=True,
            score=1.0, at=NOON + timedelta(minutes=minute), duration_s=60,
        )  # fmt: skip
        attempt = replace(attempt, **changed)
        await self.records.record(student, attempt)
        return attempt

    async def says(self, minute: float, answer: str = "{}", ask: str = '{"message": "Why?"}') -> None:
        self.done += 1
        at = NOON + timedelta(minutes=minute)
        async with self.pool.connection() as conn:
            await conn.execute("insert into threads (id, student_id) values ('th', 'ada') on conflict do nothing")
            await conn.execute(
                "insert into turns (id, thread_id, student_id, seq, status, ask, answer, created_at, finished_at)"
                " values (%s, 'th', 'ada', %s, 'done', %s, %s, %s, %s)",
                (f"t{self.done}", self.done, ask, answer, at - timedelta(seconds=30), at),
            )

    async def page(self) -> Overview:
        return await self.overviews.of_student(ADA, TOPICS, [], "v", own=False)


@pytest.fixture
async def school(pool: db.Pool) -> School:
    async with pool.connection() as conn:
        await conn.execute("insert into classes (id, name) values ('a', 'A')")
        for who, role in (("ada", "student"), ("bob", "student"), ("tina", "teacher")):
            row = (who, f"{who}@example.org", who.title(), role)
            await conn.execute("insert into users (id, email, name, role) values (%s, %s, %s, %s)", row)
            await conn.execute("insert into class_members values ('a', %s, %s)", (who, role))
    return School(pool)


async def test_attempts_and_questions_make_up_a_sitting(school: School) -> None:
    attempt = await school.tries(-40)
    await school.says(-35, '{"citations": [{"topic": "sets"}]}')
    await school.tries(-30)
    await school.says(-5, ask='{"message": "Hello", "teacher": {"id": "t"}}')
    await school.records.record(ADA, attempt)

    found = await school.page()

    assert found.time.today == found.today.minutes == found.time.week == pytest.approx(11)
    assert {one.topic: round(one.minutes, 6) for one in found.time.topics} == {LOOPS: 6, SETS: 5}
    assert found.time.trend is None


async def test_a_question_alone_moves_the_page_on(school: School) -> None:
    assert (await school.page()).time.today == 0
    await school.says(-5)

    assert (await school.page()).time.today == pytest.approx(1.5)


async def test_days_are_the_students_own_also_when_they_move(school: School) -> None:
    await school.tries(-12 * 60 + 5, duration_s=600)  # five past midnight, begun five to
    before = await school.page()
    await school.practice.settle_in(ADA, "America/New_York")
    after = await school.page()

    assert [round(day.minutes, 6) for day in before.days[-2:]] == [5, 5]
    assert [round(day.minutes, 6) for day in after.days[-2:]] == [10, 0]


async def test_a_class_shows_sums_and_no_students_time(school: School) -> None:
    await school.tries(-30)
    await school.tries(-20, BOB, skills=(SkillId("sets.use"),), duration_s=180)
    await school.tries(-9 * 1440, BOB, duration_s=120)

    found = (await school.classrooms.dashboard(TINA, "a", TOPICS)).time

    assert (found.active, found.median) == (2, pytest.approx(2))
    assert (found.all.week, found.all.before, found.all.trend) == tuple(map(pytest.approx, (4, 2, 1)))
    assert [one.topic for one in found.all.topics] == [SETS, LOOPS]


async def test_an_export_holds_every_day(school: School) -> None:
    await school.tries(-60)
    await school.tries(-300 * 1440, duration_s=120)

    found = await read_whole_work(school.pool, school.clock, "ada", TOPICS)

    assert [(one["day"], one["topic"], one["minutes"]) for one in found] == [
        ("2025-11-07", "loops", 2.0),
        ("2026-09-03", "loops", 1.0),
    ]
    assert await read_whole_work(school.pool, school.clock, "nobody", TOPICS) == []

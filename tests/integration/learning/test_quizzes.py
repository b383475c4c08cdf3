"""Sittings over real Postgres: the server's clock decides, the first answer counts, and answers are attempts."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from core import db
from core.clock import FakeClock
from core.errors import Conflict, Invalid, NotFound
from core.ports import Course, Option, Question, SkillId, Student, StudentId, Topic, TopicId
from learning.quizzes import rules
from learning.quizzes.sittings import Sitting, Sittings, Wish
from learning.records import PostgresRecords

ADA = Student(id=StudentId("ada"), name="Ada")
BOB = Student(id=StudentId("bob"), name="Bob")
QUIZ = Wish(questions=4)


def topic(n: int) -> Topic:
    questions = tuple(
        Question(
            id=f"q{n}{letter}", prompt=f"{n}{letter}?", skill=SkillId(f"s{n}"),
            options=(Option(label="right", correct=True, why="yes"), Option(label="wrong", correct=False, why="no")),
        )
        for letter in "abc"
    )  # fmt: skip
    return Topic(
        id=TopicId(f"t{n}"), module="m", module_title="M", subject="python", title=f"T{n}", summary="", objectives=(),
        skills=(SkillId(f"s{n}"),), prerequisites=(TopicId(f"t{n - 1}"),) if n else (), examples=(), pitfalls=(),
        quiz=questions, exercises=(), order=n,
    )  # fmt: skip


class FewTopics:
    def __init__(self) -> None:
        self.topics = [topic(n) for n in range(8)]

    def list_topics(self, subject: Any = None) -> list[Topic]:
        return [one for one in self.topics if subject in (None, one.subject)]


@dataclass
class Room:
    sittings: Sittings
    records: PostgresRecords
    clock: FakeClock
    course: FewTopics

    async def go_through(self, sitting: Sitting, right: Any) -> Sitting:
        while (one := sitting.waiting) is not None:
            self.clock.advance(10)
            option = 0 if right(one) else 1
            sitting, _, _ = await self.sittings.answer(ADA, sitting.id, one.question.id, option)
        return sitting


@pytest.fixture
async def room(pool: db.Pool) -> Room:
    async with pool.connection() as conn:
        for who in ("ada", "bob"):
            await conn.execute(
                "insert into users (id, email, name, role) values (%s, %s, %s, 'student')", (who, f"{who}@x.org", who)
            )
    clock, course = FakeClock(datetime(2026, 11, 20, 12, 0, tzinfo=UTC)), FewTopics()
    records = PostgresRecords(pool, clock)
    return Room(Sittings(pool, clock, cast(Course, course), records), records, clock, course)


async def test_a_quiz_asks_as_many_as_were_wished_each_once_and_counts_them(room: Room) -> None:
    ended = await room.go_through(await room.sittings.begin(ADA, "z1", QUIZ), lambda one: one.topic != "t1")

    attempts = await room.records.list_attempts(ADA)
    assert ended.state == "finished"
    assert len({one.question.id for one in ended.answered}) == len(ended.answered) == 4
    assert {attempt.key for attempt in attempts} == {f"sitting:z1:{one.question.id}" for one in ended.answered}
    assert {attempt.duration_s for attempt in attempts} == {10.0}
    assert set((await room.records.mastery(ADA)).keys()) == {one.question.skill for one in ended.answered}


async def test_a_quiz_is_begun_once_by_its_id_and_read_by_its_student_alone(room: Room) -> None:
    first = await room.sittings.begin(ADA, "z1", QUIZ)
    again = await room.sittings.begin(ADA, "z1", Wish(questions=9))

    assert again == first
    assert [one.id for one in await room.sittings.list_sittings(ADA)] == ["z1"]
    assert await room.sittings.list_sittings(BOB) == []
    for refused in (
        room.sittings.get(BOB, "z1"), room.sittings.answer(BOB, "z1", "q0a", 0), room.sittings.finish(BOB, "z1"),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            await refused


async def test_the_first_answer_counts_however_often_it_is_sent(room: Room) -> None:
    sitting = await room.sittings.begin(ADA, "z1", QUIZ)
    assert sitting.waiting
    name = sitting.waiting.question.id

    found = await asyncio.gather(*[room.sittings.answer(ADA, "z1", name, 1) for _ in range(6)])
    changed, one, recorded = await room.sittings.answer(ADA, "z1", name, 0)

    assert [one.correct for _, one, _ in found] == [False] * 6
    assert (one.option, one.correct, recorded.again) == (1, False, True)
    assert len(changed.answered) == 1
    assert len(changed.asked) == 2
    assert len(await room.records.list_attempts(ADA)) == 1


async def test_an_answer_after_the_time_is_refused_kindly_and_the_results_stay(room: Room) -> None:
    sitting = await room.sittings.begin(ADA, "z1", Wish(questions=4, seconds=60))
    assert sitting.waiting
    room.clock.advance(59)
    sitting, _, _ = await room.sittings.answer(ADA, "z1", sitting.waiting.question.id, 0)
    assert sitting.waiting
    room.clock.advance(10)

    with pytest.raises(Conflict, match="too late to count"):
        await room.sittings.answer(ADA, "z1", sitting.waiting.question.id, 0)

    over = await room.sittings.get(ADA, "z1")
    assert (over.state, over.waiting, len(over.answered)) == ("over", None, 1)
    assert len(await room.records.list_attempts(ADA)) == 1


async def test_an_answer_that_was_on_its_way_when_the_time_ended_counts(room: Room) -> None:
    sitting = await room.sittings.begin(ADA, "z1", Wish(questions=4, seconds=60))
    assert sitting.waiting
    room.clock.advance(61)

    _, one, _ = await room.sittings.answer(ADA, "z1", sitting.waiting.question.id, 0)

    assert one.correct


async def test_what_was_not_asked_cannot_be_answered(room: Room) -> None:
    sitting = await room.sittings.begin(ADA, "z1", QUIZ)
    assert sitting.waiting
    other = next(q.id for t in room.course.topics for q in t.quiz if q.id != sitting.waiting.question.id)

    with pytest.raises(Conflict):
        await room.sittings.answer(ADA, "z1", other, 0)
    with pytest.raises(Invalid):
        await room.sittings.answer(ADA, "z1", sitting.waiting.question.id, 7)
    await room.sittings.finish(ADA, "z1")
    with pytest.raises(Conflict):
        await room.sittings.answer(ADA, "z1", sitting.waiting.question.id, 0)


async def test_only_what_was_wished_for_is_asked(room: Room) -> None:
    ended = await room.go_through(
        await room.sittings.begin(ADA, "z1", Wish(topics=(TopicId("t3"),), questions=30)), lambda one: True
    )

    assert {one.topic for one in ended.answered} == {"t3"}
    assert len(ended.answered) == 3
    with pytest.raises(NotFound):
        await room.sittings.begin(ADA, "z2", Wish(topics=(TopicId("nothing"),)))
    with pytest.raises(Invalid):
        await room.sittings.begin(ADA, "z3", Wish(subject="maths"))


async def test_a_placement_finds_where_to_begin_and_its_answers_are_evidence(room: Room) -> None:
    sitting = await room.sittings.begin(ADA, "p1", Wish(kind="placement"))
    ended = await room.go_through(sitting, lambda one: int(one.topic[1:]) < 4)

    assert ended.state == "finished"
    assert len(ended.answered) <= rules.PLACEMENT_MAX
    assert ended.begin_with in ("t3", "t4", "t5")
    assert dict(ended.known)[TopicId("t0")] > 0.7 > 0.3 > dict(ended.known)[TopicId("t7")]
    assert len(await room.records.list_attempts(ADA)) == len(ended.answered)


async def test_who_does_not_know_may_say_so(room: Room) -> None:
    sitting = await room.sittings.begin(ADA, "z1", QUIZ)
    assert sitting.waiting

    _, one, _ = await room.sittings.answer(ADA, "z1", sitting.waiting.question.id, None)

    assert (one.option, one.correct) == (None, False)
    assert (await room.records.list_attempts(ADA))[0].answer == ""


async def test_a_question_that_left_the_course_does_not_break_a_quiz(room: Room) -> None:
    await room.sittings.begin(ADA, "z1", QUIZ)
    room.course.topics = room.course.topics[4:]

    ended = await room.go_through(await room.sittings.get(ADA, "z1"), lambda one: True)

    assert ended.state == "finished"

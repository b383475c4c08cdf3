"""Achievements, over the fake and over Postgres alike: for what helps learning, each once, told with what earned it."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import db
from core.clock import FakeClock
from core.ports import Attempt, Principal, Recorded, Records, Role, SkillId, Student, StudentId, Topic, TopicId, UserId
from core.settings import DatabaseSettings
from learning.achievements import AUTHORED, AWAY, REVIEWS, STREAKS
from learning.awards import PostgresAwards
from learning.community.board import PostgresBoard
from learning.community.rules import Draft
from learning.courses import sync_courses
from learning.fake import FakeRecords
from learning.records import PostgresRecords

ADA = Student(id=StudentId("ada"), name="Ada")
BOB = Student(id=StudentId("bob"), name="Bob")
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)


def topic(name: str, *skills: str, module: str = "python.basics", order: int = 1) -> Topic:
    return Topic(
        id=TopicId(name), module=module, module_title="Basics", subject="python", title=name.title(), summary="s",
        objectives=(), skills=tuple(map(SkillId, skills)), prerequisites=(), examples=(), pitfalls=(), quiz=(),
        exercises=(), order=order,
    )  # fmt: skip


TOPICS = [topic("loops", "for", "while"), topic("lists", "lists", order=2)]


@dataclass
class School:
    records: Records
    clock: FakeClock
    pool: db.Pool | None = None

    async def do(self, key: str, **changed: Any) -> set[tuple[str, str]]:
        """What it earned."""
        self.clock.advance(60)
        return earned(await self.records.record(ADA, self.attempt(key, **changed)))

    def attempt(self, key: str, **changed: Any) -> Attempt:
        right = changed.get("correct", True)
        sound = Attempt(
            key=key, kind="exercise", item=key, skills=(SkillId("for"),), correct=right, score=float(right),
            at=self.clock.now(),
        )  # fmt: skip
        return replace(sound, **changed)

    async def master(self, *skills: str, n: int = 12) -> set[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        for skill in skills:
            for i in range(n):
                found |= await self.do(f"{skill}-{i}", skills=(SkillId(skill),))
        return found


def earned(recorded: Recorded) -> set[tuple[str, str]]:
    return {(one.kind, one.about) for one in recorded.achievements}


@pytest.fixture(params=["fake", "postgres"])
def url(request: pytest.FixtureRequest) -> str | None:
    """Apart from `school`, since the database's own fixture may not begin inside a running loop."""
    found: str | None = request.getfixturevalue("database_url") if request.param == "postgres" else None
    return found


@pytest.fixture
async def school(url: str | None) -> AsyncIterator[School]:
    clock = FakeClock(NOW)
    if url is None:
        yield School(FakeRecords(clock, topics=TOPICS), clock)
        return
    async with db.open_pool(url, DatabaseSettings(pool_min=1, pool_max=8)) as pool:
        yield await _open(pool, clock)


@pytest.fixture
async def postgres(pool: db.Pool) -> School:
    return await _open(pool, FakeClock(NOW))


async def _open(pool: db.Pool, clock: FakeClock) -> School:
    async with pool.connection() as conn:
        for who, role in (("ada", "student"), ("bob", "student"), ("tina", "teacher")):
            row = (who, f"{who}@example.org", who.title(), role)
            await conn.execute("insert into users (id, email, name, role) values (%s, %s, %s, %s)", row)
        await conn.execute("insert into classes (id, name) values ('a', 'A')")
        for who, role in (("ada", "student"), ("bob", "student"), ("tina", "teacher")):
            await conn.execute("insert into class_members values ('a', %s, %s)", (who, role))
    await sync_courses(pool, TOPICS, [])
    return School(PostgresRecords(pool, clock), clock, pool)


# --- what is earned ---------------------------------------------------------------------------------------------------


async def test_the_first_one_solved_is_one(school: School) -> None:
    assert await school.do("a", correct=False) == set()
    assert await school.do("b", kind="run") == set()
    assert await school.do("c") == {("first_solved", "")}
    assert await school.do("d") == set()


async def test_coming_back_after_two_weeks_is_one_once_something_is_right(school: School) -> None:
    await school.do("a")
    school.clock.advance(AWAY.total_seconds() - 120)
    assert await school.do("b", correct=False) == set()
    school.clock.advance(AWAY.total_seconds())
    assert await school.do("c") == {("came_back", "")}
    school.clock.advance(AWAY.total_seconds())
    assert await school.do("d") == set()


async def test_finding_ones_own_mistake_is_one_but_not_with_a_hint(school: School) -> None:
    await school.do("z")
    for n, (hints, kind) in enumerate([(1, "run"), (0, "hint")]):
        await school.do(f"wrong{n}", item=f"helped{n}", correct=False)
        await school.do(f"look{n}", item=f"helped{n}", kind=kind, hints=hints, correct=False)
        assert await school.do(f"right{n}", item=f"helped{n}") == set()
    await school.do("w", item="alone", correct=False)

    assert await school.do("r", item="alone") == {("debugged_alone", "")}


async def test_a_quiz_question_right_at_the_second_try_is_no_mistake_found(school: School) -> None:
    await school.do("w", item="q", kind="quiz", correct=False)

    assert await school.do("r", item="q", kind="quiz") == {("first_solved", "")}


async def test_tests_of_ones_own_are_one(school: School) -> None:
    await school.do("a", metrics={"coverage": 0.5})

    assert await school.do("b", metrics={"coverage": 0.9}) == {("own_tests", "")}


async def test_a_topic_needs_all_its_skills_and_a_module_all_its_topics(school: School) -> None:
    assert ("topic_mastered", "loops") not in await school.master("for")
    assert await school.master("while") == {("topic_mastered", "loops")}
    assert await school.master("lists") == {("topic_mastered", "lists"), ("module_complete", "python.basics")}


async def test_reviews_count_when_due_and_in_a_row(school: School) -> None:
    skills = [f"s{n}" for n in range(2 * REVIEWS)]
    await school.master(*skills, n=8)
    school.clock.advance(timedelta(days=60).total_seconds())
    found = []
    for n, skill in enumerate(skills[:-1]):  # the ninth one with a hint
        found.append(await school.do(f"due-{skill}", skills=(SkillId(skill),), hints=int(n == REVIEWS - 2)))
        found.append(await school.do(f"grind-{skill}", skills=(SkillId(skill),)))  # not due: it counts for nothing
    assert ("ten_reviews", "") not in set().union(*found[:-2])

    assert ("ten_reviews", "") in set().union(*found[-2:])


async def test_a_week_without_a_gap_is_one_in_whatever_order_it_arrives(school: School) -> None:
    days = [*range(STREAKS[0])]
    random.Random(5).shuffle(days)
    found = [await school.do(f"d{day}", at=NOW - timedelta(days=day), kind="run") for day in days]

    assert found[-1] == {("long_streak", "7")}
    assert not set().union(*found[:-1])


# --- once, and for ever -----------------------------------------------------------------------------------------------


async def test_an_attempt_that_is_sent_again_tells_the_same(school: School) -> None:
    attempt = school.attempt("a")
    first = await school.records.record(ADA, attempt)
    again = await school.records.record(ADA, attempt)

    assert again.again
    assert again.achievements == first.achievements
    assert first.achievements[0].title == AUTHORED["first_solved"].title


STEPS = st.tuples(
    st.sampled_from(["for", "while", "lists"]),
    st.booleans(),
    st.sampled_from(["exercise", "quiz", "hint", "run"]),
    st.integers(0, 2),
    st.integers(0, 40),
    st.booleans(),
)


@given(st.lists(STEPS, min_size=1, max_size=40), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_nothing_is_earned_twice_or_without_its_cause(steps: list[Any], chance: random.Random) -> None:
    school = School(FakeRecords(FakeClock(NOW), topics=TOPICS), FakeClock(NOW))
    attempts = [_made(school, n, *step) for n, step in enumerate(steps)]
    sent = [*attempts, *chance.sample(attempts, len(attempts) // 2)]
    chance.shuffle(sent)

    told = asyncio.run(_send(school, sent))

    fresh = [one for recorded in told if not recorded.again for one in recorded.achievements]
    names = [(one.kind, one.about) for one in fresh]
    assert len(names) == len(set(names))
    solved = any(attempt.correct and attempt.kind in ("exercise", "quiz") for attempt in attempts)
    assert solved == (("first_solved", "") in names)
    assert all(one.about in {"loops", "lists"} for one in fresh if one.kind == "topic_mastered")


def _made(school: School, n: int, skill: str, right: bool, kind: str, hints: int, day: int, same: bool) -> Attempt:
    at = NOW - timedelta(days=day, minutes=n)
    item = f"{skill}-one" if same else f"{skill}-{n}"
    return school.attempt(f"k{n}", kind=kind, skills=(SkillId(skill),), correct=right, hints=hints, at=at, item=item)


async def _send(school: School, attempts: list[Attempt]) -> list[Recorded]:
    return [await school.records.record(ADA, attempt) for attempt in attempts]


@given(st.lists(STEPS, min_size=4, max_size=16), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_at_once_and_again_nothing_is_lost_or_kept_twice(
    database_url: str, steps: list[Any], chance: random.Random
) -> None:
    async def scene() -> None:
        async with db.open_pool(database_url, DatabaseSettings(pool_min=1, pool_max=8)) as pool:
            await _empty(pool)
            school = await _open(pool, FakeClock(NOW))
            attempts = [_made(school, n, *step) for n, step in enumerate(steps)]
            sent = [*attempts, *attempts]
            chance.shuffle(sent)
            told = await asyncio.gather(*[school.records.record(ADA, attempt) for attempt in sent])
            names = [name for recorded in told if not recorded.again for name in earned(recorded)]
            kept = [(one.kind, one.about) for one in await PostgresAwards(pool, school.clock).list_achievements(ADA)]
            assert sorted(names) == sorted(kept)
            assert sorted(await _notified(pool)) == sorted(f"achievement:{kind}:{about}" for kind, about in kept)

    asyncio.run(scene())


async def _empty(pool: db.Pool) -> None:
    async with pool.connection() as conn:
        await conn.execute(
            "truncate users, classes, topics, modules, exercises, quizzes, item_stats, skill_stats cascade"
        )


async def _notified(pool: db.Pool) -> list[str]:
    async with db.connection(pool) as conn:
        found = await conn.execute("select key from notifications where user_id = 'ada'")
        return [row["key"] for row in await found.fetchall()]


async def test_what_was_earned_stays_when_its_evidence_goes(postgres: School) -> None:
    await postgres.do("a")
    assert postgres.pool is not None
    async with postgres.pool.connection() as conn:
        await conn.execute("delete from submissions")
        await conn.execute("update learners set solved = 0")

    (kept,) = await PostgresAwards(postgres.pool, postgres.clock).list_achievements(ADA)

    assert (kept.kind, kept.evidence["item"]) == ("first_solved", "a")
    assert await postgres.do("b") == set()


async def test_an_attempt_that_fails_to_be_kept_earns_nothing(postgres: School) -> None:
    assert postgres.pool is not None
    async with postgres.pool.connection() as conn:
        await conn.execute("alter table achievements add constraint no check (kind <> 'first_solved')")
    with pytest.raises(Exception, match="violates check"):
        await postgres.do("a")
    async with postgres.pool.connection() as conn:
        await conn.execute("alter table achievements drop constraint no")

    assert await _notified(postgres.pool) == []
    assert await postgres.do("a") == {("first_solved", "")}


async def test_who_does_not_wish_to_see_them_is_told_nothing_and_loses_nothing(postgres: School) -> None:
    assert postgres.pool is not None
    awards = PostgresAwards(postgres.pool, postgres.clock)
    await awards.want(ADA, False)

    assert await postgres.do("a") == set()
    assert await postgres.do("a") == set()
    assert (await awards.list_achievements(ADA), await _notified(postgres.pool)) == ([], [])
    assert not await awards.are_wanted(ADA)
    await awards.want(ADA, True)
    assert [one.kind for one in await awards.list_achievements(ADA)] == ["first_solved"]


# --- helping ----------------------------------------------------------------------------------------------------------


def _principal(name: str, role: Role = Role.STUDENT) -> Principal:
    return Principal(id=UserId(name), role=role, name=name.title())


@pytest.mark.parametrize("who", ["bob", "tina"])
async def test_an_answer_that_who_asked_or_a_teacher_likes_is_one(postgres: School, who: str) -> None:
    assert postgres.pool is not None
    board = PostgresBoard(postgres.pool, postgres.clock)
    ada, bob = _principal("ada"), _principal("bob")
    post = await board.post(bob, Draft(title="Why does my loop stop?", body="It stops early."))
    answer = await board.comment(ada, post.id, "range leaves the end out.")
    liker = _principal(who, Role.TEACHER if who == "tina" else Role.STUDENT)

    for wish in (True, False, True):
        await board.like(liker, answer.id, wish)

    (kept,) = await PostgresAwards(postgres.pool, postgres.clock).list_achievements(ADA)
    assert (kept.kind, kept.evidence) == ("helped_another", {"entry": answer.id})
    assert await _notified(postgres.pool) == ["achievement:helped_another:"]


async def test_liking_oneself_a_question_or_an_answer_to_oneself_helps_nobody(postgres: School) -> None:
    assert postgres.pool is not None
    board = PostgresBoard(postgres.pool, postgres.clock)
    ada, bob = _principal("ada"), _principal("bob")
    post = await board.post(ada, Draft(title="Mine", body="My question."))
    own = await board.comment(ada, post.id, "I found it.")
    his = await board.comment(bob, post.id, "Me too.")

    await board.like(bob, post.id, True)
    await board.like(bob, own.id, True)
    await board.like(ada, own.id, True)
    await board.like(bob, his.id, True)

    awards = PostgresAwards(postgres.pool, postgres.clock)
    assert await awards.list_achievements(ADA) == []
    assert await awards.list_achievements(BOB) == []

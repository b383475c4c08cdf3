"""What was recommended, what followed, and what is made of it; and the dashboards that show it."""

import asyncio
from datetime import timedelta

import psycopg
import pytest

from core import db
from core.clock import FakeClock
from core.errors import Invalid, NotFound
from core.ports import Attempt, Exercise, ExerciseId, SkillId, Student, StudentId, Topic, TopicId
from core.settings import LearningSettings
from learning.advising import PostgresAdvice
from learning.nightly import Nightly, nightly
from learning.overviews import PostgresOverviews
from learning.practice import PostgresPractice
from learning.recommendations import Recommendation
from learning.records import PostgresRecords

ADA = Student(id=StudentId("s1"), name="Ada")
BOB = Student(id=StudentId("s2"), name="Bob")
LOOPS = TopicId("loops")
SKILLS = {LOOPS: (SkillId("loops.use"),)}
OFFER = Recommendation(
    kind="exercise", topic=LOOPS, title="Loops", item="loop-1", minutes=5, why="Because.", value=1.0, because="gap"
)


class School:
    def __init__(self, pool: db.Pool) -> None:
        self.pool, self.clock = pool, FakeClock()
        self.records = PostgresRecords(pool, self.clock)
        self.advice = PostgresAdvice(pool, self.clock)
        self.overviews = PostgresOverviews(
            pool, self.clock, self.records, PostgresPractice(pool, self.clock), self.advice
        )
        self.count = 0

    async def answer(
        self, correct: bool, *, student: Student = ADA, item: str = "loop-1", skill: str = "loops.use"
    ) -> None:
        self.count += 1
        self.clock.advance(60)
        attempt = Attempt(
            key=f"k{self.count}", kind="exercise", item=item, skills=(SkillId(skill),), correct=correct,
            score=float(correct), at=self.clock.now(),
        )  # fmt: skip
        await self.records.record(student, attempt)


@pytest.fixture
async def school(pool: db.Pool) -> School:
    async with pool.connection() as conn:
        await conn.execute(
            "insert into users (id, email, name, role) "
            "select 's' || n, 's' || n || '@example.org', 'S' || n, 'student' from generate_series(1, 60) n"
        )
    return School(pool)


async def test_what_was_taken_without_gain_is_remembered_as_unhelpful_and_lowers_its_kind(school: School) -> None:
    (shown,) = await school.advice.show(ADA, [OFFER], SKILLS)
    for number in range(3):
        await school.answer(False, item="loop-1" if number == 0 else f"other-{number}")

    found = await school.advice.experience(ADA, [])

    assert shown.id
    assert found.unhelpful == {LOOPS: frozenset({"exercise"})}
    assert found.effects.of_kind("exercise").taken == 1
    assert found.effects.bonus("exercise", LOOPS) < 0
    assert (await school.advice.experience(BOB, [])).unhelpful == {}


async def test_what_helped_raises_its_kind_for_everybody(school: School) -> None:
    await school.advice.show(ADA, [OFFER], SKILLS)
    for number in range(3):
        await school.answer(True, item="loop-1" if number == 0 else f"other-{number}")

    found = await school.advice.experience(BOB, [])

    assert found.unhelpful == {}
    assert found.effects.bonus("exercise", LOOPS) > 0


async def test_shown_again_it_is_the_same_advice_until_it_is_settled(school: School) -> None:
    first = await school.advice.show(ADA, [OFFER], SKILLS)
    again = await school.advice.show(ADA, [OFFER], SKILLS)
    school.clock.advance(8 * 86_400)
    later = await school.advice.show(ADA, [OFFER], SKILLS)

    assert first[0].id == again[0].id != later[0].id
    assert (await school.advice.experience(ADA, [])).effects.of_kind("exercise").shown == 1


async def test_a_lesson_counts_when_it_was_opened_and_answers_followed(school: School) -> None:
    lesson = Recommendation(
        kind="lesson", topic=LOOPS, title="Loops", item="", minutes=5, why="Because.", value=1.0, because="gap"
    )
    (shown,) = await school.advice.show(ADA, [lesson], SKILLS)
    await school.answer(True)  # before it was opened
    assert shown.id
    await school.advice.take(ADA, shown.id)
    for _ in range(3):
        await school.answer(True)

    assert (await school.advice.experience(ADA, [])).effects.of_kind("lesson").taken == 1
    with pytest.raises(NotFound):
        await school.advice.take(BOB, shown.id)


async def test_advice_for_nobody_is_refused(school: School) -> None:
    with pytest.raises(NotFound):
        await school.advice.show(Student(id=StudentId("nobody"), name=""), [OFFER], SKILLS)


async def _struggle(school: School, number: int, *, went: bool) -> None:
    student = Student(id=StudentId(f"s{number}"), name="")
    for _ in range(3):
        await school.answer(False, student=student)
    if went:
        await school.answer(True, student=student, item="list-1", skill="lists.use")
    for _ in range(3):
        await school.answer(went, student=student)


async def test_others_ways_are_learnt_only_of_groups_that_are_large_enough(school: School) -> None:
    for number in range(1, 16):
        await _struggle(school, number, went=number > 6)
    assert await school.advice.refresh_peers() == 0  # nine went

    for number in range(16, 35):
        await _struggle(school, number, went=number > 23)
    steps = await school.advice.refresh_peers()
    topic = _topic(LOOPS, "loops.use")
    (peer,) = (await school.advice.experience(ADA, [topic])).peers

    assert steps == 1
    assert (peer.skill, peer.next, peer.struggled, peer.went, peer.recovered) == ("loops.use", "lists.use", 34, 20, 20)
    assert peer.worth_telling


async def test_others_ways_are_worked_out_once_a_night_whatever_the_number_of_servers(school: School) -> None:
    for number in range(1, 25):
        await _struggle(school, number, went=number > 12)
    servers = [Nightly(school.clock, LearningSettings(peers_hour=0), school.advice) for _ in range(4)]

    told = await asyncio.gather(*[server.tick() for server in servers])
    later = [await server.tick() for server in servers]
    school.clock.advance(86_400)
    tomorrow = await servers[0].tick()

    assert sorted(told, key=str) == [1, None, None, None]
    assert later == [None] * 4
    assert tomorrow == 1


async def test_a_night_that_fails_is_free_for_the_next_server(school: School) -> None:
    async with school.pool.connection() as conn:
        await conn.execute("alter table peer_steps rename to elsewhere")
    server = Nightly(school.clock, LearningSettings(peers_hour=0), school.advice)
    with pytest.raises(psycopg.errors.UndefinedTable):
        await server.tick()

    async with school.pool.connection() as conn:
        await conn.execute("alter table elsewhere rename to peer_steps")

    assert await server.tick() == 0


async def test_the_night_s_work_waits_for_its_hour_and_can_be_switched_off(school: School) -> None:
    hour = school.clock.now().hour
    early = Nightly(school.clock, LearningSettings(peers_hour=min(23, hour + 1)), school.advice)
    off = Nightly(school.clock, LearningSettings(peers=False, peers_hour=0), school.advice)

    assert (await early.tick(), await off.tick()) == (None, None)


async def test_while_the_server_runs_the_night_comes_by_itself(school: School) -> None:
    async with nightly(Nightly(school.clock, LearningSettings(peers_hour=0), school.advice)), asyncio.timeout(20):
        while await _nights(school) == 0:  # noqa: ASYNC110 (the database is what is waited for)
            await asyncio.sleep(0.02)


async def test_a_server_that_stops_in_the_middle_of_the_night_s_work_does_not_wait_and_leaves_it_free(
    school: School,
) -> None:
    server = Nightly(school.clock, LearningSettings(peers_hour=0), school.advice)
    async with school.pool.connection() as conn, conn.transaction():
        await conn.execute("lock table peer_steps")  # the work waits here
        async with asyncio.timeout(10):
            async with nightly(server):
                while not await _waiting(school):  # noqa: ASYNC110 (the database is what is waited for)
                    await asyncio.sleep(0.02)

    assert await _nights(school) == 0
    assert await server.tick() == 0


async def _waiting(school: School) -> int:
    async with school.pool.connection() as conn:
        return (
            await conn.execute(
                "select from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())"
            )
        ).rowcount


async def _nights(school: School) -> int:
    async with school.pool.connection() as conn:
        return (await conn.execute("select from learning_nights")).rowcount


# --- dashboards ----------------------------------------------------------------------------------------------------


def _topic(name: TopicId, skill: str) -> Topic:
    return Topic(
        id=name, module="m", module_title="M", subject="python", title=name.title(), summary="", objectives=(),
        skills=(SkillId(skill),), prerequisites=(), examples=(), pitfalls=(), quiz=(),
        exercises=(ExerciseId("loop-1"), ExerciseId("loop-2")), order=1,
    )  # fmt: skip


TOPICS = [_topic(LOOPS, "loops.use")]
BANK = [
    Exercise(
        id=ExerciseId(f"loop-{n}"), topic=LOOPS, subject="python", title=f"Loop {n}", statement="", skills=(SkillId("loops.use"),),
        difficulty=n, hints=(),
    )
    for n in (1, 2)
]  # fmt: skip


async def test_a_student_s_first_page_is_kept_until_anything_on_it_changes(school: School) -> None:
    await school.answer(True)

    first = await school.overviews.of_student(ADA, TOPICS, BANK, "v", own=True)
    again = await school.overviews.of_student(ADA, TOPICS, BANK, "v", own=True)
    await school.answer(False)
    after = await school.overviews.of_student(ADA, TOPICS, BANK, "v", own=True)
    published = await school.overviews.of_student(ADA, TOPICS, BANK, "w", own=True)

    assert again is first
    assert (first.today.answers, first.today.right, first.attempts) == (1, 1, 1)
    assert (after.today.answers, after.today.right, after.attempts) == (2, 1, 2)
    assert published is not after
    assert [one.id is not None for one in first.next] == [True] * len(first.next)
    assert first.next


async def test_a_first_page_shows_what_the_detector_saw_and_not_what_people_raised(school: School) -> None:
    await school.records.raise_alert(ADA, key="d", kind="wellbeing", severity="high", reason="r", advice="a")
    for _ in range(6):
        await school.answer(False)

    found = await school.overviews.of_student(ADA, TOPICS, BANK, "v", own=False)

    assert found.alerts
    assert "wellbeing" not in {one.kind for one in found.alerts}
    assert [one.id for one in found.next] == [None] * len(found.next)


async def test_another_student_s_attempts_leave_the_page_as_it_is(school: School) -> None:
    await school.answer(True)
    first = await school.overviews.of_student(ADA, TOPICS, BANK, "v", own=False)

    await school.answer(True, student=BOB)

    assert await school.overviews.of_student(ADA, TOPICS, BANK, "v", own=False) is first


async def test_the_course_s_dashboard_counts_first_answers_hints_and_further_tries(school: School) -> None:
    for number in range(1, 13):
        student = Student(id=StudentId(f"s{number}"), name="")
        await school.answer(False, student=student, item="unclear")
        await school.answer(True, student=student, item="unclear")
        for plain in range(5):
            await school.answer(True, student=student, item=f"plain-{plain}")

    found = await school.overviews.of_course("v")

    assert (found.items[0].name, found.items[0].seen, found.items[0].enough) == ("unclear", 12, True)
    assert found.items[0].signs
    assert found.passages == ()
    school.clock.advance(timedelta(days=40).total_seconds())
    assert (await school.overviews.of_course("v")).items == ()


async def test_an_attempt_that_is_refused_moves_no_advice(school: School) -> None:
    await school.advice.show(ADA, [OFFER], SKILLS)
    with pytest.raises(Invalid):
        await school.records.record(
            ADA,
            Attempt(key="x", kind="quiz", item="", skills=(SkillId("loops.use"),), correct=True, score=1.0, at=school.clock.now()),
        )  # fmt: skip

    async with school.pool.connection() as conn:
        row = await (await conn.execute("select taken_at, answers from advice")).fetchone()

    assert row == {"taken_at": None, "answers": 0}

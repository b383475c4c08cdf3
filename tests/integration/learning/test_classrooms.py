"""A class at a glance, over real Postgres: what is in it, for whom, and how long it takes."""

import asyncio
import random
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast
from xml.etree import ElementTree

import pytest

from core import db
from core.clock import FakeClock
from core.errors import Forbidden, NotFound
from core.ports import (
    Attempt,
    Course,
    Option,
    Principal,
    Question,
    Role,
    SkillId,
    Student,
    StudentId,
    Topic,
    TopicId,
    UserId,
)
from learning.classrooms import PostgresClassrooms
from learning.dashboard import Dashboard
from learning.inbox import PostgresInbox
from learning.pictures import alternative, heat_map
from learning.quizzes.sittings import Sittings, Wish
from learning.records import PostgresRecords

HERS = Principal(id=UserId("hers"), role=Role.TEACHER, name="Hers")
HIS = Principal(id=UserId("his"), role=Role.TEACHER, name="His")
ADMIN = Principal(id=UserId("root"), role=Role.ADMIN, name="Root")
LOOPS, LISTS = TopicId("loops"), TopicId("lists")


def topic(name: TopicId, order: int) -> Topic:
    return Topic(
        id=name, module="m", module_title="M", subject="python", title=name.title(), summary="", objectives=(),
        skills=(SkillId(f"{name}.use"),), prerequisites=(), examples=(), pitfalls=(), quiz=(), exercises=(), order=order,
    )  # fmt: skip


TOPICS = [topic(LOOPS, 1), topic(LISTS, 2), topic(TopicId("dicts"), 3)]


class School:
    def __init__(self, pool: db.Pool) -> None:
        self.pool = pool
        self.clock = FakeClock()
        self.records = PostgresRecords(pool, self.clock)
        self.classrooms = PostgresClassrooms(pool, self.clock)
        self._tries = 0

    async def tries(self, who: str, item: str, correct: bool, skill: str = "loops.use", **changed: Any) -> None:
        self.clock.advance(30)
        self._tries += 1
        attempt = Attempt(
            key=f"k{self._tries}", kind="quiz", item=item, skills=(SkillId(skill),), correct=correct,
            score=float(correct), at=self.clock.now(),
        )  # fmt: skip
        await self.records.record(Student(id=StudentId(who), name=who), replace(attempt, **changed))

    async def dashboard(self, who: Principal = HERS, class_id: str = "a", **more: Any) -> Dashboard:
        return await self.classrooms.dashboard(who, class_id, TOPICS, **more)


@pytest.fixture
async def school(pool: db.Pool) -> School:
    async with pool.connection() as conn:
        people = ["ada", "bob", "cyd", "dan", "eve", "fay", "hers", "his", "root"]
        for who in people:
            role = {"hers": "teacher", "his": "teacher", "root": "admin"}.get(who, "student")
            await conn.execute(
                "insert into users (id, email, name, role) values (%s, %s, %s, %s)",
                (who, f"{who}@example.org", who.title(), role),
            )
        await conn.execute("insert into classes (id, name) values ('a', 'A'), ('b', 'B')")
        await conn.execute("insert into class_members values ('a', 'hers', 'teacher'), ('b', 'his', 'teacher')")
        for who in people[:6]:
            await conn.execute(
                "insert into class_members values (%s, %s, 'student')", ("b" if who == "fay" else "a", who)
            )
    return School(pool)


async def test_only_own_teachers_and_admins_see_a_class(school: School) -> None:
    assert (await school.dashboard(ADMIN)).id == "a"
    for who, class_id in ((HIS, "a"), (HERS, "b"), (HERS, "nothing")):
        with pytest.raises(NotFound):
            await school.dashboard(who, class_id)
    with pytest.raises(Forbidden):
        await school.dashboard(Principal(id=UserId("ada"), role=Role.STUDENT, name="Ada"))
    assert [(one.id, one.students) for one in await school.classrooms.list_classes(HERS)] == [("a", 5)]
    assert [one.id for one in await school.classrooms.list_classes(ADMIN)] == ["a", "b"]


async def test_the_map_agrees_with_each_student_s_mastery_and_shows_nobody_else(school: School) -> None:
    for n in range(4):
        await school.tries("ada", f"q{n}", True)
        await school.tries("bob", f"q{n}", False, "lists.use")
        await school.tries("fay", f"q{n}", True)
    school.clock.advance(86_400)

    found = await school.dashboard()

    ada = await school.records.mastery(Student(id=StudentId("ada"), name="Ada"))
    (cell,) = [cell for cell in found.cells if cell.student == "ada"]
    assert [name for _, name in found.students] == ["Ada", "Bob", "Cyd", "Dan", "Eve"]
    assert [name for name, _ in found.topics] == [LOOPS, LISTS]
    assert (cell.topic, cell.attempts) == (LOOPS, 4)
    assert cell.level == pytest.approx(ada[SkillId("loops.use")].level)
    assert {cell.student for cell in found.cells} == {"ada", "bob"}


async def test_who_has_the_gravest_alert_comes_first_until_it_is_snoozed(school: School) -> None:
    for who in ("ada", "bob", "cyd", "dan", "eve"):
        await school.tries(who, "q", True)
    await school.records.raise_alert(
        Student(id=StudentId("dan"), name="Dan"), key="k", kind="distress", severity="high", reason="r", advice="a"
    )

    before = (await school.dashboard()).needs
    inbox = PostgresInbox(school.pool, school.clock)
    (alert,), _ = await school.records.list_alerts(HERS)
    await inbox.snooze(HERS, alert.id, school.clock.now() + timedelta(days=1))
    after = (await school.dashboard()).needs
    school.clock.advance(8 * 86_400)
    later = (await school.dashboard()).needs

    assert [(need.name, need.severity) for need in before] == [("Dan", "high")]
    assert after == ()
    assert [(need.name, len(need.reasons)) for need in later] == [
        ("Dan", 2), ("Ada", 1), ("Bob", 1), ("Cyd", 1), ("Eve", 1)
    ]  # fmt: skip
    assert later[1].reasons == ("has not practised for 8 days",)


async def test_an_item_is_judged_by_first_answers_and_shows_what_several_answered_wrong(school: School) -> None:
    await school.tries("ada", "hard", False, answer="2")
    await school.tries("ada", "hard", True, answer="1")
    await school.tries("bob", "hard", False, answer=" 2 ")
    await school.tries("cyd", "hard", False, answer="only Cyd")
    await school.tries("dan", "hard", True, answer="1")
    await school.tries("fay", "hard", False, answer="2")
    for who in ("ada", "bob"):
        await school.tries(who, "program", False, kind="exercise", answer=f"def f(): {who}", error="NameError")

    items = {one.item: one for one in (await school.dashboard()).items}
    recent = (await school.dashboard(since=school.clock.now())).items

    assert (items["hard"].students, items["hard"].solved) == (4, 0.25)
    assert [(wrong.answer, wrong.students) for wrong in items["hard"].wrong] == [("2", 2)]
    assert [(wrong.answer, wrong.students) for wrong in items["program"].wrong] == [("NameError", 2)]
    assert [one.item for one in recent] == ["program"]


async def _scanned(pool: db.Pool, since: Any) -> list[dict[str, Any]]:
    """First and wrong answers as every attempt, read from end to end, has them."""
    async with pool.connection() as conn:
        found = await conn.execute(
            """
            with graded as (
                select *, left(btrim(case when kind = 'exercise' then error else coalesce(nullif(answer, ''), error) end), 200) as told
                from submissions where kind in ('exercise', 'quiz', 'maths') and (%(since)s::timestamptz is null or at >= %(since)s)
            ),
            firsts as (select distinct on (student_id, item) student_id, item, correct from graded order by 1, 2, at, id)
            select item, count(*) as students, avg(correct::int)::double precision as solved,
                   (select coalesce(array_agg(w.told order by w.n desc, w.told), '{}') from (
                       select told, count(distinct student_id) as n from graded g
                       where g.item = firsts.item and not correct and told <> '' group by told having count(distinct student_id) > 1
                       order by n desc, told limit 3) w) as wrong
            from firsts group by item order by item
            """,
            {"since": since},
        )
        return await found.fetchall()


@pytest.mark.parametrize("seed", range(4))
async def test_items_agree_with_the_log_whatever_came_late_or_twice_or_at_once(school: School, seed: int) -> None:
    chance = random.Random(seed)
    begun = school.clock.now()
    sent = [
        (
            chance.choice(("ada", "bob", "cyd", "dan", "eve")),
            Attempt(
                key=f"k{n % 50}", kind=chance.choice(("quiz", "exercise", "maths", "hint", "run")), item=f"i{n % 4}",
                skills=(SkillId("loops.use"),), correct=chance.random() < 0.4, score=0.0,
                at=begun - timedelta(hours=chance.randint(0, 40)), answer=chance.choice((" 1", "2", "")),
                error=chance.choice(("", "NameError")),
            ),
        )
        for n in range(60)
    ]  # fmt: skip

    await asyncio.gather(
        *[school.records.record(Student(id=StudentId(who), name=who), attempt) for who, attempt in sent]
    )

    for since in (None, begun - timedelta(hours=20)):
        items = sorted((await school.dashboard(since=since)).items, key=lambda one: one.item)
        expected = await _scanned(school.pool, since)
        assert [(one.item, one.students, pytest.approx(one.solved)) for one in items] == [
            (row["item"], row["students"], row["solved"]) for row in expected
        ]
        assert [[wrong.answer for wrong in one.wrong] for one in items] == [row["wrong"] for row in expected]


async def test_answers_in_a_quiz_stand_in_the_class_s_items(school: School) -> None:
    options = tuple(Option(label=label, correct=label == "4", why="") for label in ("4", "5"))
    asked = replace(TOPICS[0], quiz=(Question(id="sum", prompt="2 + 2?", skill=SkillId("loops.use"), options=options),))

    class OneTopic:
        def list_topics(self, subject: Any = None) -> list[Topic]:
            return [asked]

    sittings = Sittings(school.pool, school.clock, cast(Course, OneTopic()), school.records)
    for number, who in enumerate(("ada", "bob", "cyd")):
        student = Student(id=StudentId(who), name=who)
        sitting = await sittings.begin(student, f"z-{who}", Wish(questions=1))
        await sittings.answer(student, sitting.id, "sum", 0 if number == 0 else 1)

    (item,) = (await school.dashboard()).items

    assert (item.students, item.solved) == (3, pytest.approx(1 / 3))
    assert [wrong.students for wrong in item.wrong] == [2]
    assert "5" in item.wrong[0].answer


async def test_an_empty_class_has_a_dashboard_and_a_picture_too(school: School) -> None:
    async with school.pool.connection() as conn:
        await conn.execute("delete from class_members where role = 'student'")

    found = await school.dashboard()

    assert (found.students, found.cells, found.needs, found.items) == ((), (), (), ())
    ElementTree.fromstring(heat_map(found))
    assert alternative(found) == "Heat map of A: 0 students by 0 topics. Nothing was tried yet."


async def test_a_class_of_thirty_takes_less_than_half_a_second(school: School) -> None:
    """30 students, 60 skills, 600 answers each, 200 items; the first call, with nothing warm."""
    async with school.pool.connection() as conn:
        await conn.execute("insert into classes (id, name) values ('big', 'Big')")
        await conn.execute("insert into class_members values ('big', 'hers', 'teacher')")
        await conn.execute("""
            insert into users (id, email, name, role)
            select 's' || n, 's' || n || '@example.org', 'S' || n, 'student' from generate_series(1, 30) n;
            insert into class_members select 'big', 's' || n, 'student' from generate_series(1, 30) n;
            insert into learners (student_id, ability_mean, ability_variance, last_at)
            select 's' || n, 0.1, 0.5, '2026-09-01Z' from generate_series(1, 30) n;
            insert into progress (student_id, skill, mean, variance, spread, level, attempts, correct, at)
            select 's' || n, 't' || k || '.use', 0, 0.4, 0.9, 0.5, 10, 5, '2026-08-30Z'
            from generate_series(1, 30) n, generate_series(1, 60) k;
            insert into submissions (student_id, key, kind, item, skills, correct, score, at, recorded_at, hints, answer,
                                     error, detail)
            select 's' || n, 'k' || k, 'quiz', 'item' || k % 200, array['t' || k % 60 || '.use'], (n * k) % 3 = 0, 0,
                   '2026-08-01Z'::timestamptz + k * interval '1 minute', '2026-08-01Z', 0, 'answer ' || (n * k) % 7, '', '{}'
            from generate_series(1, 30) n, generate_series(1, 600) k;
            insert into first_answers (student_id, item, at, correct)
            select distinct on (student_id, item) student_id, item, at, correct from submissions order by 1, 2, 3, id;
            insert into wrong_answers (student_id, item, answer, at)
            select student_id, item, answer, max(at) from submissions where not correct group by 1, 2, 3;
        """)
    topics = [topic(TopicId(f"t{n}"), n) for n in range(1, 61)]

    start = time.perf_counter()
    found = await school.classrooms.dashboard(HERS, "big", topics)
    seconds = time.perf_counter() - start

    assert (len(found.cells), len(found.items)) == (1800, 200)
    print(f"class of 30, cold: {seconds * 1000:.0f} ms")
    assert seconds < 0.5
    assert len(heat_map(found)) < 500_000

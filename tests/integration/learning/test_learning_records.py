"""What records promise, over the fake and over Postgres alike."""

import asyncio
import math
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from core import db
from core.clock import FakeClock
from core.errors import Conflict, DatabaseUnavailable, Forbidden, Invalid, NotFound
from core.ports import Attempt, Principal, Records, Role, SkillId, Student, StudentId, UserId
from core.settings import DatabaseSettings
from learning.fake import FakeClass, FakeRecords
from learning.records import PostgresRecords

ADA = Student(id=StudentId("ada"), name="Ada")
BOB = Student(id=StudentId("bob"), name="Bob")
HERS = Principal(id=UserId("hers"), role=Role.TEACHER, name="Ada's teacher")
HIS = Principal(id=UserId("his"), role=Role.TEACHER, name="Bob's teacher")
ADMIN = Principal(id=UserId("root"), role=Role.ADMIN, name="Root")
LOOPS = SkillId("python.for-loops")


@dataclass
class School:
    records: Records
    clock: FakeClock
    pool: db.Pool | None

    def attempt(self, key: str, **changed: Any) -> Attempt:
        sound = Attempt(
            key=key, kind="exercise", item="sum-list", skills=(LOOPS,), correct=False, score=0.0, at=self.clock.now()
        )
        return replace(sound, **changed)

    async def fail(self, key: str, student: Student = ADA, **changed: Any) -> tuple[str, ...]:
        self.clock.advance(60)
        return (await self.records.record(student, self.attempt(key, **changed))).alerts


@pytest.fixture(params=["fake", "postgres"])
def url(request: pytest.FixtureRequest) -> str | None:
    """Apart from `school`, since the database's own fixture may not begin inside a running loop."""
    found: str | None = request.getfixturevalue("database_url") if request.param == "postgres" else None
    return found


@pytest.fixture
async def school(url: str | None) -> AsyncIterator[School]:
    clock = FakeClock()
    if url is None:
        classes = [
            FakeClass(teachers=frozenset({HERS.id}), students=frozenset({ADA.id})),
            FakeClass(teachers=frozenset({HIS.id}), students=frozenset({BOB.id})),
        ]
        yield School(FakeRecords(clock, classes), clock, None)
        return
    async with db.open_pool(url, DatabaseSettings(pool_min=1, pool_max=8)) as pool:
        await _enrol(pool)
        yield School(PostgresRecords(pool, clock), clock, pool)


@pytest.fixture
async def postgres(pool: db.Pool) -> School:
    clock = FakeClock()
    await _enrol(pool)
    return School(PostgresRecords(pool, clock), clock, pool)


async def _enrol(pool: db.Pool) -> None:
    async with pool.connection() as conn:
        for who, role in (
            ("ada", "student"),
            ("bob", "student"),
            ("hers", "teacher"),
            ("his", "teacher"),
            ("root", "admin"),
        ):
            await conn.execute(
                "insert into users (id, email, name, role) values (%s, %s, %s, %s)",
                (who, f"{who}@example.org", who.title(), role),
            )
        await conn.execute("insert into classes (id, name) values ('a', 'A'), ('b', 'B')")
        await conn.execute(
            "insert into class_members values ('a', 'ada', 'student'), ('a', 'hers', 'teacher'),"
            " ('b', 'bob', 'student'), ('b', 'his', 'teacher')"
        )


async def test_a_right_answer_raises_mastery_and_progress(school: School) -> None:
    recorded = await school.records.record(ADA, school.attempt("k1", correct=True, score=1.0))

    progress = await school.records.progress(ADA)
    (change,) = recorded.changes
    assert not recorded.again
    assert change.skill == LOOPS
    assert change.after > change.before
    assert (progress.attempts, progress.solved, progress.streak_days) == (1, 1, 1)
    assert [mastery.level for mastery in progress.skills] == [pytest.approx(change.after)]
    assert progress.recent[0]["item"] == "sum-list"


async def test_the_same_key_again_counts_nothing_and_answers_the_same(school: School) -> None:
    first = await school.records.record(ADA, school.attempt("k1", correct=True, score=1.0))
    second = await school.records.record(ADA, school.attempt("k1", correct=False, item="other"))

    assert second.again
    assert second.changes == first.changes
    assert (await school.records.progress(ADA)).attempts == 1


async def test_the_same_key_of_another_student_is_another_attempt(school: School) -> None:
    await school.records.record(ADA, school.attempt("k1", correct=True, score=1.0))

    recorded = await school.records.record(BOB, school.attempt("k1"))

    assert not recorded.again
    assert (await school.records.progress(BOB)).solved == 0


async def test_twenty_identical_records_at_once_count_once(school: School) -> None:
    attempt = school.attempt("k1", correct=True, score=1.0)

    answers = await asyncio.gather(*[school.records.record(ADA, attempt) for _ in range(20)])

    assert sorted(answer.again for answer in answers) == [False] + [True] * 19
    assert len({answer.changes for answer in answers}) == 1
    progress = await school.records.progress(ADA)
    assert (progress.attempts, progress.skills[0].attempts) == (1, 1)


async def test_twenty_different_records_at_once_all_count(school: School) -> None:
    students = [ADA, BOB] * 10
    attempts = [school.attempt(f"k{n}", skills=(LOOPS, SkillId(f"s{n % 3}"))) for n in range(20)]

    await asyncio.gather(*[school.records.record(*pair) for pair in zip(students, attempts, strict=True)])

    for student in (ADA, BOB):
        progress = await school.records.progress(student)
        assert progress.attempts == 10
        assert sum(skill.attempts for skill in progress.skills) == 20


async def test_hints_and_runs_are_kept_but_not_graded(school: School) -> None:
    hint = await school.records.record(ADA, school.attempt("k1", kind="hint"))
    await school.records.record(ADA, school.attempt("k2", kind="run", correct=True, score=1.0))

    progress = await school.records.progress(ADA)
    assert hint.changes == ()
    assert (progress.attempts, progress.solved, progress.skills) == (0, 0, ())
    assert [attempt.kind for attempt in await school.records.list_attempts(ADA)] == ["run", "hint"]


async def test_solving_an_exercise_twice_solves_one_exercise(school: School) -> None:
    for key in ("k1", "k2"):
        await school.records.record(ADA, school.attempt(key, correct=True, score=1.0))

    assert (await school.records.progress(ADA)).solved == 1


async def test_solving_the_same_exercise_again_and_again_is_no_way_to_mastery(school: School) -> None:
    gains = []
    for key, item in (("k1", "one"), ("k2", "one"), ("k3", "two")):
        (change,) = (await school.records.record(ADA, school.attempt(key, item=item, correct=True, score=1.0))).changes
        gains.append(change.after - change.before)

    assert 0 < gains[1] < gains[2] < gains[0]


async def test_a_skill_never_met_has_a_level_but_not_enough_data(school: School) -> None:
    found = await school.records.mastery(ADA, [SkillId("new")])

    assert not found[SkillId("new")].enough
    assert found[SkillId("new")].attempts == 0
    assert await school.records.mastery(ADA) == {}


async def test_mastery_fades_when_nothing_is_practised(school: School) -> None:
    await school.records.record(ADA, school.attempt("k1", correct=True, score=1.0))
    fresh = (await school.records.mastery(ADA))[LOOPS]
    school.clock.advance(90 * 86_400)

    faded = (await school.records.mastery(ADA))[LOOPS]

    assert faded.level < fresh.level


async def test_a_streak_counts_days_in_a_row_and_survives_until_tomorrow(school: School) -> None:
    for key in ("k1", "k2", "k3"):
        await school.records.record(ADA, school.attempt(key))
        school.clock.advance(86_400)

    on_the_next_day = (await school.records.progress(ADA)).streak_days
    school.clock.advance(86_400)

    assert on_the_next_day == 3
    assert (await school.records.progress(ADA)).streak_days == 0


async def test_attempts_are_listed_newest_first_and_come_back_whole(school: School) -> None:
    rich = school.attempt(
        "k1", skills=(LOOPS, SkillId("b")), score=0.5, duration_s=12.5, hints=2, answer="für x", error="TypeError: no",
        detail={"tests": [1, 2], "note": "ü \\u0000"},
    )  # fmt: skip
    await school.records.record(ADA, rich)
    await school.records.record(ADA, school.attempt("k2", item="other"))

    assert [attempt.key for attempt in await school.records.list_attempts(ADA)] == ["k2", "k1"]
    assert await school.records.list_attempts(ADA, item="sum-list") == [rich]
    assert len(await school.records.list_attempts(ADA, limit=1)) == 1
    assert await school.records.list_attempts(BOB) == []


@pytest.mark.parametrize(
    "corrupt",
    [
        {"key": ""},
        {"key": "k\x00"},
        {"item": " "},
        {"kind": "guess"},
        {"score": 1.5},
        {"score": -0.1},
        {"score": math.nan},
        {"score": math.inf},
        {"duration_s": -1.0},
        {"duration_s": math.nan},
        {"hints": -1},
        {"answer": "a\x00b"},
        {"answer": "\ud800"},
        {"answer": "x" * 200_000},
        {"error": "\udfff"},
        {"skills": ("",)},
        {"skills": tuple(SkillId(f"s{n}") for n in range(50))},
        {"detail": {"n": math.nan}},
        {"detail": {"deep": ["\x00"]}},
        {"detail": {"what": object()}},
        {"detail": {1: "one"}},
        {"detail": {"n": 10**40}},
    ],
    ids=lambda corrupt: "-".join(corrupt),
)
async def test_a_corrupt_attempt_is_refused_and_leaves_nothing(school: School, corrupt: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await school.records.record(ADA, replace(school.attempt("k1"), **corrupt))

    assert await school.records.list_attempts(ADA) == []


async def test_a_time_without_zone_or_far_ahead_is_refused(school: School) -> None:
    now = school.clock.now()

    for at in (now.replace(tzinfo=None), now + timedelta(days=400)):
        with pytest.raises(Invalid):
            await school.records.record(ADA, school.attempt("k1", at=at))


async def test_failing_again_and_again_raises_one_alert_of_a_kind(school: School) -> None:
    raised = [await school.fail(f"k{n}") for n in range(8)]

    alerts, _ = await school.records.list_alerts(HERS)
    failures = [alert for alert in alerts if alert.kind == "repeated_failure"]
    assert raised[:2] == [(), ()]
    assert raised[2] != ()
    assert len(failures) == 1
    assert failures[0].id in raised[2]
    assert failures[0].student_name == "Ada"
    assert "for loops" in failures[0].reason
    assert failures[0].evidence["wrong_in_a_row"] == 3
    assert len({(alert.kind, alert.skill) for alert in alerts}) == len(alerts)


async def test_the_same_error_in_own_programs_is_told_once(school: School) -> None:
    raised = [await school.fail(f"k{n}", kind="run", skills=(), error=f"NameError: name 'x{n}'") for n in range(6)]

    (alert,), _ = await school.records.list_alerts(HERS)
    assert raised == [(), (), (alert.id,), (), (), ()]
    assert (alert.kind, alert.skill) == ("same_error", None)


async def test_failures_recorded_at_once_raise_one_alert_of_a_kind(school: School) -> None:
    attempts = [school.attempt(f"k{n}", error="NameError: x") for n in range(10)]

    answers = await asyncio.gather(*[school.records.record(ADA, attempt) for attempt in attempts])

    alerts, _ = await school.records.list_alerts(HERS)
    assert {alert.kind for alert in alerts} >= {"repeated_failure", "same_error"}
    assert len({alert.kind for alert in alerts}) == len(alerts)
    assert {raised for answer in answers for raised in answer.alerts} == {alert.id for alert in alerts}


async def test_a_resolved_alert_comes_back_only_after_failing_anew(school: School) -> None:
    for n in range(3):
        await school.fail(f"k{n}")
    (alert,), _ = await school.records.list_alerts(HERS)
    school.clock.advance(60)
    await school.records.resolve_alert(HERS, alert.id, "resolved")

    afterwards = [await school.fail(f"later{n}") for n in range(3)]

    assert afterwards[:2] == [(), ()]
    assert len(afterwards[2]) == 1


async def test_an_acknowledged_alert_is_not_raised_again(school: School) -> None:
    for n in range(3):
        await school.fail(f"k{n}")
    (alert,), _ = await school.records.list_alerts(HERS)
    await school.records.resolve_alert(HERS, alert.id, "acknowledged")

    assert await school.fail("k4") == ()


async def test_a_reopened_alert_does_not_stand_beside_a_newer_one(school: School) -> None:
    for n in range(3):
        await school.fail(f"k{n}")
    (old,), _ = await school.records.list_alerts(HERS)
    await school.records.resolve_alert(HERS, old.id, "resolved")
    for n in range(3):
        await school.fail(f"later{n}")

    with pytest.raises(Conflict):
        await school.records.resolve_alert(HERS, old.id, "open")


async def test_a_teacher_sees_only_own_students_and_an_admin_all(school: School) -> None:
    for student in (ADA, BOB):
        for n in range(3):
            await school.fail(f"k{n}", student)

    seen = {
        who.id: {alert.student for alert in (await school.records.list_alerts(who))[0]} for who in (HERS, HIS, ADMIN)
    }

    assert seen == {"hers": {"ada"}, "his": {"bob"}, "root": {"ada", "bob"}}


@pytest.mark.parametrize("role", [Role.STUDENT, Role.CURRICULUM, Role.EVALUATOR])
async def test_who_does_not_teach_sees_no_alerts(school: School, role: Role) -> None:
    asker = Principal(id=UserId("ada"), role=role, name="Ada")

    with pytest.raises(Forbidden):
        await school.records.list_alerts(asker)
    with pytest.raises(Forbidden):
        await school.records.resolve_alert(asker, "any", "resolved")


async def test_another_classs_alert_is_not_found(school: School) -> None:
    for n in range(3):
        await school.fail(f"k{n}")
    (alert,), _ = await school.records.list_alerts(HERS)

    with pytest.raises(NotFound):
        await school.records.resolve_alert(HIS, alert.id, "resolved")
    for unknown in ("no\x00ne", "\ud800", "", "01a1f855-9941-72c8-bc0f-2cb56998f745"):
        with pytest.raises(NotFound):
            await school.records.resolve_alert(HERS, unknown, "resolved")

    assert (await school.records.list_alerts(HERS, status="open"))[0] == [alert]


async def test_alerts_page_by_cursor_without_gap_or_repeat(school: School) -> None:
    for n in range(7):
        school.clock.advance(n // 2)  # some share their moment
        await _distress(school, f"d{n}")

    pages, cursor = [], None
    while True:
        page, cursor = await school.records.list_alerts(HERS, limit=3, cursor=cursor)
        pages.append([alert.id for alert in page])
        if cursor is None:
            break

    assert [len(page) for page in pages] == [3, 3, 1]
    assert [alert for page in pages for alert in page] == [
        alert.id for alert in (await school.records.list_alerts(HERS))[0]
    ]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "bm90IGpzb24=",
        "WyJ4IiwgMV0=",
        "é",
        "W1tdLCAxXQ==",
        "WyIyMDI2LTA5LTAxVDAwOjAwOjAwKzAwOjAwIiwgIlx1ZDgwMCJd",
    ],
)
async def test_a_strange_cursor_is_refused(school: School, cursor: str) -> None:
    with pytest.raises(Invalid):
        await school.records.list_alerts(HERS, cursor=cursor)


async def test_a_strange_status_is_refused(school: School) -> None:
    with pytest.raises(Invalid):
        await school.records.list_alerts(HERS, status="gone")
    with pytest.raises(Invalid):
        await school.records.resolve_alert(HERS, "any", "gone")


async def test_an_alert_raised_by_hand_is_once_by_key_and_never_swallowed(school: School) -> None:
    for key in ("d1", "d1", "d2"):
        await _distress(school, key)

    alerts, _ = await school.records.list_alerts(HERS)
    assert [alert.kind for alert in alerts] == ["distress", "distress"]
    assert alerts[0].evidence == {"turn": "t1"}


async def test_an_unsound_alert_is_refused(school: School) -> None:
    with pytest.raises(Invalid):
        await school.records.raise_alert(ADA, key="d", kind="distress", severity="dire", reason="r", advice="a")


async def test_listing_by_status_tells_open_from_resolved(school: School) -> None:
    await _distress(school, "d1")
    (alert,), _ = await school.records.list_alerts(HERS, status="open")

    resolved = await school.records.resolve_alert(HERS, alert.id, "resolved")

    assert resolved == replace(alert, status="resolved")
    assert (await school.records.list_alerts(HERS, status="open"))[0] == []
    assert (await school.records.list_alerts(HERS, status="resolved"))[0] == [resolved]


async def test_totals_agree_with_the_log_after_any_interleaving(postgres: School) -> None:
    attempts = [postgres.attempt(f"k{n % 12}", correct=n % 3 == 0, item=f"i{n % 4}") for n in range(24)]

    await asyncio.gather(*[postgres.records.record(ADA, attempt) for attempt in attempts])

    assert postgres.pool
    async with postgres.pool.connection() as conn:
        row = await (
            await conn.execute(
                "select l.attempts, l.solved, s.kept, s.solved as solved_kept, e.logged, p.practised"
                " from learners l,"
                " (select count(*) as kept, count(distinct item) filter (where correct) as solved from submissions) s,"
                " (select count(*) as logged from event_log where kind = 'attempt.recorded') e,"
                " (select sum(attempts) as practised from progress) p"
            )
        ).fetchone()
    assert row == {
        "attempts": 12,
        "solved": row["solved_kept"],
        "kept": 12,
        "solved_kept": row["solved_kept"],
        "logged": 12,
        "practised": 12,
    }


@pytest.mark.parametrize("seed", range(5))
async def test_what_all_students_share_agrees_with_the_log_after_any_interleaving(postgres: School, seed: int) -> None:
    chance = random.Random(seed)
    kinds = ("exercise", "quiz", "maths", "hint", "run")
    sent = []
    for n in range(40):
        skills = tuple(SkillId(name) for name in chance.sample(["s", "t", "u"], chance.randint(0, 3)))
        attempt = postgres.attempt(
            f"k{n % 30}",
            correct=chance.random() < 0.5,
            item=f"i{n % 5}",
            kind=chance.choice(kinds),
            skills=skills,
            duration_s=chance.choice((None, 0.5, 40.0, 5000.0)),
        )
        sent.append((chance.choice((ADA, BOB)), attempt))
    chance.shuffle(sent)

    await asyncio.gather(*[postgres.records.record(student, attempt) for student, attempt in sent])

    assert postgres.pool
    async with postgres.pool.connection() as conn:
        (row,) = await (await conn.execute(_SHARED)).fetchall()
    assert row["graded"] == row["items"] == row["days"] == row["trails"]
    assert row["shown"] == row["skills"] == row["contexts"] == row["own"]
    assert row["credit"] == pytest.approx(row["context_credit"])
    assert row["kept_firsts"] == row["firsts"]
    assert row["kept_hints"] == row["hints"]
    assert row["foreseen"] == row["graded"]
    assert row["timed"] == row["kept_timed"]


_SHARED = """
with graded as (select * from submissions where kind in ('exercise', 'quiz', 'maths'))
select (select count(*) from graded) as graded,
    (select count(*) from graded where foreseen between 0 and 1) as foreseen,
    (select coalesce(sum(cardinality(skills)), 0) from graded) as shown,
    (select count(distinct (student_id, item)) from graded) as kept_firsts,
    (select count(*) from submissions where kind = 'hint') as kept_hints,
    (select sum(answers) from item_stats) as items,
    (select count(*) from graded where duration_s between 2 and 1800) as timed,
    (select sum(timed) from item_stats) as kept_timed,
    (select sum(answers) from item_days) as days,
    (select sum(firsts) from item_days) as firsts,
    (select sum(hints) from item_days) as hints,
    (select sum(answers) from skill_stats) as skills,
    (select sum(answers) from skill_contexts) as contexts,
    (select sum(trail[1]) from progress) as own,
    (select sum(trail[1]) from learners) as trails,
    (select sum(credit) from skill_stats) as credit,
    (select sum(credit) from skill_contexts) as context_credit
"""


async def test_the_fake_and_postgres_come_to_the_same_numbers(postgres: School) -> None:
    fake = FakeRecords(postgres.clock)
    for n in range(15):
        postgres.clock.advance(3600 * n)
        attempt = postgres.attempt(
            f"k{n}", correct=n % 4 == 1, score=n / 20, hints=n % 3, item=f"i{n % 5}",
            kind=("exercise", "quiz", "hint")[n % 3], skills=(LOOPS,) if n % 2 else (LOOPS, SkillId("b")),
        )  # fmt: skip
        for records in (fake, postgres.records):
            await records.record(ADA, attempt)

    expected, found = await fake.progress(ADA), await postgres.records.progress(ADA)
    assert replace(found, skills=()) == replace(expected, skills=())
    for mine, theirs in zip(found.skills, expected.skills, strict=True):
        assert mine.level == pytest.approx(theirs.level)
        assert (mine.skill, mine.attempts, mine.enough) == (theirs.skill, theirs.attempts, theirs.enough)


async def test_the_views_tell_who_struggles(postgres: School) -> None:
    for n in range(3):
        await postgres.fail(f"k{n}")

    assert postgres.pool
    async with postgres.pool.connection() as conn:
        struggling = await (await conn.execute("select * from struggling_students")).fetchall()
        summary = await (await conn.execute("select * from user_progress_summary order by student_id")).fetchall()
    assert [(row["student_id"], row["open_alerts"], row["severity"], row["weakest_skill"]) for row in struggling] == [
        ("ada", 1, "medium", LOOPS)
    ]
    assert [(row["student_id"], row["attempts"], row["solved"]) for row in summary] == [("ada", 3, 0), ("bob", 0, 0)]


async def test_erasing_a_student_erases_every_row(postgres: School) -> None:
    for n in range(3):
        await postgres.fail(f"k{n}")

    assert postgres.pool
    async with postgres.pool.connection() as conn:
        await conn.execute("delete from users where id = 'ada'")
        for table in ("learners", "active_times", "submissions", "progress", "alerts", "event_log"):
            row = await (await conn.execute(f"select count(*) as n from {table}")).fetchone()
            assert row == {"n": 0}, table


async def test_a_student_without_an_account_is_not_found(postgres: School) -> None:
    nobody = Student(id=StudentId("nobody"), name="Nobody")

    with pytest.raises(NotFound):
        await postgres.records.record(nobody, postgres.attempt("k1"))
    with pytest.raises(NotFound):
        await postgres.records.raise_alert(nobody, key="d", kind="distress", severity="high", reason="r", advice="a")


async def test_an_absent_database_is_named(postgres: School) -> None:
    assert postgres.pool
    await postgres.pool.close()

    with pytest.raises(DatabaseUnavailable):
        await postgres.records.progress(ADA)


async def test_a_database_that_goes_away_half_way_is_named_and_counts_nothing(postgres: School) -> None:
    assert postgres.pool
    await postgres.records.record(ADA, postgres.attempt("k1"))
    async with postgres.pool.connection() as conn, conn.transaction():
        await conn.execute("select * from learners for update")
        waiting = asyncio.create_task(postgres.records.record(ADA, postgres.attempt("k2")))
        await _until_blocked(postgres.pool)
        await conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        )
        with pytest.raises(DatabaseUnavailable):
            await waiting

    assert (await postgres.records.progress(ADA)).attempts == 1


async def _until_blocked(pool: db.Pool) -> None:
    async with pool.connection() as conn:
        while True:
            found = await conn.execute(
                "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
            )
            if await found.fetchone():
                return
            await asyncio.sleep(0.01)


async def _distress(school: School, key: str) -> None:
    await school.records.raise_alert(
        ADA, key=key, kind="distress", severity="high", reason="Words of distress.", advice="Talk to her today.",
        evidence={"turn": "t1"},
    )  # fmt: skip

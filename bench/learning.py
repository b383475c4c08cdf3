"""The records at a school's size: a seeded population copied into an embedded Postgres, then what students and staff ask for.

    python -m bench.learning [--students 10000] [--attempts 5000000] [--seed 1]

`python -m bench learning` measures 1,000 students with 100,000 attempts. What disk a size needs is told before, and a folder with
too little is refused; `TMPDIR` names another."""

import argparse
import asyncio
import atexit
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from rich.console import Console

from bench.report import Row
from cli.progress import Bar
from core import db
from core.clock import FakeClock
from core.ports import Attempt, Exercise, Principal, Role, SkillId, Student, StudentId, Topic, UserId
from core.settings import DatabaseSettings
from knowledge.content import Curriculum, load_curriculum
from knowledge.index import SHIPPED
from learning.advising import PostgresAdvice
from learning.alerts import Wanted
from learning.classrooms import PostgresClassrooms
from learning.inbox import PostgresInbox
from learning.overviews import PostgresOverviews
from learning.practice import PostgresPractice
from learning.records import PostgresRecords

_NOW = datetime(2026, 11, 1, 15, tzinfo=UTC)
_DAYS = 180
_CLASS = 30
_HISTORIES = 100  # different lives; each student lives one of them
_SAMPLES = 150
_SMALLER = 10  # the cost of an update is compared with that in a school of a tenth
_ATTEMPT_BYTES = 1_300  # with indexes, what is derived, and a tenth of it again for the smaller school
_LEAST_BYTES = 500_000_000  # an empty server with its log
_LARGE_ROWS = 1_000  # of a table with fewer, reading all is the best plan there is
_BIG = ("submissions", "first_answers", "wrong_answers", "progress", "alerts", "advice", "active_times")

Ask = Callable[[int], Awaitable[object]]
OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    pool: db.Pool
    students: int
    course: Curriculum
    clock: FakeClock
    records: PostgresRecords


def bench() -> list[Row]:
    return run(students=1_000, attempts=100_000, seed=1)


def run(*, students: int, attempts: int, seed: int) -> list[Row]:
    """Raises SystemExit where the disk has no room, before anything is begun."""
    console = Console(stderr=True)
    folder = _folder(disk_bytes(attempts), console)
    with Bar(console) as bar:
        return asyncio.run(measure(folder, students=students, attempts=attempts, seed=seed, on_progress=bar.show))


def disk_bytes(attempts: int) -> int:
    """What a population takes at most while it is filled in and measured."""
    return _LEAST_BYTES + attempts * _ATTEMPT_BYTES


def _folder(needed: int, console: Console) -> Path:
    root = Path(tempfile.gettempdir())
    free = shutil.disk_usage(root).free
    console.print(f"[dim]about {needed / 1e9:.1f} GB of {free / 1e9:.0f} GB free in {root}; removed at the end[/dim]")
    if free < needed:
        raise SystemExit(f"{root} has no room for this: name another folder in TMPDIR, or measure fewer attempts")
    folder = Path(tempfile.mkdtemp(prefix="lf-bench-", dir=root))
    # registered before the server is started, so that it runs after the server's own end: what is removed below a
    # running server is written again
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


async def measure(folder: Path, *, students: int, attempts: int, seed: int, on_progress: OnProgress) -> list[Row]:
    course = load_curriculum(SHIPPED)
    async with AsyncExitStack() as stack:
        url = await asyncio.to_thread(db.start_embedded, folder, stop_at_exit=True)
        small = await _open(stack, url, "small", course, max(1, students // _SMALLER))
        large = await _open(stack, url, "large", course, students)
        begun = time.perf_counter()
        await fill(large.pool, course, students, attempts, seed, on_progress)
        seconds = time.perf_counter() - begun
        await fill(small.pool, course, small.students, attempts // _SMALLER, seed, on_progress)
        filled = Row(
            f"{students} students, {attempts} attempts generated and indexed",
            f"{seconds:.0f} s, {await _size(large.pool) / 1e9:.2f} GB",
        )
        return [filled, *await _everything(large, on_progress), await _compared(small, large)]


async def _size(pool: db.Pool) -> int:
    async with pool.connection() as conn:
        row = await (await conn.execute("select pg_database_size(current_database()) as bytes")).fetchone()
    return int(row["bytes"]) if row else 0


async def _open(stack: AsyncExitStack, url: str, name: str, course: Curriculum, students: int) -> School:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
        await conn.execute(f"create database {name}".encode())
    own = url.replace("/postgres?", f"/{name}?")
    await db.migrate(own)
    pool = await stack.enter_async_context(db.open_pool(own, DatabaseSettings(pool_min=2, pool_max=8)))
    clock = FakeClock(_NOW)
    return School(pool=pool, students=students, course=course, clock=clock, records=PostgresRecords(pool, clock))


async def _compared(small: School, large: School) -> Row:
    """One attempt here, one there, so that what else the machine does falls on both alike."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(1, _SAMPLES * 2):
        for school, found in zip((small, large), times, strict=True):
            found.append(await _ms(_attempts(school), number % school.students + 1))
    ratio = float(np.median(times[1])) / float(np.median(times[0]))
    what = f"an attempt's cost with {large.students} students against {small.students}"
    return Row(what, f"{ratio:.2f} times", "<= 1.5", ratio <= 1.5)


async def _everything(school: School, on_progress: OnProgress) -> list[Row]:
    rows = []
    asked = {"recording an attempt with all that follows": _attempts(school), **_queries(school)}
    for number, (what, ask) in enumerate(asked.items(), 1):
        rows.append(_row(what, await _times(school, ask), 50))
        on_progress(number, len(asked), "asking")
    return [*rows, *await _dashboards(school), await _plans(school)]


# --- what is asked -------------------------------------------------------------------------------------------------


def _student(number: int) -> Student:
    return Student(id=StudentId(f"s{number:06}"), name=f"Student {number}")


def _attempts(school: School) -> Ask:
    questions = _items(school.course)

    async def ask(number: int) -> object:
        item, skill, kind = questions[number % len(questions)]
        attempt = Attempt(
            key=f"new-{time.perf_counter_ns()}", kind=kind, item=item, skills=(SkillId(skill),),  # type: ignore[arg-type]  # one of ours
            correct=number % 3 > 0, score=float(number % 3 > 0), at=school.clock.now(), duration_s=40.0,
        )  # fmt: skip
        return await school.records.record(_student(number), attempt)

    return ask


def _queries(school: School) -> dict[str, Ask]:
    records, item = school.records, _items(school.course)[0][0]
    inbox = PostgresInbox(school.pool, school.clock)
    practice, advice = PostgresPractice(school.pool, school.clock), PostgresAdvice(school.pool, school.clock)

    async def alerts(number: int) -> object:
        teacher = Principal(id=UserId(f"t{number // _CLASS}"), role=Role.TEACHER, name="Teacher")
        return await inbox.list_alerts(teacher, Wanted(status="open"))

    return {
        "a student's last 50 attempts": lambda n: records.list_attempts(_student(n)),
        "a student's attempts at one item": lambda n: records.list_attempts(_student(n), item=item),
        "a student's mastery of all skills": lambda n: records.mastery(_student(n)),
        "a student's progress": lambda n: records.progress(_student(n)),
        "a student's streak": lambda n: practice.streak(_student(n)),
        "what recommendations came to": lambda n: advice.experience(_student(n), school.course.topics),
        "a teacher's open alerts": alerts,
    }


async def _dashboards(school: School) -> list[Row]:
    course = school.course
    topics, exercises = list[Topic](course.topics), list[Exercise](course.exercises)
    overviews = PostgresOverviews(
        school.pool, school.clock, school.records, PostgresPractice(school.pool, school.clock),
        PostgresAdvice(school.pool, school.clock),
    )  # fmt: skip
    classrooms = PostgresClassrooms(school.pool, school.clock)

    async def student(number: int) -> object:
        return await overviews.of_student(_student(number), topics, exercises, "v", own=True)

    async def class_(number: int) -> object:
        teacher = Principal(id=UserId(f"t{number // _CLASS}"), role=Role.TEACHER, name="Teacher")
        return await classrooms.dashboard(teacher, f"c{number // _CLASS}", topics)

    async def staff(_: int) -> object:
        return await overviews.of_course("v")

    few = _drawn(school)[:20]
    rows = []
    for what, ask in {"a student's": student, "a class's": class_, "the course's": staff}.items():
        cold = [await _ms(ask, number) for number in (few if what != "the course's" else few[:1])]
        kept = [await _ms(ask, number) for number in few]
        rows += [_row(f"{what} dashboard, nothing kept", cold, 500), _row(f"{what} dashboard again", kept, 100)]
    return rows


async def _plans(school: School) -> Row:
    """Whether any statement about one student reads from end to end a table that is large at this school."""
    params = {
        "student": "s000001", "key": "k1", "item": "x", "skills": ["a"], "graded": ["quiz"], "history": 20, "limit": 50,
        "since": _NOW - timedelta(days=28), "time_zone": "UTC", "before": _NOW, "now": _NOW, "answers_needed": 3, "prior": 0.5,
    }  # fmt: skip
    names = (
        "read_recorded", "read_skills", "read_item", "read_history", "read_told", "list_attempts", "list_skills", "list_days",
        "list_notices", "read_stamp", "list_settled_advice", "follow_advice", "expire_advice", "list_active_times",
    )  # fmt: skip
    found = []
    async with school.pool.connection() as conn:
        sizes = await conn.execute(
            "select relname from pg_class where relname = any(%s) and reltuples >= %s", (list(_BIG), _LARGE_ROWS)
        )
        large = [row["relname"] for row in await sizes.fetchall()]
        for name in names:
            told = await conn.execute(b"explain " + db.sql(f"learning/{name}"), params)
            plan = " ".join(str(row["QUERY PLAN"]) for row in await told.fetchall())
            found += [f"{name}: {table}" for table in large if f"Seq Scan on {table}" in plan]
    return Row("statements that read a large table from end to end", ", ".join(found) or "none", "none", not found)


# --- measuring -----------------------------------------------------------------------------------------------------


def _drawn(school: School) -> list[int]:
    return random.Random(7).choices(range(1, school.students + 1), k=_SAMPLES)


async def _times(school: School, ask: Ask) -> list[float]:
    drawn = _drawn(school)
    for number in drawn[:10]:
        await ask(number)
    return [await _ms(ask, number) for number in drawn]


async def _ms(ask: Ask, number: int) -> float:
    begun = time.perf_counter()
    await ask(number)
    return (time.perf_counter() - begun) * 1000


def _row(what: str, times: Sequence[float], bound_ms: float) -> Row:
    p50, p95 = (float(np.percentile(times, percent)) for percent in (50, 95))
    return Row(what, f"p50 {p50:.1f}, p95 {p95:.1f} ms", f"p95 <= {bound_ms:g} ms", p95 <= bound_ms)


# --- the population ------------------------------------------------------------------------------------------------


def _items(course: Curriculum) -> list[tuple[str, str, str]]:
    """Item, skill, kind; in teaching order."""
    found = []
    for topic in course.topics:
        found += [(question.id, str(question.skill), "quiz") for question in topic.quiz]
    found += [
        (str(one.id), str(one.skills[0]), "maths" if one.answer else "exercise")
        for one in course.exercises
        if one.skills
    ]
    return found


async def fill(
    pool: db.Pool, course: Curriculum, students: int, attempts: int, seed: int, on_progress: OnProgress
) -> None:
    """A population in which every student answered equally often; all tables agree with the log."""
    drawn = random.Random(seed)
    each = max(1, attempts // students)
    histories = [_history(_items(course), each, drawn) for _ in range(min(_HISTORIES, students))]
    async with pool.connection() as conn:
        await conn.execute("set session_replication_role = replica")  # no trigger looks at what is consistent anyway
        await conn.execute("set maintenance_work_mem = '256MB'")
        await _people(conn, students)
        indexes = await _without_indexes(conn)
        columns = "student_id, key, kind, item, skills, correct, score, at, recorded_at, duration_s, hints, answer, error, detail"
        async with conn.cursor() as cursor, cursor.copy(f"copy submissions ({columns}) from stdin".encode()) as copy:
            for number in range(1, students + 1):
                await copy.write(drawn.choice(histories).replace("STUDENT", f"s{number:06}"))
                on_progress(number, students, f"{students} students")
        statements = [*indexes, *_DERIVED]
        for number, statement in enumerate(statements, 1):
            await conn.execute(statement.encode())
            on_progress(number, len(statements), f"{students} students: indexes and sums")
        await conn.execute("set session_replication_role = origin")
    async with pool.connection() as conn:
        await conn.execute("vacuum analyze")


def _history(items: Sequence[tuple[str, str, str]], each: int, drawn: random.Random) -> str:
    """The lines of one life: items more or less in teaching order, better at some than at others."""
    able = drawn.gauss(0.65, 0.15)
    lines = []
    for number in range(each):
        at = _NOW - timedelta(days=_DAYS) + timedelta(days=_DAYS - 0.01) * (number + drawn.random()) / each
        place = min(len(items) - 1, max(0, int(drawn.gauss(number / each * len(items), 15))))
        item, skill, kind = items[place]
        kind = drawn.choices((kind, "hint", "run"), (88, 7, 5))[0]
        right = kind in ("quiz", "exercise", "maths") and drawn.random() < able
        answer = f"answer {drawn.randint(1, 4)}"
        lines.append(
            f"STUDENT\tk{number}\t{kind}\t{item}\t{{{skill}}}\t{'t' if right else 'f'}\t{int(right)}\t{at.isoformat()}\t"
            f"{at.isoformat()}\t{drawn.uniform(5, 200):.0f}\t{drawn.choice((0, 0, 0, 1))}\t{answer}\t\t{{}}\n"
        )
    return "".join(lines)


async def _people(conn: Any, students: int) -> None:
    classes = students // _CLASS + 1
    params = {"students": students, "classes": classes, "size": _CLASS}
    for statement in (
        "insert into users (id, email, name, role) select 's' || lpad(n::text, 6, '0'), 's' || n || '@example.org', 'Student ' || n, "
        "'student' from generate_series(1, %(students)s) n",
        "insert into users (id, email, name, role) select 't' || n, 't' || n || '@example.org', 'Teacher ' || n, 'teacher' "
        "from generate_series(0, %(classes)s) n",
        "insert into classes (id, name) select 'c' || n, 'Class ' || n from generate_series(0, %(classes)s) n",
        "insert into class_members select 'c' || n / %(size)s, 's' || lpad(n::text, 6, '0'), 'student' "
        "from generate_series(1, %(students)s) n",
        "insert into class_members select 'c' || n, 't' || n, 'teacher' from generate_series(0, %(classes)s) n",
        "insert into alerts (id, student_id, key, kind, severity, reason, advice, automatic, at) select 'a' || n, "
        "'s' || lpad(n::text, 6, '0'), 'k', 'stuck', 'high', 'r', 'a', true, now() from generate_series(1, %(students)s, 5) n",
        "insert into advice (student_id, kind, topic, item, because, skills, level, expected, shown_at, taken_at, answers, gained, "
        "settled_at) select 's' || lpad(n::text, 6, '0'), 'exercise', 'topic' || k, 'x', 'gap', '{a}', 0.5, 0.06, "
        "now() - interval '9 days', now(), 3, 0.05, case when k > 2 then now() end "
        "from generate_series(1, %(students)s) n, generate_series(1, 6) k",
    ):
        await conn.execute(statement, params)


async def _without_indexes(conn: Any) -> list[str]:
    """Dropped for the load; the statements that make them again."""
    found = await conn.execute(
        "select indexname, indexdef from pg_indexes where tablename = 'submissions' and indexname not in "
        "(select conname from pg_constraint where conrelid = 'submissions'::regclass)"
    )
    kept = await found.fetchall()
    for row in kept:
        await conn.execute(f"drop index {row['indexname']}")
    return [row["indexdef"] for row in kept]


_GRADED = "kind in ('exercise', 'quiz', 'maths')"
_DERIVED = (
    f"""insert into learners (student_id, attempts, solved, ability_mean, ability_variance, last_at)
    select student_id, count(*), count(distinct item) filter (where correct), 0.1, 0.3, max(at)
    from submissions where {_GRADED} group by 1""",
    f"""insert into progress (student_id, skill, mean, variance, spread, level, attempts, correct, at)
    select student_id, skills[1], 0.5, 0.1, 0.3, least(0.95, greatest(0.05, avg(correct::int))), count(*),
           count(*) filter (where correct), max(at)
    from submissions where {_GRADED} group by 1, 2""",
    f"""insert into item_stats (item, mean, variance, answers, credit, timed, log_s)
    select item, 0.1, 0.1, count(*), count(*) filter (where correct), count(*), sum(ln(duration_s)) from submissions where {_GRADED} group by 1""",
    f"""insert into skill_stats (skill, mean, variance, answers, credit)
    select skills[1], 0.2, 0.1, count(*), count(*) filter (where correct) from submissions where {_GRADED} group by 1""",
    f"""insert into first_answers (student_id, item, at, correct)
    select distinct on (student_id, item) student_id, item, at, correct from submissions where {_GRADED}
    order by student_id, item, at, id""",
    f"""insert into wrong_answers (student_id, item, answer, at)
    select student_id, item, answer, max(at) from submissions where {_GRADED} and not correct and kind <> 'exercise' group by 1, 2, 3""",
    "insert into active_times select distinct student_id, date_bin('15 minutes', at, '2000-01-01Z') from submissions",
    f"""insert into item_days
    select item, (recorded_at at time zone 'UTC')::date, max(kind), count(*) filter (where {_GRADED}),
           count(*) filter (where correct), count(*) filter (where {_GRADED}) / 2, count(*) filter (where correct) / 2,
           count(*) filter (where kind = 'hint'), count(*) filter (where kind = 'run')
    from submissions group by 1, 2""",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=10_000)
    parser.add_argument("--attempts", type=int, default=5_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if not 1 <= given.students <= given.attempts:
        parser.error("--students is at least 1, and --attempts at least as many")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped and its folder removed
    for row in run(students=given.students, attempts=given.attempts, seed=given.seed):
        row.show(Console())


if __name__ == "__main__":
    main()

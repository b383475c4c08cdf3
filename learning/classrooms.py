"""A class's records, for its own teachers and admins: one round trip a dashboard, whatever the class's size."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow

from core import db
from core.clock import Clock
from core.errors import NotFound
from core.ports import Mastery, Principal, SkillId, StudentId, Topic
from learning import mastery, rows
from learning.alerts import check_since, sees_everyone
from learning.concepts import Graph
from learning.dashboard import Dashboard, Pupil, draw_up
from learning.items import First, Wrong, analyse
from learning.kept import Kept
from learning.streaks import zone_of
from learning.working import read_marks
from learning.worktime import Mark, Worked, worked

_WRONG_STUDENTS_MIN = 2  # an answer of one student is no pattern, and would only tell on them

_KEPT_MAX = 500
_TWO_WEEKS = timedelta(days=15)  # this one and the one before, wherever a student's midnight is

_Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Classroom:
    id: str
    name: str
    students: int


class PostgresClassrooms:
    """Raises Forbidden for who is no teacher or admin, NotFound also for a class that is another teacher's."""

    def __init__(self, pool: db.Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._kept: Kept[Dashboard] = Kept(_KEPT_MAX)

    async def list_classes(self, teacher: Principal) -> list[Classroom]:
        """Own classes by name, of an admin the first 500 of all."""
        async with db.connection(self._pool) as conn:
            found = await _run(conn, "list_classes", self._params(teacher))
            return [Classroom(**row) for row in await found.fetchall()]

    async def dashboard(
        self, teacher: Principal, class_id: str, topics: Sequence[Topic], *, since: datetime | None = None
    ) -> Dashboard:
        """As of the last attempt, alert and hour; the items by attempts from `since` on, or by all."""
        check_since(since)
        params = self._params(teacher) | {
            "class": class_id, "since": since, "graded": rows.graded_kinds(), "students_min": _WRONG_STUDENTS_MIN,
        }  # fmt: skip
        async with db.connection(self._pool) as conn:
            found = await (await _run(conn, "read_class_stamp", params)).fetchone()
        if found is None:
            raise NotFound("there is no such class", class_id=class_id)
        hour = int(params["now"].timestamp()) // 3600
        stamp = (hour, *found.values(), *((topic.id, topic.title) for topic in topics))
        return await self._kept.get((class_id, since), stamp, lambda: self._dashboard(class_id, topics, params))

    async def _dashboard(self, class_id: str, topics: Sequence[Topic], params: dict[str, Any]) -> Dashboard:
        async with db.connection(self._pool) as conn, conn.pipeline(), conn.transaction():
            names = ("read_class", "list_pupils", "list_class_skills", "list_first_answers", "list_wrong_answers")
            cursors = [await _run(conn, name, params) for name in names]
            found, pupils, skills, firsts, wrong = [await cursor.fetchall() for cursor in cursors]
            zones = {StudentId(row["student_id"]): row["time_zone"] or "UTC" for row in pupils}
            marks = await read_marks(conn, zones, topics, params["now"] - _TWO_WEEKS, params["now"])
        if not found:
            raise NotFound("there is no such class", class_id=class_id)

        def draw() -> Dashboard:
            return _draw_up(
                found[0], topics, pupils, skills, firsts, wrong, params["now"], _work(zones, marks, params["now"])
            )

        return await asyncio.to_thread(
            draw
        )  # a big class is tens of milliseconds of arithmetic, which the loop need not wait for

    def _params(self, teacher: Principal) -> dict[str, Any]:
        return {"everyone": sees_everyone(teacher), "teacher": teacher.id, "now": self._clock.now()}


async def _run(conn: AsyncConnection[DictRow], name: str, params: dict[str, Any]) -> psycopg.AsyncCursor[DictRow]:
    return await conn.execute(db.sql(f"learning/{name}"), params)


def _work(
    zones: Mapping[StudentId, str], marks: Mapping[StudentId, Sequence[Mark]], now: datetime
) -> list[tuple[date, Sequence[Worked]]]:
    return [
        (now.astimezone(zone_of(zone)).date(), worked(marks.get(student, ()), zone)) for student, zone in zones.items()
    ]


def _draw_up(
    found: Mapping[str, Any], topics: Sequence[Topic], pupils: _Rows, skills: _Rows, firsts: _Rows, wrong: _Rows,
    now: datetime, work: Sequence[tuple[date, Sequence[Worked]]],
) -> Dashboard:  # fmt: skip
    abilities = {row["student_id"]: rows.ability(row) for row in pupils}
    known: dict[StudentId, dict[SkillId, Mastery]] = defaultdict(dict)
    for row in skills:
        state = mastery.forget(rows.skill_state(row), now)
        known[row["student_id"]][state.skill] = mastery.summarise(abilities[row["student_id"]], state)
    class_pupils = [
        Pupil(
            id=row["student_id"],
            name=row["name"],
            last_at=row["last_at"],
            alerts=row["alerts"],
            worst=row["worst"],
            mastery=known[row["student_id"]],
        )
        for row in pupils
    ]
    answers = [First(student=row["student_id"], item=row["item"], correct=row["correct"]) for row in firsts]
    often: dict[str, list[Wrong]] = defaultdict(list)
    for row in wrong:
        often[row["item"]].append(Wrong(answer=row["answer"], students=row["students"]))
    return draw_up(found["id"], found["name"], Graph.of(topics), class_pupils, analyse(answers, often), now, work)

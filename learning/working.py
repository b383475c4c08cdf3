"""How long students worked, read from what they left behind: nothing is kept of it, so nothing is counted twice."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from core import db
from core.clock import Clock
from core.ports import StudentId, Topic
from learning.worktime import Mark, Places, Worked, mark, worked

_EVER = timedelta(days=36_500)


async def list_work(
    conn: AsyncConnection[DictRow], zones: Mapping[StudentId, str], topics: Sequence[Topic], since: datetime,
    now: datetime,
) -> dict[StudentId, tuple[Worked, ...]]:  # fmt: skip
    """Of these students, each by the days of their own time zone."""
    marks = await read_marks(conn, zones, topics, since, now)
    return {student: worked(marks.get(student, ()), zone) for student, zone in zones.items()}


async def read_marks(
    conn: AsyncConnection[DictRow], students: Collection[StudentId], topics: Sequence[Topic], since: datetime,
    now: datetime,
) -> Mapping[StudentId, Sequence[Mark]]:  # fmt: skip
    params = {"students": list(students), "since": since, "now": now}
    rows = await (await conn.execute(db.sql("learning/list_work"), params)).fetchall()
    places, marks = Places(topics), defaultdict[StudentId, list[Mark]](list)
    for row in rows:
        marks[row["student_id"]].append(mark(row["ended"], row["seconds"], row["names"], places))
    return marks


async def read_whole_work(pool: db.Pool, clock: Clock, user: str, topics: Sequence[Topic]) -> list[Mapping[str, Any]]:
    """All days that are still known of, as JSON values: for exports."""
    student, now = StudentId(user), clock.now()
    async with db.connection(pool) as conn:
        row = await (await conn.execute(db.sql("learning/read_time_zone"), {"student": user})).fetchone()
        zone = (row and row["time_zone"]) or "UTC"
        found = await list_work(conn, {student: zone}, topics, now - _EVER, now)
    return [
        {"day": one.day.isoformat(), "subject": one.subject, "topic": one.topic, "minutes": round(one.minutes, 1)}
        for one in found[student]
    ]

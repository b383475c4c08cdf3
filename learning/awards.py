"""Achievements in Postgres: kept, and told, in the transaction of what earned them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from core import db
from core.clock import Clock
from core.errors import NotFound
from core.ports import Achievement, Student, StudentId, UserId
from learning import rows
from learning.achievements import Merits, SkillStanding, TopicStanding, award, title_of, words_of
from learning.notifications.box import publish
from learning.notifications.rules import TITLE_CHARS_MAX, Notice

Connection = AsyncConnection[DictRow]


class PostgresAwards:
    """Raises DatabaseUnavailable."""

    def __init__(self, pool: db.Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def list_achievements(self, student: Student, *, everything: bool = False) -> list[Achievement]:
        """Newest first; none for who does not wish to see them, but for `everything`."""
        params = {"student": student.id, "all": everything}
        async with db.connection(self._pool) as conn:
            found = await (await conn.execute(db.sql("learning/list_achievements"), params)).fetchall()
        return [achievement(row) for row in found]

    async def are_wanted(self, student: Student) -> bool:
        async with db.connection(self._pool) as conn:
            row = await (await conn.execute(db.sql("learning/wants_achievements"), {"student": student.id})).fetchone()
        return row is None or bool(row["wanted"])

    async def want(self, student: Student, wanted: bool) -> None:
        """Whether they are shown and told; what is earned meanwhile is kept. Raises NotFound for who has no account."""
        params = {"student": student.id, "wanted": wanted}
        try:
            async with db.connection(self._pool) as conn:
                await conn.execute(db.sql("learning/wish_achievements"), params)
        except psycopg.errors.ForeignKeyViolation as error:
            raise NotFound("there is no such student") from error


async def keep(
    conn: Connection, student: StudentId, found: Sequence[Achievement], now: datetime, *, key: str = "", tell: bool
) -> None:
    """Within somebody else's transaction; what the student has already is neither kept nor told again."""
    values = [
        {"kind": one.kind, "about": one.about, "at": one.at.isoformat(), "evidence": dict(one.evidence)}
        for one in found
    ]
    params = {"student": student, "key": key, "achievements": Jsonb(values), "now": now}
    kept = await (await conn.execute(db.sql("learning/insert_achievements"), params)).fetchall()
    fresh = {(row["kind"], row["about"]) for row in kept}
    for one in found:
        if tell and (one.kind, one.about) in fresh:
            await publish(conn, [UserId(student)], _notice(one), now)


async def thank(conn: Connection, who: UserId, entry: str, now: datetime) -> None:
    """Whoever's answer in the community helped, as far as this like can tell."""
    params = {"user": who, "entry": entry}
    row = await (await conn.execute(db.sql("learning/stands_in_community"), params)).fetchone()
    if row is None:
        return
    author = StudentId(row["author_id"])
    wants = await (await conn.execute(db.sql("learning/wants_achievements"), {"student": author})).fetchone()
    found = [award("helped_another", now, entry=entry)]
    await keep(conn, author, found, now, tell=wants is None or bool(wants["wanted"]))


def merits(row: Mapping[str, Any]) -> Merits:
    return Merits(
        has=frozenset((kind, about) for kind, about in row["has"]),
        solved=row["solved"],
        last_at=rows.utc(row["last_at"]) if row["last_at"] else None,
        reviews=row["reviews"],
        helped=row["helped"],
        topics=tuple(_topic(one) for one in row["topics"]),
        moments=tuple(rows.utc(at) for at in row["moments"]),
        time_zone=row["time_zone"] or "UTC",
        wanted=row["wanted"],
    )


def achievement(row: Mapping[str, Any]) -> Achievement:
    at, name = row["at"], row["evidence"].get("name") or row["about"]
    return Achievement(
        kind=row["kind"],
        about=row["about"],
        title=title_of(row["kind"], name),
        words=words_of(row["kind"], name),
        at=rows.utc(datetime.fromisoformat(at) if isinstance(at, str) else at),
        evidence=row["evidence"],
    )


def _topic(found: Mapping[str, Any]) -> TopicStanding:
    skills = tuple(SkillStanding(**one) for one in found["skills"] or ())
    return TopicStanding(**{**found, "module_topics": tuple(found["module_topics"]), "skills": skills})


def _notice(found: Achievement) -> Notice:
    return Notice(
        key=f"achievement:{found.kind}:{found.about}"[:200], kind="achievement", title=found.title[:TITLE_CHARS_MAX],
        body=found.words, facts={"kind": found.kind, "about": found.about},
    )  # fmt: skip

"""Attempts that could not be counted, kept with the reason: to be seen, put right and counted, or given up."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Protocol

import psycopg
from psycopg.types.json import Jsonb

from core import db, metrics
from core.clock import Clock
from core.errors import Conflict, Invalid, NotFound
from core.ports import Attempt, Recorded, SkillId, Student, StudentId
from learning import rows
from learning.attempts import check

STATUSES = ("held", "released", "discarded")
_CONTENT_CHARS_MAX = 100_000
_KEY_CHARS_MAX = 200
_REASON_CHARS_MAX = 500
_DEPTH_MAX = 20
_FIELDS = {entry.name for entry in fields(Attempt)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """`content` is what was sent, made storable; `seen` counts how often the very same came."""

    id: int
    student: StudentId
    key: str
    field: str
    reason: str
    content: Mapping[str, Any]
    received_at: datetime
    seen: int
    status: str
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    status: str
    field: str
    attempts: int


class Records(Protocol):
    async def record(self, student: Student, attempt: Attempt) -> Recorded: ...


class PostgresQuarantine:
    """Raises DatabaseUnavailable."""

    def __init__(self, pool: db.Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def hold(self, student: Student, content: Attempt | Mapping[str, Any], *, key: str, fault: Invalid) -> None:
        """Sent again it is counted, not kept twice. Raises NotFound for a student without an account."""
        field = str(fault.facts.get("field", ""))
        params = {
            "student": student.id, "key": _text(key)[:_KEY_CHARS_MAX], "field": field, "now": self._clock.now(),
            "reason": _text(fault.message)[:_REASON_CHARS_MAX], "content": Jsonb(storable(content)),
        }  # fmt: skip
        try:
            async with db.connection(self._pool) as conn:
                await conn.execute(db.sql("learning/quarantine_attempt"), params)
        except psycopg.errors.ForeignKeyViolation as error:
            raise NotFound("there is no such student") from error
        metrics.ATTEMPTS_QUARANTINED.add(field=field or "whole")

    async def list_held(self, *, status: str = "held", after: int = 0, limit: int = 100) -> list[Held]:
        """In the order in which they came, from the first past `after`. Raises Invalid for a strange status."""
        if status not in STATUSES:
            raise Invalid(f"a status is one of {', '.join(STATUSES)}", field="status")
        params = {"status": status, "after": after, "limit": min(500, max(1, limit))}
        async with db.connection(self._pool) as conn:
            found = await conn.execute(db.sql("learning/list_quarantined"), params)
            return [_held(row) for row in await found.fetchall()]

    async def counts(self) -> list[Count]:
        async with db.connection(self._pool) as conn:
            found = await conn.execute(db.sql("learning/count_quarantined"))
            return [Count(**row) for row in await found.fetchall()]

    async def release(self, held: int, records: Records, *, changes: Mapping[str, Any] | None = None) -> Recorded:
        """Counts it as if it had come whole, with `changes` to its fields; `key` makes that once for ever. Raises NotFound,
        Conflict for what is settled, Invalid while anything is still wrong: then it stays held."""
        async with db.transaction(self._pool) as conn:
            row = await self._locked(conn, held)
            student = Student(id=StudentId(row["student"]), name=row["name"])
            attempt = attempt_of({"key": row["key"], **row["content"], **(changes or {})})
            check(attempt, self._clock.now())  # here, for what is refused there would be held once more
            recorded = await records.record(student, attempt)
            await self._settle(conn, held, "released")
        return recorded

    async def discard(self, held: int) -> None:
        """Raises NotFound, Conflict."""
        async with db.transaction(self._pool) as conn:
            await self._locked(conn, held)
            await self._settle(conn, held, "discarded")

    async def _locked(self, conn: Any, held: int) -> Mapping[str, Any]:
        found = await conn.execute(db.sql("learning/lock_quarantined"), {"id": held})
        row: Mapping[str, Any] | None = await found.fetchone()
        if row is None:
            raise NotFound("there is no such quarantined attempt", attempt=held)
        if row["status"] != "held":
            raise Conflict(f"this attempt is {row['status']} already", attempt=held)
        return row

    async def _settle(self, conn: Any, held: int, status: str) -> None:
        params = {"id": held, "status": status, "now": self._clock.now()}
        await conn.execute(db.sql("learning/settle_quarantined"), params)


def attempt_of(content: Mapping[str, Any]) -> Attempt:
    """An attempt from what was kept of one; what it says is checked where it is recorded. Raises Invalid for fields that are
    missing or that no attempt has."""
    unknown = set(content) - _FIELDS
    if unknown:
        raise Invalid(f"an attempt has no {', '.join(sorted(unknown))}", field=min(unknown))
    given = dict(content)
    given["at"] = _moment(given.get("at"))
    skills = given.get("skills")
    if not isinstance(skills, list | tuple):
        raise Invalid("skills is a list of words", field="skills")
    given["skills"] = tuple(SkillId(skill) for skill in skills)
    try:
        return Attempt(**given)
    except TypeError as error:
        raise Invalid(f"an attempt needs a kind, an item, skills, correct, score and at: {error}") from error


def storable(content: Attempt | Mapping[str, Any]) -> dict[str, Any]:
    """As JSON that Postgres keeps: what cannot be written as it is stands there as text; too much is cut and says so."""
    given = asdict(content) if isinstance(content, Attempt) else dict(content)
    kept = {_text(name): _plain(value, _DEPTH_MAX) for name, value in given.items()}
    if len(json.dumps(kept)) <= _CONTENT_CHARS_MAX:
        return kept
    share = _CONTENT_CHARS_MAX // (2 * max(1, len(kept)))
    return {name: json.dumps(value)[:share] + " (cut)" if len(json.dumps(value)) > share else value for name, value in kept.items()}  # fmt: skip


def _plain(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 1 << 53 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping) and depth:
        return {_text(str(name)): _plain(one, depth - 1) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and depth:
        return [_plain(one, depth - 1) for one in value]
    return _text(value if isinstance(value, str) else type(value).__name__)


def _text(value: str) -> str:
    return value.replace("\x00", "�").encode("utf-8", "replace").decode()


def _moment(value: Any) -> datetime:
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise Invalid("at is not a time", field="at") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _held(row: Mapping[str, Any]) -> Held:
    settled = row["settled_at"]
    return Held(
        **{
            **row, "received_at": rows.utc(row["received_at"]), "settled_at": rows.utc(settled) if settled else None
        }
    )  # fmt: skip

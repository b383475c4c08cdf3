"""What teachers see of alerts and do about them: always asked for somebody, who sees the students of own classes only."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow

from core import db
from core.clock import Clock
from core.errors import Conflict, Invalid, NotFound
from core.ports import Alert, Principal, UserId
from learning import alerts as rules
from learning import rows
from learning.alerts import Change, Note, Wanted

_POLL_S = 1.0
_EXPORTED_MAX = 10_000
_LOOKED_AT_MAX = 1_000  # of all classes, at one look: who was away long is caught up in steps

Connection = AsyncConnection[DictRow]
Params = dict[str, Any]


class PostgresInbox:
    """Everything raises Forbidden for who is no teacher or admin, and NotFound also for another class's alert.

    Watching asks the database every `poll_s`: it needs no connection of its own while nothing happens, works behind any
    connection pooler, and finds what other server processes wrote."""

    def __init__(self, pool: db.Pool, clock: Clock, *, poll_s: float = _POLL_S) -> None:
        self._pool = pool
        self._clock = clock
        self._poll_s = poll_s

    async def list_alerts(
        self, teacher: Principal, wanted: Wanted, *, limit: int = 50, cursor: str | None = None
    ) -> tuple[list[Alert], str | None]:
        """Newest first, at most 200 a page, and where the next page begins. Raises Invalid for a strange cursor."""
        place, size = rules.place(cursor), rules.page_size(limit)
        page = await self._list(teacher, wanted, size + 1, place)
        return page[:size], rules.cursor_after(page[size - 1]) if len(page) > size else None

    async def export(self, teacher: Principal, wanted: Wanted) -> list[Alert]:
        """All of them, newest first, at most 10,000."""
        return await self._list(teacher, wanted, _EXPORTED_MAX, None)

    async def get_alert(self, teacher: Principal, alert: str) -> Alert:
        params = self._params(teacher, alert)
        async with db.transaction(self._pool) as conn:
            await _lock(conn, params)
            row = await (await _run(conn, "read_alert", params)).fetchone()
        assert row is not None  # it is locked
        return rows.alert(row, params["now"])

    async def settle(self, teacher: Principal, alert: str, status: str, *, helped: bool | None = None) -> Alert:
        """Acknowledge, resolve or open again; any of it ends a snooze. `helped` is kept of what is resolved. Raises
        Conflict when a resolved alert cannot be opened again because a newer one is open."""
        rules.check_status(status)
        params = self._params(teacher, alert) | {"status": status, "helped": helped}
        async with db.connection(self._pool) as conn:
            try:
                row = await (await _run(conn, "update_alert", params)).fetchone()
            except psycopg.errors.UniqueViolation as error:
                raise Conflict("a newer alert of this kind is open", alert=alert) from error
        if row is None:
            raise NotFound("there is no such alert", alert=alert)
        return rows.alert(row, params["now"])

    async def assign(self, teacher: Principal, alert: str, assignee: UserId | None) -> Alert:
        """To a teacher of the student or an admin, or to nobody. Raises Invalid for anybody else."""
        params = self._params(teacher, alert) | {"assignee": assignee}
        async with db.transaction(self._pool) as conn:
            await _lock(conn, params)
            if not await (await _run(conn, "assign_alert", params)).fetchone():
                raise Invalid("this person does not teach the student", field="assignee")
            return await _finish(conn, params, "alert.assigned")

    async def snooze(self, teacher: Principal, alert: str, until: datetime | None) -> Alert:
        """Out of sight until then, or, with None, back now. Raises Invalid for a time not within 90 days, Conflict for
        what is resolved."""
        params = self._params(teacher, alert) | {"until": until}
        if until is not None:
            rules.check_snooze(until, params["now"])
        async with db.transaction(self._pool) as conn:
            if (await _lock(conn, params))["status"] == "resolved":
                raise Conflict("this alert is resolved", alert=alert)
            await _run(conn, "snooze_alert", params)
            return await _finish(conn, params, "alert.snoozed" if until else "alert.woken")

    async def add_note(self, teacher: Principal, alert: str, words: str) -> Note:
        """A note stays as it was written."""
        params = self._params(teacher, alert) | {"words": rules.check_note(words)}
        async with db.transaction(self._pool) as conn:
            await _lock(conn, params)
            row = await (await _run(conn, "insert_note", params)).fetchone()
            await _finish(conn, params, "alert.noted")
        assert row is not None
        return _note({**row, "author_name": teacher.name})

    async def list_notes(self, teacher: Principal, alert: str) -> list[Note]:
        """Oldest first, at most 500."""
        params = self._params(teacher, alert)
        async with db.transaction(self._pool) as conn:
            await _lock(conn, params)
            return [_note(row) for row in await (await _run(conn, "list_notes", params)).fetchall()]

    async def newest(self, teacher: Principal) -> int:
        """The number of the last change there is, over all classes."""
        rules.sees_everyone(teacher)
        async with db.connection(self._pool) as conn:
            return await _newest(conn)

    async def watch(self, teacher: Principal, *, after: int, seconds: float) -> AsyncIterator[Change]:
        """Every change from the first after `after`, for so long; several of one alert may come as its last. An alert
        whose snooze runs out returns while somebody watches."""
        seen, clock = after, asyncio.get_running_loop().time
        until = clock() + seconds
        while clock() < until:
            found, seen, more = await self._look(teacher, seen)
            for change in found:
                yield change
            if not more:
                await asyncio.sleep(self._poll_s)

    async def _look(self, teacher: Principal, after: int) -> tuple[list[Change], int, bool]:
        """Own changes among the next ones of all classes, the number up to which was looked, whether there are more."""
        params = {**_who(teacher), "after": after, "now": self._clock.now()}
        async with db.connection(self._pool) as conn:
            await _run(conn, "wake_alerts", params)
            newest = await _newest(conn)
            upto = min(newest, after + _LOOKED_AT_MAX)
            if upto <= after:
                return [], after, False
            found = await (await _run(conn, "list_alert_changes", params | {"upto": upto})).fetchall()
        changes = [
            Change(seq=row.pop("seq"), what=row.pop("what"), alert=rows.alert(row, params["now"])) for row in found
        ]
        return changes, upto, upto < newest

    async def _list(self, teacher: Principal, wanted: Wanted, limit: int, place: rules.Place | None) -> list[Alert]:
        rules.check_since(wanted.since)
        params = {
            **_who(teacher), **wanted.params(), "now": self._clock.now(), "limit": limit,
            "before_at": place and place.at, "before_id": place and place.id,
        }  # fmt: skip
        async with db.connection(self._pool) as conn:
            found = await (await _run(conn, "list_alerts", params)).fetchall()
        return [rows.alert(row, params["now"]) for row in found]

    def _params(self, teacher: Principal, alert: str) -> Params:
        who = _who(teacher)
        if not rules.is_id(alert):
            raise NotFound("there is no such alert", alert=alert)
        return {**who, "alert": alert, "now": self._clock.now()}


def _who(teacher: Principal) -> Params:
    return {"everyone": rules.sees_everyone(teacher), "teacher": teacher.id}


async def _run(conn: Connection, name: str, params: Params) -> psycopg.AsyncCursor[DictRow]:
    return await conn.execute(db.sql(f"learning/{name}"), params)


async def _newest(conn: Connection) -> int:
    row = await (await _run(conn, "newest_alert_change", {})).fetchone()
    return int(row["seq"]) if row else 0


async def _lock(conn: Connection, params: Params) -> DictRow:
    """The alert's status and student, which the params take up. Raises NotFound."""
    row = await (await _run(conn, "lock_alert", params)).fetchone()
    if row is None:
        raise NotFound("there is no such alert", alert=params["alert"])
    params["student"] = row["student_id"]
    return row


async def _finish(conn: Connection, params: Params, event: str) -> Alert:
    await _run(conn, "log_alert", params | {"event": event})
    row = await (await _run(conn, "read_alert", params)).fetchone()
    assert row is not None  # it is locked
    return rows.alert(row, params["now"])


def _note(row: Mapping[str, Any]) -> Note:
    return Note(**{**row, "at": rows.utc(row["at"])})

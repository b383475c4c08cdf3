"""What goes on while a server runs: alerts are told to teachers, digests are written, and what waits goes out.

Every step takes its work under a row lock or a lease in Postgres, so any number of servers may do this: each alert and
each digest is told once; a letter or a post may go twice only if a process dies in the moment after it went."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow

from core import db
from core.clock import Clock
from core.log import logger
from core.telemetry import span
from core.workers import at_work
from learning.notifications import rules, signing
from learning.notifications.box import publish
from learning.notifications.outward import Failure, Poster, Refusal
from learning.notifications.rules import BODY_LEAVES, Notice

LETTERS_AN_HOUR = 10
_BATCH = 20
_LEASE = timedelta(minutes=2)
_ALERTS_AT_ONCE = 500
_HOUR = timedelta(hours=1)
_CROWDED = timedelta(minutes=15)
_FIRST_DIGEST = timedelta(days=7)
_PEOPLE_SHOWN = 30
_SEVERITIES = ("low", "medium", "high")
_FAREWELL = "\n\nWhat LearnFlow writes to you, and when, is yours to choose under “Notifications” there."

_log = logger("learning")

Mail = Callable[[str, str, str], Awaitable[None]]
"""Hands a letter over: address, subject, text. Raises Refusal for one that will never be taken, anything else to be asked
again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Out of the house. `unproved`: letters go to addresses that nobody confirmed as well."""

    mail: Mail
    poster: Poster
    unproved: bool = False


class Runner:
    """Does what is due when `look` is called."""

    def __init__(self, pool: db.Pool, clock: Clock, ways: Ways) -> None:
        self._pool = pool
        self._clock = clock
        self._ways = ways

    async def look(self) -> int:
        """How much was done. Raises DatabaseUnavailable."""
        return await self.tell() + await self.deliver()

    async def tell(self) -> int:
        """What happens in the house, which no slow receiver outside of it may hold up."""
        return await self.tell_alerts() + await self.write_digests()

    # --- alerts to teachers ---------------------------------------------------------------------------------------

    async def tell_alerts(self) -> int:
        """1 when there was something to look at. One alert a transaction, in which the mark moves too: one that told many
        would hold many people's boxes, and could wait for another that does."""
        async with db.transaction(self._pool) as conn:
            mark = await (await _run(conn, "lock_alert_watch", {})).fetchone()
            newest = await (await _run(conn, "newest_alert_change", {})).fetchone()
            if mark is None or newest is None or newest["seq"] <= mark["seq"]:
                return 0
            upto = min(newest["seq"], mark["seq"] + _ALERTS_AT_ONCE)
            raised = await _run(conn, "next_raised_alert", {"after": mark["seq"], "upto": upto})
            if row := await raised.fetchone():
                upto = row["seq"]
                await publish(conn, row["teachers"], _alert_notice(row), self._clock.now())
            await _run(conn, "move_alert_watch", {"seq": upto})
            return 1

    # --- digests --------------------------------------------------------------------------------------------------

    async def write_digests(self) -> int:
        """1 when one was due, whether or not there was anything to say in it."""
        async with db.transaction(self._pool) as conn:
            now = self._clock.now()
            row = await (await _run(conn, "claim_digest", {"now": now})).fetchone()
            if row is not None:
                await self._write_digest(conn, row, now)
            return int(row is not None)

    async def _write_digest(self, conn: AsyncConnection[DictRow], row: DictRow, now: datetime) -> None:
        since = row["digest_since"] or now - _FIRST_DIGEST
        params = {"user": row["user_id"], "since": since, "now": now}
        found = await (await _run(conn, "list_digest_alerts", params)).fetchall()
        if notice := digest(found, key=f"digest:{row['digest_at'].isoformat()}"):
            await publish(conn, [row["user_id"]], notice, now)
        following = rules.next_digest(now, row["digest"], row["zone"])
        await _run(conn, "digest_done", {"user": row["user_id"], "now": now, "next": following})

    # --- out of the house -----------------------------------------------------------------------------------------

    async def deliver(self) -> int:
        now = self._clock.now()
        params = {"now": now, "limit": _BATCH, "lease": now + _LEASE, "hour_ago": now - _HOUR}
        async with db.connection(self._pool) as conn:
            rows = await (await _run(conn, "claim_deliveries", params)).fetchall()
        async with asyncio.TaskGroup() as group:
            for row in rows:
                group.create_task(self._handle(row, now))
        return len(rows)

    async def _handle(self, row: DictRow, now: datetime) -> None:
        later = postponed(row, now)
        if later is not None:
            await self._settle(row, "waiting", due_at=later, untried=1)
            return
        try:
            with span("notifications.deliver", channel=row["channel"]):
                await self._send(row, now)
        except Refusal as refusal:
            await self._settle(row, "dead", failure=str(refusal))
            if row["channel"] != "email" and row["subscription_id"]:
                await self._end(row, str(refusal))
        except Exception as error:  # the outermost loop of a delivery: whatever it was, it is tried again, then told
            await self._again(row, error, now)
        else:
            await self._settle(row, "sent")

    async def _send(self, row: DictRow, now: datetime) -> None:
        match row["channel"]:
            case "email":
                if row["disabled"] or not (row["confirmed"] or self._ways.unproved):
                    raise Refusal("the address was never confirmed, or the account is closed")
                await self._ways.mail(row["email"], row["title"], letter(row))
            case _:
                body = _document(row)
                signed = signing.headers(row["secret"], row["id"], int(now.timestamp()), body)
                await self._ways.poster.post(row["url"], {"content-type": "application/json", **signed}, body)

    async def _again(self, row: DictRow, error: Exception, now: datetime) -> None:
        why = str(error)[:200] if isinstance(error, Failure) else type(error).__name__
        wait_s = rules.wait_s(row["tries"])
        _log.warning(
            "notifications.failed", delivery=row["id"], channel=row["channel"], tries=row["tries"], failure=error
        )
        if wait_s is None:
            await self._settle(row, "dead", failure=why)
        else:
            await self._settle(row, "waiting", due_at=now + timedelta(seconds=wait_s), failure=why)

    async def _settle(
        self, row: DictRow, status: rules.Status, *, due_at: datetime | None = None, untried: int = 0, failure: str = ""
    ) -> None:
        params = {
            "id": row["id"], "status": status, "due_at": due_at, "untried": untried, "failure": failure,
            "tries": row["tries"], "now": self._clock.now(),
        }  # fmt: skip
        async with db.connection(self._pool) as conn:
            await _run(conn, "settle_delivery", params)

    async def _end(self, row: DictRow, because: str) -> None:
        params = {"id": row["subscription_id"], "because": because, "now": self._clock.now()}
        async with db.connection(self._pool) as conn:
            await _run(conn, "end_subscription", params)


def running(runner: Runner, *, every_s: float) -> AbstractAsyncContextManager[None]:
    """Looks now and then while open; what is being sent at the end is finished or left to its lease."""
    return at_work(
        runner.tell,
        runner.deliver,
        every_s=every_s,
        broke=lambda error: _log.error("notifications.broke", failure=error),
    )


# --- words -------------------------------------------------------------------------------------------------------------


def postponed(row: Mapping[str, Any], now: datetime) -> datetime | None:
    """Until when a delivery waits because its person is not to be disturbed, or was written to often enough."""
    if row["urgent"]:
        return None
    quiet = rules.quiet_end(now, row["quiet_from"], row["quiet_until"], row["zone"])
    crowded = row["channel"] == "email" and row["letters"] >= LETTERS_AN_HOUR
    return quiet or (now + _CROWDED if crowded else None)


def letter(row: Mapping[str, Any]) -> str:
    body = row["body"] if row["kind"] in BODY_LEAVES and row["body"] else "Sign in to LearnFlow to see more."
    return f"Hello {row['name']},\n\n{row['title']}\n\n{body}{_FAREWELL}\n"


def digest(found: list[DictRow], *, key: str) -> Notice | None:
    """What is new with the students of a teacher, a line each, the gravest first; None when there is nothing new."""
    students: dict[str, list[DictRow]] = {}
    for row in found:
        if row["fresh"]:
            students.setdefault(row["student_name"], []).append(row)
    if not students:
        return None
    order = sorted(students, key=lambda name: (-max(map(_gravity, students[name])), -len(students[name]), name))
    lines = [_student_line(name, students[name]) for name in order[:_PEOPLE_SHOWN]]
    if more := len(order) - _PEOPLE_SHOWN:
        lines += [f"… and {more} more"] if more > 0 else []
    older = sum(not row["fresh"] for row in found)
    lines += ["", f"{older} from before {'is' if older == 1 else 'are'} still open."] if older else []
    many = sum(map(len, students.values()))
    title = f"{many} new alert{'s' if many != 1 else ''} in your classes"
    return Notice(key=key, kind="digest", title=title, body="\n".join(lines)[: rules.BODY_CHARS_MAX])


def _student_line(name: str, rows: list[DictRow]) -> str:
    kinds = ", ".join(dict.fromkeys(row["kind"].replace("_", " ") for row in rows))
    return f"{name}: {len(rows)}, the gravest {_SEVERITIES[max(map(_gravity, rows))]} ({kinds})"


def _gravity(row: Mapping[str, Any]) -> int:
    return _SEVERITIES.index(row["severity"])


def _alert_notice(row: DictRow) -> Notice:
    title = f"{row['student_name']}: {row['kind'].replace('_', ' ')} ({row['severity']})"
    return Notice(
        key=f"alert:{row['id']}", kind="alert", title=title[: rules.TITLE_CHARS_MAX], body=row["reason"],
        urgent=row["severity"] == "high", facts={"alert": row["id"], "student": row["student_id"]},
    )  # fmt: skip


def _document(row: DictRow) -> bytes:
    """What leaves as JSON: ids to ask for the rest with."""
    data = {
        "number": row["seq"], "title": row["title"], "body": row["body"] if row["kind"] in BODY_LEAVES else "",
        "urgent": row["urgent"], "facts": row["facts"],
    }  # fmt: skip
    return orjson.dumps({"type": row["kind"], "timestamp": row["at"].isoformat(), "data": data})


async def _run(conn: AsyncConnection[DictRow], name: str, params: Mapping[str, Any]) -> psycopg.AsyncCursor[DictRow]:
    return await conn.execute(db.sql(f"learning/{name}"), params)

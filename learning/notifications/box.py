"""What people are told, kept in Postgres: read by them alone, told once, with what they wish for."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from core import db
from core.clock import Clock
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.ids import new_id
from core.ports import Principal, Role, UserId
from learning.notifications import rules, signing
from learning.notifications.outward import check_url
from learning.notifications.rules import Channel, Delivery, Notice, Notification, Preferences, Subscription

SUBSCRIPTIONS_MAX = 20
_STAFF = (Role.TEACHER, Role.ADMIN)
_PAGE_MAX = 100
_LOOKED_AT_MAX = 200
_POLL_S = 1.0

Connection = AsyncConnection[DictRow]
Params = dict[str, Any]


class PostgresNotifications:
    """Everything is asked for a person and reaches only what is theirs. `private` also lets webhooks be addresses of one's
    own network."""

    def __init__(self, pool: db.Pool, clock: Clock, *, private: bool = False, poll_s: float = _POLL_S) -> None:
        self._pool = pool
        self._clock = clock
        self._private = private
        self._poll_s = poll_s

    # --- telling ------------------------------------------------------------------------------------------------

    async def publish(self, to: Sequence[UserId], notice: Notice) -> int:
        """How many were told by this call: who was told before under this key, or has muted the kind, is not. Raises
        Invalid."""
        async with db.connection(self._pool) as conn:
            return await publish(conn, to, notice, self._clock.now())

    async def announce(self, teacher: Principal, class_id: str, notice: Notice) -> int:
        """To the students of a class that is the teacher's own, or of any for an admin. Raises Forbidden, Invalid, NotFound."""
        if teacher.role not in _STAFF:
            raise Forbidden
        params = {"class": class_id, "teacher": teacher.id, "everyone": teacher.role == Role.ADMIN}
        async with db.connection(self._pool) as conn:
            found = await (await _run(conn, "class_for_notice", params)).fetchall()
            if not found:
                raise NotFound("there is no such class, or nobody is in it")
            return await publish(conn, [row["id"] for row in found], notice, self._clock.now())

    # --- the inbox ------------------------------------------------------------------------------------------------

    async def list_notifications(
        self, who: Principal, *, unread: bool = False, limit: int = 50, before: int | None = None
    ) -> tuple[list[Notification], int | None]:
        """Newest first, and where the next page begins."""
        size = max(1, min(limit, _PAGE_MAX))
        params = {"user": who.id, "unread": unread, "before": before or 2**62, "limit": size + 1}
        async with db.connection(self._pool) as conn:
            found = await (await _run(conn, "list_notifications", params)).fetchall()
        page = [Notification(**row) for row in found[:size]]
        return page, page[-1].seq if len(found) > size else None

    async def count_unread(self, who: Principal) -> int:
        async with db.connection(self._pool) as conn:
            row = await (await _run(conn, "count_unread", {"user": who.id})).fetchone()
        return int(row["unread"]) if row else 0

    async def mark_read(self, who: Principal, *, upto: int = 0, seqs: Sequence[int] = ()) -> int:
        """All up to a number, and single ones; how many had not been read."""
        params = {"user": who.id, "upto": upto, "seqs": list(seqs), "now": self._clock.now()}
        async with db.connection(self._pool) as conn:
            return (await _run(conn, "read_notifications", params)).rowcount

    async def newest(self, who: Principal) -> int:
        async with db.connection(self._pool) as conn:
            row = await (await _run(conn, "newest_notification", {"user": who.id})).fetchone()
        return int(row["newest"]) if row else 0

    async def watch(self, who: Principal, *, after: int, seconds: float) -> AsyncIterator[Notification]:
        """Each from the first after `after`, in order, for so long."""
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        while clock() < until:
            params = {"user": who.id, "after": after, "limit": _LOOKED_AT_MAX}
            async with db.connection(self._pool) as conn:
                found = await (await _run(conn, "list_new_notifications", params)).fetchall()
            for row in found:
                after = int(row["seq"])
                yield Notification(**row)
            if not found:
                await asyncio.sleep(self._poll_s)

    # --- wishes ---------------------------------------------------------------------------------------------------

    async def preferences(self, who: Principal) -> Preferences:
        row = await self._box(who)
        return Preferences(
            time_zone=row["time_zone"], quiet_from=row["quiet_from"], quiet_until=row["quiet_until"],
            muted=tuple(row["muted"]), digest=row["digest"],
        )  # fmt: skip

    async def prefer(self, who: Principal, wishes: Preferences) -> Preferences:
        """In place of all that was wished before. Raises Invalid, and Forbidden for a digest where nothing is taught."""
        rules.check_preferences(wishes)
        if wishes.digest != "off" and who.role not in _STAFF:
            raise Forbidden("a digest is for those who teach")
        row, now = await self._box(who), self._clock.now()
        zone = wishes.time_zone or row["home"] or "UTC"
        params = {
            "user": who.id, "time_zone": wishes.time_zone, "quiet_from": wishes.quiet_from,
            "quiet_until": wishes.quiet_until, "muted": list(rules.check_kinds(wishes.muted)), "digest": wishes.digest,
            "digest_at": rules.next_digest(now, wishes.digest, zone), "now": now,
        }  # fmt: skip
        async with db.connection(self._pool) as conn:
            await _run(conn, "set_preferences", params)
        return wishes

    async def subscribe(
        self,
        who: Principal,
        channel: Channel,
        kinds: Sequence[str],
        *,
        url: str = "",
    ) -> Subscription:
        """The only time that a webhook's secret is told. Raises Invalid, Forbidden for a student's webhook, Conflict when
        there are too many."""
        secret = signing.new_secret() if channel == "webhook" else ""
        params = {
            "id": new_id(), "user": who.id, "channel": channel, "kinds": self._kinds(kinds), "url": "", "secret": secret,
            "now": self._clock.now(), "most": SUBSCRIPTIONS_MAX,
        }  # fmt: skip
        if channel == "webhook" and who.role not in _STAFF:
            raise Forbidden("webhooks are for those who teach")
        if channel != "email":
            params["url"] = check_url(url, private=self._private).geturl()
        elif url:
            raise Invalid("letters go to the account's own address", field="url")
        try:
            async with db.connection(self._pool) as conn:
                row = await (await _run(conn, "subscribe", params)).fetchone()
        except psycopg.errors.ForeignKeyViolation as error:
            raise NotFound("there is no such person") from error
        if row is None:
            raise Conflict(f"there are {SUBSCRIPTIONS_MAX} subscriptions already")
        return replace(_subscription(row), secret=secret)

    async def list_subscriptions(self, who: Principal) -> list[Subscription]:
        async with db.connection(self._pool) as conn:
            found = await (await _run(conn, "list_subscriptions", {"user": who.id})).fetchall()
        return [_subscription(row) for row in found]

    async def unsubscribe(self, who: Principal, subscription: str) -> None:
        """What waits to go there goes with it. Raises NotFound."""
        await self._own("unsubscribe", who, subscription)

    async def list_deliveries(self, who: Principal, *, status: str | None = None, limit: int = 50) -> list[Delivery]:
        """What went, waits or will not go, newest first."""
        params = {"user": who.id, "status": status, "limit": max(1, min(limit, _PAGE_MAX))}
        async with db.connection(self._pool) as conn:
            found = await (await _run(conn, "list_deliveries", params)).fetchall()
        return [Delivery(**row) for row in found]

    async def retry(self, who: Principal, delivery: str) -> None:
        """What is dead is tried anew. Raises NotFound."""
        await self._own("retry_delivery", who, delivery)

    # --------------------------------------------------------------------------------------------------------------

    def _kinds(self, kinds: Sequence[str]) -> list[str]:
        found = list(rules.check_kinds(tuple(kinds)))
        if not found:
            raise Invalid("say which kinds", field="kinds")
        return found

    async def _own(self, statement: str, who: Principal, ident: str) -> None:
        params = {"id": ident, "user": who.id, "now": self._clock.now()}
        async with db.connection(self._pool) as conn:
            if await (await _run(conn, statement, params)).fetchone() is None:
                raise NotFound("there is no such thing of yours")

    async def _box(self, who: Principal) -> DictRow:
        async with db.connection(self._pool) as conn:
            row = await (await _run(conn, "read_box", {"user": who.id})).fetchone()
        if row is None:
            raise NotFound("there is no such person")
        return row


async def publish(conn: Connection, to: Sequence[UserId], notice: Notice, now: datetime) -> int:
    """`PostgresNotifications.publish` within somebody else's transaction."""
    rules.check_notice(notice)
    params = {
        "to": list(to), "key": notice.key, "kind": notice.kind, "title": notice.title, "body": notice.body,
        "urgent": notice.urgent, "facts": Jsonb(dict(notice.facts)), "now": now,
    }  # fmt: skip
    return len(await (await _run(conn, "publish_notification", params)).fetchall())


async def _run(conn: Connection, name: str, params: Params) -> psycopg.AsyncCursor[DictRow]:
    return await conn.execute(db.sql(f"learning/{name}"), params)


def _subscription(row: DictRow) -> Subscription:
    return Subscription(**{**row, "kinds": tuple(row["kinds"])})

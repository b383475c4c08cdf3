"""Posts and comments in Postgres: always asked for somebody, who sees their classes' and the whole school's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from core import db
from core.clock import Clock
from core.errors import Conflict, Forbidden, NotFound
from core.ids import new_id
from core.ports import Principal, Role
from learning import awards
from learning.community import rules
from learning.community.rules import Draft, Edit, Entry, Reader, Wanted, Worry
from learning.notifications.box import publish
from learning.notifications.rules import Notice

_STAFF = (Role.TEACHER, Role.ADMIN)

Connection = AsyncConnection[DictRow]
Params = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A post and a page of what stands below it, in the order in which it was written; `parent` makes it a tree."""

    post: Entry
    comments: tuple[Entry, ...]
    next_cursor: str | None


class PostgresBoard:
    """Raises NotFound alike for what is not there and for what its reader may not see. `school_wide`: students may write to
    the whole school too."""

    def __init__(self, pool: db.Pool, clock: Clock, *, school_wide: bool = False) -> None:
        self._pool = pool
        self._clock = clock
        self._school_wide = school_wide

    # --- reading --------------------------------------------------------------------------------------------------

    async def list_posts(
        self, who: Principal, wanted: Wanted, *, limit: int = 20, cursor: str | None = None
    ) -> tuple[list[Entry], str | None]:
        """The newest first, or with a query what fits best; and where the next page begins. Raises Invalid."""
        reader, size, place = Reader.of(who), rules.page_size(limit), rules.place(cursor)
        params = {**reader.params(), **rules.check_wanted(wanted), **_before(place), "limit": size + 1}
        statement = "community_search" if params["q"] else "community_list"
        async with db.connection(self._pool) as conn:
            found = await (await run(conn, statement, params)).fetchall()
        page, last = found[:size], found[size - 1] if len(found) > size else None
        following = rules.cursor_after(last["created_at"], last["id"], last["rank"]) if last else None
        return [rules.entry(row, reader) for row in page], following

    async def read(self, who: Principal, post: str, *, limit: int = 50, cursor: str | None = None) -> Thread:
        """Counted as a look, once a person a day; one's own are not."""
        reader, size, place = Reader.of(who), rules.page_size(limit), rules.place(cursor)
        async with acting(self._pool) as conn:
            row = await find(conn, reader, post)
            if row["depth"] > 0:
                raise NotFound("there is no such post")
            if row["author_id"] != reader.user and row["deleted_at"] is None:
                seen = await run(conn, "community_view", {"entry": post, "user": who.id, "now": self._clock.now()})
                row = {**row, "views": row["views"] + seen.rowcount}
            params = {
                **reader.params(), "post": post, "limit": size + 1, "after_at": place and place.at,
                "after_id": place and place.id,
            }  # fmt: skip
            found = await (await run(conn, "community_comments", params)).fetchall()
        comments = [rules.entry(each, reader) for each in found[:size]]
        following = rules.cursor_after(comments[-1].created_at, comments[-1].id) if len(found) > size else None
        return Thread(post=rules.entry(row, reader), comments=tuple(comments), next_cursor=following)

    # --- writing --------------------------------------------------------------------------------------------------

    async def post(self, who: Principal, draft: Draft, *, worry: Worry | None = None) -> Entry:
        """For the classes that its author is in now. Raises Invalid, Forbidden for an audience that is not theirs to choose."""
        columns = rules.check_draft(draft)
        if draft.audience == "school" and not (self._school_wide or who.role in _STAFF):
            raise Forbidden("students write to their classes here")
        params = {**columns, "entry": new_id(), "user": who.id, "now": self._clock.now()}
        async with acting(self._pool) as conn:
            await run(conn, "community_insert_post", params)
            await _raise_worry(conn, who, params, worry)
            return await self._entry(conn, who, params["entry"])

    async def comment(self, who: Principal, parent: str, body: str, *, worry: Worry | None = None) -> Entry:
        """Whoever wrote what it replies to, and the post, is told. Raises Invalid; Conflict where there are too many, or too
        deep."""
        words = rules.check_body(body, rules.COMMENT_CHARS_MAX)
        async with acting(self._pool) as conn:
            above = await shown(conn, Reader.of(who), parent)
            params = {
                "entry": new_id(), "post": above["post_id"], "parent": parent, "depth": above["depth"] + 1, "user": who.id,
                "body": words, "now": self._clock.now(),
            }  # fmt: skip
            await _check_room(conn, params)
            await run(conn, "community_insert_comment", params)
            await _raise_worry(conn, who, params, worry)
            to = {above["author_id"], above["post_author"]} - {who.id, None}
            await publish(conn, sorted(to), _reply_notice(params), params["now"])
            return await self._entry(conn, who, params["entry"])

    async def edit(self, who: Principal, entry: str, change: Edit, *, worry: Worry | None = None) -> Entry:
        """One's own. Raises Invalid, Forbidden; Conflict while it is hidden, or a report of it is looked at."""
        async with acting(self._pool) as conn:
            row = await self._own(conn, who, entry)
            if row["hidden_at"]:
                raise Conflict("this was hidden by a moderator, so it stays as it is", entry=entry)
            params = {**_edited(row, change), "entry": entry, "user": who.id, "now": self._clock.now()}
            await run(conn, "community_edit", params)
            await _raise_worry(conn, who, params, worry)
            return await self._entry(conn, who, entry)

    async def delete(self, who: Principal, entry: str) -> None:
        """One's own, or what the tutor answered one; an empty place stays where others wrote below it. Raises Forbidden, Conflict as `edit` does."""
        async with acting(self._pool) as conn:
            await self._own(conn, who, entry, asked=True)
            params = {"entry": entry, "now": self._clock.now()}
            if (await run(conn, "community_remove", params)).rowcount == 0:
                await run(conn, "community_empty", params)

    async def like(self, who: Principal, entry: str, wish: bool) -> Entry:
        """Once a person, or no more. That an answer helped, it tells with it."""
        async with acting(self._pool) as conn:
            await shown(conn, Reader.of(who), entry)
            params = {"entry": entry, "user": who.id, "now": self._clock.now()}
            await run(conn, "community_like" if wish else "community_unlike", params)
            if wish:
                await awards.thank(conn, who.id, entry, self._clock.now())
            return await self._entry(conn, who, entry)

    # --------------------------------------------------------------------------------------------------------------

    async def _entry(self, conn: Connection, who: Principal, entry: str) -> Entry:
        reader = Reader.of(who)
        return rules.entry(await find(conn, reader, entry), reader)

    async def _own(self, conn: Connection, who: Principal, entry: str, *, asked: bool = False) -> DictRow:
        """Locked, and not looked at by a moderator: what was reported is not changed under their eyes."""
        row = await lock(conn, Reader.of(who), entry)
        if row["deleted_at"]:
            raise NotFound("there is no such thing", entry=entry)
        if row["author_id"] != who.id and not (asked and row["asked_by"] == who.id):
            raise Forbidden("only who wrote it changes it")
        found = await (await run(conn, "community_is_reported", {"entry": entry})).fetchone()
        if found and found["reported"]:
            raise Conflict("somebody reported this; it can be changed once a moderator has looked at it", entry=entry)
        return row


@asynccontextmanager
async def acting(pool: db.Pool) -> AsyncIterator[Connection]:
    """A transaction. Raises NotFound when the person, or what they look at, is deleted meanwhile."""
    try:
        async with db.transaction(pool) as conn:
            yield conn
    except psycopg.errors.ForeignKeyViolation as error:
        raise NotFound("this is no longer there") from error


async def find(conn: Connection, reader: Reader, entry: str) -> DictRow:
    """Raises NotFound."""
    row = await (await run(conn, "community_entry", {**reader.params(), "entry": entry})).fetchone()
    if row is None:
        raise NotFound("there is no such thing", entry=entry)
    return row


async def lock(conn: Connection, reader: Reader, entry: str) -> DictRow:
    """The post is locked first and the entry read after: what others changed until then is seen. Raises NotFound."""
    await run(conn, "community_lock", {"entry": entry})
    return await find(conn, reader, entry)


async def shown(conn: Connection, reader: Reader, entry: str) -> DictRow:
    """Locked, and neither deleted nor hidden, nor is its post. Raises NotFound."""
    row = await lock(conn, reader, entry)
    if row["deleted_at"] or row["hidden_at"] or row["post_hidden_at"] or row["post_deleted_at"]:
        raise NotFound("there is no such thing", entry=entry)
    return row


async def run(conn: Connection, name: str, params: Params) -> psycopg.AsyncCursor[DictRow]:
    return await conn.execute(db.sql(f"learning/{name}"), params)


def reply_key(entry: str) -> str:
    return f"reply:{entry}"


async def _check_room(conn: Connection, params: Params) -> None:
    if params["depth"] > rules.DEPTH_MAX:
        raise Conflict(f"replies go {rules.DEPTH_MAX} deep: reply to what stands above", depth_max=rules.DEPTH_MAX)
    row = await (await run(conn, "community_count_comments", params)).fetchone()
    if row and row["n"] >= rules.COMMENTS_MAX:
        raise Conflict("this post is full: begin another one", comments_max=rules.COMMENTS_MAX)


async def _raise_worry(conn: Connection, who: Principal, params: Params, worry: Worry | None) -> None:
    """In the transaction that keeps the words: neither is there without the other. An alert is about a student."""
    if worry is None or who.role is not Role.STUDENT:
        return
    alert = {
        "id": new_id(), "key": f"community:{params['entry']}:{params['now'].isoformat()}", "kind": "wellbeing",
        "severity": worry.severity, "skill": None, "reason": worry.reason, "advice": worry.advice,
        "evidence": {"entry": params["entry"]}, "automatic": False,
    }  # fmt: skip
    await run(conn, "insert_alerts", {"student": who.id, "alerts": Jsonb([alert]), "now": params["now"]})


def _edited(row: DictRow, change: Edit) -> Params:
    """A comment has words only."""
    if row["depth"] > 0:
        body = row["body"] if change.body is None else rules.check_body(change.body, rules.COMMENT_CHARS_MAX)
        return {"title": "", "body": body, "tags": [], "topic": None}
    return {
        "title": row["title"] if change.title is None else rules.check_title(change.title),
        "body": row["body"] if change.body is None else rules.check_body(change.body, rules.BODY_CHARS_MAX),
        "tags": row["tags"] if change.tags is None else rules.check_tags(change.tags),
        "topic": row["topic"] if change.topic is None else change.topic or None,
    }


def _reply_notice(params: Params) -> Notice:
    """Without a name: who is erased later stands in nobody's inbox."""
    return Notice(
        key=reply_key(params["entry"]), kind="reply", title="Somebody replied to what you wrote in the community",
        facts={"post": params["post"], "comment": params["entry"]},
    )  # fmt: skip


def _before(place: rules.Place | None) -> Params:
    return {
        "before_at": place and place.at,
        "before_id": place and place.id,
        "before_rank": place.rank if place else 0.0,
    }

"""Reports and what is done about them: by teachers for their classes, by admins for all; each act stands in the audit log."""

from typing import Any

from core import db
from core.clock import Clock
from core.errors import Conflict, Forbidden, NotFound
from core.ids import new_id
from core.ports import Principal, Role
from learning.community import rules
from learning.community.board import Connection, acting, find, lock, run, shown
from learning.community.rules import Entry, Reader, Reason, Reported
from learning.notifications.box import publish
from learning.notifications.rules import Notice

Params = dict[str, Any]


class PostgresModeration:
    """Raises NotFound for what the asker may not see, Forbidden for what they may see and not moderate."""

    def __init__(self, pool: db.Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def report(self, who: Principal, entry: str, reason: Reason, words: str = "") -> bool:
        """Whether it is new: one report a person waits at a time. Raises Invalid; Conflict for one's own."""
        said = rules.check_words(words)
        async with acting(self._pool) as conn:
            row = await shown(conn, Reader.of(who), entry)
            if row["author_id"] == who.id:
                raise Conflict("this is your own: you can delete it", entry=entry)
            params = {
                "report": new_id(), "entry": entry, "user": who.id, "reason": reason, "words": said,
                "now": self._clock.now(),
            }  # fmt: skip
            return (await run(conn, "community_report", params)).rowcount == 1

    async def queue(
        self, who: Principal, *, settled: bool = False, limit: int = 50, cursor: str | None = None
    ) -> tuple[list[Reported], str | None]:
        """What was reported of what is the asker's to moderate, the oldest first. Raises Forbidden, Invalid."""
        _check_staff(who)
        reader, size, place = Reader.of(who), rules.page_size(limit), rules.place(cursor)
        params = {
            **reader.params(), "settled": settled, "limit": size + 1, "after_at": place and place.at,
            "after_id": place and place.id,
        }  # fmt: skip
        async with db.connection(self._pool) as conn:
            found = await (await run(conn, "community_queue", params)).fetchall()
        page = [_reported(row, reader) for row in found[:size]]
        return page, rules.cursor_after(page[-1].first_at, page[-1].entry.id) if len(found) > size else None

    async def hide(self, who: Principal, entry: str, reason: Reason, words: str) -> Entry:
        """Only who wrote it and who moderates still read it; its reports are settled. The author is told that, and why."""
        said = rules.check_words(words)
        async with acting(self._pool) as conn:
            row, params = await self._moderated(conn, who, entry, reason, said)
            if row["hidden_at"] is None:
                await run(conn, "community_hide", params)
                await run(conn, "community_audit", params | {"kind": "community.hidden"})
                await self._tell(conn, row, params)
            await run(conn, "community_settle_reports", params | {"outcome": "hidden"})
            return rules.entry(await find(conn, Reader.of(who), entry), Reader.of(who))

    async def restore(self, who: Principal, entry: str, words: str) -> Entry:
        """Read by all again."""
        said = rules.check_words(words)
        async with acting(self._pool) as conn:
            row, params = await self._moderated(conn, who, entry, "other", said)
            if row["hidden_at"] is not None:
                await run(conn, "community_restore", params)
                await run(conn, "community_audit", params | {"kind": "community.restored", "reason": ""})
            return rules.entry(await find(conn, Reader.of(who), entry), Reader.of(who))

    async def keep(self, who: Principal, entry: str) -> int:
        """It stays; how many reports that settles."""
        async with acting(self._pool) as conn:
            _, params = await self._moderated(conn, who, entry, "other", "")
            settled = (await run(conn, "community_settle_reports", params | {"outcome": "kept"})).rowcount
            if settled:
                await run(conn, "community_audit", params | {"kind": "community.kept", "reason": ""})
            return settled

    async def _moderated(
        self, conn: Connection, who: Principal, entry: str, reason: Reason, words: str
    ) -> tuple[Any, Params]:
        _check_staff(who)
        row = await lock(conn, Reader.of(who), entry)
        if not row["moderates"]:
            raise Forbidden("this was not written in a class of yours")
        if row["deleted_at"]:
            raise NotFound("this was deleted", entry=entry)
        params = {
            "entry": entry, "user": who.id, "author": row["author_id"], "reason": reason, "words": words,
            "now": self._clock.now(),
        }  # fmt: skip
        return row, params

    async def _tell(self, conn: Connection, row: Any, params: Params) -> None:
        if row["author_id"] in (None, params["user"]):
            return
        notice = Notice(
            key=f"hidden:{params['entry']}:{params['now'].isoformat()}", kind="moderation",
            title="A moderator hid something that you wrote in the community", body=params["words"],
            facts={"post": row["post_id"], "entry": params["entry"], "reason": params["reason"]},
        )  # fmt: skip
        await publish(conn, [row["author_id"]], notice, params["now"])


def _check_staff(who: Principal) -> None:
    if who.role not in (Role.TEACHER, Role.ADMIN):
        raise Forbidden("moderation is for teachers")


def _reported(row: Any, reader: Reader) -> Reported:
    return Reported(
        entry=rules.entry(row, reader), reports=row["reports"], reasons=tuple(row["reasons"]),
        said=tuple(row["said"] or ()), first_at=row["first_at"], outcome=row["outcome"],
    )  # fmt: skip

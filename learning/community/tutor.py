"""The tutor among the others: a post becomes a turn of its author's, and the answer a comment, once, whatever dies in between."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from core import db
from core.clock import Clock
from core.errors import Conflict, DatabaseUnavailable, Forbidden, LearnFlowError, NotFound
from core.ids import new_id
from core.log import logger
from core.ports import Ask, Principal, Student, StudentId, TurnId, Turns, TurnView
from core.workers import at_work
from learning.community import rules
from learning.community.board import Connection, acting, reply_key, run, shown
from learning.community.rules import Reader
from learning.notifications.box import publish
from learning.notifications.rules import Notice

LOST_AFTER = timedelta(seconds=30)
"""A question that is no turn by then was dropped by the process that took it on."""
_AT_ONCE = 20
_log = logger("community")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """That the tutor was asked. The turn is one of the asker's own, in a thread of its own."""

    post: str
    outcome: rules.Tutor
    turn: TurnView


class TutorAnswers:
    """`chars_max` is how long a message to the tutor may be."""

    def __init__(self, pool: db.Pool, clock: Clock, turns: Turns, *, chars_max: int = 20_000) -> None:
        self._pool = pool
        self._clock = clock
        self._turns = turns
        self._chars_max = chars_max

    async def ask(self, who: Principal, post: str) -> Question:
        """Once a post: again gives the same. Its author alone may ask, since the answer comes from their turns. Raises NotFound,
        Forbidden, QueueFull."""
        async with acting(self._pool) as conn:
            row = await shown(conn, Reader.of(who), post)
            if row["depth"] > 0:
                raise NotFound("there is no such post")
            if row["author_id"] != who.id:
                raise Forbidden("who wrote the question asks the tutor")
            params = {"post": post, "user": who.id, "turn": new_id(), "now": self._clock.now()}
            await run(conn, "community_ask", params)
            question = await _question(conn, post)
        assert question is not None  # the author's own, and not deleted
        return Question(post=post, outcome=question["outcome"] or "asked", turn=await self._submit(question))

    async def look(self) -> int:
        """How many questions were settled or taken up anew."""
        params = {"lost_before": self._clock.now() - LOST_AFTER, "limit": _AT_ONCE}
        async with db.connection(self._pool) as conn:
            due = await (await run(conn, "community_questions_due", params)).fetchall()
        done = 0
        for row in due:
            done += await (self._take_up(row["post_id"]) if row["lost"] else self._settle(row["post_id"]))
        return done

    async def _submit(self, question: DictRow) -> TurnView:
        student = Student(id=StudentId(question["asked_by"]), name=question["asker"])
        turn = TurnId(question["turn_id"])
        message = f"{question['title']}\n\n{question['body']}"[: self._chars_max]
        try:
            return await self._turns.submit(student, Ask(message=message, public=True), turn=turn)
        except Conflict:  # the post was edited since: the turn is about what it said then
            return await self._turns.get(student, turn)

    async def _take_up(self, post: str) -> int:
        async with db.connection(self._pool) as conn:
            question = await _question(conn, post)
        if question is None:
            return 0
        try:
            await self._submit(question)
        except DatabaseUnavailable:
            raise
        except LearnFlowError as error:
            _log.warning("community.not_asked", post=post, failure=error)
            return 0
        return 1

    async def _settle(self, post: str) -> int:
        """The comment, its notification and the mark are one transaction; a turn that failed may be asked for again."""
        async with db.transaction(self._pool) as conn:
            await run(conn, "community_lock", {"entry": post})  # before the question: as those do who delete a post
            row = await (await run(conn, "community_claim_question", {"post": post})).fetchone()
            if row is None:
                return 0
            now, answer = self._clock.now(), row["answer"] or {}
            if row["status"] == "failed":
                await run(conn, "community_forget_question", {"post": post})
                return 1
            shared = rules.is_for_others(answer) and row["deleted_at"] is None and row["hidden_at"] is None
            if shared:
                await _put(conn, row, answer, now)
            outcome = "answered" if shared else "private"
            await run(conn, "community_settle_question", {"post": post, "now": now, "outcome": outcome})
            return 1


async def _question(conn: Connection, post: str) -> DictRow | None:
    return await (await run(conn, "community_question", {"post": post})).fetchone()


async def _put(conn: Connection, row: DictRow, answer: Any, now: Any) -> None:
    params = {
        "entry": new_id(), "post": row["post_id"], "asked_by": row["asked_by"], "turn": row["turn_id"],
        "body": answer["reply"][: rules.ANSWER_CHARS_MAX], "citations": Jsonb(answer.get("citations", [])), "now": now,
    }  # fmt: skip
    made = await (await run(conn, "community_insert_answer", params)).fetchone()
    if made is None:
        return
    notice = Notice(
        key=reply_key(made["id"]), kind="reply", title="The tutor answered your question in the community",
        facts={"post": row["post_id"], "comment": made["id"]},
    )  # fmt: skip
    await publish(conn, [row["asked_by"]], notice, now)


def answering(tutor: TutorAnswers, *, every_s: float) -> AbstractAsyncContextManager[None]:
    """Answers become comments while the block lasts."""
    return at_work(tutor.look, every_s=every_s, broke=lambda error: _log.error("community.broke", failure=error))

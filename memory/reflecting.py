"""Has a language model reflect on a student's turns in the background, and keeps of it what the gate lets through.

A turn waits as a row in Postgres: nothing is lost when a process dies, and a lease lets another one go on; what was kept
before is kept once. Turns of a student that wait together are one call. It never delays a turn, and without a model, or
when one fails, what rules take down (memory/notes.py) is all.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from psycopg.rows import DictRow

from core import db
from core.clock import Clock
from core.ids import new_id
from core.log import logger
from core.ports import Entitlements, Student, StudentId, TurnId
from core.settings import MemorySettings
from core.telemetry import span
from core.workers import at_work
from memory.extraction import propose
from memory.gate import Said, may_be_read
from memory.store import StoredMemories

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_log = logger("memory")

TURNS_MAX = 8
"""Of one reflection, the newest."""
CHARS_MAX = 2_000
TRIES_MAX = 3
_LEASE = timedelta(minutes=5)
_AGAIN = timedelta(minutes=10)
_CALL_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A chat model for one reflection, and how many tokens it has used so far."""

    chat: "BaseChatModel"
    tokens: Callable[[], int]


class Reflector:
    """Looks at what is due when `look` is called. `voice` opens a model for each reflection."""

    def __init__(
        self, pool: db.Pool, clock: Clock, memories: StoredMemories, *, voice: Callable[[], Voice],
        entitlements: Entitlements, settings: MemorySettings,
    ) -> None:  # fmt: skip
        self._pool, self._clock, self._memories = pool, clock, memories
        self._voice, self._entitlements, self._settings = voice, entitlements, settings

    async def look(self) -> int:
        """1 when there was something due. Raises DatabaseUnavailable."""
        now, batch = self._clock.now(), new_id()
        async with db.connection(self._pool) as conn:
            params = {"now": now, "lease": now + _LEASE, "batch": batch}
            rows = await (await conn.execute(db.sql("memory/claim_reflection"), params)).fetchall()
        if not rows:
            return 0
        student = Student(id=StudentId(rows[0]["student_id"]), name=rows[0]["name"])
        with span("memory.reflect", batch=batch, turns=len(rows)):
            outcome = await self._refuse(student, rows) or await self._reflect(student, rows, batch)
        if outcome:
            await self._run("settle_reflection", batch=batch, outcome=outcome)
        return 1

    async def _refuse(self, student: Student, rows: Sequence[DictRow]) -> str | None:
        """Why these turns are not looked at; they never are, then."""
        if await self._memories.is_paused(student):
            return "paused"
        if rows[0]["calls"] >= self._settings.reflections_a_day:
            return "limit of the day"
        if not _said(rows):
            return "nothing to read"
        allowed = await self._entitlements.allow(student, "model_tokens")
        return None if allowed.allowed else "no allowance"

    async def _reflect(self, student: Student, rows: Sequence[DictRow], batch: str) -> str | None:
        """What came of it; None when it is to be tried again."""
        voice, said = self._voice(), _said(rows)
        await self._run("count_reflection", batch=batch, student=student.id)
        try:
            async with asyncio.timeout(_CALL_S):
                proposals = await propose(voice.chat, said, _replies(rows))
        except Exception as error:  # a model may fail in any way: the boundary to all of them
            _log.warning("memory.no_reflection", batch=batch, failure=error)
            return await self._put_off(rows, batch)
        finally:
            if tokens := voice.tokens():
                await self._entitlements.spend(student, "model_tokens", tokens, key=f"reflection:{batch}")
        passed = await self._memories.conclude(student, proposals, said)
        if passed.refused:
            _log.info("memory.refused", batch=batch, reasons=",".join(passed.refused))
        return f"kept {len(passed.notes)} of {len(proposals)}"

    async def _put_off(self, rows: Sequence[DictRow], batch: str) -> str | None:
        tries = max(row["tries"] for row in rows)
        if tries >= TRIES_MAX:
            return "the model failed"
        await self._run("postpone_reflection", batch=batch, due=self._clock.now() + _AGAIN * tries)
        return None

    async def _run(self, name: str, **params: object) -> None:
        async with db.connection(self._pool) as conn:
            await conn.execute(db.sql(f"memory/{name}"), {"now": self._clock.now(), **params})


def reflecting(reflector: Reflector, *, every_s: float) -> AbstractAsyncContextManager[None]:
    """Looks now and then while open; what is being looked at when it ends is left to its lease."""
    return at_work(reflector.look, every_s=every_s, broke=lambda error: _log.error("memory.broke", failure=error))


def _said(rows: Sequence[DictRow]) -> list[Said]:
    """The newest turns whose words a model may read, oldest first."""
    found = [
        Said(turn=TurnId(row["turn"]), words=row["message"][:CHARS_MAX], at=row["created_at"])
        for row in rows
        if row["message"] and row["message"].strip() and may_be_read(row["message"])
    ]
    return found[-TURNS_MAX:]


def _replies(rows: Sequence[DictRow]) -> dict[TurnId, str]:
    return {TurnId(row["turn"]): (row["reply"] or "")[:300] for row in rows}

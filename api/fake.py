"""Turns kept in memory that need neither model nor database: the contract of `core.ports.Turns`, for tests and benches."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from core import events
from core.clock import Clock, SystemClock
from core.errors import Conflict, Invalid, NotFound, QueueFull
from core.ids import new_id
from core.ports import (
    Ask,
    Event,
    Principal,
    Speaker,
    Student,
    StudentId,
    ThreadId,
    ThreadView,
    TurnId,
    TurnView,
)


@dataclass
class _Kept:
    owner: StudentId
    view: TurnView
    events: list[Event] = field(default_factory=list)
    more: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class _Thread:
    owner: StudentId
    view: ThreadView
    turns: list[TurnId] = field(default_factory=list)
    free: asyncio.Lock = field(default_factory=asyncio.Lock)


class FakeTurns:
    """Says `tokens` after `delay_s` each; `failure` ends turns with that problem, `apology` with that answer; `hold`
    keeps them running until `release`."""

    def __init__(
        self,
        *,
        tokens: Sequence[str] = ("A list ", "holds values."),
        delay_s: float = 0.0,
        failure: dict[str, object] | None = None,
        hold: bool = False,
        queued_max: int = 20,
        clock: Clock | None = None,
    ) -> None:
        self.tokens = tokens
        self.delay_s = delay_s
        self.failure = failure
        self.apology = ""
        self.hold = hold
        self.asked: list[Ask] = []
        self._queued_max = queued_max
        self._clock = clock or SystemClock()
        self._turns: dict[TurnId, _Kept] = {}
        self._threads: dict[ThreadId, _Thread] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def submit(
        self, student: Student, ask: Ask, *, thread: ThreadId | None = None, turn: TurnId | None = None
    ) -> TurnView:
        if turn is not None and turn in self._turns:
            kept = self._own(student, turn)
            if kept.view.ask != ask:
                raise Conflict("This turn id was used for another message.")
            return kept.view
        room = self._own_thread(student, thread or (await self.create_thread(student)).id)
        waiting = sum(self._turns[t].view.status in ("queued", "running") for t in room.turns)
        if waiting >= self._queued_max:
            raise QueueFull
        return self._accept(student, ask, room, turn or TurnId(new_id()), waiting)

    def _accept(self, student: Student, ask: Ask, room: _Thread, turn: TurnId, waiting: int) -> TurnView:
        view = TurnView(
            id=turn, thread=room.view.id, seq=len(room.turns) + 1, status="queued", ask=ask, answer=None,
            created_at=self._clock.now(), finished_at=None,
        )  # fmt: skip
        kept = self._turns[turn] = _Kept(owner=student.id, view=view)
        room.turns.append(turn)
        room.view = replace(room.view, turns=len(room.turns), updated_at=self._clock.now())
        self.asked.append(ask)
        self._tell(kept, events.accepted(turn=turn, thread=room.view.id, position=waiting))
        task = asyncio.get_running_loop().create_task(self._run(kept, room))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return view

    async def answer(
        self,
        teacher: Principal,
        student: Student,
        words: str,
        *,
        thread: ThreadId | None = None,
        turn: TurnId | None = None,
    ) -> TurnView:
        if not words.strip():
            raise Invalid("an answer needs words", field="words")
        own = [room.view.id for room in self._threads.values() if room.owner == student.id]
        place = thread if thread in own else (own[-1] if own else None)
        ask = Ask(message=words, teacher=Speaker(id=teacher.id, name=teacher.name, role=teacher.role))
        return await self.submit(student, ask, thread=place, turn=turn)

    async def follow(
        self, student: Student, thread: ThreadId, *, after: int | None = None, seconds: float
    ) -> AsyncIterator[TurnView]:
        room = self._own_thread(student, thread)
        seen = len(room.turns) if after is None else after
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    for turn in room.turns[seen:]:
                        yield await self.wait(student, turn)
                        seen += 1
                    await asyncio.sleep(0.01)

    async def _run(self, kept: _Kept, room: _Thread) -> None:
        async with room.free:
            kept.view = replace(kept.view, status="running")
            self._tell(kept, events.status("explanation", "Looking it up"))
            if self.hold:
                await kept.gate.wait()
            if teacher := kept.view.ask.teacher:
                self._tell(kept, events.teacher(name=teacher.name, role=teacher.role))
            for token in (kept.view.ask.message,) if teacher else self.tokens:
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                self._tell(kept, events.token(token))
            self._finish(kept)

    def _finish(self, kept: _Kept) -> None:
        now = self._clock.now()
        if self.failure is not None:
            kept.view = replace(kept.view, status="failed", finished_at=now)
            self._tell(kept, events.problem(self.failure))
            return
        answer: dict[str, Any] = {
            "reply": self.apology or self._reply(kept), "blocks": [], "citations": [], "intents": [kept.view.ask.intent or "concept"],
            "hint_level": None, "exercise": kept.view.ask.exercise, "mastery": [], "problems": [], "verified": {},
            "model": "fake", "usage": {},
        }  # fmt: skip
        if teacher := kept.view.ask.teacher:
            answer["author"] = {"name": teacher.name, "role": teacher.role.value}
        status: Literal["done", "failed"] = "failed" if self.apology else "done"
        kept.view = replace(kept.view, status=status, answer=answer, finished_at=now)
        self._tell(kept, events.done(turn=kept.view.id, answer=answer))

    def _reply(self, kept: _Kept) -> str:
        return kept.view.ask.message if kept.view.ask.teacher else "".join(self.tokens)

    def _tell(self, kept: _Kept, event: Event) -> None:
        kept.events.append({**event, "seq": len(kept.events) + 1})
        kept.more.set()
        kept.more = asyncio.Event()

    async def events(self, student: Student, turn: TurnId, *, after: int = 0) -> AsyncIterator[Event]:
        kept = self._own(student, turn)
        at = after
        while True:
            more = kept.more
            for event in kept.events[at:]:
                at += 1
                yield event
            if kept.view.status in ("done", "failed") and at >= len(kept.events):
                return
            if at >= len(kept.events):
                await more.wait()

    async def wait(self, student: Student, turn: TurnId, *, timeout_s: float | None = None) -> TurnView:
        kept = self._own(student, turn)
        try:
            async with asyncio.timeout(timeout_s):
                while kept.view.status in ("queued", "running"):
                    await kept.more.wait()
        except TimeoutError:
            pass
        return kept.view

    async def get(self, student: Student, turn: TurnId) -> TurnView:
        return self._own(student, turn).view

    def release(self) -> None:
        """Let held turns go on."""
        for kept in self._turns.values():
            kept.gate.set()

    async def create_thread(self, student: Student, title: str = "") -> ThreadView:
        now = self._clock.now()
        view = ThreadView(id=ThreadId(new_id()), title=title, turns=0, created_at=now, updated_at=now)
        self._threads[view.id] = _Thread(owner=student.id, view=view)
        return view

    async def list_threads(
        self, student: Student, *, limit: int = 50, cursor: str | None = None
    ) -> tuple[list[ThreadView], str | None]:
        own = [room.view for room in reversed(self._threads.values()) if room.owner == student.id]
        if cursor and not cursor.isdecimal():
            raise Invalid("This cursor does not come from here.")
        at = int(cursor or 0)
        following = str(at + limit) if at + limit < len(own) else None
        return own[at : at + limit], following

    async def read_thread(
        self, student: Student, thread: ThreadId, *, before: int | None = None, limit: int = 50
    ) -> list[TurnView]:
        views = [self._turns[turn].view for turn in self._own_thread(student, thread).turns]
        return [view for view in views if before is None or view.seq < before][-limit:]

    async def delete_thread(self, student: Student, thread: ThreadId) -> None:
        for turn in self._own_thread(student, thread).turns:
            del self._turns[turn]
        del self._threads[thread]

    def _own(self, student: Student, turn: TurnId) -> _Kept:
        kept = self._turns.get(turn)
        if kept is None or kept.owner != student.id:
            raise NotFound("There is no such turn.")
        return kept

    def _own_thread(self, student: Student, thread: ThreadId) -> _Thread:
        room = self._threads.get(thread)
        if room is None or room.owner != student.id:
            raise NotFound("There is no such conversation.")
        return room

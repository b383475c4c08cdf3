"""A turn from the moment it is accepted to the moment it is answered, whatever dies in between.

A turn is a row before anything is done for it. One turn a thread runs, under a lease that its process renews; the rest
wait in order. It runs detached from the request that brought it, resumes from its thread's checkpoint when another
process takes it over, and ends in one statement that also frees the thread.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import orjson
from langgraph.types import Command
from psycopg.errors import ForeignKeyViolation, UniqueViolation

from agents.turn import Answer, AskState, Context, Message, Turn
from core import events, metrics
from core.db import Pool, connection, sql, transaction
from core.errors import Conflict, DatabaseUnavailable, Invalid, LeaseLost, NotFound, QueueFull
from core.ids import new_id
from core.log import logger
from core.ports import (
    Ask,
    Event,
    ExerciseId,
    Principal,
    Role,
    Speaker,
    Student,
    StudentId,
    ThreadId,
    ThreadView,
    TurnId,
    TurnView,
    UserId,
)
from core.settings import TurnSettings
from core.telemetry import span
from graphs.checkpoints import FENCE, Fence, ThreadSaver
from graphs.guard import plain_answer
from graphs.stream import Hub, Live
from graphs.summary import fold
from graphs.tutor import Tutor

_log = logger("graphs")

RUNNING_MAX = 12  # more at once would only take turns on one core
_TRIES_MAX = 5  # a turn that took its process down this often is answered with an apology
_POLL_S = 0.25  # how often a turn that runs in another process is looked up
_YIELD_S = 0.25
_FOLLOW_S = 1.0  # how often who follows a conversation is told what ended
_FOLLOWED_MAX = 50  # turns at one look
_INTERRUPT = "__interrupt__"
_LOST_S = 120.0  # how long a watcher waits for a turn that nobody seems to run


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to run one turn."""

    turn: TurnId
    thread: ThreadId
    seq: int
    fence: int
    student: Student
    ask: Ask
    tries: int
    summary: str


class Doorway:
    """Who is coming in goes before who is being served: in a rush every student first hears that they were heard."""

    def __init__(self) -> None:
        self._entering = 0
        self._cleared = asyncio.Event()
        self._cleared.set()

    def __enter__(self) -> None:
        self._entering += 1
        self._cleared.clear()

    def __exit__(self, *_: object) -> None:
        self._entering -= 1
        if not self._entering:
            self._cleared.set()

    async def clear(self) -> None:
        """Until nobody is coming in, or for _YIELD_S at most, so that a stream of newcomers starves nobody."""
        if self._entering:
            with suppress(TimeoutError):
                async with asyncio.timeout(_YIELD_S):
                    await self._cleared.wait()


MakeContext = Callable[[Claim, Sequence[Message], Callable[[Event], None]], AbstractAsyncContextManager[Context]]
"""Open while the graph runs."""


class TurnRunner:
    """core.ports.Turns over Postgres; open it with `open_turns`."""

    def __init__(self, pool: Pool, tutor: Tutor, make_context: MakeContext, settings: TurnSettings) -> None:
        self._pool = pool
        self._tutor = tutor
        self._make_context = make_context
        self._settings = settings
        self._owner = new_id()
        self._hub = Hub()
        self._running: dict[ThreadId, TurnId] = {}
        self._doorway = Doorway()
        self._running_max = settings.running_max or RUNNING_MAX
        self._slots = asyncio.Semaphore(self._running_max)
        self._tasks: asyncio.TaskGroup | None = None
        self._turn_tasks: set[asyncio.Task[None]] = set()
        self._stopped = False
        self._lease = timedelta(seconds=settings.lease_s)

    # --- what a student asks for ---------------------------------------------------------------------------------

    async def submit(
        self, student: Student, ask: Ask, *, thread: ThreadId | None = None, turn: TurnId | None = None
    ) -> TurnView:
        turn = turn or TurnId(new_id())
        try:
            with self._doorway:
                row = await self._accept(student, ask, thread, turn)
        except UniqueViolation:
            return await self._same_turn(student, ask, turn)
        except ForeignKeyViolation as error:
            raise NotFound("there is no such student", student=student.id) from error
        thread = row["thread_id"]
        live = self._hub.open(turn, student.id)
        live.say(events.accepted(turn=turn, thread=thread, position=row["position"]))
        if row["mine"]:
            self._start(
                Claim(
                    turn=turn,
                    thread=thread,
                    seq=row["seq"],
                    fence=row["fence"],
                    student=student,
                    ask=ask,
                    tries=1,
                    summary=row["summary"],
                )
            )
        return TurnView(
            id=turn,
            thread=thread,
            seq=row["seq"],
            status="running" if row["mine"] else "queued",
            ask=ask,
            answer=None,
            created_at=row["created_at"],
            finished_at=None,
        )

    async def _accept(self, student: Student, ask: Ask, thread: ThreadId | None, turn: TurnId) -> dict[str, Any]:
        arguments = {
            "turn": turn,
            "thread": thread or ThreadId(new_id()),
            "student": student.id,
            "owner": self._owner,
            "lease": self._lease,
            "ask": _dump(asdict(ask)),
            "title": (ask.teacher.name if ask.teacher else ask.message.strip().partition("\n")[0])[:80],
            "queued_max": self._settings.queued_max + 1,
        }
        statement = "graphs/accept" if thread else "graphs/accept_first"
        async with connection(self._pool) as conn:
            row = await (await conn.execute(sql(statement), arguments)).fetchone()
            if row is not None:
                return {**row, "thread_id": arguments["thread"]}
            known = await (await conn.execute(sql("graphs/find_turn"), arguments)).fetchone()
            if known is not None:
                raise UniqueViolation
            state = await (await conn.execute(sql("graphs/thread_state"), arguments)).fetchone()
        if state is None:
            raise NotFound("there is no such conversation", thread=thread)
        raise QueueFull(thread=thread, waiting=state["waiting"], retry_after_s=2.0)

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
        ask = Ask(message=words, teacher=Speaker(id=teacher.id, name=teacher.name, role=teacher.role))
        return await self.submit(student, ask, thread=await self._thread_for(student, thread), turn=turn)

    async def _thread_for(self, student: Student, wanted: ThreadId | None) -> ThreadId | None:
        arguments = {"student": student.id, "wanted": wanted}
        async with connection(self._pool) as conn:
            row = await (await conn.execute(sql("graphs/thread_for_answer"), arguments)).fetchone()
        return row["id"] if row else None

    async def _same_turn(self, student: Student, ask: Ask, turn: TurnId) -> TurnView:
        view = await self.get(student, turn)
        if view.ask != ask:
            raise Conflict("this turn id was used for another message", turn=turn)
        return view

    async def get(self, student: Student, turn: TurnId) -> TurnView:
        async with connection(self._pool) as conn:
            arguments = {"turn": turn, "student": student.id}
            row = await (await conn.execute(sql("graphs/find_turn"), arguments)).fetchone()
        if row is None:
            raise NotFound("there is no such turn", turn=turn)
        return _turn_view(row)

    async def events(self, student: Student, turn: TurnId, *, after: int = 0) -> AsyncIterator[Event]:
        live = self._hub.find(turn, student.id) or await self._recall(student, turn)
        position, silent_s = max(0, after), 0.0
        while True:
            while position < len(live.events):
                position += 1
                yield live.events[position - 1]
            if live.ended:
                if position > len(live.events):  # the watcher saw another process's longer stream
                    yield {**live.events[-1], "seq": position + 1}
                return
            if await live.changed(3600.0 if live.running_here else _POLL_S):
                silent_s = 0.0
                continue
            silent_s += _POLL_S
            await self._look(live, student, turn, silent_s)

    async def _recall(self, student: Student, turn: TurnId) -> Live:
        view = await self.get(student, turn)
        live = self._hub.open(turn, student.id)
        if not live.events:
            live.say(events.accepted(turn=turn, thread=view.thread, position=0))
            self._replay(live, view)
        return live

    async def _look(self, live: Live, student: Student, turn: TurnId, silent_s: float) -> None:
        """Ask the database about a turn that does not run here."""
        try:
            self._replay(live, await self.get(student, turn))
        except DatabaseUnavailable as error:
            if silent_s > _LOST_S and not live.ended:
                live.say(events.problem({"title": error.message, "error": "DatabaseUnavailable"}))

    def _replay(self, live: Live, view: TurnView) -> None:
        if view.status not in ("done", "failed") or live.ended or view.answer is None:
            return
        answer = view.answer
        if not any(event["type"] == "token" for event in live.events):
            if author := answer.get("author"):
                live.say(events.teacher(**author))
            live.say(events.token(answer["reply"]))
            for citation in answer["citations"]:
                live.say(events.citation(citation))
            for change in answer["mastery"]:
                live.say(events.mastery(**change))
            for earned in answer.get("achievements", []):
                live.say(events.achievement(**earned))
        live.say(events.done(turn=view.id, answer=answer))

    async def wait(self, student: Student, turn: TurnId, *, timeout_s: float | None = None) -> TurnView:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                async for _ in self.events(student, turn):
                    pass
        return await self.get(student, turn)

    async def create_thread(self, student: Student, title: str = "") -> ThreadView:
        arguments = {"thread": new_id(), "student": student.id, "title": title[:80]}
        async with connection(self._pool) as conn:
            row = await (await conn.execute(sql("graphs/create_thread"), arguments)).fetchone()
        assert row is not None
        return ThreadView(**row)

    async def list_threads(
        self, student: Student, *, limit: int = 50, cursor: str | None = None
    ) -> tuple[list[ThreadView], str | None]:
        arguments = {"student": student.id, "cursor": cursor, "limit": limit + 1}
        async with connection(self._pool) as conn:
            rows = await (await conn.execute(sql("graphs/list_threads"), arguments)).fetchall()
        views = [ThreadView(**row) for row in rows[:limit]]
        return views, views[-1].id if len(rows) > limit else None

    async def read_thread(
        self, student: Student, thread: ThreadId, *, before: int | None = None, limit: int = 50
    ) -> list[TurnView]:
        arguments = {"thread": thread, "student": student.id, "before": before or 2**62, "limit": limit}
        async with connection(self._pool) as conn:
            rows = await (await conn.execute(sql("graphs/read_thread"), arguments)).fetchall()
            found = rows or await (await conn.execute(sql("graphs/get_thread"), arguments)).fetchone()
        if not found:
            raise NotFound("there is no such conversation", thread=thread)
        return [_turn_view(row) for row in reversed(rows)]

    async def follow(
        self, student: Student, thread: ThreadId, *, after: int | None = None, seconds: float
    ) -> AsyncIterator[TurnView]:
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        if after is None:
            after = max((view.seq for view in await self.read_thread(student, thread, limit=1)), default=0)
        while clock() < until:
            arguments = {"thread": thread, "student": student.id, "after": after, "limit": _FOLLOWED_MAX}
            async with connection(self._pool) as conn:
                rows = await (await conn.execute(sql("graphs/ended_after"), arguments)).fetchall()
            for row in rows:
                after = int(row["seq"])
                yield _turn_view(row)
            if not rows:
                await self.read_thread(student, thread, limit=1)  # raises when it was deleted meanwhile
                await asyncio.sleep(_FOLLOW_S)

    async def delete_thread(self, student: Student, thread: ThreadId) -> None:
        async with connection(self._pool) as conn:
            arguments = {"thread": thread, "student": student.id}
            row = await (await conn.execute(sql("graphs/delete_thread"), arguments)).fetchone()
        if row is None:
            raise NotFound("there is no such conversation", thread=thread)
        for turn in row["turns"]:
            self._hub.drop(turn)

    # --- running --------------------------------------------------------------------------------------------------

    def _start(self, claim: Claim) -> None:
        if self._tasks is None:
            raise LeaseLost("this process is shutting down", turn=claim.turn)
        self._running[claim.thread] = claim.turn
        live = self._hub.open(claim.turn, claim.student.id)
        live.running_here = True
        task = self._tasks.create_task(self._run(claim, live))
        self._turn_tasks.add(task)
        task.add_done_callback(self._turn_tasks.discard)

    async def _run(self, claim: Claim, live: Live) -> None:
        try:
            await self._doorway.clear()
            async with self._slots:
                FENCE.set(Fence(claim.thread, claim.fence, fresh=claim.seq == 1 and claim.tries == 1))
                with span("graphs.turn", turn=claim.turn, thread=claim.thread, seq=claim.seq, tries=claim.tries):
                    waiting = await self._answer(claim, live)
        except LeaseLost:
            _log.warning("graphs.lease_lost", turn=claim.turn)
            return
        except DatabaseUnavailable:
            _log.warning("graphs.database_lost", turn=claim.turn)
            live.say(
                events.status("waiting", "The database does not answer; your message is kept and will be answered")
            )
            return
        except Exception as error:  # the outermost loop of a turn: the sweep takes it up again, up to _TRIES_MAX
            _log.error("graphs.turn_broke", turn=claim.turn, failure=error)
            return
        finally:
            live.running_here = False
            if self._running.get(claim.thread) == claim.turn:
                del self._running[claim.thread]
        if waiting:
            await self._next(claim.thread)

    async def _answer(self, claim: Claim, live: Live) -> int:
        window = await self._window(claim)
        if claim.tries > _TRIES_MAX:
            answer = plain_answer({}, ["This message kept failing, so I stopped trying. Please put it another way."])
            return await self._finish(claim, live, answer, window, status="failed")
        if claim.tries > 1:
            live.say(events.resumed())
        messages = [message for turn in reversed(window) for message in _messages(turn)]
        async with self._make_context(claim, messages, live.say) as context:
            final = await self._tutor.ainvoke(
                await self._begin(claim),
                {"configurable": {"thread_id": claim.thread}, "recursion_limit": 100},
                context=context,
                durability="sync" if self._settings.durability == "node" else "exit",
            )
        return await self._finish(claim, live, final["answer"], window)

    async def _begin(self, claim: Claim) -> Turn | Command[Any] | None:
        """What the graph is called with: nothing when this turn has begun before; a person's words as what a waiting thread
        is resumed with, if it still waits; else the message, from the start."""
        if claim.tries == 1 and claim.ask.teacher is None:
            return _input(claim)
        assert isinstance(self._tutor.checkpointer, ThreadSaver)
        saved = await self._tutor.checkpointer.aget_tuple({"configurable": {"thread_id": claim.thread}})
        if saved is not None and saved.checkpoint["channel_values"].get("turn") == claim.turn:
            return None
        waits = saved is not None and any(channel == _INTERRUPT for _, channel, _ in saved.pending_writes or ())
        return Command(resume=_ask_state(claim.ask)) if waits and claim.ask.teacher else _input(claim)

    async def _window(self, claim: Claim) -> list[dict[str, Any]]:
        """The last turns before this one, newest first."""
        if claim.seq == 1:
            return []
        arguments = {"thread": claim.thread, "before": claim.seq, "limit": self._settings.window}
        async with connection(self._pool) as conn:
            return await (await conn.execute(sql("graphs/window"), arguments)).fetchall()

    async def _finish(
        self, claim: Claim, live: Live, answer: Answer, window: list[dict[str, Any]], status: str = "done"
    ) -> int:
        full = len(window) == self._settings.window
        arguments = {
            "thread": claim.thread,
            "turn": claim.turn,
            "fence": claim.fence,
            "status": status,
            "answer": _dump(answer),
            "summary": fold(claim.summary, window[-1]["ask"], window[-1]["answer"]) if full else None,
        }
        async with connection(self._pool) as conn:
            row = await (await conn.execute(sql("graphs/finish"), arguments)).fetchone()
        if row is None:
            raise LeaseLost(turn=claim.turn)
        live.say(events.done(turn=claim.turn, answer=answer))
        intent = next(iter(answer["intents"]), "none")
        metrics.TURNS.add(intent=intent, outcome=status)
        metrics.TURN_SECONDS.observe((row["finished_at"] - row["created_at"]).total_seconds(), intent=intent)
        return int(row["waiting"])

    async def _next(self, thread: ThreadId) -> None:
        """Claim and start the thread's next waiting turn, if there is one and nobody else did."""
        if self._tasks is None:
            return  # another process's sweep finds it
        arguments = {"thread": thread, "owner": self._owner, "lease": self._lease}
        try:
            async with transaction(self._pool) as conn:
                if await (await conn.execute(sql("graphs/lock_idle"), arguments)).fetchone() is None:
                    return
                row = await (await conn.execute(sql("graphs/claim_next"), arguments)).fetchone()
        except DatabaseUnavailable:
            return  # the sweep finds it
        if row is not None:
            self._start(_claim({**row, "thread_id": thread, "tries": 1}))

    # --- keeping turns alive ----------------------------------------------------------------------------------------

    async def _renew(self) -> None:
        """Tell the database, to the end, that this process still runs its turns."""
        while not self._stopped:
            await asyncio.sleep(self._settings.lease_s / 4)
            if self._running:
                arguments = {"threads": list(self._running), "owner": self._owner, "lease": self._lease}
                with suppress(DatabaseUnavailable):
                    async with connection(self._pool) as conn:
                        await conn.execute(sql("graphs/renew"), arguments)

    async def _sweep(self) -> None:
        """To the end take over what other processes left behind."""
        while not self._stopped:
            with suppress(DatabaseUnavailable):
                await self._sweep_once()
            await asyncio.sleep(min(1.0, self._settings.lease_s / 4))

    async def _sweep_once(self) -> None:
        free = self._running_max - len(self._running)
        if free <= 0 or self._tasks is None:
            return
        arguments = {"owner": self._owner, "lease": self._lease, "limit": free, "mine": list(self._running)}
        async with connection(self._pool) as conn:
            lost = await (await conn.execute(sql("graphs/take_over"), arguments)).fetchall()
            idle = await (await conn.execute(sql("graphs/find_idle"), arguments)).fetchall()
        for row in lost:
            _log.info("graphs.taken_over", turn=row["id"], tries=row["tries"])
            self._start(_claim(row))
        for row in idle:
            await self._next(row["id"])

    @asynccontextmanager
    async def running(self) -> AsyncIterator["TurnRunner"]:
        """Run turns while the block lasts; at its end what runs is left for the next process to take over."""
        async with asyncio.TaskGroup() as self._tasks:
            keepers = [self._tasks.create_task(self._renew()), self._tasks.create_task(self._sweep())]
            try:
                yield self
            finally:
                self._tasks = None
                await self._wind_down()
                # a flag beside the cancellation: psycopg can turn one that hits a query into an error of the database
                self._stopped = True
                for task in keepers:
                    task.cancel()

    async def _wind_down(self) -> None:
        """Let what runs come to its end for a moment; the rest is another process's at once."""
        turns = [*self._turn_tasks]
        if turns:
            _, late = await asyncio.wait(turns, timeout=self._settings.stop_s)
            for task in late:
                task.cancel()
        with suppress(DatabaseUnavailable):
            async with connection(self._pool) as conn:
                await conn.execute(sql("graphs/release"), {"owner": self._owner})


@asynccontextmanager
async def open_turns(
    pool: Pool, tutor: Tutor, make_context: MakeContext, settings: TurnSettings
) -> AsyncIterator[TurnRunner]:
    """core.ports.Turns, running while the block lasts. `tutor` is compiled with a ThreadSaver."""
    async with TurnRunner(pool, tutor, make_context, settings).running() as turns:
        yield turns


def _input(claim: Claim) -> Turn:
    return {
        "turn": claim.turn,
        "ask": _ask_state(claim.ask),
        "passages": [],
        "plan": [],
        "evidence": [],
        "problems": [],
        "answer": {},  # type: ignore[typeddict-item]
    }


def _ask_state(ask: Ask) -> AskState:
    state: AskState = {
        "message": ask.message, "code": ask.code, "error": ask.error, "exercise": ask.exercise, "intent": ask.intent,
        "submission": ask.submission,
    }  # fmt: skip
    if ask.public:
        state["public"] = True
    if ask.teacher:
        state["teacher"] = {"name": ask.teacher.name, "role": ask.teacher.role.value}
    return state


def _messages(turn: Mapping[str, Any]) -> list[Message]:
    if turn["ask"].get("teacher"):
        return [Message(author="teacher", body=turn["ask"]["message"])]
    asked = Message(author="student", body=turn["ask"]["message"])
    answered = Message(author="tutor", body=(turn["answer"] or {}).get("reply", ""))
    return [asked, answered]


def _claim(row: Mapping[str, Any]) -> Claim:
    return Claim(
        turn=row["id"],
        thread=row["thread_id"],
        seq=row["seq"],
        fence=row["fence"],
        student=Student(id=StudentId(row["student_id"]), name=row["student_name"]),
        ask=_ask(row["ask"]),
        tries=row["tries"],
        summary=row["summary"],
    )


def _ask(stored: Mapping[str, Any]) -> Ask:
    exercise, teacher = stored["exercise"], stored.get("teacher")
    return Ask(
        **{
            **stored,
            "exercise": exercise and ExerciseId(exercise),
            "teacher": teacher and Speaker(id=UserId(teacher["id"]), name=teacher["name"], role=Role(teacher["role"])),
        }
    )


def _turn_view(row: Mapping[str, Any]) -> TurnView:
    return TurnView(
        id=row["id"],
        thread=row["thread_id"],
        seq=row["seq"],
        status=row["status"],
        ask=_ask(row["ask"]),
        answer=row["answer"],
        created_at=row["created_at"],
        finished_at=row["finished_at"],
    )


def _dump(value: Any) -> str:
    try:
        dumped = orjson.dumps(value)
    except TypeError as error:  # lone surrogates, which no JSON can hold
        raise Invalid("the message holds characters that are not valid Unicode") from error
    if b"\\u0000" in dumped:
        raise Invalid("the message holds a NUL character")
    return dumped.decode()

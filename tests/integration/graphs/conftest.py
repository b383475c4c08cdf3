"""A tutor of trivial nodes over a real Postgres: what a turn is, without what any agent does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from agents import teacher
from agents.models.port import Usage
from agents.spec import Spec
from agents.turn import Budget, Context, Turn
from core import db, events
from core.clock import SystemClock
from core.ports import Student, StudentId
from core.settings import DatabaseSettings, TurnSettings
from graphs.checkpoints import ThreadSaver
from graphs.turns import Claim, TurnRunner, open_turns
from graphs.tutor import build_tutor

Before = Callable[[str, Turn], Awaitable[None]]


def trivial_specs(before: Before) -> dict[str, Spec]:
    """Five nodes that add a letter to the answer, and the real one for a teacher's words; `before(node, state)` runs at the start of each."""

    def make(name: str, stage: str) -> Spec:
        async def node(state: Turn, *, runtime: Any) -> Turn:
            await before(name, state)
            match name:
                case "triage":
                    return {"plan": [{"agent": "explanation", "intent": "concept", "focus": ""}]}
                case "explanation":
                    runtime.context.say(events.token("answer to " + state["ask"]["message"]))
                    return {"evidence": [_evidence(state)], "desk": {"program": state["ask"]["message"]}}
                case "verification":
                    return {"answer": _answer(state)}
            return {}

        return Spec(name=name, doing=f"doing {name}", node=node, stage=stage)

    return {
        "retrieval": make("retrieval", "before"),
        "triage": make("triage", "before"),
        "explanation": make("explanation", "plan"),
        "verification": make("verification", "after"),
        "progress": make("progress", "after"),
        "teacher": watched(teacher.SPEC, before),
    }


def watched(spec: Spec, before: Before) -> Spec:
    async def node(state: Turn, *, runtime: Any) -> Turn:
        await before(spec.name, state)
        return await spec.node(state, runtime=runtime)

    return replace(spec, node=node)


def _evidence(state: Turn) -> Any:
    return {"agent": "explanation", "intent": "concept", "facts": {}, "draft": [], "citations": [], "missing": []}


def _answer(state: Turn) -> Any:
    return {
        "reply": "answer to " + state["ask"]["message"], "blocks": [], "citations": [], "intents": ["concept"],
        "hint_level": None, "exercise": None, "mastery": [], "problems": [], "verified": {}, "model": "offline", "usage": {},
    }  # fmt: skip


@asynccontextmanager
async def make_context(claim: Claim, window: Any, say: Any) -> AsyncIterator[Context]:
    clock = SystemClock()
    nothing: Any = None
    yield Context(
        student=claim.student, thread=claim.thread, turn=claim.turn, window=window, summary=claim.summary,
        course=nothing, sandbox=nothing, mathematics=nothing, records=nothing, entitlements=nothing, memories=nothing,
        models={}, clock=clock, budget=Budget(clock=clock, seconds=30, steps=20, tokens=1000), usage=Usage(), say=say,
    )  # fmt: skip


@pytest_asyncio.fixture
async def student(pool: db.Pool) -> Student:
    async with db.connection(pool) as conn:
        await conn.execute(
            "insert into users (id, email, name, role) values ('s1', 's1@example.org', 'Sam', 'student')"
        )
        await conn.execute(
            "insert into users (id, email, name, role) values ('s2', 's2@example.org', 'Sue', 'student')"
        )
    return Student(id=StudentId("s1"), name="Sam")


@pytest.fixture
def turn_settings() -> TurnSettings:
    return TurnSettings(lease_s=1.0, stop_s=0.2)


async def nothing(node: str, state: Turn) -> None:
    """A node that starts at once."""


OpenRunner = Callable[..., Awaitable[TurnRunner]]


@pytest_asyncio.fixture
async def open_runner(database_url: str, turn_settings: TurnSettings) -> AsyncIterator[OpenRunner]:
    """Opens a runner as one server process would have; each call is another process to the database."""
    async with AsyncExitStack() as stack:

        async def open_one(before: Before = nothing, settings: TurnSettings = turn_settings) -> TurnRunner:
            pool = await stack.enter_async_context(db.open_pool(database_url, DatabaseSettings()))
            tutor = build_tutor(ThreadSaver(pool), specs=trivial_specs(before))
            return await stack.enter_async_context(open_turns(pool, tutor, make_context, settings))

        yield open_one
        await asyncio.sleep(0)

"""The runtime with trivial nodes: seven of them, as `bench.bare` has, behind the real HTTP edge, accounts and queue.

`python -m bench.trivial DATABASE_URL DURABILITY STUDENTS TOKENS` serves on a free port, having printed one JSON line:
port, pid and an access token a student.
"""

import asyncio
import json
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import MISSING, fields
from typing import Any

import uvicorn
import uvloop

from accounts.access import AccessTokens
from accounts.keys import Key
from agents.models.port import Usage
from agents.spec import Spec
from agents.turn import Budget, Context, Turn
from api.app import build_app
from api.services import Services
from core import db, events
from core.clock import SystemClock
from core.ports import Principal, Role, UserId
from core.settings import ApiSettings, DatabaseSettings, TurnSettings
from graphs.checkpoints import ThreadSaver
from graphs.turns import open_turns
from graphs.tutor import build_tutor

_EVIDENCE: Any = {"agent": "one", "intent": "concept", "facts": {}, "draft": [], "citations": [], "missing": []}
_ANSWER: Any = {
    "reply": "hello", "blocks": [], "citations": [], "intents": ["concept"], "hint_level": None, "exercise": None,
    "mastery": [], "problems": [], "verified": {}, "model": "offline", "usage": {},
}  # fmt: skip
_PLAN: Any = [{"agent": name, "intent": "concept", "focus": ""} for name in ("one", "two", "three")]


def trivial_specs(tokens: int) -> dict[str, Spec]:
    """before: 2, plan: 3, after: 2; the last says `tokens` tokens."""

    def make(name: str, stage: str, update: Turn) -> Spec:
        async def node(state: Turn, *, runtime: Any) -> Turn:
            if name == "verification":
                for _ in range(tokens):
                    runtime.context.say(events.token("hello "))
                    await asyncio.sleep(0)
            return update

        return Spec(name=name, doing="Working", node=node, stage=stage)

    return {
        "triage": make("triage", "before", {"plan": _PLAN}),
        "retrieval": make("retrieval", "before", {}),
        "one": make("one", "plan", {"evidence": [_EVIDENCE]}),
        "two": make("two", "plan", {"evidence": [_EVIDENCE] * 2}),
        "three": make("three", "plan", {"evidence": [_EVIDENCE] * 3}),
        "verification": make("verification", "after", {"answer": _ANSWER}),
        "progress": make("progress", "after", {}),
    }


@asynccontextmanager
async def make_context(claim: Any, window: Any, say: Any) -> AsyncIterator[Context]:
    clock = SystemClock()
    nothing: Any = None
    yield Context(
        student=claim.student, thread=claim.thread, turn=claim.turn, window=window, summary=claim.summary,
        course=nothing, sandbox=nothing, mathematics=nothing, records=nothing, entitlements=nothing, memories=nothing,
        models={}, clock=clock, budget=Budget(clock=clock, seconds=30, steps=20, tokens=1000), usage=Usage(), say=say,
    )  # fmt: skip


async def serve(url: str, durability: Any, students: int, tokens: int) -> None:
    await db.migrate(url)
    key = Key(secrets.token_bytes(32))
    access = AccessTokens(key, SystemClock(), minutes=120)
    async with (
        db.open_pool(url, DatabaseSettings(pool_min=20)) as pool,
        db.open_pool(url, DatabaseSettings(pool_min=10, pool_max=10), durable=False) as quick,
    ):
        async with db.connection(pool) as conn:
            people = [(f"s{n}", f"s{n}@example.org", f"Student {n}") for n in range(students)]
            async with conn.cursor() as cursor:
                await cursor.executemany(
                    "insert into users (id, email, name, role) values (%s, %s, %s, 'student') on conflict do nothing",
                    people,
                )
        signed = [access.issue(Principal(id=UserId(i), role=Role.STUDENT, name=name)) for i, _, name in people]
        tutor = build_tutor(ThreadSaver(quick), specs=trivial_specs(tokens))
        async with open_turns(
            pool,
            tutor,
            make_context,
            TurnSettings(durability=durability),
        ) as turns:
            app = build_app(_services(turns, access))
            listener = socket.socket()
            listener.bind(("127.0.0.1", 0))
            listener.listen(1024)
            print(json.dumps({"port": listener.getsockname()[1], "pid": os.getpid(), "tokens": signed}), flush=True)
            config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False)
            await uvicorn.Server(config).serve(sockets=[listener])


class _Privacy:
    """Nobody is limited."""

    @property
    def guardians(self) -> "_Privacy":
        return self

    async def admit(self, who: Principal) -> None:
        pass


def _services(turns: Any, access: AccessTokens) -> Services:
    limits = ApiSettings(turns_per_minute=10**6, requests_per_minute=10**6, address_requests_per_minute=10**6)
    absent: dict[str, Any] = {
        one.name: None for one in fields(Services) if one.default is one.default_factory is MISSING
    }
    return Services(**absent | {"settings": limits, "turns": turns, "sign_in": _SignIn(access), "privacy": _Privacy()})


class _SignIn:
    def __init__(self, access: AccessTokens) -> None:
        self._access = access

    async def identify(self, token: str) -> Principal:
        return self._access.verify(token)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))

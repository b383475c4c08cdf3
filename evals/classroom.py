"""The whole tutor, opened as the server opens it, on a database of the run's own: students who come and talk."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
from pydantic import SecretStr

import server
from agents.spec import Spec, load_specs
from agents.turn import Turn
from core import db
from core.errors import DatabaseUnavailable
from core.ids import new_id
from core.ports import (
    Ask,
    Attempt,
    Course,
    Event,
    Exercise,
    ExerciseId,
    Student,
    StudentId,
    ThreadId,
    TurnId,
)
from core.settings import BillingSettings, ExperimentSettings, Settings
from evals.task import OnProgress
from learning.made import WidenedCourse

TURN_S_MAX = 60.0
_LEASE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A turn as it was seen: every event of it, with the milliseconds to the first that shows something and to the end;
    and `steps`, what each agent found, in the order they ended."""

    ask: Ask
    answer: Mapping[str, Any]
    events: tuple[Event, ...]
    first_ms: float
    ms: float
    steps: tuple[Mapping[str, Any], ...] = ()

    @property
    def reply(self) -> str:
        return str(self.answer.get("reply", ""))

    @property
    def trace(self) -> dict[str, Any]:
        """All of it, to be kept with the case."""
        asked = {key: value for key, value in asdict(self.ask).items() if value not in (None, False)}
        return {"ask": asked, "steps": list(self.steps), "answer": self.answer, "events": list(self.events),
                "first_ms": round(self.first_ms, 2), "ms": round(self.ms, 2)}  # fmt: skip


class Classroom:
    """Students of a run; each begins with nothing known of them."""

    def __init__(self, resources: server.Resources, course: Course, steps: dict[TurnId, list[dict[str, Any]]]) -> None:
        self.resources = resources
        self.course = course
        self._steps = steps

    async def add_student(self) -> Student:
        name = new_id()
        async with db.connection(self.resources.pool) as conn:
            await conn.execute(
                db.sql("accounts/add_person"),
                {"id": name, "email": f"{name}@evaluation.invalid", "name": "Sam", "role": "student", "password_hash": "none",
                 "by": "evals", "now": self.resources.clock.now()},
            )  # fmt: skip
        return Student(id=StudentId(name), name="Sam")

    async def say(self, student: Student, ask: Ask, thread: ThreadId | None = None) -> tuple[Said, ThreadId]:
        """Raises TimeoutError when a turn does not end."""
        began = time.perf_counter()
        view = await self.resources.turns.submit(student, ask, thread=thread)
        events: list[Event] = []
        first = 0.0
        async with asyncio.timeout(TURN_S_MAX):
            async for event in self.resources.turns.events(student, view.id):
                if not first and event["type"] in ("status", "token"):
                    first = (time.perf_counter() - began) * 1000
                events.append(event)
        took = (time.perf_counter() - began) * 1000
        answer: Mapping[str, Any] = next((event["answer"] for event in events if event["type"] == "done"), {})
        kept = tuple(event for event in events if event["type"] != "done")
        steps = tuple(self._steps.pop(view.id, ()))
        return Said(ask=ask, answer=answer, events=kept, first_ms=first or took, ms=took, steps=steps), view.thread

    async def attempts(self, student: Student, item: str) -> list[Attempt]:
        return await self.resources.records.list_attempts(student, item=item)


@asynccontextmanager
async def open_classroom(
    settings: Settings, on_progress: OnProgress, exercises: Sequence[Exercise] = (), *, experiments: bool = False
) -> AsyncIterator[Classroom]:
    """The tutor with `exercises` in its course beside the published ones. Raises what opening the server raises. Online
    experiments are left out unless wanted: a run is about one configuration, not about a mixture."""
    extra = {exercise.id: exercise for exercise in exercises}
    steps: dict[TurnId, list[dict[str, Any]]] = {}
    specs = {name: _watched(_with_exercises(spec, extra), steps) for name, spec in load_specs().items()}
    async with _own_database(settings) as url:
        # no other process shares the database: a machine that is busy for a moment is no reason to run a turn twice
        turns = settings.turns.model_copy(update={"lease_s": _LEASE_S})
        tried = settings.experiments if experiments else ExperimentSettings()
        # what is measured is the tutor, whatever plan a student of the school would have
        free = {
            "billing": BillingSettings(),
            "accounts": settings.accounts.model_copy(update={"free_turns_per_day": None}),
        }
        changed = {"database_url": SecretStr(url), "turns": turns, "experiments": tried, **free}
        own = settings.model_copy(update=changed)
        async with server.open_resources(own, specs=specs, on_progress=on_progress) as resources:
            classroom = Classroom(resources, WidenedCourse(resources.course, extra.get), steps)
            await classroom.say(
                await classroom.add_student(), Ask(message="What is a for loop?")
            )  # the first turn is the slowest
            yield classroom


@asynccontextmanager
async def _own_database(settings: Settings) -> AsyncIterator[str]:
    """A fresh database that is gone afterwards: on the server that the settings name, or on one of its own."""
    if settings.database_url is None:
        # a unix socket's path may hold 107 bytes at most, so the folder is near the root
        with tempfile.TemporaryDirectory(prefix="lf-evals-", ignore_cleanup_errors=True) as folder:
            yield await asyncio.to_thread(db.start_embedded, Path(folder), stop_at_exit=True)
        return
    url = settings.database_url.get_secret_value()
    name = f"learnflow_evals_{new_id().replace('-', '')[-12:]}"
    await asyncio.to_thread(_execute, url, f'create database "{name}"')
    try:
        yield _with_database(url, name)
    finally:
        await asyncio.to_thread(_execute, url, f'drop database if exists "{name}" with (force)')


def _execute(url: str, statement: str) -> None:
    try:
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(statement.encode())
    except psycopg.Error as error:
        raise DatabaseUnavailable(
            f"evaluations need a database of their own, and it could not be made: {error}"
        ) from error


def _with_database(url: str, name: str) -> str:
    head, _, query = url.partition("?")
    return head.rsplit("/", 1)[0] + "/" + name + (f"?{query}" if query else "")


def _with_exercises(spec: Spec, extra: Mapping[ExerciseId, Exercise]) -> Spec:
    """The agent itself, lent a course in which the exercises stand."""
    if not extra:
        return spec

    async def node(state: Turn, *, runtime: Any) -> Turn:
        context = replace(runtime.context, course=WidenedCourse(runtime.context.course, extra.get))
        return await spec.node(state, runtime=runtime.override(context=context))

    return replace(spec, node=node)


def _watched(spec: Spec, steps: dict[TurnId, list[dict[str, Any]]]) -> Spec:
    """The agent itself, with what it found written down a turn."""

    async def node(state: Turn, *, runtime: Any) -> Turn:
        began = time.perf_counter()
        step: dict[str, Any] = {"agent": spec.name}
        try:
            update = await spec.node(state, runtime=runtime)
            step["found"] = update
        except Exception as error:
            step["raised"] = repr(error)
            raise
        finally:
            step["ms"] = round((time.perf_counter() - began) * 1000, 2)
            steps.setdefault(runtime.context.turn, []).append(step)
        return update

    return replace(spec, node=node)

"""Exercises that a language model made, beside the course: kept, given to students, seen and withdrawn by the staff."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from typing import Any

from psycopg.types.json import Jsonb

from core import db
from core.clock import Clock
from core.errors import Conflict, Invalid, NotFound
from core.log import logger
from core.ports import (
    Course,
    Equivalence,
    Exercise,
    ExerciseId,
    Lesson,
    MadeExercise,
    MathsAnswer,
    Mistake,
    Passage,
    SkillId,
    Subject,
    Test,
    Topic,
    TopicId,
)
from learning import rows

LOOK_S = 2.0
GIVEN_MAX = 5_000
_BECAUSE_CHARS_MAX = 500
_log = logger("learning")


class PostgresMade:
    """core.ports.MadeExercises over a pool, with those that may be given in memory, so that they are found as quickly
    as the course's own. Raises DatabaseUnavailable."""

    def __init__(self, pool: db.Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._given: dict[ExerciseId, Exercise] = {}
        self._stamp: Mapping[str, Any] | None = None

    def list_given(self, topic: TopicId | None = None) -> Sequence[Exercise]:
        return [exercise for exercise in self._given.values() if topic in (None, exercise.topic)]

    def find_given(self, exercise: ExerciseId) -> Exercise | None:
        return self._given.get(exercise)

    async def keep(self, made: MadeExercise) -> None:
        exercise = made.exercise
        params = {
            "id": exercise.id, "topic": exercise.topic, "difficulty": exercise.difficulty,
            "content": Jsonb(asdict(exercise)), "measured": Jsonb(dict(made.measured)), "model": made.model,
            "content_version": made.content_version, "prompt": made.prompt, "now": made.made_at,
        }  # fmt: skip
        async with db.connection(self._pool) as conn:
            row = await (await conn.execute(db.sql("learning/keep_made"), params)).fetchone()
        if row is None:
            raise Conflict("there is an exercise of this id already", exercise=exercise.id)
        self._given[exercise.id] = exercise

    async def list_made(
        self, *, topic: TopicId | None = None, withdrawn: bool = False, limit: int = 100
    ) -> list[MadeExercise]:
        """The newest first; `withdrawn`: those that were taken away too."""
        params = {"topic": topic, "withdrawn": withdrawn, "limit": min(GIVEN_MAX, max(1, limit))}
        async with db.connection(self._pool) as conn:
            found = await (await conn.execute(db.sql("learning/list_made"), params)).fetchall()
        return [_made(row) for row in found]

    async def get_made(self, exercise: ExerciseId) -> MadeExercise:
        """Raises NotFound."""
        async with db.connection(self._pool) as conn:
            row = await (await conn.execute(db.sql("learning/read_made"), {"id": exercise})).fetchone()
        if row is None:
            raise NotFound("no exercise of this id was made", exercise=exercise[:100])
        return _made(row)

    async def withdraw(self, exercise: ExerciseId, because: str = "") -> MadeExercise:
        """No student gets it from now on, nor finds it again; done twice, the first time counts. Raises NotFound, Invalid
        for too many words."""
        if len(because) > _BECAUSE_CHARS_MAX or "\x00" in because:
            raise Invalid(f"a reason has at most {_BECAUSE_CHARS_MAX} characters", field="because")
        params = {"id": exercise, "because": because, "now": self._clock.now()}
        async with db.connection(self._pool) as conn:
            row = await (await conn.execute(db.sql("learning/withdraw_made"), params)).fetchone()
        if row is None:
            raise NotFound("no exercise of this id was made", exercise=exercise[:100])
        self._given.pop(exercise, None)
        return _made(row)

    async def refresh(self) -> None:
        """What other processes kept and withdrew."""
        async with db.connection(self._pool) as conn:
            stamp = await (await conn.execute(db.sql("learning/stamp_made"))).fetchone()
        if stamp != self._stamp:
            found = await self.list_made(limit=GIVEN_MAX)
            self._given = {one.exercise.id: one.exercise for one in reversed(found)}
            self._stamp = stamp


@asynccontextmanager
async def open_made(pool: db.Pool, clock: Clock, *, look_s: float = LOOK_S) -> AsyncIterator[PostgresMade]:
    """What is kept, and while the block lasts what other processes do to it, looked for every `look_s` seconds."""
    made = PostgresMade(pool, clock)
    await made.refresh()
    looking = asyncio.create_task(_look(made, look_s))
    try:
        yield made
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


async def _look(made: PostgresMade, look_s: float) -> None:
    while True:
        await asyncio.sleep(look_s)
        try:
            await made.refresh()
        except Exception as error:  # the outermost loop of this task: whatever fails is tried again
            _log.warning("learning.made_not_read", failure=error)


class WidenedCourse:
    """core.ports.Course: the course as it is, in which `find` adds exercises that are got by their id, and never listed."""

    def __init__(self, course: Course, find: Callable[[ExerciseId], Exercise | None]) -> None:
        self._course = course
        self._find = find

    @property
    def version(self) -> str:
        return self._course.version

    @property
    def lacking(self) -> str:
        return self._course.lacking

    async def search(
        self,
        query: str,
        *,
        k: int = 5,
        subject: Subject | None = None,
        module: str | None = None,
        level: int | None = None,
        topics: Collection[TopicId] | None = None,
    ) -> list[Passage]:
        return await self._course.search(query, k=k, subject=subject, module=module, level=level, topics=topics)

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        return await self._course.embed(texts)

    def list_topics(self, subject: Subject | None = None) -> Sequence[Topic]:
        return self._course.list_topics(subject)

    def get_topic(self, topic: TopicId) -> Topic:
        return self._course.get_topic(topic)

    async def read_lesson(self, topic: TopicId, *, version: str = "") -> Lesson:
        return await self._course.read_lesson(topic, version=version)

    def list_exercises(self, *, topic: TopicId | None = None, subject: Subject | None = None) -> Sequence[Exercise]:
        return self._course.list_exercises(topic=topic, subject=subject)

    def get_exercise(self, exercise: ExerciseId) -> Exercise:
        return self._find(exercise) or self._course.get_exercise(exercise)


def _made(row: Mapping[str, Any]) -> MadeExercise:
    withdrawn = row["withdrawn_at"]
    return MadeExercise(
        exercise=_exercise(row["content"]),
        content_version=row["content_version"],
        model=row["model"],
        prompt=row["prompt"],
        made_at=rows.utc(row["made_at"]),
        measured=row["measured"],
        withdrawn_at=rows.utc(withdrawn) if withdrawn else None,
        withdrawn_because=row["withdrawn_because"],
    )


def _exercise(content: Mapping[str, Any]) -> Exercise:
    given = dict(content)
    given["id"], given["topic"] = ExerciseId(given["id"]), TopicId(given["topic"])
    given["skills"] = tuple(SkillId(skill) for skill in given["skills"])
    given["mistakes"] = tuple(Mistake(**mistake) for mistake in given["mistakes"])
    given["tests"] = tuple(Test(**{**test, "given": tuple(test["given"])}) for test in given["tests"])
    if answer := given.get("answer"):
        rule = Equivalence(**answer["rule"])
        given["answer"] = MathsAnswer(reference=answer["reference"], rule=rule, working=tuple(answer["working"]))
    given["hints"], given["correct"] = tuple(given["hints"]), tuple(given["correct"])
    return Exercise(**given)

"""Sittings in Postgres: what was asked when, by the server's clock, and what was answered, once; marked as attempts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow

from core import db
from core.clock import Clock
from core.errors import Conflict, Invalid, NotFound
from core.ports import Attempt, Course, Question, Recorded, Records, Student, Subject, Topic, TopicId
from learning.concepts import Graph
from learning.quizzes import rules
from learning.quizzes.rules import Candidate, Given, Kind

QUESTIONS_MAX = 30
SECONDS_MAX = 7200
GRACE = timedelta(seconds=2)
"""An answer sent in the last moment is still on its way."""
_OPEN_MAX = 20

Params = dict[str, Any]
State = Literal["open", "over", "finished"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to be asked. `topics` empty: all of the subject, or of the course; `seconds` None: as long as it takes."""

    kind: Kind = "quiz"
    topics: tuple[TopicId, ...] = ()
    subject: Subject | None = None
    questions: int = 10
    seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A question that was asked; without `answered_at` it waits. `option` None: the student did not know."""

    topic: TopicId
    question: Question
    option: int | None
    correct: bool
    asked_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """`state` over: the time ran out. `begin_with` and `known` are what a placement found, once it has ended."""

    id: str
    kind: Kind
    state: State
    questions: int
    started_at: datetime
    ends_at: datetime | None
    asked: tuple[Answered, ...]
    begin_with: TopicId | None = None
    known: tuple[tuple[TopicId, float], ...] = ()

    @property
    def waiting(self) -> Answered | None:
        """The question to answer now."""
        last = self.asked[-1] if self.asked and self.state == "open" else None
        return last if last and last.answered_at is None else None

    @property
    def answered(self) -> tuple[Answered, ...]:
        return tuple(one for one in self.asked if one.answered_at is not None)


class Sittings:
    """Each student's own. Raises NotFound for another's."""

    def __init__(self, pool: db.Pool, clock: Clock, course: Course, records: Records) -> None:
        self._pool = pool
        self._clock = clock
        self._course = course
        self._records = records

    async def begin(self, student: Student, sitting: str, wish: Wish) -> Sitting:
        """Once by its id. Raises Invalid where there is nothing to ask, Conflict for too many that are open."""
        topics = self._topics(wish)
        now = self._clock.now()
        placement = wish.kind == "placement"
        params = {
            "id": sitting, "student": student.id, "kind": wish.kind, "topics": [topic.id for topic in topics],
            "questions": rules.PLACEMENT_MAX if placement else min(max(1, wish.questions), QUESTIONS_MAX),
            "now": now, "ends_at": now + timedelta(seconds=min(wish.seconds, SECONDS_MAX)) if wish.seconds else None,
            "open_max": _OPEN_MAX,
        }  # fmt: skip
        try:
            async with db.connection(self._pool) as conn:
                await _run(conn, "begin_sitting", params)
        except psycopg.errors.ForeignKeyViolation as error:
            raise NotFound("there is no such student") from error
        row, asked = await self._read(student, sitting, missing=Conflict("too many quizzes are open: finish one first"))
        return await self._asked_on(student, row, asked)

    async def get(self, student: Student, sitting: str) -> Sitting:
        row, asked = await self._read(student, sitting)
        return await self._asked_on(student, row, asked)

    async def list_sittings(self, student: Student, *, limit: int = 20) -> list[Sitting]:
        """The newest first, as they stand."""
        params = {"student": student.id, "limit": max(1, min(limit, 50))}
        async with db.connection(self._pool) as conn:
            found = await (await _run(conn, "list_sittings", params)).fetchall()
        return [self._sitting(*(await self._read(student, row["id"]))) for row in found]

    async def answer(
        self, student: Student, sitting: str, question: str, option: int | None
    ) -> tuple[Sitting, Answered, Recorded]:
        """The first answer to a question is the one that counts: again gives the same. Raises Conflict for one that came
        too late, or was not asked; Invalid for an option that there is not."""
        row, asked = await self._read(student, sitting)
        one = next((one for one in asked if one.question.id == question), None)
        if one is None:
            raise Conflict("this question was not asked, or not yet")
        if option is not None and option >= len(one.question.options):
            raise Invalid("there is no such option", options=len(one.question.options))
        if one.answered_at is None:
            await self._keep(row, one, option)
            row, asked = await self._read(student, sitting)
            one = next(each for each in asked if each.question.id == question)
        attempt = _attempt(sitting, one)
        earlier = await self._records.list_attempts(student, item=question, limit=10)
        told = sum(
            other.key != attempt.key for other in earlier
        )  # its answer was explained: worth as much as after a hint
        recorded = await self._records.record(student, replace(attempt, hints=told))
        return await self._asked_on(student, row, asked), one, recorded

    async def finish(self, student: Student, sitting: str) -> Sitting:
        """No more questions; what waits stays unanswered."""
        await self._read(student, sitting)
        async with db.connection(self._pool) as conn:
            await _run(conn, "finish_sitting", {"id": sitting, "now": self._clock.now()})
        return self._sitting(*(await self._read(student, sitting)))

    # --------------------------------------------------------------------------------------------------------------

    def _topics(self, wish: Wish) -> list[Topic]:
        topics = self._course.list_topics(wish.subject)
        chosen = [topic for topic in topics if topic.quiz and (not wish.topics or topic.id in wish.topics)]
        if unknown := set(wish.topics) - {topic.id for topic in topics}:
            raise NotFound("there is no such topic", topic=min(unknown))
        if not chosen:
            raise Invalid("there are no questions on this", field="topics")
        return chosen

    async def _keep(self, row: DictRow, one: Answered, option: int | None) -> None:
        correct = option is not None and one.question.options[option].correct
        now = self._clock.now()
        params = {
            "id": row["id"], "question": one.question.id, "option": option, "correct": correct, "now": now,
            "in_time": now - GRACE,
        }  # fmt: skip
        async with db.connection(self._pool) as conn:
            if (await _run(conn, "answer_question", params)).rowcount == 0 and not await self._is_kept(conn, params):
                raise Conflict("The time is over, so this answer came too late to count. Your results are ready.")

    async def _is_kept(self, conn: AsyncConnection[DictRow], params: Params) -> bool:
        return await (await _run(conn, "is_answered", params)).fetchone() is not None

    async def _read(
        self, student: Student, sitting: str, *, missing: Exception | None = None
    ) -> tuple[DictRow, list[Answered]]:
        params = {"id": sitting, "student": student.id}
        async with db.connection(self._pool) as conn:
            row = await (await _run(conn, "read_sitting", params)).fetchone()
            found = await (await _run(conn, "read_questions", params)).fetchall() if row else []
        if row is None:
            raise missing or NotFound("there is no such quiz")
        known = {(topic.id, one.id): one for topic in self._course.list_topics() for one in topic.quiz}
        asked = [_answered(entry, known[entry["topic"], entry["question"]]) for entry in found
                 if (entry["topic"], entry["question"]) in known]  # fmt: skip
        # what has left the course since keeps its place, and is no longer shown
        return {**row, "rows": len(found)}, asked

    async def _asked_on(self, student: Student, row: DictRow, asked: list[Answered]) -> Sitting:
        """The sitting with its next question asked, if there is one to ask; ended when there is none."""
        sitting = self._sitting(row, asked)
        if sitting.state != "open" or sitting.waiting is not None:
            return sitting
        chosen = await self._choose(student, row, asked)
        params: Params = {"id": sitting.id, "now": self._clock.now()}
        async with db.connection(self._pool) as conn:
            if chosen is None:
                await _run(conn, "finish_sitting", params)
            else:
                params |= {"topic": chosen.topic, "question": chosen.question.id, "position": row["rows"]}
                await _run(conn, "ask_question", params)
        return self._sitting(*(await self._read(student, sitting.id)))

    async def _choose(self, student: Student, row: DictRow, asked: list[Answered]) -> Candidate | None:
        given = _given(asked)
        if len(asked) >= row["questions"]:
            return None
        graph = self._graph(row)
        candidates = await self._candidates(student, graph, {one.question.id for one in asked})
        if row["kind"] == "quiz":
            return rules.next_question(candidates, given)
        believed = rules.beliefs(graph, given)
        return None if rules.is_placed(believed, len(given)) else rules.next_placement(believed, candidates)

    async def _candidates(self, student: Student, graph: Graph, asked: set[str]) -> list[Candidate]:
        left = [(topic.id, one) for topic in graph.topics.values() for one in topic.quiz if one.id not in asked]
        mastery = await self._records.mastery(student, sorted({one.skill for _, one in left})) if left else {}
        async with db.connection(self._pool) as conn:
            rows = await (await _run(conn, "read_difficulties", {"items": [one.id for _, one in left]})).fetchall()
        difficulties = {row["item"]: float(row["mean"]) for row in rows}
        return [
            Candidate(
                topic=topic, question=one, level=mastery[one.skill].level if one.skill in mastery else 0.5,
                difficulty=difficulties.get(one.id, 0.0),
            )
            for topic, one in left
        ]  # fmt: skip

    def _graph(self, row: DictRow) -> Graph:
        return Graph.of([topic for topic in self._course.list_topics() if topic.id in row["topics"]])

    def _sitting(self, row: DictRow, asked: Sequence[Answered]) -> Sitting:
        over = row["ends_at"] is not None and self._clock.now() > row["ends_at"] + GRACE
        state: State = "finished" if row["finished_at"] else "over" if over else "open"
        believed: dict[TopicId, float] = {}
        begin_with = None
        if row["kind"] == "placement" and state != "open":
            graph = self._graph(row)
            believed = rules.beliefs(graph, _given(asked))
            begin_with = rules.where_to_begin(graph, believed)
        return Sitting(
            id=row["id"], kind=row["kind"], state=state, questions=row["questions"], started_at=row["started_at"],
            ends_at=row["ends_at"], asked=tuple(asked), begin_with=begin_with, known=tuple(believed.items()),
        )  # fmt: skip


def _given(asked: Sequence[Answered]) -> list[Given]:
    return [
        Given(topic=one.topic, skill=one.question.skill, correct=one.correct, options=len(one.question.options))
        for one in asked
        if one.answered_at is not None
    ]


def _answered(row: DictRow, question: Question) -> Answered:
    return Answered(
        topic=TopicId(row["topic"]), question=question, option=row["option"], correct=bool(row["correct"]),
        asked_at=row["asked_at"], answered_at=row["answered_at"],
    )  # fmt: skip


def _attempt(sitting: str, one: Answered) -> Attempt:
    """A student who does not know has not answered wrongly by a slip: it counts as wrong, with nothing chosen."""
    assert one.answered_at is not None
    return Attempt(
        key=f"sitting:{sitting}:{one.question.id}", kind="quiz", item=one.question.id, skills=(one.question.skill,),
        correct=one.correct, score=1.0 if one.correct else 0.0, at=one.answered_at,
        duration_s=(one.answered_at - one.asked_at).total_seconds(),
        answer="" if one.option is None else one.question.options[one.option].label,
    )  # fmt: skip


async def _run(conn: AsyncConnection[DictRow], name: str, params: Params) -> psycopg.AsyncCursor[DictRow]:
    return await conn.execute(db.sql(f"learning/{name}"), params)

"""Has a language model make an exercise for a topic, and keeps it when everything it claims of itself was done and held."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from agents._prompts import PromptFile, load_order
from agents._tongue import is_foreign
from agents._wellbeing import UNKIND, is_danger
from agents.models.port import Model, Prompt, Usage
from core.clock import Clock
from core.errors import BudgetSpent, Unavailable
from core.ids import new_id
from core.log import logger
from core.ports import (
    MADE,
    Course,
    Entitlements,
    Equivalence,
    Exercise,
    ExerciseId,
    MadeExercise,
    MadeExercises,
    Mathematics,
    MathsAnswer,
    Mistake,
    Sandbox,
    Student,
    Test,
    Topic,
    TopicId,
)
from knowledge.forms import TestForm
from tools.entitlement import require
from tools.estimate_difficulty import estimate_difficulty
from tools.try_exercise import find_faults
from tools.try_maths import find_maths_faults

_log = logger("agents")

NAME = "making"
TRIES = 2
"""The first, and one to put right what was wrong with it."""
MAKING_S_MAX = 120.0
AT_ONCE_MAX = 2
EACH_TOPIC_MAX = 40
"""Then there is enough: who has done them all gets other numbers."""
REST_S = 900.0
"""A topic for which nothing was accepted is left alone for so long."""
_SHOWN_MAX = 12

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=3_000)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WrongForm(_Form):
    answer: Code
    misconception: Words


class CallForm(_Form):
    name: Words
    group: Annotated[str, StringConstraints(pattern=r"^(examples|edges|more)$")]
    call: Words
    expect: Annotated[str, StringConstraints(min_length=1, max_length=400)]


class PropertyForm(_Form):
    name: Words
    given: tuple[Words, ...] = Field(min_length=1, max_length=5)
    where: Annotated[str, StringConstraints(max_length=200)] = ""


class NewExercise(_Form):
    """What a model has to send."""

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=80)]
    statement: Annotated[str, StringConstraints(strip_whitespace=True, min_length=30, max_length=2_000)]
    entry: Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]{0,39}$")]
    skills: tuple[Words, ...] = Field(min_length=1, max_length=4)
    starter: Code
    reference: Code
    correct: tuple[Code, Code]
    mistakes: tuple[WrongForm, ...] = Field(min_length=2, max_length=4)
    tests: tuple[CallForm, ...] = Field(min_length=3, max_length=8)
    property: PropertyForm
    hints: tuple[Words, Words, Words]


class WrongAnswerForm(_Form):
    answer: Words
    misconception: Words


class NewMaths(_Form):
    """What a model has to send for a topic of mathematics."""

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=80)]
    statement: Annotated[str, StringConstraints(strip_whitespace=True, min_length=15, max_length=1_500)]
    skills: tuple[Words, ...] = Field(min_length=1, max_length=4)
    answer: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    task: Literal["equiv", "antiderivative", "units"] = "equiv"
    form: Literal["any", "factorised", "simplified", "expanded", "exact"] = "any"
    sigfigs: int | None = Field(None, ge=1, le=15)
    working: tuple[Words, ...] = Field(min_length=2, max_length=8)
    mistakes: tuple[WrongAnswerForm, ...] = Field(min_length=2, max_length=4)
    hints: tuple[Words, Words, Words]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    topic: Topic
    level: int
    student: Student


class Maker:
    """Makes one exercise a topic at a time, in the background: who asked waits as long as they can, and the next who
    asks finds it."""

    def __init__(
        self, *, models: Mapping[str, Model], course: Course, sandbox: Sandbox, entitlements: Entitlements,
        kept: MadeExercises, clock: Clock, prompt: str, mathematics: Mathematics | None = None,
    ) -> None:  # fmt: skip
        """Without `mathematics` exercises are made for Python alone: nothing could prove the others."""
        self._model = models.get("exercise") or models["default"]
        self._course, self._sandbox, self._entitlements = course, sandbox, entitlements
        self._kept, self._clock = kept, clock
        self._group: asyncio.TaskGroup | None = None
        self._mathematics = mathematics
        self._orders = {"python": load_order(NAME, prompt), "maths": load_order(f"{NAME}_maths", prompt)}
        self._jobs: dict[TopicId, asyncio.Task[Exercise | None]] = {}
        self._resting: dict[TopicId, float] = {}

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """While the block lasts it makes exercises; what it is at when the block ends is given up."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                yield
            finally:
                self._group = None
                for job in list(self._jobs.values()):
                    job.cancel()

    def list_given(self, topic: TopicId) -> Sequence[Exercise]:
        return self._kept.list_given(topic)

    async def make(self, topic: Topic, level: int, student: Student, *, wait_s: float) -> Exercise | None:
        """A new exercise, if it is there within `wait_s`; else it may be there the next time. None as well offline, and
        where the student's plan has no share of a model left."""
        if (group := self._group) is None:
            return None
        if topic.id not in self._jobs:
            may = await self._may(topic, student)
            if topic.id not in self._jobs:  # another turn may have begun meanwhile
                if not may:
                    return None
                work = self._work(_Job(topic=topic, level=level, student=student))
                self._jobs[topic.id] = group.create_task(work)
        job = self._jobs[topic.id]
        done, _ = await asyncio.wait({job}, timeout=max(0.0, wait_s))
        return job.result() if done and not job.cancelled() else None

    async def _may(self, topic: Topic, student: Student) -> bool:
        provable = topic.subject == "python" or self._mathematics is not None
        if self._model.name == "offline" or not provable or len(self._jobs) >= AT_ONCE_MAX:
            return False
        if self._clock.monotonic() < self._resting.get(topic.id, 0.0):
            return False
        if len(self._kept.list_given(topic.id)) >= EACH_TOPIC_MAX:
            return False
        try:
            await require(self._entitlements, student, "model_tokens")
        except (BudgetSpent, Unavailable):
            return False
        return True

    async def _work(self, job: _Job) -> Exercise | None:
        made = None
        try:
            async with asyncio.timeout(MAKING_S_MAX):
                made = await self._make(job)
        except Exception as error:  # the outermost loop of this task: a turn goes on without it
            _log.warning("agents.exercise_not_made", topic=job.topic.id, failure=error)
        finally:
            self._jobs.pop(job.topic.id, None)
            if made is None:
                self._resting[job.topic.id] = self._clock.monotonic() + REST_S
        return made

    async def _make(self, job: _Job) -> Exercise | None:
        usage, name = Usage(), f"{MADE}{new_id()}"
        try:
            return await self._accepted(job, ExerciseId(name), usage)
        finally:
            if tokens := usage.tokens_in + usage.tokens_out:
                await self._entitlements.spend(job.student, "model_tokens", tokens, key=name)

    async def _accepted(self, job: _Job, name: ExerciseId, usage: Usage) -> Exercise | None:
        subject = job.topic.subject
        order = self._orders[subject]
        kept = [other for other in self._kept.list_given() if other.subject == subject]
        others = [*self._course.list_exercises(subject=subject), *kept]
        form: type[NewMaths | NewExercise] = NewMaths if subject == "maths" else NewExercise
        draft = ""
        for _ in range(TRIES):
            prompt = _prompt(order, job, others, draft)
            sent = await self._model.structured(prompt, form.model_json_schema(), usage, timeout_s=MAKING_S_MAX / TRIES)
            if sent is None:
                return None
            exercise, faults = _read(form, sent, job, name)
            if exercise is not None:
                faults = await self._faults(exercise, others)
                if not faults:
                    return await self._keep(exercise, order, usage)
            _log.info("agents.exercise_refused", topic=job.topic.id, faults=len(faults))
            draft = json.dumps({"sent": sent, "wrong": faults}, ensure_ascii=False)
        return None

    async def _faults(self, exercise: Exercise, others: Sequence[Exercise]) -> list[str]:
        if faults := _unfit(exercise):
            return faults
        if self._mathematics is not None and exercise.subject == "maths":
            return await find_maths_faults(exercise, others, self._mathematics, self._course.embed)
        return await find_faults(exercise, others, self._sandbox, self._course.embed)

    async def _keep(self, exercise: Exercise, order: PromptFile, usage: Usage) -> Exercise:
        measured: Mapping[str, float] = {"lines": len(exercise.answer.working)} if exercise.answer else {}
        if exercise.subject == "python":
            estimate = estimate_difficulty(exercise)
            exercise, measured = replace(exercise, difficulty=estimate.level), estimate.measured
        model = next((call["model"] for call in reversed(usage.calls) if call["outcome"] == "ok"), self._model.name)
        await self._kept.keep(
            MadeExercise(
                exercise=exercise, content_version=self._course.version, model=model, measured=measured,
                prompt=f"{order.name}.{order.version}", made_at=self._clock.now(),
            )
        )  # fmt: skip
        return exercise


def _unfit(exercise: Exercise) -> list[str]:
    """What no student is told, in whatever language."""
    told = "\n".join(
        [exercise.title, exercise.statement, *exercise.hints, *(m.misconception for m in exercise.mistakes)]
    )
    faults = ["write in English"] if is_foreign(f"{exercise.title}\n{exercise.statement}") else []
    if is_danger(told) or UNKIND.search(told):
        faults.append("the story is nothing for students")
    return faults


def _prompt(order: PromptFile, job: _Job, others: Sequence[Exercise], draft: str) -> Prompt:
    """Nothing of any student is in it: what comes of it is for everybody."""
    topic = job.topic
    near = [other for other in others if other.topic == topic.id][-_SHOWN_MAX:]
    evidence = {
        "topic": topic.title, "summary": topic.summary, "objectives": topic.objectives, "skills": topic.skills,
        "pitfalls": topic.pitfalls, "level": job.level,
        "there_are": [{"title": other.title, "task": other.statement} for other in near],
    }  # fmt: skip
    return Prompt(
        name=order.name, version=order.version, system=order.system, student="", draft=draft,
        evidence=json.dumps(evidence, ensure_ascii=False),
    )  # fmt: skip


def _read(
    form: type[NewMaths | NewExercise], sent: Mapping[str, Any], job: _Job, name: ExerciseId
) -> tuple[Exercise | None, list[str]]:
    """The exercise, or what is wrong with its form."""
    try:
        new = form.model_validate_json(json.dumps(sent))
        tests = _tests(new) if isinstance(new, NewExercise) else ()
    except ValidationError as error:
        return None, [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()][:10]
    topic = job.topic
    skills = tuple(skill for skill in topic.skills if skill in new.skills)
    if not skills:
        return None, [f"skills: use some of {', '.join(topic.skills)}"]
    exercise = Exercise(
        id=name, topic=topic.id, subject=topic.subject, title=new.title, statement=new.statement, skills=skills,
        difficulty=min(3, max(1, job.level)), hints=new.hints,
        mistakes=tuple(Mistake(answer=one.answer, misconception=one.misconception) for one in new.mistakes),
    )  # fmt: skip
    if isinstance(new, NewMaths):
        rule = Equivalence(task=new.task, form=new.form, sigfigs=new.sigfigs)
        return replace(exercise, answer=MathsAnswer(reference=new.answer, rule=rule, working=new.working)), []
    return replace(
        exercise, starter=new.starter, entry=new.entry, tests=tests, reference=new.reference, correct=new.correct
    ), []


def _tests(form: NewExercise) -> tuple[Test, ...]:
    """In the form in which authors write them, which refuses what could not be run. Raises ValidationError."""
    calls = [
        TestForm(name=one.name, group=one.group, call=one.call, expect=one.expect).with_reference("")
        for one in form.tests
    ]
    drawn = TestForm(
        name=form.property.name, group="property", mode="property", call=form.entry, given=form.property.given,
        where=form.property.where,
    )  # fmt: skip
    return (*calls, drawn.with_reference(form.reference))

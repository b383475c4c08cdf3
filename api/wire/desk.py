"""The curriculum team's desk: uploads, versions, previews, exercises that a model made."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from api.services import Edition
from api.wire.base import _SHOWN, Id, In, NewId, Out, _without_nul
from core.ports import (
    MadeExercise,
    Passage,
)


class Publish(In):
    """To one student, or to a class."""

    key: NewId = Field(description="yours to choose: nobody is told twice under it")
    title: Annotated[str, Field(min_length=1, max_length=200, json_schema_extra=_SHOWN), AfterValidator(_without_nul)]
    body: Annotated[str, Field(max_length=4_000, json_schema_extra=_SHOWN), AfterValidator(_without_nul)] = ""
    class_id: Id | None = None
    student_id: Id | None = None


class Published(Out):
    told: int


class Told(Out):
    file: str
    line: int
    message: str


class DiffView(Out):
    """Paths in the curriculum."""

    added: list[str]
    changed: list[str]
    removed: list[str]
    unchanged: list[str]


class UploadView(Out):
    """`notes` say what was not carried over; `problem`, where it failed, is a problem document with `problems` by file
    and line."""

    id: str
    name: str
    state: Literal["waiting", "working", "ready", "failed"]
    version: str | None = None
    notes: list[Told] = Field(default_factory=list)
    diff: DiffView | None = None
    problem: dict[str, Any] | None = None


class VersionView(Out):
    """`before` says that a rollback would make it live."""

    version: str
    made_at: datetime
    source: str
    files: int
    passages: int
    live: bool
    before: bool

    @staticmethod
    def of(edition: Edition) -> "VersionView":
        made = edition.manifest
        return VersionView(
            version=made.version,
            made_at=datetime.fromtimestamp(made.made_at, UTC),
            source=made.source,
            files=made.files,
            passages=made.passages,
            live=edition.live,
            before=edition.before,
        )


class VersionsView(Out):
    items: list[VersionView]


class PreviewItem(Out):
    """`shares` say what each view of the passage added to its rank."""

    passage: str
    topic: str
    title: str
    heading: str
    score: float
    markdown: str
    html: str
    shares: dict[str, float]

    @staticmethod
    def of(found: Passage, shares: Mapping[str, float], html: str) -> "PreviewItem":
        return PreviewItem(
            passage=found.id,
            topic=found.topic,
            title=found.title,
            heading=found.heading,
            score=round(found.score, 4),
            markdown=found.text,
            html=html,
            shares={name: round(share, 3) for name, share in shares.items()},
        )


class PreviewView(Out):
    """Without `covered` none of the passages is near enough: a student is told that the course does not cover it."""

    covered: bool
    items: list[PreviewItem]


class LiveView(Out):
    """The version that students get now."""

    version: str


class MadeView(Out):
    """An exercise that a language model made. `withdrawn_at`: since when no student gets it."""

    id: str
    topic: str
    title: str
    difficulty: int = Field(ge=1, le=3)
    content_version: str
    model: str
    prompt: str
    made_at: datetime
    withdrawn_at: datetime | None
    withdrawn_because: str

    @staticmethod
    def of(made: MadeExercise) -> "MadeView":
        return MadeView(**_made_fields(made))


class MadeListView(Out):
    items: list[MadeView]


class MadeTestView(Out):
    """`call` with what it has to give, or a `property`: what is drawn, compared with the reference's result."""

    name: str
    group: str
    call: str
    expect: str
    given: list[str]
    where: str


class MadeMistakeView(Out):
    answer: str
    misconception: str


class MadePreview(MadeView):
    """All of it: the solutions and hidden tests, or the answer and its working in mathematics. `measured` are the numbers
    behind the difficulty."""

    statement: str
    entry: str
    skills: list[str]
    starter: str
    reference: str
    correct: list[str]
    mistakes: list[MadeMistakeView]
    tests: list[MadeTestView]
    hints: list[str]
    answer: str | None
    working: list[str]
    measured: dict[str, float]

    @staticmethod
    def of(made: MadeExercise) -> "MadePreview":
        one = made.exercise
        return MadePreview(
            **_made_fields(made),
            statement=one.statement,
            entry=one.entry,
            skills=list(one.skills),
            starter=one.starter,
            reference=one.reference,
            correct=list(one.correct),
            mistakes=[MadeMistakeView(answer=m.answer, misconception=m.misconception) for m in one.mistakes],
            tests=[
                MadeTestView(
                    name=t.name, group=t.group, call=t.call, expect=t.expect, given=list(t.given), where=t.where
                )
                for t in one.tests
            ],
            hints=list(one.hints),
            answer=one.answer.reference if one.answer else None,
            working=list(one.answer.working) if one.answer else [],
            measured=dict(made.measured),
        )


class Withdraw(In):
    because: Annotated[str, Field(max_length=500)] = ""


def _made_fields(made: MadeExercise) -> dict[str, Any]:
    one = made.exercise
    return {
        "id": one.id, "topic": one.topic, "title": one.title, "difficulty": one.difficulty,
        "content_version": made.content_version, "model": made.model, "prompt": made.prompt, "made_at": made.made_at,
        "withdrawn_at": made.withdrawn_at, "withdrawn_because": made.withdrawn_because,
    }  # fmt: skip

"""Questions, turns and threads."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.turn import Answer
from api.wire.base import Id, In, NewId, Out, Short, Text
from core.ports import (
    ThreadView,
    TurnView,
)


class Query(In):
    """One student message. A `turn_id` sent twice is the same turn: a retry never asks twice."""

    message: Text = Field(min_length=1, examples=["What is a list comprehension?"])
    code: Text | None = None
    error: Text | None = None
    exercise_id: Id | None = None
    thread_id: Id | None = Field(None, description="unset: a new conversation")
    turn_id: NewId | None = Field(None, description="made by the client, best a UUID; unset: made here")


class ExplainQuery(Query):
    message: Text = Field(min_length=1, examples=["What is recursion?"])


class CodeQuery(Query):
    code: Text = Field(min_length=1, examples=["for i in range(3)\n    print(i)"])


class ReviewQuery(CodeQuery):
    message: Text = Field("Please review my program.", min_length=1)


class DebugQuery(CodeQuery):
    message: Text = Field("Why does my program not work?", min_length=1)


class TriageQuery(In):
    message: Text = Field(min_length=1, examples=["Why is this wrong and can I have another one?"])
    code: Text | None = None
    error: Text | None = None


class TriageView(BaseModel):
    model_config = ConfigDict(extra="allow")

    intent: str
    confidence: float
    subject: str | None
    also: list[str]
    flags: list[str]


class AskView(Out):
    message: str
    code: str | None
    error: str | None
    exercise_id: str | None
    submission: bool


class Author(Out):
    name: str
    role: str


class Turn(Out):
    """A turn as its student sees it; `answer` is set once `status` is done. With an `author` a person speaks: the reply is
    their words as they stand, and nobody asked."""

    id: str
    thread_id: str
    seq: int
    status: Literal["queued", "running", "done", "failed"]
    author: Author | None
    ask: AskView
    answer: Answer | None
    created_at: datetime
    finished_at: datetime | None


def turn(view: TurnView) -> dict[str, Any]:
    """The JSON of `Turn`: written out because the hot path does not validate what our own rooms made."""
    ask = view.ask
    return {
        "id": view.id,
        "thread_id": view.thread,
        "seq": view.seq,
        "status": view.status,
        "author": {"name": ask.teacher.name, "role": ask.teacher.role} if ask.teacher else None,
        "ask": {
            "message": "" if ask.teacher else ask.message,
            "code": ask.code,
            "error": ask.error,
            "exercise_id": ask.exercise,
            "submission": ask.submission,
        },
        "answer": view.answer,
        "created_at": view.created_at.isoformat(),
        "finished_at": view.finished_at.isoformat() if view.finished_at else None,
    }


class NewThread(In):
    title: Short = ""


class Thread(Out):
    id: str
    title: str
    turns: int
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def of(view: ThreadView) -> "Thread":
        return Thread.model_validate(view)


class ThreadPage(Out):
    items: list[Thread]
    next_cursor: str | None


class TurnPage(Out):
    """Turns in order, oldest first; `before` asks for those that came earlier, None when there are none."""

    items: list[Turn]
    before: int | None

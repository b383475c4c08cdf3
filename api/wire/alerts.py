"""Alerts, and what teachers do with them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from api.wire.base import _SHOWN, Id, In, Out, _without_nul
from core.ports import (
    Alert,
)


class AlertView(Out):
    id: str
    student: str
    student_name: str
    kind: str
    severity: Literal["low", "medium", "high"]
    skill: str | None
    reason: str
    advice: str
    evidence: Mapping[str, Any]
    status: Literal["open", "acknowledged", "resolved", "snoozed"]
    at: datetime
    assignee: str | None
    snoozed_until: datetime | None
    helped: bool | None = Field(description="what was said when it was resolved")
    notes: int

    @staticmethod
    def of(alert: Alert) -> "AlertView":
        return AlertView.model_validate(alert)


class AlertPage(Out):
    """Go on while `next_cursor` is set."""

    items: list[AlertView]
    next_cursor: str | None


class Resolution(In):
    helped: bool | None = Field(None, description="whether what was done helped; may be left open and told later")


class Assignment(In):
    assignee: Id | None = Field(description="a teacher of the student, or an admin; null: nobody")


class Snooze(In):
    until: AwareDatetime | None = Field(description="out of sight until then, at most 90 days; null: back now")


class NewNote(In):
    words: Annotated[str, Field(min_length=1, max_length=2_000, json_schema_extra=_SHOWN), AfterValidator(_without_nul)]


class NoteView(Out):
    """`author` and `author_name` are null once the account is gone."""

    id: int
    author: str | None
    author_name: str | None
    words: str
    at: datetime


class Notes(Out):
    """Oldest first."""

    items: list[NoteView]

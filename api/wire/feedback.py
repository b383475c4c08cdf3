"""Thumbs, and taking part in experiments."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from api.wire.base import _SHOWN, In, Out, _without_nul
from core.ports import (
    Opinion,
)


class NewFeedback(In):
    verdict: Literal["up", "down"]
    helped: bool | None = Field(None, description="whether it helped you on; may be left open")
    words: Annotated[str, Field(max_length=2_000, json_schema_extra=_SHOWN), AfterValidator(_without_nul)] = ""


class FeedbackView(Out):
    verdict: Literal["up", "down"]
    helped: bool | None
    words: str

    @staticmethod
    def of(opinion: Opinion) -> "FeedbackView":
        return FeedbackView.model_validate(opinion)


class TakesPart(In):
    take_part: bool

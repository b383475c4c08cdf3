"""The types that every body and view is made of, and the problem that every error is."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

# The outermost bounds of any text; the settings' own, smaller ones are asked where the text is used.
_TEXT_CHARS_MAX = 1_000_000


def _without_nul(value: str) -> str:
    if "\x00" in value:
        raise ValueError("the NUL character is not allowed")
    return value


_SHOWN: dict[str, Any] = {"pattern": r"^[^\x00]*$"}


Text = Annotated[str, Field(max_length=_TEXT_CHARS_MAX, json_schema_extra=_SHOWN), AfterValidator(_without_nul)]


Short = Annotated[str, Field(max_length=200, json_schema_extra=_SHOWN), AfterValidator(_without_nul)]


Id = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$")]


NewId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


Opaque = Annotated[str, Field(max_length=500, pattern=r"^[A-Za-z0-9._:=+/-]*$")]


class In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Out(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["urn:learnflow:problem:not-found"])
    title: str
    status: int
    detail: str | None = None
    trace_id: str | None = None
    errors: list[dict[str, str]] | None = Field(None, description="for 422: where (RFC 6901 pointer) and what")

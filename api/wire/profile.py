"""The profile and the first steps of a student."""

from typing import Annotated, Literal

from pydantic import Field

from api.wire.base import In, Out, Short


class Accessibility(In):
    """What is left out stays, null takes away."""

    high_contrast: bool | None = None
    reduced_motion: bool | None = None
    dyslexia_font: bool | None = None
    screen_reader: bool | None = None
    font_scale: float | None = Field(None, ge=0.5, le=3)


class Academic(In):
    """What is left out stays, null takes away."""

    institution: Short | None = None
    programme: Short | None = None
    level: Literal["school", "bachelor", "master", "other"] | None = None
    year: int | None = Field(None, ge=1, le=13)
    subjects: Annotated[list[Short], Field(max_length=20)] | None = None


_Zone = Annotated[Short, Field(min_length=1, description="IANA name, as Europe/Berlin")]


_Language = Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}$")]


class ProfileChange(In):
    """What is left out stays; null takes away, and so it does inside the last two."""

    goals: Annotated[list[Annotated[Short, Field(min_length=1)]], Field(max_length=10)] | None = None
    pace: Literal["relaxed", "steady", "intensive"] | None = None
    language: _Language | None = Field(None, description="BCP 47, as de or pt-BR")
    time_zone: _Zone | None = None
    accessibility: Accessibility = Accessibility()
    academic: Academic = Academic()


class ProfileView(Out):
    goals: list[str]
    pace: str | None
    language: str | None
    time_zone: str = Field(description="UTC until another is said")
    accessibility: Accessibility
    academic: Academic


class StepView(Out):
    id: str
    title: str
    state: Literal["open", "done", "skipped"]


class Onboarding(Out):
    steps: list[StepView]
    next: str | None = Field(description="the first open step")
    done: float = Field(description="share of steps that are no longer open, in [0, 1]")


class TakeStep(In):
    skipped: bool = False

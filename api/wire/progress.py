"""Mastery, streaks, gaps, recommendations, reviews and memories."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from api.wire.base import _SHOWN, Id, In, Out, Short, _without_nul
from core.ports import (
    Mastery,
    Progress,
    Remembered,
)
from learning.gaps import Gap, Gaps, Severity
from learning.mastery import explain
from learning.recommendations import Because, Kind


class QuizAnswer(In):
    """A quiz answer. Whether it is right is decided here; exercises are graded by submitting them."""

    kind: Literal["quiz"]
    attempt_id: Id = Field(description="made by the client: the same id again is the same attempt")
    topic: Id
    question: Id
    option: int | None = Field(None, ge=0, le=100, description="index of the chosen option")
    options: list[Annotated[int, Field(ge=0, le=100)]] | None = Field(
        None, max_length=100, description="indexes of all that are right, or all in the right order"
    )
    answer: Short | None = Field(None, examples=["0.75"], description="what was typed: a number, or a short text")
    duration_s: float | None = Field(None, ge=0, le=86_400, allow_inf_nan=False)

    @model_validator(mode="after")
    def _is_one_answer(self) -> "QuizAnswer":
        if sum(given is not None for given in (self.option, self.options, self.answer)) != 1:
            raise ValueError("one of option, options and answer is needed")
        return self

    @property
    def given(self) -> list[int] | str:
        if self.answer is not None:
            return self.answer
        return self.options if self.options is not None else [self.option or 0]


class MasteryChangeView(Out):
    skill: str
    before: float
    after: float


class AchievementView(Out):
    """Earned once. `about` is a topic, a module or a number of days; `evidence` is what was seen then."""

    kind: str
    about: str
    title: str
    words: str
    at: datetime
    evidence: dict[str, Any]


class QuizResult(Out):
    correct: bool
    score: float = Field(description="the part that is right, from 0 to 1")
    why: str
    again: bool = Field(description="this attempt was known already, nothing was counted")
    mastery: list[MasteryChangeView]
    achievements: list[AchievementView] = Field(default_factory=list)


class MasteryView(Out):
    """Belief in [0, 1] with a 90 % interval; `enough` is false on thin data."""

    skill: str
    level: float
    low: float
    high: float
    attempts: int
    enough: bool
    why: str = Field("", description="the level in one sentence, for the student")

    @staticmethod
    def of(found: Mastery) -> "MasteryView":
        return MasteryView.model_validate(found).model_copy(update={"why": explain(found)})


class ProgressView(Out):
    attempts: int
    solved: int
    streak_days: int
    skills: list[MasteryView]
    recent: list[dict[str, Any]]

    @staticmethod
    def of(progress: Progress) -> "ProgressView":
        return ProgressView(
            attempts=progress.attempts,
            solved=progress.solved,
            streak_days=progress.streak_days,
            skills=[MasteryView.of(skill) for skill in progress.skills],
            recent=[dict(one) for one in progress.recent],
        )


class TimeZone(In):
    time_zone: Annotated[Short, Field(min_length=1, description="IANA name, as Europe/Berlin")]


class MilestoneView(Out):
    """Reached for the first time on that day, in a row or in all."""

    kind: Literal["in_a_row", "in_all"]
    days: int
    on: date


class StreakView(Out):
    """Dates are days of `time_zone`. `days` in a row up to today, or to yesterday while today is still open; lost at
    `keep_until` unless something is done before. `next` is the next milestone in a row."""

    time_zone: str
    today: date
    done_today: bool
    days: int
    longest: int
    days_in_all: int
    since: date | None
    keep_until: datetime | None
    next: int | None
    milestones: list[MilestoneView]


class GapView(Out):
    """A topic that was tried and is missing. `severity` grows with what is missing and how much builds on it; `confidence`
    is the probability that it is missing; `roots` are the earlier missing topics it comes from, `to_check` what it builds
    on of which too little was seen."""

    topic: str
    title: str
    level: float
    attempts: int
    severity: float
    grade: Severity
    confidence: float
    roots: list[str]
    to_check: list[str]
    blocks: list[str]
    why: str

    @staticmethod
    def of(gap: Gap) -> "GapView":
        return GapView.model_validate(gap)


class GapsView(Out):
    """The most severe first. `enough` is false while too little was practised to tell of any topic; `thin` names the
    topics that were tried too little."""

    enough: bool
    items: list[GapView]
    thin: list[str]
    known: list[str]

    @staticmethod
    def of(gaps: Gaps) -> "GapsView":
        return GapsView(
            enough=gaps.enough,
            items=[GapView.of(gap) for gap in gaps.gaps],
            thin=list(gaps.thin),
            known=list(gaps.known),
        )


class RecommendationView(Out):
    """`item` is the exercise or quiz question meant, empty for a lesson or a worked example; `why` is for the student. `id` is
    there when the student asks for themselves."""

    id: int | None = None
    kind: Kind
    topic: str
    title: str
    item: str
    minutes: int
    why: str
    because: Because


class Recommendations(Out):
    items: list[RecommendationView]
    minutes: int = Field(description="how long all of them take")


class StopView(Out):
    topic: str
    title: str
    why: str


class PathView(Out):
    """What lies between the student and the goal, which is last; empty when they know it."""

    goal: str
    items: list[StopView]


class ReviewView(Out):
    """`lost`: log-odds forgotten since `at`; `due` from 0.12 on."""

    topic: str
    at: datetime
    lost: float
    due: bool


class Reviews(Out):
    items: list[ReviewView]


class Memory(Out):
    id: str
    kind: Literal["profile", "preference", "misconception", "goal", "worked"]
    content: str
    at: datetime
    turns: list[str] = Field(description="the last turns that taught it: `GET /api/v1/turns/{id}` shows them")
    edited: bool = Field(description="the words are your own")
    by: Literal["rule", "reflection"] = Field(description="whether a language model concluded it from what you wrote")
    quote: str = Field(description="of a reflection: your words that it was concluded from, in one of the turns")

    @staticmethod
    def of(found: Remembered) -> "Memory":
        return Memory(
            id=found.id, kind=found.kind, content=found.content, at=found.at, turns=list(found.turns), edited=found.edited,
            by="reflection" if found.quote else "rule", quote=found.quote,
        )  # fmt: skip


class Memories(Out):
    """`paused`: nothing new is kept, and nothing kept is used."""

    paused: bool
    items: list[Memory]


class EditMemory(In):
    content: Annotated[str, Field(min_length=1, max_length=300, json_schema_extra=_SHOWN), AfterValidator(_without_nul)]


class PauseMemories(In):
    paused: bool

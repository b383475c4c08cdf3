"""The overviews of students and of the course."""

from datetime import date, datetime

from api.wire.base import In, Out
from api.wire.classes import TimeView
from api.wire.progress import AchievementView, MasteryView, RecommendationView, ReviewView, StreakView
from learning.confusion import Confusing
from learning.overview import Overview
from learning.overviews import CourseView


class DayView(Out):
    """A day where the student lives; `minutes` are an estimate."""

    day: date
    answers: int
    right: int
    hints: int
    minutes: float


class NoticeView(Out):
    kind: str
    severity: str
    skill: str | None
    reason: str
    at: datetime


class ToEarn(Out):
    kind: str
    title: str
    words: str


class Achievements(Out):
    """`shown`: they are shown and told; `left` are kinds of which there is none yet."""

    shown: bool
    items: list[AchievementView]
    left: list[ToEarn]


class ShowAchievements(In):
    shown: bool


class OverviewView(Out):
    """All that a student's first page shows. `trend`: how the share of right answers changed within the last 28 days, in
    [-1, 1], null on thin data; `alt` is the picture in words."""

    at: datetime
    alt: str
    today: DayView
    days: list[DayView]
    trend: float | None
    attempts: int
    solved: int
    skills: int
    mastered: int
    weakest: list[MasteryView]
    streak: StreakView
    next: list[RecommendationView]
    reviews: list[ReviewView]
    alerts: list[NoticeView]
    time: TimeView
    achievements: list[AchievementView]

    @staticmethod
    def of(found: Overview) -> "OverviewView":
        told = [MasteryView.of(one) for one in found.weakest]
        return OverviewView.model_validate(found).model_copy(update={"weakest": told})


class ConfusingView(Out):
    """`score` in [0, 1] orders; `signs` say why, empty where nothing stands out or `enough` is false."""

    what: str
    name: str
    title: str
    score: float
    seen: int
    enough: bool
    signs: list[str]

    @staticmethod
    def of(found: Confusing) -> "ConfusingView":
        return ConfusingView.model_validate(found)


class CourseDashboard(Out):
    """What confuses, by the last 28 days; `alt` is the picture in words."""

    at: datetime
    alt: str
    days: int
    items: list[ConfusingView]
    passages: list[ConfusingView]

    @staticmethod
    def of(found: CourseView) -> "CourseDashboard":
        return CourseDashboard.model_validate(found)

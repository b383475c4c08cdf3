"""What a student sees first: today, the last weeks, where they stand, what is next and what to heed; pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from core.ports import Achievement, Mastery, Progress, SkillId
from learning.recommendations import Recommendation, Review
from learning.streaks import Streak
from learning.worktime import TimeOnTask, Worked, time_on_task

DAYS = 28
MASTERED = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Of the student's own day: graded answers, those that were right, hints taken, and minutes as `learning/worktime.py` estimates them."""

    day: date
    answers: int = 0
    right: int = 0
    hints: int = 0
    minutes: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A struggle that the records have seen and nobody has settled, in words."""

    kind: str
    severity: str
    skill: SkillId | None
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """`days` are the last 28, the oldest first, each there. `trend` compares the share of right answers of the newer half with
    that of the older, in [-1, 1]; None where either half has fewer than five answers. `work` is each day's time by topic;
    `achievements`, newest first, are none where the student does not wish to see them."""

    at: datetime
    today: Day
    days: tuple[Day, ...]
    trend: float | None
    attempts: int
    solved: int
    skills: int
    mastered: int
    weakest: tuple[Mastery, ...]
    streak: Streak
    next: tuple[Recommendation, ...]
    reviews: tuple[Review, ...]
    alerts: tuple[Notice, ...]
    time: TimeOnTask
    work: tuple[Worked, ...]
    achievements: tuple[Achievement, ...]

    @property
    def alt(self) -> str:
        answers, right = sum(day.answers for day in self.days), sum(day.right for day in self.days)
        if not answers:
            return f"Nothing was answered in the last {DAYS} days."
        active = sum(day.answers > 0 for day in self.days)
        words = f"In the last {DAYS} days {answers} answers on {active} days, {right / answers:.0%} of them right."
        if self.trend is None:
            return words
        change = "about as many as before" if abs(self.trend) < 0.03 else "more" if self.trend > 0 else "fewer"
        return f"{words} Of the newer half {change} were right" + (
            "." if abs(self.trend) < 0.03 else " than of the older."
        )


def whole_days(found: Sequence[Day], today: date, work: Sequence[Worked] = ()) -> tuple[Day, ...]:
    """Each of the last 28 days up to today, those without answers too."""
    known, minutes = {day.day: day for day in found}, defaultdict[date, float](float)
    for one in work:
        minutes[one.day] += one.minutes
    wanted = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    return tuple(replace(known.get(day, Day(day=day)), minutes=minutes[day]) for day in wanted)


def trend_of(days: Sequence[Day]) -> float | None:
    half = len(days) // 2
    shares = []
    for part in (days[:half], days[half:]):
        answers = sum(day.answers for day in part)
        if answers < 5:
            return None
        shares.append(sum(day.right for day in part) / answers)
    return shares[1] - shares[0]


def draw_up(
    *, progress: Progress, days: Sequence[Day], streak: Streak, next_: Sequence[Recommendation],
    reviews: Sequence[Review], alerts: Sequence[Notice], now: datetime, work: Sequence[Worked] = (),
    achievements: Sequence[Achievement] = (),
) -> Overview:  # fmt: skip
    month = whole_days(days, streak.today, work)
    sure = sorted((skill for skill in progress.skills if skill.enough), key=lambda skill: skill.level)
    return Overview(
        at=now,
        today=month[-1],
        days=month,
        trend=trend_of(month),
        attempts=progress.attempts,
        solved=progress.solved,
        skills=len(progress.skills),
        mastered=sum(skill.level >= MASTERED for skill in sure),
        weakest=tuple(skill for skill in sure[:3] if skill.level < MASTERED),
        streak=streak,
        next=tuple(next_),
        reviews=tuple(review for review in reviews if review.due)[:5],
        alerts=tuple(alerts),
        time=time_on_task(work, streak.today),
        work=tuple(work),
        achievements=tuple(achievements),
    )

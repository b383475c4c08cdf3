"""Time on task: how long a student worked, on which day and at what, estimated from what they left behind; pure.

What was done leaves marks: an attempt from its beginning (its time less its duration) to its end, a turn from a minute
before it was sent to its answer. Marks with at most GAP between them are one sitting, and what lies between two belongs to
what followed, which it led to; a longer gap is time away. No moment counts twice, so the same mark again changes nothing.
Logs alone cannot tell thinking from being away: the limits are those with which estimates were found to agree best with
outcomes (Kovanović et al., Does time-on-task estimation matter?, Journal of Learning Analytics 2(3), 2015).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from core.ports import Subject, Topic, TopicId
from learning.streaks import check_zone, day_after, day_start, zone_of

GAP = timedelta(minutes=10)
LEAST = timedelta(minutes=1)
"""What a mark without a duration counts for: nobody answers in no time."""
LONGEST = timedelta(minutes=30)
"""A duration that is told by a client may be of a page left open overnight: no more than this is believed."""
WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something was done until `ended`, since `began`; `topic` None where it is of no topic of the course."""

    began: datetime
    ended: datetime
    topic: TopicId | None = None
    subject: Subject | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """Minutes of a student's day at one topic; `topic` and `subject` None for what could not be placed."""

    day: date
    subject: Subject | None
    topic: TopicId | None
    minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOnTask:
    """In minutes. `week` is the last seven days with today, `before` the seven before these; `trend` is how much more, as a
    share of `before`, None where there was nothing before. `topics` are the week's, most time first."""

    today: float = 0.0
    week: float = 0.0
    before: float = 0.0
    trend: float | None = None
    topics: tuple[Worked, ...] = ()


class Places:
    """Where items and skills belong in the course."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._of: dict[str, Topic] = {}
        for topic in reversed(topics):  # of several topics with a skill the first that teaches it
            names = [*topic.skills, *topic.exercises, *(question.id for question in topic.quiz), topic.id]
            self._of |= dict.fromkeys(names, topic)

    def find(self, names: Iterable[str | None]) -> tuple[TopicId | None, Subject | None]:
        """Of the first name that the course knows."""
        topic = next((self._of[name] for name in names if name in self._of), None)
        return (topic.id, topic.subject) if topic else (None, None)


def mark(ended: datetime, seconds: float | None, names: Iterable[str | None], places: Places) -> Mark:
    """What ended then and took so long, if that is known; `names` are what it was about."""
    took = LEAST if seconds is None else timedelta(seconds=min(seconds, LONGEST.total_seconds()))
    topic, subject = places.find(names)
    return Mark(began=ended - took, ended=ended, topic=topic, subject=subject)


def worked(marks: Iterable[Mark], zone_name: str = "UTC") -> tuple[Worked, ...]:
    """By day of that zone, then by time spent. Raises Invalid for what is no time zone."""
    zone = zone_of(check_zone(zone_name))
    sums: dict[tuple[date, Subject | None, TopicId | None], float] = defaultdict(float)
    for began, ended, of in _spans(_placed(marks)):
        for day, seconds in _by_day(began, ended, zone):
            sums[day, of.subject, of.topic] += seconds
    found = [
        Worked(day=day, subject=subject, topic=topic, minutes=seconds / 60)
        for (day, subject, topic), seconds in sums.items()
        if seconds > 0
    ]
    return tuple(sorted(found, key=lambda one: (one.day, -one.minutes, one.topic or "")))


def time_on_task(found: Sequence[Worked], today: date) -> TimeOnTask:
    """Of days up to `today`; what lies after it does not count."""
    week = [one for one in found if timedelta() <= today - one.day < timedelta(days=WEEK)]
    earlier = [one for one in found if timedelta(days=WEEK) <= today - one.day < timedelta(days=2 * WEEK)]
    now, before = _minutes(week), _minutes(earlier)
    return TimeOnTask(
        today=_minutes(one for one in week if one.day == today),
        week=now,
        before=before,
        trend=now / before - 1 if before else None,
        topics=_by_topic(week, today),
    )


def together(students: Iterable[TimeOnTask]) -> TimeOnTask:
    """Of several students, summed."""
    found = list(students)
    week, before = sum(one.week for one in found), sum(one.before for one in found)
    topics = [topic for one in found for topic in one.topics]
    return TimeOnTask(
        today=sum(one.today for one in found),
        week=week,
        before=before,
        trend=week / before - 1 if before else None,
        topics=_by_topic(topics, max((topic.day for topic in topics), default=date.min)),
    )


def _placed(marks: Iterable[Mark]) -> list[Mark]:
    """In order, each once; what is of no topic belongs to what was done around it in the same sitting."""
    order = sorted(set(marks), key=lambda mark: (mark.began, mark.ended, mark.topic or "", mark.subject or ""))
    return _carried(_carried(order)[::-1])[::-1]


def _carried(order: Sequence[Mark]) -> list[Mark]:
    found: list[Mark] = []
    for mark in order:
        last = found[-1] if found else None
        if mark.topic is None and last and last.topic and _apart(last, mark) <= GAP:
            mark = Mark(began=mark.began, ended=mark.ended, topic=last.topic, subject=last.subject)
        found.append(mark)
    return found


def _apart(one: Mark, other: Mark) -> timedelta:
    return max(one.began, other.began) - min(one.ended, other.ended)


def _spans(order: Sequence[Mark]) -> Iterator[tuple[datetime, datetime, Mark]]:
    """Stretches that do not overlap, each with the mark it belongs to."""
    upto: datetime | None = None
    for mark in order:
        began = mark.began
        if upto is not None and began - upto <= GAP:
            began = upto
        if mark.ended > began:
            yield began, mark.ended, mark
        upto = mark.ended if upto is None else max(upto, mark.ended)


def _by_day(began: datetime, ended: datetime, zone: tzinfo) -> Iterator[tuple[date, float]]:
    """Seconds of each day that the stretch touches: a day is as long as the clocks there make it."""
    day = began.astimezone(zone).date()
    while began < ended:
        following = day_after(day, zone)
        until = min(ended, max(began, day_start(following, zone)))
        yield day, (until - began).total_seconds()
        began, day = until, following


def _minutes(found: Iterable[Worked]) -> float:
    return sum(one.minutes for one in found)


def _by_topic(found: Sequence[Worked], day: date) -> tuple[Worked, ...]:
    sums: dict[tuple[Subject | None, TopicId | None], float] = defaultdict(float)
    for one in found:
        sums[one.subject, one.topic] += one.minutes
    topics = [
        Worked(day=day, subject=subject, topic=topic, minutes=minutes) for (subject, topic), minutes in sums.items()
    ]
    return tuple(sorted(topics, key=lambda one: (-one.minutes, one.topic or "")))

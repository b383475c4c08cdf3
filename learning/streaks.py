"""Days of practice in a row, in the student's own time zone, and what they have come to; pure."""

import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from typing import Literal

from core.errors import Invalid

IN_A_ROW = (3, 7, 14, 30, 60, 100, 200, 365)
IN_ALL = (10, 50, 100, 250, 500, 1000)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """`days` in a row or in all were reached `on` a day for the first time."""

    kind: Literal["in_a_row", "in_all"]
    days: int
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Streak:
    """Days are the student's. `days` in a row up to today, or to yesterday while today is still open; `keep_until` is when
    they are lost unless something is done before, None without a streak. `next` is the next milestone in a row."""

    time_zone: str
    today: date
    done_today: bool
    days: int
    longest: int
    days_in_all: int
    since: date | None
    keep_until: datetime | None
    next: int | None
    milestones: tuple[Milestone, ...]


def check_zone(name: str) -> str:
    """Raises Invalid for what is no name of the IANA time zone database, such as Europe/Berlin."""
    if name != "UTC" and name not in _names():
        raise Invalid("time_zone is a name such as Europe/Berlin", field="time_zone")
    return name


def streak(moments: Iterable[datetime], now: datetime, zone_name: str = "UTC") -> Streak:
    """Of when something was done, in any order. What lies after today does not count: a client's clock may be ahead."""
    zone = zone_of(check_zone(zone_name))
    today = now.astimezone(zone).date()
    days = sorted({day for moment in moments if (day := moment.astimezone(zone).date()) <= today})
    runs = _runs(days, zone)
    last = runs[-1] if runs and runs[-1][-1] in (today, day_before(today, zone)) else ()
    return Streak(
        time_zone=zone_name,
        today=today,
        done_today=today in days[-1:],
        days=len(last),
        longest=max(map(len, runs), default=0),
        days_in_all=len(days),
        since=last[0] if last else None,
        keep_until=day_start(day_after(day_after(last[-1], zone), zone), zone) if last else None,
        next=next((goal for goal in IN_A_ROW if goal > len(last)), None),
        milestones=_milestones(days, runs),
    )


def day_before(day: date, zone: tzinfo) -> date:
    """Almost always yesterday: where the date line was moved, a date is missing (Samoa had no 30 December 2011)."""
    earlier = day - _DAY
    return earlier if _exists(earlier, zone) else earlier - _DAY


def day_after(day: date, zone: tzinfo) -> date:
    later = day + _DAY
    return later if _exists(later, zone) else later + _DAY


def _exists(day: date, zone: tzinfo) -> bool:
    return day_start(day, zone) < day_start(day + _DAY, zone)


def day_start(day: date, zone: tzinfo) -> datetime:
    """The first moment of a day, in UTC; a midnight that a clock change leaves out is the moment of the change."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def _runs(days: Sequence[date], zone: tzinfo) -> list[list[date]]:
    runs: list[list[date]] = []
    for day in days:
        if runs and runs[-1][-1] == day_before(day, zone):
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _milestones(days: Sequence[date], runs: Sequence[Sequence[date]]) -> tuple[Milestone, ...]:
    found = [Milestone(kind="in_all", days=goal, on=days[goal - 1]) for goal in IN_ALL if goal <= len(days)]
    for goal in IN_A_ROW:
        first = next((run[goal - 1] for run in runs if goal <= len(run)), None)
        if first:
            found.append(Milestone(kind="in_a_row", days=goal, on=first))
    return tuple(sorted(found, key=lambda one: (one.on, one.days)))


@cache
def _names() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def zone_of(name: str) -> tzinfo:
    return UTC if name == "UTC" else zoneinfo.ZoneInfo(name)

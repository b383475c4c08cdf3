"""What may be told, when it may leave the house, and how often that is tried: pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from core.errors import Invalid
from learning.attempts import check_text, check_word
from learning.streaks import check_zone

Kind = Literal["alert", "teacher_answer", "announcement", "digest", "reply", "moderation", "achievement"]
Channel = Literal["email", "webhook"]
Digest = Literal["off", "daily", "weekly"]
Status = Literal["waiting", "sent", "dead"]

KINDS: tuple[Kind, ...] = (
    "alert", "teacher_answer", "announcement", "digest", "reply", "moderation", "achievement",
)  # fmt: skip
BODY_LEAVES = frozenset[str]({"announcement", "digest"})
"""Kinds whose body may go by mail or to a webhook: what is said of a student stays behind a sign-in."""
TITLE_CHARS_MAX = 200
BODY_CHARS_MAX = 4_000
DIGEST_HOUR = 7
WAITS_S = (10.0, 60.0, 300.0, 1_800.0, 7_200.0, 21_600.0, 43_200.0)
"""Before another try: about a day in all, then the delivery is dead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to tell. `key` names it for ever: the same person is told once. `urgent` does not wait for the morning.
    `facts` are ids to go on from."""

    key: str
    kind: Kind
    title: str
    body: str = ""
    urgent: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    seq: int
    kind: str
    title: str
    body: str
    urgent: bool
    facts: Mapping[str, Any]
    at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """`time_zone` None: the one that streaks are counted by, else UTC. Quiet hours may go over midnight."""

    time_zone: str | None = None
    quiet_from: time | None = None
    quiet_until: time | None = None
    muted: tuple[str, ...] = ()
    digest: Digest = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """`secret` is there only in the answer to `subscribe`."""

    id: str
    channel: Channel
    kinds: tuple[str, ...]
    url: str
    created_at: datetime
    ended_at: datetime | None
    ended_because: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    id: str
    seq: int
    channel: Channel
    status: Status
    tries: int
    due_at: datetime
    sent_at: datetime | None
    failure: str
    title: str


def check_notice(notice: Notice) -> Notice:
    """Raises Invalid."""
    check_word("key", notice.key)
    check_text("title", notice.title, TITLE_CHARS_MAX)
    check_text("body", notice.body, BODY_CHARS_MAX)
    if not notice.title.strip():
        raise Invalid("a notification needs a title", field="title")
    return notice


def check_preferences(wishes: Preferences) -> Preferences:
    """Raises Invalid."""
    if wishes.time_zone is not None:
        check_zone(wishes.time_zone)
    if (wishes.quiet_from is None) != (wishes.quiet_until is None):
        raise Invalid("quiet hours have a beginning and an end", field="quiet_from")
    check_kinds(wishes.muted, field="muted")
    return wishes


def check_kinds(kinds: tuple[str, ...], *, field: str = "kinds") -> tuple[str, ...]:
    """Each once. Raises Invalid."""
    if strange := [kind for kind in kinds if kind not in KINDS]:
        raise Invalid(f"there is no kind of notification {strange[0]!r}", field=field)
    return tuple(dict.fromkeys(kinds))


def quiet_end(now: datetime, quiet_from: time | None, quiet_until: time | None, zone: str) -> datetime | None:
    """When the quiet hours that `now` lies in are over; None outside of them. Hours are those of the clock on the wall: a
    change of clocks makes the night longer or shorter."""
    if quiet_from is None or quiet_until is None or quiet_from == quiet_until:
        return None
    local = now.astimezone(ZoneInfo(zone))
    clock = local.time()
    over_midnight = quiet_from > quiet_until
    inside = (clock >= quiet_from or clock < quiet_until) if over_midnight else quiet_from <= clock < quiet_until
    if not inside:
        return None
    tomorrow = over_midnight and clock >= quiet_from
    return instant(local.date() + timedelta(days=tomorrow), quiet_until, zone, after=now)


def next_digest(now: datetime, every: Digest, zone: str) -> datetime | None:
    """The next morning, or the next Monday's; None for who wants none."""
    if every == "off":
        return None
    day = now.astimezone(ZoneInfo(zone)).date()
    for ahead in range(9):
        found = day + timedelta(days=ahead)
        at = instant(found, time(DIGEST_HOUR), zone, after=now)
        if at > now and (every == "daily" or found.weekday() == 0) and _falls_on(at, found, zone):
            return at
    raise AssertionError("every nine days have a Monday")


def _falls_on(at: datetime, day: date, zone: str) -> bool:
    return at.astimezone(ZoneInfo(zone)).date() == day


def instant(day: date, clock: time, zone: str, *, after: datetime) -> datetime:
    """When the wall clock shows this, in UTC. Of two such moments the first after `after`; a time that the clocks leave
    out is as much later."""
    wall = datetime.combine(day, clock, tzinfo=ZoneInfo(zone))
    first = wall.astimezone(UTC)
    return first if first > after else wall.replace(fold=1).astimezone(UTC)


def wait_s(tries: int) -> float | None:
    """Seconds until the next try after so many; None: no more."""
    return WAITS_S[tries - 1] if tries <= len(WAITS_S) else None

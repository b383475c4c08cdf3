"""Days in a row where the student lives, whatever the clocks there do."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from learning.streaks import check_zone, streak

ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "America/Havana", "Asia/Beirut", "Africa/Cairo", "Australia/Lord_Howe",
    "Asia/Kathmandu", "Pacific/Chatham", "Pacific/Apia", "America/Santiago", "Pacific/Kiritimati",
)  # fmt: skip


def at(zone: str, *moment: int) -> datetime:
    return datetime(*moment, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("zone", "moments", "days"),
    [
        # 23 hours long: 22:30 UTC is 23:30 before and 00:30 after the change
        ("Europe/Berlin", [(2026, 3, 28, 23, 30), (2026, 3, 29, 23, 30), (2026, 3, 30, 0, 30)], 3),
        ("Europe/Berlin", [(2026, 10, 24, 0, 10), (2026, 10, 25, 23, 50), (2026, 10, 26, 0, 10)], 3),
        ("Europe/Berlin", [(2026, 10, 25, 0, 10), (2026, 10, 25, 2, 30), (2026, 10, 25, 23, 50)], 1),
        ("America/New_York", [(2026, 3, 7, 23, 59), (2026, 3, 8, 3, 0), (2026, 3, 9, 0, 0)], 3),
        ("Asia/Beirut", [(2025, 3, 29, 23, 59), (2025, 3, 30, 1, 0), (2025, 3, 31, 0, 0)], 3),  # its 00:00 is left out
        ("Pacific/Apia", [(2011, 12, 29, 23, 0), (2011, 12, 31, 9, 0)], 2),  # the 30th was left out
        ("Europe/Berlin", [(2026, 3, 28, 12, 0), (2026, 3, 30, 12, 0)], 1),
    ],
)
def test_a_change_of_the_clocks_neither_breaks_nor_lends_a_day(
    zone: str, moments: list[tuple[int, ...]], days: int
) -> None:
    found = [at(zone, *moment) for moment in moments]

    assert streak(found, found[-1], zone).days == days


@pytest.mark.parametrize(
    ("zone", "last", "until"),
    [
        ("Europe/Berlin", (2026, 3, 28, 12, 0), "2026-03-29T22:00:00+00:00"),
        ("Europe/Berlin", (2026, 10, 24, 12, 0), "2026-10-25T23:00:00+00:00"),
        ("Asia/Beirut", (2025, 3, 28, 12, 0), "2025-03-29T22:00:00+00:00"),
        ("Pacific/Apia", (2011, 12, 28, 12, 0), "2011-12-30T10:00:00+00:00"),
        ("Pacific/Apia", (2011, 12, 29, 12, 0), "2011-12-31T10:00:00+00:00"),
    ],
)
def test_a_streak_is_kept_until_the_last_moment_of_the_next_day(zone: str, last: tuple[int, ...], until: str) -> None:
    done = at(zone, *last)
    keep_until = streak([done], done, zone).keep_until

    assert keep_until is not None
    assert keep_until.isoformat() == until
    assert streak([done], keep_until - timedelta(microseconds=1), zone).days == 1
    assert streak([done], keep_until, zone).days == 0


@given(
    zone=st.sampled_from(ZONES),
    first=st.dates(date(2012, 1, 1), date(2030, 1, 1)),
    clocks=st.lists(st.times(time(4), time(23, 59, 59)), min_size=1, max_size=80),
)
def test_who_practises_every_day_at_whatever_hour_has_every_day(zone: str, first: date, clocks: list[time]) -> None:
    here = ZoneInfo(zone)
    moments = [datetime.combine(first + timedelta(days=n), clock, here) for n, clock in enumerate(clocks)]
    quarters = [datetime.fromtimestamp(moment.timestamp() // 900 * 900, UTC) for moment in moments]

    exact, kept = (streak(found, moments[-1], zone) for found in (moments, quarters))

    assert exact == kept  # quarters of an hour are all that needs keeping
    assert exact.days == exact.longest == exact.days_in_all == len(clocks)
    assert exact.done_today
    assert exact.since == first


@given(
    zone=st.sampled_from(ZONES),
    hours=st.lists(st.integers(0, 24 * 120), max_size=60),
    later=st.integers(0, 24 * 130),
)
def test_figures_agree_with_counting_by_hand(zone: str, hours: list[int], later: int) -> None:
    start = datetime(2026, 2, 1, tzinfo=UTC)
    now = start + timedelta(hours=later)
    moments = [start + timedelta(hours=hour) for hour in hours]

    found = streak(moments, now, zone)

    today = now.astimezone(ZoneInfo(zone)).date()
    days = {day for moment in moments if (day := moment.astimezone(ZoneInfo(zone)).date()) <= today}
    day, count = (today if today in days else today - timedelta(days=1)), 0
    while day in days:
        day, count = day - timedelta(days=1), count + 1
    assert (found.days, found.days_in_all) == (count, len(days))
    assert found.days <= found.longest <= found.days_in_all
    assert (found.keep_until is None) == (found.days == 0)
    assert found.keep_until is None or found.keep_until > now


def test_milestones_are_reached_once_on_the_first_day_that_reaches_them() -> None:
    start = datetime(2026, 1, 1, 12, tzinfo=UTC)
    moments = [start + timedelta(days=n) for n in (0, 1, 2, 3, 10, 11, 12, 13, 14, 15, 16)]

    found = streak(moments, moments[-1])

    assert [(one.kind, one.days, one.on.isoformat()) for one in found.milestones] == [
        ("in_a_row", 3, "2026-01-03"), ("in_all", 10, "2026-01-16"), ("in_a_row", 7, "2026-01-17"),
    ]  # fmt: skip
    assert (found.days, found.next) == (7, 14)


def test_a_client_s_clock_that_is_ahead_adds_no_day() -> None:
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)

    assert streak([now + timedelta(hours=13)], now).days_in_all == 0


@pytest.mark.parametrize(
    "name", ["", "Mars/Base", "europe/berlin ", "../../etc/passwd", "/etc/localtime", "\x00", "Europe"]
)
def test_only_names_of_the_time_zone_database_are_time_zones(name: str) -> None:
    with pytest.raises(Invalid):
        check_zone(name)

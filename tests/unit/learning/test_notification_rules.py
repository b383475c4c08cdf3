"""When somebody may be disturbed, on every clock there is, and where a webhook may go."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from learning.notifications import rules, signing
from learning.notifications.outward import check_url, is_public
from learning.notifications.running import digest, letter, postponed

BERLIN = "Europe/Berlin"
ZONES = ["UTC", BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo", "Pacific/Apia"]

MOMENTS = st.integers(1_700_000_000, 1_900_000_000).map(lambda at_s: datetime.fromtimestamp(at_s, UTC))


def berlin(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(BERLIN), fold=fold)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        (berlin(2026, 11, 20, 22, 0), berlin(2026, 11, 21, 7, 0)),
        (berlin(2026, 11, 21, 6, 59), berlin(2026, 11, 21, 7, 0)),
        (berlin(2026, 11, 21, 7, 0), None),
        (berlin(2026, 11, 20, 20, 59), None),
        (berlin(2026, 3, 28, 22, 0), berlin(2026, 3, 29, 7, 0)),  # an hour shorter
        (berlin(2026, 10, 24, 22, 0), berlin(2026, 10, 25, 7, 0)),  # an hour longer
    ],
)
def test_a_night_ends_when_the_clock_on_the_wall_says_so(now: datetime, ends: datetime | None) -> None:
    assert rules.quiet_end(now.astimezone(UTC), time(21), time(7), BERLIN) == ends


def test_the_nights_of_changing_clocks_are_as_long_as_they_are() -> None:
    def night(day: datetime) -> timedelta:
        end = rules.quiet_end(day.astimezone(UTC), time(21), time(7), BERLIN)
        assert end
        return end - day.astimezone(UTC)

    assert night(berlin(2026, 3, 28, 21, 0)) == timedelta(hours=9)
    assert night(berlin(2026, 10, 24, 21, 0)) == timedelta(hours=11)
    assert night(berlin(2026, 11, 20, 21, 0)) == timedelta(hours=10)


def test_a_quiet_end_that_comes_twice_is_the_one_still_ahead() -> None:
    first, second = berlin(2026, 10, 25, 2, 10), berlin(2026, 10, 25, 2, 10, fold=1)

    ends = [rules.quiet_end(now.astimezone(UTC), time(23), time(2, 30), BERLIN) for now in (first, second)]

    assert ends == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)]


def test_a_quiet_end_that_the_clocks_leave_out_comes_all_the_same() -> None:
    end = rules.quiet_end(berlin(2026, 3, 29, 1, 0).astimezone(UTC), time(23), time(2, 30), BERLIN)

    assert end
    assert end.astimezone(ZoneInfo(BERLIN)).time() == time(3, 30)


@given(
    moment=MOMENTS, start=st.times(), end=st.times(), zone=st.sampled_from(ZONES)
)  # fmt: skip
def test_quiet_hours_always_end_within_a_day_or_so(moment: datetime, start: time, end: time, zone: str) -> None:
    found = rules.quiet_end(moment, start.replace(fold=0), end.replace(fold=0), zone)

    assert found is None or moment < found <= moment + timedelta(hours=26)


@given(moment=MOMENTS, zone=st.sampled_from(ZONES))
def test_a_digest_comes_at_seven_and_weekly_on_a_monday(moment: datetime, zone: str) -> None:
    daily, weekly = (rules.next_digest(moment, every, zone) for every in ("daily", "weekly"))  # type: ignore[arg-type]

    assert daily
    assert weekly
    assert moment < daily <= moment + timedelta(hours=50)  # a date that a zone skipped has no morning
    assert moment < weekly <= moment + timedelta(days=8, hours=2)
    local = weekly.astimezone(ZoneInfo(zone))
    assert (local.hour, local.weekday()) == (7, 0)


def test_tries_grow_apart_and_end_within_two_days() -> None:
    waits = [rules.wait_s(tries) for tries in range(1, 9)]

    assert waits[-1] is None
    known = [wait for wait in waits if wait]
    assert known == sorted(known)
    assert sum(known) < 48 * 3600


def test_a_receiver_can_tell_what_is_ours_fresh_and_whole() -> None:
    secret, body = signing.new_secret(), b'{"type":"alert"}'
    headers = signing.headers(secret, "m1", 1000, body)

    assert signing.is_genuine(secret, headers, body, now_s=1010)
    assert not signing.is_genuine(secret, headers, body + b" ", now_s=1010)
    assert not signing.is_genuine(secret, headers, body, now_s=1000 + signing.TOLERANCE_S + 1)
    assert not signing.is_genuine(signing.new_secret(), headers, body, now_s=1010)
    assert not signing.is_genuine(secret, {**headers, "webhook-id": "m2"}, body, now_s=1010)
    assert not signing.is_genuine(secret, {}, body, now_s=1010)


def test_the_signature_is_the_standards_own_example() -> None:
    """The worked example that the specification of Standard Webhooks and its libraries test with."""
    headers = signing.headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
        "198.18.0.1", "192.0.2.1", "::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1",
        "2002:7f00:1::", "2001::1", "2001:db8::1", "::7f00:1", "nonsense",
    ],
)  # fmt: skip
def test_an_address_of_ones_own_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/x", "https://user:pw@hooks.example/", "https://user@hooks.example/", "https://127.0.0.1/", "https://[::1]/",
        "https://169.254.169.254/latest", "ftp://hooks.example", "https://", "file:///etc/passwd", "https://hooks.example/#x", "https://hooks.example:99999/",
        "https://hooks.example/a b", "https://hooks.example/\r\nHost: x", "https://h\u00f6st.example", "javascript:alert(1)", "https://" + "a" * 2000,
    ],
)  # fmt: skip
def test_an_address_that_may_not_be_posted_to_is_refused_at_once(url: str) -> None:
    with pytest.raises(Invalid):
        check_url(url, private=False)


def test_ones_own_network_is_allowed_when_it_was_said() -> None:
    assert check_url("http://127.0.0.1:9000/hook", private=True).port == 9000


def _row(**changed: object) -> dict[str, object]:
    night = {"quiet_from": time(21), "quiet_until": time(7), "zone": BERLIN}
    return {"urgent": False, "channel": "email", "letters": 0, "kind": "alert", "name": "Tina", "title": "Ada: stuck", "body": "secret", **night, **changed}  # fmt: skip


def test_what_is_urgent_does_not_wait_for_the_morning() -> None:
    night = berlin(2026, 11, 20, 23, 0).astimezone(UTC)

    assert postponed(_row(), night) == berlin(2026, 11, 21, 7, 0)
    assert postponed(_row(urgent=True), night) is None


def test_nobody_is_written_to_more_often_than_is_bearable() -> None:
    noon = berlin(2026, 11, 20, 12, 0).astimezone(UTC)

    assert postponed(_row(letters=10), noon) == noon + timedelta(minutes=15)
    assert postponed(_row(letters=10, channel="webhook"), noon) is None


def test_what_is_said_of_a_student_stays_behind_a_sign_in() -> None:
    assert "secret" not in letter(_row())
    assert "secret" in letter(_row(kind="announcement"))


def test_a_digest_says_who_and_how_grave_and_nothing_when_there_is_nothing() -> None:
    def alert(name: str, severity: str = "low", fresh: bool = True) -> dict[str, object]:
        return {"student_name": name, "kind": "asked_teacher", "severity": severity, "fresh": fresh}

    assert digest([], key="k") is None
    assert digest([alert("Ada", fresh=False)], key="k") is None
    found = digest([alert("Ada"), alert("Bob", "high"), alert("Ada", "medium"), alert("Cyd", fresh=False)], key="k")  # type: ignore[list-item]
    assert found
    assert found.title == "3 new alerts in your classes"
    assert found.body.split("\n") == [
        "Bob: 1, the gravest high (asked teacher)", "Ada: 2, the gravest medium (asked teacher)", "", "1 from before is still open."
    ]  # fmt: skip

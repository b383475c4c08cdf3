"""Guessing slows down; nobody can lock anybody else out."""

import pytest

from accounts.backoff import Backoff
from core.clock import FakeClock
from core.errors import RateLimited


def fail(backoff: Backoff, times: int, *, address: str = "192.0.2.1", account: str = "ada@school.org") -> None:
    for _ in range(times):
        backoff.try_once(address, account)


def test_ten_tries_are_free_and_then_the_wait_doubles() -> None:
    clock = FakeClock()
    backoff = Backoff(clock)

    fail(backoff, 10)

    for wait in (1, 2, 4, 8):
        with pytest.raises(RateLimited) as refused:
            fail(backoff, 1)
        assert refused.value.retry_after_s == wait
        clock.advance(wait)
        fail(backoff, 1)


def test_the_owner_elsewhere_is_not_locked_out() -> None:
    backoff = Backoff(FakeClock())

    fail(backoff, 10, address="198.51.100.66")

    fail(backoff, 1, address="192.0.2.1")


def test_others_behind_the_same_address_are_not_locked_out() -> None:
    backoff = Backoff(FakeClock())

    fail(backoff, 10, account="victim@school.org")

    fail(backoff, 1, account="neighbour@school.org")


def test_success_forgets_the_failures() -> None:
    backoff = Backoff(FakeClock())
    fail(backoff, 10)

    backoff.succeeded("192.0.2.1", "ada@school.org")

    fail(backoff, 10)


def test_an_hour_forgets_the_failures() -> None:
    clock = FakeClock()
    backoff = Backoff(clock)
    fail(backoff, 10)

    clock.advance(3601)

    fail(backoff, 10)


def test_the_wait_never_grows_over_a_quarter_of_an_hour() -> None:
    clock = FakeClock()
    backoff = Backoff(clock)
    fail(backoff, 10)

    for _ in range(40):
        clock.advance(900)
        fail(backoff, 1)

    with pytest.raises(RateLimited) as refused:
        fail(backoff, 1)
    assert refused.value.retry_after_s == 900


def test_a_whole_ipv6_network_counts_as_one_address() -> None:
    backoff = Backoff(FakeClock())

    for last in range(10):
        fail(backoff, 1, address=f"2001:db8:1:2::{last:x}")

    with pytest.raises(RateLimited):
        fail(backoff, 1, address="2001:db8:1:2:ffff::1")
    fail(backoff, 1, address="2001:db8:1:3::1")


def test_memory_is_bounded() -> None:
    backoff = Backoff(FakeClock())

    for n in range(20_050):
        fail(backoff, 1, account=str(n))

    assert len(backoff._pairs) == 20_000

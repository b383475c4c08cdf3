"""A provider that keeps failing is left alone, then tried once."""

from agents.models.breaker import Breaker
from core.clock import FakeClock


def test_it_opens_after_failures_in_a_row_and_lets_one_trial_through() -> None:
    clock = FakeClock()
    breaker = Breaker(clock, failures_max=2, rest_s=10)
    breaker.failed()
    breaker.failed()

    refused = breaker.allows()
    clock.advance(11)
    trial, second = breaker.allows(), breaker.allows()

    assert (refused, trial, second) == (False, True, False)


def test_a_success_closes_it() -> None:
    breaker = Breaker(FakeClock(), failures_max=2)
    breaker.failed()
    breaker.succeeded()
    breaker.failed()

    assert breaker.allows()

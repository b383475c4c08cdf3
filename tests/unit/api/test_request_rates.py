"""How often one may ask."""

import pytest

from api.rates import Rates, address
from core.clock import FakeClock
from core.errors import RateLimited
from core.settings import ApiSettings


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def rates(clock: FakeClock) -> Rates:
    return Rates(ApiSettings(turns_per_minute=3, sign_ins_per_minute=2), clock)


def test_the_limit_itself_is_allowed_and_one_more_is_not(rates: Rates) -> None:
    for _ in range(3):
        rates.hit("turns", "ada")

    with pytest.raises(RateLimited) as refused:
        rates.hit("turns", "ada")

    assert refused.value.retry_after_s == 60
    assert refused.value.facts["limit"] == 3


def test_the_window_moves(rates: Rates, clock: FakeClock) -> None:
    rates.hit("turns", "ada")
    clock.advance(40)
    rates.hit("turns", "ada", cost=2)
    clock.advance(20)

    rates.hit("turns", "ada")

    with pytest.raises(RateLimited) as refused:
        rates.hit("turns", "ada")
    assert refused.value.retry_after_s == 40


def test_a_refused_hit_is_not_counted(rates: Rates, clock: FakeClock) -> None:
    rates.hit("sign_ins", "1.2.3.4", cost=2)
    for _ in range(50):
        with pytest.raises(RateLimited):
            rates.hit("sign_ins", "1.2.3.4")
    clock.advance(60)

    rates.hit("sign_ins", "1.2.3.4")


def test_people_and_classes_are_counted_apart(rates: Rates) -> None:
    rates.hit("turns", "ada", cost=3)

    rates.hit("turns", "bob")
    rates.hit("requests", "ada")


def test_a_batch_larger_than_the_limit_is_refused_whole(rates: Rates) -> None:
    with pytest.raises(RateLimited):
        rates.hit("turns", "ada", cost=4)

    rates.hit("turns", "ada", cost=3)


def test_who_has_gone_is_forgotten(rates: Rates, clock: FakeClock) -> None:
    for n in range(100):
        rates.hit("turns", f"student-{n}")
    clock.advance(61)

    rates.hit("turns", "ada")

    assert len(rates._hits) == 1


@pytest.mark.parametrize(
    ("client", "counted_as"),
    [
        (("10.0.0.1", 5), "10.0.0.1"),
        (("2001:db8:1:2:3:4:5:6", 5), "2001:db8:1:2::/64"),
        (("a unix socket", 0), "a unix socket"),
        (None, "unknown"),
    ],
)
def test_an_address_counts_as_its_household(client: tuple[str, int] | None, counted_as: str) -> None:
    assert address(client) == counted_as

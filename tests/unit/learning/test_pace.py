"""Time against peers: what is usual is learnt from many, bounded, and silent where too little is known."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.pace import ENOUGH, PRIOR_S, Pace, excess, step, usual_s


def lived(*seconds: float | None) -> Pace:
    pace = Pace()
    for one in seconds:
        pace += step(pace, one)
    return pace


def test_what_is_usual_moves_from_the_first_guess_to_what_answers_take() -> None:
    assert usual_s(Pace()) == pytest.approx(PRIOR_S)
    assert PRIOR_S > usual_s(lived(20)) > usual_s(lived(*[20] * 10)) > 20
    assert usual_s(lived(*[20] * 200)) == pytest.approx(20, rel=0.05)


def test_who_went_for_lunch_moves_nothing_and_tells_nothing() -> None:
    busy = lived(*[20] * 50)

    assert lived(*[20] * 50, 7200, 0.1, None) == busy
    assert [excess(busy, seconds) for seconds in (7200, 0.1, None)] == [None, None, None]
    assert usual_s(busy + step(busy, 1700)) < 1.05 * usual_s(busy)


def test_nothing_is_said_of_an_item_that_few_were_timed_at() -> None:
    assert excess(lived(*[20] * (ENOUGH - 1)), 300) is None
    assert excess(lived(*[60] * ENOUGH), 120) == pytest.approx(math.log(2))


@given(st.lists(st.floats(0, 1e6), max_size=60), st.floats(2, 1800))
def test_sums_stay_bounded_and_a_slower_answer_is_further_above(times: list[float], seconds: float) -> None:
    pace = lived(*times)

    assert 0 <= pace.timed <= len(times)
    assert 0 < usual_s(pace) < 1800
    if pace.timed >= ENOUGH:
        assert (excess(pace, 1800) or 0) >= (excess(pace, seconds) or 0)


def test_what_is_usual_is_found_among_long_breaks() -> None:
    chance = random.Random(4)
    times = [chance.lognormvariate(math.log(40), 0.5) * (30 if chance.random() < 0.1 else 1) for _ in range(400)]

    assert usual_s(lived(*times)) == pytest.approx(40, rel=0.2)

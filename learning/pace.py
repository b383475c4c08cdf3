"""How long answers to an item usually take, and how far one was above it: pure, and deaf to who went for lunch.

Times are logarithms of seconds, for a slow answer is slow by a factor. An item's mean is shrunk towards what answers take in
general, and every answer moves it within bounds only."""

import math
from dataclasses import dataclass
from typing import TypeGuard

PRIOR_S = 60.0
"""What an answer takes before anything is known of its item, seconds."""
ENOUGH = 10
"""Timed answers of all students below which an item's time says nothing of anybody."""
_PRIOR_ANSWERS = 5.0
_REACH = 1.5  # in e-folds: an answer of an hour to an item of a minute counts as one of four and a half
_SHORT_S, _IDLE_S = 2.0, 1800.0  # a double click; somebody who is no longer there


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Sums over all students' timed answers to an item: how many, and of the logarithms of their seconds."""

    timed: float = 0.0
    log_s: float = 0.0

    def __add__(self, step: "Pace") -> "Pace":
        return Pace(timed=self.timed + step.timed, log_s=self.log_s + step.log_s)


def usual_s(pace: Pace) -> float:
    """Seconds that an answer to the item usually takes: a geometric mean, shrunk."""
    return math.exp(_usual(pace))


def step(pace: Pace, duration_s: float | None) -> Pace:
    """What an answer adds to the sums; nothing when it was not timed, or took no time or longer than half an hour."""
    if not _tells(duration_s):
        return Pace()
    usual = _usual(pace)
    return Pace(timed=1.0, log_s=min(usual + _REACH, max(usual - _REACH, math.log(duration_s))))


def excess(pace: Pace, duration_s: float | None) -> float | None:
    """The logarithm of an answer's time over the usual one: 0.69 is twice as long. None where nothing can be said."""
    if not _tells(duration_s) or pace.timed < ENOUGH:
        return None
    return math.log(duration_s) - _usual(pace)


def _tells(duration_s: float | None) -> TypeGuard[float]:
    return duration_s is not None and _SHORT_S <= duration_s <= _IDLE_S


def _usual(pace: Pace) -> float:
    return (pace.log_s + _PRIOR_ANSWERS * math.log(PRIOR_S)) / (pace.timed + _PRIOR_ANSWERS)

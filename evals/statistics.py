"""How far a figure can be trusted: bootstrap intervals, and paired tests between two runs."""

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from evals.metrics import Line, Measure, OfScore

SAMPLES = 1000
_WORK_MAX = 400_000  # cases, or answers within cases, read over all samples: keeps an interval under about a second


def interval(lines: Sequence[Line], measure: Measure, *, seed: int = 0, weight: int = 1) -> tuple[float, float] | None:
    """The 95 % percentile bootstrap over cases (Efron 1979). `weight` is how many answers a case holds: fewer samples are
    drawn of heavy cases, never under 100."""
    if len(lines) < 2 or measure(lines) is None:
        return None
    random = np.random.default_rng(seed)
    if isinstance(measure, OfScore):
        found = _reduced(measure, measure.values(lines), _drawn(random, len(lines), SAMPLES))
        found = found[~np.isnan(found)]
    else:
        samples = max(100, min(SAMPLES, _WORK_MAX // max(1, len(lines) * weight)))
        values = (measure([lines[i] for i in picked]) for picked in _drawn(random, len(lines), samples))
        found = np.asarray([value for value in values if value is not None], float)
    if not len(found):
        return None
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def _drawn(random: np.random.Generator, cases: int, samples: int) -> np.ndarray[Any, Any]:
    """The places of the cases in each sample, shape (samples, cases)."""
    return random.integers(0, cases, (samples, cases))


def _reduced(measure: OfScore, values: np.ndarray[Any, Any], drawn: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The measure of each sample; nan for one in which no case has the score. In blocks, so that a log of thousands of
    cases takes no more than some megabytes."""
    block = max(1, _WORK_MAX // max(1, len(values)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a sample of nothing but nan
        parts = [measure.reduce(values[drawn[at : at + block]], axis=1) for at in range(0, len(drawn), block)]
    return np.concatenate(parts)


def paired_bootstrap(
    a: Sequence[Line], b: Sequence[Line], measure: Measure, *, seed: int = 0, weight: int = 1
) -> tuple[float, float, float] | None:
    """For the difference b - a over the same cases: its 95 % interval and the two-sided p of no difference, the share of
    samples on the other side of zero, doubled."""
    if len(a) != len(b) or len(a) < 2 or measure(a) is None or measure(b) is None:
        return None
    random = np.random.default_rng(seed)
    if isinstance(measure, OfScore):
        drawn = _drawn(random, len(a), SAMPLES)
        differences = _reduced(measure, measure.values(b), drawn) - _reduced(measure, measure.values(a), drawn)
        differences = differences[~np.isnan(differences)]
    else:
        found = []
        for picked in _drawn(random, len(a), max(100, min(SAMPLES, _WORK_MAX // max(1, 2 * len(a) * weight)))):
            one, two = measure([a[i] for i in picked]), measure([b[i] for i in picked])
            if one is not None and two is not None:
                found.append(two - one)
        differences = np.asarray(found)
    if not len(differences):
        return None
    low, high = np.percentile(differences, [2.5, 97.5])
    below, above = float(np.mean(differences <= 0)), float(np.mean(differences >= 0))
    return float(low), float(high), min(1.0, 2 * min(below, above))


def mcnemar(won: int, lost: int) -> float:
    """The exact two-sided p that as many cases turned right as turned wrong (binomial, McNemar 1947)."""
    changed = won + lost
    if not changed:
        return 1.0
    tail = sum(math.comb(changed, k) for k in range(min(won, lost) + 1)) / 2**changed
    return float(min(1.0, 2 * tail))


def effect_size(a: Sequence[float], b: Sequence[float]) -> float:
    """Cohen's d of paired differences: their mean by their standard deviation; 0 where nothing differs."""
    differences = np.asarray(b, float) - np.asarray(a, float)
    spread = float(differences.std(ddof=1)) if len(differences) > 1 else 0.0
    return float(differences.mean() / spread) if spread else 0.0

"""What the figures mean: each metric with its definition and a pure function from cases' lines to a number."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Line = Mapping[str, Any]
Measure = Callable[[Sequence[Line]], float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """`of` gives None where no case says anything about it."""

    name: str
    meaning: str
    of: Measure
    better: Literal["higher", "lower"] = "higher"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfScore:
    """A measure that reads one score of each case, so that a bootstrap may draw numbers in place of cases. `reduce` takes
    an array and an axis and passes over nan."""

    key: str
    reduce: Callable[..., Any]

    def __call__(self, lines: Sequence[Line]) -> float | None:
        found = self.values(lines)
        found = found[~np.isnan(found)]
        return float(self.reduce(found, axis=0)) if len(found) else None

    def values(self, lines: Sequence[Line]) -> np.ndarray[Any, Any]:
        """The scores in the order of the lines, nan where a case has none."""
        found = [line["scores"].get(self.key) for line in lines]
        return np.asarray([math.nan if value is None else float(value) for value in found], float)


def mean_of(name: str) -> OfScore:
    """The mean of a score over the cases that have it."""
    return OfScore(key=name, reduce=np.nanmean)


def total_of(name: str) -> OfScore:
    """The sum of a score over the cases that have it."""
    return OfScore(key=name, reduce=np.nansum)


def percentile_of(percent: float, key: str = "ms") -> OfScore:
    return OfScore(key=key, reduce=lambda found, axis: np.nanpercentile(found, percent, axis=axis))


def share(name: str, meaning: str, better: Literal["higher", "lower"] = "higher") -> Metric:
    return Metric(name=name, meaning=meaning, of=mean_of(name), better=better)


def times(what: str, key: str = "ms") -> tuple[Metric, Metric]:
    """Median and 95th percentile of `key`, in milliseconds."""
    lead = key.removesuffix("ms")
    return (
        Metric(name=f"{lead}p50_ms", meaning=f"median milliseconds {what}", of=percentile_of(50, key), better="lower"),
        Metric(
            name=f"{lead}p95_ms",
            meaning=f"95th percentile of milliseconds {what}",
            of=percentile_of(95, key),
            better="lower",
        ),
    )


def macro_f1(lines: Sequence[Line]) -> float | None:
    """The mean over the labels that occur of 2 TP / (2 TP + FP + FN), each label counting the same."""
    pairs = [(line["expected"], line["predicted"]) for line in lines if line.get("expected") is not None]
    if not pairs:
        return None
    truth, said = Counter(t for t, _ in pairs), Counter(p for _, p in pairs)
    hits = Counter(t for t, p in pairs if t == p)
    return float(np.mean([2 * hits[label] / (truth[label] + said[label]) for label in truth]))


def forecasts(lines: Sequence[Line], key: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Scores and outcomes (0 or 1) that the lines hold as pairs of lists under `key`, joined."""
    scores = [value for line in lines for value in line[key][0]]
    outcomes = [value for line in lines for value in line[key][1]]
    return np.asarray(scores, float), np.asarray(outcomes, float)


def auc(scores: np.ndarray[Any, Any], outcomes: np.ndarray[Any, Any]) -> float | None:
    """The chance that a positive has the higher score of a pair, ties counting half (Mann and Whitney)."""
    positives = int(outcomes.sum())
    negatives = len(outcomes) - positives
    if not positives or not negatives:
        return None
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[outcomes == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def rmse(scores: np.ndarray[Any, Any], outcomes: np.ndarray[Any, Any]) -> float | None:
    return math.sqrt(float(np.mean((scores - outcomes) ** 2))) if len(scores) else None


def calibration_error(scores: np.ndarray[Any, Any], outcomes: np.ndarray[Any, Any], bins: int = 10) -> float | None:
    """ECE: in bins of equal width, the gap between mean forecast and share of positives, weighted by cases."""
    if not len(scores):
        return None
    places = np.minimum((scores * bins).astype(int), bins - 1)
    gaps = np.bincount(places, weights=scores - outcomes, minlength=bins)
    return float(np.abs(gaps).sum() / len(scores))


def average_precision(scores: np.ndarray[Any, Any], outcomes: np.ndarray[Any, Any]) -> float | None:
    """The mean over the positives of the precision at their rank; equal scores are one step."""
    precision, recall = precision_recall(scores, outcomes)
    if not len(recall):
        return None
    return float(np.sum(np.diff(np.r_[0.0, recall]) * precision))


def precision_at_recall(
    scores: np.ndarray[Any, Any], outcomes: np.ndarray[Any, Any], recall_min: float
) -> float | None:
    """The precision at the highest threshold that finds at least `recall_min` of the positives."""
    precision, recall = precision_recall(scores, outcomes)
    return float(precision[int(np.argmax(recall >= recall_min))]) if len(recall) else None


def precision_recall(
    scores: np.ndarray[Any, Any], outcomes: np.ndarray[Any, Any]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Both at each distinct score, from the highest down; empty without a positive."""
    if not outcomes.sum():
        return np.empty(0), np.empty(0)
    order = np.argsort(-scores, kind="stable")
    ranked, found = scores[order], outcomes[order]
    last = np.flatnonzero(np.r_[ranked[1:] != ranked[:-1], True])
    hits = np.cumsum(found)[last]
    return hits / (last + 1), hits / outcomes.sum()


def ranking_scores(ranked: Sequence[str], relevant: frozenset[str], depth: int = 10) -> dict[str, float]:
    """The first ten of one query. recall: of what is relevant, at most ten; ndcg: Järvelin and Kekäläinen 2002."""
    hits = [i for i, document in enumerate(ranked[:depth]) if document in relevant]
    ideal = sum(1 / math.log2(i + 2) for i in range(min(depth, len(relevant))))
    return {
        "mrr_10": 1 / (hits[0] + 1) if hits else 0.0,
        "recall_10": len(hits) / min(depth, len(relevant)),
        "hit_10": float(bool(hits)),
        "ndcg_10": sum(1 / math.log2(i + 2) for i in hits) / ideal,
    }

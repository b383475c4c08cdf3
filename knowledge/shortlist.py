"""Scores few passages of very many as all would be scored: those that some view might put first."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from knowledge.cells import Cells
from knowledge.embed import FloatArray
from knowledge.lexical import Impacts, IntArray, Postings, Wanted, spans

_CANDIDATES = 256
_CANDIDATES_A_HIT = 4
DENSE = 3
"""The views by vectors; those by words follow them."""
_SAMPLE = 512
_LEADERS = 512


class Shortlist:
    """`leads` and `means` have a row a document, `chunks` a row a chunk, a document's first one at `first`; `fields` are
    the exact views' postings, taken one by one, since all of them at once need gigabytes."""

    def __init__(
        self, leads: FloatArray, chunks: FloatArray, means: FloatArray, first: IntArray, fields: Iterable[Postings]
    ) -> None:
        count = len(leads)
        self._leads, self._chunks, self._means = leads, chunks, means
        self._first = np.r_[first, len(chunks)]
        owners = np.repeat(np.arange(count), np.diff(self._first))
        self._cells = Cells([chunks, leads, means], np.r_[owners, np.arange(count), np.arange(count)])
        self._moments = [(rows.mean(axis=0), rows.T @ rows / np.float32(count)) for rows in (leads, means)]
        self._sample = np.random.default_rng(0).permutation(count)[:_SAMPLE]
        self._sampled = self._gather(self._sample)
        self._fields = [Impacts(field, _LEADERS) for field in fields]

    def score(
        self,
        vector: FloatArray,
        codes: Sequence[IntArray],
        weights: FloatArray,
        k: int,
        allowed: npt.NDArray[np.bool_] | None,
    ) -> tuple[IntArray, FloatArray, FloatArray]:
        """The candidates for the best `k`, in rising order; how near each is in each view, shape (views, candidates), as
        over the whole corpus; and those figures standardised, by an estimate of each view's mean and deviation, or of
        its best, there."""
        wanted = self._wanted(codes)
        sample = _cosines(self._sampled, vector)
        leading = np.stack([field.leaders(terms) for field, terms in zip(self._fields, wanted, strict=True)])
        promise = self._promise(vector, sample, leading, weights)
        if allowed is not None:
            promise = np.where(allowed, promise, -np.inf)
        places = np.sort(_top(promise, max(_CANDIDATES, _CANDIDATES_A_HIT * k)))
        views = self._views(vector, wanted, places)
        exact = views[DENSE:]
        best = np.maximum(leading.max(axis=1), exact.max(axis=1, initial=0.0))
        dense = self._standardised(vector, places, views[:DENSE], sample)
        return places, views, np.concatenate([dense, shares_of(exact, best)])

    def views(self, vector: FloatArray, codes: Sequence[IntArray]) -> FloatArray:
        """Of every document, which takes long."""
        return self._views(vector, self._wanted(codes), np.arange(len(self._leads)))

    def _wanted(self, codes: Sequence[IntArray]) -> list[Wanted]:
        return [field.wanted(found) for field, found in zip(self._fields, codes, strict=True)]

    def _views(self, vector: FloatArray, wanted: Sequence[Wanted], places: IntArray) -> FloatArray:
        exact = [field.score(terms, places) for field, terms in zip(self._fields, wanted, strict=True)]
        return np.stack([*_cosines(self._gather(places), vector), *exact])

    def _promise(
        self, vector: FloatArray, sample: Sequence[FloatArray], leading: FloatArray, weights: FloatArray
    ) -> FloatArray:
        """About the rank of every document, too low for those that no view would put among the first."""
        owners, nearness = self._cells.find(vector)
        # what was not looked at is no nearer than the farthest that was
        nearest = np.full(len(self._leads), nearness.min(), np.float32)
        np.maximum.at(nearest, owners, nearness)
        worth = sum(weight / max(float(view.std()), 1e-6) for weight, view in zip(weights[:DENSE], sample, strict=True))
        promise: FloatArray = np.float32(worth) * nearest
        for scores, weight in zip(leading, weights[DENSE:], strict=True):
            if weight > 0:
                promise += weight / max(scores.max(), np.float32(1e-6)) * scores
        return promise

    def _standardised(
        self, vector: FloatArray, places: IntArray, views: FloatArray, sample: Sequence[FloatArray]
    ) -> FloatArray:
        """Candidates are far from usual, so the sample speaks for the others alone."""
        other = ~np.isin(self._sample, places)
        others = [view[other] for view in sample]
        count, rest = len(self._leads), len(self._leads) - len(places)
        moments = [
            (views**power).sum(axis=1) / count + rest / count * np.array([_mean(view**power) for view in others])
            for power in (1, 2)
        ]
        spread = np.sqrt(np.maximum(moments[1] - np.square(moments[0]), 0.0))
        lead, mean = (_deviation(moment, vector) for moment in self._moments)
        # the nearest chunk's has no formula, and errs with the mean's, which is taken from the same sample
        deviations = np.array([lead, spread[1] * mean / max(spread[2], 1e-6), mean])
        standard = (views - moments[0][:, None]) / np.maximum(deviations, 1e-6)[:, None]
        return np.asarray(standard, np.float32)

    def _gather(self, places: IntArray) -> tuple[FloatArray, FloatArray, FloatArray, IntArray]:
        """The leads, chunks and means of these documents, and where among the chunks each one's begin."""
        lengths = self._first[places + 1] - self._first[places]
        chunks = self._chunks[spans(self._first[places], lengths)]
        return self._leads[places], chunks, self._means[places], np.cumsum(lengths) - lengths


def shares_of(scores: FloatArray, best: FloatArray) -> FloatArray:
    """Of the best of each view; all 0 where that is 0."""
    return np.asarray(scores / np.maximum(best, 1e-6)[:, None], np.float32)


def _deviation(moments: tuple[FloatArray, FloatArray], vector: FloatArray) -> float:
    """Of the cosines of all rows, from their first and second moments."""
    first, second = moments
    square = float(np.vecdot(np.vecdot(second, vector), vector))
    return math.sqrt(max(square - float(np.vecdot(first, vector)) ** 2, 0.0))


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if len(values) else 0.0


def _cosines(rows: tuple[FloatArray, FloatArray, FloatArray, IntArray], vector: FloatArray) -> list[FloatArray]:
    leads, chunks, means, first = rows
    return [
        np.vecdot(leads, vector),
        np.maximum.reduceat(np.vecdot(chunks, vector), first),
        np.vecdot(means, vector),
    ]


def _top(scores: FloatArray, count: int) -> IntArray:
    best = np.argpartition(-scores, count)[:count] if len(scores) > count else np.arange(len(scores))
    return best[np.isfinite(scores[best])]

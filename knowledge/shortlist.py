"""Scores few passages of very many as all would be scored: those that some view might put first, and a sample."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from knowledge.cells import Cells
from knowledge.embed import FloatArray
from knowledge.lexical import Impacts, IntArray, Postings, spans

_CANDIDATES = 128
_CANDIDATES_A_HIT = 4
_DENSE = 3
_SAMPLE = 384
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
        self._cells = Cells([chunks, leads, means], np.concatenate([owners, np.arange(count), np.arange(count)]))
        self._sample = np.sort(np.random.default_rng(0).choice(count, min(_SAMPLE, count), replace=False))
        self._sampled = self._gather(self._sample)
        self._fields = [Impacts(field, self._sample, _LEADERS) for field in fields]

    def score(
        self,
        vector: FloatArray,
        codes: Sequence[IntArray],
        weights: FloatArray,
        k: int,
        allowed: npt.NDArray[np.bool_] | None,
    ) -> tuple[IntArray, FloatArray, FloatArray]:
        """The candidates for the best `k`, in rising order; how near each is in each view, shape (views, candidates), as
        over the whole corpus; and those figures standardised, by an estimate of each view's mean and deviation there."""
        sample = np.stack(
            [*_cosines(self._sampled, vector), *(f.sample(c) for f, c in zip(self._fields, codes, strict=True))]
        )
        promise = self._promise(vector, codes, weights / np.maximum(sample.std(axis=1), 1e-6))
        if allowed is not None:
            promise = np.where(allowed, promise, -np.inf)
        places = np.sort(_top(promise, max(_CANDIDATES, _CANDIDATES_A_HIT * k)))
        views = self.views(vector, codes, places)
        return places, views, self._standardised(places, views, sample)

    def views(self, vector: FloatArray, codes: Sequence[IntArray], places: IntArray) -> FloatArray:
        exact = [field.score(c, places) for field, c in zip(self._fields, codes, strict=True)]
        return np.stack([*_cosines(self._gather(places), vector), *exact])

    def _promise(self, vector: FloatArray, codes: Sequence[IntArray], worth: FloatArray) -> FloatArray:
        """About the rank of every document, too low for those that no view would put among the first."""
        owners, nearness = self._cells.find(vector)
        nearest = np.full(len(self._leads), nearness.min(), np.float32)
        np.maximum.at(nearest, owners, nearness)
        promise: FloatArray = worth[:_DENSE].sum() * nearest
        for field, found, share in zip(self._fields, codes, worth[_DENSE:], strict=True):
            if share > 0:
                promise += share * field.leaders(found)
        return promise

    def _standardised(self, places: IntArray, views: FloatArray, sample: FloatArray) -> FloatArray:
        """Candidates are far from usual, so the sample speaks for the others alone."""
        others = sample[:, ~np.isin(self._sample, places)]
        count, rest = len(self._leads), len(self._leads) - len(places)
        each = rest / max(others.shape[1], 1)
        mean = (views.sum(axis=1) + each * others.sum(axis=1)) / count
        square = (np.square(views).sum(axis=1) + each * np.square(others).sum(axis=1)) / count
        spread = np.sqrt(np.maximum(square - np.square(mean), 0.0))
        standard: FloatArray = (views - mean[:, None]) / np.maximum(spread, 1e-6)[:, None]
        return standard

    def _gather(self, places: IntArray) -> tuple[FloatArray, FloatArray, FloatArray, IntArray]:
        """The leads, chunks and means of these documents, and where among the chunks each one's begin."""
        lengths = self._first[places + 1] - self._first[places]
        chunks = self._chunks[spans(self._first[places], lengths)]
        return self._leads[places], chunks, self._means[places], np.cumsum(lengths) - lengths


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

"""Okapi BM25 over one field of a corpus, in numpy (Robertson and Zaragoza 2009, formula 3.15)."""

from collections.abc import Sequence
from copy import copy

import numpy as np
import numpy.typing as npt

from knowledge.embed import FloatArray
from knowledge.words import running, terms

IntArray = npt.NDArray[np.int64]
Wanted = tuple[IntArray, npt.NDArray[np.float64]]
"""The places of a query's codes among a field's, and how much it wants each."""
_K1 = 1.2
_B = 0.75
_RUN = 4
_PAIR_BITS = 31


class Postings:
    """Which document holds which code how often, weighted; codes are any 64-bit numbers that stand for terms."""

    def __init__(self, codes: Sequence[IntArray]) -> None:
        self._documents_count = len(codes)
        lengths = np.array([len(found) for found in codes], np.float64)
        owners = np.repeat(np.arange(len(codes)), lengths.astype(np.int64))
        flat = np.concatenate(codes) if codes else np.zeros(0, np.int64)
        order = np.lexsort((owners, flat))
        flat, owners = flat[order], owners[order]
        first = np.flatnonzero(np.r_[True, (flat[1:] != flat[:-1]) | (owners[1:] != owners[:-1])][: len(flat)])
        counts = np.diff(np.r_[first, len(flat)])
        self._documents = owners[first]
        self._codes, self._starts = np.unique(flat[first], return_index=True)
        self._ends = np.r_[self._starts[1:], len(first)].astype(np.int64)
        self._weights = self._weigh(counts, lengths)

    def _weigh(self, counts: IntArray, lengths: npt.NDArray[np.float64]) -> FloatArray:
        relative = lengths / max(lengths.mean(), 1.0) if len(lengths) else lengths
        held_by = self._ends - self._starts
        norm = _K1 * (1 - _B + _B * relative[self._documents])
        return (np.repeat(self._rarity(held_by), held_by) * counts * (_K1 + 1) / (counts + norm)).astype(np.float32)

    def _rarity(self, held_by: IntArray) -> npt.NDArray[np.float64]:
        """The inverse document frequency of codes that so many documents hold."""
        rarity: npt.NDArray[np.float64] = np.log1p((self._documents_count - held_by + 0.5) / (held_by + 0.5))
        return rarity

    def covered(self, codes: IntArray) -> FloatArray:
        """The share, in [0, 1], of what the query looks for that each document holds; a rare code weighs more, and one
        that no document holds the most."""
        wanted = np.unique(codes[codes >= 0])
        unknown = int(np.count_nonzero(codes < 0))
        at, _ = self._wanted(wanted)
        lengths = self._ends[at] - self._starts[at]
        rarity = self._rarity(lengths)
        held = np.bincount(
            self._documents[spans(self._starts[at], lengths)], np.repeat(rarity, lengths), self._documents_count
        )
        nowhere = unknown + len(wanted) - len(at)
        whole = rarity.sum() + nowhere * float(self._rarity(np.zeros(1, np.int64))[0])
        return (held / whole if whole else held).astype(np.float32)

    def score(self, codes: IntArray) -> FloatArray:
        """One score a document; a code that the query repeats counts once and a half at most."""
        return self._sum(self._wanted(codes))

    def _wanted(self, codes: IntArray) -> Wanted:
        """The places of those codes that some document holds, and how much the query wants each."""
        wanted, repeats = np.unique(codes, return_counts=True)
        at = np.searchsorted(self._codes, wanted)
        known = at < len(self._codes)
        known[known] = self._codes[at[known]] == wanted[known]
        return at[known], np.sqrt(np.minimum(repeats[known], 2))

    def _sum(self, wanted: Wanted) -> FloatArray:
        at, boost = wanted
        if not len(at):
            return np.zeros(self._documents_count, np.float32)
        lengths = self._ends[at] - self._starts[at]
        places = spans(self._starts[at], lengths)
        weights = self._weights[places] * np.repeat(boost, lengths)
        return np.bincount(self._documents[places], weights, self._documents_count).astype(np.float32)

    def _kept(self, kept: npt.NDArray[np.bool_]) -> "Postings":
        """The same codes with a part of what they stand in, weighted as before."""
        part = copy(self)
        before = np.r_[0, np.cumsum(kept)]
        part._starts, part._ends = before[self._starts], before[self._ends]
        part._documents, part._weights = self._documents[kept], self._weights[kept]
        return part


class Impacts:
    """Postings turned about, so that what a query costs does not grow with the corpus: for each code the documents that
    it says most about, `most` of them, in order to name candidates (Anh and Moffat 2002); and for each document all of its
    codes, in order to score those."""

    def __init__(self, postings: Postings, most: int) -> None:
        held_by = postings._ends - postings._starts
        rows = np.repeat(np.arange(len(held_by), dtype=np.int32), held_by)
        self._leaders = postings._kept(_leading(postings, rows, held_by, most))
        order = np.argsort(postings._documents, kind="stable")
        self._rows, self._weights = rows[order], postings._weights[order]
        lengths = np.bincount(postings._documents, minlength=postings._documents_count)
        self._starts = np.r_[0, np.cumsum(lengths)]

    def wanted(self, codes: IntArray) -> Wanted:
        return self._leaders._wanted(codes)

    def leaders(self, wanted: Wanted) -> FloatArray:
        """A score a document, too low for one that does not lead in all of the codes that it holds."""
        return self._leaders._sum(wanted)

    def score(self, wanted: Wanted, documents: IntArray) -> FloatArray:
        """The scores of these documents, as `Postings.score` has them."""
        at, boost = wanted
        worth = np.zeros(len(self._leaders._codes), np.float32)
        worth[at] = boost
        starts, ends = self._starts[documents], self._starts[documents + 1]
        places = spans(starts, ends - starts)
        gains = worth.take(self._rows.take(places))
        gains *= self._weights.take(places)
        sums = np.add.reduceat(np.append(gains, np.float32(0)), np.cumsum(ends - starts) - (ends - starts))
        return np.where(ends > starts, sums, np.float32(0))


def _leading(postings: Postings, rows: npt.NDArray[np.int32], held_by: IntArray, most: int) -> npt.NDArray[np.bool_]:
    kept = np.ones(len(rows), bool)
    long = np.flatnonzero(held_by > most)
    for start, end in zip(postings._starts[long], postings._ends[long], strict=True):
        low = np.argpartition(-postings._weights[start:end], most)[most:]
        kept[start + low] = False
    return kept


def spans(starts: IntArray, lengths: IntArray) -> IntArray:
    """All positions of several runs of them, one run after the other."""
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(int(lengths.sum()))


class Lexicon:
    """The words of a corpus as numbers, so that fields share them; a word it does not know has none."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def learn(self, text: str) -> IntArray:
        return np.array([self._numbers.setdefault(term, len(self._numbers)) for term in terms(text)], np.int64)

    def look_up(self, text: str) -> IntArray:
        """Unknown words are -1."""
        return np.array([self._numbers.get(term, -1) for term in terms(text)], np.int64)


def pairs(words: IntArray) -> IntArray:
    """Neighbouring words as one code each."""
    pair = (words[:-1] << _PAIR_BITS) | words[1:]
    kept: IntArray = pair[(words[:-1] >= 0) & (words[1:] >= 0)]
    return kept


def runs(text: str) -> IntArray:
    """Every run of four characters as one code; a shorter text has none."""
    points = np.frombuffer(running(text).encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
    if len(points) < _RUN:
        return np.zeros(0, np.int64)
    code = np.zeros(len(points) - _RUN + 1, np.uint64)
    for i in range(_RUN):
        code = code * np.uint64(1_000_003) + points[i : len(points) - _RUN + 1 + i]
    return code.view(np.int64)

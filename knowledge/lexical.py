"""Okapi BM25 over one field of a corpus, in numpy (Robertson and Zaragoza 2009, formula 3.15)."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from knowledge.embed import FloatArray
from knowledge.words import running, terms

IntArray = npt.NDArray[np.int64]
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
        idf = np.log1p((self._documents_count - held_by + 0.5) / (held_by + 0.5))
        norm = _K1 * (1 - _B + _B * relative[self._documents])
        return (np.repeat(idf, held_by) * counts * (_K1 + 1) / (counts + norm)).astype(np.float32)

    def score(self, codes: IntArray) -> FloatArray:
        """One score a document; a code that the query repeats counts once and a half at most."""
        wanted, repeats = np.unique(codes, return_counts=True)
        at = np.searchsorted(self._codes, wanted)
        known = at < len(self._codes)
        known[known] = self._codes[at[known]] == wanted[known]
        at, boost = at[known], np.sqrt(np.minimum(repeats[known], 2))
        if not len(at):
            return np.zeros(self._documents_count, np.float32)
        lengths = self._ends[at] - self._starts[at]
        # all postings of all wanted codes as one run of positions
        places = np.repeat(self._starts[at] - np.r_[0, np.cumsum(lengths)[:-1]], lengths) + np.arange(lengths.sum())
        weights = self._weights[places] * np.repeat(boost, lengths)
        return np.bincount(self._documents[places], weights, self._documents_count).astype(np.float32)


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

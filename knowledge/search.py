"""Ranks passages for a query: five exact and three dense views of each, fused with weights learnt from judgements."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from knowledge.chunk import LEAD_CHARS, Document, cut
from knowledge.embed import Encoder, FloatArray, clean
from knowledge.lexical import IntArray, Lexicon, Postings, pairs, runs
from knowledge.shortlist import DENSE, Shortlist, shares_of

# Each view's weight for a query of eight words, and for two what is added for one of 64 (taken off for a single word):
# a length for every view fitted its queries better and others worse.
# Learnt by bench/fit_retrieval.py on 174 headings and questions of the CPython documentation and 305 OATutor problems
# with the OpenStax sections that teach them.
WEIGHTS = {
    "lead": 0.313,
    "chunk": 0.876,
    "mean": 0.665,
    "words": 1.047,
    "words_lead": 0.505,
    "runs": 1.238,
    "runs_lead": 1.078,
    "pairs": 1.210,
}
LONGER = {"chunk": 0.251, "mean": 0.197}
VIEWS = tuple(WEIGHTS)
_CHUNK_ALONE = np.array([float(name == "chunk") for name in VIEWS], np.float32)
_USUAL = np.array(list(WEIGHTS.values()), np.float32)
_LONGER = np.array([LONGER.get(name, 0.0) for name in VIEWS], np.float32)
EXACT_MAX = 2_500
"""Up to so many passages all are scored; of more only those that may come first."""
QUERY_CHARS_MAX = 2_000
_QUERY_TAIL_CHARS = 500
_USUAL_WORDS = 8
_SHINGLE = 3
_SAME = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """`place` is the document's index. `score`, in [0, 1], is the cosine of the nearest view, never lower than that
    of a hit further down. `shares` says what each view added to the ranking."""

    place: int
    score: float
    shares: Mapping[str, float]


class Searcher:
    """Documents in memory with their vectors: `leads` has a row a document, `chunks` a row a chunk, and `owners`
    says whose chunk it is (an index, rising). Without `rerank` the nearest chunk alone decides. Beyond `exact_max` documents
    a query scores those that it names as candidates: what it costs then hardly grows. Vectors of no dimensions leave the
    words alone to decide; then all are scored."""

    def __init__(
        self,
        documents: Sequence[Document],
        leads: FloatArray,
        chunks: FloatArray,
        owners: IntArray,
        *,
        rerank: bool = True,
        exact_max: int = EXACT_MAX,
    ) -> None:
        self.documents = tuple(documents)
        self._rerank = rerank
        self._leads = leads
        self._chunks = chunks
        self._first_chunk = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]][: len(owners)])
        self._means = _means(chunks, self._first_chunk)
        self._lexicon = Lexicon()
        fields = (Postings(codes) for codes in self._fields_of(documents))
        self._shortlist: Shortlist | None = None
        self._fields: list[Postings] = []
        if len(documents) > exact_max and leads.shape[1]:
            self._shortlist = Shortlist(leads, chunks, self._means, self._first_chunk, fields)
        else:
            self._fields = list(fields)

    def search(
        self, query: str, vector: FloatArray, k: int = 10, *, allowed: npt.NDArray[np.bool_] | None = None
    ) -> list[Hit]:
        """The best `k` of the allowed documents. `vector` is the query's own, a unit vector."""
        if not self.documents or k <= 0:
            return []
        weights = weights_for(query) if self._rerank else _CHUNK_ALONE
        places, views, standard = self._scored(query, vector, weights, k, allowed)
        shares = standard * weights[:, None]
        total = shares.sum(axis=0)
        if allowed is not None:
            total = np.where(allowed[places], total, -np.inf)
        best = _best(total, k)
        nearness = np.clip(self._nearness(query, views)[best], 0.0, 1.0)
        scores = np.maximum.accumulate(nearness[::-1])[::-1]
        return [
            Hit(
                place=int(places[at]),
                score=float(score),
                shares={name: float(share) for name, share in zip(VIEWS, shares[:, at], strict=True)},
            )
            for at, score in zip(best, scores, strict=True)
        ]

    def views(self, query: str, vector: FloatArray) -> FloatArray:
        """How near each document is in each view, shape (views, documents): cosines, then BM25 scores."""
        codes = self._codes(query)
        if self._shortlist is not None:
            return self._shortlist.views(vector, codes)
        chunks = np.maximum.reduceat(_cosines(self._chunks, vector), self._first_chunk)
        return np.stack(
            [
                _cosines(self._leads, vector),
                chunks,
                _cosines(self._means, vector),
                *(field.score(wanted) for field, wanted in zip(self._fields, codes, strict=True)),
            ]
        )

    def _nearness(self, query: str, views: FloatArray) -> FloatArray:
        """The cosine of the nearest view; without vectors the share of the query's words that a document holds."""
        if self._leads.shape[1]:
            nearest: FloatArray = views[:3].max(axis=0)
            return nearest
        return self._fields[0].covered(self._lexicon.look_up(query))

    def _scored(
        self, query: str, vector: FloatArray, weights: FloatArray, k: int, allowed: npt.NDArray[np.bool_] | None
    ) -> tuple[IntArray, FloatArray, FloatArray]:
        """Places of documents, their views, and those standardised over the corpus."""
        if self._shortlist is not None:
            return self._shortlist.score(vector, self._codes(query), weights, k, allowed)
        views = self.views(query, vector)
        return np.arange(len(self.documents)), views, standardised(views)

    def _fields_of(self, documents: Sequence[Document]) -> Iterator[list[IntArray]]:
        """The codes of every document, one exact view after the other."""
        texts = [clean(document.whole) for document in documents]
        openings = [text[:LEAD_CHARS] for text in texts]
        words = [self._lexicon.learn(text) for text in texts]
        yield words
        yield [self._lexicon.look_up(text) for text in openings]
        yield [runs(text) for text in texts]
        yield [runs(text) for text in openings]
        yield [pairs(found) for found in words]

    def _codes(self, query: str) -> tuple[IntArray, ...]:
        """What the query looks for in each exact view."""
        words, characters = self._lexicon.look_up(query), runs(query)
        return words, words, characters, characters, pairs(words)


def searcher_of(documents: Sequence[Document], encoder: Encoder, *, rerank: bool = True) -> Searcher:
    """For any corpus: embeds all of it, which takes minutes for thousands of documents. Blocking."""
    pieces = [piece for document in documents for piece in cut(document)]
    owners = np.repeat(np.arange(len(documents)), [len(cut(document)) for document in documents])
    leads = np.array([piece.field == "lead" for piece in pieces], bool)
    vectors = encoder.encode([piece.text for piece in pieces])
    return Searcher(documents, vectors[leads], vectors[~leads], owners[~leads], rerank=rerank)


def prepare(query: str) -> str:
    """A query of any length and content as one that can be searched for: of a long one both ends, since a traceback
    says at its end what went wrong."""
    if len(query) > QUERY_CHARS_MAX:
        query = f"{query[: QUERY_CHARS_MAX - _QUERY_TAIL_CHARS]}\n{query[-_QUERY_TAIL_CHARS:]}"
    return clean(query).strip()


def distinct(texts: Sequence[str]) -> list[int]:
    """The indices of those that do not nearly repeat an earlier one: that share fewer than four in five of their runs of
    three words (Broder 1997)."""
    kept: list[tuple[int, set[tuple[str, ...]]]] = []
    for i, text in enumerate(texts):
        words = text.lower().split()
        shingles = {tuple(words[at : at + _SHINGLE]) for at in range(max(len(words) - _SHINGLE + 1, 1))}
        if all(len(shingles & other) < _SAME * len(shingles | other) for _, other in kept):
            kept.append((i, shingles))
    return [i for i, _ in kept]


def weights_for(query: str) -> FloatArray:
    """One weight a view. A few words name a passage, a whole problem describes what a part of it is about."""
    weights: FloatArray = _USUAL + np.float32(length_of(query)) * _LONGER
    return weights


def length_of(query: str) -> float:
    """-1 for one word, 0 for eight, 1 for 64 or more, logarithmic between."""
    length = math.log(max(len(query.split()), 1)) / math.log(_USUAL_WORDS) - 1.0
    return min(max(length, -1.0), 1.0)


def standardised(views: FloatArray) -> FloatArray:
    """Each view so that one weight fits every corpus and query: a dense one with mean 0 and deviation 1 over the corpus,
    an exact one, which is 0 for most documents, as a share of its best. By its deviation a view that a single document
    answers would outweigh all the others: weights learnt so on one corpus served another worse."""
    dense, exact = views[:DENSE], views[DENSE:]
    spread = dense.std(axis=1, keepdims=True)
    standard = (dense - dense.mean(axis=1, keepdims=True)) / np.maximum(spread, 1e-6)
    return np.concatenate([standard, shares_of(exact, exact.max(axis=1))])


def _cosines(rows: FloatArray, vector: FloatArray) -> FloatArray:
    """Of unit vectors. Row by row: `rows @ vector` wakes all of BLAS's threads, which then spin; that costs nine
    times the processor time, and on busy cores nine times the wait."""
    cosines: FloatArray = np.vecdot(rows, vector)
    return cosines


def _means(chunks: FloatArray, first: npt.NDArray[np.int64]) -> FloatArray:
    if not len(first):
        return chunks
    sums = np.add.reduceat(chunks, first, axis=0)
    means: FloatArray = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    return means


def _best(total: FloatArray, k: int) -> npt.NDArray[np.int64]:
    """Indices of the k highest, the highest first; equal ones in their order; what may not be found is left out."""
    found = np.argsort(-total, kind="stable")[:k]
    return found[np.isfinite(total[found])]

"""How likely it is that one idea must be understood before another, from their names, meanings and texts: pure.

A ridge logistic model over three kinds of evidence: the names (an idea whose name holds another's is built on it), the
directions in which their embeddings differ (what is elementary lies elsewhere than what is advanced), and the course's
texts (what comes first, and the asymmetry of mentions, RefD by Liang et al. 2015). It proposes; authors decide.
"""

import hashlib
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

WEIGHTS = Path(__file__).parent / "prerequisites.weights.json"
_STEMS = (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ices", "ix"))
_TEXT_FEATURES = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """A concept's name, and the unit vector of `plain(name)` where there is an embedding."""

    name: str
    vector: Sequence[float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """How an idea occurs in a text: mentions in each section; `first` in [0, 1] is where it is first named."""

    counts: FloatArray
    first: float

    @property
    def sections(self) -> int:
        return int((self.counts > 0).sum())


class Corpus:
    """A course's text as sections in the order in which they are taught."""

    def __init__(self, sections: Sequence[str]) -> None:
        self._sections = [f" {' '.join(words(section))} " for section in sections]
        self._known: dict[str, Mentions] = {}

    def __len__(self) -> int:
        return len(self._sections)

    def mentions(self, name: str) -> Mentions:
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._count(name)
        return found

    def _count(self, name: str) -> Mentions:
        phrase = f" {' '.join(words(plain(name)))} "
        counts = np.array([section.count(phrase) if phrase.strip() else 0 for section in self._sections], float)
        named = np.flatnonzero(counts)
        return Mentions(counts=counts, first=float(named[0]) / len(self) if len(named) else 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """`center` (dimensions,) and `directions` (dimensions, k) take an embedding to the k directions in which the names
    of ideas differ most; `mean` and `scale` standardise the features that `bias` and `slopes` weigh. `pairs` are
    `fingerprint`s of what they were fitted on, so that nobody mistakes memory for foresight."""

    center: FloatArray
    directions: FloatArray
    mean: FloatArray
    scale: FloatArray
    slopes: FloatArray
    bias: float
    pairs: frozenset[str] = frozenset()


def probability(concept: Idea, candidate: Idea, corpus: Corpus | None = None, weights: Weights | None = None) -> float:
    """That `candidate` is a prerequisite of `concept`, in [0, 1]. An idea is none of its own."""
    if plain(concept.name) == plain(candidate.name):
        return 0.0
    known = weights or fitted()
    found = (features(concept, candidate, corpus, known) - known.mean) / known.scale
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, float(found @ known.slopes) + known.bias))))


def features(concept: Idea, candidate: Idea, corpus: Corpus | None, weights: Weights) -> FloatArray:
    """What speaks for or against, shape (3 * k + 19,); what is unknown is 0."""
    return np.concatenate(
        [_meaning(concept, candidate, weights), _names(concept, candidate), _texts(concept, candidate, corpus)]
    )


def plain(name: str) -> str:
    """A name as it is said: "Function_(mathematics)" is "function"."""
    said = re.sub(r"\(.*?\)", " ", name.replace("_", " "))
    return " ".join(said.casefold().split())


def words(text: str) -> list[str]:
    """Its words, plurals as singulars."""
    return [_singular(word) for word in re.findall(r"[a-z0-9]+", text.casefold().replace("'", "").replace("’", ""))]


def fingerprint(concept: str, candidate: str) -> str:
    """A pair's short name, which tells whether it is the same pair and not what it is."""
    return hashlib.sha256(f"{plain(concept)}\t{plain(candidate)}".encode()).hexdigest()[:8]


@cache
def fitted() -> Weights:
    """The shipped weights, from `python -m bench.fit_prerequisites`."""
    return read_weights(json.loads(WEIGHTS.read_text()))


def read_weights(kept: dict[str, Any]) -> Weights:
    arrays = {name: np.array(kept[name]) for name in ("center", "directions", "mean", "scale", "slopes")}
    return Weights(**arrays, bias=kept["bias"], pairs=frozenset(kept["pairs"]))


def _singular(word: str) -> str:
    for ending, instead in _STEMS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word[: -len(ending)] + instead
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _meaning(concept: Idea, candidate: Idea, weights: Weights) -> FloatArray:
    width = weights.directions.shape[1]
    if concept.vector is None or candidate.vector is None or len(concept.vector) != len(weights.center):
        return np.zeros(3 * width + 1)
    a, b = np.asarray(concept.vector, float), np.asarray(candidate.vector, float)
    above, below = ((vector - weights.center) @ weights.directions for vector in (a, b))
    return np.concatenate([above, below, above - below, [float(a @ b)]])


def _names(concept: Idea, candidate: Idea) -> FloatArray:
    above, below = plain(concept.name), plain(candidate.name)
    longer, shorter = words(above), words(below)
    a, b = set(longer), set(shorter)
    return np.array(
        [
            len(longer), len(shorter), len(longer) - len(shorter), len(above), len(below), len(above) - len(below),
            b <= a, a <= b, len(a & b) / max(1, len(a | b)), below in above, above in below,
        ],
        float,
    )  # fmt: skip


def _texts(concept: Idea, candidate: Idea, corpus: Corpus | None) -> FloatArray:
    """Zeros unless both ideas are named in the texts."""
    if corpus is None or not len(corpus):
        return np.zeros(_TEXT_FEATURES)
    above, below = corpus.mentions(concept.name), corpus.mentions(candidate.name)
    if not above.sections or not below.sections:
        return np.zeros(_TEXT_FEATURES)
    common_above, common_below = (math.log1p(found.sections) / math.log1p(len(corpus)) for found in (above, below))
    return np.array(
        [
            1.0, _share(above, below), _share(below, above), above.first - below.first,
            common_below - common_above, common_above, common_below,
        ]
    )  # fmt: skip


def _share(about: Mentions, named: Mentions) -> float:
    """Of the text about one idea, how much names the other: sections weigh by the logarithm of their mentions."""
    weight = np.log1p(about.counts)
    return float(weight @ (named.counts > 0) / weight.sum())

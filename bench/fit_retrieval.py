"""Learns the weights of `knowledge.search` from judged queries: `python -m bench.fit_retrieval --set CORPUS QUERIES QRELS`.

Listwise maximum likelihood (Cao et al. 2007) with a ridge, each set weighing the same; prints the weights, and the
quality on held-out fifths of the topics."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.retrieval import Judged, open_searcher, read_judged, score
from knowledge.embed import DEFAULT_MODEL, Encoder, FloatArray, open_encoder
from knowledge.search import LONGER, VIEWS, length_of, prepare, standardised

RIDGE = 0.01
FOLDS = 5
STEPS = 400
_RATE = 0.03
_SCALED = [VIEWS.index(name) for name in LONGER]


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """`inputs` (queries, documents, inputs): the standardised views, then those of LONGER times the query's length.
    `fold` keeps queries whose relevant documents share a source together, so that no topic is in two folds."""

    inputs: FloatArray
    relevant: FloatArray
    fold: FloatArray


def features_of(judged: Judged, encoder: Encoder, cache: Path | None) -> Features:
    searcher = open_searcher(judged, encoder, cache)
    place = {document.id: i for i, document in enumerate(judged.documents)}
    inputs, relevant = [], np.zeros((len(judged.queries), len(place)), np.float32)
    for row, (identity, text) in enumerate(judged.queries):
        query = prepare(text)
        views = standardised(searcher.views(query, encoder.encode([query])[0])).T
        inputs.append(np.concatenate([views, views[:, _SCALED] * length_of(query)], axis=1))
        relevant[row, [place[document] for document in judged.relevant[identity]]] = 1
    sources = [min(judged.relevant[identity]).split("#")[0] for identity, _ in judged.queries]
    names = sorted(set(sources))
    part = dict(zip(names, np.random.default_rng(0).permutation(len(names)) % FOLDS, strict=True))
    return Features(inputs=np.stack(inputs), relevant=relevant, fold=np.array([part[name] for name in sources]))


def fit(sets: list[tuple[FloatArray, FloatArray]]) -> FloatArray:
    """Weights (inputs) by Adam on the negative log-likelihood that a relevant document is drawn."""
    weights = np.full(sets[0][0].shape[2], 0.1, np.float32)
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        slope = 2 * RIDGE * weights + sum(_slope(weights, *given) for given in sets) / len(sets)
        first = 0.9 * first + 0.1 * slope
        second = 0.99 * second + 0.01 * slope**2
        weights = weights - _RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    return weights


def _slope(weights: FloatArray, inputs: FloatArray, relevant: FloatArray) -> FloatArray:
    scores = inputs @ weights
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    drawn = odds / odds.sum(axis=1, keepdims=True)
    right = odds * relevant / (odds * relevant).sum(axis=1, keepdims=True)
    slope: FloatArray = np.einsum("qd,qdf->f", drawn - right, inputs) / len(inputs)
    return slope


def held_out(sets: list[tuple[Judged, Features]]) -> list[dict[str, float]]:
    """Mean scores of each set, every query ranked by weights that never saw its topic."""
    rows: list[list[dict[str, float]]] = [[] for _ in sets]
    for fold in range(FOLDS):
        weights = fit([(f.inputs[f.fold != fold], f.relevant[f.fold != fold]) for _, f in sets])
        for row, (judged, f) in zip(rows, sets, strict=True):
            for i in np.flatnonzero(f.fold == fold):
                best = np.argsort(-(f.inputs[i] @ weights), kind="stable")[:10]
                row.append(score([judged.documents[d].id for d in best], judged.relevant[judged.queries[i][0]]))
    return [{name: float(np.mean([one[name] for one in row])) for name in row[0]} for row in rows]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--set", type=Path, nargs=3, action="append", required=True, metavar="FILE")
    options.add_argument("--data-dir", type=Path, default=Path(".learnflow"), help="where the exported model lies")
    options.add_argument("--cache", type=Path, help="folder that keeps the corpora's vectors for the next run")
    given = options.parse_args()
    encoder = open_encoder(DEFAULT_MODEL, given.data_dir)
    sets = []
    for corpus, queries, qrels in given.set:
        judged = read_judged(corpus, queries, qrels)
        sets.append((judged, features_of(judged, encoder, given.cache)))
    for (judged, _), found in zip(sets, held_out(sets), strict=True):
        print(len(judged.queries), "queries held out:", {name: round(value, 3) for name, value in found.items()})
    names = [*VIEWS, *(f"{name}, longer" for name in LONGER)]
    for name, weight in zip(names, fit([(f.inputs, f.relevant) for _, f in sets]), strict=True):
        print(f'    "{name}": {weight:.3f},')


if __name__ == "__main__":
    main()

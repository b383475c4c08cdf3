"""Learns the weights of `learning.prerequisites`: `python -m bench.fit_prerequisites PAIRS --corpus FILE [--write]`.

Pairs are `concept,candidate_prerequisite,is_prerequisite`, a corpus `_id,title,text` lines in teaching order. Prints the
quality on pairs, and on concepts, that the weights never saw, on the topics of our own course, and on each `--judge PAIRS` of
another field, from which nothing is learnt."""

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.ports import Topic
from evals.datasets import DocumentRow, PrerequisiteRow, read_rows
from evals.metrics import auc
from knowledge.content import Curriculum, load_curriculum
from knowledge.embed import DEFAULT_MODEL, Encoder, open_encoder
from knowledge.index import SHIPPED
from learning.concepts import Graph
from learning.prerequisites import WEIGHTS, Corpus, FloatArray, Idea, Weights, features, fingerprint, plain

RIDGE = 20.0
RIDGE_FIELD = 150.0  # on the principal directions, which say what is elementary in the field they were learnt in only
WIDTH = 24
OWN_WEIGHT = 0.1  # our authors say what a course does first, the judges of the pairs what an idea needs
FOLDS = 8
ROUNDS = 3
_STEPS = 60
_SAMPLES = 200
_KINDS = {
    "pairs": "new pairs", "concepts": "one concept or both never seen", "both": "both never seen, half to learn",
    "most": "both never seen, 7/8 to learn",
}  # fmt: skip
_PARTS = {"concepts": FOLDS, "both": 2, "most": FOLDS}

Pair = tuple[str, str, bool]
Rows = tuple[FloatArray, FloatArray, FloatArray]
"""Features, outcomes, weights."""
Found = tuple[FloatArray, FloatArray, FloatArray, float]
"""Mean, scale, slopes, bias."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`inputs` (corpora, pairs, features): the same pairs without a text, then with each. `ends` are the pairs' names;
    `weight` is what a pair counts when it is learnt from."""

    inputs: FloatArray
    outcomes: FloatArray
    ends: list[tuple[str, str]]
    weight: float

    def at(self, chosen: FloatArray | None = None) -> Rows:
        """The chosen pairs (all, unless told) with every corpus, one below the other."""
        chosen = np.ones(len(self.outcomes), bool) if chosen is None else chosen
        rows = self.inputs[:, chosen]
        outcomes = np.tile(self.outcomes[chosen], len(rows))
        return rows.reshape(-1, rows.shape[-1]), outcomes, np.full(len(outcomes), self.weight)


def directions(vectors: FloatArray, lessons: FloatArray) -> Weights:
    """The directions in which the names differ most (principal components), scaled so that a row is of order one, and last
    that of a beginners' course: what is elementary lies near its lessons, in fields that it does not teach as well."""
    center = vectors.mean(axis=0)
    _, _, components = np.linalg.svd(vectors - center, full_matrices=False)
    empty = np.zeros(0)
    found = 4 * np.c_[components[:WIDTH].T, lessons.mean(axis=0)]
    return Weights(center=center.round(4), directions=found.round(4), mean=empty, scale=empty, slopes=empty, bias=0.0)


def penalties(count: int) -> FloatArray:
    """For `count` features: the principal directions come first, three times over, each time followed by the course's."""
    found = np.full(count, RIDGE)
    for block in range(3):
        begin = block * (WIDTH + 1)
        found[begin : begin + WIDTH] = RIDGE_FIELD
    return found


def table(
    pairs: Sequence[Pair],
    ideas: dict[str, Idea],
    corpora: Sequence[Corpus | None],
    weights: Weights,
    weight: float = 1.0,
) -> Table:
    inputs = [[features(ideas[a], ideas[b], corpus, weights) for a, b, _ in pairs] for corpus in corpora]
    outcomes = np.array([float(is_one) for *_, is_one in pairs])
    return Table(inputs=np.array(inputs), outcomes=outcomes, ends=[(a, b) for a, b, _ in pairs], weight=weight)


def fit(given: Sequence[Rows]) -> Found:
    """Newton's method on the penalised log likelihood of all the rows given; the bias is free."""
    inputs, outcomes, weight = (np.concatenate(part) for part in zip(*given, strict=True))
    mean = np.average(inputs, axis=0, weights=weight)
    scale = np.maximum(np.sqrt(np.average((inputs - mean) ** 2, axis=0, weights=weight)), 1e-6)
    rows = np.c_[(inputs - mean) / scale, np.ones(len(inputs))]
    penalty = np.r_[penalties(inputs.shape[1]), 1e-6]
    solution = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        likely = 1 / (1 + np.exp(-np.clip(rows @ solution, -30, 30)))
        slope = rows.T @ (weight * (outcomes - likely)) - penalty * solution
        step = np.linalg.solve((rows.T * (weight * likely * (1 - likely))) @ rows + np.diag(penalty), slope)
        solution = solution + step
        if np.abs(step).max() < 1e-6:
            break
    return mean, scale, solution[:-1], float(solution[-1])


def scores(inputs: FloatArray, found: Found) -> FloatArray:
    mean, scale, slopes, bias = found
    result: FloatArray = ((inputs - mean) / scale) @ slopes + bias
    return result


def splits(ends: Sequence[tuple[str, str]], kind: str, seed: int) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Masks of what is learnt from and what is judged. `pairs`: a pair and its reverse are held out together;
    `concepts`: nothing is learnt from a pair with a held-out concept; `both` and `most`: both concepts of a judged pair are
    new, and half or seven eighths of them are learnt from."""
    shuffled = random.Random(seed)
    names = sorted({name for pair in ends for name in pair})
    if kind == "pairs":
        keys = sorted({tuple(sorted(pair)) for pair in ends})
        part = dict(zip(keys, _parts(len(keys), FOLDS, shuffled), strict=True))
        folds = np.array([part[tuple(sorted(pair))] for pair in ends])
        yield from ((folds != fold, folds == fold) for fold in range(FOLDS))
        return
    count = _PARTS[kind]
    fold_of = dict(zip(names, _parts(len(names), count, shuffled), strict=True))
    first, second = (np.array([fold_of[pair[end]] for pair in ends]) for end in (0, 1))
    for fold in range(count):
        held = (first == fold, second == fold)
        yield ~held[0] & ~held[1], held[0] | held[1] if kind == "concepts" else held[0] & held[1]


def _parts(count: int, folds: int, shuffled: random.Random) -> list[int]:
    parts = [n % folds for n in range(count)]
    shuffled.shuffle(parts)
    return parts


def held_out(given: Table, kind: str, other: Table) -> list[tuple[float, float, float]]:
    """AUC with a 95 % bootstrap interval for each corpus: the judged pairs of all folds pooled, mean over the rounds. The
    other set is learnt from as well, as it is for the shipped weights."""
    rounds = []
    for seed in range(ROUNDS):
        foreseen: list[list[FloatArray]] = [[] for _ in given.inputs]
        outcomes = []
        for learnt, judged in splits(given.ends, kind, seed):
            found = fit([given.at(learnt), other.at()])
            for corpus, rows in enumerate(given.inputs):
                foreseen[corpus].append(scores(rows[judged], found))
            outcomes.append(given.outcomes[judged])
        rounds.append(([np.concatenate(made) for made in foreseen], np.concatenate(outcomes)))
    return [_interval([(made[corpus], wanted) for made, wanted in rounds]) for corpus in range(len(given.inputs))]


def _interval(rounds: Sequence[tuple[FloatArray, FloatArray]]) -> tuple[float, float, float]:
    drawn = np.random.default_rng(0)
    middle = float(np.mean([auc(s, wanted) for s, wanted in rounds]))
    tried = []
    for _ in range(_SAMPLES):
        s, wanted = rounds[int(drawn.integers(len(rounds)))]
        rows = drawn.integers(len(s), size=len(s))
        tried.append(auc(s[rows], wanted[rows]) or 0.5)
    low, high = np.percentile(tried, [2.5, 97.5])
    return middle, float(low), float(high)


def own_pairs(topics: Sequence[Topic]) -> list[Pair]:
    """What our authors say: a topic builds on all that lies before it; as many pairs the other way round, and as many of
    topics that do not build on each other."""
    graph = Graph.of(topics)
    title = {topic.id: topic.title for topic in topics}
    builds = [(a, b) for a in graph.order for b in sorted(graph.before(a))]
    apart = [(a, b) for a in graph.order for b in graph.order if a != b and b not in graph.before(a) | graph.after(a)]
    drawn = random.Random(0).sample(apart, min(len(apart), len(builds)))
    found = [(a, b, True) for a, b in builds] + [(b, a, False) for a, b in builds] + [(a, b, False) for a, b in drawn]
    return [(title[a], title[b], is_one) for a, b, is_one in found]


def sections_of(course: Curriculum) -> list[str]:
    return [
        f"{topic.title}. {section.heading}. {section.text}"
        for topic in course.topics
        for section in course.sections[topic.id]
    ]


def ideas_of(names: Sequence[str], encoder: Encoder) -> dict[str, Idea]:
    vectors = encoder.encode([plain(name) for name in names])
    return {name: Idea(name=name, vector=vector) for name, vector in zip(names, vectors.tolist(), strict=True)}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("pairs", type=Path)
    options.add_argument("--corpus", type=Path, action="append", default=[])
    options.add_argument("--data-dir", type=Path, default=Path(".learnflow"), help="where the exported model lies")
    options.add_argument("--judge", type=Path, action="append", default=[], help="pairs of another field")
    options.add_argument("--write", action="store_true", help=f"keep the weights in {WEIGHTS.name}")
    given = options.parse_args()
    pairs = read_pairs(given.pairs)
    course = load_curriculum(SHIPPED)
    ours, lessons = own_pairs(course.topics), sections_of(course)
    fields = {path.name: read_pairs(path) for path in given.judge}
    encoder = open_encoder(DEFAULT_MODEL, given.data_dir)
    ideas = ideas_of(names_of([*pairs, *ours, *(pair for field in fields.values() for pair in field)]), encoder)
    shape = directions(
        np.array([ideas[name].vector for name in names_of(pairs)]), encoder.encode(lessons).astype(float)
    )
    texts = [None, Corpus(lessons)]
    others = [Corpus([f"{row.title} {row.text}" for row in read_rows(path, DocumentRow)]) for path in given.corpus]
    judged, own = table(pairs, ideas, [*texts, *others], shape), table(ours, ideas, texts, shape, OWN_WEIGHT)
    found = fit([judged.at(), own.at()])
    if given.write:
        _write(shape, found, [(a, b) for a, b, _ in pairs + ours])
    names = ["no text", "our lessons", *(path.name for path in given.corpus)]
    for field, held in fields.items():
        _report_alone(field, table(held, ideas, texts, shape), found, names)
    _report("the pairs given", judged, own, names)
    _report("our topics", own, judged, names[:2])


def read_pairs(path: Path) -> list[Pair]:
    return [
        (row.concept, row.candidate_prerequisite, bool(row.is_prerequisite)) for row in read_rows(path, PrerequisiteRow)
    ]


def names_of(pairs: Sequence[Pair]) -> list[str]:
    return sorted({name for a, b, _ in pairs for name in (a, b)})


def _report_alone(title: str, judged: Table, found: Found, corpora: Sequence[str]) -> None:
    figures = [_interval([(scores(rows, found), judged.outcomes)]) for rows in judged.inputs]
    shown = [f"{n} {m:.3f} [{lo:.3f}, {hi:.3f}]" for n, (m, lo, hi) in zip(corpora, figures, strict=False)]
    print(f"{title}: {len(judged.outcomes)} pairs, of which nothing is learnt\n  {'':32}", "  ".join(shown), flush=True)


def _report(title: str, judged: Table, other: Table, corpora: Sequence[str]) -> None:
    print(f"{title}: {len(judged.outcomes)} pairs, {judged.outcomes.mean():.0%} prerequisites")
    found = fit([other.at()])
    alone = [auc(scores(rows, found), judged.outcomes) or 0.0 for rows in judged.inputs]
    shown = [f"{name} {value:.3f}" for name, value in zip(corpora, alone, strict=True)]
    print(f"  {'learnt from the other set only':32}", "  ".join(shown))
    for kind in _KINDS:
        figures = held_out(judged, kind, other)
        shown = [f"{n} {m:.3f} [{lo:.3f}, {hi:.3f}]" for n, (m, lo, hi) in zip(corpora, figures, strict=True)]
        print(f"  {_KINDS[kind]:32}", "  ".join(shown), flush=True)


def _write(shape: Weights, found: Found, pairs: list[tuple[str, str]]) -> None:
    mean, scale, slopes, bias = found
    kept = {
        "origin": "fitted by bench/fit_prerequisites.py to the AL-CPL precalculus pairs (Liang et al. 2018, CC BY-NC-SA "
        "4.0; no pair is kept, only fingerprints) and to the prerequisites of our own course",
        "center": shape.center.round(4).tolist(), "directions": shape.directions.round(4).tolist(),
        "mean": mean.round(5).tolist(), "scale": scale.round(5).tolist(), "slopes": slopes.round(5).tolist(),
        "bias": round(bias, 5), "pairs": sorted(fingerprint(a, b) for a, b in pairs),
    }  # fmt: skip
    WEIGHTS.write_text(json.dumps(kept, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()

"""Fits the outlook of `learning/stuck.py` to a log of real answers, and says how well it ranks students who were held out.

    python -m bench.fit_struggle LOG.csv.gz [--write]

Whole students are held out in five folds, from items, skills and trees alike; the forecaster below the trees is the shipped one,
which has met the log's students, as the weights of the ranking by mastery beside it have. Intervals draw students anew."""

import argparse
import hashlib
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from evals.metrics import average_precision, calibration_error, precision_at_recall
from learning import stuck, tracing
from learning.boosting import Array, Forest, Recipe, fit
from learning.cohort import Cohort, Pupil
from learning.fitting import Answer, read_log

FOLDS = 5
LENGTH_MIN = 10
RECIPE = Recipe(trees=60, depth=3, rate=0.08, ridge=20.0, rows=0.6, columns=0.4)
_AROUND = (stuck.TRIES - 1, stuck.TRIES, stuck.TRIES + 1)  # learnt from; judged is what is foreseen after TRIES
_DRAWS = 1_000
_SEED = 3
_NOW = datetime(2026, 1, 1, tzinfo=UTC)  # the log has no times: nothing is forgotten in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A row for a student, a skill and a number of tries; `outcomes` are 1 where what followed went badly."""

    inputs: Array
    outcomes: Array
    students: npt.NDArray[np.intp]
    tries: npt.NDArray[np.intp]
    folds: npt.NDArray[np.intp]

    @property
    def judged(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.tries == stuck.TRIES)


def live_through(log: Sequence[list[Answer]]) -> Table:
    order = random.Random(_SEED).sample(range(len(log)), len(log))
    found: list[tuple[Array, float, int, int, int]] = []
    for fold in range(FOLDS):
        cohort = _cohort([log[student] for place, student in enumerate(order) if place % FOLDS != fold])
        for student in order[fold::FOLDS]:
            found += [(row, bad, student, tries, fold) for row, bad, tries in _rows(cohort, log[student])]
    inputs, outcomes, students, tries, folds = zip(*found, strict=True)
    return Table(
        inputs=np.array(inputs), outcomes=np.array(outcomes), students=np.array(students), tries=np.array(tries),
        folds=np.array(folds),
    )  # fmt: skip


def _cohort(students: Sequence[list[Answer]]) -> Cohort:
    cohort = Cohort()
    for answers in students:
        for _ in _lived(cohort, answers, learning=True):
            pass
    return cohort


def _lived(cohort: Cohort, answers: Sequence[Answer], *, learning: bool) -> Iterator[tuple[Pupil, str, bool]]:
    pupil = Pupil()
    for item, skill, correct in answers:
        known = cohort.before(pupil, item, skill)
        cohort.answer(pupil, known, item, skill, correct=correct, at=_NOW, learning=learning)
        yield pupil, skill, correct


def _rows(cohort: Cohort, answers: Sequence[Answer]) -> Iterator[tuple[Array, float, int]]:
    """Of the skills that were tried long enough to see what followed."""
    outcomes: dict[str, list[bool]] = defaultdict(list)
    kept: list[tuple[str, int, Array]] = []
    for pupil, skill, correct in _lived(cohort, answers, learning=False):
        outcomes[skill].append(correct)
        tries = len(outcomes[skill])
        if tries in _AROUND:
            met = cohort.met(skill, pupil.trails[skill])
            row = stuck.features(tracing.shipped(), pupil.ability, pupil.skills[skill], pupil.trail, met)
            kept.append((skill, tries, row))
    for skill, tries, row in kept:
        rest = outcomes[skill][tries:]
        if len(outcomes[skill]) >= LENGTH_MIN:
            yield row, float(sum(rest) / len(rest) < stuck.RIGHT_MIN), tries


def _fitted(table: Table, chosen: npt.NDArray[np.bool_]) -> Forest:
    inputs = table.inputs[chosen]
    return fit(inputs, table.outcomes[chosen], inputs[:, 0], np.ones(len(inputs)), RECIPE, lambda done, total: None)


def held_out(table: Table) -> Array:
    """The chance of each judged row, by trees that have met none of its fold's students."""
    chances = np.zeros(len(table.outcomes))
    for fold in range(FOLDS):
        forest = _fitted(table, table.folds != fold)
        rows = np.flatnonzero(table.folds == fold)
        outlook = stuck.Outlook(forest=forest, origin={})
        chances[rows] = [outlook.chance(row) for row in table.inputs[rows]]
    return chances[table.judged]


Measure = Callable[[Array, Array], float | None]
MEASURES: dict[str, Measure] = {
    "precision at recall .5": lambda scores, outcomes: precision_at_recall(scores, outcomes, 0.5),
    "average precision": average_precision,
}


def report(table: Table, chances: Array) -> dict[str, Any]:
    """Each figure by mastery alone, by the outlook, and their difference, with 95 % intervals."""
    outcomes, students = table.outcomes[table.judged], table.students[table.judged]
    by_mastery = -table.inputs[table.judged][:, stuck.FEATURES.index("level")]
    rows_of = [np.flatnonzero(students == student) for student in np.unique(students)]
    drawn = np.random.default_rng(_SEED)
    draws = [np.concatenate([rows_of[n] for n in drawn.integers(0, len(rows_of), len(rows_of))]) for _ in range(_DRAWS)]
    told: dict[str, Any] = {"rows": len(outcomes), "students": len(rows_of)}
    for name, measure in MEASURES.items():
        pairs = np.array(
            [[measure(scores[rows], outcomes[rows]) or 0.0 for scores in (by_mastery, chances)] for rows in draws]
        )
        figures = {
            "mastery": (measure(by_mastery, outcomes) or 0.0, pairs[:, 0]),
            "outlook": (measure(chances, outcomes) or 0.0, pairs[:, 1]),
        }
        figures["difference"] = (figures["outlook"][0] - figures["mastery"][0], pairs[:, 1] - pairs[:, 0])
        told[name] = {
            what: [round(float(number), 4) for number in (value, *np.percentile(spread, (2.5, 97.5)))]
            for what, (value, spread) in figures.items()
        }
    told["calibration error"] = round(calibration_error(chances, outcomes) or 0.0, 4)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    table = live_through(read_log(given.log))
    told = report(table, held_out(table))
    for name, figures in told.items():
        print(f"{name:24} {figures}")
    if given.write:
        origin = {
            "log": given.log.name, "sha256": hashlib.sha256(given.log.read_bytes()).hexdigest(),
            "recipe": asdict(RECIPE), "cross_validated": told,
        }  # fmt: skip
        forest = _fitted(table, np.ones(len(table.outcomes), bool))
        stuck.SHIPPED.write_text(stuck.written(forest, origin))


if __name__ == "__main__":
    main()

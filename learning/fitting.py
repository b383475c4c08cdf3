"""Fits the forecaster to a log of real answers, and tells what it foresees of students and items that it has never seen.

Whole students are held out. What the trees learn from are forecasts for students who are new to the rest of the log, so that
no answer is foreseen with the help of itself; parts of the log lend items and skills of which little is known."""

import csv
import gzip
import hashlib
import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from core.errors import Invalid
from learning import tracing
from learning.boosting import Array, Forest, Recipe, fit
from learning.cohort import Cohort, Pupil

Answer = tuple[str, str, bool]  # item, skill, right
OnProgress = Callable[[int, int, str], None]

FOLDS = 5
_SHARES = (1.0, 0.5, 0.25, 1.0, 0.5)  # of the other students, a fold: the trees meet schools of several sizes
_UNSEEN_WEIGHT = 0.35
_NOW = datetime(2026, 1, 1, tzinfo=UTC)  # the log has no times: nothing is forgotten in it
_SEED = 11
_COLUMNS = ("user_id", "item_id", "skill_id", "correct")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of forecasts: area under the ROC curve, root mean square error, expected calibration error in ten equal bins."""

    auc: float
    rmse: float
    ece: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Over whole students held out: items that others have answered, and the same with every item new."""

    students: int
    answers: int
    known: Figures
    unseen: Figures


@dataclass(slots=True)
class _Rows:
    """Forecasts to be: features when the item is known and when it is not, and what came."""

    known: Array
    unseen: Array
    outcomes: Array


def read_log(path: Path) -> list[list[Answer]]:
    """Each student's answers in the file's order. CSV, or CSV in gzip, with the columns user_id, item_id, skill_id and
    correct (0 or 1). Raises Invalid, naming the line."""
    students: dict[str, list[Answer]] = defaultdict(list)
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8", newline="") as log:
            for number, row in enumerate(csv.DictReader(log), 2):
                if any(not row.get(name) for name in _COLUMNS) or row["correct"] not in ("0", "1"):
                    raise Invalid(f"{path}:{number} needs {', '.join(_COLUMNS)}, the last 0 or 1")
                students[row["user_id"]].append((row["item_id"], row["skill_id"], row["correct"] == "1"))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Invalid(f"{path} is no log of answers: {error}") from error
    if len(students) < FOLDS * 2:
        raise Invalid(f"{path} holds {len(students)} students: at least {FOLDS * 2} are needed")
    return list(students.values())


def fit_forest(students: Sequence[list[Answer]], recipe: Recipe, on_progress: OnProgress, what: str) -> Forest:
    rows = _held_out_rows(students, lambda done, total: on_progress(done, total, f"{what}: living through the log"))
    both = np.vstack([rows.known, rows.unseen])
    outcomes = np.r_[rows.outcomes, rows.outcomes]
    weights = np.r_[np.ones(len(rows.outcomes)), np.full(len(rows.outcomes), _UNSEEN_WEIGHT)]
    return fit(
        both, outcomes, both[:, 0], weights, recipe, lambda done, total: on_progress(done, total, f"{what}: trees")
    )


def cross_validate(
    students: Sequence[list[Answer]], recipe: Recipe, on_progress: OnProgress, folds: int = FOLDS
) -> Report:
    """Each fold's students are foreseen by trees, items and skills that were learnt from all the others."""
    told: list[tuple[Array, Array, Array]] = []
    for number, (others, held_out) in enumerate(_folds(students, folds)):
        forest = fit_forest(others, recipe, on_progress, f"fold {number + 1} of {folds}")
        rows = _rows(_school(others, 1.0, number), held_out)
        told.append((_forecasts(forest, rows.known), _forecasts(forest, rows.unseen), rows.outcomes))
    known, unseen, outcomes = (np.concatenate(parts) for parts in zip(*told, strict=True))
    return Report(
        students=len(students),
        answers=len(outcomes),
        known=figures(known, outcomes),
        unseen=figures(unseen, outcomes),
    )


def fit_file(
    data: Path, out: Path, on_progress: OnProgress, *, folds: int = FOLDS, recipe: Recipe | None = None
) -> Report:
    """Weights for the whole log into `out`, with where they come from and what they foresee of students never seen."""
    recipe = recipe or Recipe()
    students = read_log(data)
    report = cross_validate(students, recipe, on_progress, folds)
    forest = fit_forest(students, recipe, on_progress, "all students")
    origin = {
        "log": data.name, "sha256": hashlib.sha256(data.read_bytes()).hexdigest(), "recipe": asdict(recipe),
        "cross_validated": asdict(report),
    }  # fmt: skip
    out.write_text(tracing.written(forest, origin))
    return report


def figures(forecasts: Array, outcomes: Array) -> Figures:
    """`outcomes` are 0 or 1, both of which occur."""
    _, inverse, counts = np.unique(forecasts, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    right = int(outcomes.sum())
    wrong = len(outcomes) - right
    gaps = np.bincount(np.minimum((forecasts * 10).astype(int), 9), forecasts - outcomes, 10)
    return Figures(
        auc=float((ranks[outcomes == 1].sum() - right * (right + 1) / 2) / (right * wrong)),
        rmse=math.sqrt(float(np.mean((forecasts - outcomes) ** 2))),
        ece=float(np.abs(gaps).sum() / len(outcomes)),
    )


def _held_out_rows(students: Sequence[list[Answer]], on_progress: Callable[[int, int], None]) -> _Rows:
    parts = []
    for number, (others, held_out) in enumerate(_folds(students, FOLDS)):
        parts.append(_rows(_school(others, _SHARES[number], number), held_out))
        on_progress(number + 1, FOLDS)
    return _Rows(
        known=np.vstack([part.known for part in parts]),
        unseen=np.vstack([part.unseen for part in parts]),
        outcomes=np.concatenate([part.outcomes for part in parts]),
    )


def _folds(students: Sequence[list[Answer]], count: int) -> Iterable[tuple[list[list[Answer]], list[list[Answer]]]]:
    shuffled = random.Random(_SEED).sample(list(students), len(students))  # noqa: S311 (a sample, not a secret)
    for number in range(count):
        held_out = shuffled[number::count]
        yield [one for place, one in enumerate(shuffled) if place % count != number], held_out


def _school(students: Sequence[list[Answer]], share: float, seed: int) -> Cohort:
    drawn = random.Random(seed)  # noqa: S311 (a sample, not a secret)
    cohort = Cohort()
    for answers in students:
        if drawn.random() < share:
            pupil = Pupil()
            for item, skill, correct in answers:
                known = cohort.before(pupil, item, skill)
                cohort.answer(pupil, known, item, skill, correct=correct, at=_NOW, learning=True)
    return cohort


def _rows(cohort: Cohort, students: Sequence[list[Answer]]) -> _Rows:
    found: dict[bool, list[Array]] = {True: [], False: []}
    for item_known, kept in found.items():
        for answers in students:
            pupil = Pupil()
            for item, skill, correct in answers:
                known = cohort.before(pupil, item, skill, item_known=item_known)
                kept += tracing.features(*known)
                cohort.answer(pupil, known, item, skill, correct=correct, at=_NOW, learning=False)
    outcomes = np.array([float(correct) for answers in students for _, _, correct in answers])
    return _Rows(known=np.array(found[True]), unseen=np.array(found[False]), outcomes=outcomes)


def _forecasts(forest: Forest, rows: Array) -> Array:
    logits = rows[:, 0] + forest.add_all(rows)
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -8.0, 8.0))))

"""Fits the learner model's global weights to a log of real answers and tells how well it foresees the next one, for
students it has never seen, beside Bayesian knowledge tracing.

    python -m bench.mastery LOG.csv.gz [--fit]

LOG has the columns user_id, item_id, skill_id, correct, in time order for each student (ASSISTments 2009-10, skill
builder, in that shape gave the weights in `learning/mastery.py`). One pass takes about 10 s, --fit some minutes.
"""

import argparse
import csv
import gzip
import math
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime

from core.ports import SkillId
from learning import mastery
from learning.mastery import FITTED, Estimate, State, Weights

Answer = tuple[str, SkillId, bool]  # item, skill, right
Forecast = tuple[float, bool]  # probability of right, right

_NOW = datetime(2026, 1, 1, tzinfo=UTC)  # the log has no times: nothing is forgotten in it
_SEED = 7
_FITTED_WEIGHTS = [weight.name for weight in fields(Weights)][:10]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log")
    parser.add_argument("--fit", action="store_true", help="search for the weights first")
    given = parser.parse_args()
    train, held_out = split(read(given.log))
    weights = fit(train[:900], train[900:1300]) if given.fit else FITTED
    print(f"{len(train)} students to learn items and skills from, {len(held_out)} never seen")
    begun = time.process_time()
    known = forecast(train, held_out, weights)
    update_us = (time.process_time() - begun) * 1e6 / sum(map(len, train + held_out))
    report("LearnFlow", known)
    report("LearnFlow, item never seen", forecast(train, held_out, weights, items_known=False))
    report("BKT (4 parameters a skill)", forecast_bkt(train, held_out))
    print(f"{update_us:.0f} us CPU a forecast and update")


def read(path: str) -> list[list[Answer]]:
    """The answers of each student."""
    students: dict[str, list[Answer]] = defaultdict(list)
    with gzip.open(path, "rt") as log:
        for row in csv.DictReader(log):
            students[row["user_id"]].append((row["item_id"], SkillId(row["skill_id"]), row["correct"] == "1"))
    return [students[student] for student in sorted(students)]


def split(students: list[list[Answer]]) -> tuple[list[list[Answer]], list[list[Answer]]]:
    shuffled = random.Random(_SEED).sample(students, len(students))
    held_out = len(students) // 5
    return shuffled[held_out:], shuffled[:held_out]


class School:
    """What is shared by all students: how easy each skill and how hard each item is."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.easiness: dict[SkillId, Estimate] = {}
        self.difficulty: dict[str, Estimate] = {}

    def follow(self, answers: Iterable[Answer], *, learning: bool, items_known: bool = True) -> list[Forecast]:
        """The forecasts before each answer of one student."""
        ability, states, made = mastery.no_ability(self.weights), {}, []
        for item, skill, correct in answers:
            known = states.get(skill) or mastery.no_skill(skill, None, self.weights)
            fresh = Estimate(mean=self.weights.easiness_mean, variance=self.weights.easiness_variance)
            blank = mastery.no_difficulty(None, self.weights)
            state = State(
                ability=ability,
                skills=(replace(known, easiness=self.easiness.get(skill, fresh)),),
                difficulty=self.difficulty.get(item, blank) if items_known else blank,
            )
            made.append((mastery.predict(state, self.weights), correct))
            state = mastery.observe(
                state, correct=correct, score=float(correct), hints=0, at=_NOW, weights=self.weights
            )
            ability, states[skill] = state.ability, state.skills[0]
            if learning:
                self.easiness[skill], self.difficulty[item] = state.skills[0].easiness, state.difficulty
        return made


def forecast(
    train: Sequence[list[Answer]], held_out: Sequence[list[Answer]], weights: Weights, *, items_known: bool = True
) -> list[Forecast]:
    school = School(weights)
    for answers in train:
        school.follow(answers, learning=True)
    return [made for answers in held_out for made in school.follow(answers, learning=False, items_known=items_known)]


def fit(train: Sequence[list[Answer]], tune: Sequence[list[Answer]]) -> Weights:
    """Coordinate search in factors, ever finer, for the least log loss on `tune`."""
    best = FITTED
    least = log_loss(forecast(train, tune, best))
    factor = 1.6
    for sweep in range(3):
        for name in _FITTED_WEIGHTS:
            for times in (factor, 1 / factor):
                tried = replace(best, **{name: getattr(best, name) * times})
                loss = log_loss(forecast(train, tune, tried))
                if loss < least - 1e-5:
                    least, best = loss, tried
                    break
        factor **= 0.6
        print(f"sweep {sweep + 1}: log loss {least:.5f} {best}", flush=True)
    return best


def forecast_bkt(train: Sequence[list[Answer]], held_out: Sequence[list[Answer]]) -> list[Forecast]:
    """Corbett and Anderson's model; each skill's start, learn, guess and slip by search on the training students."""
    sequences: dict[SkillId, list[list[bool]]] = defaultdict(list)
    for answers in train:
        for skill, outcomes in _by_skill(answers).items():
            sequences[skill].append(outcomes)
    parameters = {skill: _fit_bkt(found[:150]) for skill, found in sequences.items()}
    made: list[Forecast] = []
    for answers in held_out:
        for skill, outcomes in _by_skill(answers).items():
            made += _bkt(outcomes, parameters.get(skill, (0.5, 0.1, 0.2, 0.1)))
    return made


def _by_skill(answers: Iterable[Answer]) -> dict[SkillId, list[bool]]:
    found: dict[SkillId, list[bool]] = defaultdict(list)
    for _, skill, correct in answers:
        found[skill].append(correct)
    return found


def _fit_bkt(sequences: list[list[bool]]) -> tuple[float, float, float, float]:
    grid = [
        (start, learn, guess, slip)
        for start in (0.2, 0.4, 0.6, 0.8)
        for learn in (0.02, 0.08, 0.2)
        for guess in (0.1, 0.2, 0.35)
        for slip in (0.05, 0.12, 0.22)
    ]
    return min(grid, key=lambda tried: log_loss([made for outcomes in sequences for made in _bkt(outcomes, tried)]))


def _bkt(outcomes: Iterable[bool], parameters: tuple[float, float, float, float]) -> list[Forecast]:
    known, learn, guess, slip = parameters
    made = []
    for correct in outcomes:
        right = known * (1 - slip) + (1 - known) * guess
        made.append((right, correct))
        known = known * (1 - slip) / right if correct else known * slip / (1 - right)
        known += (1 - known) * learn
    return made


def report(name: str, made: list[Forecast]) -> None:
    print(f"{name:28} AUC {auc(made):.3f}  RMSE {rmse(made):.3f}  ECE {calibration_error(made):.3f}  n {len(made)}")


def auc(made: list[Forecast]) -> float:
    """The chance that a right answer was thought likelier than a wrong one, ties counting half."""
    ranks: dict[float, list[int]] = defaultdict(lambda: [0, 0])
    for probability, correct in made:
        ranks[probability][correct] += 1
    wrong_below, pairs = 0, 0.0
    for probability in sorted(ranks):
        wrong, right = ranks[probability]
        pairs += right * (wrong_below + wrong / 2)
        wrong_below += wrong
    return pairs / (wrong_below * (len(made) - wrong_below))


def rmse(made: list[Forecast]) -> float:
    return math.sqrt(sum((probability - correct) ** 2 for probability, correct in made) / len(made))


def calibration_error(made: list[Forecast], bins: int = 10) -> float:
    """How far forecasts and outcomes lie apart, on average, in bins of equal width."""
    gaps = [0.0] * bins
    for probability, correct in made:
        gaps[min(int(probability * bins), bins - 1)] += probability - correct
    return sum(map(abs, gaps)) / len(made)


def log_loss(made: list[Forecast]) -> float:
    return -sum(math.log(probability if correct else 1 - probability) for probability, correct in made) / len(made)


if __name__ == "__main__":
    main()

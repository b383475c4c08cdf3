"""What answers have in common with those before them, and from it the chance that the next one is right: pure, online.

`learning/mastery.py` says how well a skill is had; here a forest of small trees corrects its forecast by what a few Gaussians
cannot hold: runs, recent answers, what an item usually does to students, how a skill is usually learnt. All of it is kept as
running sums, so that an answer costs the same at the thousandth as at the first."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from learning import mastery
from learning.boosting import Array, Forest

SHIPPED = Path(__file__).parent / "tracing.weights.json"

_RIGHT = 0.66  # share of right answers before anything is known
_PRIOR = 2.0  # answers that the share above counts for
_PRIOR_CONTEXT = 10.0
_SOON, _LATE, _SURPRISE = 0.3, 0.1, 0.25  # what the newest answer weighs in the running means
_RUN_MAX = 8.0
_LOGIT_MAX = 8.0
_ANSWERS_TOLD_MAX = 60  # an item answered more often than this is as well known as it gets


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """One student's answers, at one skill or at all, as running sums. `soon` and `late` are running means of the credit,
    `surprise` of credit less forecast; `run` counts alike answers in a row, wrong ones below 0; `context` codes the last three
    outcomes; `place` is the number of the student's answer that moved it last, -1 before; `met` counts skills."""

    answers: float = 0.0
    credit: float = 0.0
    soon: float = _RIGHT
    late: float = _RIGHT
    surprise: float = 0.0
    run: float = 0.0
    context: float = 0.0
    place: float = -1.0
    met: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """All students' answers to an item, at a skill, or at a skill in one context, as sums. `place`: how many answers at the
    skill came before."""

    answers: float = 0.0
    credit: float = 0.0
    surprise: float = 0.0
    place: float = 0.0

    def __add__(self, step: "Tally") -> "Tally":
        return Tally(
            answers=self.answers + step.answers,
            credit=self.credit + step.credit,
            surprise=self.surprise + step.surprise,
            place=self.place + step.place,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillTrace:
    """A skill that an item asks for: the student's trail, everybody's answers, and everybody's after the same outcomes."""

    trail: Trail = Trail()
    tally: Tally = Tally()
    context: Tally = Tally()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """All that an answer to one item touches, its skills in the order of the state's."""

    learner: Trail = Trail()
    item: Tally = Tally()
    skills: tuple[SkillTrace, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What an answer adds: the new trails, and sums to add to what is shared."""

    learner: Trail
    trails: tuple[Trail, ...]
    item: Tally
    skills: tuple[Tally, ...]


FEATURES = (
    "logit", "ability", "easiness", "deviation", "difficulty", "doubt of difficulty", "doubt of ability", "doubt of deviation",
    "item answers", "item right", "item surprise", "item place", "skill right", "skill surprise", "context right",
    "answers", "right", "soon", "late", "surprise", "run", "skills met",
    "own answers", "own right", "own soon", "own late", "own surprise", "own run", "own context", "own gap", "same skill",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecaster:
    forest: Forest
    origin: Mapping[str, Any]

    def forecast(self, state: mastery.State, trace: Trace) -> float:
        """The chance that the next answer, unaided, is right; strictly between 0 and 1."""
        logit = mastery.logit(state)
        rows = features(state, trace)
        added = sum(self.forest.add(row) for row in rows) / len(rows) if rows else 0.0
        return sigmoid(logit + added)


def features(state: mastery.State, trace: Trace) -> list[Array]:
    """One row a skill, in the order of FEATURES."""
    logit, learner, item = mastery.logit(state), trace.learner, trace.item
    shared = [
        min(item.answers, _ANSWERS_TOLD_MAX), _share(item), _mean(item.surprise, item), _mean(item.place, item, -1.0),
    ]  # fmt: skip
    whole = [
        learner.answers, _share_of(learner), learner.soon, learner.late, learner.surprise, learner.run, learner.met,
    ]  # fmt: skip
    rows = []
    for skill, known in zip(state.skills, trace.skills, strict=True):
        trail, usual = known.trail, _ratio(known.tally.credit, known.tally.answers, _RIGHT, _PRIOR)
        gap = learner.answers - trail.place if trail.place >= 0 else -1.0
        rows.append(
            np.array(
                [
                    logit, state.ability.mean, skill.easiness.mean, skill.deviation.mean, state.difficulty.mean,
                    state.difficulty.variance, state.ability.variance, skill.deviation.variance,
                    *shared, _share(known.tally), _mean(known.tally.surprise, known.tally),
                    log_odds(_ratio(known.context.credit, known.context.answers, usual, _PRIOR_CONTEXT)),
                    *whole,
                    trail.answers, _share_of(trail), trail.soon, trail.late, trail.surprise, trail.run, trail.context,
                    gap, float(gap == 1),
                ]
            )
        )  # fmt: skip
    return rows


def follow(trace: Trace, *, credit: float, expected: float) -> Steps:
    """What an answer adds. `credit` in [0, 1] is 1 for an unaided right answer, less for each hint, 0 for a wrong one;
    `expected` is the learner model's forecast."""
    surprise = credit - expected
    number = trace.learner.answers
    fresh = sum(known.trail.answers == 0 for known in trace.skills)
    learner = _walked(trace.learner, credit, surprise, number)
    first = trace.skills[0].trail.answers if trace.skills else 0.0
    one = Tally(answers=1.0, credit=credit, surprise=surprise, place=first)
    return Steps(
        learner=replace(learner, met=learner.met + fresh),
        trails=tuple(_walked(known.trail, credit, surprise, number) for known in trace.skills),
        item=one,
        skills=tuple(replace(one, place=0.0) for _ in trace.skills),
    )


@cache
def shipped() -> Forecaster:
    return read(SHIPPED)


def read(path: Path) -> Forecaster:
    """Raises ValueError, KeyError or OSError for a file that `written` has not made."""
    kept = json.loads(path.read_text())
    if tuple(kept["features"]) != FEATURES:
        raise ValueError("these weights were fitted to other features")
    return Forecaster(forest=Forest.read(kept["forest"]), origin=kept["origin"])


def written(forest: Forest, origin: Mapping[str, Any]) -> str:
    return json.dumps({"origin": origin, "features": FEATURES, "forest": forest.written()}, separators=(",", ":"))


def numbers(trail: Trail) -> list[float]:
    """As a row keeps it."""
    return [getattr(trail, name) for name in _TRAIL]


def trail_of(kept: Sequence[float] | None) -> Trail:
    return Trail(**dict(zip(_TRAIL, kept, strict=True))) if kept else Trail()


_TRAIL = ("answers", "credit", "soon", "late", "surprise", "run", "context", "place", "met")


def sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-min(_LOGIT_MAX, max(-_LOGIT_MAX, logit))))


def _walked(trail: Trail, credit: float, surprise: float, number: float) -> Trail:
    right = credit >= 0.5
    run = (max(trail.run, 0.0) + 1 if right else min(trail.run, 0.0) - 1) if trail.answers else (1.0 if right else -1.0)
    return Trail(
        answers=trail.answers + 1,
        credit=trail.credit + credit,
        soon=trail.soon + _SOON * (credit - trail.soon),
        late=trail.late + _LATE * (credit - trail.late),
        surprise=trail.surprise + _SURPRISE * (surprise - trail.surprise),
        run=min(_RUN_MAX, max(-_RUN_MAX, run)),
        context=float(_context_after(int(trail.context), right)),
        place=number,
        met=trail.met,
    )


def _context_after(context: int, right: bool) -> int:
    """0: nothing yet; then one of 2, 4 and at last 8 codes of the last outcomes, the newest in the lowest bit."""
    if context < 7:
        first, size = (0, 1) if context == 0 else (1, 2) if context < 3 else (3, 4)
        return first + size + 2 * (context - first) + right
    return 7 + 2 * ((context - 7) & 3) + right


def _share(tally: Tally) -> float:
    return log_odds(_ratio(tally.credit, tally.answers, _RIGHT, _PRIOR))


def _share_of(trail: Trail) -> float:
    return log_odds(_ratio(trail.credit, trail.answers, _RIGHT, _PRIOR))


def _ratio(credit: float, answers: float, usual: float, weight: float) -> float:
    return (credit + weight * usual) / (answers + weight)


def log_odds(share: float) -> float:
    bounded = min(1 - 1e-6, max(1e-6, share))
    return math.log(bounded / (1 - bounded))


def _mean(total: float, tally: Tally, otherwise: float = 0.0) -> float:
    return total / tally.answers if tally.answers >= 1 else otherwise

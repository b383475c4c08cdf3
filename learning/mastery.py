"""How well a student has a skill: a Bayesian logistic (Kalman-filtered Elo) knowledge tracer, pure and online.

A right answer has probability guess + (1 - guess - slip) * sigmoid(ability + easiness + deviation - difficulty):
`ability` is the student's, over all skills; `easiness` the skill's, over all students; `deviation` this student's at
this skill; `difficulty` the item's. Each is a Gaussian, moved after every answer by one step of the extended Kalman
filter for a Bernoulli observation (Glickman's rating system generalised). All means are log-odds.
"""

import math
from dataclasses import dataclass
from datetime import datetime

from core.ports import Mastery, SkillId

_LOGIT_MAX = 12.0
_Z90 = 1.6449  # two-sided 90 % of a Gaussian
_ENOUGH_ATTEMPTS = 3
_ENOUGH_WIDTH = 0.6
_DIFFICULTY = {1: -0.7, 2: 0.0, 3: 0.7}  # the authors' grades in log-odds, before anybody has answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The model's few global numbers; variances and drifts in log-odds squared, a drift a step.

    Fitted by `bench/mastery.py` on the ASSISTments 2009-10 skill-builder log (1,300 students, split by student). That log
    has neither times nor hints nor second tries, so the last five are set by hand.
    """

    ability_mean: float = 0.0625
    ability_variance: float = 1.2
    easiness_mean: float = 0.211
    easiness_variance: float = 2.05
    deviation_variance: float = 0.194
    difficulty_variance: float = 0.833
    guess: float = 0.0083
    slip: float = 0.0092
    ability_drift: float = 0.0017
    deviation_drift: float = 0.0287
    forgetting: float = 0.25  # log-odds lost a factor e of weeks, less the more it was practised
    forgetting_days: float = 7.0
    drift_a_day: float = 0.004
    hint_discount: float = 0.65  # how much of a right answer remains evidence after each hint
    repeat_discount: float = 0.35  # what remains of solving a solved item again, or of one more wrong try at an item


FITTED = Weights()


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A Gaussian belief about one number on the log-odds scale."""

    mean: float
    variance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillState:
    """What is known of one student at one skill; `at` is the last graded answer's time. `spread` is the variance of
    ability, easiness and deviation taken together, None before the first answer: answers fix their sum long before
    they fix any of the three, so the sum of the three variances would be far too wide."""

    skill: SkillId
    deviation: Estimate
    easiness: Estimate
    spread: float | None = None
    attempts: int = 0
    correct: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All that an answer to one item touches."""

    ability: Estimate
    skills: tuple[SkillState, ...]
    difficulty: Estimate


def no_ability(weights: Weights = FITTED) -> Estimate:
    return Estimate(mean=weights.ability_mean, variance=weights.ability_variance)


def no_skill(skill: SkillId, easiness: Estimate | None = None, weights: Weights = FITTED) -> SkillState:
    """The prior of a skill that this student has not met."""
    return SkillState(
        skill=skill,
        deviation=Estimate(mean=0.0, variance=weights.deviation_variance),
        easiness=easiness or Estimate(mean=weights.easiness_mean, variance=weights.easiness_variance),
    )


def no_difficulty(grade: int | None = None, weights: Weights = FITTED) -> Estimate:
    """The prior of an item nobody has answered; `grade` is its author's 1 to 3."""
    return Estimate(mean=_DIFFICULTY.get(grade or 2, 0.0), variance=weights.difficulty_variance)


def forget(state: SkillState, now: datetime, weights: Weights = FITTED) -> SkillState:
    """The state after the time since the last answer: lower by a power law, and less sure."""
    days = max(0.0, (now - state.at).total_seconds() / 86_400) if state.at else 0.0
    if days == 0.0:
        return state
    lost = weights.forgetting * math.log1p(days / weights.forgetting_days) / math.sqrt(1 + state.attempts)
    ceiling = max(state.deviation.variance, weights.deviation_variance)
    variance = min(state.deviation.variance + weights.drift_a_day * days, ceiling)
    spread = state.spread
    if spread is not None:
        widest = max(spread, weights.ability_variance + weights.deviation_variance)
        spread = min(spread + weights.drift_a_day * days, widest)
    return SkillState(  # not `replace`, which takes five times as long: a class has thousands of these
        skill=state.skill,
        deviation=Estimate(mean=state.deviation.mean - lost, variance=variance),
        easiness=state.easiness,
        spread=spread,
        attempts=state.attempts,
        correct=state.correct,
        at=state.at,
    )


def predict(state: State, weights: Weights = FITTED) -> float:
    """The probability of a right answer at the means; averaging over the variances foresaw real answers worse."""
    return _answer_probability(_sum(state)[0], weights)


def logit(state: State) -> float:
    """The log-odds of a right answer at the means, before guesses and slips."""
    return _sum(state)[0]


def credit(*, correct: bool, hints: int, repeated: bool = False, weights: Weights = FITTED) -> float:
    """What an answer shows of being able to, in [0, 1]: a right one less after each hint or again, a wrong one nothing."""
    return _trust(correct, hints, repeated, weights) if correct else 0.0


def observe(
    state: State,
    *,
    correct: bool,
    score: float,
    hints: int,
    at: datetime,
    repeated: bool = False,
    weights: Weights = FITTED,
) -> State:
    """The state after one graded answer. A right answer never lowers a skill; hints make it count for less; of a wrong
    one, half its score counts. `repeated`: the answers to this item before have said nearly as much."""
    outcome = 1.0 if correct else 0.5 * score
    trust = _trust(correct, hints, repeated, weights)
    logit, variance = _sum(state)
    known = _sigmoid(logit)
    expected = _answer_probability(logit, weights)
    slope = (1 - weights.guess - weights.slip) * known * (1 - known)
    information = trust * slope * slope / (expected * (1 - expected))
    scale = 1 + information * variance
    push = trust * (outcome - expected) * slope / (expected * (1 - expected)) / scale
    pull = information / scale
    share = 1 / len(state.skills) if state.skills else 0.0
    return State(
        ability=_moved(state.ability, push, pull, weights.ability_drift),
        skills=tuple(
            _practised(skill, share * push, share * share * pull, spread, correct, at, weights)
            for skill, spread in zip(state.skills, _narrowed(state, share * share * information, weights), strict=True)
        ),
        difficulty=_moved(state.difficulty, -push, pull, 0.0),
    )


def summarise(ability: Estimate, state: SkillState) -> Mastery:
    """The chance of solving a middling item of the skill without help, with its 90 % interval."""
    logit = ability.mean + state.easiness.mean + state.deviation.mean
    reach = _Z90 * math.sqrt(_spread(ability, state))
    low, high = _sigmoid(logit - reach), _sigmoid(logit + reach)
    enough = state.attempts >= _ENOUGH_ATTEMPTS and high - low <= _ENOUGH_WIDTH
    return Mastery(skill=state.skill, level=_sigmoid(logit), low=low, high=high, attempts=state.attempts, enough=enough)


def explain(mastery: Mastery) -> str:
    """One sentence for the student."""
    if not mastery.attempts:
        return "Nothing answered here yet, so this is only a first guess."
    answers = "1 answer" if mastery.attempts == 1 else f"{mastery.attempts} answers"
    between = f"between {mastery.low:.0%} and {mastery.high:.0%}"
    if not mastery.enough:
        return f"Too few to be sure after {answers}: somewhere {between}."
    return f"{answers}, the recent and unaided ones counting most, put you at {mastery.level:.0%} ({between})."


def _trust(correct: bool, hints: int, repeated: bool, weights: Weights) -> float:
    return (weights.hint_discount**hints if correct else 1.0) * (weights.repeat_discount if repeated else 1.0)


def _spread(ability: Estimate, state: SkillState) -> float:
    if state.spread is not None:
        return state.spread
    return ability.variance + state.easiness.variance + state.deviation.variance


def _narrowed(state: State, information: float, weights: Weights) -> list[float]:
    """Each skill's spread after an answer that told `information` of it, less what the item's own doubt takes."""
    told = information / (1 + information * state.difficulty.variance)
    spreads = [_spread(state.ability, skill) for skill in state.skills]
    return [spread / (1 + spread * told) + weights.ability_drift + weights.deviation_drift for spread in spreads]


def _practised(
    state: SkillState, push: float, pull: float, spread: float, correct: bool, at: datetime, weights: Weights
) -> SkillState:
    return SkillState(
        skill=state.skill,
        deviation=_moved(state.deviation, push, pull, weights.deviation_drift),
        easiness=_moved(state.easiness, push, pull, 0.0),
        spread=spread,
        attempts=state.attempts + 1,
        correct=state.correct + correct,
        at=max(at, state.at) if state.at else at,
    )


def _moved(estimate: Estimate, push: float, pull: float, drift: float) -> Estimate:
    mean = min(_LOGIT_MAX, max(-_LOGIT_MAX, estimate.mean + estimate.variance * push))
    return Estimate(mean=mean, variance=max(1e-6, estimate.variance * (1 - estimate.variance * pull)) + drift)


def _sum(state: State) -> tuple[float, float]:
    """Mean and variance of the answer's log-odds; several skills count as their mean."""
    share = 1 / len(state.skills) if state.skills else 0.0
    logit = state.ability.mean - state.difficulty.mean
    variance = state.ability.variance + state.difficulty.variance
    for skill in state.skills:
        logit += share * (skill.easiness.mean + skill.deviation.mean)
        variance += share * share * (skill.easiness.variance + skill.deviation.variance)
    return logit, variance


def _answer_probability(logit: float, weights: Weights) -> float:
    return weights.guess + (1 - weights.guess - weights.slip) * _sigmoid(logit)


def _sigmoid(logit: float) -> float:
    """Strictly between 0 and 1: the log-odds are clamped."""
    return 1 / (1 + math.exp(-min(_LOGIT_MAX, max(-_LOGIT_MAX, logit))))

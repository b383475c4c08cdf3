"""Whether more of the same will help: the chance, after some tries at a skill, that most of what follows goes badly; pure.

The next answer's forecast says nothing of the ones after it. Here a small forest corrects what mastery and that forecast make of it
together; it reads the same running sums, of a middling item that nobody has met."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from learning import mastery, tracing
from learning.boosting import Array, Forest
from learning.tracing import Forecaster, SkillTrace, Tally, Trace, Trail

SHIPPED = Path(__file__).parent / "stuck.weights.json"
TRIES = 5
"""Graded answers at a skill from which on there is an outlook."""
RIGHT_MIN = 2 / 3
"""Share of right answers among all that follow, below which a student was stuck."""
FEATURES = ("odds", "level", *tracing.FEATURES)

_EVEN, _SLOPE = 0.604, -1.656  # of the mean of level and forecast, in log-odds: logistic regression on the same log


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    forest: Forest
    origin: Mapping[str, Any]

    def chance(self, row: Array) -> float:
        """That fewer than two thirds of the further answers will be right; `row` is from `features`."""
        return tracing.sigmoid(float(row[0]) + self.forest.add(row))


def features(
    forecaster: Forecaster, ability: mastery.Estimate, skill: mastery.SkillState, learner: Trail, met: SkillTrace
) -> Array:
    """In the order of FEATURES, after an answer. Of `met` the context is left out: an attempt reads only the one before it."""
    state = mastery.State(ability=ability, skills=(skill,), difficulty=mastery.no_difficulty())
    trace = Trace(learner=learner, skills=(replace(met, context=Tally()),))
    level = mastery.summarise(ability, skill).level
    odds = tracing.log_odds((level + forecaster.forecast(state, trace)) / 2)
    return np.array([_EVEN + _SLOPE * odds, tracing.log_odds(level), *tracing.features(state, trace)[0]])


@cache
def shipped() -> Outlook:
    return read(SHIPPED)


def read(path: Path) -> Outlook:
    """Raises ValueError, KeyError or OSError for a file that `written` has not made."""
    kept = json.loads(path.read_text())
    if tuple(kept["features"]) != FEATURES:
        raise ValueError("these weights were fitted to other features")
    return Outlook(forest=Forest.read(kept["forest"]), origin=kept["origin"])


def written(forest: Forest, origin: Mapping[str, Any]) -> str:
    return json.dumps({"origin": origin, "features": FEATURES, "forest": forest.written()}, separators=(",", ":"))

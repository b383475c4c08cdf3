"""Which question to ask next, and when enough was asked: pure."""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from core.ports import Question, SkillId, TopicId
from learning.concepts import Graph

Kind = Literal["quiz", "placement"]

AIM = 0.7
"""The chance of a right answer that a quiz aims at: hard enough to tell something, easy enough to go on."""
PLACEMENT_MAX = 12
PLACEMENT_MIN = 4
UNDECIDED_MAX = 0.08
"""The share of topics that may be left open when a placement ends before its last question."""
_SLIP = 0.1
_ORDERS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A question that may be asked. `level` is the student's mastery of its skill, `difficulty` the item's log-odds."""

    topic: TopicId
    question: Question
    level: float
    difficulty: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An answer that was given; `options` is how many there were to choose from."""

    topic: TopicId
    skill: SkillId
    correct: bool
    options: int


def chance(level: float, difficulty: float) -> float:
    """Of a right answer, from mastery of a middling item and how much harder than that this one is."""
    sure = min(0.98, max(0.02, level))
    return 1 / (1 + math.exp(difficulty - math.log(sure / (1 - sure))))


def next_question(candidates: Sequence[Candidate], given: Sequence[Given]) -> Candidate | None:
    """Skills that were asked less come first, then whose chance is nearest to AIM."""
    asked = [one.skill for one in given]
    return min(
        candidates,
        key=lambda one: (
            asked.count(one.question.skill), abs(chance(one.level, one.difficulty) - AIM), one.question.id
        ),
        default=None,
    )  # fmt: skip


def beliefs(graph: Graph, given: Sequence[Given]) -> dict[TopicId, float]:
    """How likely the student can do each topic, after knowledge space theory (Doignon and Falmagne 1985): what somebody
    knows holds with each topic all that it builds on. Many such states are weighed by how well they explain the answers."""
    states = _states(graph)
    weights = [math.exp(sum(_explains(state, one) for one in given if one.topic in graph.topics)) for state in states]
    total = sum(weights)
    known = dict.fromkeys(graph.order, 0.0)
    for state, weight in zip(states, weights, strict=True):
        for topic in state:
            known[topic] += weight / total
    return known


def next_placement(believed: Mapping[TopicId, float], candidates: Sequence[Candidate]) -> Candidate | None:
    """From the topic of which least is known either way; of its questions the one of middling difficulty."""
    return min(
        candidates,
        key=lambda one: (round(abs(believed[one.topic] - 0.5), 6), abs(one.difficulty), one.question.id),
        default=None,
    )


def is_placed(believed: Mapping[TopicId, float], asked: int) -> bool:
    """Whether enough was asked."""
    undecided = sum(0.2 < one < 0.8 for one in believed.values())
    return asked >= PLACEMENT_MAX or (asked >= PLACEMENT_MIN and undecided <= UNDECIDED_MAX * len(believed))


def where_to_begin(graph: Graph, believed: Mapping[TopicId, float]) -> TopicId | None:
    """The first topic that is likelier missing than not and builds on nothing that is; None when all is known."""
    missing = [topic for topic in graph.order if believed.get(topic, 0.5) < 0.5]
    ready = [topic for topic in missing if not graph.before(topic) & set(missing)]
    return next(iter(ready or missing), None)


def _explains(state: frozenset[TopicId], one: Given) -> float:
    """Log-likelihood of an answer by who knows just this."""
    right = 1 - _SLIP if one.topic in state else 1 / max(2, one.options)
    return math.log(right if one.correct else 1 - right)


def _states(graph: Graph) -> tuple[frozenset[TopicId], ...]:
    """Nothing, everything, and what one knows on the way along several orders in which the course could be learnt."""
    return _along(tuple((topic, graph.before(topic)) for topic in graph.order))


@lru_cache(maxsize=8)
def _along(needs: tuple[tuple[TopicId, frozenset[TopicId]], ...]) -> tuple[frozenset[TopicId], ...]:
    """The same ones for the same course, in whichever process; a tenth of a second for a large course, hence kept."""
    dice = random.Random(0)  # noqa: S311  chooses orders, keeps no secret
    found: dict[frozenset[TopicId], None] = {frozenset(): None}
    for _ in range(_ORDERS):
        known: list[TopicId] = []
        left = dict(needs)
        while left:
            ready = [topic for topic, before in left.items() if not before & left.keys()]
            known.append(dice.choice(ready or [*left]))
            del left[known[-1]]
            found[frozenset(known)] = None
    return tuple(found)

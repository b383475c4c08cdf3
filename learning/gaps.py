"""What a student misses, how sure that is, and which earlier topic it comes from: pure, from mastery and the course.

Everything follows from one student's own mastery, which every attempt moves, so a gap is as fresh as the last attempt and
its cost does not depend on how many students there are. What was practised too little is told as such, never guessed.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from core.ports import Mastery, SkillId, Topic, TopicId
from learning.concepts import Graph

KNOWN = 0.7
"""Mastery from which on a topic carries what builds on it."""
MISSING = 0.6
"""Mastery below which a topic is a gap."""
SURE = 0.5
"""Confidence from which on a gap is told: it is likelier missing than not, and how sure that is stands beside it."""
SUSPECT = 0.3
"""The same for a topic on which another missing one builds, which speaks against it too, be it tried only twice."""
DRAGGED = 0.5
"""What builds on a root is, on average, as likely missing as this, the root included."""
_REACH = 3.0  # topics that build on it, at which a gap weighs half of what it can weigh more
_HIGH, _MEDIUM = 0.5, 0.25
_Z90 = 1.6449
_LOGIT_MAX = 12.0
_NAMED_MAX = 3

Severity = Literal["low", "medium", "high"]
Standing = Literal["known", "missing", "between", "thin", "unmet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A topic that the student has tried and does not have. `severity` in [0, 1] grows with what is missing and with how
    much builds on it; `confidence` is the probability that mastery is below `MISSING`; `roots` are the earliest
    topics, missing or likely to be, it comes from (none: it stands by itself), `to_check` what it builds on and nobody has seen them do."""

    topic: TopicId
    title: str
    level: float
    attempts: int
    severity: float
    confidence: float
    roots: tuple[TopicId, ...]
    to_check: tuple[TopicId, ...]
    blocks: tuple[TopicId, ...]
    why: str

    @property
    def grade(self) -> Severity:
        return "high" if self.severity >= _HIGH else "medium" if self.severity >= _MEDIUM else "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """The gaps, most severe first, and the topics of which too little was seen to say."""

    gaps: tuple[Gap, ...]
    thin: tuple[TopicId, ...]
    known: tuple[TopicId, ...]
    enough: bool


@dataclass(frozen=True)
class Standings:
    """Where one student stands at every topic of the course."""

    graph: Graph
    mastery: Mapping[SkillId, Mastery]

    @cached_property
    def of(self) -> Mapping[TopicId, Standing]:
        return {topic: self._standing(self.graph.topics[topic]) for topic in self.graph.order}

    def belief(self, topic: TopicId) -> Mastery | None:
        """The weakest of the topic's skills that were practised enough, else the weakest practised; None without any."""
        return _weakest(self.graph.topics[topic], self.mastery)

    def _standing(self, topic: Topic) -> Standing:
        found = _weakest(topic, self.mastery)
        if found is None or found.attempts == 0:
            return "unmet"
        if not found.enough:
            return "thin"
        if confidence_below(found, MISSING) >= SURE:
            return "missing"
        return "known" if found.level >= KNOWN else "between"

    def missing_before(self, topic: TopicId) -> list[TopicId]:
        """The missing topics that a topic builds on, in the order in which they are taught."""
        before = self.graph.before(topic)
        return [name for name in self.graph.order if name in before and self.of[name] == "missing"]

    def roots(self, topic: TopicId) -> list[TopicId]:
        """Where a missing topic comes from: of the topics it builds on that are likelier missing than not, those that do not
        come from another one; if there is none, the one that may well be. One on which much is built that the student
        can do is none."""
        before = self.graph.before(topic)
        found = [name for name in self.graph.order if name in before and self._explains(name)]
        sure = [name for name in found if self.doubt[name] >= SURE]
        if sure:
            return [name for name in sure if not set(sure) & self.graph.before(name)]
        return sorted(found, key=lambda name: -self.doubt[name])[:1]

    def _explains(self, topic: TopicId) -> bool:
        """A single topic may look worse than it is; a root drags what is built on it down as well."""
        if self.doubt.get(topic, 0.0) < SUSPECT:
            return False
        dragged = [self.doubt[topic], *(self.doubt[name] for name in self.graph.after(topic) if name in self.doubt)]
        return sum(dragged) >= DRAGGED * len(dragged)

    @cached_property
    def doubt(self) -> Mapping[TopicId, float]:
        """How likely each topic is to be missing, of those that were tried more than once."""
        beliefs = {topic: self.belief(topic) for topic in self.graph.order}
        return {topic: confidence_below(b, MISSING) for topic, b in beliefs.items() if b is not None and b.attempts > 1}


def find_gaps(graph: Graph, mastery: Mapping[SkillId, Mastery]) -> Gaps:
    """`mastery` holds what one student has practised, as of now."""
    standings = Standings(graph, mastery)
    found = [_gap(topic, standings) for topic, standing in standings.of.items() if standing == "missing"]
    found.sort(key=lambda gap: (-gap.severity, graph.order.index(gap.topic)))
    by_standing = {name: tuple(t for t, s in standings.of.items() if s == name) for name in ("thin", "known")}
    told = any(standing in ("missing", "known", "between") for standing in standings.of.values())
    return Gaps(gaps=tuple(found), thin=by_standing["thin"], known=by_standing["known"], enough=told)


def confidence_below(mastery: Mastery, bound: float) -> float:
    """The probability that the true level is below `bound`, the log-odds being Gaussian with the given 90 % interval."""
    spread = (_logit(mastery.high) - _logit(mastery.low)) / (2 * _Z90)
    distance = _logit(bound) - _logit(mastery.level)
    if spread <= 0:
        return float(distance > 0)
    return 0.5 * (1 + math.erf(distance / spread / math.sqrt(2)))


def severity_of(level: float, blocked: int) -> float:
    """In [0, 1]: what is missing, weighed from 0.6 when nothing builds on it towards 1 when much does."""
    missing = max(0.0, 1 - level / MISSING)
    return missing * (0.6 + 0.4 * blocked / (blocked + _REACH))


def _gap(topic: TopicId, standings: Standings) -> Gap:
    graph, belief = standings.graph, standings.belief(topic)
    assert belief is not None  # who is missing a topic has tried it
    roots = standings.roots(topic)
    to_check = [name for name in graph.needs(topic) if standings.of[name] in ("unmet", "thin")]
    later = graph.after(topic)
    return Gap(
        topic=topic,
        title=graph.topics[topic].title,
        level=belief.level,
        attempts=belief.attempts,
        severity=severity_of(belief.level, len(later)),
        confidence=confidence_below(belief, MISSING),
        roots=tuple(roots),
        to_check=tuple(to_check),
        blocks=tuple(name for name in graph.order if name in later),
        why=_why(graph, topic, belief, roots, to_check),
    )


def _why(graph: Graph, topic: TopicId, belief: Mastery, roots: list[TopicId], to_check: list[TopicId]) -> str:
    title = graph.topics[topic].title
    told = f"After {belief.attempts} answers your command of {title} is at {belief.level:.0%}."
    if roots:
        return f"{told} You seem to miss {titles(graph, roots)}, which {title} needs: begin there."
    if to_check:
        return f"{told} It builds on {titles(graph, to_check)}, of which I have seen too little to say."
    later = [name for name in graph.order if topic in graph.needs(name)]
    return f"{told} {titles(graph, later)} will need it." if later else told


def titles(graph: Graph, topics: Iterable[TopicId]) -> str:
    """Up to three titles as words."""
    named = [graph.topics[topic].title for topic in topics]
    shown = named[:_NAMED_MAX] + ([f"{len(named) - _NAMED_MAX} more"] if len(named) > _NAMED_MAX else [])
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""


def _weakest(topic: Topic, mastery: Mapping[SkillId, Mastery]) -> Mastery | None:
    practised = [mastery[skill] for skill in topic.skills if skill in mastery]
    sure = [found for found in practised if found.enough]
    return min(sure or practised, key=lambda found: found.level, default=None)


def _logit(level: float) -> float:
    if level <= 0 or level >= 1:
        return math.copysign(_LOGIT_MAX, level - 0.5)
    return math.log(level / (1 - level))

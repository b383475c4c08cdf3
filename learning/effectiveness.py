"""What came of what was recommended, and where others went on: sums over all students, shrunk while they are thin; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.ports import SkillId, TopicId

GROUP_MIN = 10
"""Students a group has at least before anything is told of it."""
GAIN: Mapping[str, float] = {"exercise": 0.12, "quiz": 0.08, "review": 0.06, "example": 0.06, "lesson": 0.06}
"""Share of the way to full mastery that one thing taken is expected to bring, before anything was seen."""
ANSWERS = 3
"""Answers at its skills after which what was taken is judged."""
HELPED = 0.5
"""Share of the expected gain from which on something taken counts as having helped."""

_KIND_WEIGHT = 2.0  # expected gain that the guess "as expected" counts for: about 30 things taken
_TOPIC_WEIGHT = 1.0
_BONUS = 0.3
_LIFT_WEIGHT = 20.0  # students that the usual rate counts for
_LIFT_MIN = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Of all settled recommendations of a kind at a topic; gains in mastery, in [-1, 1] each."""

    shown: int = 0
    taken: int = 0
    gained: float = 0.0
    expected: float = 0.0

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(
            shown=self.shown + other.shown,
            taken=self.taken + other.taken,
            gained=self.gained + other.gained,
            expected=self.expected + other.expected,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Effectiveness:
    """`sums` by kind and topic."""

    sums: Mapping[tuple[str, TopicId], Sum] = field(default_factory=dict)

    def ratio(self, kind: str, topic: TopicId) -> float:
        """Gain against expectation, 1 without data: a topic's own figures shrunk to its kind's, a kind's to 1."""
        whole = self.of_kind(kind)
        usual = max(0.0, (whole.gained + _KIND_WEIGHT) / (whole.expected + _KIND_WEIGHT))
        own = self.sums.get((kind, topic), Sum())
        return max(0.0, (own.gained + _TOPIC_WEIGHT * usual) / (own.expected + _TOPIC_WEIGHT))

    def bonus(self, kind: str, topic: TopicId) -> float:
        """What to add to a recommendation's value, in [-0.3, 0.3]: it orders what is alike, it does not overrule a gap."""
        return _BONUS * max(-1.0, min(1.0, self.ratio(kind, topic) - 1))

    def of_kind(self, kind: str) -> Sum:
        return sum((found for (name, _), found in self.sums.items() if name == kind), Sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerStep:
    """Of `struggled` students at `skill`, `went` practised `next` and `recovered` of these then had `skill`; `usual` is the
    share of all who struggled that had it later."""

    skill: SkillId
    next: SkillId
    struggled: int
    went: int
    recovered: int
    usual: float

    @property
    def lift(self) -> float:
        """How much oftener those who went there recovered, shrunk towards no difference."""
        return (self.recovered + _LIFT_WEIGHT * self.usual) / (self.went + _LIFT_WEIGHT) - self.usual

    @property
    def worth_telling(self) -> bool:
        return self.went >= GROUP_MIN and self.struggled - self.went >= GROUP_MIN and self.lift >= _LIFT_MIN

    def told(self, gap: str, next_title: str) -> str:
        """After "because". The group is named by its size only."""
        return (
            f"of {self.struggled} students who struggled with {gap}, {self.went} went on with {next_title}, and "
            f"{self.recovered / self.went:.0%} of them then had it, against {self.usual:.0%} of all"
        )


def expected_gain(kind: str, level: float) -> float:
    """Of a thing taken by a student at `level`: less where less is missing."""
    return GAIN[kind] * (1 - level)


def helped(gained: float, expected: float) -> bool:
    return gained >= HELPED * expected

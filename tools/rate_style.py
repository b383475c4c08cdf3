"""Rates how a program is written by a rubric of four criteria, each of two points, from what a review finds in it."""

from dataclasses import dataclass

from tools.review_code import Finding, review_code

POINTS_MAX = 2
_CRITERIA: dict[str, frozenset[str]] = {
    "names": frozenset({"short-name", "ambiguous-name", "shadowed-builtin", "function-case"}),
    "structure": frozenset({"long-function", "many-branches", "deep-nesting", "repeated", "global", "if-chain", "slow-search"}),
    "idiom": frozenset({"range-len", "return-condition", "none-comparison", "true-comparison", "not-in", "one-line", "unused"}),
    "safety": frozenset({"bare-except", "silent-except", "mutable-default", "is-literal", "star-import"}),
}  # fmt: skip
_HEAVY = 6
"""A finding of this weight takes both points of its criterion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """Points by criterion, 0 to POINTS_MAX each, and the finding that cost most."""

    points: dict[str, int]
    worst: Finding | None

    @property
    def total(self) -> int:
        return sum(self.points.values())

    @property
    def most(self) -> int:
        return POINTS_MAX * len(self.points)


def rate_style(code: str) -> Style:
    """Raises SyntaxError when the program does not parse."""
    findings = review_code(code).findings
    lost = {name: [f for f in findings if f.rule in rules] for name, rules in _CRITERIA.items()}
    points = {name: max(0, POINTS_MAX - sum(1 + (f.weight >= _HEAVY) for f in found)) for name, found in lost.items()}
    counted = [finding for found in lost.values() for finding in found]
    return Style(points=points, worst=max(counted, key=lambda f: f.weight, default=None))

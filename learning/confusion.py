"""Which passages, exercises and quiz questions confuse, and by which signs; pure, over sums that name no student."""

from collections.abc import Sequence
from dataclasses import dataclass

ENOUGH = 10
"""First answers, or readers, below which nothing is said of a thing."""
_USUAL_WEIGHT = 10.0
_FAR = 0.15  # from what is usual in the course, shrunk, from which on a sign is told


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSums:
    """Of an item in the time looked at: all graded answers, students' first ones, hints taken, programs run in vain."""

    item: str
    kind: str
    answers: int
    right: int
    firsts: int
    firsts_right: int
    hints: int
    failed_runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageSums:
    """`turns` cited the passage, in `askers` students' turns; `again` of the students came back to it on a day three times or
    more; `down` and `up` are thumbs."""

    passage: str
    topic: str
    title: str
    turns: int
    askers: int
    again: int
    down: int
    up: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusing:
    """`score` in [0, 1] orders; `signs` say why in words, empty where nothing stands out or too little is known."""

    what: str
    name: str
    title: str
    score: float
    seen: int
    enough: bool
    signs: tuple[str, ...]


def confusing_items(sums: Sequence[ItemSums]) -> list[Confusing]:
    """Most confusing first: shares are shrunk to what is usual in this course, so that two answers make no scandal."""
    firsts = sum(one.firsts for one in sums)
    wrong = 1 - sum(one.firsts_right for one in sums) / firsts if firsts else 0.0
    hints = _usual([one.hints for one in sums], [one.answers for one in sums])
    again = _usual([one.answers - one.firsts for one in sums], [one.answers for one in sums])
    found = []
    for one in sums:
        own_wrong = _shrunk(one.firsts - one.firsts_right, one.firsts, wrong)
        own_hints = min(1.0, _shrunk(one.hints, one.answers, hints))
        own_again = _shrunk(one.answers - one.firsts, one.answers, again)
        signs = [
            f"{own_wrong:.0%} of first answers wrong (usual {wrong:.0%})" if own_wrong - wrong >= _FAR else "",
            f"{own_hints:.1f} hints an answer (usual {hints:.1f})" if own_hints - hints >= _FAR else "",
            f"{own_again:.0%} of answers are further tries (usual {again:.0%})" if own_again - again >= _FAR else "",
        ]
        enough = one.firsts >= ENOUGH
        score = 0.6 * own_wrong + 0.25 * own_hints + 0.15 * own_again
        found.append(_told(one.kind, one.item, one.item, score, one.firsts, enough, signs))
    return sorted(found, key=lambda one: (not one.enough, -one.score, one.name))


def confusing_passages(sums: Sequence[PassageSums]) -> list[Confusing]:
    """By thumbs down and by students who came back to the same passage again and again."""
    down = _usual([one.down for one in sums], [one.down + one.up for one in sums])
    again = _usual([one.again for one in sums], [one.askers for one in sums])
    found = []
    for one in sums:
        own_down = _shrunk(one.down, one.down + one.up, down)
        own_again = _shrunk(one.again, one.askers, again)
        signs = [
            f"{one.down} thumbs down, {one.up} up" if one.down and own_down - down >= _FAR / 2 else "",
            f"{one.again} of {one.askers} students asked three times a day or more" if own_again - again >= _FAR / 2 else "",
        ]  # fmt: skip
        score = 0.5 * own_down + 0.5 * own_again
        found.append(_told("passage", one.passage, one.title, score, one.askers, one.askers >= ENOUGH, signs))
    return sorted(found, key=lambda one: (not one.enough, -one.score, one.name))


def _told(what: str, name: str, title: str, score: float, seen: int, enough: bool, signs: Sequence[str]) -> Confusing:
    told = tuple(sign for sign in signs if sign) if enough else ()
    return Confusing(what=what, name=name, title=title, score=score, seen=seen, enough=enough, signs=told)


def _usual(parts: Sequence[int], wholes: Sequence[int]) -> float:
    return sum(parts) / sum(wholes) if sum(wholes) else 0.0


def _shrunk(part: int, whole: int, usual: float) -> float:
    return (part + _USUAL_WEIGHT * usual) / (whole + _USUAL_WEIGHT)

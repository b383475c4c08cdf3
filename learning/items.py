"""How items do in a class: how hard, how well they tell students apart, what is often answered wrong; pure."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.ports import StudentId

ENOUGH_STUDENTS = 5
"""Fewer say nothing of how an item tells students apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """A student's first answer to an item."""

    student: StudentId
    item: str
    correct: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """An answer, or the kind of error of a program, with how many students gave it."""

    answer: str
    students: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """`solved` is the share of students whose first answer was right, in [0, 1]: low is hard. `discrimination` is the
    correlation of a right first answer with the share of other items right at first, in [-1, 1]; near or below 0 the item
    may be unclear or its key wrong. None with fewer than five students, or when all did alike."""

    item: str
    students: int
    solved: float
    discrimination: float | None
    wrong: tuple[Wrong, ...] = ()


def analyse(firsts: Sequence[First], wrong: Mapping[str, Sequence[Wrong]]) -> list[Item]:
    """Hardest first. `firsts` holds each student and item once."""
    of_item: dict[str, list[First]] = defaultdict(list)
    right: dict[StudentId, int] = defaultdict(int)
    tried: dict[StudentId, int] = defaultdict(int)
    for first in firsts:
        of_item[first.item].append(first)
        right[first.student] += first.correct
        tried[first.student] += 1
    found = []
    for item, own in of_item.items():
        pairs = [
            (float(first.correct), (right[first.student] - first.correct) / (tried[first.student] - 1))
            for first in own
            if tried[first.student] > 1
        ]
        found.append(
            Item(
                item=item,
                students=len(own),
                solved=sum(first.correct for first in own) / len(own),
                discrimination=_correlation(pairs) if len(pairs) >= ENOUGH_STUDENTS else None,
                wrong=tuple(wrong.get(item, ())),
            )
        )
    return sorted(found, key=lambda one: (one.solved, -one.students, one.item))


def _correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Pearson's, which for a right-or-wrong item is the point-biserial."""
    xs, ys = [x for x, _ in pairs], [y for _, y in pairs]
    mx, my = math.fsum(xs) / len(xs), math.fsum(ys) / len(ys)
    sx, sy = math.fsum((x - mx) ** 2 for x in xs), math.fsum((y - my) ** 2 for y in ys)
    if sx <= 1e-12 or sy <= 1e-12:
        return None
    return max(-1.0, min(1.0, math.fsum((x - mx) * (y - my) for x, y in pairs) / math.sqrt(sx * sy)))

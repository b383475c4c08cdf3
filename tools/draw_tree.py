"""Draws taking two things out of a bag as a probability tree, each branch with its exact fraction."""

import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from tools import _svg as svg
from tools.draw_trace import Picture

WIDTH, HEIGHT = 440.0, 260.0
_X = (24.0, 150.0, 290.0)
_MANY_MAX = 1_000

_BAG = re.compile(r"\b(\d+) ([a-z]+)(?: [a-z]+)?(?:,)? and (\d+) ([a-z]+)\b", re.IGNORECASE)
_TWO = re.compile(
    r"\b(?:takes?|taken|taking|draws?|drawn|drawing|picks?|picked|chosen?|chooses?)\b[^.]{0,30}\b(?:two|twice|2)\b"
    r"|\b(?:two|2)\b[^.]{0,30}\b(?:are|is) (?:taken|drawn|picked|chosen)\b",
    re.IGNORECASE,
)
_KEPT = re.compile(
    r"\b(?:without|not|never|n't)\b[^.]{0,25}\b(?:put\w*|replac\w*)|\bwithout replacement\b", re.IGNORECASE
)
_BACK = re.compile(
    r"\b(?:puts?|putting|is put)\b[^.]{0,25}\bback\b|\bwith replacement\b|\breplac(?:ed|ing)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """Two are taken, one after the other; `back`: the first is put back before the second."""

    names: tuple[str, str]
    counts: tuple[int, int]
    back: bool

    def first(self, kind: int) -> Fraction:
        return Fraction(self.counts[kind], sum(self.counts))

    def second(self, before: int, kind: int) -> Fraction:
        if self.back:
            return self.first(kind)
        return Fraction(self.counts[kind] - (kind == before), sum(self.counts) - 1)

    def paths(self) -> dict[tuple[int, int], Fraction]:
        return {(a, b): self.first(a) * self.second(a, b) for a in (0, 1) for b in (0, 1)}

    def gives(self, answer: str) -> bool:
        """Whether an answer that was checked is that of a path, or of some together."""
        try:
            wanted = Fraction(answer.replace(" ", ""))
        except (ValueError, ZeroDivisionError):
            return False
        ends = list(self.paths().values())
        return any(sum(some) == wanted for count in (1, 2, 3) for some in combinations(ends, count))


def read_draws(text: str) -> Draws | None:
    """None where the words leave open what is in the bag, how many are taken, or whether the first is put back."""
    bag = _BAG.search(text)
    if bag is None or not _TWO.search(text) or not (_KEPT.search(text) or _BACK.search(text)):
        return None
    counts = int(bag[1]), int(bag[3])
    names = bag[2].casefold(), bag[4].casefold()
    if not 0 < min(counts) <= max(counts) <= _MANY_MAX or names[0] == names[1]:
        return None
    draws = Draws(names=names, counts=counts, back=not _KEPT.search(text))
    return draws if sum(draws.paths().values()) == 1 else None


def draw_tree(draws: Draws) -> Picture:
    parts: list[str] = []
    root = (_X[0], HEIGHT / 2)
    for a in (0, 1):
        middle = (_X[1], HEIGHT * (1 + 2 * a) / 4)
        parts += _branch(root, middle, draws.first(a), draws.names[a])
        for b in (0, 1):
            end = (_X[2], HEIGHT * (1 + 2 * (2 * a + b)) / 8)
            parts += _branch((middle[0] + 50, middle[1]), end, draws.second(a, b), draws.names[b])
            parts.append(svg.text(_X[2] + 66, end[1] + 4, f"= {draws.paths()[a, b]}", color=svg.ACCENT, bold=True))
    alt = _alt(draws)
    return Picture(svg=svg.document(WIDTH, HEIGHT, alt, parts), alt=alt)


def _branch(start: tuple[float, float], end: tuple[float, float], chance: Fraction, name: str) -> list[str]:
    (x1, y1), (x2, y2) = start, end
    lift = -6 if y2 <= y1 else 16
    return [
        svg.line(x1, y1, x2 - 4, y2, color=svg.INK, width=1.5),
        svg.text((x1 + x2) / 2 - 8, (y1 + y2) / 2 + lift, str(chance), anchor="middle"),
        svg.text(x2, y2 + 4, name[:7], bold=True),
    ]


def _alt(draws: Draws) -> str:
    ends = "; ".join(
        f"{draws.names[a]} ({draws.first(a)}) then {draws.names[b]} ({draws.second(a, b)}) is {chance}"
        for (a, b), chance in draws.paths().items()
    )
    return f"A tree of two draws, multiplied along the branches: {ends}."

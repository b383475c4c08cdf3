"""Draws vectors as steps on a grid: one after the other with the straight way, or one with its two short sides."""

import math
import re
from dataclasses import dataclass
from fractions import Fraction

from tools import _svg as svg
from tools.draw_trace import Picture

WIDTH, HEIGHT = 380.0, 280.0
PAD = 36.0
_HEAD = 9.0
_SIZE_MAX = 60
"""Larger numbers make a picture in which nothing can be seen."""

Pair = tuple[Fraction, Fraction]

_NUMBER = r"[-+]?\s*\d+(?:\.\d+|/\d+)?"
_PAIR = rf"\(\s*({_NUMBER})\s*,\s*({_NUMBER})\s*\)"
_UNITS = re.compile(r"\(?\s*([-+]?\s*\d*)\s*i\s*([-+])\s*(\d*)\s*j\b\s*\)?")
_SUM = re.compile(rf"(\d*)\s*{_PAIR}\s*([-+])\s*(\d*)\s*{_PAIR}")
_NAMED = re.compile(
    rf"\b([a-z])\s*=\s*{_PAIR}.{{1,12}}?\b([a-z])\s*=\s*{_PAIR}.*?(\d*)\s*([a-z])\s*([-+])\s*(\d*)\s*([a-z])\b",
    re.DOTALL,
)
_POINTS = re.compile(rf"\b([A-Z])\b[^.(]{{0,20}}{_PAIR}.{{0,20}}?\b([A-Z])\b[^.(]{{0,20}}{_PAIR}", re.DOTALL)
_LENGTH = re.compile(rf"\b(?:length|long|magnitude)\b[^.(]{{0,60}}{_PAIR}", re.IGNORECASE)
_ONE = re.compile(_PAIR)
_ROOT = re.compile(r"^sqrt\((\d+)\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """`first`, and `second` where there is one; `kind` says what of them is wanted."""

    kind: str
    first: Pair
    second: Pair | None = None
    names: tuple[str, str] = ("", "")

    @property
    def result(self) -> Pair:
        """The straight way: of a sum from its start to its end, of two points from the first to the second."""
        if self.second is None:
            return self.first
        sign = -1 if self.kind == "points" else 1
        return self.second[0] + sign * self.first[0], self.second[1] + sign * self.first[1]

    def gives(self, answer: str) -> bool:
        """Whether an answer that was checked says what the picture would."""
        if self.kind == "length":
            square = _root_of(answer)
            return square is not None and square == self.first[0] ** 2 + self.first[1] ** 2
        found = _ONE.search(_in_pairs(answer))
        return found is not None and _pair(found[1], found[2]) == self.result


def read_vectors(text: str) -> Steps | None:
    """A sum or difference of two vectors, the way between two points, or the length of one, where that is asked for."""
    plain = _in_pairs(text)
    steps = _sum(plain) or _named(plain) or _points(plain) or _length(plain)
    if steps is None or not all(abs(part) <= _SIZE_MAX for pair in _corners(steps) for part in pair):
        return None
    return steps if any(steps.result) and any(steps.first) else None


def draw_vectors(steps: Steps) -> Picture:
    frame = _Frame(_corners(steps))
    parts = frame.grid()
    zero = (Fraction(0), Fraction(0))
    match steps.kind:
        case "length":
            corner = (steps.first[0], Fraction(0))
            parts += [*frame.side(zero, corner, str(steps.first[0])), *frame.side(corner, steps.first, str(steps.first[1]))]  # fmt: skip
            parts += frame.arrow(zero, steps.first, _length_said(steps.first), strong=True)
        case "points":
            second = steps.second or zero
            parts += frame.point(steps.first, steps.names[0]) + frame.point(second, steps.names[1])
            parts += frame.arrow(steps.first, second, _told(steps.result), strong=True)
        case _:
            second = steps.second or zero
            parts += frame.arrow(zero, steps.first, _told(steps.first))
            parts += frame.arrow(steps.first, steps.result, _told(second))
            parts += frame.arrow(zero, steps.result, _told(steps.result), strong=True)
    alt = _alt(steps)
    return Picture(svg=svg.document(WIDTH, HEIGHT, alt, parts), alt=alt)


# --- reading -------------------------------------------------------------------------------------------------------


def _in_pairs(text: str) -> str:
    """With 3i - j, in any dress, as (3, -1)."""
    bare = re.sub(r"\\(?:mathbf|left|right|quad|,|;)\s*|[{}$]", "", text).replace("−", "-")

    def pair(found: re.Match[str]) -> str:
        along, sign, up = found[1].replace(" ", ""), found[2], found[3] or "1"
        return f"({along if along.strip('+-') else along + '1'}, {'-' if sign == '-' else ''}{up})"

    return _UNITS.sub(pair, bare)


def _sum(text: str) -> Steps | None:
    if not (found := _SUM.search(text)):
        return None
    k, x, y, sign, m, u, v = found.groups()
    return _combined(k, _pair(x, y), sign, m, _pair(u, v))


def _named(text: str) -> Steps | None:
    if not (found := _NAMED.search(text)):
        return None
    a, x, y, b, u, v, k, one, sign, m, other = found.groups()
    return _combined(k, _pair(x, y), sign, m, _pair(u, v)) if (one, other) == (a, b) else None


def _combined(k: str, first: Pair, sign: str, m: str, second: Pair) -> Steps:
    times, factor = Fraction(k or 1), Fraction(m or 1) * (-1 if sign == "-" else 1)
    return Steps(
        kind="sum",
        first=(times * first[0], times * first[1]),
        second=(factor * second[0], factor * second[1]),
    )


def _points(text: str) -> Steps | None:
    if not (found := _POINTS.search(text)) or not re.search(r"overrightarrow|\bfrom [A-Z] to [A-Z]\b|\bvector\b", text):
        return None
    a, x, y, b, u, v = found.groups()
    wanted = re.search(r"(?:overrightarrow\s*|from )([A-Z])(?: to )?([A-Z])", text)
    if a == b or wanted is None or (wanted[1], wanted[2]) != (a, b):
        return None
    return Steps(kind="points", first=_pair(x, y), second=_pair(u, v), names=(a, b))


def _length(text: str) -> Steps | None:
    found = _LENGTH.search(text)
    return Steps(kind="length", first=_pair(found[1], found[2])) if found else None


def _pair(x: str, y: str) -> Pair:
    return Fraction(x.replace(" ", "")), Fraction(y.replace(" ", ""))


def _root_of(answer: str) -> Fraction | None:
    """The square of a length, from `5` or `sqrt(29)`."""
    if found := _ROOT.match(answer.replace(" ", "")):
        return Fraction(found[1])
    try:
        return Fraction(answer.strip()) ** 2
    except (ValueError, ZeroDivisionError):
        return None


# --- drawing -------------------------------------------------------------------------------------------------------


def _corners(steps: Steps) -> list[Pair]:
    zero = (Fraction(0), Fraction(0))
    ends = [steps.second] if steps.kind == "points" and steps.second else [steps.result]
    return [zero, steps.first, *ends]


class _Frame:
    """From numbers to pixels, with the same scale along and up."""

    def __init__(self, corners: list[Pair]) -> None:
        xs, ys = [float(x) for x, _ in corners], [float(y) for _, y in corners]
        self.x, self.y = (math.floor(min(xs)), math.ceil(max(xs))), (math.floor(min(ys)), math.ceil(max(ys)))
        wide, high = max(1, self.x[1] - self.x[0]), max(1, self.y[1] - self.y[0])
        self.scale = min((WIDTH - 2 * PAD) / wide, (HEIGHT - 2 * PAD) / high)

    def at(self, point: Pair) -> tuple[float, float]:
        return PAD + (float(point[0]) - self.x[0]) * self.scale, HEIGHT - PAD - (
            float(point[1]) - self.y[0]
        ) * self.scale

    def grid(self) -> list[str]:
        step = max(1, math.ceil(max(self.x[1] - self.x[0], self.y[1] - self.y[0]) / 12))
        left, right = Fraction(self.x[0]), Fraction(self.x[1])
        low, high = Fraction(self.y[0]), Fraction(self.y[1])
        columns = [((Fraction(x), low), (Fraction(x), high)) for x in range(self.x[0], self.x[1] + 1, step)]
        rows = [((left, Fraction(y)), (right, Fraction(y))) for y in range(self.y[0], self.y[1] + 1, step)]
        return [
            svg.line(*self.at(a), *self.at(b), width=1.5 if a[0] == b[0] == 0 or a[1] == b[1] == 0 else 0.3)
            for a, b in (*columns, *rows)
        ]

    def arrow(self, start: Pair, end: Pair, words: str, *, strong: bool = False) -> list[str]:
        (x1, y1), (x2, y2) = self.at(start), self.at(end)
        color = svg.ACCENT if strong else svg.INK
        turn = math.atan2(y2 - y1, x2 - x1)
        wings = [(x2 - _HEAD * math.cos(turn + side), y2 - _HEAD * math.sin(turn + side)) for side in (0.45, -0.45)]
        drawn = [svg.line(x1, y1, x2, y2, color=color, width=2), svg.path([wings[0], (x2, y2), wings[1]], color=color)]
        out = turn + (-math.pi / 2 if strong else math.pi / 2)  # beside the arrow, the sum's on the other side
        x, y = (x1 + x2) / 2 + 14 * math.cos(out), (y1 + y2) / 2 + 14 * math.sin(out) + 4
        anchor = "end" if math.cos(out) < -0.3 else "start" if math.cos(out) > 0.3 else "middle"
        return [*drawn, svg.text(x, y, words, color=color, anchor=anchor, bold=strong)]

    def side(self, start: Pair, end: Pair, words: str) -> list[str]:
        (x1, y1), (x2, y2) = self.at(start), self.at(end)
        return [svg.line(x1, y1, x2, y2, color=svg.INK), svg.text((x1 + x2) / 2 + 6, (y1 + y2) / 2 + 16, words)]

    def point(self, place: Pair, name: str) -> list[str]:
        x, y = self.at(place)
        return [svg.dot(x, y), svg.text(x + 6, y - 8, f"{name} {_told(place)}", bold=True)]


# --- words ---------------------------------------------------------------------------------------------------------


def _told(pair: Pair) -> str:
    return f"({pair[0]}, {pair[1]})"


def _length_said(pair: Pair) -> str:
    square = pair[0] ** 2 + pair[1] ** 2
    top, bottom = math.isqrt(square.numerator), math.isqrt(square.denominator)
    exact = Fraction(top, bottom)
    return str(exact) if exact**2 == square else f"√{square}"


def _alt(steps: Steps) -> str:
    match steps.kind:
        case "length":
            x, y = steps.first
            return (
                f"The vector {_told(steps.first)} as the longest side of a right-angled triangle. The short sides are "
                f"{abs(x)} and {abs(y)}, so its length is {_length_said(steps.first)}."
            )
        case "points":
            a, b = steps.names
            second = steps.second or steps.first
            return (
                f"The points {a} {_told(steps.first)} and {b} {_told(second)}; the arrow from {a} to {b} is the step "
                f"{_told(steps.result)}."
            )
    second = steps.second or steps.first
    return (
        f"Two steps, one after the other: {_told(steps.first)} from the start, then {_told(second)}. The straight way "
        f"from the start to the end is {_told(steps.result)}."
    )

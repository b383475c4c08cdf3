"""What to draw of a solved question: the curve with its roots, turning points or area, or the number line."""

import re
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from cas.numeric import Evaluator, Undefined
from cas.parser import Reading, parse
from cas.questions import Question
from cas.syntax import MINUS_ONE, Add, Expr, Mul, Node, is_expr, load, symbols
from cas.tokens import Unreadable
from core.ports import Curve, NumberLine

POINTS = 96
CPU_S = 0.15
"""A curve that takes longer to work out is not drawn."""
DIGITS = 15
AROUND = 0.6
"""How far beyond its outermost marks a curve is shown, as a share of the way between them."""
ALONE = 3.0
TURN = 6.3
"""A little more than 2π."""
MARKS_MAX = 6
JUMP = 40.0
"""A step this many times the usual one is a pole, not a line."""

Point = tuple[float, float]


def picture_of(asked: Question, answer: str) -> Curve | NumberLine | None:
    """None when a picture would not help, or cannot be worked out in time."""
    try:
        match asked.task:
            case "equation" if len(asked.trees) == 1 and not asked.extra.get("degrees"):
                return _of_relation(asked.trees[0], answer)
            case "stationary":
                return _around(load(asked.trees[0]), _pairs(answer), "the function")
            case "sketch":
                return _sketched(asked, answer)
            case "integrate" if "low" in asked.extra:
                return _area(load(asked.trees[0]), load(asked.extra["low"]), load(asked.extra["high"]))
    except (Undefined, Unreadable, ValueError, ArithmeticError, RecursionError, TimeoutError):
        return None
    return None


def _of_relation(tree: list[Any], answer: str) -> Curve | NumberLine | None:
    _, sign, left, right = tree
    names = symbols(load(left)) | symbols(load(right))
    if len(names) != 1:
        return None
    if sign != "=":
        return _number_line(next(iter(names)), answer)
    difference = Add((load(left), Mul((MINUS_ONE, load(right)))))
    roots = [_number(text) for text in re.split(r"\s+or\s+|,", re.sub(r"\b[a-z]+\s*=", "", answer)) if text.strip()]
    return _around(difference, [(root, 0.0) for root in roots], "left side minus right side")


def _pairs(answer: str) -> list[Point]:
    return [
        (_number(x), _number(y))
        for x, y in re.findall(r"\(([^(),]+(?:\([^()]*\))?[^(),]*),\s*([^(),]+(?:\([^()]*\))?[^(),]*)\)", answer)
    ]


def _number(text: str) -> float:
    node = parse(text.strip(), Reading(log_base="e"))
    if not is_expr(node) or symbols(node):
        raise Unreadable
    return _real(node)


def _real(node: Node) -> float:
    evaluator = Evaluator({}, dps=DIGITS)
    return float(evaluator.float(evaluator.value(node)))  # type: ignore[arg-type]


# --- curves --------------------------------------------------------------------------------------------------------


def _around(e: Expr, marks: Sequence[Point], label: str) -> Curve | None:
    names = symbols(e)
    if len(names) != 1 or not 0 < len(marks) <= MARKS_MAX:
        return None
    xs = sorted(x for x, _ in marks)
    beyond = AROUND * (xs[-1] - xs[0]) or ALONE
    pieces = _pieces(e, next(iter(names)), xs[0] - beyond, xs[-1] + beyond)
    told = tuple((x, y, f"({_short(x)}, {_short(y)})") for x, y in sorted(marks))
    return Curve(label=label, pieces=pieces, marks=told) if pieces else None


def _sketched(asked: Question, answer: str) -> Curve | None:
    """Over the range that was asked for; else around all that is marked, and two full turns of a periodic curve."""
    e = load(asked.trees[0])
    name = next(iter(symbols(e)))
    marks = _pairs(answer)[:MARKS_MAX]
    xs = sorted(x for x, _ in marks) or [0.0]
    beyond = max(AROUND * (xs[-1] - xs[0]), TURN if re.search(r"sin|cos|tan", repr(asked.trees[0])) else ALONE)
    low, high = xs[0] - beyond, xs[-1] + beyond
    if "low" in asked.extra:
        low, high = _real(load(asked.extra["low"])), _real(load(asked.extra["high"]))
    if not low < high:
        return None
    pieces = _pieces(e, name, low, high)
    told = tuple((x, y, f"({_short(x)}, {_short(y)})") for x, y in sorted(marks) if low <= x <= high)
    return Curve(label="the curve", pieces=pieces, marks=told) if pieces else None


def _area(e: Expr, low: Expr, high: Expr) -> Curve | None:
    names = symbols(e)
    a, b = sorted((_real(low), _real(high)))
    if len(names) != 1 or a == b:
        return None
    pieces = _pieces(e, next(iter(names)), a - (b - a) / 3, b + (b - a) / 3)
    return Curve(label="the function", pieces=pieces, shade=(a, b)) if pieces else None


def _pieces(e: Expr, name: str, low: float, high: float) -> tuple[tuple[Point, ...], ...]:
    """The curve from `low` to `high`, cut where it has no value or jumps. Raises TimeoutError."""
    until = time.thread_time() + CPU_S
    mp = Evaluator({}, dps=DIGITS).mp
    pieces: list[list[Point]] = [[]]
    for n in range(POINTS + 1):
        if time.thread_time() > until:
            raise TimeoutError
        x = low + (high - low) * n / POINTS
        try:
            evaluator = Evaluator({name: mp.mpf(x)}, dps=DIGITS)
            pieces[-1].append((x, float(evaluator.float(evaluator.value(e)))))
        except (Undefined, OverflowError):
            pieces.append([])
    return tuple(tuple(part) for piece in pieces for part in _unbroken(piece) if len(part) > 1)


def _unbroken(piece: list[Point]) -> list[list[Point]]:
    steps = sorted(abs(b[1] - a[1]) for a, b in pairwise(piece))
    if not steps:
        return [piece]
    most = JUMP * (steps[len(steps) // 2] or 1.0)
    parts = [[piece[0]]]
    for a, b in pairwise(piece):
        if abs(b[1] - a[1]) > most and a[1] * b[1] < 0:
            parts.append([])
        parts[-1].append(b)
    return parts


def _short(value: float) -> str:
    return f"{round(value, 2):g}"


# --- number lines --------------------------------------------------------------------------------------------------

_TO: dict[str, Callable[[float, bool], tuple[float | None, bool, float | None, bool]]] = {
    "<": lambda at, closed: (None, False, at, closed),
    ">": lambda at, closed: (at, closed, None, False),
}


def _number_line(name: str, answer: str) -> NumberLine | None:
    spans = tuple(_span(part) for part in answer.split(" or "))
    return NumberLine(name=name, spans=spans) if spans and len(spans) <= MARKS_MAX else None


def _span(part: str) -> tuple[float | None, bool, float | None, bool]:
    """Of "x < 3" or "-2 < x <= 4". Raises Unreadable for anything else."""
    if found := re.fullmatch(r"\s*[a-z]+\s*([<>])(=?)\s*([^<>=]+)", part):
        return _TO[found[1]](_number(found[3]), bool(found[2]))
    if found := re.fullmatch(r"\s*([^<>=]+?)\s*<(=?)\s*[a-z]+\s*<(=?)\s*([^<>=]+)", part):
        return (_number(found[1]), bool(found[2]), _number(found[4]), bool(found[3]))
    raise Unreadable

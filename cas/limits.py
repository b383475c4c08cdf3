"""Integrals between limits in a student's working: ∫_0^2 3x² dx, then [x³]_0^2, then a number."""

import re
from dataclasses import dataclass
from typing import Any, cast

from cas.calculus import derivative
from cas.numeric import Evaluator, Undefined
from cas.reading import readings
from cas.sampling import close, same_function
from cas.slips import Slip, find_slip
from cas.syntax import Expr, is_expr, neg, sub, substitute, symbols
from cas.tokens import clean

ORDER = Slip("limits swapped", "Put in the upper limit first, then take away the value at the lower one.")
VALUES = Slip("arithmetic", "Put the limits in again: the numbers come out otherwise.")
LIMITS = Slip("wrong limits", "The limits are not those of the line before.")
INTEGRATED = Slip("integration", "Differentiate it to see: add one to the power, then divide by the new power.")
_BOUND = r"(?:\{([^{}]{1,20})\}|(-?[\w.\\/]{1,12}))"
_BOUNDS = rf"_\s*{_BOUND}\s*\^\s*{_BOUND}"
_INTEGRAL = re.compile(
    rf"^(?:[A-Za-z]+\s*=\s*)?(?:∫|\\int)\s*{_BOUNDS}\s*(.{{1,200}}?)(?:\\,|\s)*(?:\\mathrm\s*\{{d\}}|d)\s?([a-z])\s*$"
)
_SPOKEN = re.compile(r"^(?:[A-Za-z]+\s*=\s*)?(?:∫|\\int)\s*from (\S+) to (\S+)(?: of)?\s+(.{1,200}?)\s*d([a-z])\s*$")
_BRACKET = re.compile(
    rf"^(?:[A-Za-z]+\s*=\s*)?(?:\\left)?\[(.{{1,200}}?)(?:\\right)?\]\s*(?:{_BOUNDS}|(?:from|between) (\S+) (?:to|and) (\S+))\s*$"
)


@dataclass(frozen=True, slots=True)
class Between:
    """An integrand, or what it came from by differentiating (`done`), between two limits."""

    body: Expr
    low: Expr
    high: Expr
    name: str
    done: bool

    def value(self) -> Expr:
        """Of what was integrated: at the upper limit less at the lower."""
        return sub(substitute(self.body, self.name, self.high), substitute(self.body, self.name, self.low))


def read_between(text: str) -> Between | None:
    """None for any other line. Raises Unreadable."""
    text = clean(text).strip().removesuffix(".")
    if found := _INTEGRAL.match(text) or _SPOKEN.match(text):
        *ends, body, name = (g for g in found.groups() if g is not None)
        return _made(body, ends, name, done=False)
    if found := _BRACKET.match(text):
        body, *ends = (g for g in found.groups() if g is not None)
        return _made(body, ends, "", done=True)
    return None


def _made(body: str, ends: list[str], name: str, done: bool) -> Between | None:
    nodes = [readings(t)[0].node for t in (body, *ends)]
    if len(nodes) != 3 or not all(map(is_expr, nodes)):
        return None
    e, low, high = (cast(Expr, n) for n in nodes)
    names = sorted(symbols(e) - {"c", "C", "k"})
    name = name or ("x" if "x" in names or len(names) != 1 else names[0])
    return None if symbols(low) | symbols(high) else Between(e, low, high, name, done)


def misstep(before: Between, after: Between | None, value: Expr | None) -> tuple[str, Slip | None] | None:
    """Why a line does not go on from `before`, with the slip; None when it does, or nothing is known."""
    if after is not None:
        return _integrated(before, after)
    if value is None or symbols(value):
        return None
    if before.done:
        return _put_in(before, value)
    return None if _is_value(before, value) else ("it is not the value of the integral.", None)


def _integrated(before: Between, after: Between) -> tuple[str, Slip | None] | None:
    if after.done == before.done:
        same = same_function(after.body, before.body).verdict != "different"
        return None if same else ("it is not what stands in the line before.", find_slip(after.body, before.body))
    if not after.done:
        return None
    rate = derivative(after.body, before.name)
    if same_function(rate, before.body).verdict == "different":
        return "it does not have the derivative of the line before.", find_slip(rate, before.body) or INTEGRATED
    ends = [(after.low, before.low), (after.high, before.high)]
    return None if all(same_function(x, y).verdict == "equal" for x, y in ends) else (LIMITS.hint, LIMITS)


def _put_in(before: Between, value: Expr) -> tuple[str, Slip | None] | None:
    right = before.value()
    if same_function(value, right).verdict != "different":
        return None
    if same_function(value, neg(right)).verdict == "equal":
        return "it has the wrong sign.", ORDER
    return "it is not what the limits give.", VALUES


def _is_value(before: Between, value: Expr) -> bool:
    """By quadrature; True where that cannot be told."""
    ends = [_number(e) for e in (before.low, before.high, value)]
    if any(e is None for e in ends):
        return True
    mp = Evaluator({}, dps=20).mp

    def at(x: Any) -> Any:
        evaluator = Evaluator({before.name: x}, dps=20)
        return evaluator.float(evaluator.value(before.body))

    low, high, told = ends
    try:
        area, error = mp.quad(at, [low, high], error=True, maxdegree=5)
    except (Undefined, ValueError, ArithmeticError):
        return True
    return bool(error > 1e-9 or close(area, told, 5e-3) or abs(area - told) < 1e-9)


def _number(e: Expr) -> Any:
    evaluator = Evaluator({}, dps=20)
    try:
        return evaluator.float(evaluator.value(e))
    except Undefined:
        return None

"""Differentiating and integrating in a student's working: whether a line is the derivative or an integral of the one before."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

from cas.calculus import derivative
from cas.numeric import Undefined
from cas.reading import readings
from cas.sampling import same_function
from cas.slips import CHAIN, COEFFICIENT, CONSTANT, POWER, SIGN, SWAPPED, Slip, find_slip
from cas.syntax import (
    MINUS_ONE,
    TWO,
    Add,
    Call,
    Const,
    Expr,
    Mul,
    Node,
    Num,
    Pow,
    Rel,
    Sym,
    add,
    is_expr,
    mul,
    neg,
    over,
    sub,
    substitute,
    symbols,
)

PRODUCT = Slip("product rule", "A product needs the product rule: u'v + uv'.")
QUOTIENT = Slip("quotient rule", "A quotient needs the quotient rule: (u'v - uv') / v².")
UNDONE = Slip("differentiated instead", "You have differentiated; integrate instead.")
_DX = r"(?:\\mathrm\s*\{d\}|d)\s?"
_RATE = re.compile(
    rf"^\s*(?:\\d?frac\s*\{{\s*{_DX}(?P<high>\^\{{?\d\}}?)?\s*[a-zA-Z]\s*\}}\s*\{{\s*{_DX}(?P<of>[a-zA-Z])[^{{}}]{{0,5}}\}}"
    rf"|d(?P<high2>\^?[\d²³])?\s?[a-zA-Z]\s?/\s?d\s?(?P<of2>[a-zA-Z])(?:\^?[\d²³])?"
    rf"|[a-zA-Z](?P<primes>['’′]{{1,3}})\s*(?:\(\s*(?P<of3>[a-zA-Z])\s*\))?)\s*=(?!=)"
)
_FUNCTION = re.compile(r"^\s*[a-zA-Z]\s*(?:\(\s*[a-zA-Z]\s*\))?\s*=(?!=)")
_INTEGRAL = re.compile(rf"(?:∫|\\int)(?!\s*[_^\\]*[_^])([^∫]{{1,200}}?)(?:\\,|\s)*{_DX}([a-z])(?![a-z(])")


@dataclass(frozen=True, slots=True)
class Line:
    """What a line says of a function of `name` (empty: not told): its `order`th derivative, or a sum in which each
    symbol of `integrands` stands for an integral."""

    node: Expr
    order: int = 0
    name: str = ""
    integrands: tuple[tuple[str, Expr], ...] = ()


def read_line(text: str) -> Line | None:
    """A derivative, a function or an integral; None for any other line. Raises Unreadable."""
    if "∫" in text or "\\int" in text:
        return _integral(text)
    rate = _RATE.match(text)
    if rate is None and not _FUNCTION.match(text):
        return None
    node = readings(text)[0].node
    if isinstance(node, Rel) and node.sign == "=" and isinstance(node.left, Sym):
        node = node.right
    if not is_expr(node):
        return None
    if rate is None:
        return Line(cast(Expr, node))
    digits = re.search(r"\d", (rate["high"] or rate["high2"] or "1").translate(str.maketrans("²³", "23")))
    order = len(rate["primes"] or "") or int(digits[0] if digits else 1)
    return Line(cast(Expr, node), order, rate["of"] or rate["of2"] or rate["of3"] or "")


def _integral(text: str) -> Line | None:
    found: list[tuple[str, Expr]] = []
    names: set[str] = set()

    def stand_in(piece: re.Match[str]) -> str:
        node = readings(piece[1] if piece[1].strip() else "1")[0].node
        if is_expr(node):
            found.append((f"J_{len(found)}", cast(Expr, node)))
            names.add(piece[2])
        return f"(J_{len(found) - 1})"

    bare = _INTEGRAL.sub(stand_in, re.sub(r"^\s*[A-Za-z]?\s*=(?!=)", "", text))
    if not found or len(names) != 1 or "∫" in bare or "\\int" in bare:
        return None
    node = readings(bare)[0].node
    if isinstance(node, Rel) and node.sign == "=":  # ∫ 2x dx = x² + c on one line
        return None
    return Line(cast(Expr, node), 0, names.pop(), tuple(found)) if is_expr(node) else None


def rate_of(line: Line) -> Expr:
    """The derivative of what the line says; an integral's is its integrand. Raises Undefined."""
    return add(
        derivative(line.node, line.name),
        *(mul(derivative(line.node, stand_in), integrand) for stand_in, integrand in line.integrands),
    )


def differentiated(before: Line, after: Line) -> tuple[bool, Slip | None, Expr]:
    """Whether `after` is the derivative of `before`, one order on; else the slip, and what it should be."""
    names = symbols(before.node)
    name = after.name or before.name or ("x" if "x" in names or len(names) != 1 else next(iter(names)))
    right = derivative(before.node, name)
    if same_function(after.node, right).verdict != "different":
        return True, None, right
    for slip, wrong in slipped(before.node, name):
        if same_function(after.node, wrong, seconds=0.02).verdict == "equal":
            return False, slip, right
    return False, find_slip(after.node, right), right


def integrated(before: Line, after: Line) -> tuple[bool, Slip | None]:
    """Whether `after` has the derivative of `before`, an integral, and a constant once no integral is left."""
    f, g = rate_of(before), rate_of(Line(after.node, 0, before.name, after.integrands))
    found = same_function(g, f)
    if found.verdict == "different":
        return False, _integration_slip(after.node, f, g, before.name)
    fresh = symbols(after.node) - {before.name} - {n for _, e in before.integrands for n in symbols(e)}
    return (True, None) if fresh or after.integrands else (False, CONSTANT)


def _integration_slip(mine: Expr, f: Expr, g: Expr, name: str) -> Slip | None:
    if same_function(g, neg(f)).verdict == "equal":
        return SIGN
    try:
        if same_function(g, derivative(derivative(f, name), name)).verdict == "equal":
            return UNDONE
    except Undefined:
        pass
    ratio = over(g, f)
    moved = substitute(ratio, name, add(mul(Num(Fraction(2)), Sym(name)), Num(Fraction(1))))
    if same_function(ratio, moved).verdict == "equal":
        return COEFFICIENT
    return find_slip(g, f) if name in symbols(mine) else None


# --- derivatives with a slip in them


def slipped(e: Expr, name: str) -> Iterator[tuple[Slip, Expr]]:
    """The derivative of `e` with one slip in it, at whichever place. Raises Undefined."""
    match e:
        case Add(terms):
            for i, term in enumerate(terms):
                rest = [derivative(t, name) for k, t in enumerate(terms) if k != i]
                yield from ((slip, add(wrong, *rest)) for slip, wrong in slipped(term, name))
        case Mul(factors):
            yield from _of_product(factors, name)
        case Pow(base, exponent) if name in symbols(e):
            yield from _of_power(base, exponent, name)
        case Call(function, (arg,)) if name in symbols(arg):
            yield from _of_function(function, arg, name)


def _of_product(factors: tuple[Expr, ...], name: str) -> Iterator[tuple[Slip, Expr]]:
    fixed = [f for f in factors if name not in symbols(f)]
    moving = [f for f in factors if name in symbols(f)]
    if len(moving) == 1:
        yield from ((slip, mul(*fixed, wrong)) for slip, wrong in slipped(moving[0], name))
    elif len(moving) == 2:
        u, v = moving
        du, dv = derivative(u, name), derivative(v, name)
        if isinstance(v, Pow) and v.exponent == MINUS_ONE:
            yield from ((slip, mul(*fixed, wrong)) for slip, wrong in _of_quotient(u, v.base, name))
        for wrong in (mul(du, dv), mul(du, v), mul(u, dv), sub(mul(du, v), mul(u, dv))):
            yield PRODUCT, mul(*fixed, wrong)
        for kept, rate, other in ((u, du, v), (v, dv, u)):
            for slip, wrong in slipped(other, name):
                yield slip, mul(*fixed, add(mul(rate, other), mul(kept, wrong)))


def _of_quotient(u: Expr, v: Expr, name: str) -> Iterator[tuple[Slip, Expr]]:
    du, dv = derivative(u, name), derivative(v, name)
    cross = sub(mul(du, v), mul(u, dv))
    yield QUOTIENT, over(du, dv)
    yield QUOTIENT, over(neg(cross), Pow(v, TWO))
    yield QUOTIENT, over(add(mul(du, v), mul(u, dv)), Pow(v, TWO))
    yield QUOTIENT, over(cross, v)


def _of_power(base: Expr, exponent: Expr, name: str) -> Iterator[tuple[Slip, Expr]]:
    inner = derivative(base, name)
    if name not in symbols(exponent) and isinstance(exponent, Num):
        down, up = Num(exponent.value - 1), Num(exponent.value + 1)
        if base != Sym(name):
            yield CHAIN, mul(exponent, Pow(base, down))
        for wrong in (Pow(base, down), mul(exponent, Pow(base, exponent)), mul(exponent, Pow(base, up))):
            yield POWER, mul(wrong, inner)
        yield POWER, mul(down, Pow(base, down), inner)
        yield POWER, over(Pow(base, up), up)
    elif base == Const("e"):
        yield CHAIN, Pow(base, exponent)
        yield POWER, mul(exponent, Pow(base, sub(exponent, Num(Fraction(1)))))
    else:
        yield POWER, mul(exponent, Pow(base, sub(exponent, Num(Fraction(1)))))


def _of_function(function: str, arg: Expr, name: str) -> Iterator[tuple[Slip, Expr]]:
    stand_in, inner = Sym("J_0"), derivative(arg, name)
    outer = substitute(derivative(Call(function, (stand_in,)), "J_0"), "J_0", arg)
    if arg != Sym(name):
        yield CHAIN, outer
        yield CHAIN, mul(inner, Call(function, (inner,)))
    yield SIGN, neg(mul(outer, inner))
    if function in ("sin", "cos"):
        yield SWAPPED, mul(Call(function, (arg,)), inner)


def is_line_of(node: Node, line: Line) -> bool:
    """Whether an equation says that what the line gives is a number: dy/dx = 3x² - 12, then 3x² - 12 = 0."""
    if not isinstance(node, Rel) or not is_expr(node.left) or not is_expr(node.right):
        return False
    sides = [cast(Expr, s) for s in (node.left, node.right)]
    return any(symbols(a) and same_function(a, line.node).verdict == "equal" for a in sides) or (
        not symbols(sides[1]) and same_function(sub(*sides), line.node).verdict == "equal"
    )

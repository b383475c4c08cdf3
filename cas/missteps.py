"""Slips in one step of working that are told by the kind of step: completing a square, clearing fractions, taking
logarithms, subtracting two equations, copying a line."""

import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from typing import cast

from cas import regions, slips
from cas.polynomials import NotRational, Poly, rational
from cas.sampling import same_function
from cas.slips import Slip, variants
from cas.syntax import (
    MINUS_ONE,
    ONE,
    TWO,
    Add,
    Call,
    Expr,
    Mul,
    Node,
    Num,
    Pow,
    Rel,
    Sym,
    add,
    call,
    children,
    is_expr,
    mul,
    neg,
    over,
    rebuild,
    sub,
    symbols,
    walk,
)

SQUARE = Slip("completing the square", "Halve the coefficient of x, square it, and take that square away again.")
COPIED = Slip("copied wrongly", "One number is not the one of the line before: was it copied wrongly?")
TERMS = Slip("not every term multiplied", "Multiply every term on both sides, not only the fractions.")
CROSSED = Slip("bracket expansion", "Keep the bracket when you multiply up, and multiply every term in it.")
LOGS = Slip("log law", "To undo aˣ = b take logarithms of both sides: x is ln b divided by ln a.")
COMBINED = Slip("sign error", "Check each sign: taking away a minus makes a plus.")
FORMULA = Slip(
    "quadratic formula", "The formula begins with minus b: check the sign of b, and all of the numerator over 2a."
)
COLLECTED = Slip("arithmetic", "Collect the terms again: one of the numbers comes out otherwise.")
DISTRIBUTED = Slip(
    "function of a sum", "A function of a sum is not the sum of the functions: sin(a + b) is not sin a + sin b."
)
IDENTITY = Slip("trig identity", "Check the identity: cos 2x is 1 - 2 sin² x, and sin² x + cos² x is 1.")
SECONDS_MAX = 0.3


def of_expressions(before: Expr, after: Expr) -> Slip | None:
    """The slip between two expressions that should be equal."""
    for slip, wrong in _completed(before):
        if same_function(after, wrong, seconds=0.03).verdict == "equal":
            return slip
    return COPIED if _one_number_differs(before, after) else None


def of_equations(before: Rel, after: Rel) -> Slip | None:
    """The slip between two equations that should have the same solutions."""
    sides = [before.left, before.right, after.left, after.right]
    if not all(map(is_expr, sides)):
        return None
    a, b, c, d = (cast(Expr, s) for s in sides)
    g = sub(c, d)
    deadline = time.thread_time() + SECONDS_MAX
    for slip, wrong in _of_kind(a, b):
        if time.thread_time() > deadline:
            return None
        if symbols(wrong) == symbols(g) and regions.proportional(wrong, g):
            return slip
    if _one_number_differs(before, after):
        return COPIED
    return None


def _of_kind(a: Expr, b: Expr) -> Iterator[tuple[Slip, Expr]]:
    """Equations, each as what should be zero, that a slip makes of a = b."""
    yield from _not_every_term(a, b)
    yield from _crossed(a, b)
    yield from _logs(a, b)
    yield from ((slip, wrong) for slip, wrong in _completed(sub(a, b)))
    yield from _formula(sub(a, b))
    for one, other in ((a, b), (b, a)):
        yield from ((slip, sub(wrong, other)) for slip, wrong in _distributed(one))
        yield from ((IDENTITY, sub(wrong, other)) for wrong in _misremembered(one))


def _not_every_term(a: Expr, b: Expr) -> Iterator[tuple[Slip, Expr]]:
    terms = [*(a.terms if isinstance(a, Add) else (a,)), *map(neg, b.terms if isinstance(b, Add) else (b,))]
    for bottom in {_below(t) for t in terms} - {ONE}:
        cleared = [mul(bottom, t) for t in terms]
        for i, t in enumerate(terms):
            if _below(t) == ONE and t != Num(Fraction(0)):
                yield TERMS, add(*cleared[:i], t, *cleared[i + 1 :])


def _below(e: Expr) -> Expr:
    factors = e.factors if isinstance(e, Mul) else (e,)
    whole = mul(
        *(Num(Fraction(f.value.denominator)) for f in factors if isinstance(f, Num) and f.value.denominator > 1)
    )
    return mul(whole, *(f.base for f in factors if isinstance(f, Pow) and f.exponent == MINUS_ONE))


def _above(e: Expr) -> Expr:
    factors = e.factors if isinstance(e, Mul) else (e,)
    over_line = (Num(Fraction(f.value.numerator)) if isinstance(f, Num) else f for f in factors)
    return mul(*(f for f in over_line if not (isinstance(f, Pow) and f.exponent == MINUS_ONE)))


def _crossed(a: Expr, b: Expr) -> Iterator[tuple[Slip, Expr]]:
    """p/q = r/s as ps = rq, with a bracket lost."""
    p, q, r, s = _above(a), _below(a), _above(b), _below(b)
    if (q, s) == (ONE, ONE) or not any(isinstance(e, Add) for e in (p, q, r, s)):
        return
    for one, other in ((mul(p, s), mul(r, q)), (mul(r, q), mul(p, s))):
        yield from ((CROSSED, sub(wrong, other)) for slip, wrong in islice(variants(one), 40) if slip is slips.BRACKET)
    yield CROSSED, sub(mul(p, q), mul(r, s))


def _logs(a: Expr, b: Expr) -> Iterator[tuple[Slip, Expr]]:
    """a^f = b, undone as if it were a product, or by one logarithm too few."""
    if not isinstance(a, Pow) or not symbols(a.exponent) or symbols(a.base) or symbols(b):
        return
    top, bottom = call("ln", b), call("ln", a.base)
    ten = Num(Fraction(10))
    for wrong in (over(b, a.base), over(bottom, top), sub(top, bottom), top, call("log", ten, b),
                  call("log", ten, over(b, a.base)), call("log", b, a.base), Pow(b, over(ONE, a.base))):  # fmt: skip
        yield LOGS, sub(a.exponent, wrong)


def _quadratic(e: Expr) -> tuple[str, Fraction, Fraction, Fraction] | None:
    names = symbols(e)
    if len(names) != 1:
        return None
    name = next(iter(names))
    try:
        top, bottom = rational(e, name, {})
    except NotRational:
        return None
    if len(bottom) != 1 or len(top) != 3:
        return None
    c, b, a = (x / bottom[0] for x in top)
    return name, a, b, c


def _completed(e: Expr) -> Iterator[tuple[Slip, Expr]]:
    """The square completed with a slip: a square added, not halved, or not taken away."""
    found = _quadratic(e)
    if found is None:
        return
    name, a, b, c = found
    h = b / (2 * a)
    for shift, rest in (
        (h, c + a * h * h),
        (h, c),
        (h, c - h * h),
        (b / a, c - b * b / a),
        (b / a, c),
        (-h, c - a * h * h),
    ):
        wrong = add(mul(Num(a), Pow(add(Sym(name), Num(shift)), TWO)), Num(rest))
        if b and (shift, rest) != (h, c - a * h * h):
            yield SQUARE, wrong


def _formula(e: Expr) -> Iterator[tuple[Slip, Expr]]:
    """The equations that have the roots of a formula used wrongly."""
    found = _quadratic(e)
    if found is None:
        return
    name, a, b, c = found
    for middle, under, bottom in ((b, b * b - 4 * a * c, 2 * a), (-b, b * b + 4 * a * c, 2 * a), (-b, b * b - 4 * a * c, a),
                                  (-b, -b * b - 4 * a * c, 2 * a)):  # fmt: skip
        x = sub(mul(Num(bottom), Sym(name)), Num(middle))
        yield FORMULA, sub(Pow(x, TWO), Num(under))


def _distributed(e: Expr) -> Iterator[tuple[Slip, Expr]]:
    for i, node in enumerate(walk(e)):
        if isinstance(node, Call) and len(node.args) == 1 and isinstance(node.args[0], Add) and i < 40:
            apart = add(*(call(node.name, t) for t in node.args[0].terms))
            yield DISTRIBUTED, cast(Expr, _put(e, node, apart))


def _misremembered(e: Expr) -> Iterator[Expr]:
    for node in walk(e):
        if isinstance(node, Call) and node.name == "cos":
            half = over(node.args[0], TWO)
            s, c = (Pow(call(n, half), TWO) for n in ("sin", "cos"))
            for wrong in (add(ONE, mul(TWO, s)), sub(s, c), add(ONE, mul(TWO, c)), sub(ONE, mul(TWO, c)), sub(ONE, s)):
                yield cast(Expr, _put(e, node, wrong))
        elif isinstance(node, Call) and node.name == "sin":
            half = over(node.args[0], TWO)
            yield cast(Expr, _put(e, node, mul(call("sin", half), call("cos", half))))
        elif isinstance(node, Pow) and isinstance(node.base, Call) and node.base.name in ("sin", "cos"):
            other = Pow(call("cos" if node.base.name == "sin" else "sin", *node.base.args), TWO)
            for wrong in (add(ONE, other), sub(other, ONE)):
                yield cast(Expr, _put(e, node, wrong))


def _put(e: Node, old: Node, new: Node) -> Node:
    if e == old:
        return new
    parts = children(e)
    return rebuild(e, tuple(_put(p, old, new) for p in parts)) if parts else e


def of_system(equations: list[Expr], after: Rel) -> Slip | None:
    """Two equations taken from one another, a sign not turned."""
    if len(equations) != 2 or not is_expr(after.left) or not is_expr(after.right):
        return None
    g = sub(cast(Expr, after.left), cast(Expr, after.right))
    for f, h in (equations, equations[::-1]):
        terms = h.terms if isinstance(h, Add) else (h,)
        for i in range(len(terms)):
            mixed = [t if k == i else neg(t) for k, t in enumerate(terms)]
            if regions.proportional(add(f, *mixed), g) or regions.proportional(add(f, *map(neg, mixed)), g):
                return COMBINED
    return None


def collected(before: Expr, after: Expr) -> Slip | None:
    """Two polynomials, each meant to be zero, that differ in one number only."""
    names = symbols(before) | symbols(after)
    if len(names) != 1:
        return None
    name = next(iter(names))
    try:
        (p, q), (r, s) = rational(before, name, {}), rational(after, name, {})
    except NotRational:
        return None
    if len(q) != 1 or len(s) != 1 or len(p) != len(r) or len(p) < 2:
        return None
    return COLLECTED if _near(p, r) else None


def _near(p: Poly, r: Poly) -> bool:
    """Whether all coefficients but one are the same, up to one factor."""
    for i, x in enumerate(p):
        if x and r[i]:
            factor = r[i] / x
            if sum(a * factor != b for a, b in zip(p, r, strict=True)) == 1:
                return True
    return False


def _one_number_differs(a: Node, b: Node) -> bool:
    return _differences(a, b) == 1


def _differences(a: Node, b: Node) -> int:
    """How many numbers differ between two trees of one shape; 9 where the shapes differ."""
    if a == b:
        return 0
    if isinstance(a, Num) and isinstance(b, Num):
        return 1 if a.value != -b.value else 9
    left, right = children(a), children(b)
    if type(a) is not type(b) or len(left) != len(right) or not left:
        return 9
    if (isinstance(a, Rel) and isinstance(b, Rel) and a.sign != b.sign) or (
        isinstance(a, Call) and isinstance(b, Call) and a.name != b.name
    ):
        return 9
    return sum(_differences(x, y) for x, y in zip(left, right, strict=True))

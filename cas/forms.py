"""Whether an answer that is right also has the form that was asked for: factorised, expanded, simplified or exact."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import gcd, isqrt
from typing import Any, Literal, cast

from cas.polynomials import NotRational, common, rational
from cas.syntax import (
    HALF,
    MINUS_ONE,
    Add,
    Call,
    Expr,
    Mul,
    Node,
    Num,
    Pow,
    children,
    dump,
    holds,
    is_expr,
    symbols,
    walk,
)

Form = Literal["any", "factorised", "simplified", "expanded", "exact"]


@dataclass(frozen=True, slots=True)
class Shape:
    """`why` is empty when the form is right; `factors` (dumped) are still to be proved irreducible."""

    why: str = ""
    factors: tuple[Any, ...] = ()


def shape(node: Node, form: Form) -> Shape:
    """What keeps `node` from having the form."""
    if form in ("any", "exact"):
        return Shape()  # what is exact was compared to the letter
    for part in _expressions(node):
        found = (
            _factorised(part)
            if form == "factorised"
            else Shape(_not_expanded(part) if form == "expanded" else _not_simple(part))
        )
        if found.why or found.factors:
            return found
    return Shape()


def _expressions(node: Node) -> Iterator[Expr]:
    if is_expr(node):
        yield cast(Expr, node)
        return
    for part in children(node):
        yield from _expressions(part)


# --- factorised


def _factorised(e: Expr) -> Shape:
    factors = _factors(e)
    if len(factors) == 1 and isinstance(factors[0], Add) and _is_sum_of_products(factors[0]):
        return Shape(factors=(dump(factors[0]),)) if _content(factors[0]) == 1 else Shape(_COMMON)
    for f in factors:
        if isinstance(f, Add) and _content(f) != 1:
            return Shape(_COMMON)
    inner = tuple(dump(f) for f in factors if symbols(f) and isinstance(f, Add))
    return Shape(factors=inner)


_COMMON = "A common factor can still be taken out of a bracket."
REDUCIBLE = "It is right, but it can be factorised further."


def _factors(e: Expr) -> list[Expr]:
    match e:
        case Mul(parts):
            return [f for p in parts for f in _factors(p)]
        case Pow(base, Num(n)) if n.denominator == 1:
            return _factors(base)
        case _:
            return [e]


def _is_sum_of_products(e: Add) -> bool:
    return bool(symbols(e))


def _content(e: Expr) -> int:
    """The whole number that divides every coefficient of a sum, 1 where there is none."""
    if not isinstance(e, Add) or not symbols(e):
        return 1
    numbers = [_coefficient(t) for t in e.terms]
    if any(n.denominator != 1 for n in numbers):
        return 1
    return reduce(gcd, (abs(int(n)) for n in numbers)) or 1


def _coefficient(term: Expr) -> Fraction:
    match term:
        case Num(value):
            return value
        case Mul(factors):
            out = Fraction(1)
            for f in factors:
                out *= _coefficient(f) if isinstance(f, Num) else 1
            return out
        case _:
            return Fraction(1)


# --- expanded and simplified


def _not_expanded(e: Expr) -> str:
    for node in walk(e):
        if isinstance(node, Mul) and any(_is_bracket(f) for f in node.factors):
            return "It is right, but there is still a bracket to multiply out."
        if (
            isinstance(node, Pow)
            and _is_bracket(node.base)
            and isinstance(node.exponent, Num)
            and node.exponent.value in range(2, 100)
        ):
            return "It is right, but there is still a power of a bracket to multiply out."
    return _like_terms(e)


def _is_bracket(e: Expr) -> bool:
    return isinstance(e, Add) and bool(symbols(e))


def _like_terms(e: Expr) -> str:
    for node in walk(e):
        if isinstance(node, Add):
            keys = [_key(t) for t in node.terms]
            if len(set(keys)) < len(keys):
                return "It is right, but there are like terms to collect."
    return ""


def _key(term: Expr) -> tuple[Any, ...]:
    """What makes terms alike: everything but the rational number in front."""
    factors = term.factors if isinstance(term, Mul) else (term,)
    powers: dict[Expr, Fraction] = {}
    for f in factors:
        if isinstance(f, Num) or (
            isinstance(f, Pow)
            and isinstance(f.base, Num)
            and isinstance(f.exponent, Num)
            and f.exponent.value.denominator == 1
        ):
            continue
        base, n = (f.base, f.exponent.value) if isinstance(f, Pow) and isinstance(f.exponent, Num) else (f, Fraction(1))
        powers[base] = powers.get(base, Fraction(0)) + n
    return tuple(sorted((repr(b), n) for b, n in powers.items()))


def _not_simple(e: Expr) -> str:
    return _like_terms(e) or _numbers(e) or _surds(e) or _fractions(e)


def _numbers(e: Expr) -> str:
    for node in walk(e):
        if isinstance(node, Mul):
            whole = [f for f in node.factors if isinstance(f, Num) and f.value != -1]
            bases = [f.base if isinstance(f, Pow) else f for f in node.factors if symbols(f)]
            if len(whole) > 1:
                return "It is right, but numbers can still be multiplied together."
            if len(set(bases)) < len(bases):
                return "It is right, but powers of the same letter can be put together."
            if _cancels(node):
                return "It is right, but the fraction can be cancelled."
        if (
            isinstance(node, Pow)
            and isinstance(node.base, Num)
            and isinstance(node.exponent, Num)
            and node.exponent.value in range(2, 20)
        ):
            return "It is right, but a power of a number can be worked out."
        if (
            isinstance(node, Call)
            and node.name in ("ln", "log", "sin", "cos", "tan")
            and not symbols(node)
            and _is_plain(node)
        ):
            return "It is right, but it can be worked out further."
    return ""


def _cancels(node: Mul) -> bool:
    top = reduce(lambda a, b: a * b, (f.value for f in node.factors if isinstance(f, Num)), Fraction(1))
    under = reduce(lambda a, b: a * b, (f.base.value for f in node.factors if _is_number_below(f)), Fraction(1))  # type: ignore[union-attr]
    if under == 1 or top.denominator != 1 or under.denominator != 1:
        return False
    inside = [_content(f) for f in node.factors if isinstance(f, Add)]
    return gcd(int(top) * reduce(lambda a, b: a * b, inside, 1), int(under)) > 1


def _is_number_below(f: Expr) -> bool:
    return isinstance(f, Pow) and isinstance(f.base, Num) and f.exponent == Num(Fraction(-1))


def _is_plain(node: Call) -> bool:
    """Whether the value of a function of a number is itself a short rational: ln 1, log_2 8, sin(pi/6)."""
    from cas.numeric import Evaluator, Undefined, alike

    try:
        (value,) = alike(40, Evaluator({}).value(node))
    except Undefined:
        return False
    if isinstance(value, Fraction):
        return True
    return bool(abs(value) < 1e6 and abs(value * 60 - round(float(value) * 60)) < 1e-12)


def _surds(e: Expr) -> str:
    for node in walk(e):
        if _root_below(node):
            return "It is right, but there is still a root below the line: rationalise it."
        if isinstance(node, Pow) and node.exponent == HALF and not symbols(node.base) and _has_division(node.base):
            return "It is right, but there is a fraction under the root."
        if (
            isinstance(node, Pow)
            and isinstance(node.base, Num)
            and isinstance(node.exponent, Num)
            and node.exponent.value == Fraction(1, 2)
        ):
            n = node.base.value
            if n.denominator != 1 or any(n % (k * k) == 0 for k in range(2, min(isqrt(abs(int(n))) + 1, 1_000))):
                return "It is right, but the surd can be simplified."
    return ""


def _root_below(node: Node) -> bool:
    """Whether a fraction has a root of a number in what it is divided by."""
    if (
        not isinstance(node, Pow)
        or not isinstance(node.exponent, Num)
        or node.exponent.value >= 0
        or symbols(node.base)
    ):
        return False
    broken = node.exponent.value.denominator != 1
    return broken or holds(
        node.base, lambda n: isinstance(n, Pow) and isinstance(n.exponent, Num) and n.exponent.value.denominator == 2
    )


def _has_division(e: Expr) -> bool:
    return holds(e, lambda n: isinstance(n, Pow) and n.exponent == MINUS_ONE)


def _fractions(e: Expr) -> str:
    names = symbols(e)
    if len(names) != 1:
        return ""
    name = next(iter(names))
    under = [
        f
        for n in walk(e)
        if isinstance(n, Mul)
        for f in n.factors
        if isinstance(f, Pow) and isinstance(f.exponent, Num) and f.exponent.value < 0 and symbols(f)
    ]
    over = [f for n in walk(e) if isinstance(n, Mul) for f in n.factors if f not in under]
    try:
        for u in under:
            bottom = rational(u.base, name, {})[0]
            if any(len(common(rational(o, name, {})[0], bottom)) > 1 for o in over if symbols(o)):
                return "It is right, but top and bottom have a common factor to cancel."
    except NotRational:
        return ""
    return ""

"""Univariate rational functions over the rationals: enough to compare the solutions of equations exactly."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from cas.numeric import Evaluator, Undefined, context
from cas.syntax import Add, Expr, Mul, Num, Pow, Sym, symbols

DEGREE_MAX = 40
BITS_MAX = 4_000

Poly = tuple[Fraction, ...]  # coefficients from the constant term on, no trailing zero; () is zero
ONE: Poly = (Fraction(1),)


class NotRational(Exception):
    """The expression is no rational function of this one symbol, or too large a one."""


def rational(e: Expr, name: str, env: Mapping[str, Fraction]) -> tuple[Poly, Poly]:
    """Numerator and denominator of `e` in the symbol `name`, all other symbols having the values of `env`."""
    match e:
        case Num(value):
            return _constant(value), ONE
        case Sym(s):
            return ((Fraction(0), Fraction(1)) if s == name else _constant(env[s])), ONE
        case Add(terms):
            return _total([rational(t, name, env) for t in terms])
        case Mul(factors):
            top, bottom = ONE, ONE
            for f in factors:
                p, q = rational(f, name, env)
                top, bottom = times(top, p), times(bottom, q)
            return top, bottom
        case Pow(base, exponent) if name not in symbols(exponent):
            return _power(base, exponent, name, env)
        case _:
            return _number(e, name, env)


def _number(e: Expr, name: str, env: Mapping[str, Fraction]) -> tuple[Poly, Poly]:
    if name in symbols(e):
        raise NotRational
    try:
        value = Evaluator(env).value(e)
    except Undefined as u:
        raise NotRational from u
    if not isinstance(value, Fraction):
        raise NotRational
    return _constant(value), ONE


def _power(base: Expr, exponent: Expr, name: str, env: Mapping[str, Fraction]) -> tuple[Poly, Poly]:
    if name not in symbols(base):
        return _number(Pow(base, exponent), name, env)
    (n,) = _number(exponent, name, env)[0] or (Fraction(0),)
    if n.denominator != 1 or abs(n) > DEGREE_MAX:
        raise NotRational
    top, bottom = rational(base, name, env)
    if n < 0:
        top, bottom = bottom, top
    if not bottom:
        raise NotRational
    p, q = ONE, ONE
    for _ in range(abs(int(n))):
        p, q = times(p, top), times(q, bottom)
    return p, q


def _constant(value: Fraction) -> Poly:
    return (value,) if value else ()


def _total(parts: list[tuple[Poly, Poly]]) -> tuple[Poly, Poly]:
    top, bottom = parts[0]
    for p, q in parts[1:]:
        if q == bottom:
            top = plus(top, p)
        else:
            top, bottom = plus(times(top, q), times(p, bottom)), times(bottom, q)
    return top, bottom


def plus(a: Poly, b: Poly) -> Poly:
    n = max(len(a), len(b))
    x, y = ((*p, *([Fraction(0)] * (n - len(p)))) for p in (a, b))
    return _trim([i + j for i, j in zip(x, y, strict=True)])


def times(a: Poly, b: Poly) -> Poly:
    if not a or not b:
        return ()
    if len(a) + len(b) > DEGREE_MAX + 2:
        raise NotRational
    out = [Fraction(0)] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            out[i + j] += x * y
    if any(c.numerator.bit_length() > BITS_MAX for c in out):
        raise NotRational
    return _trim(out)


def _trim(coefficients: list[Fraction]) -> Poly:
    while coefficients and not coefficients[-1]:
        coefficients.pop()
    return tuple(coefficients)


def divmod_poly(a: Poly, b: Poly) -> tuple[Poly, Poly]:
    """Quotient and remainder; `b` is not zero."""
    rest = list(a)
    out = [Fraction(0)] * max(0, len(a) - len(b) + 1)
    for shift in range(len(a) - len(b), -1, -1):
        factor = rest[shift + len(b) - 1] / b[-1]
        out[shift] = factor
        for i, c in enumerate(b):
            rest[shift + i] -= factor * c
    return _trim(out), _trim(rest[: len(b) - 1])


def monic(p: Poly) -> Poly:
    return tuple(c / p[-1] for c in p)


def common(a: Poly, b: Poly) -> Poly:
    """The greatest common divisor, monic; () when both are zero."""
    while b:
        a, b = b, divmod_poly(a, b)[1]
        b = monic(b) if b else b
    return monic(a) if a else a


def derivative(p: Poly) -> Poly:
    return _trim([c * i for i, c in enumerate(p)][1:])


def squarefree(p: Poly) -> Poly:
    """The product of the different irreducible factors: same roots, each once."""
    if len(p) <= 1:
        return ONE if p else ()
    return monic(divmod_poly(p, common(p, derivative(p)))[0])


def zeros_of(e: Expr, name: str, env: Mapping[str, Fraction]) -> Poly:
    """The squarefree polynomial whose roots are exactly the solutions of e = 0 in `name`; () when e is zero everywhere."""
    top, bottom = rational(e, name, env)
    if not bottom:
        raise NotRational
    if not top:
        return ()
    shared = common(top, bottom)
    top = divmod_poly(top, shared)[0]
    zeros = squarefree(top)
    poles = common(zeros, bottom)
    return monic(divmod_poly(zeros, poles)[0])


def value_at(p: Poly, x: Any) -> Any:
    total: Any = Fraction(0)
    for c in reversed(p):
        total = total * x + c
    return total


def real_roots(p: Poly) -> list[Any]:
    """The real roots in ascending order: Fractions where rational, else 40-digit floats. `p` is squarefree."""
    if len(p) <= 1:
        return []
    mp = context(40)
    high = [mp.mpf(c.numerator) / c.denominator for c in reversed(p)]
    try:
        found = mp.polyroots(high, maxsteps=200, extraprec=200)
    except mp.NoConvergence as e:
        raise NotRational from e
    out = []
    for root in found:
        if abs(mp.im(root)) < 1e-25 * (1 + abs(root)):
            out.append(_rational_root(p, mp.re(root)))
    return sorted(out, key=lambda r: mp.mpf(r.numerator) / r.denominator if isinstance(r, Fraction) else r)


def _rational_root(p: Poly, root: Any) -> Any:
    near = Fraction(str(context(40).nstr(root, 30))).limit_denominator(10_000)
    return near if value_at(p, near) == 0 else root

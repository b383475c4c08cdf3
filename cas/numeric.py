"""The value of an expression at a point: exact rationals while they last, then mpmath at a given precision, bounded in
size; real-valued throughout, or complex with principal values."""

import threading
from collections.abc import Mapping
from fractions import Fraction
from math import gcd, isqrt, lcm
from typing import Any

from mpmath.ctx_mp import MPContext

from cas.syntax import Add, Call, Const, Expr, Mul, Num, PlusMinus, Pow, Sym

Value = Any  # Fraction, mpf or mpc; mpmath has no types
BITS_EXACT_MAX = 3_000  # a longer exact rational goes on as a float
BITS_MAX = 20_000  # of magnitude: 2**20000 and more is no student's number
FACTORIAL_MAX = 2_000
_contexts = threading.local()  # mpmath's precision is state of a context, so each thread has its own


class Undefined(Exception):
    """No value here: a pole, a root or logarithm of a negative in the reals, or too large to compute."""


def context(dps: int) -> Any:
    """This thread's mpmath context of `dps` decimal digits."""
    held: dict[int, Any] = _contexts.__dict__.setdefault("by_digits", {})
    if dps not in held:
        held[dps] = MPContext()
        held[dps].dps = dps
    return held[dps]


def alike(dps: int, *values: Value) -> tuple[Value, ...]:
    """The values as they are when all are exact, else all as floats: mpmath does not compare with a Fraction."""
    if all(isinstance(v, Fraction) for v in values):
        return values
    mp = context(dps)
    return tuple(mp.mpf(v.numerator) / v.denominator if isinstance(v, Fraction) else v for v in values)


class Evaluator:
    """Values of expressions where the symbols have the values of `env`. Raises Undefined."""

    def __init__(self, env: Mapping[str, Value], *, real: bool = True, dps: int = 40) -> None:
        self.env = env
        self.real = real
        self.mp = context(dps)

    def value(self, node: Expr) -> Value:
        """A Fraction when it is exact, else an mpf, or an mpc when not `real`."""
        try:
            return self._bounded(self._value(node))
        except Undefined:
            raise
        except (ArithmeticError, ValueError, TypeError, KeyError, AttributeError, NotImplementedError) as e:
            raise Undefined(str(e)) from e  # mpmath's ways to say that there is no value: a pole, no convergence

    def _value(self, node: Expr) -> Value:
        match node:
            case Num(value):
                return value
            case Sym(name):
                return self.env[name]
            case Const(name):
                return self._constant(name)
            case Add(terms):
                return self._sum([self.value(t) for t in terms])
            case Mul(factors):
                return self._product([self.value(f) for f in factors])
            case Pow(base, exponent):
                return self._power(self.value(base), self.value(exponent))
            case Call(name, args):
                return self._call(name, [self.value(a) for a in args])
            case PlusMinus():
                raise Undefined("two values")

    def _bounded(self, value: Value) -> Value:
        if isinstance(value, Fraction):
            bits = value.numerator.bit_length() + value.denominator.bit_length()
            return value if bits <= BITS_EXACT_MAX else self.float(value)
        if isinstance(value, int):
            return Fraction(value)
        if not self.mp.isfinite(value):
            raise Undefined("not finite")
        if isinstance(value, self.mp.mpc):
            return self._without_imaginary(value)
        if value and abs(self.mp.mag(value)) > BITS_MAX:
            raise Undefined("too large")
        return value

    def _without_imaginary(self, value: Value) -> Value:
        if self.real:
            raise Undefined("not real")
        for part in (value.real, value.imag):
            if part and abs(self.mp.mag(part)) > BITS_MAX:
                raise Undefined("too large")
        return value

    def float(self, value: Value) -> Value:
        """The value as an mpmath number."""
        if isinstance(value, Fraction):
            return self.mp.mpf(value.numerator) / value.denominator
        return value

    def _constant(self, name: str) -> Value:
        match name:
            case "pi":
                return +self.mp.pi
            case "e":
                return +self.mp.e
            case "i" if not self.real:
                return self.mp.mpc(0, 1)
            case _:
                raise Undefined(name)

    def _sum(self, values: list[Value]) -> Value:
        if all(isinstance(v, Fraction) for v in values):
            return sum(values, Fraction(0))
        total = self.mp.mpf(0)
        for v in values:
            total += self.float(v)
        return total

    def _product(self, values: list[Value]) -> Value:
        if all(isinstance(v, Fraction) for v in values):
            out = Fraction(1)
            for v in values:
                out *= v
            return out
        total = self.mp.mpf(1)
        for v in values:
            if v == 0:
                return Fraction(0)
            total *= self.float(v)
        return total

    def _power(self, base: Value, exponent: Value) -> Value:
        if isinstance(exponent, Fraction):
            return self._rational_power(base, exponent)
        if base == 0:
            if isinstance(exponent, self.mp.mpf) and exponent > 0:
                return Fraction(0)
            raise Undefined("zero to a power that is not positive")
        if self.real and base < 0:
            raise Undefined("a real power of a negative")
        x = self.float(base)
        self._check_size(x, abs(exponent))
        return self.mp.power(x, exponent)

    def _rational_power(self, base: Value, exponent: Fraction) -> Value:
        if base == 0:
            if exponent <= 0:
                raise Undefined("zero to a power that is not positive")
            return Fraction(0)
        self._check_size(self.float(base), abs(exponent))
        if isinstance(base, Fraction):
            exact = _exact_power(base, exponent)
            if exact is not None:
                return exact
        x = self.float(base)
        if exponent.denominator == 1:
            return x ** int(exponent)
        if self.real and x < 0:
            return self._negative_root(x, exponent)
        if exponent == Fraction(1, 2):
            return self.mp.sqrt(x)
        return self.mp.power(x, self.float(exponent))

    def _negative_root(self, x: Value, exponent: Fraction) -> Value:
        if exponent.denominator % 2 == 0:
            raise Undefined("an even root of a negative")
        size = self.mp.power(-x, self.float(exponent))
        return -size if exponent.numerator % 2 else size

    def _check_size(self, x: Value, exponent: Value) -> None:
        """Refuse before computing what would be huge: the exponent's own size counts as well."""
        if exponent == 0 or x == 0:
            return
        if self.mp.mag(self.float(exponent)) > 40:
            raise Undefined("too large")
        magnitude = abs(self.mp.log(abs(x)))
        if magnitude * self.float(exponent) > BITS_MAX * 0.7 + 50:
            raise Undefined("too large")

    def _call(self, name: str, args: list[Value]) -> Value:
        exact = _EXACT.get(name)
        if exact is not None:
            value = exact(*args) if all(isinstance(a, Fraction) for a in args) else None
            if value is not None:
                return value
        return getattr(self, f"_{name}", self._elementary(name))(*args)

    def _elementary(self, name: str) -> Any:
        function = getattr(self.mp, name, None)

        def apply(*args: Value) -> Value:
            if function is None:
                raise Undefined(name)
            xs = [self.float(a) for a in args]
            if xs[0] and self.mp.mag(xs[0]) > 2_000:
                raise Undefined("too large")
            return function(*xs)

        return apply

    def _ln(self, x: Value) -> Value:
        x = self.float(x)
        if x == 0 or (self.real and x < 0):
            raise Undefined("the logarithm of a number that is not positive")
        return self.mp.log(x)

    def _log(self, base: Value, x: Value) -> Value:
        bottom = self._ln(base)
        if bottom == 0:
            raise Undefined("base 1")
        return self._ln(x) / bottom

    def _root(self, n: Value, x: Value) -> Value:
        if n == 0:
            raise Undefined("a zeroth root")
        return self._power(x, 1 / n if isinstance(n, Fraction) else 1 / self.float(n))

    def _abs(self, x: Value) -> Value:
        return abs(x)

    def _sign(self, x: Value) -> Value:
        return Fraction((x > 0) - (x < 0))

    def _re(self, x: Value) -> Value:
        return x.real if isinstance(x, self.mp.mpc) else x

    def _im(self, x: Value) -> Value:
        return x.imag if isinstance(x, self.mp.mpc) else Fraction(0)

    def _conj(self, x: Value) -> Value:
        return self.mp.conj(x) if isinstance(x, self.mp.mpc) else x

    def _sinh(self, x: Value) -> Value:
        return self._hyperbolic("sinh", x)

    def _cosh(self, x: Value) -> Value:
        return self._hyperbolic("cosh", x)

    def _hyperbolic(self, name: str, x: Value) -> Value:
        if abs(x) > BITS_MAX / 2:
            raise Undefined("too large")
        return getattr(self.mp, name)(self.float(x))

    def _factorial(self, x: Value) -> Value:
        if abs(x) > FACTORIAL_MAX:
            raise Undefined("too large")
        return self.mp.gamma(self.float(x) + 1)

    def _gamma(self, x: Value) -> Value:
        return self._factorial(x - 1)

    def _choose(self, n: Value, k: Value) -> Value:
        if abs(n) > FACTORIAL_MAX or abs(k) > FACTORIAL_MAX:
            raise Undefined("too large")
        return self.mp.binomial(self.float(n), self.float(k))

    def _permute(self, n: Value, k: Value) -> Value:
        return self._choose(n, k) * self._factorial(k)

    def _gcd(self, *args: Value) -> Value:
        raise Undefined("gcd of what is no integer")

    _lcm = _gcd


def _exact_power(base: Fraction, exponent: Fraction) -> Fraction | None:
    """The exact power where it is rational and small enough, else None."""
    n = abs(exponent.numerator)
    if n * (base.numerator.bit_length() + base.denominator.bit_length()) > BITS_EXACT_MAX:
        return None
    if exponent.denominator == 1:
        return base**exponent.numerator
    if exponent.denominator == 2 and base > 0:
        top, bottom = isqrt(base.numerator), isqrt(base.denominator)
        if top * top == base.numerator and bottom * bottom == base.denominator:
            return Fraction(top, bottom) ** exponent.numerator
    return None


def _exact_factorial(x: Fraction) -> Fraction | None:
    if x.denominator != 1 or not 0 <= x <= 300:
        return None
    out = 1
    for k in range(2, int(x) + 1):
        out *= k
    return Fraction(out)


def _exact_choose(n: Fraction, k: Fraction) -> Fraction | None:
    if n.denominator != 1 or k.denominator != 1 or not 0 <= n <= 500:
        return None
    if not 0 <= k <= n:
        return Fraction(0)
    out = 1
    for j in range(int(min(k, n - k))):
        out = out * (int(n) - j) // (j + 1)
    return Fraction(out)


def _whole(combine: Any) -> Any:
    def apply(*args: Fraction) -> Fraction | None:
        return Fraction(combine(*map(int, args))) if all(a.denominator == 1 for a in args) else None

    return apply


_EXACT: dict[str, Any] = {
    "factorial": _exact_factorial,
    "choose": _exact_choose,
    "gcd": _whole(gcd),
    "lcm": _whole(lcm),
    "floor": lambda x: Fraction(x.__floor__()),
    "ceil": lambda x: Fraction(x.__ceil__()),
}

"""The small tree that every answer is parsed into: the only thing the rest of the room ever sees of a student's text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

RelationSign = Literal["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Num:
    """An exact rational; `digits` counts the significant digits of a literal with a decimal point, 0 for an integer."""

    value: Fraction
    digits: int = 0


@dataclass(frozen=True, slots=True)
class Sym:
    name: str


@dataclass(frozen=True, slots=True)
class Const:
    name: Literal["pi", "e", "i", "inf"]


@dataclass(frozen=True, slots=True)
class Add:
    terms: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Mul:
    factors: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Pow:
    base: Expr
    exponent: Expr


@dataclass(frozen=True, slots=True)
class Call:
    """A known function: `name` is one of `FUNCTIONS`."""

    name: str
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class PlusMinus:
    """Either sign of `arg`; `upper` is the sign in the first of the two readings."""

    arg: Expr
    upper: Literal[1, -1]


Expr = Num | Sym | Const | Add | Mul | Pow | Call | PlusMinus


@dataclass(frozen=True, slots=True)
class Rel:
    sign: RelationSign
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logic:
    kind: Literal["and", "or", "not"]
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Several things: a bare `list`, a `set` {}, a `tuple` (), a `bracket` [] or a `vector` <>."""

    kind: Literal["list", "set", "tuple", "bracket", "vector"]
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    low: Expr
    high: Expr
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True)
class Union:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    rows: tuple[tuple[Expr, ...], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """An answer in words: `none` (no solutions), `all` (every real number), or other words, lower case."""

    text: str


Node = Expr | Rel | Logic | Group | Interval | Union | Matrix | Words
EXPRESSIONS = (Num, Sym, Const, Add, Mul, Pow, Call, PlusMinus)

FUNCTIONS: dict[str, int] = {
    # name -> how many arguments
    **dict.fromkeys(("sin", "cos", "tan", "sec", "csc", "cot"), 1),
    **dict.fromkeys(("asin", "acos", "atan", "asec", "acsc", "acot"), 1),
    **dict.fromkeys(("sinh", "cosh", "tanh", "sech", "csch", "coth"), 1),
    **dict.fromkeys(("asinh", "acosh", "atanh", "asech", "acsch", "acoth"), 1),
    **dict.fromkeys(("ln", "abs", "factorial", "floor", "ceil", "sign", "gamma", "re", "im", "conj"), 1),
    **dict.fromkeys(("log", "choose", "permute", "gcd", "lcm", "root"), 2),
}  # log(base, x); root(n, x) is the real root where there is one

ZERO = Num(Fraction(0))
ONE = Num(Fraction(1))
MINUS_ONE = Num(Fraction(-1))
TWO = Num(Fraction(2))
HALF = Num(Fraction(1, 2))
PI = Const("pi")
E = Const("e")


def number(value: int | Fraction) -> Num:
    return Num(Fraction(value))


def add(*terms: Expr) -> Expr:
    """A sum, flat, zeros left out."""
    flat: list[Expr] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, Add) else (term,))
    kept = [t for t in flat if not (isinstance(t, Num) and t.value == 0)]
    return kept[0] if len(kept) == 1 else Add(tuple(kept)) if kept else ZERO


def mul(*factors: Expr) -> Expr:
    """A product, flat, ones left out; zero swallows."""
    flat: list[Expr] = []
    for factor in factors:
        flat.extend(factor.factors if isinstance(factor, Mul) else (factor,))
    if any(isinstance(f, Num) and f.value == 0 for f in flat):
        return ZERO
    kept = [f for f in flat if not (isinstance(f, Num) and f.value == 1)]
    return kept[0] if len(kept) == 1 else Mul(tuple(kept)) if kept else ONE


def neg(x: Expr) -> Expr:
    return Num(-x.value, x.digits) if isinstance(x, Num) else mul(MINUS_ONE, x)


def sub(a: Expr, b: Expr) -> Expr:
    return add(a, neg(b))


def power(base: Expr, exponent: Expr) -> Expr:
    return base if exponent == ONE else Pow(base, exponent)


def over(a: Expr, b: Expr) -> Expr:
    if isinstance(a, Num) and isinstance(b, Num) and b.value != 0 and not a.digits and not b.digits and a.value == 1:
        return Num(1 / b.value)
    return mul(a, Pow(b, MINUS_ONE))


def call(name: str, *args: Expr) -> Expr:
    return Call(name, args)


def children(node: Node) -> tuple[Node, ...]:
    match node:
        case Num() | Sym() | Const() | Words():
            return ()
        case Add(parts) | Mul(parts) | Call(_, parts) | Logic(_, parts) | Group(_, parts) | Union(parts):
            return parts
        case Pow(a, b) | Rel(_, a, b) | Interval(a, b, _, _):
            return (a, b)
        case PlusMinus(a, _):
            return (a,)
        case Matrix(rows):
            return tuple(cell for row in rows for cell in row)


def rebuild(node: Node, parts: tuple[Any, ...]) -> Node:
    """The same node over other children, given in the order of `children`; sums and products stay flat."""
    match node:
        case Add():
            return add(*parts)
        case Mul():
            return mul(*parts)
        case Pow():
            return Pow(*parts)
        case Call(name):
            return Call(name, parts)
        case PlusMinus(_, upper):
            return PlusMinus(parts[0], upper)
        case Rel(sign):
            return Rel(sign, *parts)
        case Logic(kind):
            return Logic(kind, parts)
        case Group(kind):
            return Group(kind, parts)
        case Union():
            return Union(parts)
        case Interval(_, _, low_closed, high_closed):
            return Interval(parts[0], parts[1], low_closed, high_closed)
        case Matrix(rows):
            width = len(rows[0])
            return Matrix(tuple(parts[i : i + width] for i in range(0, len(parts), width)))
        case _:
            return node


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in children(node):
        yield from walk(child)


def symbols(node: Node) -> frozenset[str]:
    return frozenset(n.name for n in walk(node) if isinstance(n, Sym))


def holds(node: Node, test: Callable[[Node], bool]) -> bool:
    return any(test(n) for n in walk(node))


def is_expr(node: Node) -> bool:
    return isinstance(node, EXPRESSIONS)


def substitute(node: Any, name: str, value: Expr) -> Any:
    """`node` with every symbol `name` replaced by `value`."""
    if isinstance(node, Sym):
        return value if node.name == name else node
    parts = children(node)
    return rebuild(node, tuple(substitute(p, name, value) for p in parts)) if parts else node


def both_signs(node: Any) -> tuple[Any, ...]:
    """The node itself, or its two readings when it holds a plus-minus sign."""
    if not holds(node, lambda n: isinstance(n, PlusMinus)):
        return (node,)
    return (_signed(node, 1), _signed(node, -1))


def _signed(node: Any, sign: int) -> Any:
    if isinstance(node, PlusMinus):
        inner = _signed(node.arg, sign)
        return inner if node.upper == sign else neg(inner)
    parts = children(node)
    return rebuild(node, tuple(_signed(p, sign) for p in parts)) if parts else node


def load(tree: list[Any]) -> Expr:
    """The expression that `dump` took apart. Raises ValueError for what is no expression."""
    match tree:
        case ["num", numerator, denominator]:
            return Num(Fraction(int(numerator), int(denominator)))
        case ["sym", name]:
            return Sym(name)
        case ["const", name]:
            return Const(name)
        case ["call", name, *args]:
            return Call(name, tuple(map(load, args)))
        case ["add", *terms]:
            return Add(tuple(map(load, terms)))
        case ["mul", *factors]:
            return Mul(tuple(map(load, factors)))
        case ["pow", base, exponent]:
            return Pow(load(base), load(exponent))
    raise ValueError(f"{tree[:1]} is no expression")


def dump(node: Node) -> list[Any]:
    """The tree as JSON lists, for the child process."""
    match node:
        case Num(value):
            return ["num", str(value.numerator), str(value.denominator)]
        case Sym(name):
            return ["sym", name]
        case Const(name):
            return ["const", name]
        case Words(text):
            return ["words", text]
        case Call(name, args):
            return ["call", name, *map(dump, args)]
        case Rel(sign, left, right):
            return ["rel", sign, dump(left), dump(right)]
        case Logic(kind, parts):
            return ["logic", kind, *map(dump, parts)]
        case Matrix(rows):
            return ["matrix", *[[dump(cell) for cell in row] for row in rows]]
        case Add() | Mul() | Pow():
            return [type(node).__name__.lower(), *map(dump, children(node))]
        case _:
            raise ValueError(f"{type(node).__name__} does not travel to the child")

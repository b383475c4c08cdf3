"""Known mistakes: the reference is changed the way students' slips change it, until it says what the student wrote."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Any, cast

from cas.answers import same_answer
from cas.calculus import derivative
from cas.numeric import Evaluator, Undefined, alike
from cas.sampling import close, same_function
from cas.syntax import (
    HALF,
    MINUS_ONE,
    ONE,
    PI,
    TWO,
    Add,
    Call,
    Const,
    Expr,
    Group,
    Logic,
    Matrix,
    Mul,
    Node,
    Num,
    Pow,
    Rel,
    Sym,
    add,
    both_signs,
    call,
    children,
    holds,
    is_expr,
    mul,
    neg,
    over,
    rebuild,
    symbols,
)

SECONDS_MAX = 0.15
VARIANTS_MAX = 220


@dataclass(frozen=True, slots=True)
class Slip:
    """`name` is for records, `hint` a sentence for the student that gives nothing away."""

    name: str
    hint: str


SIGN = Slip("sign error", "Check your signs: one of them is the wrong way round.")
DROPPED = Slip("dropped term", "A term has got lost on the way.")
FACTOR = Slip("factor of two", "You are out by a factor of 2.")
INVERTED = Slip("inverted fraction", "Something is upside down: check which part is divided by which.")
POWER = Slip("power rule", "Check the powers: one is out by one.")
COEFFICIENT = Slip("missing factor", "A factor is missing.")
CHAIN = Slip("chain rule", "The derivative of the inner function is missing: remember the chain rule.")
BRACKET = Slip("bracket expansion", "Multiply every term in the bracket, not only the first.")
SQUARE = Slip("bracket expansion", "(a + b)² is not a² + b²: the middle term 2ab is missing.")
SWAPPED = Slip("sine for cosine", "Check which of sine and cosine belongs here.")
INSIDE = Slip("number taken out of a function", "A number inside a function cannot simply be moved outside it.")
DEGREES = Slip("degrees for radians", "Check whether your calculator works in degrees or in radians.")
PLACE = Slip("place value", "The digits are right, but the decimal point is not in the right place.")
ROUNDED = Slip("rounded too early", "That is rounded; give the exact value.")
LOST = Slip("lost root", "A solution is missing.")
EXTRA = Slip("extra root", "One of your values is not a solution: put it back into the question to see.")
REVERSED = Slip("inequality reversed", "The inequality points the wrong way: multiplying by a negative turns it round.")
BOUNDARY = Slip("end point", "Check whether the end points belong to the answer.")
ORDER = Slip("swapped coordinates", "The right numbers, in the wrong order.")
TRANSPOSED = Slip("rows for columns", "Rows and columns are exchanged.")
CONSTANT = Slip("missing constant", "Add an arbitrary constant: + c.")
MODULUS = Slip("missing modulus", "The logarithm needs the modulus: ln|...|, since its argument may be negative.")

INDEX = Slip("index law", "Check the laws of indices: powers of one base add when they are multiplied.")
LOGS = Slip("log law", "Check the laws of logarithms: ln a + ln b is ln(ab), not ln(a + b).")
ROOT = Slip("root of a sum", "The root of a sum is not the sum of the roots.")
FRACTIONS = Slip("fractions added", "Fractions need a common denominator before they are added.")
CANCEL = Slip("cancelling terms", "Only a factor of the whole top and the whole bottom cancels, not a term of a sum.")
DIVIDED = Slip("wrong inverse operation", "Undo a multiplication by dividing both sides by the same number.")
ONE_SIDE = Slip("one side only", "What you do to one side of an equation, do to the whole of the other side too.")
ARITHMETIC = Slip("arithmetic", "Work this line out again: the numbers come out otherwise.")


def find_slip(answer: Node, reference: Node, seconds: float = SECONDS_MAX) -> Slip | None:
    """The mistake that leads from the reference to the answer, or None."""
    deadline = time.thread_time() + seconds
    if is_expr(answer) and is_expr(reference):
        return _between(cast(Expr, answer), cast(Expr, reference), deadline)
    return _of_shape(answer, reference, deadline)


# --- lists, statements, matrices


def _of_shape(answer: Node, reference: Node, deadline: float) -> Slip | None:
    for slip, variant in _shape_variants(reference):
        if time.thread_time() > deadline:
            return None
        if same_answer(answer, variant).verdict == "equal":
            return slip
    left, right = listed(answer), listed(reference)
    if left is not None and right is not None:
        return _of_lists(left, right, deadline)
    if isinstance(answer, Rel) and isinstance(reference, Rel):
        return _of_equations(answer, reference, deadline)
    return None


def _shape_variants(node: Node) -> Iterator[tuple[Slip, Node]]:
    match node:
        case Group("tuple" | "bracket" | "vector" as kind, items) if len(items) > 1:
            yield ORDER, Group(kind, items[::-1])
        case Matrix(rows):
            yield TRANSPOSED, Matrix(tuple(zip(*rows, strict=True)))
    yield REVERSED, _turned(node, {"<": ">", ">": "<", "<=": ">=", ">=": "<="})
    yield BOUNDARY, _turned(node, {"<": "<=", ">": ">=", "<=": "<", ">=": ">"})


def _turned(node: Any, signs: dict[str, str]) -> Any:
    if isinstance(node, Rel):
        return Rel(signs.get(node.sign, node.sign), node.left, node.right)  # type: ignore[arg-type]
    parts = children(node)
    return rebuild(node, tuple(_turned(p, signs) for p in parts)) if parts and not is_expr(node) else node


def listed(node: Node) -> list[Expr] | None:
    """The values of one unknown that an answer lists."""
    if is_expr(node):
        return list(both_signs(node))
    match node:
        case Rel("=", Sym(name), right) if is_expr(right) and name not in symbols(right):
            return list(both_signs(right))
        case Logic("or", parts) | Group("list" | "set", parts):
            found = [listed(p) for p in parts]
            return None if any(f is None for f in found) else [v for f in found if f is not None for v in f]
    return None


def _of_lists(answer: list[Expr], reference: list[Expr], deadline: float) -> Slip | None:
    inside = [any(same_function(a, r).verdict == "equal" for r in reference) for a in answer]
    if all(inside) and len(answer) < len(reference):
        return LOST
    if sum(inside) == len(reference) and len(answer) > len(reference):
        return EXTRA
    if len(answer) == len(reference) == 1:
        return _between(answer[0], reference[0], deadline)
    if len(answer) == len(reference) and all(
        any(same_function(neg(a), r).verdict == "equal" for r in reference) for a in answer
    ):
        return SIGN
    return None


def _of_equations(answer: Rel, reference: Rel, deadline: float) -> Slip | None:
    if answer.sign != reference.sign or not all(
        map(is_expr, (answer.left, answer.right, reference.left, reference.right))
    ):
        return None
    for slip, variant in islice(variants(cast(Expr, reference.right)), VARIANTS_MAX):
        if time.thread_time() > deadline:
            return None
        if same_answer(answer, Rel(reference.sign, reference.left, variant)).verdict == "equal":
            return slip
    return None


# --- expressions


def _between(answer: Expr, reference: Expr, deadline: float) -> Slip | None:
    if not symbols(answer) and not symbols(reference):
        number = _of_numbers(answer, reference)
        if number is not None:
            return number
    prints = _fingerprint(answer)
    for slip, variant in islice(variants(reference), VARIANTS_MAX):
        if time.thread_time() > deadline:
            return None
        if prints is not None and _differs(prints, variant):
            continue
        if same_function(answer, variant, seconds=0.05).verdict == "equal":
            return slip
    if same_function(reference, _expanded_square(answer) or reference).verdict == "different":
        return None
    return SQUARE if _expanded_square(answer) is not None else None


def _expanded_square(answer: Expr) -> Expr | None:
    """The reference itself is a² + b² where the student wrote (a + b)²."""
    for node, build in _places(answer):
        if isinstance(node, Pow) and isinstance(node.base, Add) and node.exponent == TWO:
            return cast(Expr, build(add(*(Pow(t, TWO) for t in node.base.terms))))
    return None


_POINTS = tuple(Fraction(n, 89) for n in (131, 307, 43))


def _fingerprint(e: Expr) -> list[Any] | None:
    """Values at a few points, to turn most variants away cheaply."""
    out = []
    for p in _POINTS:
        try:
            out.append(Evaluator({n: p + Fraction(i, 7) for i, n in enumerate(sorted(symbols(e)))}, dps=15).value(e))
        except Undefined:
            out.append(None)
    return [symbols(e), *out] if any(v is not None for v in out) else None


def _differs(prints: list[Any], variant: Expr) -> bool:
    names, *values = prints
    every = sorted(names | symbols(variant))
    if set(every) != names:
        return False
    for p, value in zip(_POINTS, values, strict=True):
        if value is None:
            continue
        try:
            other = Evaluator({n: p + Fraction(i, 7) for i, n in enumerate(every)}, dps=15).value(variant)
        except Undefined:
            return True
        return not close(value, other, 1e-9)
    return False


def _of_numbers(answer: Expr, reference: Expr) -> Slip | None:
    try:
        x, y = alike(40, Evaluator({}).value(answer), Evaluator({}).value(reference))
    except Undefined:
        return None
    if y == 0 or x == 0:
        return None
    if rounds_to(answer, y):
        return ROUNDED
    ratio = x / y
    for k in (1, 2, 3):
        if any(
            abs(ratio / r - 1) < 1e-12 for r in (10**k, Fraction(1, 10**k) if isinstance(ratio, Fraction) else 10.0**-k)
        ):
            return PLACE
    return None


def rounds_to(decimal: Expr, value: Any) -> bool:
    """Whether a number written as a decimal of two figures and more is `value`, rounded."""
    if not isinstance(decimal, Num) or decimal.digits < 2:
        return False
    x, y = alike(40, decimal.value, value)
    return bool(abs(x - y) <= abs(y) * Fraction(1, 2) / 10 ** max(decimal.digits - 1, 1))


def variants(e: Expr) -> Iterator[tuple[Slip, Expr]]:
    """The reference with one slip in it, the commonest first."""
    yield SIGN, neg(e)
    unlikely = []
    for node, build in _places(e):
        for slip, changed in _local(node):
            if slip is DROPPED:
                unlikely.append(build(changed))
            else:
                yield slip, build(changed)
    yield from ((DROPPED, changed) for changed in unlikely)
    yield FACTOR, mul(TWO, e)
    yield FACTOR, over(e, TWO)
    yield INVERTED, Pow(e, MINUS_ONE)
    if holds(e, _has_angle):
        yield DEGREES, mul(e, over(Num(Fraction(180)), PI))
        yield DEGREES, mul(e, over(PI, Num(Fraction(180))))
    yield from _two_signs(e)


def _has_angle(node: Node) -> bool:
    return node == PI or (isinstance(node, Call) and node.name.lstrip("a")[:3] in ("sin", "cos", "tan"))


def _two_signs(e: Expr) -> Iterator[tuple[Slip, Expr]]:
    """Two signs of one sum wrong, as after -(a - b + c)."""
    if isinstance(e, Add) and 2 < len(e.terms) <= 5:
        for i in range(len(e.terms)):
            for j in range(i):
                yield SIGN, Add(tuple(neg(t) if k in (i, j) else t for k, t in enumerate(e.terms)))


def _places(e: Expr) -> Iterator[tuple[Expr, Any]]:
    """Every subexpression with a function that puts another in its place."""
    yield e, lambda new: new
    parts = children(e)
    for i, part in enumerate(parts):
        for node, build in _places(cast(Expr, part)):
            yield node, lambda new, i=i, build=build: rebuild(e, (*parts[:i], build(new), *parts[i + 1 :]))


def _local(node: Expr) -> Iterator[tuple[Slip, Expr]]:
    match node:
        case Add(terms):
            yield from _of_sum(terms)
        case Mul(factors):
            yield from _of_product(factors)
        case Pow(base, exponent):
            yield from _of_power(base, exponent)
        case Call("log", (base, Add(terms))):
            yield LOGS, add(*(call("log", base, t) for t in terms))
        case Call("ln", (Add(terms),)):
            yield LOGS, add(*(call("ln", t) for t in terms))
        case Call(name, (arg,)):
            yield from _of_function(name, arg)
        case Num(value) if value not in (0, 1, -1):
            yield SIGN, Num(-value)


def _of_sum(terms: tuple[Expr, ...]) -> Iterator[tuple[Slip, Expr]]:
    for i, t in enumerate(terms):
        yield SIGN, Add((*terms[:i], neg(t), *terms[i + 1 :]))
    logs = [t for t in terms if isinstance(t, Call) and t.name in ("ln", "log")]
    if len(logs) == len(terms) and len({(t.name, t.args[:-1]) for t in logs}) == 1:
        yield LOGS, Call(logs[0].name, (*logs[0].args[:-1], add(*(t.args[-1] for t in logs))))
    parts = [_split(t) for t in terms]
    if any(bottom != ONE for _, bottom in parts):
        yield FRACTIONS, over(add(*(top for top, _ in parts)), add(*(bottom for _, bottom in parts)))
    for i in range(len(terms)):
        yield DROPPED, add(*terms[:i], *terms[i + 1 :])


def _split(e: Expr) -> tuple[Expr, Expr]:
    """Numerator and denominator."""
    factors = e.factors if isinstance(e, Mul) else (e,)
    under = [f for f in factors if isinstance(f, Pow) and f.exponent == MINUS_ONE]
    return mul(*(f for f in factors if f not in under)), mul(*(f.base for f in under))


def _of_product(factors: tuple[Expr, ...]) -> Iterator[tuple[Slip, Expr]]:
    yield SIGN, neg(Mul(factors))
    yield from ((CANCEL, wrong) for wrong in _cancelled(*_split(Mul(factors))))
    for i, f in enumerate(factors):
        rest = mul(*factors[:i], *factors[i + 1 :])
        if isinstance(f, Add):
            for k in range(len(f.terms)):
                others = add(*f.terms[:k], *f.terms[k + 1 :])
                yield BRACKET, add(mul(rest, f.terms[k]), others)
        if f != MINUS_ONE:
            yield _missing(f, rest), rest
        if isinstance(f, Pow) and isinstance(f.exponent, Num):
            yield INVERTED, mul(rest, Pow(f.base, Num(-f.exponent.value)))
        if len(factors) > 2 and isinstance(f, Pow | Call) and _missing(rest, f) is CHAIN:
            yield CHAIN, f
    powers = [(f.base, f.exponent) if isinstance(f, Pow) else (f, ONE) for f in factors]
    if len(powers) == 2 and powers[0][0] == powers[1][0]:
        yield INDEX, Pow(powers[0][0], mul(powers[0][1], powers[1][1]))
    elif len(powers) == 2 and all(isinstance(f, Pow) and isinstance(f.base, Num) for f in factors):
        yield INDEX, Pow(mul(powers[0][0], powers[1][0]), add(powers[0][1], powers[1][1]))
    if any(isinstance(f, Pow) for f in factors):
        yield INVERTED, mul(*(Pow(f, MINUS_ONE) for f in factors))


def _cancelled(top: Expr, bottom: Expr) -> Iterator[Expr]:
    """(x + 3)/3 as x or x + 1; (x + 3)/(x + 5) as 3/5 or term by term."""
    if not isinstance(top, Add) or bottom == ONE:
        return
    for i, t in enumerate(top.terms):
        rest = add(*top.terms[:i], *top.terms[i + 1 :])
        yield add(over(t, bottom), rest)
        if not isinstance(bottom, Add):
            yield rest if t == bottom else add(rest, ONE)
            continue
        yield from (
            over(rest, add(*bottom.terms[:k], *bottom.terms[k + 1 :])) for k, s in enumerate(bottom.terms) if s == t
        )
    if isinstance(bottom, Add) and len(bottom.terms) == len(top.terms):
        yield add(*(over(t, s) for t, s in zip(top.terms, bottom.terms, strict=True)))
        yield add(*(over(t, s) for t, s in zip(top.terms, bottom.terms[::-1], strict=True)))


def _missing(factor: Expr, rest: Expr) -> Slip:
    """A factor that is the derivative of something inside the rest was lost by the chain rule; a divisor, when integrating."""
    if isinstance(factor, Pow) and isinstance(factor.base, Num):
        return POWER
    for node, _ in _places(rest):
        inner = (
            node.exponent
            if isinstance(node, Pow) and symbols(node.exponent)
            else node.base
            if isinstance(node, Pow)
            else node.args[0]
            if isinstance(node, Call)
            else None
        )
        if inner is None or isinstance(inner, Sym):
            continue
        for name in symbols(inner):
            try:
                inside = derivative(inner, name)
            except Undefined:
                continue
            if inside != ONE and same_function(inside, factor, seconds=0.02).verdict == "equal":
                return CHAIN
    return COEFFICIENT


def _of_power(base: Expr, exponent: Expr) -> Iterator[tuple[Slip, Expr]]:
    if isinstance(base, Add) and exponent == TWO:
        yield SQUARE, add(*(Pow(t, TWO) for t in base.terms))
    if isinstance(base, Pow):
        yield INDEX, Pow(base.base, add(base.exponent, exponent))
    if isinstance(base, Mul) and isinstance(base.factors[0], Num):
        yield INDEX, mul(base.factors[0], Pow(mul(*base.factors[1:]), exponent))
    if isinstance(base, Add) and exponent == HALF:
        yield ROOT, add(*(_root_of(t) for t in base.terms))
    if isinstance(exponent, Num):
        if exponent.value < 0:
            yield INDEX, neg(Pow(base, Num(-exponent.value)))
        yield INVERTED, Pow(base, Num(-exponent.value))
        if symbols(base):
            yield POWER, Pow(base, Num(exponent.value + 1))
            yield POWER, Pow(base, Num(exponent.value - 1))
    if symbols(exponent) and base == Const("e"):
        yield COEFFICIENT, ONE


def _root_of(e: Expr) -> Expr:
    """The root of a term, of a square what is squared."""
    return e.base if isinstance(e, Pow) and e.exponent == TWO else Pow(e, HALF)


def _of_function(name: str, arg: Expr) -> Iterator[tuple[Slip, Expr]]:
    swapped = {"sin": "cos", "cos": "sin", "sec": "csc", "csc": "sec", "tan": "cot", "cot": "tan"}.get(name)
    if swapped:
        yield SWAPPED, call(swapped, arg)
        yield DEGREES, call(name, mul(arg, over(PI, Num(Fraction(180)))))
        yield DEGREES, call(name, mul(arg, over(Num(Fraction(180)), PI)))
    if isinstance(arg, Mul) and isinstance(arg.factors[0], Num):
        yield INSIDE, mul(arg.factors[0], call(name, mul(*arg.factors[1:])))
        yield COEFFICIENT, call(name, mul(*arg.factors[1:]))
    if isinstance(arg, Add):
        yield INSIDE, add(*(call(name, t) for t in arg.terms))

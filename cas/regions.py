"""Whether two statements about numbers (equations, inequalities, and, or, not) hold for the same numbers."""

import itertools
import random
import time
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, cast

from cas import polynomials
from cas.numeric import Evaluator, Undefined, alike, context
from cas.polynomials import NotRational, Poly
from cas.sampling import Finding, same_function, show
from cas.syntax import (
    Call,
    Const,
    Expr,
    Logic,
    Node,
    Num,
    Rel,
    Sym,
    children,
    holds,
    is_expr,
    mul,
    neg,
    rebuild,
    sub,
    symbols,
    walk,
)

SECONDS_MAX = 0.5
NAMES_MAX = 5
_SCAN = 24.0  # where roots of what is no polynomial are looked for: two turns of a circle and more to either side
_SCAN_STEPS = 480
_TINY = 1e-22

FALSE = Logic("or", ())
TRUE = Logic("and", ())


class Undecided(Exception):
    """Neither proof nor refutation was found in time."""


def same_region(a: Node, b: Node, seconds: float = SECONDS_MAX) -> Finding:
    """Whether `a` and `b`, built of Rel and Logic over expressions, are true at the same real points."""
    deadline = time.thread_time() + seconds
    names = sorted(symbols(a) | symbols(b))
    try:
        if _is_equation(a) and _is_equation(b):
            found = _same_equation(_as_zero(a), _as_zero(b), names, deadline)
            if found is not None:
                return found
        return _same_truth(a, b, names, deadline)
    except (Undecided, NotRational):
        return Finding(verdict="unsure")


# --- equations, over the complex numbers as far as they are polynomials


def _is_equation(node: Node) -> bool:
    if isinstance(node, Rel):
        return node.sign == "="
    return isinstance(node, Logic) and node.kind == "or" and bool(node.parts) and all(map(_is_equation, node.parts))


def _as_zero(node: Node) -> Expr:
    """e such that the equation says e = 0; alternatives multiply."""
    if isinstance(node, Rel):
        return sub(_side(node.left), _side(node.right))
    return mul(*(_as_zero(p) for p in children(node)))


def _side(node: Node) -> Expr:
    if not is_expr(node):
        raise Undecided
    return cast(Expr, node)


def _same_equation(f: Expr, g: Expr, names: list[str], deadline: float) -> Finding | None:
    """None when the equations are neither proportional nor rational."""
    if not names or len(names) > NAMES_MAX:
        return None
    exact = _same_zeros(f, g, names, deadline)
    if exact is not None:
        return exact
    if proportional(f, g):
        return Finding(verdict="equal")
    return Finding(verdict="different") if any(_affine_root_differs(f, g, n, names) for n in names) else None


def _affine_root_differs(f: Expr, g: Expr, name: str, names: list[str]) -> bool:
    """Whether f is of first degree in `name` and its root, complex or not, is no root of g."""
    rng = random.Random(17)  # noqa: S311
    env: dict[str, Any] = {n: Fraction(rng.randint(2, 9 * 89), 89) for n in names}
    try:
        y0, y1, y2 = (Evaluator({**env, name: Fraction(k)}, real=False).value(f) for k in (0, 1, 2))
        y0, y1, y2 = alike(40, context(40).mpf(0), y0, y1, y2)[1:]
        if abs(y2 - 2 * y1 + y0) > _TINY * (1 + abs(y1)) or y1 == y0:
            return False
        value = Evaluator({**env, name: -y0 / (y1 - y0)}, real=False).value(g)
    except Undefined:
        return False
    return not isinstance(value, Fraction) and bool(abs(value) > 1e-12)


def proportional(f: Expr, g: Expr) -> bool:
    """Whether f is g times a number that is not zero."""
    rng = random.Random(7)  # noqa: S311
    names = sorted(symbols(f) | symbols(g))
    for real in (True, False):
        for _ in range(6):
            point = {n: Fraction(rng.randint(-3 * 991, 3 * 991), 991) for n in names}
            try:
                x, y = (Evaluator(point, real=real).value(e) for e in (f, g))
            except Undefined:
                continue
            if x == 0 or y == 0:
                continue
            x, y = alike(40, x, y)
            ratio = x / y
            if not isinstance(ratio, Fraction):
                return _same_ratio(f, g, ratio)
            return same_function(f, mul(Num(ratio), g)).verdict == "equal"
    return False


def _same_ratio(f: Expr, g: Expr, ratio: Any) -> bool:
    """f = r g with r known to 40 digits only: look for the short rational that it is, or compare f/g with itself."""
    if isinstance(ratio, context(40).mpc):
        if abs(ratio.imag) > 1e-30 * abs(ratio):
            return False
        ratio = ratio.real
    near = Fraction(str(context(40).nstr(ratio, 36))).limit_denominator(100_000)
    return near != 0 and same_function(f, mul(Num(near), g)).verdict == "equal"


def _same_zeros(f: Expr, g: Expr, names: list[str], deadline: float) -> Finding | None:
    """Each symbol in turn, the others at random: generic values keep apart what is different."""
    rng = random.Random(11)  # noqa: S311
    for name in names:
        for _ in range(1 if len(names) == 1 else 3):
            if time.thread_time() > deadline:
                raise Undecided
            env = {n: Fraction(rng.randint(2, 9 * 89), 89) for n in names if n != name}
            try:
                p, q = polynomials.zeros_of(f, name, env), polynomials.zeros_of(g, name, env)
            except NotRational:
                return None
            if p != q and not _same_reals(p, q, names):
                return _different_roots(p, q, name if len(names) == 1 else "")
    return Finding(verdict="equal")


def _same_reals(p: Poly, q: Poly, names: list[str]) -> bool:
    """x^3 = 1 and x = 1 are the same to who knows no complex numbers; two equations without solutions are not."""
    if len(names) != 1 or not p or not q:
        return False
    a, b = polynomials.real_roots(p), polynomials.real_roots(q)
    return bool(a) and len(a) == len(b) and all(abs(_f(x) - _f(y)) < _TINY for x, y in zip(a, b, strict=True))


def _different_roots(p: Poly, q: Poly, name: str) -> Finding:
    if not name:
        return Finding(verdict="different")
    if not p or not q:
        always = "your" if not p else "the expected"
        return Finding(verdict="different", why=f"{always} equation is true for every {name}")
    mine, theirs = polynomials.real_roots(p), polynomials.real_roots(q)
    for x in mine:
        if not any(abs(_f(x) - _f(y)) < _TINY for y in theirs):
            return Finding(
                verdict="different", why=f"{name} = {show(x)} solves yours, but not the expected one", left=show(x)
            )
    return (
        Finding(verdict="different", why="yours misses a solution", right="missing")
        if mine
        else Finding(verdict="different")
    )


def _f(x: Any) -> Any:
    mp = context(40)
    return mp.mpf(x.numerator) / x.denominator if isinstance(x, Fraction) else x


# --- truth between critical points, over the reals


def _same_truth(a: Node, b: Node, names: list[str], deadline: float) -> Finding:
    if not names:
        x, y = truth(a, {}), truth(b, {})
        if x is None or y is None:
            raise Undecided
        return Finding(verdict="equal" if x == y else "different")
    if len(names) > NAMES_MAX:
        raise Undecided
    rng = random.Random(13)  # noqa: S311
    told = False
    for name in names:
        for trial in range(1 if len(names) == 1 else 4):
            env = {n: _sample(rng, trial) for n in names if n != name}
            found, telling = _along(a, b, name, env, deadline)
            if found is not None:
                return found
            told = told or telling
    if not told:
        raise Undecided
    return Finding(verdict="equal")


def _sample(rng: random.Random, trial: int) -> Fraction:
    value = Fraction(rng.randint(1, 6 * 97), 97)
    return -value if trial % 2 else value


def _along(a: Node, b: Node, name: str, env: dict[str, Fraction], deadline: float) -> tuple[Finding | None, bool]:
    """A difference along the line of `name`, and whether the line tells anything: a truth that changes, or exact roots."""
    critical, exact = critical_points((a, b), name, env, deadline)
    seen = set()
    for x in _tests(critical):
        if time.thread_time() > deadline:
            raise Undecided
        here = {**env, name: x}
        left, right = truth(a, here), truth(b, here)
        if left is None or right is None:
            raise Undecided
        if left != right:
            return _outside(name, x, left) if not env else Finding(verdict="different"), True
        seen.add(left)
    # with other unknowns held at random, a line on which nothing changes (a system is never true there) tells nothing
    return None, len(seen) == 2 or (exact and not env)


def _outside(name: str, x: Any, mine: bool) -> Finding:
    which = "is in your answer, but should not be" if mine else "is missing from your answer"
    return Finding(verdict="different", at={}, why=f"{name} = {show(x)} {which}")


def _tests(critical: list[Any]) -> Iterable[Any]:
    """Every critical point, a point between each two, and points beyond the ends."""
    if not critical:
        return [Fraction(k) for k in (0, -3, 3, -50, 50)]
    out = [critical[0] - 5, critical[0] - Fraction(1, 3), critical[-1] + Fraction(1, 3), critical[-1] + 5]
    for x, y in itertools.pairwise(critical):
        middle = (_f(x) + _f(y)) / 2
        out.append(Fraction(str(context(40).nstr(middle, 25))))
    whole = [Fraction(round(_f(x))) for x in out if isinstance(x, Fraction)]
    lo, hi = _f(critical[0]), _f(critical[-1])
    tidy = [w for w in whole if _f(w) < lo or _f(w) > hi]
    return [*tidy, *critical, *out]


def critical_points(
    nodes: tuple[Node, ...], name: str, env: dict[str, Fraction], deadline: float
) -> tuple[list[Any], bool]:
    """Where the truth of the statements may change, ascending, and whether all were found exactly."""
    found: list[Any] = []
    exact = True
    for rel in {r for node in nodes for r in walk(node) if isinstance(r, Rel)}:
        f = sub(_side(rel.left), _side(rel.right))
        if name not in symbols(f):
            continue
        for branch in _branches(f):
            try:
                found += _roots_and_poles(branch, name, env)
            except NotRational:
                root = _affine_root(branch, name, env)
                exact = exact and root is not None
                found += [root] if root is not None else _scan(f, name, env, deadline)
    out: list[Any] = []
    for x in sorted(found, key=_f):
        if not out or abs(_f(x) - _f(out[-1])) > _TINY:
            out.append(x)
        elif isinstance(x, Fraction):
            out[-1] = x
    return out, exact


def _roots_and_poles(f: Expr, name: str, env: dict[str, Fraction]) -> list[Any]:
    top, bottom = polynomials.rational(f, name, env)
    out: list[Any] = []
    for p in (top, bottom):
        if p:
            out += polynomials.real_roots(polynomials.squarefree(p))
    return out


def _branches(f: Expr) -> list[Expr]:
    """f with its absolute values opened to either sign, and what stands in each on its own."""
    inner = next((n for n in walk(f) if isinstance(n, Call) and n.name == "abs"), None)
    if inner is None:
        return [f]
    u = inner.args[0]
    out = []
    for piece in (_replace(f, inner, u), _replace(f, inner, neg(u)), u):
        out += _branches(piece)
        if len(out) > 24:
            raise Undecided
    return out


def _replace(node: Any, old: Node, new: Node) -> Any:
    if node == old:
        return new
    parts = children(node)
    return rebuild(node, tuple(_replace(p, old, new) for p in parts)) if parts else node


def _affine_root(f: Expr, name: str, env: dict[str, Fraction]) -> Any:
    """The root of what is of first degree in `name` with coefficients such as pi or e^5, else None."""
    try:
        y0, y1, y2, y9 = (context(40).mpf(1) * _f(Evaluator({**env, name: Fraction(k)}).value(f)) for k in (0, 1, 2, 9))
    except Undefined:
        return None
    slope = y1 - y0
    bent = abs(y2 - y1 - slope) > _TINY * (1 + abs(y1)) or abs(y9 - y0 - 9 * slope) > _TINY * (1 + abs(y9))
    return None if bent or abs(slope) < _TINY else -y0 / slope


def _scan(f: Expr, name: str, env: dict[str, Fraction], deadline: float) -> list[Any]:
    """Sign changes and edges of the domain on a grid, each narrowed down. May miss roots where f only touches zero."""
    mp = context(40)
    out: list[Any] = []
    before: tuple[Fraction, Any] | None = None
    for k in range(-_SCAN_STEPS, _SCAN_STEPS + 1):
        if time.thread_time() > deadline:
            raise Undecided
        x = Fraction(k * int(_SCAN), _SCAN_STEPS)
        value = _coarse(f, {**env, name: x})
        if before is not None:
            out += _between(f, name, env, before, (x, value), mp)
        before = (x, value)
    return out


def _coarse(f: Expr, env: dict[str, Fraction]) -> Any:
    try:
        return Evaluator(env, dps=15).value(f)
    except Undefined:
        return None


def _between(f: Expr, name: str, env: Any, left: tuple[Any, Any], right: tuple[Any, Any], mp: Any) -> list[Any]:
    (a, fa), (b, fb) = left, right
    if fb is not None and abs(fb) < 1e-12 and _is_zero(f, {**env, name: b}):
        return [b]
    if (fa is None and fb is None) or (fa is not None and fb is not None and fa * fb >= 0):
        return []
    lo, hi, at_lo = _f(a), _f(b), _is_positive(fa)
    for _ in range(100):
        mid = (lo + hi) / 2
        try:
            here = _is_positive(Evaluator({**env, name: mid}, dps=40).value(f))
        except Undefined:
            here = None
        lo, hi = (mid, hi) if here == at_lo else (lo, mid)
    return [_snapped((lo + hi) / 2)]


def _snapped(x: Any) -> Any:
    """The short fraction that a root found by halving is, as far as can be told."""
    near = Fraction(str(context(40).nstr(x, 30))).limit_denominator(1_000)
    return near if abs(_f(near) - x) < 1e-24 else x


def _is_positive(value: Any) -> bool | None:
    return None if value is None else bool(value > 0)


def _is_zero(f: Expr, env: dict[str, Any]) -> bool:
    try:
        return bool(abs(Evaluator(env).value(f)) < _TINY)
    except Undefined:
        return False


def truth(node: Node, env: dict[str, Any]) -> bool | None:
    """Whether the statement holds at a point; what has no value is not true. None when it cannot be told."""
    match node:
        case Rel(sign, left, right):
            return _related(sign, _side(left), _side(right), env)
        case Logic("not", (part,)):
            inner = truth(part, env)
            return None if inner is None else not inner
        case Logic(kind, parts):
            values = [truth(p, env) for p in parts]
            if None in values:
                return None
            return all(values) if kind == "and" else any(values)
        case _:
            raise Undecided


def _related(sign: str, left: Expr, right: Expr, env: dict[str, Any]) -> bool | None:
    if Const("inf") in (left, right):
        return _beyond(sign, left, right)
    if any(holds(e, lambda n: n in (Const("inf"), Const("i"))) for e in (left, right)):
        return _beyond(sign, left, right) if right == neg(Const("inf")) or left == neg(Const("inf")) else None
    try:
        x, y = alike(40, Evaluator(env).value(left), Evaluator(env).value(right))
    except Undefined as u:
        return None if "large" in str(u) else False
    difference = x - y
    size = max(abs(x), abs(y), 1)
    nought = difference == 0 or bool(not isinstance(difference, Fraction) and abs(difference) < _TINY * size)
    less, more = not nought and bool(difference < 0), not nought and bool(difference > 0)
    return {"=": nought, "!=": not nought, "<": less, "<=": not more, ">": more, ">=": not less}[sign]


def _beyond(sign: str, left: Expr, right: Expr) -> bool:
    """Comparison with infinity: every number is less, and none is equal."""
    up = right == Const("inf") or left == neg(Const("inf"))
    return sign == "!=" or ((sign in ("<", "<=")) == up and sign != "=")


def between(name: str, low: Expr, high: Expr, low_closed: bool, high_closed: bool) -> Node:
    """The statement that `name` lies in an interval."""
    x = Sym(name)
    return Logic("and", (Rel("<=" if low_closed else "<", low, x), Rel("<=" if high_closed else "<", x, high)))

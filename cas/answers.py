"""Whether two answers of any shape (values, lists of solutions, sets, intervals, points, matrices, statements) agree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

from cas import regions
from cas.numeric import Evaluator, Undefined, alike, context
from cas.regions import FALSE, TRUE, Undecided
from cas.sampling import Finding, close, has_no_value, same_function
from cas.syntax import (
    PI,
    Add,
    Call,
    Const,
    Expr,
    Group,
    Interval,
    Logic,
    Matrix,
    Mul,
    Node,
    Num,
    PlusMinus,
    Rel,
    Sym,
    Union,
    Words,
    add,
    both_signs,
    children,
    holds,
    is_expr,
    mul,
    rebuild,
    substitute,
    symbols,
)

ITEMS_MAX = 24
_DIFFERENT = Finding(verdict="different")
_EQUAL = Finding(verdict="equal")


@dataclass(frozen=True, slots=True)
class Solutions:
    """Values without order, of the unknown `name` when it was named."""

    name: str | None
    values: tuple[Node, ...]


def same_answer(a: Node, b: Node) -> Finding:
    """Whether answer `a` and reference `b` say the same."""
    a, b = _tidy(a), _tidy(b)
    if a == b:
        return _EQUAL
    if isinstance(a, Words) or isinstance(b, Words):
        return _with_words(a, b)
    if is_expr(a) and is_expr(b):
        return _expressions(cast(Expr, a), cast(Expr, b))
    for attempt in (_matrices, _regions, _ordered, _solutions, _statements):
        found = attempt(a, b)
        if found is not None:
            return found
    return Finding(verdict="different", why=_kinds(a, b))


def _kinds(a: Node, b: Node) -> str:
    return f"{kind_of(b)} is expected here, and yours is {kind_of(a)}"


def kind_of(node: Node) -> str:
    """What an answer is, in a student's words."""
    match node:
        case Rel(sign):
            return "an equation" if sign == "=" else "an inequality"
        case Logic() if holds(node, lambda n: isinstance(n, Rel) and n.sign not in ("=", "!=")):
            return "an inequality"
        case Logic():
            return "a list of solutions"
        case Group("set"):
            return "a set"
        case Group("list"):
            return "a list"
        case Group():
            return "a point or vector"
        case Interval() | Union():
            return "an interval"
        case Matrix():
            return "a matrix"
        case Words():
            return "a statement"
        case _:
            return "a single value" if not symbols(node) else "an expression"


# --- tidying


def _tidy(node: Node) -> Node:
    match node:
        case Group("list", items) | Logic("or", items) if len(items) == 1:
            return _tidy(items[0])
        case Group(kind, items):
            return Group(kind, tuple(map(_tidy, items)))
        case Logic(kind, parts):
            return Logic(kind, tuple(map(_tidy, parts)))
        case Matrix(rows) if len(rows) == 1 and len(rows[0]) == 1:
            return rows[0][0]
        case Rel("=", left, right) if _is_label(left, right):
            return right
        case _:
            return node


def _is_label(left: Node, right: Node) -> bool:
    """V = ..., A = ..., S_n = ...: a name for the answer, unless it is a coordinate that an equation is about."""
    return (
        isinstance(left, Sym)
        and left.name[0] not in "xyzrtuvwabcmnpqsk"
        and is_expr(right)
        and bool(symbols(right))
        and left.name not in symbols(right)
    )


# --- words


def _with_words(a: Node, b: Node) -> Finding:
    if isinstance(a, Words) and isinstance(b, Words):
        return _EQUAL if a.text == b.text else _DIFFERENT
    words, other = (a, b) if isinstance(a, Words) else (b, a)
    assert isinstance(words, Words)
    if words.text == "all" and other == Sym("R"):
        return _EQUAL
    ends = children(other) if isinstance(other, Interval | Group) else ()
    if words.text == "all" and [_infinite(cast(Expr, end)) for end in ends] == [-1, 1]:
        return _EQUAL
    if words.text in ("none", "all", "true", "false"):
        never = words.text in ("none", "false")
        try:
            name = _name_of(other)
            statement = _region(other, name)
            if statement is not None and not (never and _solved(other) is not None):
                found = regions.same_region(FALSE if never else TRUE, _about(statement, name))
                return found if found.verdict != "different" else Finding(verdict="different")
        except Undecided:
            pass
    if words.text == "undefined" and is_expr(other):
        return _undefined(cast(Expr, other))
    return Finding(verdict="different", why=_kinds(a, b) if isinstance(b, Words) else "")


def _about(statement: Node, name: str) -> Node:
    return Logic("and", (statement, TRUE)) if name else statement


def _undefined(e: Expr) -> Finding:
    infinite = holds(e, lambda n: n == Const("inf"))
    return _EQUAL if not symbols(e) and not infinite and has_no_value(e) else _DIFFERENT


# --- expressions


def _expressions(a: Expr, b: Expr) -> Finding:
    """One value each, or two where a plus-minus sign stands; 3i + 4j may also be a vector."""
    if holds(a, _is_sign) or holds(b, _is_sign):
        return _unordered(both_signs(a), both_signs(b))
    found = _without_infinity(a, b) or same_function(a, b)
    return (_families((a,), (b,)) or found) if found.verdict == "different" else found


def _is_sign(node: Node) -> bool:
    return isinstance(node, PlusMinus)


def _without_infinity(a: Expr, b: Expr) -> Finding | None:
    signs = [_infinite(e) for e in (a, b)]
    if signs == [0, 0]:
        return None
    return _EQUAL if signs[0] == signs[1] else _DIFFERENT


def _infinite(e: Expr) -> int:
    if e == Const("inf"):
        return 1
    return -1 if isinstance(e, Mul) and e.factors == (Num(Fraction(-1)), Const("inf")) else 0


# --- matrices and things in order


def _matrices(a: Node, b: Node) -> Finding | None:
    if not isinstance(a, Matrix) and not isinstance(b, Matrix):
        return None
    left, right = _rows(a), _rows(b)
    if left is None or right is None:
        return None
    if [len(r) for r in left] != [len(r) for r in right]:
        row, column = _flat(left), _flat(right)
        if row is not None and column is not None and len(row) == len(column):
            return _each(row, column)
        return Finding(verdict="different", why="the size of the matrix is not the one expected")
    return _each(tuple(c for r in left for c in r), tuple(c for r in right for c in r))


def _rows(node: Node) -> tuple[tuple[Node, ...], ...] | None:
    if isinstance(node, Matrix):
        return node.rows
    if isinstance(node, Group) and node.kind in ("tuple", "bracket", "vector"):
        nested = [i.items for i in node.items if isinstance(i, Group) and i.kind == node.kind]
        return tuple(nested) if len(nested) == len(node.items) else tuple((i,) for i in node.items)
    parts = components(node)
    return tuple((c,) for c in parts) if parts else None


def _flat(rows: tuple[tuple[Node, ...], ...]) -> tuple[Node, ...] | None:
    if len(rows) == 1:
        return rows[0]
    return tuple(r[0] for r in rows) if all(len(r) == 1 for r in rows) else None


def _each(a: tuple[Node, ...], b: tuple[Node, ...]) -> Finding:
    unsure = False
    for i, (x, y) in enumerate(zip(a, b, strict=True)):
        found = same_answer(x, y)
        if found.verdict == "different":
            return Finding(verdict="different", why=f"entry {i + 1} is not the one expected")
        unsure = unsure or found.verdict == "unsure"
    return Finding(verdict="unsure") if unsure else _EQUAL


def _ordered(a: Node, b: Node) -> Finding | None:
    """Points and vectors: at least one side shows an order, and the other can have one."""
    named = [_assignment(n) for n in (a, b)]
    if named[0] and named[1]:
        return _each(tuple(named[0].values()), tuple(named[1].values())) if set(named[0]) == set(named[1]) else None
    if not (_shows_order(a) or _shows_order(b)):
        return None
    left, right = _sequence(a), _sequence(b)
    left = left or (components(a, len(right)) if right else None)
    right = right or (components(b, len(left)) if left else None)
    if left is None or right is None:
        return None
    if len(left) != len(right):
        return Finding(verdict="different", why=f"{len(right)} components are expected, and yours has {len(left)}")
    return _each(left, right)


def _shows_order(node: Node) -> bool:
    return (isinstance(node, Group) and node.kind in ("tuple", "bracket", "vector")) or components(node) is not None


def _sequence(node: Node) -> tuple[Node, ...] | None:
    if isinstance(node, Group) and node.kind != "set":
        return tuple(_assignment(node).values()) or node.items
    return tuple(_assignment(node).values()) or components(node)


def _assignment(node: Node) -> dict[str, Node]:
    """x = 1, y = 2 as values in the order of their names; {} for anything else."""
    parts = (
        node.items
        if isinstance(node, Group) and node.kind == "list"
        else node.parts
        if isinstance(node, Logic) and node.kind == "and"
        else ()
    )
    named = [_solved(p) for p in parts]
    if len(named) < 2 or any(n is None or n.name is None or len(n.values) != 1 for n in named):
        return {}
    found = {str(n.name): n.values[0] for n in named if n is not None}
    return {name: found[name] for name in sorted(found)} if len(found) == len(named) else {}


def components(node: Node, count: int = 0) -> tuple[Expr, ...] | None:
    """The components of a i + b j (+ c k) where nothing else is unknown, and j is there or `count` components are
    expected."""
    names = symbols(node)
    if not is_expr(node) or not names <= {"j", "k"} or not isinstance(node, Add | Sym | Mul | Const):
        return None
    if "j" not in names and not ((count == 3 and (names or holds(node, _is_i))) or (count == 2 and holds(node, _is_i))):
        return None
    if holds(node, lambda n: isinstance(n, Call)):
        return None
    axes = ["j", "k"] if "k" in names or count == 3 else ["j"]
    plain = _swap_i(cast(Expr, node))
    out = []
    for axis in ["i", *axes]:
        value = plain
        for other in ["i", *axes]:
            value = substitute(value, other, Num(Fraction(1 if other == axis else 0)))
        out.append(value)
    recombined = add(*(mul(v, Sym(n)) for v, n in zip(out, ["i", *axes], strict=True)))
    return tuple(out) if same_function(plain, recombined).verdict == "equal" else None


def _is_i(node: Node) -> bool:
    return node == Const("i")


def _swap_i(e: Expr) -> Expr:
    if e == Const("i"):
        return Sym("i")
    parts = children(e)
    return cast(Expr, rebuild(e, tuple(_swap_i(cast(Expr, p)) for p in parts))) if parts else e


# --- solutions without order


def _solved(node: Node) -> Solutions | None:
    """What an answer lists as values of one unknown."""
    if is_expr(node):
        return Solutions(None, both_signs(node))
    match node:
        case Rel("=", Sym(name), right) if is_expr(right) and name not in symbols(right):
            return Solutions(name, both_signs(right))
        case Rel("=", left, Sym(name)) if is_expr(left) and name not in symbols(left):
            return Solutions(name, both_signs(left))
        case Logic("or" | "and", parts) | Group("list" | "set", parts):
            return _merged(parts)
        case Group("tuple" | "vector" | "bracket"):
            return Solutions(None, (node,))
        case Words("none"):
            return Solutions(None, ())
        case Union(parts):
            return _merged(parts) if all(isinstance(p, Group) and p.kind == "set" for p in parts) else None
        case _:
            return None


def _merged(parts: tuple[Node, ...]) -> Solutions | None:
    name: str | None = None
    values: list[Node] = []
    for part in parts:
        one = _without_index(_solved(part), len(parts))
        if one is None or (one.name is not None and name is not None and one.name != name):
            return None
        name = name or one.name
        values += one.values
    return Solutions(name, tuple(values))


def _without_index(one: Solutions | None, count: int) -> Solutions | None:
    """x_1 = 2, x_2 = 3 are values of x."""
    if one is None or one.name is None or count < 2:
        return one
    return Solutions(re.sub(r"_\d$", "", one.name), one.values)


def _solutions(a: Node, b: Node) -> Finding | None:
    left, right = _solved(a), _solved(b)
    if left is None or right is None or (left.values == (a,) and right.values == (b,)):
        return None
    if left.name != right.name:
        if left.name is not None and right.name is not None:
            return None
        named = left if left.name else right
        if any(symbols(v) and components(v) is None for v in named.values):
            return _identity(a, b)
    return _families(left.values, right.values) or _unordered(left.values, right.values)


def _families(a: tuple[Node, ...], b: tuple[Node, ...]) -> Finding | None:
    """General solutions such as pi/4 + n pi, whichever letter counts: each value of one is a value of the other."""
    letters = [{n for v in vs for n in symbols(v)} for vs in (a, b)]
    if any(len(found) != 1 or not found <= {"n", "k", "m"} for found in letters):
        return None
    if not all(holds(v, lambda n: n == PI) for vs in (a, b) for v in vs):
        return None
    (x,), (y,) = letters
    members = [[substitute(v, n, Num(Fraction(k))) for v in vs for k in range(-9, 10)] for n, vs in ((x, a), (y, b))]
    middles = [[substitute(v, n, Num(Fraction(k))) for v in vs for k in range(-1, 3)] for n, vs in ((x, a), (y, b))]
    numbers = [[_value(e) for e in side] for side in (*members, *middles)]
    if any(v is None for side in numbers for v in side):
        return None
    inside = all(any(close(v, w) or abs(v - w) < 1e-25 for w in numbers[1 - i]) for i in (0, 1) for v in numbers[2 + i])
    return _EQUAL if inside else _DIFFERENT


def _value(e: Node) -> Any:
    try:
        return alike(40, Evaluator({}).value(cast(Expr, e)), context(40).mpf(0))[0]
    except Undefined:
        return None


def _identity(a: Node, b: Node) -> Finding | None:
    """An equation where an expression is expected: y = 3x + 2 names what was asked for."""
    match a:
        case Rel("=", Sym(name), right) if is_expr(b) and name not in symbols(b) | symbols(right):
            return same_answer(right, b)
    return Finding(verdict="different", why=_kinds(a, b))


def _unordered(a: tuple[Node, ...], b: tuple[Node, ...]) -> Finding:
    """The same values, however often each is written."""
    if max(len(a), len(b)) > ITEMS_MAX:
        return Finding(verdict="unsure")
    if len(a) == len(b) == 1:
        return same_answer(a[0], b[0]) if a[0] != b[0] else _EQUAL
    unsure = False
    missing = 0
    for y in b:
        verdicts = {same_answer(x, y).verdict for x in a}
        if "equal" not in verdicts:
            unsure = unsure or "unsure" in verdicts
            missing += 1
    extra = 0
    for x in a:
        verdicts = {same_answer(x, y).verdict for y in b}
        if "equal" not in verdicts:
            unsure = unsure or "unsure" in verdicts
            extra += 1
    if unsure:
        return Finding(verdict="unsure")
    if not missing and not extra:
        return _EQUAL
    return Finding(verdict="different", why=_counts(missing, extra), left=str(extra), right=str(missing))


def _counts(missing: int, extra: int) -> str:
    lost = f"{'a solution is' if missing == 1 else f'{missing} solutions are'} missing"
    wrong = f"{'one of your values is' if extra == 1 else f'{extra} of your values are'} not right"
    return lost if not extra else wrong if not missing else f"{wrong}, and {lost}"


# --- statements


def _regions(a: Node, b: Node) -> Finding | None:
    """Inequalities and intervals."""
    if not (_is_region(a) or _is_region(b) or _closed_and_open(a, b)):
        return None
    try:
        name = _name_of(b) or _name_of(a) or "x"
        left, right = _region(a, name), _region(b, name)
    except Undecided:
        return None
    if left is None or right is None:
        return None
    found = regions.same_region(left, right)
    if found.verdict == "different" and isinstance(a, Group) and a.kind == "list":
        loose = _region(Logic("or", a.items), name)
        if loose is not None and regions.same_region(loose, right).verdict == "equal":
            return _EQUAL
    return found


def _closed_and_open(a: Node, b: Node) -> bool:
    """[1, 2] beside (1, 2) are two intervals, not one point written twice."""
    kinds = {n.kind for n in (a, b) if isinstance(n, Group) and len(n.items) == 2}
    return kinds == {"tuple", "bracket"} and all(not symbols(n) and _ascends(cast(Group, n)) for n in (a, b))


def _ascends(pair: Group) -> bool:
    low, high = map(_value, pair.items)
    return low is not None and high is not None and not isinstance(low * high, context(40).mpc) and bool(low < high)


def _is_region(node: Node) -> bool:
    return holds(
        node,
        lambda n: (
            isinstance(n, Interval | Union)
            or (isinstance(n, Rel) and n.sign != "=")
            or (isinstance(n, Logic) and n.kind == "not")
        ),
    )


def _name_of(node: Node) -> str:
    found = set(symbols(node)) if holds(node, lambda n: isinstance(n, Rel)) else set()
    return next(iter(found)) if len(found) == 1 else ""


def _region(node: Node, name: str) -> Node | None:
    """The statement that `name` (or `x`) lies in what the node describes; None for what is no region."""
    name = name or "x"
    match node:
        case Rel(_, left, right) if is_expr(left) and is_expr(right):
            return opened(node)
        case Interval(low, high, low_closed, high_closed):
            return regions.between(name, low, high, low_closed, high_closed)
        case Group("tuple" | "bracket" as kind, (low, high)) if is_expr(low) and is_expr(high):
            closed = kind == "bracket"
            return regions.between(name, cast(Expr, low), cast(Expr, high), closed, closed)
        case Group("set", items):
            return _joined("or", items, name)
        case Group("list", items):
            return _joined("and" if all(isinstance(i, Rel) for i in items) else "or", items, name)
        case Union(parts):
            return _joined("or", parts, name)
        case Logic(kind, parts):
            return _joined(kind, parts, name)
        case Words("none"):
            return FALSE
        case Words("all"):
            return TRUE
        case _ if is_expr(node):
            return Rel("=", Sym(name), node)
        case _:
            return None


def _joined(kind: str, parts: tuple[Node, ...], name: str) -> Node | None:
    inner = [_region(p, name) for p in parts]
    if any(p is None for p in inner):
        return None
    return Logic(kind, tuple(cast(Node, p) for p in inner))  # type: ignore[arg-type]


def _statements(a: Node, b: Node) -> Finding | None:
    """Equations that are not solved for one unknown, alternatives and systems of them; or a solved one against them."""
    if is_expr(b):
        return _working_shown(a, b)
    if is_expr(a) and _name_of(b) == "":
        return None
    name = _name_of(b) or _name_of(a)
    left, right = _equations(a, name), _equations(b, name)
    if left is None or right is None:
        return None
    return regions.same_region(left, right)


def _working_shown(a: Node, b: Node) -> Finding | None:
    """(x+1)^2 = x^2 + 2x + 1 where an expression is asked: its right side, when the equation is an identity."""
    if isinstance(a, Rel) and a.sign == "=" and is_expr(a.left) and is_expr(a.right):
        left, right = cast(Expr, a.left), cast(Expr, a.right)
        if same_function(left, right).verdict == "equal":
            return same_answer(right, b)
        if not symbols(left) and not symbols(right):
            return same_answer(right, b)
    return None


def _equations(node: Node, name: str) -> Node | None:
    solved = _solved(node)
    match node:
        case Group("list", items) if solved is None:
            parts = [_equations(i, name) for i in items]
            return None if None in parts else Logic("and", tuple(cast(Node, p) for p in parts))
        case Rel() | Logic() if solved is None or isinstance(node, Rel):
            return opened(node) if all_relations(node) else None
    if solved is None or not all(map(is_expr, solved.values)):
        return None
    unknown = Sym(solved.name or name or "x")
    if solved.name is None and (not name or any(symbols(v) for v in solved.values)):
        return None
    return Logic("or", tuple(Rel("=", unknown, v) for v in solved.values))


def opened(node: Node) -> Node:
    """A statement with a plus-minus sign as its two alternatives."""
    signs = both_signs(node)
    if len(signs) == 1:
        return cast(Node, signs[0])
    return Logic("and" if isinstance(node, Rel) and node.sign == "!=" else "or", signs)


def all_relations(node: Node) -> bool:
    """Whether a statement is built of relations between expressions only."""
    match node:
        case Rel(_, left, right):
            return is_expr(left) and is_expr(right)
        case Logic(_, parts):
            return all(map(all_relations, parts))
        case _:
            return False

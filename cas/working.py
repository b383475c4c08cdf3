"""Lines of a student's working: the first that does not follow from the line before, and why."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Any, cast

from cas import regions, slips
from cas.answers import all_relations, opened, same_answer
from cas.latex import latex
from cas.numeric import Evaluator, Undefined
from cas.polynomials import NotRational
from cas.reading import readings
from cas.sampling import Finding, same_function, show
from cas.slips import Slip, find_slip, variants
from cas.syntax import (
    TWO,
    ZERO,
    Call,
    Expr,
    Group,
    Logic,
    Mul,
    Node,
    Num,
    Pow,
    Rel,
    Sym,
    holds,
    is_expr,
    mul,
    sub,
    symbols,
)
from cas.tokens import Unreadable
from core.ports import WorkingVerdict

LINES_MAX = 40
SECONDS_MAX = 3.0
_LEAD = re.compile(
    r"^\s*(?:⇒|=>|⟹|→|->|∴|\\implies|\\Rightarrow|\\therefore|\\iff|so|thus|hence|therefore|then|and so|\d+[.)]\s(?!\d)|line \d+:)[\s,:]*",
    re.I,
)
_PERIODIC = {"sin", "cos", "tan", "sec", "csc", "cot"}


@dataclass(frozen=True, slots=True)
class _Wrong:
    """Why a line does not follow; an empty `why` says that it could not be told."""

    why: str = ""
    slip: str = ""


def check(lines: Sequence[str]) -> WorkingVerdict:
    """Compare each readable line with the one before it; bounded in lines and time."""
    deadline = time.thread_time() + SECONDS_MAX
    lines = [line for line in lines if line.strip()][:LINES_MAX]
    shown = tuple(_shown(line) for line in lines)
    before: Node | None = None
    known: dict[str, Any] = {}
    doubts: list[str] = []
    for i, line in enumerate(lines):
        node = _read(line)
        if node is None:
            doubts.append(f"I cannot read line {i + 1}, so I did not check it.")
        elif before is not None and time.thread_time() < deadline:
            node = _whole(node, before, _continues(line))
            wrong = None if _holds_at(node, known) else _step(before, node)
            if wrong is not None and wrong.why:
                return WorkingVerdict(
                    first_wrong=i, why=f"Line {i + 1} does not follow: {wrong.why}", slip=wrong.slip, latex=shown
                )
            if wrong is not None:
                doubts.append(f"I could not prove that line {i + 1} follows.")
        before = node
        known = known or _linear_solution(node)
    return WorkingVerdict(first_wrong=None, why=_no_mistake(len(lines), doubts), latex=shown)


def _no_mistake(lines: int, doubts: list[str]) -> str:
    if lines < 2:
        return "There is only one line, so nothing to compare." if not doubts else doubts[0]
    return "Every line follows from the one before." if not doubts else " ".join(["I found no mistake.", *doubts])


def _read(line: str) -> Node | None:
    try:
        return _line(line)
    except Unreadable:
        return None


def _line(text: str) -> Node:
    plain = _LEAD.sub("", text)
    return readings(re.sub(r"^\s*=(?!=)", "", plain) if _continues(text) else plain)[0].node


def _shown(text: str) -> str:
    node = _read(text)
    return "" if node is None else ("= " if _continues(text) else "") + latex(node)


def _continues(text: str) -> bool:
    return _LEAD.sub("", text).lstrip().startswith("=")


def _whole(node: Node, before: Node, continues: bool) -> Node:
    """A line that begins with an equals sign goes on from the value before it."""
    if continues and is_expr(node) and isinstance(before, Rel) and before.sign == "=":
        return Rel("=", before.left, node)
    return node


def _step(before: Node, after: Node) -> _Wrong | None:
    """None when `after` follows from `before`."""
    if is_expr(before) and is_expr(after):
        return _expressions(cast(Expr, before), cast(Expr, after))
    if isinstance(before, Rel) and isinstance(after, Rel) and _same_left(before, after):
        inner = _expressions(cast(Expr, before.right), cast(Expr, after.right))
        if inner is None:
            return None
    if _is_periodic(before):
        return (
            None
            if _all_solve(before, after)
            else _Wrong("put your values back into the line before: they do not all fit.")
        )
    found = same_answer(after, before)
    if found.verdict == "equal":
        return None
    if found.verdict == "unsure":
        return _Wrong()
    return _statements(before, after, found)


def _is_periodic(node: Node) -> bool:
    return isinstance(node, Rel) and holds(
        node, lambda n: isinstance(n, Call) and n.name in _PERIODIC and bool(symbols(n))
    )


def _all_solve(before: Node, after: Node) -> bool:
    """For sin x = 1/2 the interval is not known here: every listed value must fit, none is missed."""
    names = symbols(before)
    name = next(iter(names))
    values = slips.listed(after) if len(names) == 1 else None
    if values is None or any(symbols(v) for v in values):
        return True
    try:
        return all(regions.truth(before, {name: Evaluator({}).value(v)}) is not False for v in values)
    except Undefined:
        return True


def _holds_at(node: Node, known: dict[str, Any]) -> bool:
    """Whether a line is true at the solution of the system that stands above it."""
    if not known or not symbols(node) <= set(known):
        return False
    statement = Logic("and", node.items) if isinstance(node, Group) and node.kind == "list" else node
    return all_relations(statement) and regions.truth(statement, known) is True


def _linear_solution(node: Node | None) -> dict[str, Any]:
    """The one solution of a system of linear equations, {} where there is no such thing."""
    parts = (
        node.items if isinstance(node, Group) else node.parts if isinstance(node, Logic) and node.kind == "and" else ()
    )
    differences = [d for d in map(_difference, parts) if d is not None]
    names = sorted(symbols(node)) if node is not None else []
    if len(differences) < 2 or len(differences) != len(parts) or len(names) != len(parts):
        return {}
    rows = [_coefficients(d, names) for d in differences]
    return {} if any(r is None for r in rows) else _eliminated([r for r in rows if r is not None], names)


def _coefficients(e: Expr, names: list[str]) -> list[Fraction] | None:
    origin = {n: Fraction(0) for n in names}
    points = [origin, *({**origin, n: Fraction(1)} for n in names), {n: Fraction(3 + i) for i, n in enumerate(names)}]
    try:
        base, *units, probe = (Evaluator(p).value(e) for p in points)
    except Undefined:
        return None
    if not all(isinstance(v, Fraction) for v in (base, *units, probe)):
        return None
    row = [u - base for u in units]
    linear = base + sum(c * (3 + i) for i, c in enumerate(row)) == probe
    return [*row, -base] if linear else None


def _eliminated(rows: list[list[Fraction]], names: list[str]) -> dict[str, Any]:
    for i in range(len(rows)):
        pivot = next((r for r in range(i, len(rows)) if rows[r][i]), None)
        if pivot is None:
            return {}
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [c / rows[i][i] for c in rows[i]]
        for r in range(len(rows)):
            if r != i:
                rows[r] = [a - rows[r][i] * b for a, b in zip(rows[r], rows[i], strict=True)]
    return {n: rows[i][-1] for i, n in enumerate(names)}


def _same_left(a: Rel, b: Rel) -> bool:
    return a.sign == b.sign == "=" and a.left == b.left and is_expr(a.right) and is_expr(b.right)


def _expressions(before: Expr, after: Expr) -> _Wrong | None:
    found = same_function(after, before)
    if found.verdict != "different":
        return None if found.verdict == "equal" else _Wrong()
    slip = find_slip(after, before)
    at = ", ".join(f"{n} = {v}" for n, v in found.at.items())
    why = (
        f"at {at} it gives {found.left}, the line before {found.right}."
        if at
        else f"it is {found.left}, the line before is {found.right}."
    )
    return _Wrong(f"{why} {slip.hint}", slip.name) if slip else _Wrong(why)


# --- equations


def _statements(before: Node, after: Node, found: Finding) -> _Wrong:
    roots = _roots_of_both(before, after)
    if roots is not None:
        named = _lost_or_gained(before, after, *roots)
        if named is not None:
            return named
    slip = _slip(before, after)
    if slip is not None:
        return _Wrong(slip.hint, slip.name)
    told = found.why and "expected" not in found.why and "answer" not in found.why
    return _Wrong(f"{found.why}." if told else "it does not have the same solutions as the line before.")


def _slip(before: Node, after: Node) -> Slip | None:
    """A sign or bracket slip in the equation as a whole, or on one of its sides."""
    if not (isinstance(before, Rel) and isinstance(after, Rel)):
        return find_slip(after, before)
    return _moved(before, after) or find_slip(after, before) or _on_a_side(before, after)


def _on_a_side(before: Rel, after: Rel) -> Slip | None:
    left, right = same_answer(after.left, before.left), same_answer(after.right, before.right)
    if right.verdict == "equal":
        return find_slip(after.left, before.left)
    return find_slip(after.right, before.right) if left.verdict == "equal" else None


def _moved(before: Rel, after: Rel) -> Slip | None:
    """One slip in left less right: above all a term taken to the other side with its sign unchanged."""
    f, g = _difference(before), _difference(after)
    if f is None or g is None:
        return None
    deadline = time.thread_time() + 0.2
    for slip, variant in islice(variants(f), 120):
        if time.thread_time() > deadline:
            return None
        if symbols(variant) == symbols(g) and regions.proportional(variant, g):
            return slip
    return None


def _difference(node: Node) -> Expr | None:
    if isinstance(node, Rel) and node.sign == "=" and is_expr(node.left) and is_expr(node.right):
        return sub(cast(Expr, node.left), cast(Expr, node.right))
    return None


def _roots_of_both(before: Node, after: Node) -> tuple[list[Any], list[Any], str] | None:
    names = symbols(before) | symbols(after)
    if len(names) != 1:
        return None
    name = next(iter(names))
    sets = [_roots(n, name) for n in (before, after)]
    return None if sets[0] is None or sets[1] is None else (sets[0], sets[1], name)


def _roots(node: Node, name: str) -> list[Any] | None:
    """The real solutions, exact where rational; None for what is no equation in one unknown."""
    statement = _as_statement(node, name)
    if statement is None:
        return None
    try:
        deadline = time.thread_time() + 0.4
        points, _ = regions.critical_points((statement,), name, {}, deadline)
        return [x for x in points if regions.truth(statement, {name: x})]
    except (regions.Undecided, NotRational):
        return None


def _as_statement(node: Node, name: str) -> Node | None:
    if isinstance(node, Group) and node.kind in ("list", "set"):
        parts = [p if isinstance(p, Rel) else Rel("=", Sym(name), p) for p in node.items]
        node = Logic("or", tuple(parts))
    if is_expr(node):
        node = Rel("=", Sym(name), node)
    node = opened(node)
    return node if all_relations(node) and not _has_inequality(node) else None


def _has_inequality(node: Node) -> bool:
    return holds(node, lambda n: isinstance(n, Rel) and n.sign != "=")


def _lost_or_gained(before: Node, after: Node, old: list[Any], new: list[Any], name: str) -> _Wrong | None:
    lost = [x for x in old if not _among(x, new)]
    gained = [x for x in new if not _among(x, old)]
    if lost and not gained and new:
        slip = _how_lost(before, after, lost[0], name)
        return _Wrong(f"the solution {name} = {show(lost[0])} is lost. {slip.hint}".strip(), slip.name)
    if gained and _is_square_of(before, after):
        return _Wrong(
            f"{name} = {show(gained[0])} is new: squaring both sides can bring in solutions, so put each back into the first line.",
            "squared both sides",
        )
    if gained and _split_at_a_number(before, new, name):
        return _Wrong(
            "a product tells you about its factors only when it is zero: bring everything to one side first.",
            "zero product",
        )
    if new and len(new) == len(old) and all(_among(-x, old) for x in new):
        return _Wrong(slips.SIGN.hint, slips.SIGN.name)
    if gained and not lost and old:
        return _Wrong(f"{name} = {show(gained[0])} is not a solution of the line before.", "extra root")
    return None


def _split_at_a_number(before: Node, new: list[Any], name: str) -> bool:
    """Whether x(x+2) = 8 was taken to mean x = 8 or x + 2 = 8."""
    if not isinstance(before, Rel) or not isinstance(before.left, Mul) or before.right == ZERO or len(new) < 2:
        return False
    factors = [f for f in before.left.factors if name in symbols(f)]
    return all(any(regions.truth(Rel("=", f, before.right), {name: x}) for f in factors) for x in new)


def _among(x: Any, values: list[Any]) -> bool:
    return any(abs(regions._f(x) - regions._f(v)) < 1e-20 for v in values)


def _how_lost(before: Node, after: Node, root: Any, name: str) -> Slip:
    f, g = _difference(before), _difference(after)
    if f is not None and g is not None and isinstance(root, Fraction):
        factor = Sym(name) if root == 0 else sub(Sym(name), Num(root))
        if regions.proportional(f, mul(g, factor)) and not _is_square(before):
            return Slip(
                "divided by zero",
                f"You divided both sides by {latex(factor).replace(' ', '')}, which is zero there; factorise instead.",
            )
    return Slip("lost root", "A square has two roots: remember ±." if _is_square(before) else "")


def _is_square(node: Node) -> bool:
    """(...)^2 = a number."""
    return (
        isinstance(node, Rel) and isinstance(node.left, Pow) and node.left.exponent == TWO and not symbols(node.right)
    )


def _is_square_of(before: Node, after: Node) -> bool:
    """Whether each side is the square of the side before, up to moving terms."""
    if not (isinstance(before, Rel) and isinstance(after, Rel)):
        return False
    sides = [before.left, before.right]
    g = _difference(after)
    if g is None or not all(map(is_expr, sides)):
        return False
    left, right = (Pow(cast(Expr, s), TWO) for s in sides)
    return regions.proportional(sub(left, right), g)

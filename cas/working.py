"""Lines of a student's working: the first that does not follow from the line before, and why."""

import re
import time
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, cast

from cas import regions
from cas.answers import all_relations, same_answer
from cas.latex import latex
from cas.polynomials import NotRational
from cas.reading import readings
from cas.sampling import Finding, same_function, show
from cas.slips import Slip, find_slip
from cas.syntax import Expr, Group, Logic, Node, Num, Pow, Rel, Sym, is_expr, mul, sub, symbols
from cas.tokens import Unreadable
from core.ports import WorkingVerdict

LINES_MAX = 40
SECONDS_MAX = 3.0
_LEAD = re.compile(r"^\s*(?:⇒|=>|⟹|→|->|∴|\\implies|\\Rightarrow|\\therefore|\\iff|so|thus|hence|therefore|then|and so|\d+[.)]\s(?!\d)|line \d+:)[\s,:]*", re.I)
_DIVIDED = Slip("divided by zero", "")
_SQUARED = Slip("squared both sides", "")
_ROOT = Slip("lost root", "")


def check(lines: Sequence[str]) -> WorkingVerdict:
    """Compare each readable line with the one before it; bounded in lines and time."""
    deadline = time.monotonic() + SECONDS_MAX
    lines = [line for line in lines if line.strip()][:LINES_MAX]
    shown: list[str] = []
    before: Node | None = None
    unsure = False
    for i, line in enumerate(lines):
        try:
            node = _line(line)
        except Unreadable as e:
            shown += [""] * (len(lines) - i)
            return WorkingVerdict(first_wrong=i, why=f"I cannot read line {i + 1}: {e.message}.", slip="unreadable", latex=tuple(shown))
        shown.append(("= " if _continues(line) else "") + latex(node))
        if before is not None and time.monotonic() < deadline:
            node = _whole(node, before, _continues(line))
            wrong = _step(before, node)
            if wrong is not None and wrong[0]:
                shown += [_shown(rest) for rest in lines[i + 1 :]]
                return WorkingVerdict(first_wrong=i, why=f"Line {i + 1} does not follow: {wrong[0]}", slip=wrong[1], latex=tuple(shown))
            unsure = unsure or wrong is not None
        before = node
    why = "Every line follows from the one before." if not unsure else "I found no mistake, but could not prove every line."
    return WorkingVerdict(first_wrong=None, why=why if len(lines) > 1 else "There is only one line, so nothing to compare.", latex=tuple(shown))


def _line(text: str) -> Node:
    plain = _LEAD.sub("", text)
    return readings(re.sub(r"^\s*=(?!=)", "", plain) if _continues(text) else plain)[0].node


def _shown(text: str) -> str:
    try:
        return ("= " if _continues(text) else "") + latex(_line(text))
    except Unreadable:
        return ""


def _continues(text: str) -> bool:
    return _LEAD.sub("", text).lstrip().startswith("=")


def _whole(node: Node, before: Node, continues: bool) -> Node:
    """A line that begins with an equals sign goes on from the value before it."""
    if continues and is_expr(node) and isinstance(before, Rel) and before.sign == "=":
        return Rel("=", before.left, node)
    return node


def _step(before: Node, after: Node) -> tuple[str, str] | None:
    """None when `after` follows; else why not ('' when it cannot be told) and the slip."""
    if is_expr(before) and is_expr(after):
        return _expressions(cast(Expr, before), cast(Expr, after))
    if isinstance(before, Rel) and isinstance(after, Rel) and _same_left(before, after):
        inner = _expressions(cast(Expr, before.right), cast(Expr, after.right))
        if inner is None:
            return None
    found = same_answer(after, before)
    if found.verdict == "equal":
        return None
    if found.verdict == "unsure":
        return "", ""
    return _statements(before, after, found)


def _same_left(a: Rel, b: Rel) -> bool:
    return a.sign == b.sign == "=" and a.left == b.left and is_expr(a.right) and is_expr(b.right)


def _expressions(before: Expr, after: Expr) -> tuple[str, str] | None:
    found = same_function(after, before)
    if found.verdict != "different":
        return None if found.verdict == "equal" else ("", "")
    slip = find_slip(after, before)
    at = ", ".join(f"{n} = {v}" for n, v in found.at.items())
    why = f"at {at} it gives {found.left}, the line before {found.right}." if at else f"it is {found.left}, the line before is {found.right}."
    return (f"{why} {slip.hint}" if slip else why), slip.name if slip else ""


# --- equations


def _statements(before: Node, after: Node, found: Finding) -> tuple[str, str]:
    roots = _roots_of_both(before, after)
    if roots is not None:
        named = _lost_or_gained(before, after, *roots)
        if named is not None:
            return named
    slip = _slip(before, after)
    if slip is not None:
        return slip.hint, slip.name
    return (found.why + "." if found.why and "expected" not in found.why else "it does not have the same solutions as the line before."), ""


def _slip(before: Node, after: Node) -> Slip | None:
    """A sign or bracket slip on either side of the equation."""
    if not (isinstance(before, Rel) and isinstance(after, Rel)):
        return find_slip(after, before)
    whole = find_slip(after, before)
    if whole is not None:
        return whole
    for mine, theirs in (((after.left, before.left)), ((after.right, before.right))):
        if is_expr(mine) and is_expr(theirs) and mine != theirs:
            slip = find_slip(mine, theirs)
            if slip is not None:
                return slip
    return _moved(before, after)


def _moved(before: Rel, after: Rel) -> Slip | None:
    """A term taken to the other side without a change of its sign: the two differences differ by twice a term."""
    f, g = _difference(before), _difference(after)
    if f is None or g is None:
        return None
    from cas.slips import variants

    for slip, variant in list(variants(f))[:120]:
        if regions.proportional(variant, g):
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
        deadline = time.monotonic() + 0.4
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
    node = _opened(node)
    return node if all_relations(node) and not _has_inequality(node) else None


def _opened(node: Any) -> Node:
    from cas.syntax import both_signs

    signs = both_signs(node)
    return signs[0] if len(signs) == 1 else Logic("or", signs)


def _has_inequality(node: Node) -> bool:
    from cas.syntax import holds

    return holds(node, lambda n: isinstance(n, Rel) and n.sign != "=")


def _lost_or_gained(before: Node, after: Node, old: list[Any], new: list[Any], name: str) -> tuple[str, str] | None:
    lost = [x for x in old if not _among(x, new)]
    gained = [x for x in new if not _among(x, old)]
    if lost and not gained and new:
        slip = _how_lost(before, after, lost[0], name)
        return f"the solution {name} = {show(lost[0])} is lost. {slip.hint}", slip.name
    if gained and not lost and old and _is_square_of(before, after):
        return f"{name} = {show(gained[0])} is new: squaring both sides can bring in solutions, so put each back into the first line.", _SQUARED.name
    if gained and not lost and old:
        return f"{name} = {show(gained[0])} is not a solution of the line before.", "extra root"
    return None


def _among(x: Any, values: list[Any]) -> bool:
    return any(abs(regions._f(x) - regions._f(v)) < 1e-20 for v in values)


def _how_lost(before: Node, after: Node, root: Any, name: str) -> Slip:
    f, g = _difference(before), _difference(after)
    if isinstance(before, Rel) and isinstance(before.left, Pow) and before.left.exponent == Num(Fraction(2)):
        return Slip(_ROOT.name, "A square has two roots: remember ±.")
    if f is not None and g is not None and isinstance(root, Fraction) and regions.proportional(f, mul(g, sub(Sym(name), Num(root)))):
        factor = name if root == 0 else latex(sub(Sym(name), Num(root))).replace(" ", "")
        return Slip(_DIVIDED.name, f"You divided both sides by {factor}, which is zero there; factorise instead.")
    return Slip(_ROOT.name, "")


def _is_square_of(before: Node, after: Node) -> bool:
    """Whether each side is the square of the side before, up to moving terms."""
    if not (isinstance(before, Rel) and isinstance(after, Rel)):
        return False
    sides = [before.left, before.right]
    g = _difference(after)
    if g is None or not all(map(is_expr, sides)):
        return False
    left, right = (Pow(cast(Expr, s), Num(Fraction(2))) for s in sides)
    return regions.proportional(sub(left, right), g)



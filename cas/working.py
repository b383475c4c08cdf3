"""Lines of a student's working: the first that does not follow from the line before, and why."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice, permutations
from typing import Any, cast

from cas import missteps, regions, slips
from cas.answers import all_relations, opened, same_answer
from cas.calculus import derivative
from cas.latex import latex
from cas.layout import Piece, Span, pieces
from cas.limits import Between, misstep, read_between
from cas.numeric import Evaluator, Undefined
from cas.polynomials import NotRational
from cas.rates import Line, differentiated, integrated, is_line_of, read_line
from cas.reading import readings
from cas.sampling import Finding, same_function, show
from cas.slips import Slip, find_slip, variants
from cas.syntax import (
    TWO,
    ZERO,
    Add,
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
    add,
    holds,
    is_expr,
    mul,
    neg,
    over,
    sub,
    substitute,
    symbols,
    walk,
)
from cas.tokens import Unreadable
from core.ports import WorkingVerdict

LINES_MAX = 40
SECONDS_MAX = 3.0
SQUARED = "squared both sides"
_PERIODIC = {"sin", "cos", "tan", "sec", "csc", "cot"}


@dataclass(frozen=True, slots=True)
class _Wrong:
    """Why a line does not follow; an empty `why` says that it could not be told. `lost` are solutions gone missing."""

    why: str = ""
    slip: str = ""
    lost: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class _Seen:
    """A line that was read: its tree, what it says of a derivative or an integral, or both."""

    node: Node | None
    rate: Line | None
    between: Between | None = None


def check(lines: Sequence[str]) -> WorkingVerdict:
    """Compare each statement with the one before it; bounded in lines and time."""
    deadline = time.thread_time() + SECONDS_MAX
    lines = [line for line in lines if line.strip()][:LINES_MAX]
    laid = pieces(lines)
    shown = tuple(_shown(line, [p for p in laid if p.line == i]) for i, line in enumerate(lines))
    if len(lines) == 1 and (wrong := _untrue(lines[0])) is not None:
        return WorkingVerdict(first_wrong=0, why=f"Line 1 is not true: {wrong.why}", slip=wrong.slip, latex=shown)
    sheet = _Sheet()
    for piece in laid:
        if time.thread_time() > deadline:
            break
        wrong = sheet.write(piece)
        if wrong is not None:
            why = f"Line {piece.line + 1} does not follow: {wrong.why}"
            return WorkingVerdict(first_wrong=piece.line, why=why, slip=wrong.slip, latex=shown)
    if sheet.squared is not None and not sheet.checked():
        piece, told, _ = sheet.squared
        why = f"Line {piece.line + 1} does not follow: {told.why}"
        return WorkingVerdict(first_wrong=piece.line, why=why, slip=told.slip, latex=shown)
    doubts = list(sheet.doubts)
    return WorkingVerdict(first_wrong=None, why=_no_mistake(len(lines), doubts), latex=shown, sure=not doubts)


class _Sheet:
    """What stands above a line: its statements, what has got a name, and the interval that is spoken of."""

    def __init__(self) -> None:
        self.above: list[_Seen | None] = []
        self.named: dict[str, Expr] = {}
        self.span: Span | None = None
        self.doubts: dict[str, None] = {}
        self.squared: tuple[Piece, _Wrong, Node | None] | None = None

    def checked(self) -> bool:
        """Whether what squaring both sides brought in is gone from the last line."""
        end = self.above[-1] if self.above else None
        first = self.squared[2] if self.squared else None
        values = slips.listed(end.node) if end is not None and end.node is not None else None
        if first is None or not values or len(symbols(first)) != 1 or any(symbols(v) for v in values):
            return False
        name = next(iter(symbols(first)))
        try:
            return all(regions.truth(first, {name: Evaluator({}).value(v)}) is not False for v in values)
        except Undefined:
            return False

    def write(self, piece: Piece) -> _Wrong | None:
        """Take one more statement in; why it does not follow, or None."""
        self.span = self.span or piece.span
        if piece.remark:
            self.doubts[f"I cannot read line {piece.line + 1}, so I did not check it."] = None
            return None
        last = self.above[-1] if self.above else None
        seen = _see(piece, last, self.named)
        if seen is None:
            self.doubts[f"I cannot read line {piece.line + 1}, so I did not check it."] = None
            self.above.append(None)
            return None
        if (names := _names_given(piece, seen, self.above)) is not None:
            self.named |= names
            return None
        if (rates := _rates_of_named(piece.text, self.named)) is not None:
            return None if all(rates) else _Wrong("that is not the derivative of what you gave the name to.")
        if seen.rate is not None and seen.rate.integrands and seen.rate.name in self.named:
            self.doubts[f"I could not prove that line {piece.line + 1} follows."] = None
            return None  # an integral by the new letter: what comes of it is compared with the first one
        if last is not None and _is_apart(last, seen, piece):
            self.doubts[f"I could not prove that line {piece.line + 1} follows."] = None
            if seen.node is not None and symbols(seen.node):
                self.above.append(seen)
            return None
        if (system := _system(piece, seen, last)) is not None:
            self.above[-1] = system
            if not piece.named:
                self.doubts[f"I took line {piece.line + 1} as a second equation that is given."] = None
            return None
        return self._followed(piece, seen)

    def _followed(self, piece: Piece, seen: _Seen) -> _Wrong | None:
        above = [s for s in self.above if s is not None]
        if above and self.above[-1] is not None:
            if _is_condition(seen, above[-1]):
                above = [s for s in above if s.node is not None and _has_inequality(s.node)]
                if not above:
                    return None  # which of the solutions count: a remark
            wrong = _follows(above, seen, self.span, piece)
            if wrong is not None and wrong.slip == SQUARED:
                self.squared = self.squared or (piece, wrong, above[-1].node)  # sound, if what is new is put back
                wrong = None
            if wrong is not None and wrong.why:
                return wrong
            if wrong is not None:
                self.doubts[f"I could not prove that line {piece.line + 1} follows."] = None
        self.above.append(seen)
        return None


def _is_apart(before: _Seen, seen: _Seen, piece: Piece) -> bool:
    """A line that does not claim to follow from the one before it: a value on its own, a formula after what is given."""
    a, b = before.node, seen.node
    if a is None or b is None or piece.follows or (before.rate and seen.rate and seen.rate.order):
        return False
    if is_expr(a) and is_expr(b):
        return bool(symbols(a)) != bool(symbols(b)) and same_answer(a, b).verdict == "different"
    if is_expr(b) and not symbols(b):
        return bool(symbols(a))
    return _are_givens(a) and bool(symbols(b) - symbols(a))


def _are_givens(node: Node) -> bool:
    """u = 5, a = 2: letters with their numbers."""
    parts = node.items if isinstance(node, Group) and node.kind == "list" else (node,)
    return all(isinstance(p, Rel) and p.sign == "=" and isinstance(p.left, Sym) and not symbols(p.right) for p in parts)


def _is_condition(seen: _Seen, before: _Seen) -> bool:
    """An inequality after solutions: which of them are meant, or the answer to an inequality further up."""
    return (
        seen.node is not None
        and before.node is not None
        and all_relations(before.node)
        and _has_inequality(seen.node)
        and not _has_inequality(before.node)
    )


_UNTRUE = {"bracket expansion", "index law", "log law", "root of a sum", "fractions added", "cancelling terms", "number taken out of a function"}  # fmt: skip


def _untrue(line: str) -> _Wrong | None:
    """Of a line that stands alone: an identity that is none, when it is a slip that is known."""
    laid = pieces([line])
    if len(laid) > 1:
        return None
    node = _read(laid[0].text) if laid else None
    if not isinstance(node, Rel) or node.sign != "=" or not is_expr(node.left) or not is_expr(node.right):
        return None
    wrong = _expressions(cast(Expr, node.left), cast(Expr, node.right))
    return wrong if wrong is not None and wrong.slip in _UNTRUE else None


def _see(piece: Piece, before: _Seen | None, named: dict[str, Expr]) -> _Seen | None:
    node = _read(piece.text)
    try:
        between, rate = read_between(piece.text), None
        rate = None if between else read_line(piece.text)
    except Unreadable:
        between, rate = None, None
    rate = rate or _goes_on(piece, node, before)
    if between is not None:
        return _Seen(between.value() if between.done else None, None, between)
    if node is not None and before is not None and before.node is not None:
        node = _whole(node, before.node, piece.follows)
    for name, value in named.items() if not piece.let else ():
        node = None if node is None else substitute(node, name, value)
        rate = None if rate is None else replace(rate, node=substitute(rate.node, name, value))
    return None if node is None and rate is None else _Seen(None if rate and rate.integrands else node, rate)


def _goes_on(piece: Piece, node: Node | None, before: _Seen | None) -> Line | None:
    """= (1 + x)eˣ below dy/dx = ...: the same derivative."""
    if not piece.follows or node is None or before is None or before.rate is None or not before.rate.order:
        return None
    value = node.right if isinstance(node, Rel) else node
    return replace(before.rate, node=cast(Expr, value)) if is_expr(value) else None


def _names_given(piece: Piece, seen: _Seen, above: list[_Seen | None]) -> dict[str, Expr] | None:
    """u = 3x + 1: a name for a part, when it is let be one or a letter that is usual for it comes up."""
    node = seen.node
    parts = node.items if isinstance(node, Group) and node.kind == "list" else (node,)
    found: dict[str, Expr] = {}
    for part in parts:
        if not isinstance(part, Rel) or part.sign != "=" or not isinstance(part.left, Sym) or not is_expr(part.right):
            return None
        found[part.left.name] = cast(Expr, part.right)
    used = {n for s in above if s is not None for n in _letters(s)}
    if not above or set(found) & used or any(n in symbols(e) for n, e in found.items()):
        return None
    usual = set(found) <= {"u", "v", "w", "t"} and all(symbols(e) & used for e in found.values())
    return found if piece.let or usual else None


def _letters(seen: _Seen) -> frozenset[str]:
    inside = frozenset(n for _, e in seen.rate.integrands for n in symbols(e)) if seen.rate else frozenset()
    return inside | (symbols(seen.node) if seen.node is not None else frozenset())


_RATE_OF = re.compile(r"^\s*(?:([a-z])\s*['’′]|d([a-z])\s*/\s*d[a-z])\s*=(.+)$")


def _rates_of_named(text: str, named: dict[str, Expr]) -> list[bool] | None:
    """Of u' = 2x, v' = cos x: whether each is the derivative of what has that name; None for any other line."""
    found = [_RATE_OF.match(part) for part in text.split(",")]
    if not named or not all(f and (f[1] or f[2]) in named for f in found):
        return None
    told = []
    for one in (f for f in found if f):
        value, node = named[one[1] or one[2]], _read(one[3])
        name = next(iter(sorted(symbols(value))), "x")
        try:
            right = (
                node is None or not is_expr(node) or same_answer(node, derivative(value, name)).verdict != "different"
            )
        except Undefined:
            right = True
        told.append(right)
    return told


def _system(piece: Piece, seen: _Seen, before: _Seen | None) -> _Seen | None:
    """Both equations of a system, when the line is a second one that does not claim to follow."""
    if before is None or piece.led or piece.follows:
        return None
    if any(s.rate is not None and (s.rate.order or s.rate.integrands) for s in (before, seen)):
        return None
    given = before.node.items if isinstance(before.node, Group) and before.node.kind == "list" else (before.node,)
    every = (*given, seen.node)
    if not all(isinstance(n, Rel) and n.sign == "=" for n in every) or any(s.node is None for s in (before, seen)):
        return None
    rels = [cast(Rel, n) for n in every]
    if isinstance(rels[-1].left, Sym) and any(r.left == rels[-1].left for r in rels[:-1]) and not piece.named:
        return None  # y = ... again is the same y
    if any(len(symbols(r)) < 2 for r in rels) or len(rels) > 3 or len(rels) > len(symbols(rels[0])):
        return None
    if not piece.named and (_step(rels[-2], rels[-1]) is None or _slip(rels[-2], rels[-1]) is not None):
        return None
    return _Seen(Group("list", tuple(rels)), None)


def _follows(above: list[_Seen], seen: _Seen, span: Span | None = None, piece: Piece | None = None) -> _Wrong | None:
    """None when the line follows from the last of those above it."""
    before = above[-1]
    if before.between is not None:
        return _between(before.between, seen)
    if before.rate is not None:
        try:
            told = _rated(before.rate, seen)
        except Undefined:
            told = _Wrong()
        if told is not _NO_RATE:
            return told
    if before.node is None or seen.node is None:
        return _Wrong()
    if any(_holds_at(seen.node, _linear_solution(s.node)) for s in above) or _is_point_of(before.node, seen.node):
        return None
    if any(_is_case(s.node, seen.node) for s in above):
        return None
    last = piece is None or piece.last
    if (turning := _turning(above, seen.node)) is not None:
        return _turns(turning, seen.node, span if last else None)
    wrong = _step(before.node, seen.node, span if last else None)
    if wrong is None or (wrong.lost and any(_excludes(s.node, wrong.lost) for s in above)):
        return None
    unknown = _puts_values_in(before.node, seen.node) or _is_rounded(before.node, seen.node)
    chained = piece is not None and piece.chained and symbols(seen.node) < symbols(before.node)
    return _Wrong() if unknown or (chained and not _is_number(before.node)) else _through_zero(wrong, above, seen.node)


def _is_case(before: Node | None, after: Node) -> bool:
    """x = 0, one of x = 0 or x = 5: cases are gone through one after the other."""
    parts = before.parts if isinstance(before, Logic) and before.kind == "or" else ()
    return any(symbols(part) == symbols(after) and _step(part, after) is None for part in parts)


def _turning(above: list[_Seen], after: Node) -> Node | None:
    """The equation that further values go with, beside the one that the inverse function gave."""
    if not slips.listed(above[-1].node or ZERO) or not slips.listed(after):
        return None
    found = [s.node for s in above if s.node is not None and _is_periodic(s.node)]
    return found[-1] if found and symbols(found[-1]) == symbols(after) else None


def _is_number(node: Node) -> bool:
    return not symbols(node.right if isinstance(node, Rel) else node)


def _between(before: Between, seen: _Seen) -> _Wrong | None:
    value = seen.node.right if isinstance(seen.node, Rel) and seen.node.sign == "=" else seen.node
    try:
        found = misstep(before, seen.between, cast(Expr, value) if value is not None and is_expr(value) else None)
    except Undefined:
        return _Wrong()
    if found is None:
        return None
    why, slip = found
    return _Wrong(why if slip is None or slip.hint == why else f"{why} {slip.hint}", slip.name if slip else "")


def _is_point_of(before: Node, after: Node) -> bool:
    """x = 2, y = 5 after y = x² + 1."""
    given = after.items if isinstance(after, Group) and after.kind == "list" else getattr(after, "parts", ())
    values = {
        n.left.name: n.right for n in given if isinstance(n, Rel) and isinstance(n.left, Sym) and not symbols(n.right)
    }
    if len(values) < 2 or set(values) != symbols(before) or not all_relations(before):
        return False
    try:
        return regions.truth(opened(before), {n: Evaluator({}).value(cast(Expr, v)) for n, v in values.items()}) is True
    except Undefined:
        return False


def _through_zero(wrong: _Wrong, above: list[_Seen], after: Node) -> _Wrong:
    """Names it when both sides were divided by what an equation further up says is zero."""
    before = above[-1].node
    if not isinstance(before, Rel) or not isinstance(after, Rel) or wrong.slip not in {"", *_VAGUE}:
        return wrong
    f, g = _difference(before), _difference(after)
    told = [n for s in above[:-1] for n in (s.node.items if isinstance(s.node, Group) else (s.node,)) if n is not None]
    zeros = [d for d in map(_difference, told) if d is not None]
    if f is None or g is None or not any(len(symbols(z)) > 1 and regions.proportional(f, mul(g, z)) for z in zeros):
        return wrong
    return _Wrong("you divided both sides by something that is zero, as a line further up says.", "divided by zero")


def _is_rounded(before: Node, after: Node) -> bool:
    """Whether a line gives solutions of the line before as decimals: near enough, but no equation."""
    values, names = slips.listed(after), symbols(before)
    if not values or len(names) != 1 or not all(isinstance(v, Num) and v.digits > 1 for v in values):
        return False
    roots = _roots(before, next(iter(names))) or []
    return all(any(slips.rounds_to(v, x) for x in roots) for v in values)


_NO_RATE = _Wrong("no derivative")  # the two lines are compared as any others


def _rated(before: Line, seen: _Seen) -> _Wrong | None:
    """A step of differentiating or integrating; `_NO_RATE` for any other."""
    after = seen.rate
    if before.integrands:
        if after is None and (seen.node is None or not is_expr(seen.node)):
            return _Wrong()
        fits, slip = integrated(before, after or Line(cast(Expr, seen.node)))
        return None if fits else _calculus("it does not have the derivative of the line before.", slip)
    if after is not None and not after.integrands and after.order == before.order + 1:
        fits, slip, _ = differentiated(before, after)
        return None if fits else _calculus("it is not the derivative of the line before.", slip)
    if before.order and after is not None and after.order == before.order - 1:
        whole = Line(Sym("J_0"), 0, before.name or "x", (("J_0", before.node),))
        return None if integrated(whole, after)[0] else _Wrong()  # it may as well be a tangent
    if before.order and seen.node is not None:
        if is_line_of(seen.node, before):
            return None
        if symbols(before.node) and not symbols(seen.node):
            return _Wrong()  # the derivative at a point that is not told
    return _NO_RATE


def _calculus(why: str, slip: Slip | None) -> _Wrong:
    if slip == slips.CONSTANT:
        return _Wrong(slip.hint, slip.name)
    return _Wrong(f"{why} {slip.hint}", slip.name) if slip else _Wrong(why)


def _excludes(node: Node | None, values: tuple[Any, ...]) -> bool:
    """Whether none of the values solves an equation in one unknown that stands above."""
    names = symbols(node) if node is not None else frozenset()
    if node is None or len(names) != 1 or not all_relations(node):
        return False
    name = next(iter(names))
    return all(regions.truth(opened(node), {name: x}) is False for x in values)


def _puts_values_in(before: Node, after: Node) -> bool:
    """A formula, then the same with numbers for some of its letters: not to be checked, but no mistake either."""
    if not isinstance(before, Rel) or not isinstance(after, Rel) or before.left != after.left:
        if isinstance(before, Rel) and isinstance(after, Rel) and len(symbols(before)) > 1:
            return symbols(after) < symbols(before) or _same_name(before.left, after.left)
        return symbols(before).isdisjoint(symbols(after)) and bool(symbols(before)) and bool(symbols(after))
    return len(symbols(before.right)) > 1 and symbols(after.right) < symbols(before.right)


def _same_name(a: Node, b: Node) -> bool:
    """u_n and u_20."""
    return isinstance(a, Sym) and isinstance(b, Sym) and "_" in a.name and a.name.split("_")[0] == b.name.split("_")[0]


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
    return readings(text)[0].node


def _shown(line: str, laid: list[Piece]) -> str:
    """What the line says, set as mathematics; empty where it holds more than one statement."""
    node = _read(laid[0].text) if len(laid) == 1 else None
    return "" if node is None else ("= " if laid[0].follows else "") + latex(node)


def _whole(node: Node, before: Node, continues: bool) -> Node:
    """A line that begins with an equals sign goes on from the value before it."""
    if continues and is_expr(node) and isinstance(before, Rel) and before.sign == "=":
        return Rel("=", before.left, node)
    return node


def _step(before: Node, after: Node, span: Span | None = None) -> _Wrong | None:
    """None when `after` follows from `before`."""
    if is_expr(before) and is_expr(after):
        return _expressions(cast(Expr, before), cast(Expr, after))
    if isinstance(before, Rel) and isinstance(after, Rel) and _same_left(before, after):
        inner = _expressions(cast(Expr, before.right), cast(Expr, after.right))
        if inner is None:
            return None
    if is_expr(before) and not symbols(before) and symbols(after):
        return _Wrong()  # a number, then a statement that it is put into
    if _is_substituted(before, after) or _is_formula_of(before, after):
        return None
    if _is_periodic(before):
        return _turns(before, after, span)
    found = same_answer(after, before)
    if found.verdict == "equal":
        return None
    if found.verdict == "unsure" or _are_points(after) != _are_points(before):
        return _Wrong()
    return _statements(before, after, found)


def _are_points(node: Node) -> bool:
    return isinstance(node, Group) and any(isinstance(i, Group) for i in node.items)


def _turns(before: Node, after: Node, span: Span | None) -> _Wrong | None:
    """A step from an equation with sines, cosines or tangents."""
    if _divides(before, after):
        return _Wrong("you divided both sides by something that can be zero; factorise instead.", "divided by zero")
    if _is_periodic(after):
        return _kept(before, after)
    if not _all_solve(before, after):
        return _Wrong("put your values back into the line before: they do not all fit.")
    if span is not None and (missing := _missed(before, after, span)):
        words = "one more value fits" if missing == 1 else f"{missing} more values fit"
        return _Wrong(f"{words} in the interval: the symmetry of the graph gives the others.", "lost root")
    return None


def _kept(before: Node, after: Node) -> _Wrong | None:
    """Two such equations: each solution of the first that can be found must solve the second."""
    f, g = _difference(before), _difference(after)
    if f is None or g is None or symbols(f) != symbols(g) or len(symbols(f)) != 1 or regions.proportional(f, g):
        return None
    name = next(iter(symbols(f)))
    roots = _roots(before, name)
    if not roots and isinstance(before, Rel) and isinstance(after, Rel):
        slip = missteps.of_equations(before, after)
        return _Wrong(slip.hint, slip.name) if slip in (missteps.DISTRIBUTED, missteps.IDENTITY) else None
    if not roots or any(regions.truth(after, {name: x}) is not False for x in roots):
        return None  # some may have been left out on purpose; none at all is a slip
    slip = _slip(before, after)
    return _Wrong(slip.hint, slip.name) if slip else _Wrong("it does not have the same solutions as the line before.")


def _missed(before: Node, after: Node, span: Span) -> int:
    """How many solutions in the interval a list of values leaves out."""
    names = symbols(before)
    values = slips.listed(after)
    if len(names) != 1 or values is None or any(symbols(v) for v in values):
        return 0
    name = next(iter(names))
    mp = Evaluator({}).mp
    scale = {"degrees": mp.pi / 180, "pi": +mp.pi, "": mp.mpf(1)}[span.unit]
    low, high = (scale * end.numerator / end.denominator for end in (span.low, span.high))
    if max(abs(low), abs(high)) > regions._SCAN:
        return 0
    try:
        given = [_as_turn(v, before, name) for v in values]
    except Undefined:
        return 0
    tiny = mp.mpf(10) ** -15
    ends = (low - tiny if span.ends[0] else low + tiny, high + tiny if span.ends[1] else high - tiny)
    inside = [x for x in _roots(before, name) or [] if ends[0] <= regions._f(x) <= ends[1]]
    return sum(all(abs(regions._f(x) - g) > mp.mpf("0.002") for g in given) for x in inside)


def _as_turn(value: Expr, before: Node, name: str) -> Any:
    """A listed value in radians: in degrees without their sign where only that fits."""
    x = regions._f(Evaluator({}).value(value))
    if regions.truth(before, {name: x}) is False:
        mp = Evaluator({}).mp
        return x * mp.pi / 180
    return x


def _is_formula_of(before: Node, after: Node) -> bool:
    """Two equations in several letters that say the same; of a square the root that a length has."""
    f, g = _difference(before), _difference(after)
    if f is None or g is None or len(symbols(f)) < 2 or symbols(f) != symbols(g):
        return False
    ratio = over(f, g)
    moved = ratio
    for name in symbols(f):
        moved = substitute(moved, name, add(mul(TWO, Sym(name)), Num(Fraction(1, 3))))
    if same_function(ratio, moved, seconds=0.1).verdict == "equal":
        return True  # one a number times the other, such as π
    assert isinstance(after, Rel)
    if not isinstance(after.left, Sym) or after.left.name in symbols(after.right) or not is_expr(after.right):
        return False
    put = substitute(f, after.left.name, cast(Expr, after.right))
    return same_function(put, ZERO).verdict == "equal"


def _is_substituted(before: Node, after: Node) -> bool:
    """Whether an equation of the line before, which names a letter, was put into another one: the letter is gone."""
    given = before.items if isinstance(before, Group) and before.kind == "list" else ()
    given = before.parts if isinstance(before, Logic) and before.kind == "and" else given
    target = _difference(after)
    if target is None or not all(isinstance(one, Rel) for one in given):
        return False
    alone = [_difference(one) for one in given]
    if any(e is not None and symbols(e) == symbols(target) and regions.proportional(e, target) for e in alone):
        return True
    for one, other in permutations(cast(tuple[Rel, ...], given), 2):
        for name in sorted(symbols(one)):
            value = _subject(one, name)
            left = None if value is None else _difference(substitute(other, name, value))
            if left is not None and symbols(left) == symbols(target) and regions.proportional(left, target):
                return True
    return False


def _subject(equation: Rel, name: str) -> Expr | None:
    """What an equation of first degree in a letter says that it is."""
    f = _difference(equation)
    if f is None:
        return None
    at = [substitute(f, name, Num(Fraction(k))) for k in (0, 1)]
    slope = sub(at[1], at[0])
    if name in symbols(slope) or same_function(add(at[0], mul(Sym(name), slope)), f).verdict != "equal":
        return None
    return None if same_function(slope, ZERO).verdict == "equal" else over(neg(at[0]), slope)


def _is_periodic(node: Node) -> bool:
    if isinstance(node, Logic) and node.kind == "or":
        return all(isinstance(part, Rel) for part in node.parts) and any(_is_periodic(part) for part in node.parts)
    return isinstance(node, Rel) and holds(
        node, lambda n: isinstance(n, Call) and n.name in _PERIODIC and bool(symbols(n))
    )


def _divides(before: Node, after: Node) -> bool:
    """Whether a sine, cosine or tangent that stands in every term has gone."""
    f, g = _difference(before), _difference(after)
    if f is None or g is None or not _is_periodic(after) or _is_made_tangent(before, after):
        return False
    return any(regions.proportional(f, mul(g, h)) for h in _calls(f))


def _is_made_tangent(before: Node, after: Node) -> bool:
    """sin x = k cos x as tan x = k: where the cosine is 0 the sine is not, so nothing is lost."""
    if not isinstance(before, Rel) or not isinstance(after, Rel):
        return False
    was, now = _calls(before), _calls(after)
    return (
        len(was) == 2
        and {n.name for n in was} == {"sin", "cos"}
        and {n.name for n in now} == {"tan"}
        and len({n.args for n in was | now}) == 1
    )


def _calls(node: Node) -> set[Call]:
    return {n for n in walk(node) if isinstance(n, Call) and n.name in _PERIODIC and symbols(n)}


def _all_solve(before: Node, after: Node) -> bool:
    """For sin x = 1/2 the interval is not known here: every listed value must fit, none is missed."""
    names = symbols(before)
    name = next(iter(names))
    values = slips.listed(after) if len(names) == 1 else None
    if values is None or any(symbols(v) for v in values):
        return True
    try:
        given = [Evaluator({}).value(v) for v in values]
    except Undefined:
        return True
    turns = [regions._f(v) * Evaluator({}).mp.pi / 180 for v in given]
    return any(all(_fits(before, name, x) for x in xs) for xs in (given, turns))


def _fits(before: Node, name: str, x: Any) -> bool:
    """Whether a value solves an equation, or does so to the figures that are given."""
    if regions.truth(before, {name: x}) is not False:
        return True
    f = _difference(before)
    if f is None:
        return False
    at = regions._f(x)
    near = [Evaluator({name: at + d}, dps=20) for d in (-0.0009, 0.0009)]
    try:
        return bool(near[0].value(f) * near[1].value(f) < 0)
    except Undefined:
        return False


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
    if slip == slips.ROUNDED:
        return None  # in working that is no mistake
    if slip is None or slip.name in _VAGUE:
        slip = missteps.of_expressions(before, after) or slip
    slip = slip or (None if symbols(before) | symbols(after) else slips.ARITHMETIC)
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
        return _of_a_system(before, after) or find_slip(after, before)
    if (plain := _on_a_side(before, after)) is not None and plain.name in _UNTRUE:
        return plain
    moved = _unbalanced(before, after) or _moved(before, after)
    if moved is not None and moved is not slips.DROPPED:
        return moved
    told = find_slip(after, before)
    if told is None or told.name in _VAGUE:
        told = missteps.of_equations(before, after) or told
    return told or _on_a_side(before, after) or moved or _part_of(after, before) or _collected(before, after)


_VAGUE = {"missing factor", "factor of two", "dropped term", "inverted fraction"}


def _collected(before: Rel, after: Rel) -> Slip | None:
    f, g = _difference(before), _difference(after)
    return missteps.collected(f, g) if f is not None and g is not None else None


def _of_a_system(before: Node, after: Node) -> Slip | None:
    equations = [_difference(n) for n in before.items] if isinstance(before, Group) else []
    if not isinstance(after, Rel) or any(e is None for e in equations):
        return None
    return missteps.of_system([e for e in equations if e is not None], after)


def _part_of(after: Node, before: Node) -> Slip | None:
    """Of an inequality only some of the solutions are left."""
    if not _has_inequality(before) or not all_relations(before) or not all_relations(after):
        return None
    return slips.LOST if same_answer(Logic("and", (before, after)), after).verdict == "equal" else None


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
    for slip, variant in islice(variants(g), 40):
        if slip is slips.SIGN and time.thread_time() < deadline and regions.proportional(variant, f):
            return slip
    return None


def _unbalanced(before: Rel, after: Rel) -> Slip | None:
    """Something done to one side of an equation only; a factor taken away instead of divided by."""
    pairs = [(before.left, after.left), (before.right, after.right)]
    if not all(is_expr(side) for pair in pairs for side in pair):
        return None
    (a, c), (b, d) = [(cast(Expr, old), cast(Expr, new)) for old, new in pairs]
    if isinstance(a, Mul) and isinstance(a.factors[0], Num) and mul(*a.factors[1:]) == c and not symbols(b):
        for wrong in (sub(b, a.factors[0]), mul(b, a.factors[0]), over(a.factors[0], b)):
            if same_function(d, wrong).verdict == "equal":
                return slips.DIVIDED
    for same, (old, new) in (((b, d), (a, c)), ((a, c), (b, d))):
        if same_function(*same).verdict == "equal" and symbols(old) and regions.proportional(old, new):
            return slips.ONE_SIDE
    return None


def _difference(node: Node) -> Expr | None:
    if isinstance(node, Rel) and node.sign == "=" and is_expr(node.left) and is_expr(node.right):
        right = cast(Expr, node.right)
        terms = right.terms if isinstance(right, Add) else (right,)
        return add(cast(Expr, node.left), *map(neg, terms))
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
        why = f"the solution {name} = {show(lost[0])} is lost. {slip.hint}".strip()
        return _Wrong(why, slip.name, tuple(lost))
    if gained and _is_square_of(before, after):
        return _Wrong(
            f"{name} = {show(gained[0])} is new: squaring both sides can bring in solutions, so put each back into the first line.",
            SQUARED,
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

"""The verdict on one answer, as far as it can be given without the algebra child, with what that child could settle."""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, cast

from cas import forms, slips
from cas.answers import all_relations, same_answer
from cas.calculus import derivative
from cas.latex import latex
from cas.numeric import Evaluator, Undefined, Value, alike, context
from cas.reading import Read, readings
from cas.sampling import Finding, close, same_function
from cas.slips import Slip
from cas.spellings import in_pounds
from cas.syntax import (
    PI,
    Const,
    Expr,
    Group,
    Logic,
    Mul,
    Node,
    Num,
    Rel,
    Sym,
    add,
    children,
    dump,
    holds,
    is_expr,
    mul,
    over,
    rebuild,
    sub,
    substitute,
    symbols,
)
from cas.tokens import Unreadable
from cas.units import MONEY, Unit
from core.ports import Equivalence, MathsVerdict

_RIGHT = "That is right."
_CHOICE = re.compile(
    r"(?:(?:the|my)?(?:[Aa]nswer|[Oo]ption|[Cc]hoice)(?:is|:|=)?)*\(?([A-Ea-e])\)?"
)  # of a list of answers
SECONDS_MAX = 0.3  # after which no further reading is tried and no slip looked for
UNSURE = "I could neither prove this right nor find where it is wrong."


@dataclass(frozen=True, slots=True)
class Doubt:
    """What the algebra child is asked; `when` maps its answer to the verdict."""

    op: str
    args: tuple[Any, ...]
    when: dict[Any, MathsVerdict]


@dataclass(frozen=True, slots=True)
class Judgement:
    verdict: MathsVerdict
    doubt: Doubt | None = None


def judge(answer: str, reference: str, rule: Equivalence) -> Judgement:
    """Decide what can be decided here; never raises on what a student wrote."""
    if _same_words(answer, reference):
        return Judgement(_verdict("equal", _RIGHT))
    try:
        natural = rule.task == "antiderivative" or "ln" not in answer + " " + reference
        mine = readings(in_pounds(answer) if "£" in reference else answer, natural_log=natural)
    except Unreadable as e:
        return Judgement(MathsVerdict(verdict="unreadable", why=_sentence(e.message)))
    try:
        theirs = readings(reference, natural_log=natural)
    except Unreadable:
        return Judgement(_verdict("unsure", "I cannot read the expected answer, so I cannot compare."))
    if mine[0].about and theirs[0].about and mine[0].about != theirs[0].about:
        return Judgement(_verdict("different", "That is the probability of something else than what is asked for."))
    match rule.task:
        case "units":
            return _with_latex(_judge_units(mine, theirs, rule), mine, theirs)
        case "antiderivative":
            return _with_latex(_judge_antiderivative(mine, theirs), mine, theirs)
        case _:
            return _with_latex(_judge_equivalence(mine, theirs, rule), mine, theirs)


def _same_words(answer: str, reference: str) -> bool:
    """Two answers that are the same word, such as Monday."""
    left, right = (re.sub(r"\\(?:text|mathrm|textbf|boxed)|[\s${}.]", "", t) for t in (answer, reference))
    if _CHOICE.fullmatch(right):
        chosen, wanted = _CHOICE.fullmatch(left), _CHOICE.fullmatch(right)
        return bool(chosen and wanted and chosen[1].upper() == wanted[1])
    left, right = left.lower(), right.lower()
    return left == right and left.isalpha() and len(left) > 3


def _verdict(verdict: Any, why: str, **more: str) -> MathsVerdict:
    return MathsVerdict(verdict=verdict, why=why, **more)


def _sentence(text: str) -> str:
    text = text.strip() or "I cannot read this"
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _with_latex(judged: Judgement, mine: list[Read], theirs: list[Read]) -> Judgement:
    left, right = latex(mine[0].node), latex(theirs[0].node)

    def shown(verdict: MathsVerdict) -> MathsVerdict:
        return replace(verdict, answer_latex=left, reference_latex=right)

    doubt = judged.doubt
    if doubt is not None:
        doubt = replace(doubt, when={k: shown(v) for k, v in doubt.when.items()})
    return Judgement(shown(judged.verdict), doubt)


# --- equivalence


def _judge_equivalence(mine: list[Read], theirs: list[Read], rule: Equivalence) -> Judgement:
    found: list[tuple[Finding, Node, Node]] = []
    deadline = time.thread_time() + SECONDS_MAX
    for a, b in ((a, b) for a in mine for b in theirs):
        if found and time.thread_time() > deadline:
            break
        for left, right in _pairs(a, b, mine, theirs):
            finding = _compare(left, right, rule)
            if finding.verdict == "equal":
                return _formed(left, rule)
            found.append((finding, left, right))
    if not found:
        return Judgement(_verdict("different", *_unit_trouble(mine, theirs)))
    doubtful = [(a, b) for f, a, b in found if f.verdict == "unsure"]
    if doubtful:
        return Judgement(_verdict("unsure", UNSURE), _doubt(*doubtful[0]))
    return _different(*found[0], rule, hurried=time.thread_time() > deadline)


def _pairs(a: Read, b: Read, mine: list[Read], theirs: list[Read]) -> Iterable[tuple[Node, Node]]:
    """What is to be compared when `a` and `b` are the readings: units, percent and degrees brought to one measure."""
    if a.unit is not None and b.unit is not None:
        meant = a.unit.wordy or b.unit.wordy or MONEY.dimension == a.unit.dimension
        if a.unit.dimension == b.unit.dimension and meant:
            yield _scaled(a.node, a.unit), _scaled(b.node, b.unit)
        return
    if a.unit is not None:
        if a.unit.wordy and not any(r.unit for r in theirs) and not symbols(b.node):
            yield a.node, b.node
        return
    if b.unit is not None:
        return
    if (
        a.unit is None
        and any(r.unit and r.unit.wordy for r in theirs)
        and not symbols(a.node)
        and not any(r.unit for r in mine)
    ):
        return
    yield a.node, b.node
    engineers = _with_j(a.node, b.node)
    if engineers is not None:
        yield engineers, b.node
    if a.percent and not b.percent:
        yield _each_value(a.node, lambda e: mul(e, Num(Fraction(100)))), b.node
    turns = [_has_degrees(n) for n in (a.node, b.node)]
    if (
        turns[0] != turns[1]
        and not (symbols(a.node) - _unknowns(a.node))
        and _is_rational(b.node if turns[0] else a.node)
    ):
        yield (_in_degrees(a.node), b.node) if turns[0] else (a.node, _in_degrees(b.node))


def _with_j(node: Node, other: Node) -> Node | None:
    """3 + 4j where the root of -1 is meant: the other side has it, and no letter j."""
    if symbols(node) != {"j"} or "j" in symbols(other) or not holds(other, lambda n: n == Const("i")):
        return None
    return _each_value(node, lambda e: substitute(e, "j", Const("i")))


def _scaled(node: Node, unit: Unit) -> Node:
    return _each_value(node, lambda e: mul(e, Num(unit.scale)))


def _each_value(node: Node, change: Any) -> Node:
    """The node with every value changed: right sides of x = ..., items of lists; not what is compared with a symbol."""
    if is_expr(node):
        return cast(Node, change(node))
    if isinstance(node, Rel) and isinstance(node.left, Sym):
        return Rel(node.sign, node.left, _each_value(node.right, change))
    parts = children(node)
    return rebuild(node, tuple(_each_value(p, change) for p in parts)) if isinstance(node, Group | Logic) else node


def _has_degrees(node: Node) -> bool:
    return holds(node, lambda n: isinstance(n, Mul) and Num(Fraction(1, 180)) in n.factors and PI in n.factors)


def _in_degrees(node: Node) -> Node:
    return _each_value(node, lambda e: over(mul(e, Num(Fraction(180))), PI))


def _unknowns(node: Node) -> frozenset[str]:
    return frozenset(n.left.name for n in _relations(node) if isinstance(n.left, Sym))


def _relations(node: Node) -> list[Rel]:
    if isinstance(node, Rel):
        return [node]
    return [r for p in children(node) for r in _relations(p)] if not is_expr(node) else []


def _is_rational(node: Node) -> bool:
    return not holds(node, lambda n: isinstance(n, Const))


def _compare(a: Node, b: Node, rule: Equivalence) -> Finding:
    if rule.form == "exact":
        return same_answer(_to_the_letter(a), b)  # a long decimal is that decimal, no root or fraction near it
    if rule.sigfigs is not None:
        mine, theirs = slips.listed(a), slips.listed(b)
        if mine and theirs and _same_values(mine, theirs, rule.sigfigs):
            return Finding(verdict="equal")
    return same_answer(a, b)


def _to_the_letter(node: Node) -> Node:
    if isinstance(node, Num):
        return Num(node.value)
    parts = children(node)
    return rebuild(node, tuple(map(_to_the_letter, parts))) if parts else node


def _same_values(mine: list[Expr], theirs: list[Expr], sigfigs: int) -> bool:
    """Whether each value of one list is, to so many figures, a value of the other."""
    if len(mine) != len(theirs) or len(mine) > 24 or any(symbols(e) for e in (*mine, *theirs)):
        return False
    close_enough = [[_same_value(x, y, sigfigs) for y in theirs] for x in mine]
    return all(map(any, close_enough)) and all(map(any, zip(*close_enough, strict=True)))


def _same_value(x: Expr, y: Expr, sigfigs: int) -> bool:
    """The right figures; an exact value may stand for the decimal it rounds to, more decimals than asked for may not."""
    given, expected = _number(x), _number(y)
    if given is None or expected is None:
        return False
    if _same_figures(given, expected, sigfigs):
        return True
    decimal = holds(x, lambda n: isinstance(n, Num) and n.digits > 0)
    return (
        not decimal and not isinstance(given, Fraction) and _same_figures(_rounded(given, sigfigs), expected, sigfigs)
    )


def _number(e: Expr) -> Value | None:
    try:
        return Evaluator({}).value(e)
    except Undefined:
        return None


def _same_figures(x: Value, y: Value, sigfigs: int) -> bool:
    """Whether x is y rounded to so many significant figures (or y itself)."""
    if close(x, y):
        return True
    return close(x, _rounded(y, sigfigs), 1e-12)


def _rounded(y: Value, sigfigs: int) -> Value:
    mp = context(40)
    return Fraction(str(mp.nstr(mp.mpf(1) * alike_float(y), sigfigs, strip_zeros=False)))


def alike_float(y: Value) -> Value:
    mp = context(40)
    return mp.mpf(y.numerator) / y.denominator if isinstance(y, Fraction) else y


def _formed(node: Node, rule: Equivalence) -> Judgement:
    """A right answer, looked at for its form."""
    shape = forms.shape(node, rule.form)
    if shape.why:
        return Judgement(_verdict("wrong_form", shape.why))
    right = _verdict("equal", _RIGHT)
    if not shape.factors:
        return Judgement(right)
    reducible = _verdict("wrong_form", forms.REDUCIBLE)
    return Judgement(right, Doubt("irreducible", (list(shape.factors),), {True: right, False: reducible}))


def _doubt(a: Node, b: Node) -> Doubt | None:
    """How the algebra child can be asked about two answers, if it can."""
    when = {
        "equal": _verdict("equal", _RIGHT),
        "different": _verdict("different", "That is not the same as the expected answer."),
    }
    try:
        if is_expr(a) and is_expr(b):
            return Doubt("prove", (dump(a), dump(b)), when)
        left, right = _system(a), _system(b)
        if left and right:
            return Doubt("systems", (left, right, sorted(symbols(a) | symbols(b))), when)
    except ValueError:
        return None
    return None


def _system(node: Node) -> list[Any]:
    """The equations of a system, each as what must be zero."""
    parts = (
        node.items
        if isinstance(node, Group)
        else node.parts
        if isinstance(node, Logic) and node.kind == "and"
        else (node,)
    )
    if not all(isinstance(p, Rel) and p.sign == "=" and all_relations(p) for p in parts):
        return []
    return [dump(sub(cast(Expr, p.left), cast(Expr, p.right))) for p in parts if isinstance(p, Rel)]


def _unit_trouble(mine: list[Read], theirs: list[Read]) -> tuple[str]:
    given = any(r.unit for r in mine)
    return ("Your unit measures something else than what is asked for.",) if given else ("The unit is missing.",)


def _different(finding: Finding, a: Node, b: Node, rule: Equivalence, hurried: bool = False) -> Judgement:
    slip = None if hurried else slips.find_slip(a, b)
    if rule.form == "exact" and (slip == slips.ROUNDED or same_answer(a, b).verdict == "equal"):
        return Judgement(_verdict("wrong_form", slips.ROUNDED.hint, slip=slips.ROUNDED.name))
    witness = _witness(finding, a, b)
    why = " ".join(s for s in (_because(finding, a, b, witness), slip.hint if slip else "") if s)
    return Judgement(_verdict("different", why, witness=witness, slip=slip.name if slip else ""))


def _witness(finding: Finding, a: Node, b: Node) -> str:
    """Where the two differ. The value of a numeric answer is never shown: it would be the answer."""
    if finding.at and is_expr(a) and is_expr(b) and symbols(b):
        at = ", ".join(f"{name} = {value}" for name, value in finding.at.items())
        if len(at) <= 60:
            return f"at {at} yours gives {finding.left}, the reference {finding.right}"
    return ""


def _because(finding: Finding, a: Node, b: Node, witness: str) -> str:
    if witness:
        return "Not the same: " + witness + "."
    if finding.why:
        return _sentence("not quite: " + finding.why)
    if is_expr(a) and is_expr(b) and not symbols(a) and not symbols(b):
        x, y = _number(cast(Expr, a)), _number(cast(Expr, b))
        if x is not None and y is not None:
            x, y = alike(40, x, y)
            return f"That is not the right value: it is too {'small' if x < y else 'large'}."
    return "That is not the same as the expected answer."


# --- antiderivatives


def _judge_antiderivative(mine: list[Read], theirs: list[Read]) -> Judgement:
    best: Judgement | None = None
    for left, right in ((_unnamed(a.node), _unnamed(b.node)) for a in mine for b in theirs):
        if is_expr(left) and is_expr(right):
            judged = _antiderivative(cast(Expr, left), cast(Expr, right))
            if judged.verdict.verdict == "equal":
                return judged
            best = best or judged
    return best or Judgement(_verdict("different", "An expression is expected here."))


def _unnamed(node: Node) -> Node:
    """y = x^2 + c as what y is."""
    match node:
        case Rel("=", Sym(name), right) if name not in symbols(right):
            return right
    return node


def _antiderivative(mine: Expr, theirs: Expr) -> Judgement:
    name = _variable(theirs)
    try:
        f, g = derivative(mine, name), derivative(theirs, name)
    except Undefined:
        return Judgement(_verdict("unsure", UNSURE))
    found = same_function(f, g)
    if found.verdict == "different":
        return _wrong_rate(found, mine, theirs, f, g, name)
    if found.verdict == "unsure":
        doubt = _doubt(f, g) if _constants(mine, f, name) == 1 else None
        return Judgement(_verdict("unsure", UNSURE), doubt)
    constants = _constants(mine, f, name)
    if constants == 0:
        return Judgement(_slipped(slips.CONSTANT, "The derivative is right."))
    if constants > 1:
        return Judgement(_verdict("different", "One arbitrary constant is enough: you have more."))
    if _misses_domain(mine, theirs, name):
        return Judgement(_slipped(slips.MODULUS, "Nearly right."))
    return Judgement(_verdict("equal", _RIGHT))


def _slipped(slip: Slip, why: str) -> MathsVerdict:
    return _verdict("different", f"{why} {slip.hint}", slip=slip.name)


def _variable(e: Expr) -> str:
    names = symbols(e)
    for name in ("x", "t", "theta", "y", "z", "u", "s", "r", "v", "w"):
        if name in names:
            return name
    rest = sorted(names - {"c", "C", "k", "K", "A"})
    return rest[0] if rest else "x"


def _constants(e: Expr, rate: Expr, name: str) -> int:
    """How many letters only shift the function: it depends on them, its derivative `rate` does not."""
    return sum(_depends(e, n) and not _depends(rate, n) for n in symbols(e) - {name})


def _depends(e: Expr, letter: str) -> bool:
    moved = substitute(e, letter, add(mul(Num(Fraction(3)), Sym(letter)), Num(Fraction(1))))
    return letter in symbols(e) and same_function(e, moved).verdict != "equal"


def _misses_domain(mine: Expr, theirs: Expr, name: str) -> bool:
    """Whether the reference has values where the student's function has none: ln x instead of ln|x|."""
    gaps = 0
    for k in (-7, -3, -1, 1, 3, 7):
        x = Fraction(k * 61, 97)
        env = {n: Fraction(3, 2) for n in symbols(mine) | symbols(theirs)} | {name: x}
        if _defined(theirs, env) and not _defined(mine, env):
            gaps += 1
    return gaps >= 2


def _defined(e: Expr, env: dict[str, Fraction]) -> bool:
    try:
        Evaluator(env).value(e)
    except Undefined:
        return False
    return True


def _wrong_rate(found: Finding, mine: Expr, theirs: Expr, f: Expr, g: Expr, name: str) -> Judgement:
    slip = _integration_slip(mine, theirs, g, name)
    at = next(iter(found.at.values()), None) if len(found.at) == 1 else None
    witness = (
        f"at {name} = {at} the derivative of yours is {found.left}, it should be {found.right}"
        if at is not None and len(str(at)) < 12
        else ""
    )
    why = "Differentiate your answer: it does not give the integrand back." + (
        f" {witness[0].upper()}{witness[1:]}." if witness else ""
    )
    return Judgement(
        _verdict("different", f"{why} {slip.hint}" if slip else why, witness=witness, slip=slip.name if slip else "")
    )


def _integration_slip(mine: Expr, theirs: Expr, rate: Expr, name: str) -> Slip | None:
    bare = [_without_constant(e, name) for e in (mine, theirs)]
    try:
        if same_function(bare[0], derivative(rate, name)).verdict == "equal":
            return Slip("differentiated instead", "You have differentiated; integrate instead.")
    except Undefined:
        pass
    return slips.find_slip(bare[0], bare[1])


def _without_constant(e: Expr, name: str) -> Expr:
    terms = getattr(e, "terms", (e,))
    return add(*(t for t in terms if name in symbols(t)))


# --- units


def _judge_units(mine: list[Read], theirs: list[Read], rule: Equivalence) -> Judgement:
    expected = next((r for r in theirs if r.unit is not None), None)
    given = next((r for r in mine if r.unit is not None), None)
    if expected is None or expected.unit is None:
        return _judge_equivalence(mine, theirs, rule)
    if given is None or given.unit is None:
        plain = is_expr(mine[0].node) and not symbols(mine[0].node)
        why = "The unit is missing." if plain else "A number with its unit is expected."
        return Judgement(_verdict("different", why, slip="missing unit" if plain else ""))
    if given.unit.dimension != expected.unit.dimension:
        return Judgement(
            _verdict("different", "Your unit measures something else than what is asked for.", slip="wrong unit")
        )
    if not is_expr(given.node) or not is_expr(expected.node):
        return Judgement(_verdict("different", "A number with its unit is expected."))
    return _same_quantity(_scaled(given.node, given.unit), _scaled(expected.node, expected.unit), rule)


def _same_quantity(a: Node, b: Node, rule: Equivalence) -> Judgement:
    finding = _compare(a, b, rule)
    if finding.verdict == "equal":
        return Judgement(_verdict("equal", _RIGHT))
    if finding.verdict == "unsure":
        return Judgement(_verdict("unsure", UNSURE), _doubt(a, b))
    return _different(finding, a, b, rule)

"""What a question asks for: the task in its words, the mathematics in it as trees; nothing is solved here."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, cast

from cas.applied_questions import read_applied
from cas.further_questions import is_beyond, must_be_whole, read_further
from cas.latex import latex
from cas.parser import Reading, parse
from cas.syntax import (
    Add,
    Const,
    Expr,
    Group,
    Logic,
    Mul,
    Node,
    Num,
    Pow,
    Rel,
    Sym,
    dump,
    is_expr,
    symbols,
)
from cas.tokens import Unreadable

QUESTION_CHARS_MAX = 600


@dataclass(frozen=True, slots=True)
class Question:
    """`task` is a method of the solver, `name` how the task is called to a student, `trees` are dumped nodes."""

    task: str
    name: str
    trees: tuple[Any, ...]
    extra: dict[str, Any] = field(default_factory=dict)


_VERBS: tuple[tuple[str, str, str], ...] = (
    # task, name, words that ask for it; the first match wins
    ("stationary", "find the stationary points", r"stationary points?|turning points?|(?:local |global )?(?:maxim|minim)(?:um|a|ise|ize)\b(?: and (?:maxim|minim)\w+)?(?: points?)?|critical points?"),
    ("complete_the_square", "complete the square", r"complet(?:e|ing) the square(?: (?:of|for|on|in))?|(?:in )?completed?[- ]squared? form|in the form a\(x ?[+-] ?[a-z]\)\^?²?2? ?[+-] ?[a-z]"),
    ("partial_fractions", "split into partial fractions", r"(?:into |in |as )?partial fractions?"),
    ("binomial", "expand by the binomial theorem", r"binomial (?:expansion|theorem|series)(?: of| for)?|ascending powers|expand(?=.*\b(?:up to|as far as|including)\b.*[a-z](?:\^|[²³⁴⁵]))"),
    ("arithmetic", "sum of an arithmetic series", r"arithmetic (?:series|progression|sequence)"),
    ("geometric", "sum of a geometric series", r"geometric (?:series|progression|sequence)|sum to infinity"),
    ("differentiate", "differentiate", r"differentiat(?:e|ing|ion of)|(?:first |second |third )?derivatives?(?: of)?|d\^?2?²?y?\s*/\s*dx\^?2?²?|\\frac\{d\^?2?y?\}\{dx\^?2?\}|gradient(?: function)?(?: of)?|slope(?: of)?|rate of change(?: of)?|f'\(x\)"),
    ("integrate", "integrate", r"integrat(?:e|ing|ion of)|(?:indefinite |definite )?integral(?: of)?|antiderivative(?: of)?|∫|\\int(?![a-z])"),
    ("factorise", "factorise", r"factori[sz](?:e|ing|ation of)(?: fully| completely)?|(?:fully |completely )factori[sz]e|factor\b(?: (?:fully|completely))?"),
    ("expand", "expand", r"expand(?:ing)?(?: and simplify)?|multiply out|expansion of|remove the brackets"),
    ("equation", "solve", r"solv(?:e|ing)|roots? of|solutions? (?:of|to)|find (?:all |the )?(?:real )?(?:values?|solutions?) (?:of|for)|zeros? of|(?:what|for which) (?:is|are|values? of) [a-z]\b|(?:find|work out) [a-z]\b(?! *[-+*/^²³(]| *(?!if\b|when\b|given\b|such\b)[a-z])"),
    ("simplify", "simplify", r"simplif(?:y|ying|ication of)|rationali[sz]e(?: the denominator(?: of)?)?|(?:write|express|give)(?=.*\brational denominator)"),
    ("sketch", "sketch the graph", r"(?:sketch|plot|draw|graph)(?:ing)?(?: me)?(?: (?:the|a|an))?(?: (?:graph|curve|function|line|parabola))?(?: (?:of|for|with equation))?(?= )|(?:graph|curve|plot) of"),
    ("evaluate", "evaluate", r"evaluat(?:e|ing)|calculate|comput(?:e|ing)|work out|(?:find |what is )(?:the )?(?:exact )?value of|what(?:'s| is)|how much is"),
)  # fmt: skip
_SPOKEN = (
    (r"(?:the )?(?:positive )?square root of\s*", " sqrt "), (r"(?:the )?cube root of\s*", " cbrt "), (r"\bsquared\b", "^2"), (r"\bcubed\b", "^3"),
    (r"\bto the power (?:of )?", "^"), (r"\bplus\b", "+"), (r"\bminus\b", "-"), (r"\b(?:times|multiplied by)\b", "*"), (r"\bdivided by\b", "/"),
    (r"\bequals?(?: to)?\b|\bis equal to\b", "="), (r"\b(?:is )?(?:greater|more) than or equal to\b", ">="), (r"\b(?:is )?less than or equal to\b", "<="),
    (r"\b(?:is )?(?:greater|more) than\b", ">"), (r"\b(?:is )?less than\b", "<"),
)  # fmt: skip
_FORM = re.compile(r"\b(?:in|into) the form .*?(?=\bby\b|\bwhere\b|,|;|$)")
_SHORT_WORDS = {
    "of",
    "to",
    "in",
    "is",
    "as",
    "at",
    "by",
    "me",
    "so",
    "it",
    "an",
    "on",
    "do",
    "my",
    "we",
    "us",
    "up",
    "no",
    "if",
    "be",
    "he",
    "go",
    "am",
    "hi",
    "ok",
    "or",
    "and",
    "the",
    "for",
}
_LONGER_WORDS = {
    "using",
    "since",
    "single",
    "sing",
    "cosine",
    "rising",
    "cost",
    "costs",
    "login",
    "exam",
    "span",
    "raising",
    "sine",
    "tang",
}
_RUN = re.compile(r"\\?[A-Za-z]{2,}")
_MATHS_PARTS = re.compile(
    r"arc(?:sin|cos|tan)|sinh|cosh|tanh|cosec|sin|cos|tan|sec|csc|cot|sqrt|cbrt|exp|log|ln|abs|theta|alpha|beta|lambda|omega|pi|infinity|inf|deg"
)
_NAMED = re.compile(r"^\s*(?:[a-zA-Z]\s*\(\s*[a-zθ]\s*\)|[ysvf])\s*=(?!=)")
_WRT = re.compile(r"(?:with respect to|w\.?r\.?t\.?|in terms of) ([a-zθ])\b")
_LIMITS = re.compile(
    r"(?:\bfrom|\bbetween)\s+(?:[a-z]\s*=\s*)?(.+?)\s+(?:to|and)\s+(?:[a-z]\s*=\s*)?([^\s,?]+(?:\s*/\s*\w+)?)"
)
_AT = re.compile(r"(?:\bat|\bwhen|\bfor|\bif|\bwhere|\bwith)\s+((?:[a-z]\s*=\s*[^\s,]+(?:\s*(?:,|and)\s*)?)+)")
_RANGE = re.compile(
    r"(?:(?:\bfor|\bin|\bwhere|\bwhen|,)\s+)?(?:the (?:interval|range) )?(-?[\dπ./]*(?:pi|π|°)?\s*°?)\s*(?:<=|≤|<|\\le(?:q)?)\s*([a-zθ]|theta|\\theta)\s*(?:<=|≤|<|\\le(?:q)?)\s*(-?[\d./]*\s*(?:pi|π|°|\\pi)?\s*°?)"
)
_SPAN = re.compile(
    r"(?:\bfor|\bin|\bover|\bon|\bfrom|\bbetween|\bwhere|,)\s+(?:[xtθ]\s+)?(?:is\s+)?(?:in\s+)?(?:the\s+)?(?:interval|range|domain|between|from)?\s*"
    r"[\[(]?\s*(-?[\dπ./]*(?:pi|π)?\s*°?)\s*(?:\bto\b|\band\b|,)\s*(-?[\d./]*\s*(?:pi|π)?\s*°?)\s*[\])]?(?=\s|$)"
)
_PRONOUN = re.compile(r"(?<![\w^+*/=(-])[iI](?:'m|'ve|'d)?(?=\s+(?!(?:sin|cos|tan|sqrt|ln|log|exp)\b)[a-z]{2,})")
_TURNS = re.compile(r"sin|cos|tan|sec|cot")


def read_question(text: str) -> Question | None:
    """None when the words hold no task that is known, or the mathematics in them cannot be read."""
    if len(text) > QUESTION_CHARS_MAX or not text.strip():
        return None
    plain = _in_signs(_plain(text))
    if is_beyond(plain):
        return None
    for read in (read_further, read_applied):
        try:
            told = read(plain)
        except Unreadable:
            told = None
        if told is not None:
            return Question(*told)
    if must_be_whole(plain):
        return None
    for task, name, words in _VERBS:
        found = re.search(rf"(?<![a-z])(?:{words})", plain, re.I)
        if found is None:
            continue
        try:
            asked = _READERS.get(task, _expression)(task, name, plain, found)
        except Unreadable:
            asked = None
        if asked is not None:
            return asked
    return _bare(plain)


def _plain(text: str) -> str:
    """The question on one line, without the signs that set mathematics apart and the mark at its end."""
    text = re.sub(r"\\\[|\\\]|\\\(|\\\)|\$+|`+|\*\*(?=[A-Za-z ]+\*\*)", " ", text)
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"(?:\.\.+|…)", " ", text)
    text = _PRONOUN.sub(" ", text)
    return re.sub(r"[?.\s]+$|(?<=[a-z]{3})!+$", "", text).strip()


_EVERYDAY = (
    # what is meant, in signs: percentages, values at a point, and angles that can only be degrees
    (r"(\d+(?:\.\d+)?)\s*(?:%|per ?cent)\s+of\s+[£$€]?(\d+(?:\.\d+)?)", r"(\1/100)*\2"),
    (r"^(.*?\b)increase[sd]?\s+[£$€]?(\d+(?:\.\d+)?)\s+by\s+(\d+(?:\.\d+)?)\s*(?:%|per ?cent)", r"\1 work out \2*(1+\3/100)"),
    (r"^(.*?\b)(?:decrease[sd]?|reduce[sd]?)\s+[£$€]?(\d+(?:\.\d+)?)\s+by\s+(\d+(?:\.\d+)?)\s*(?:%|per ?cent)", r"\1 work out \2*(1-\3/100)"),
    (r"\b(?:find|work out|what is|what's)\s+the\s+value\s+of\b(?=.*\b(?:when|if|at|for|where)\s+[a-z]\s*=)", "evaluate"),
    (r"\b(?:convert|change|write|turn|give)\s+(\d+/\d+)\s+(?:in)?(?:to|as)\s+an?\s+decimal(?: number| fraction)?", r"evaluate \1"),
    (r"\b(sin|cos|tan)\s*\(?\s*(\d+(?:\.\d+)?)\s*\)?\s*(?:degrees?|deg)\b", r"\1(\2°)"),
    (r"\bnormal(?:ly)?(?: distribut(?:ed|ion))?\s+with\s+(?:a )?mean\s+(?:of )?(-?[\d.]+)\s*\w*\s+and\s+(?:a )?(?:standard deviation|sd|s\.d\.)\s+(?:of )?([\d.]*\d)", r" X ~ N(\1, \2^2) "),
    (r"\bnormal(?:ly)?(?: distribut(?:ed|ion))?\s+with\s+(?:a )?mean\s+(?:of )?(-?[\d.]+)\s*\w*\s+and\s+(?:a )?variance\s+(?:of )?([\d.]*\d)", r" X ~ N(\1, \2) "),
    (r"\bbinomial(?:ly)?(?: distribut(?:ed|ion))?,?\s+with\s+n\s*=\s*(\d+)\s*(?:,|and)\s*p\s*=\s*([\d.]*\d)", r" X ~ B(\1, \2) "),
)  # fmt: skip
_TURN = re.compile(r"\b(sin|cos|tan)\s*\(?\s*(\d{2,3})\s*\)?(?![\w.°^*/(]|\s*(?:[a-z°(]|degrees?|rad))", re.IGNORECASE)


def _in_signs(text: str) -> str:
    """Everyday words for a calculation as the calculation. The sine of 30 is that of 30 degrees: nobody asks for that of
    30 radians without saying so."""
    for words, signs in _EVERYDAY:
        text = re.sub(words, signs, text, flags=re.IGNORECASE)
    if not re.search(r"\brad(?:ian)?s?\b|π|\bpi\b", text, re.IGNORECASE):
        text = _TURN.sub(lambda m: f"{m[1]}({m[2]}°)" if int(m[2]) % 15 == 0 else m[0], text)
    return text


def _bare(text: str) -> Question | None:
    """No word at all: an equation is to be solved, a number worked out."""
    if re.search(r"[A-Za-z]{3,}", re.sub(r"\\[a-z]+|sin|cos|tan|sec|cot|cosec|log|exp|sqrt|and|theta|pi\b", "", text)):
        return None
    try:
        node = parse(text, Reading(log_base="e"))
    except Unreadable:
        return None
    if _is_equation(node) and symbols(node):
        return _with_equations("solve", node, text)
    if is_expr(node) and not symbols(node) and not isinstance(node, Num | Const):
        return Question("evaluate", "evaluate", (dump(node),), {"latex": latex(node)})
    return None


# --- finding the mathematics among the words


def _mathematics(text: str) -> list[str]:
    """Stretches of the text without English words, the longest first."""
    for spoken, sign in _SPOKEN:
        text = re.sub(spoken, sign, text, flags=re.I)
    pieces, begin = [], 0
    for run in _RUN.finditer(text):
        if _is_word(run[0]):
            pieces.append(text[begin : run.start()])
            begin = run.end()
    pieces.append(text[begin:])
    tidy = [p.strip(" ,:;.?'\"") for piece in pieces for p in (piece, *re.split(r"[;:]|\. ", piece))]
    return sorted((p for p in dict.fromkeys(tidy) if _tells(p)), key=len, reverse=True)


def _is_word(run: str) -> bool:
    if run.startswith("\\"):
        return False
    if run.lower() in _SHORT_WORDS or run.lower() in _LONGER_WORDS:
        return True
    rest = _MATHS_PARTS.sub("", run)
    return len(rest) > 2 and not (len(rest) == 3 and set(rest) <= set("abcxyz"))


def _tells(piece: str) -> bool:
    """Whether a stretch can be mathematics: more than a stray article."""
    return bool(re.search(r"[\d^=+*/<>]|[xyztnuθ]\b|\\[a-z]", piece))


def _first(text: str, fits: Callable[[Node], bool]) -> Node:
    for piece in _mathematics(text):
        piece = _NAMED.sub("", piece) if fits is _is_expression else piece
        try:
            node = parse(piece, Reading(log_base="e"))
        except Unreadable:
            continue
        if fits(node):
            return node
    raise Unreadable


def _is_expression(node: Node) -> bool:
    return is_expr(node)


def _is_equation(node: Node) -> bool:
    match node:
        case Rel(_, left, right):
            return is_expr(left) and is_expr(right)
        case Group("list", items) | Logic("and", items):
            return all(isinstance(i, Rel) and _is_equation(i) for i in items)
    return False


def _without(text: str, *found: re.Match[str] | None) -> str:
    for match in found:
        if match is not None:
            text = text.replace(match[0], " ", 1)
    return text


def _value(text: str) -> Expr:
    node = parse(text.strip(" ,."), Reading(log_base="e"))
    if not is_expr(node):
        raise Unreadable
    return cast(Expr, node)


# --- one reader a kind of task


def _expression(task: str, name: str, text: str, found: re.Match[str]) -> Question | None:
    at = _AT.search(text) if task == "evaluate" else None
    body = _FORM.sub(" ", _without(text, found, at))
    node = cast(Expr, _first(body, _is_expression))
    extra: dict[str, Any] = {"latex": latex(node), "at": _points(at[1]) if at else {}}
    if task == "evaluate" and symbols(node) - set(extra["at"]):
        return None
    if task != "evaluate" and not symbols(node) and task != "simplify" and task != "expand":
        return None
    return Question(task, name, (dump(node),), extra)


def _sketch(task: str, name: str, text: str, found: re.Match[str]) -> Question | None:
    """Of one letter; what else is asked for ("showing where it crosses the axes") comes with every sketch."""
    body = re.split(r"\b(?:showing|stating|marking|and (?:show|mark|state|label|find|give))\b", _without(text, found))[
        0
    ]
    span = _RANGE.search(body)
    extra: dict[str, Any] = {}
    if span and span[1].strip() and span[3].strip():
        body, extra = body.replace(span[0], " ", 1), {"low": dump(_turn(span[1])), "high": dump(_turn(span[3]))}
    node = cast(Expr, _first(body, _is_expression))
    return Question(task, name, (dump(node),), {"latex": latex(node)} | extra) if len(symbols(node)) == 1 else None


def _points(text: str) -> dict[str, Any]:
    return {n: dump(_value(v)) for n, v in re.findall(r"([a-z])\s*=\s*([^\s,]+)", text)}


def _differentiate(task: str, name: str, text: str, found: re.Match[str]) -> Question | None:
    variable = _WRT.search(text)
    at = re.search(r"\b(?:at|when|where)\s+([a-xz])\s*=\s*(-?[\d./]*(?:pi|π|e)?(?:/\d+)?)(?=[\s,]|$)", text)
    order = 2 if re.search(r"second derivative|twice|d\^?2\s*y|d²y", text) else 3 if "third derivative" in text else 1
    body = re.sub(r"\bd\^?2?²?y?/dx\^?2?²?\s*(?:=|of)?", " ", _without(text, found, variable, at))
    node = cast(Expr, _first(body, _is_expression))
    if not symbols(node):
        return None
    extra: dict[str, Any] = {"latex": latex(node), "order": order, "at": {at[1]: dump(_value(at[2]))} if at else {}}
    return Question(task, name, (dump(node),), extra | _variable(variable))


def _variable(found: re.Match[str] | None) -> dict[str, Any]:
    return {"variable": found[1].replace("θ", "theta")} if found else {}


def _integrate(task: str, name: str, text: str, found: re.Match[str]) -> Question | None:
    variable = _WRT.search(text)
    extra: dict[str, Any] = _variable(variable)
    limits = _LIMITS.search(text)
    body = re.sub(
        r"\b(?:using|with|by)\b[^∫\\]*\b(?:parts|substitution|fractions|rule)\b.*$",
        " ",
        _without(text, found, variable, limits),
    )
    marks = (
        re.search(r"(?:\\int|∫)?\s*_\{?([^{}^\s]+)\}?\s*\^\{?([^{}\s]+)\}?", body)
        if re.search(r"\\int|∫|integral", text) and "_" in body
        else None
    )
    if marks:
        body, limits = body.replace(marks[0], " ", 1), marks
    if limits:
        extra |= {"low": dump(_value(limits[1])), "high": dump(_value(limits[2]))}
    ending = re.search(r"\s*\\?,?\s*d([a-zθ])\s*$", body.strip())
    if ending:
        body = body.strip()[: ending.start()]
        extra.setdefault("variable", ending[1].replace("θ", "theta"))
    node = cast(Expr, _first(body, _is_expression))
    return Question(task, name, (dump(node),), extra | {"latex": latex(node)})


def _equation(task: str, name: str, text: str, found: re.Match[str]) -> Question | None:
    span = _RANGE.search(text)
    extra: dict[str, Any] = {}
    body = _without(text, found)
    if span and span[1].strip() and span[3].strip() and "=" in body.replace(span[0], ""):
        body = body.replace(span[0], " ", 1)
        extra = {"low": dump(_turn(span[1])), "high": dump(_turn(span[3])), "degrees": _in_degrees(span)}
    told = _SPAN.search(body) if not extra and _TURNS.search(body) else None
    if told:
        body = body.replace(told[0], " ", 1)
        extra = {"low": dump(_turn(told[1])), "high": dump(_turn(told[2])), "degrees": _in_degrees(told)}
    body = re.sub(r"\bfor ([a-zθ])\b(?!\s*=)", " ", body)
    try:
        node = _first(re.sub(r"\s+and\s+", ", ", body), _is_equation)
    except Unreadable:
        if not re.search(r"roots?|zeros?", found[0]):
            return None
        node = Rel("=", _first(body, _is_expression), Num(Fraction(0)))
    return _with_equations(name, node, body, extra) if symbols(node) else None


def _in_degrees(span: re.Match[str]) -> bool:
    high = span[span.re.groups]
    return "°" in span[0] or (not re.search(r"pi|π", span[0]) and bool(re.search(r"\d{2,}", high)))


def _turn(text: str) -> Expr:
    """A bound of an interval, its degree sign taken off."""
    return _value(text.replace("°", ""))


def _with_equations(name: str, node: Node, text: str, extra: dict[str, Any] | None = None) -> Question | None:
    items = node.items if isinstance(node, Group) else node.parts if isinstance(node, Logic) else (node,)
    kept = [i for i in items if isinstance(i, Rel)]
    if len(kept) > 4 or any(i.sign not in ("=", "<", "<=", ">", ">=") for i in kept):
        return None
    if len(kept) > 1 and any(i.sign != "=" for i in kept):
        return None
    return Question("equation", name, tuple(dump(i) for i in kept), {"latex": latex(node)} | (extra or {}))


def _series(task: str, name: str, text: str, found: re.Match[str]) -> Question | None:
    """First term, difference or ratio, and how many terms: named, or seen from the terms that are given."""
    numbers = re.search(r"(-?[\d./]+)\s*(?:,|\+)\s*(-?[\d./]+)\s*(?:,|\+)\s*(-?[\d./]+)", text)
    first = _named(text, r"first term(?: is| of| a)?|\ba") or (_value(numbers[1]) if numbers else None)
    step_words = r"common difference(?: is| of| d)?|\bd" if task == "arithmetic" else r"common ratio(?: is| of| r)?|\br"
    step = _named(text, step_words) or (_seen_step(task, numbers) if numbers else None)
    count = _count(text)
    if (
        first is None
        or step is None
        or count is None
        or not all(isinstance(e, Num | Const | Sym | Mul | Add | Pow) for e in (first, step))
    ):
        return None
    wants_term = bool(re.search(r"\b\d+(?:st|nd|rd|th) term(?! is)|\bnth term", text)) and "sum" not in text
    return Question(task, name, (dump(first), dump(step), dump(count)), {"term": wants_term})


def _named(text: str, words: str) -> Expr | None:
    found = re.search(rf"(?:{words})\s*(?:=|is|of|:)?\s*(-?\d+(?:\.\d+)?(?:/\d+)?)", text)
    return _value(found[1]) if found else None


def _seen_step(task: str, terms: re.Match[str]) -> Expr | None:
    a, b, c = (_number(terms[i]) for i in (1, 2, 3))
    if task == "arithmetic":
        return Num(b - a) if c - b == b - a else None
    return Num(b / a) if a and b and c / b == b / a else None


def _number(text: str) -> Fraction:
    if re.fullmatch(r"-?\d{1,9}/[1-9]\d{0,8}", text):
        return Fraction(text)
    value = _value(text.rstrip("."))
    if isinstance(value, Num):
        return value.value
    if (
        isinstance(value, Mul)
        and len(value.factors) == 2
        and isinstance(value.factors[0], Num)
        and isinstance(value.factors[1], Pow)
        and isinstance(value.factors[1].base, Num)
    ):
        return value.factors[0].value / value.factors[1].base.value
    raise Unreadable


def _count(text: str) -> Expr | None:
    if re.search(r"sum to infinity|infinite", text):
        return Const("inf")
    for pattern in (
        r"first (\d+|n) terms?",
        r"\b(\d+|n)(?:st|nd|rd|th) term",
        r"(\d+|n) terms?",
        r"\bn\s*=\s*(\d+)",
        r"S_\{?(\d+)",
    ):
        found = re.search(pattern, text)
        if found:
            return Sym("n") if found[1] == "n" else Num(Fraction(int(found[1][:6])))
    return Sym("n")


def _binomial(task: str, name: str, text: str, found: re.Match[str]) -> Question | None:
    order = re.search(r"(?:up to|as far as|including)[^x]*x\s*(?:\^\s*\{?(\d)|([²³⁴⁵]))", text)
    body = _without(text, found, order)
    body = re.sub(r"\bexpand\b|\bascending powers.*$|\bup to.*$|\bin\b.*powers.*$|\bfirst \w+ terms\b", " ", body)
    node = cast(Expr, _first(body, _is_expression))
    power = int(order[1] or "²³⁴⁵".index(order[2]) + 2) if order else 3
    return Question(task, name, (dump(node),), {"latex": latex(node), "order": power}) if symbols(node) else None


_READERS: dict[str, Callable[[str, str, str, re.Match[str]], Question | None]] = {
    "sketch": _sketch,
    "differentiate": _differentiate,
    "integrate": _integrate,
    "equation": _equation,
    "arithmetic": _series,
    "geometric": _series,
    "binomial": _binomial,
}

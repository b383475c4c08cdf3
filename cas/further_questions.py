"""Questions about circles and lines, regions, parametric and implicit curves, quadratics with a letter, remainders,
composite functions, estimates and events; nothing is solved here."""

import re
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any, cast

from cas.latex import latex
from cas.parser import Reading, parse
from cas.syntax import Const, Expr, Node, Rel, dump, is_expr, number, sub, symbols

Asked = tuple[str, str, tuple[Any, ...], dict[str, Any]]  # the fields of a Question

_VALUE = r"-?\d+(?:\.\d+)?"
_POINT = rf"\(\s*({_VALUE}(?:/\d+)?)\s*,\s*({_VALUE}(?:/\d+)?)\s*\)"
_WHERE = r"\s*,?\s*(?:where|if|when|for|given(?: that)?|such that|with|and)?\s*:?\s*"


def read_further(text: str) -> Asked | None:
    """What is asked for, or None. Raises Unreadable."""
    for reader in _READERS:
        asked = reader(text)
        if asked is not None:
            return asked
    return None


def is_beyond(text: str) -> bool:
    """Whether it asks for what is not done here, so that nothing else in its words may be taken for the task."""
    return bool(_BEYOND.search(text)) and not re.search(r"\bfactor\b", text)


_BEYOND = re.compile(
    r"\binduction\b|\bprove\b|\bproof\b|\bdisprove\b|differential equation|\bd(?:y|x|v|P|N)\s*/\s*d[xt]\s*=[^=]*\by\b.*\bsolv|\bsolv\w*\b.*\bd[yvPN]\s*/\s*d[xt]\b"
    r"|hypothesis test|significance level|newton[- ]?raphson|\biterat|\bmaclaurin|\btaylor|confidence interval|\bregression\b|\bcorrelation\b"
    r"|\bsimpson|volume of revolution|\brotated\b|\bargand\b|\bde moivre|\beigen|\bprojectile\b|\bprojected\b|\bmoment\b|\bfriction\b|\btension\b",
    re.I,
)


def must_be_whole(text: str) -> bool:
    """Whether it names a method that is known, so that a question that could not be read is not taken for another."""
    return bool(
        re.search(
            r"\btrapez\w+ rule\b|\bremainder\b|\bimplicit|\bparametric|\bfactor of\b(?!.*\b(?:factori[sz]e|hence|solve)\b)|\bdiscriminant\b|[fg]['′’]+\s*\(\s*-?\d",
            text,
        )
    )


def _node(text: str) -> Node:
    return parse(text.strip(" ,.?;:"), Reading(log_base="e"))


def _expr(text: str) -> Expr | None:
    node = _node(re.sub(r"^\s*(?:the )?(?:curves?|lines?|graphs?)?\s*(?:[yf]|[a-z]\s*\(\s*x\s*\))\s*=", "", text))
    return cast(Expr, node) if is_expr(node) else None


def _zero(text: str) -> Expr | None:
    """An equation as what is zero."""
    node = _node(text)
    if not isinstance(node, Rel) or node.sign != "=" or not is_expr(node.left) or not is_expr(node.right):
        return None
    return sub(cast(Expr, node.left), cast(Expr, node.right))


def _num(text: str) -> list[Any]:
    return dump(_node(text))


# --- functions

_FUNCTION = r"([fgh])\s*\(\s*x\s*\)\s*=\s*(.+?)"


def _at_a_point(text: str) -> Asked | None:
    """f'(2), f''(x) or f(3) of a function that is told."""
    asked = re.search(r"(?<![a-z])([fgh])\s*(['′’]{0,2})\s*\(\s*([^()=]{1,12})\s*\)(?!\s*=)", text)
    told = re.search(rf"(?<![a-z]){_FUNCTION}(?:\s*[,;.]|\s+(?:find|work out|calculate|evaluate|what)\b|$)", text)
    if not asked or not told or asked[1] != told[1] or "sketch" in text or "inverse" in text:
        return None
    e, at = _expr(told[2]), _expr(asked[3])
    if e is None or at is None or symbols(e) != {"x"} or (symbols(at) and asked[3].strip() != "x"):
        return None
    point = {} if symbols(at) else {"x": dump(at)}
    if asked[2]:
        return "differentiate", "differentiate", (dump(e),), {"latex": latex(e), "order": len(asked[2]), "at": point}
    return ("evaluate", "evaluate", (dump(e),), {"latex": latex(e), "at": point}) if point else None


def _composite(text: str) -> Asked | None:
    told = dict(re.findall(rf"(?<![a-z]){_FUNCTION}(?=\s*(?:[,;.]|\band\b|\bfind\b|\bwork\b|\bwhat\b|$))", text))
    asked = re.search(r"(?<![a-z])([fgh])\s*\(?\s*([fgh])\s*\(\s*([^()=]{1,12})\s*\)\s*\)?(?!\s*=)", text)
    if len(told) < 1 or not asked or not {asked[1], asked[2]} <= set(told):
        return None
    outer, inner, at = _expr(told[asked[1]]), _expr(told[asked[2]]), _expr(asked[3])
    if outer is None or inner is None or at is None or symbols(at) - {"x"}:
        return None
    return (
        "composite",
        "put one function into the other",
        (dump(outer), dump(inner), dump(at)),
        {"names": [asked[1], asked[2]]},
    )


def _parametric(text: str) -> Asked | None:
    found = re.search(
        r"\bx\s*=\s*(.+?)\s*(?:,|\band\b|;)\s*y\s*=\s*(.+?)(?=\s*[,;.]?\s*(?:find|work out|what|show|$))", text
    )
    if not found or not re.search(r"dy\s*/\s*dx|gradient", text):
        return None
    x, y = _expr(found[1]), _expr(found[2])
    if x is None or y is None or symbols(x) != symbols(y) or len(symbols(x)) != 1 or symbols(x) & {"x", "y"}:
        return None
    return "parametric", "differentiate parametrically", (dump(x), dump(y)), {}


def _implicit(text: str) -> Asked | None:
    if not re.search(r"dy\s*/\s*dx|implicit", text) or re.search(r"dy\s*/\s*dx\s*=", text):
        return None
    body = re.sub(
        r"\b(?:implicit(?:ly)?|differentiate|find|work out|dy\s*/\s*dx|if|for|when|given(?: that)?|where|the curve|of|in terms of.*$|using.*$|by.*$)\b|^[\s:]+",
        " ",
        text,
    )
    body = re.sub(r"dy\s*/\s*dx", " ", body)
    e = _zero(body.strip(" :,")) if body.count("=") == 1 and not re.search(r"[a-zA-Z]{5,}", body) else None
    if e is None or symbols(e) != {"x", "y"} or re.match(r"\s*y\s*=", body.strip(" :,")):
        return None
    return "implicit", "differentiate implicitly", (dump(e),), {"latex": latex(_node(body.strip(" :,")))}


def _inverse(text: str) -> Asked | None:
    told = re.search(rf"(?<![a-z]){_FUNCTION}(?=\s*(?:[,;]|\.\s|\bfind\b|\bwork\b|\bwhat\b|$))", text)
    if not told or not re.search(rf"{told[1]}\s*\^?\s*(?:\{{?\(?-1\)?\}}?|⁻¹)\s*\(\s*x\s*\)(?!\s*=)|\binverse\b", text):
        return None
    e = _expr(told[2])
    if e is None or symbols(e) != {"x"}:
        return None
    return "inverse_function", "find the inverse function", (dump(e),), {"latex": latex(e)}


# --- quadratics and polynomials


def _discriminant(text: str) -> Asked | None:
    found = re.search(r"\bdiscriminant of\s+(?:the )?(?:quadratic|equation|expression)?\s*(.+)$", text)
    if not found:
        return None
    e = _zero(found[1]) if "=" in found[1] else _expr(found[1])
    return ("discriminant", "find the discriminant", (dump(e),), {"latex": latex(e)}) if e is not None else None


_ROOTS = (
    (
        "=",
        r"\b(?:equal|repeated|coincident|exactly one (?:real )?|one (?:real )?|a (?:double|repeated))\s*(?:real )?(?:roots?|solutions?)|\btangent",
    ),
    ("<", r"\bno (?:real )?(?:roots?|solutions?)"),
    (">", r"\b(?:two )?(?:distinct|different|two) (?:real )?(?:roots?|solutions?)"),
    (">=", r"\breal (?:roots?|solutions?)"),
)


def _kinds_of_roots(text: str) -> Asked | None:
    wanted = re.search(r"\b(?:values?|range|set)(?: of values)? (?:of|for) ([a-z])\b|\bfind (?:the )?([a-z])\b", text)
    sign = next((s for s, words in _ROOTS if re.search(words, text)), None)
    found = re.search(
        r"((?:[-+]?\s*[\w()]*\s*)?[a-z]\s*(?:\^\s*2|²).+?=\s*[-\w+ ]*?)(?=\s+(?:has|have|with)\b|[,.]|$)",
        re.sub(r"^.*\b(?:does|equation|that|which|when|if)\b", "", text),
    )
    if not wanted or sign is None or not found or ("x" not in found[1]):
        return None
    e, letter = _zero(found[1]), wanted[1] or wanted[2]
    if e is None or symbols(e) != {"x", letter}:
        return None
    return "kinds_of_roots", "use the discriminant", (dump(e),), {"latex": latex(e), "letter": letter, "sign": sign}


def _remainder(text: str) -> Asked | None:
    found = re.search(r"\bremainder (?:when|of|if)\s+(.+?)\s+(?:is )?divided by\s+(.+)$", text) or re.search(
        r"\bdivide\s+(.+?)\s+by\s+(.+?)(?:\s+(?:and|using|by)\b.*)?$", text
    )
    if not found:
        return None
    top, bottom = _expr(found[1]), _expr(found[2])
    if top is None or bottom is None or not symbols(bottom) or symbols(top) != symbols(bottom):
        return None
    only = "remainder" in text and "quotient" not in text
    return "remainder", "divide the polynomials", (dump(top), dump(bottom)), {"only": only}


def _factor(text: str) -> Asked | None:
    found = re.search(
        r"^(?:is|show that|check (?:whether|if|that)|determine (?:whether|if))\s+(.+?)\s+(?:is )?a factor of\s+(.+)$",
        text,
    )
    if not found or re.search(r"\bfactori[sz]e|\bhence\b|\bsolve\b", text):
        return None
    bottom, top = _expr(found[1]), _expr(found[2])
    if top is None or bottom is None or len(symbols(bottom)) != 1 or symbols(top) != symbols(bottom):
        return None
    return "factor", "use the factor theorem", (dump(top), dump(bottom)), {}


def _form(text: str) -> Asked | None:
    found = re.search(r"\b(?:write|express|put|rewrite|give)\s+(.+?)\s+in the form\s+(.+)$", text)
    if not found:
        return None
    wanted = re.sub(r"\s", "", found[2])
    e = _expr(found[1]) if "=" not in found[1] or re.match(r"\s*(?:y|f\(x\))\s*=", found[1]) else None
    if e is None or len(symbols(e)) != 1:
        return None
    if re.match(r"[a-zA-Z]?\(\w?[a-z][+-][a-z]\)(?:\^2|²)", wanted) or re.match(r"[a-z][+-][a-z]?\(", wanted):
        return "complete_the_square", "complete the square", (dump(e),), {"latex": latex(e)}
    harmonic = re.match(r"[rR]\*?(sin|cos)\(?\s*(?:x|θ|theta|t)([+-])", wanted)
    if harmonic:
        return (
            "harmonic",
            "put it in R form",
            (dump(e),),
            {"latex": latex(e), "function": harmonic[1], "sign": harmonic[2]},
        )
    return None


def _complex_roots(text: str) -> Asked | None:
    found = re.search(r"((?:[-+\dz(]|\b\d)[^=]*=\s*[^=]+)$", text)
    if (
        not re.search(r"\bcomplex\b|(?<![a-z])z\s*(?:\^|²)", text)
        or not found
        or not re.search(r"\bsolve|roots?|solutions?\b", text)
    ):
        return None
    body = re.sub(r"^.*?(?=[-\d]*\(?[zx]\s*(?:\^|²))", "", text)
    e = _zero(re.split(r",|\bgiving\b|\bin the form\b|\bfor complex\b|\bwhere\b", body)[0])
    return (
        ("complex_roots", "solve over the complex numbers", (dump(e),), {})
        if e is not None and len(symbols(e)) == 1
        else None
    )


def _extreme(text: str) -> Asked | None:
    found = re.search(
        r"\b(minimum|maximum|least|greatest|smallest|largest) value (?:of|that)\s+(?:the (?:function|expression)\s+)?(.+?)(?:\s+(?:takes?|is|and)\b.*)?$",
        text,
    )
    e = _expr(found[2]) if found else None
    if not found or e is None or len(symbols(e)) != 1:
        return None
    kind = "minimum" if found[1] in ("minimum", "least", "smallest") else "maximum"
    return "extreme", f"find the {kind} value", (dump(e),), {"latex": latex(e), "kind": kind}


# --- regions


def _region(text: str) -> Asked | None:
    found = re.search(
        r"\barea\b.*?\b(?:between|enclosed by|bounded by|enclosed between|of the region between)\b\s*(?:the )?(?:curves?|lines?|graphs?)?\s*(?:of )?(y\s*=.+?|\S+)\s*,?\s*(?:and|,)\s*(?:the )?(?:curve |line )?(y\s*=.+?|x[- ]?axis)(?:\s*,?\s+(?:from|between|for)\s+(?:x\s*=\s*)?(\S+)\s+(?:to|and)\s+(?:x\s*=\s*)?(\S+))?$",
        text,
    )
    if not found:
        return None
    top = _expr(found[1])
    bottom = _expr("0") if "axis" in found[2] else _expr(found[2])
    if top is None or bottom is None or symbols(top) | symbols(bottom) != {"x"}:
        return None
    extra: dict[str, Any] = {"latex": latex(top), "under": latex(bottom), "axis": "axis" in found[2]}
    if found[3]:
        extra |= {"low": _num(found[3]), "high": _num(found[4])}
    return "region", "find the area", (dump(top), dump(bottom)), extra


def _trapezium(text: str) -> Asked | None:
    count = re.search(
        r"(\d{1,2}|two|three|four|five|six)\s+(?:equal )?(strips?|intervals?|trapezia|trapeziums|trapezoids|subintervals|ordinates)",
        text,
    )
    if not re.search(r"\btrapez\w+ rule\b", text) or not count:
        return None
    words = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
    strips = (words.get(count[1]) or int(count[1])) - (count[2] == "ordinates")
    limits = re.search(
        r"\b(?:from|between)\s+(?:x\s*=\s*)?(\S+)\s+(?:to|and)\s+(?:x\s*=\s*)?([^\s,]+)|_\s*\{?([^{}^\s]+)\}?\s*\^\s*\{?([^{}\s]+)\}?",
        text,
    )
    if not limits or not 0 < strips <= 20:
        return None
    rest = re.sub(r"\bd\s?x\b", " ", text.replace(limits[0], " ").replace(count[0], " "))
    other = [
        w
        for w in re.findall(r"\b[a-zA-Z]{2,}\b", rest)
        if w not in ("sin", "cos", "tan", "ln", "log", "exp", "sqrt", "xe")
    ]
    e = _expr(re.sub(r"\b(?:" + "|".join(map(re.escape, {*other, "a"})) + r")\b|∫|\\int|^\s*y\s*=|,", " ", rest))
    if e is None or symbols(e) != {"x"}:
        return None
    low, high = (limits[1], limits[2]) if limits[1] else (limits[3], limits[4])
    return (
        "trapezium",
        "use the trapezium rule",
        (dump(e),),
        {"latex": latex(e), "low": _num(low), "high": _num(high), "strips": strips},
    )


# --- circles and lines


def _circle(text: str) -> Asked | None:
    told = re.search(
        rf"\bequation of (?:the |a )?circle\b.*\bcent(?:re|er)\s*{_POINT}.*\bradius\s*(?:of |=\s*|is )?([\d.√/]+|sqrt\(?\d+\)?)",
        text,
    )
    if told:
        return "circle_of", "find the equation of the circle", (_num(told[1]), _num(told[2]), _num(told[3])), {}
    if not re.search(r"\b(?:cent(?:re|er)|radius)\b", text) or "=" not in text:
        return None
    body = re.sub(r"^.*?\b(?:of|with equation|equation|circle)\b(?=[^a-z]*[x(])|\bthe circle\b", "", text)
    e = _zero(re.sub(r"^\D*?(?=[\dxy(])", "", body))
    return (
        ("circle", "find centre and radius", (dump(e),), {"latex": latex(_node(re.sub(r"^\D*?(?=[\dxy(])", "", body)))})
        if e is not None and symbols(e) == {"x", "y"}
        else None
    )


def _line(text: str) -> Asked | None:
    point = re.search(rf"\b(?:through|passes through|passing through|at|point)\s*(?:the point )?\s*{_POINT}", text)
    if not point or not re.search(r"\bline\b|\bequation\b", text):
        return None
    x, y = _num(point[1]), _num(point[2])
    slope = re.search(rf"\b(?:gradient|slope)\s*(?:of |=\s*|is )?({_VALUE}(?:/\d+)?)", text)
    if slope:
        return "line_at", "find the equation of the line", (x, y, _num(slope[1])), {}
    other = re.search(
        r"\b(perpendicular|parallel)\s+to\s+(?:the line\s+)?([^,]*?=[^,]*?)(?=\s*(?:,|that|which|and|through|passing|passes|at)\b|$)",
        text,
    )
    e = _zero(other[2]) if other else None
    if other is None or e is None or not symbols(e) <= {"x", "y"}:
        return None
    return (
        "line_beside",
        "find the equation of the line",
        (x, y, dump(e)),
        {"how": "parallel" if other[1] == "parallel" else "perpendicular"},
    )


# --- sums, chances, events


def _sigma(text: str) -> Asked | None:
    limits = re.search(r"\bfrom\s+([rnki])\s*=\s*(\d+)\s+to\s+(\d+|n|infinity|∞)\b", text)
    body = re.search(r"\bsum\b(.*)$|∑(.*)$|\bΣ(.*)$", text)
    if not limits or not body:
        return None
    rest = (body[1] or body[2] or body[3] or "").replace(limits[0], " ")
    e = _expr(re.sub(r"^\s*(?:of|for)?\s*|\s*\bof\s*", " ", rest).strip())
    if e is None or limits[1] not in symbols(e) or symbols(e) - {limits[1]}:
        return None
    high = "∞" if limits[3] == "infinity" else limits[3]
    return (
        "sigma",
        "find the sum",
        (dump(e),),
        {"latex": latex(e), "letter": limits[1], "low": _num(limits[2]), "high": _num(high)},
    )


def _endless(text: str) -> Asked | None:
    found = re.search(rf"({_VALUE}(?:/\d+)?(?:\s*[+,]\s*{_VALUE}(?:/\d+)?){{2,}})", text)
    if not found or not re.search(r"\binfinite (?:geometric )?(?:series|sum)\b|\bto infinity\b", text):
        return None
    terms = [Fraction(t) for t in re.split(r"\s*[+,]\s*", found[1])]
    ratios = {b / a for a, b in pairwise(terms) if a}
    if len(ratios) != 1 or 0 in terms:
        return None
    trees = (dump(number(terms[0])), dump(number(ratios.pop())), dump(Const("inf")))
    return "geometric", "sum of a geometric series", trees, {"term": False}


def _told_sequence(text: str) -> Asked | None:
    """Of a first term and a common ratio or difference: one term, or a sum."""
    first = re.search(rf"\b(?:first term|a\s*=)[^\d-]{{0,50}}?({_VALUE}(?:/\d+)?)", text)
    common = re.search(rf"\b(?:common (ratio|difference)|(r|d)\s*=)[^\d-]{{0,30}}?({_VALUE}(?:/\d+)?)", text)
    one = re.search(r"\b(\d{1,4})(?:st|nd|rd|th) term", text)
    many = re.search(r"\bsum of (?:the )?(?:first )?(\d{1,4}) terms", text)
    if not first or not common or bool(one) == bool(many) or not re.search(r"\bterms?\b", text):
        return None
    count = one or many
    assert count is not None
    linear = common[1] == "difference" or common[2] == "d"
    task, name = ("arithmetic", "sum of an arithmetic series") if linear else ("geometric", "sum of a geometric series")
    return task, name, (_num(first[1]), _num(common[3]), _num(count[1])), {"term": one is not None}


def _stationary(text: str) -> Asked | None:
    """Where only some x count."""
    found = re.search(rf"\b(?:for|where|when|with|given(?: that)?)\s+x\s*(<=|>=|≤|≥|<|>)\s*({_VALUE})\s*$", text)
    asked = re.search(
        r"\b(?:stationary|turning|critical|maximum|minimum) points?\s+(?:of|on)\s+(?:the )?(?:curve |graph (?:of )?)?(.+)$",
        text,
    )
    e = _expr(asked[1].replace(found[0], "").strip(" ,")) if found and asked else None
    if found is None or e is None or symbols(e) != {"x"}:
        return None
    sign = {"≤": "<=", "≥": ">="}.get(found[1], found[1])
    return "stationary", "find the stationary points", (dump(e),), {"latex": latex(e), "where": [sign, _num(found[2])]}


def _changing(text: str) -> Asked | None:
    """From one speed to another in a time."""
    speed = rf"({_VALUE})\s*(?:m/s|ms\^?\{{?-1\}}?|ms⁻¹|m s\^?-1)"
    found = re.search(
        rf"\bfrom\s+{speed}\s+to\s+{speed}\s+(?:in|over|within)\s+({_VALUE})\s*(s|m)(?:ec|econd|etre|eter)?s?\b", text
    )
    wanted = next(
        (
            n
            for n, w in (
                ("a", r"acceleration|deceleration"),
                ("s", r"how far|distance|displacement"),
                ("t", r"how long|time"),
            )
            if re.search(w, text)
        ),
        "",
    )
    if not found or not wanted:
        return None
    known = {"u": found[1], "v": found[2], "t" if found[4] == "s" else "s": found[3]}
    return (
        None
        if wanted in known
        else (
            "motion",
            "use the equations of motion",
            (),
            {"known": {k: _num(v) for k, v in known.items()}, "find": wanted},
        )
    )


_NORMAL = re.compile(rf"\b[A-Z]\s*(?:~|∼|\\sim)\s*N\s*\(\s*({_VALUE})\s*,\s*({_VALUE})\s*(\^\s*2|²)?\s*\)")


def _quantile(text: str) -> Asked | None:
    normal = _NORMAL.search(text)
    chance = re.search(r"P\s*\(\s*[A-Z]\s*(<=|≤|<|>=|≥|>)\s*([a-z])\s*\)\s*=\s*(0?\.\d+|\d+(?:\.\d+)?\s*%)", text)
    if not normal or not chance:
        return None
    numbers = (_num(normal[1]), _num(f"{normal[2]}^2" if normal[3] else normal[2]), _num(chance[3]))
    return (
        "quantile",
        "use the inverse normal distribution",
        numbers,
        {"above": chance[1] in (">", ">=", "≥"), "letter": chance[2]},
    )


_EVENT = {
    "A": "A",
    "B": "B",
    "AandB": "AB",
    "A∩B": "AB",
    "AnB": "AB",
    "AorB": "A+B",
    "A∪B": "A+B",
    "AuB": "A+B",
    "AUB": "A+B",
    "A|B": "A|B",
    "B|A": "B|A",
}


def _events(text: str) -> Asked | None:
    plain = re.sub(r"\s+", "", re.sub(r"\\cap", "∩", re.sub(r"\\cup", "∪", text)))
    known = {
        _EVENT[e]: v
        for e, v in re.findall(r"P\(([AB](?:and|or|∩|∪|n|u|U|\|)?[AB]?)\)=(0?\.\d+|\d/\d+|\d)", plain)
        if e in _EVENT
    }
    wanted = re.findall(r"P\(([AB](?:and|or|∩|∪|n|u|U|\|)?[AB]?)\)(?!=)", plain)
    independent = bool(re.search(r"\bindependent\b", text)) and not re.search(
        r"\b(?:are|whether|if)\b[^.]*\bindependent\s*\??$", text
    )
    exclusive = bool(re.search(r"\bmutually exclusive\b", text))
    if len(known) < 2 or len(wanted) != 1 or wanted[0] not in _EVENT:
        return None
    return (
        "events",
        "use the laws of probability",
        (),
        {
            "known": {k: _num(v) for k, v in known.items()},
            "find": _EVENT[wanted[0]],
            "independent": independent,
            "exclusive": exclusive,
        },
    )


def _arrangements(text: str) -> Asked | None:
    if not re.search(r"\bhow many\b|\bnumber of\b", text):
        return None
    chosen = re.search(
        r"\b(\d{1,3})\s+\w+\s+(?:be )?(?:chosen|selected|picked)\s+(?:from|out of)\D{0,20}?(\d{1,3})\b", text
    )
    if chosen and not re.search(r"\bcontain|\bat least\b|\border\b|\barrang", text):
        node = _node(f"nCr({chosen[2]},{chosen[1]})")
        return "evaluate", "count the choices", (dump(node),), {"latex": latex(node), "at": {}}
    ranged = re.search(
        r"\b(\d{1,2})\s+(?:different |distinct )?\w+\s+be (?:arranged|lined up|ordered)(?:\s+in a (?:row|line)|\s+on a shelf)?\s*$",
        text,
    )
    if ranged:
        node = _node(f"{ranged[1]}!")
        return "evaluate", "count the arrangements", (dump(node),), {"latex": latex(node), "at": {}}
    return None


def _thrown(text: str) -> Asked | None:
    """Straight up or let fall, without air."""
    if (
        not re.search(
            r"\b(?:thrown|projected|hit|fired|kicked|launched)\b.*\bup(?:wards?)?\b|\bdropped\b|\bfalls? from rest\b",
            text,
        )
        or "angle" in text
    ):
        return None
    g = re.search(r"\bg\s*=\s*(\d+(?:\.\d+)?)", text)
    gravity = g[1] if g else "9.8"
    speed = re.search(r"(\d+(?:\.\d+)?)\s*(?:m/s\b|ms\^?\{?-1|m s\^?-1|ms⁻¹|metres per second)(?!\^?[-²2])", text)
    falls = re.search(r"\bdropped\b|\bfalls?\b", text)
    if falls:
        high = re.search(r"(\d+(?:\.\d+)?)\s*(?:m|metres?|meters?)\b(?!/)", text)
        after = re.search(r"(\d+(?:\.\d+)?)\s*(?:s|seconds?)\b", text)
        known = {"u": "0", "a": gravity} | ({"s": high[1]} if high else {"t": after[1]} if after else {})
        find = (
            "t"
            if re.search(r"\bhow long\b|\btime\b", text)
            else "v"
            if re.search(r"\bspeed|\bvelocity|\bhow fast", text)
            else "s"
        )
    else:
        top = re.search(r"\b(?:maximum|greatest|max) height\b|\bhow high\b|\bhighest point\b", text)
        if not speed or not top or re.search(r"\bfrom (?:a|the) (?:height|top)\b", text):
            return None
        known = {"u": speed[1], "v": "0", "a": f"-{gravity}"}
        find = "t" if re.search(r"\bhow long\b|\btime\b", text) else "s"
    if len(known) != 3 or find in known:
        return None
    return "motion", "use the equations of motion", (), {"known": {k: _num(v) for k, v in known.items()}, "find": find}


_READERS: tuple[Callable[[str], Asked | None], ...] = (
    _composite, _inverse, _at_a_point, _parametric, _implicit, _discriminant, _kinds_of_roots, _remainder, _factor, _form, _complex_roots,
    _extreme, _trapezium, _region, _circle, _line, _sigma, _quantile, _events, _arrangements, _thrown, _endless, _changing, _told_sequence, _stationary,
)  # fmt: skip

"""Questions told by their shape rather than by one verb: vectors, motion, statistics, sequences, tangents; nothing is
solved here."""

import re
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any, cast

from cas.answers import components
from cas.latex import latex
from cas.parser import Reading, parse
from cas.reading import readings
from cas.syntax import Expr, Group, Matrix, Node, Rel, Sym, dump, is_expr, number, symbols
from cas.vectors import is_array

Asked = tuple[str, str, tuple[Any, ...], dict[str, Any]]  # the fields of a Question

_NUMBER = r"-?\d+(?:\.\d+)?(?:/\d+)?"
_LIST = re.compile(rf"({_NUMBER}(?:\s*,\s*(?:and )?{_NUMBER}){{2,}})")
_ADDED = re.compile(rf"{_NUMBER}(?:\s*\+\s*{_NUMBER}){{2,}}(?=\s*\+?\s*$)")
_ARRAY = re.compile(
    r"\\begin\{[pb]matrix\}.*?\\end\{[pb]matrix\}|\[\s*\[.*?\]\s*\]|\([^()]*,[^()]*\)|<[^<>]*,[^<>]*>"
    r"|(?<![a-z\d.])-?\s*\d*(?:\.\d+)?\s*i\s*[-+−]\s*\d*(?:\.\d+)?\s*j(?:\s*[-+−]\s*\d*(?:\.\d+)?\s*k)?\b"
)
_VALUE = r"(-?\d+(?:\.\d+)?)"


def read_applied(text: str) -> Asked | None:
    """What is asked for, or None. Raises Unreadable."""
    for reader in _READERS:
        asked = reader(text)
        if asked is not None:
            return asked
    return None


def _expr(text: str) -> Expr | None:
    node = parse(re.sub(r"^\s*(?:[yf]|f\s*\(\s*x\s*\))\s*=", "", text).strip(" ,.?"), Reading(log_base="e"))
    return cast(Expr, node) if is_expr(node) else None


def _num(text: str) -> list[Any]:
    return dump(parse(text.strip()))


# --- curves: tangents, normals, areas


def _tangent(text: str) -> Asked | None:
    found = re.search(
        r"\b(tangent|normal)s?\b.*?(?:\bto|\bof)\b(?: the)?(?: curve| graph)?(?: with equation)?\s+(.+?)\s+(?:at|where|when)\s+(?:the point )?(?:where )?(?:\w+\s*)?(?:x\s*=\s*([^\s,]+)|\(\s*([^,()]+),[^()]*\))",
        text,
        re.I,
    )
    if not found:
        return None
    curve, at = _expr(found[2]), _expr(found[3] or found[4])
    if curve is None or at is None or len(symbols(curve)) != 1 or symbols(at):
        return None
    kind = found[1].lower()
    return "tangent", f"find the {kind}", (dump(curve),), {"latex": latex(curve), "at": dump(at), "kind": kind}


def _area(text: str) -> Asked | None:
    found = re.search(
        r"\barea\b.*?\b(?:under|below|beneath|between|bounded by|enclosed by)\b(?: the)?(?: curve| graph)?(?: of)?\s+(.+?)(?:,? and the x-?\s?axis)?,?\s+(?:from|between|for)\s+(?:x\s*=\s*)?(\S+)\s+(?:to|and)\s+(?:x\s*=\s*)?(\S+)",
        text,
        re.I,
    )
    if not found:
        return None
    curve, low, high = (_expr(found[k]) for k in (1, 2, 3))
    if curve is None or low is None or high is None or len(symbols(curve)) != 1 or symbols(low) | symbols(high):
        return None
    return "area", "find the area", (dump(curve),), {"latex": latex(curve), "low": dump(low), "high": dump(high)}


# --- vectors, points and matrices

_OF_VECTORS = (
    ("perpendicular", "see whether they are perpendicular", r"^(?!.*\bline\b).*\bperpendicular\b", 2),
    ("angle", "find the angle between two vectors", r"\bangle between\b", 2),
    ("dot", "find the scalar product", r"\b(?:dot|scalar) product\b|\ba\s?[.·•]\s?b\b", 2),
    ("cross", "find the vector product", r"\b(?:cross|vector) product\b", 2),
    ("distance", "find the distance between two points", r"\bdistance (?:between|from)\b|\blength of (?:the )?line", 2),
    ("midpoint", "find the midpoint", r"\bmid-?\s?point\b", 2),
    ("gradient_between", "find the gradient", r"\b(?:gradient|slope)\b.*\b(?:between|joining|through|from)\b", 2),
    ("line", "find the equation of the line", r"\bequation of (?:the |a )?(?:straight )?line\b", 2),
    ("magnitude", "find the magnitude", r"\b(?:magnitude|modulus|length)\b|\|[^|]*\d*i\b[^|]*\|", 1),
    ("unit_vector", "find the unit vector", r"\bunit vector\b", 1),
    ("determinant", "find the determinant", r"\bdeterminant\b|\bdet\b", 1),
    ("inverse_matrix", "find the inverse matrix", r"\binverse\b", 1),
)


def _vectors(text: str) -> Asked | None:
    for task, name, words, count in _OF_VECTORS:
        if re.search(words, text, re.I):
            arrays = _arrays(text)
            if len(arrays) == count:
                return task, name, tuple(dump(_matrix(a)) for a in arrays), {}
    return None


def _arrays(text: str) -> list[Node]:
    found = []
    for piece in _ARRAY.findall(text):
        node = readings(piece)[0].node
        parts = components(node)
        if is_array(node):
            found.append(node)
        elif parts is not None:
            found.append(Group("tuple", parts))
    return found


def _matrix(node: Node) -> Matrix:
    if isinstance(node, Matrix):
        return node
    return Matrix(tuple((cast(Expr, i),) for i in cast(Group, node).items))


# --- motion with constant acceleration

_SUVAT_WORDS = (
    ("u", r"\bfrom rest\b", "0"), ("v", r"\b(?:comes? to|until at|to) (?:a )?(?:rest|stop|halt)\b", "0"),
    ("u", rf"\b(?:initial (?:speed|velocity)|starts? (?:at|with)|travelling at|moving at|thrown (?:upwards? )?(?:at|with)(?: a)?(?: speed)?(?: of)?)\D{{0,20}}?{_VALUE}", ""),
    ("v", rf"\b(?:final (?:speed|velocity)|reach(?:es)? (?:a )?(?:speed|velocity)? ?(?:of)?)\D{{0,12}}?{_VALUE}", ""),
    ("a", rf"{_VALUE}\s*(?:m/s(?:\^2|²|/s)|ms\^?\{{?(?:-2|⁻²)\}}?|m s\^?\{{?(?:-2|⁻²)\}}?)", ""),
    ("t", rf"\b(?:for|in|after|takes?)\s+{_VALUE}\s*(?:s|secs?|seconds?)\b", ""),
    ("s", rf"\b(?:travels?|covers?|distance of|displacement of|over|in)\s+{_VALUE}\s*(?:m|metres?|meters?)\b", ""),
)  # fmt: skip
_SUVAT_WANTED = (
    ("s", r"\bhow far\b|\bfind (?:the )?(?:distance|displacement)\b|\bwhat distance\b"),
    ("t", r"\bhow long\b|\bfind (?:the )?time\b|\bwhat time\b"),
    ("a", r"\bfind (?:the |its )?(?:acceleration|deceleration)\b|\bwhat is (?:the |its )?(?:acceleration|deceleration)\b"),
    ("v", r"\bhow fast\b|\b(?:find|what is) (?:the |its )?(?:final )?(?:speed|velocity)\b"),
)  # fmt: skip


def _motion(text: str) -> Asked | None:
    known = dict(re.findall(rf"(?<![a-z])([suvat])\s*=\s*{_VALUE}", text))
    wanted = re.search(r"\b(?:find|work out|calculate|what is)\s+([suvat])\b(?!\s*=)", text)
    target = wanted[1] if wanted else ""
    if len(known) < 3 or not target:
        known, target = _told(text)
    if len(known) != 3 or not target or target in known:
        return None
    return (
        "motion",
        "use the equations of motion",
        (),
        {"known": {k: _num(v) for k, v in known.items()}, "find": target},
    )


def _told(text: str) -> tuple[dict[str, str], str]:
    """The three quantities and the wanted one, of a problem in words. Slowing down is no case for guessing signs."""
    if re.search(r"decelerat|slows|brak|retard", text, re.I):
        return {}, ""
    known: dict[str, str] = {}
    for letter, words, value in _SUVAT_WORDS:
        found = re.search(words, text, re.I)
        if found and letter not in known:
            known[letter] = value or found[1]
    target = next((letter for letter, words in _SUVAT_WANTED if re.search(words, text, re.I)), "")
    known.pop(target, None)
    return known, target


# --- statistics

_NORMAL = re.compile(rf"\b[A-Z]\s*(?:~|∼|\\sim)\s*N\s*\(\s*{_VALUE}\s*,\s*{_VALUE}\s*(\^\s*2|²)?\s*\)")
_BINOMIAL = re.compile(r"\b[A-Z]\s*(?:~|∼|\\sim)\s*B\s*\(\s*(\d{1,3})\s*,\s*(\d*\.?\d+(?:/\d+)?)\s*\)")
_CHANCE = re.compile(
    rf"P\s*\(\s*(?:{_VALUE}\s*(<=|≤|<)\s*)?[A-Z]\s*(<=|>=|≤|≥|<|>|=)\s*{_VALUE}\s*\)",
)
_MEASURES = (
    ("mean", r"\b(?:mean|average)\b"), ("median", r"\bmedian\b"), ("mode", r"\bmode\b"), ("range", r"\brange\b"),
    ("standard deviation", r"\bstandard deviation\b"), ("variance", r"\bvariance\b"),
)  # fmt: skip


def _distribution(text: str) -> Asked | None:
    normal, binomial, chance = _NORMAL.search(text), _BINOMIAL.search(text), _CHANCE.search(text)
    if chance is None or (normal is None) == (binomial is None):
        return None
    low, low_sign, sign, value = chance.groups()
    if low is not None and sign in (">", ">=", "≥", "="):
        return None
    plain = {"≤": "<=", "≥": ">="}
    asked: dict[str, Any] = {"sign": plain.get(sign, sign), "value": _num(value)}
    if low is not None:
        asked |= {"low": _num(low), "low_sign": plain.get(low_sign, low_sign)}
    if normal is not None:
        numbers = (_num(normal[1]), _num(f"{normal[2]}^2" if normal[3] else normal[2]))
        return "normal", "use the normal distribution", numbers, asked
    assert binomial is not None
    return "binomial_chance", "use the binomial distribution", (_num(binomial[1]), _num(binomial[2])), asked


def _measure(text: str) -> Asked | None:
    numbers = _LIST.search(text)
    measure = next((m for m, words in _MEASURES if re.search(words, text, re.I)), None)
    if numbers is None or measure is None or re.search(r"[a-z]\s*=|~|\bsquare", text):
        return None
    values = re.findall(_NUMBER, numbers[1])
    return "measure", f"find the {measure}", tuple(map(_num, values)), {"measure": measure}


def _choice(text: str) -> Asked | None:
    found = re.search(
        r"\b(?:choos\w+|select\w*|pick\w*)\s+(\d{1,3})\b[\w\s]*?\b(?:from|out of|of)\b\D{0,20}?(\d{1,3})\b", text, re.I
    )
    if not found or not re.search(r"\bhow many\b|\bnumber of\b", text, re.I):
        return None
    node = parse(f"nCr({found[2]},{found[1]})")
    return "evaluate", "count the choices", (dump(node),), {"latex": latex(node), "at": {}}


# --- sequences and expansions


def _sequence(text: str) -> Asked | None:
    text = _ADDED.sub(lambda m: m[0].replace("+", ","), text)
    found = _LIST.search(text)
    if found is None or re.search(r"\b(?:first term|common|arithmetic|geometric|mean|median|infinity)\b", text, re.I):
        return None
    terms = [Fraction(t) for t in re.findall(_NUMBER, found[1])]
    if re.search(r"\bn\s?th term\b|\bformula\b|\brule\b", text, re.I):
        return "nth_term", "find the nth term", tuple(dump(number(t)) for t in terms), {}
    many = re.search(r"\bsum of the first (\d{1,4}|n) terms", text, re.I)
    one = re.search(r"\b(\d{1,4})(?:st|nd|rd|th) term", text, re.I)
    steps, ratios = {b - a for a, b in pairwise(terms)}, {b / a for a, b in pairwise(terms) if a}
    count = many or one
    if count is None or (len(steps) != 1 and (len(ratios) != 1 or 0 in terms)):
        return None
    linear = len(steps) == 1
    n = Sym("n") if count[1] == "n" else number(int(count[1]))
    step = next(iter(steps if linear else ratios))
    task, name = ("arithmetic", "sum of an arithmetic series") if linear else ("geometric", "sum of a geometric series")
    return task, name, tuple(map(dump, (number(terms[0]), number(step), n))), {"term": many is None}


_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6}


def _expansion(text: str) -> Asked | None:
    wanted = re.search(
        r"\b(?:coefficient of|term (?:in|with|containing))\s+([a-z])(?:\s*\^\s*\{?(\d{1,2})\}?|([²³⁴⁵]))?\s+(?:in|of)\s+(?:the )?(?:binomial )?(?:expansion of )?(.+)$",
        text,
    )
    if wanted:
        e = _expr(wanted[4])
        power = int(wanted[2] or ("²³⁴⁵".index(wanted[3]) + 2 if wanted[3] else 1))
        if e is not None and wanted[1] in symbols(e):
            return (
                "coefficient",
                "find the coefficient",
                (dump(e),),
                {"latex": latex(e), "of": wanted[1], "power": power},
            )
    terms = re.search(
        r"\bfirst (\w+) terms (?:of|in) (?:the )?(?:(?:binomial )?(?:expansion|series)(?: of| for)?\s+)?(.+?)(?:,? in ascending.*)?$",
        text,
    )
    if terms and terms[1] in _COUNTS and "(" in terms[2]:
        e = _expr(terms[2])
        if e is not None and len(symbols(e)) == 1:
            order = _COUNTS[terms[1]] - 1
            return (
                "binomial",
                "expand by the binomial theorem",
                (dump(e),),
                {"latex": latex(e), "order": order, "cut": True},
            )
    return None


# --- formulae and functions


def _subject(text: str) -> Asked | None:
    found = re.search(r"\bmake\s+([a-zA-Z])\s+the subject(?: of)?(?: the)?(?: formula| equation)?[\s:]*(.+)$", text)
    found = found or re.search(r"\brearrange\s+(?P<formula>.+?)\s+(?:to make|for)\s+([a-zA-Z])\b", text)
    if not found:
        return None
    letter, formula = (found[2], found["formula"]) if "formula" in found.groupdict() else (found[1], found[2])
    node = parse(formula.strip(" ,.?"), Reading(log_base="e"))
    if not isinstance(node, Rel) or node.sign != "=" or letter not in symbols(node):
        return None
    return "subject", f"make {letter} the subject", (dump(node),), {"latex": latex(node), "letter": letter}


def _inverse(text: str) -> Asked | None:
    found = re.search(
        r"\binverse (?:function )?of\s+(.+)$|f\^?\{?(?:-1|⁻¹)\}?\s*\(x\)\s+(?:of|when|if|for|given)\s+(.+)$", text
    )
    e = _expr(found[1] or found[2]) if found and "[" not in text and "matrix" not in text else None
    if e is None or len(symbols(e)) != 1:
        return None
    return "inverse_function", "find the inverse function", (dump(e),), {"latex": latex(e)}


_READERS: tuple[Callable[[str], Asked | None], ...] = (
    _tangent, _area, _vectors, _motion, _distribution, _choice, _measure, _sequence, _expansion, _subject, _inverse,
)  # fmt: skip

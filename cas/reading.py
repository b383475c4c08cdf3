"""From what a student typed to the trees it may mean: the answer is found in its words, and doubtful signs are read
every way that is usual."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

from cas import units
from cas.parser import Reading, parse
from cas.spellings import respelled, spelt_out
from cas.syntax import Expr, Group, Logic, Node, Rel, Sym, Words, is_expr, over, symbols
from cas.tokens import CHARS_MAX, Comma, Unreadable, clean
from cas.units import Unit

READINGS_MAX = 6


@dataclass(frozen=True, slots=True)
class Read:
    """One way to read an answer; `unit` where the text ends in a unit that was taken off."""

    node: Node
    unit: Unit | None = None
    percent: bool = False
    about: str = ""  # the event whose probability it is said to be


_BLANKS = re.compile(r"\s{2,}")
_NONE = re.compile(
    r"^(?:there (?:are|is) |it has |has )?(?:no|not any|zero|0) (?:real |such )?(?:solutions?|roots?|answers?|values?)(?: exists?)?$"
    r"|^none$|^(?:the )?empty set$|^\\emptyset$|^\\varnothing$|^∅$|^ø$|^impossible$|^no$|^never$|^cannot be solved$|^inconsistent$"
)
_ALL = re.compile(
    r"^(?:(?:for )?(?:all|any|every) )(?:the )?(?:real )?(?:numbers?|reals?|values?|x|x in r|values? of [a-z]|real [a-z])$"
    r"|^(?:x|[a-z]) ?(?:∈|\\in) ?(?:ℝ|r|\\mathbb\{r\}|\\reals)$|^always(?: true)?$|^(?:ℝ|\\mathbb\{r\}|\\reals)$|^all$"
)
_MANY = re.compile(r"^(?:there are )?infinitely many(?: solutions)?$|^infinite(?:ly many)? solutions$")
_UNDEFINED = re.compile(r"^(?:it is |it's )?(?:undefined|not defined|does not exist|doesn't exist|dne|not possible)$")
_BOXED = re.compile(r"\\(?:boxed|fbox)\s*\{")
_SEGMENTS = (re.compile(r"\$\$(.+?)\$\$", re.S), re.compile(r"\\\[(.+?)\\\]", re.S), re.compile(r"\\\((.+?)\\\)", re.S),
             re.compile(r"(?<!\\)\$([^$]+?)(?<!\\)\$", re.S))  # fmt: skip
_TERM = r"([-−+]?[\w.√π/^]{1,12})"
_SPOKEN = tuple(
    (re.compile(pattern, re.I), sign)
    for pattern, sign in (
        (r"\b(?:about|approximately|approx\.?|roughly) (?=[-\d.√£$])", ""),
        (r"^([a-z]) (?:is |lies )?(?:strictly )?between " + _TERM + " and " + _TERM + "$", r"\2 < \1 < \3"),
        (r" (?:is )?(?:less|smaller|fewer) than or equal to ", " <= "),
        (r" (?:is )?(?:greater|more|bigger|larger) than or equal to ", " >= "),
        (r" (?:is )?(?:less|smaller|fewer) than ", " < "),
        (r" (?:is )?(?:greater|more|bigger|larger) than ", " > "),
        (r" (?:is |must be )?at least ", " >= "),
        (r" (?:is |must be )?(?:at most|no more than) ", " <= "),
        (r" (?:is |does )?not equal(?: to)? | is not (?=[-\d])", " != "),
        (r" (?:is equal to|equals) ", " = "),
        (r"^([a-z]) (?:is|are) (?=[-−+±]?[\d.√(])", r"\1 = "),
        (r"(?:the )?\b(?:square )?root(?: of)? (?=\d|[a-z]\b)", "√"),
        (r"(?:the )?\bcube root(?: of)? (?=\d|[a-z]\b)", "∛"),
        (r"\b(\d{1,4}) choose (\d{1,4})\b", r"nCr(\1,\2)"),
    )
)
_LABEL = re.compile(
    r"^\s*(?:\\?(?:d|frac)?\s*)?(?:"
    r"\\frac\s*\{\s*(?:\\mathrm\{d\}|d)\^?\{?\d?\}?\s*\w*\s*\}\s*\{\s*(?:\\mathrm\{d\}|d)\s*\w\^?\{?\d?\}?\s*\}\s*\w?"
    r"|d\^?[\d²³]?\s*\w?\s*/\s*d\s*\w\^?[\d²³]?"
    r"|(?!(?:sin|cos|tan|sec|csc|cot|log|exp|abs|ln|lg)(?:_|\s*\())[a-zA-Z]{1,3}(?:_\w)?\s*(?:'|’|′|\^\{\\prime+\}|\^\{-1\}|\^-1|⁻¹)*\s*\(\s*[a-z]\s*\)"
    r"|\\(?:vec|overrightarrow|mathbf|boldsymbol|bm|underline|hat|overline)\s*\{[^{}=]{1,8}\}"
    r"|\|?[A-Z]{2,3}\|?|\|z\||arg ?\(?z\)?"
    r"|(?:P|E|Var|Cov|SD)\s*\([^()]{1,20}\)"
    r"|(?:∫|\\int)[^=]{1,80}"
    r"|[a-zA-Z]\s*(?:'|’|′)+"
    r")\s*=(?!=)"
)
_LEAD = re.compile(
    r"^(?:so |thus |hence |therefore |then |and )*,?\s*(?:(?:the |my |our |final )*(?:answer|solution|result|value|roots?|solutions?|gradient|limit|area|volume|range|domain|set)(?: set)?"
    r"(?: of [^=:]{1,30}?)?\s*(?:is|are|=|:|would be)\s*:?|it is|it's|i (?:get|got|think(?: it is| it's)?)|we (?:get|have|find(?: that)?)|answer|ans\.?|so|thus|hence|therefore|∴|⇒)[\s:]*",
    re.I,
)
_NAMED = re.compile(r"^\s*(?:the )?([A-Za-z]{3,})(?: [a-z]+){0,3} ?=(?!=)")
_TRAIL = re.compile(
    r"[\s,]*(?:\(?\b(?:twice|repeated(?: roots?)?|double root|equal roots)\b\)?|\bis the (?:solution|answer)|\bas required|\bexactly|\(exact\)|\bonly|\bQED|\+-0)\s*\.?\s*$",
    re.I,
)
_OPTION = re.compile(r"^\\(?:text|math)\w*\s*\{\s*\(?[A-E]\)?\s*\}(?:\\[ ,;]|\\quad|[\s~])+(?=[^\s,;=+*/^-])")
_EVENT = re.compile(r"\s*(?:P|E|Var|Cov|SD)\s*\(")
_COUNTED = re.compile(
    r"(.*\d)\s+((?!(?:hundred|dozen|times|plus|minus|over|less|more|than|each|squared|cubed|root|choose|recurring)\b)[a-z]{4,}(?: [a-z]{3,}){0,2})\.?\s*"
)
_GRAPH = re.compile(r"^\s*[fgh]\s*\(\s*x\s*\)\s*=(?!=)")
_ENGLISH = re.compile(r"(?<!\\)\b[a-zA-Z]{3,}\b")
_NO_ENGLISH = re.compile(
    r"(?:[a-z]?(?:arc)?(?:sinh?|cosh?|tanh?|sec|cosec|csc|cot|log|exp|sqrt|cbrt|abs|ln|pi|theta|alpha|beta|phi))+[a-z]?"
    r"|and|not|degrees?|inf|infinity|infty|union|root|arc\w+|[b-df-hj-np-tv-z]+",
    re.I,
)
_BOLD = re.compile(r"(?<![\w)*])\*\*([^*]+)\*\*(?![\w(*])")
_FULL_STOP = re.compile(r"(?<!\.)\.$")
_ANY_WORD = re.compile(r"(?<![\\\w])[a-zA-Z']{2,}")
_CODE = re.compile(r"__|\w\(|[\[\]\"]|'\)|::")
_NUMBER_WITH_UNIT = re.compile(r"[-−+]?\s?(?:\d[\d,]*\.?\d*|\.\d+)(?:\s?/\s?\d+)?")
_EXCEPT = re.compile(
    r"^\s*(?:x\s*(?:∈|\\in)\s*)?(?:\\mathbb\s*\{R\}|ℝ|R|(?:all )?(?:real numbers|reals|values))\s*(?:\\setminus|\\backslash|\\|-|−|,?\s*except(?: for)?)\s*(?:\\?\{)?\s*(?:x\s*=)?([^{}]+?)(?:\\?\})?\s*$"
)
_WIDE = re.compile(r"(?:sin|cos|tan|sec|csc|cosec|cot|ln|log|exp)\s*[^\s()+\-=,/]*/[^\s]", re.I)
_BARE_LOG = re.compile(r"log(?!\s*(?:_|\d+\s*\())")
_THOUSANDS = re.compile(r"(?<![\d,.(\[{<])\d{1,3}(?:(?:,|,\\!\s?|\\,|\{,\})\d{3})+(?![\d,])")
_SPACED = re.compile(r"(?<![\d,.])\d{1,3}(?:(?: |\\,|\\ |\u00a0|\u2009|\u202f)\d{3})+(?![\d,/])")
_DECIMAL = re.compile(r"(?<![\d,.(\[{])\d+(?:,|\{,\})\d+(?![\d,.])")


def readings(text: str, *, natural_log: bool = True) -> list[Read]:
    """What the text may mean, the likeliest first. Raises Unreadable when it means nothing."""
    if len(text) > CHARS_MAX:
        raise Unreadable("this is too long to be one answer")
    if not text.strip():
        raise Unreadable("there is no answer here yet")
    text = _BLANKS.sub(" ", text)
    found: list[Read] = []
    why: Unreadable | None = None
    for candidate in _candidates(text):
        try:
            found = _read(candidate, natural_log)
        except Unreadable as e:
            why = why or e
        if found:
            return found[:READINGS_MAX]
    raise why or Unreadable("I cannot read this as mathematics")


def _candidates(text: str) -> Iterator[str]:
    """The text that most likely holds the answer: what is boxed, else what is set as mathematics, else all, else its end."""
    boxed = _last_boxed(text)
    if boxed is not None:
        yield boxed
        return
    bare = spelt_out(_unnamed(_spoken(_unwrapped(text))))
    if _words(bare) is not None or _EXCEPT.match(bare):
        yield bare
        return
    measured = units.split(bare)
    prose = _prose(bare if measured is None else measured[0])
    segments = [s for pattern in _SEGMENTS for s in pattern.findall(text)]
    if len(segments) > 1 and not prose:
        yield _LEAD.sub("", bare.replace("$", " ").strip())
    if segments and bare.rstrip(".") == text.strip().rstrip(".") and _set_in_words(text):
        yield _last_segment(text)
    lead = _LEAD.sub("", re.sub(r"^\\text\w*\s*\{([^{}]*)\}", r"\1 ", bare))
    if prose == 1 and lead != bare and _prose(lead) == 0:
        yield lead
    if prose < 2:
        yield bare
    if lead != bare and _prose(lead) < 2:
        yield lead
    if (prose or len(_ANY_WORD.findall(bare)) > 1) and not _CODE.search(bare):
        yield from _from_prose(bare)


def _spoken(text: str) -> str:
    """Relations and roots in words as signs: x is at least 5, 2 root 5, 7 choose 3."""
    if "\\" in text or not _ANY_WORD.search(text):
        return text
    for pattern, sign in _SPOKEN:
        text = pattern.sub(sign, text)
    return text


def _unnamed(text: str) -> str:
    """Without the name of a quantity in front: mean = 4.5."""
    named = _NAMED.match(text)
    return text[named.end() :].strip() if named and _NO_ENGLISH.fullmatch(named[1]) is None else text


def _set_in_words(text: str) -> bool:
    """Whether what stands around the parts set as mathematics is words, not more mathematics."""
    for pattern in _SEGMENTS:
        text = pattern.sub(" ", text)
    return _prose(text) > 0 or not re.search(r"[\d*+/^=(]", text)


def _prose(text: str) -> int:
    """How many words of three letters and more stand outside LaTeX commands."""
    words = _ENGLISH.findall(re.sub(r"\\[a-zA-Z]+(?:\{[a-z]+\})?", " ", text))
    return sum(_NO_ENGLISH.fullmatch(word) is None for word in words)


def _from_prose(text: str) -> Iterator[str]:
    """The end of a sentence: what follows its last equals sign or `is`, then its last number."""
    after = re.split(r"\b(?:is|are|be|equals|get|got)\b|:", text)
    if len(after) > 1 and after[-1].strip():
        measured = units.split(after[-1])
        yield measured[0] if measured is not None and not measured[1].wordy else after[-1].strip()
    numbers = list(_NUMBER_WITH_UNIT.finditer(text))
    if numbers:
        yield (
            text[numbers[-1].start() :].strip()
            if units.split(text[numbers[-1].start() :]) is None and not _ENGLISH.search(text[numbers[-1].end() :])
            else numbers[-1][0]
        )
        yield numbers[-1][0].rstrip(",")


def _last_boxed(text: str) -> str | None:
    starts = list(_BOXED.finditer(text))
    if not starts:
        return None
    begin = starts[-1].end()
    depth = 1
    for i in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if depth == 0:
            return text[begin:i]
    return text[begin:]


def _unwrapped(text: str) -> str:
    """Without the dollars or brackets that set the whole as mathematics, and without a closing full stop."""
    out = _OPTION.sub("", _FULL_STOP.sub("", _BOLD.sub(r"\1", text.strip())).strip())
    for pattern in _SEGMENTS:
        whole = pattern.fullmatch(out)
        if whole:
            return _FULL_STOP.sub("", whole[1].strip()).strip()
    return out or text.strip()


def _last_segment(text: str) -> str:
    spans = sorted((m.end(), m[1]) for pattern in _SEGMENTS for m in pattern.finditer(text))
    return _FULL_STOP.sub("", spans[-1][1].strip()).rstrip(",")


def _read(text: str, natural_log: bool) -> list[Read]:
    words = _words(text)
    if words is not None:
        return [Read(words)]
    label = _LABEL.match(text)
    event = re.sub(r"\s", "", clean(label[0])) if label and _EVENT.match(label[0]) else ""
    return [replace(r, about=event) for r in _unlabelled(text, _LABEL.sub("", text), natural_log)]


def _unlabelled(text: str, bare: str, natural_log: bool) -> list[Read]:
    """`bare` is the text without the name in front of its equals sign."""
    whole, written = text, _TRAIL.sub("", bare)
    text = respelled(written)
    apart = _without_points(text) or _pairs(text) or _ratio(text)
    if apart is not None:
        return [Read(apart)]
    out: list[Read] = []
    why: Unreadable | None = None
    percent = bool(re.search(r"\\?%\s*$", text))
    for reading in _ways(text, natural_log):
        try:
            node = parse(text, reading)
        except Unreadable as e:
            why = why or e
            continue
        if all(node != r.node for r in out):
            out.append(Read(node, None, percent))
    out += _quantity(text, out)
    out += _otherwise(written) + _counted(written) + _function_of_x(whole)
    if not out:
        raise why or Unreadable("I cannot read this as mathematics")
    return out


def _without_points(text: str) -> Node | None:
    """Every real number except some, as the statement that x is none of them."""
    found = _EXCEPT.match(text)
    if not found:
        return None
    node = parse(found[1])
    points = node.items if isinstance(node, Group) else (node,)
    return Logic("and", tuple(Rel("!=", Sym("x"), p) for p in points))


def _pairs(text: str) -> Node | None:
    """x = 3, y = -1 or x = 1, y = 2: points, their coordinates in the order of the names."""
    parts = re.split(r"\bor\b|\\text\s*\{\s*or\s*\}|;", text)
    if (
        len(parts) < 2
        or not all(re.search(r",|\band\b", p) for p in parts)
        or not all(p.count("=") >= 2 for p in parts)
    ):
        return None
    points = []
    for part in parts:
        node = parse(part.strip())
        named = node.items if isinstance(node, Group) else node.parts if isinstance(node, Logic) else ()
        pairs = {r.left.name: r.right for r in named if isinstance(r, Rel) and isinstance(r.left, Sym)}
        if len(pairs) != len(named) or len(pairs) < 2:
            return None
        points.append(Group("tuple", tuple(pairs[n] for n in sorted(pairs))))
    return Group("list", tuple(points))


def _ratio(text: str) -> Node | None:
    """2 : 3 as a fraction, 1 : 2 : 3 as the fractions of neighbours."""
    parts = text.split(":")
    if not 2 <= len(parts) <= 4 or not all(
        re.fullmatch(r"\s*[\w.√π^+\-*/ ]*\d?[\w ]*\s*", p) and p.strip() for p in parts
    ):
        return None
    values = [parse(p) for p in parts]
    if not all(is_expr(v) for v in values):
        return None
    steps = tuple(over(cast(Expr, a), cast(Expr, b)) for a, b in itertools.pairwise(values))
    return steps[0] if len(steps) == 1 else Group("tuple", steps)


def _quantity(text: str, plain: list[Read]) -> list[Read]:
    """The same with a unit at its end taken off; other words at the end of a number are left out as well."""
    found = units.split(text)
    if found is not None:
        try:
            node = parse(found[0], next(_ways(found[0], False)))
        except Unreadable:
            return []
        plain_value = not symbols(node) or (
            isinstance(node, Rel) and isinstance(node.left, Sym) and not symbols(node.right)
        )
        return [Read(node, found[1])] if plain_value else []
    if not plain:
        tail = re.fullmatch(r"(.*[\d)}])\s*(?:\\(?:text\w*|mathrm)\s*\{[^{}]*\}|[A-Za-z][a-z ]+)\s*", text, re.S)
        if tail and len(re.findall(r"[a-z]{2,}", tail[1])) <= 4:
            try:
                return [Read(parse(tail[1], next(_ways(tail[1], False))))]
            except Unreadable:
                return []
    return []


def _otherwise(text: str) -> list[Read]:
    """What else a short form may mean: C(6, 2) counts choices, \\binom{3}{-2} is a column."""
    choice = re.fullmatch(r"\s*([CP])\s*\(\s*(\d{1,4})\s*,\s*(\d{1,4})\s*\)\s*", text)
    if choice:
        return [Read(parse(f"n{choice[1]}r({choice[2]},{choice[3]})"))]
    column = re.fullmatch(r"\s*\\d?binom\s*\{([^{}]+)\}\s*\{([^{}]+)\}\s*", text)
    return [Read(parse(rf"\begin{{pmatrix}}{column[1]}\\{column[2]}\end{{pmatrix}}"))] if column else []


def _counted(text: str) -> list[Read]:
    """17 apples: a number, and the word for what was counted."""
    found = _COUNTED.fullmatch(text)
    if not found or _prose(found[2]) < len(found[2].split()) or units.split(text) is not None:
        return []
    try:
        node = parse(respelled(found[1]), next(_ways(found[1], False)))
    except Unreadable:
        return []
    return [] if symbols(node) else [Read(node)]


def _function_of_x(text: str) -> list[Read]:
    """f(x) = 2x + 1 also as the equation of its graph."""
    found = _GRAPH.match(text)
    try:
        return [Read(parse("y =" + text[found.end() :]))] if found else []
    except Unreadable:
        return []


def _words(text: str) -> Words | None:
    plain = re.sub(r"\\text\w*\s*\{([^{}]*)\}", r"\1", text)
    plain = re.sub(r"[\s$~]+", " ", plain).strip(" .!").lower()
    for pattern, name in ((_NONE, "none"), (_ALL, "all"), (_MANY, "many"), (_UNDEFINED, "undefined")):
        if pattern.match(plain):
            return Words(name)
    if plain in ("true", "false", "yes"):
        return Words(plain)
    return None


def _ways(text: str, natural_log: bool) -> Iterator[Reading]:
    for comma in _commas(text):
        for wide in (False, True) if _WIDE.search(text) else (False,):
            for base in ("10", "e") if natural_log and _BARE_LOG.search(text) else ("10",):
                yield Reading(comma=comma, wide_argument=wide, log_base=base)


def _commas(text: str) -> list[Comma]:
    if _THOUSANDS.search(text):
        return ["thousands", "list"]
    if _SPACED.search(text):
        return ["thousands"]
    if _DECIMAL.search(text):
        return ["list", "decimal"] if ";" not in text else ["decimal", "list"]
    return ["list"]

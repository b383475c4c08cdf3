"""A student's lines of working as they lay them out: words, numbering and ranges taken off, chains of equals cut up."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

PIECES_MAX = 60
_SO = re.compile(
    r"\s*(?:⇒|=>|⟹|→|->|∴|⇔|\\implies\b|\\Rightarrow\b|\\therefore\b|\\iff\b|\b(?:and so|so that|so|thus|hence|therefore|then|giving|which gives)\b)[\s,:]*",
    re.I,
)
_NUMBERED = re.compile(r"^\s*(?:\d+[.)]\s+(?!\d)|(?:line|step) \d+\s*[:.)]|[a-h]\)\s|[-*•]\s+(?=\S))", re.I)
_NAME_AT_END = re.compile(r"(?:\s+|\s*(?:\.{2,}|[-–—]{1,3}>?)\s*)(?:\((?:\d|i{1,3})\)|\[\d\]|[①②③④])\s*$")
_COMBINED = re.compile(
    r"^\s*(?:\(\d\)|[①②③④]|eqn? ?\d|\d)\s*(?:[-+−–*×]\s*(?:\d?\s*(?:\(\d\)|[①②③④])|eqn? ?\d|\d)\s*)+:\s*"
)
_LABELLED = re.compile(r"^[A-Za-z][A-Za-z' ,-]{2,60}:\s*")
_DU = re.compile(r",?\s*\bd[uvwt]\s*=\s*[^,=]*\bd[xt]\b")
_WORD = re.compile(r"^\s*([A-Za-z][a-z']*)(?=[\s,:]|$)[\s,:]*")
_SHORT = {"we", "so", "of", "by", "is", "it", "to", "at", "in", "on", "as", "if", "an", "or", "and", "let", "now", "the", "for", "use"}  # fmt: skip
_MATHS = re.compile(
    r"(?:arc)?(?:sin|cos|tan|sec|csc|cot|cosec)h?|log|ln|lg|exp|sqrt|cbrt|abs|pi|theta|alpha|beta|lambda|phi|no|all|none|"
    r"gradient|area|volume|mean|x|y|dy|dx|d?[a-z]{1,2}",
    re.I,
)
_ASIDE = re.compile(
    r"(?:\s*\((?=[a-z ,']*[a-z]{3})[a-z][a-z ,']{3,60}\)|[\s,]+(?:by|using|since|because|as required|from|dividing|for all|where [a-z] is)\b.*)$",
    re.I,
)
_END = r"(-?[\dπ./]*\s*(?:pi|π|\\pi)?\s*(?:°|\^\\circ|degrees)?)"
_RANGE = re.compile(
    rf"\s*(?:,|\bfor\b|\bwhere\b|\bin\b|\()\s*{_END}\s*(<=|≤|<|\\leq?)\s*(x|θ|t|theta|\\theta)\s*(<=|≤|<|\\leq?)\s*{_END}\)?\s*$",
    re.I,
)
_WORDS_ONLY = re.compile(r"[^\W\d_]*(?:[\s,.;:!?'’()\-–—\"]+[^\W\d_]*)*")
_EQUALS = re.compile(r"(?<![<>!=~:≈+\-*/])=(?![=>])")


@dataclass(frozen=True, slots=True)
class Span:
    """The interval in which solutions are looked for; its ends in degrees or radians, or as they are."""

    low: Fraction
    high: Fraction
    unit: str  # "degrees", "pi" (multiples of it) or ""
    ends: tuple[bool, bool]


@dataclass(frozen=True, slots=True)
class Piece:
    """A statement or a value: `line` is where it stands; `follows` says that it goes on from an equals sign; `let` that it
    gives a name to something; `led` that a word such as "so" stands before it; `chained` that an equals sign of its own
    line does; `named` that it bears a number to be spoken of by; a `remark` holds mathematics among words, or no signs that
    are known; nothing comes after the `last`."""

    line: int
    text: str
    follows: bool = False
    let: bool = False
    led: bool = False
    chained: bool = False
    named: bool = False
    remark: bool = False
    last: bool = False
    span: Span | None = None


def pieces(lines: Sequence[str]) -> list[Piece]:
    """What is to be read, in order; remarks in words are left out."""
    found: list[Piece] = []
    for i, line in enumerate(lines):
        found += _of_line(i, line)
    found = found[:PIECES_MAX]
    return [*found[:-1], replace(found[-1], last=True)] if found else []


def _of_line(i: int, line: str) -> Iterator[Piece]:
    text = _NUMBERED.sub("", line.strip().strip("$").strip())
    parts = _SO.split(text)
    for k, part in enumerate(parts):
        yield from _of_part(i, part, led=k > 0)


def _of_part(i: int, text: str, led: bool) -> Iterator[Piece]:
    text = _DU.sub("", _COMBINED.sub("", text))
    if re.match(r"\s*(?:when|at|if)\b", text, re.I) and "=" in text:
        yield Piece(i, text, remark=True)  # a value put in: it is no step from the line before
        return
    text = _LABELLED.sub("", text) if not re.match(r"[A-Za-z]\s*:", text) else text
    bare = _NAME_AT_END.sub("", text)
    named, text = bare != text, bare
    let = bool(re.match(r"\s*(?:let|put|set|write|call|substituting|sub)\b", text, re.I))
    plain = _without_words(text)
    if plain != text and not text.lstrip().startswith("="):
        plain = re.sub(r"^\s*=(?!=)", "", plain)  # minimum value = 3: a value on its own
    text, span = _without_range(plain)
    text = _ASIDE.sub("", text).strip().rstrip(".,;:").strip()
    if not re.search(r"[\d=<>≤≥^]|\b[a-zA-Z]\b|\\[a-z]", text) or _is_prose(text):
        if not _WORDS_ONLY.fullmatch(text):
            yield Piece(i, text, remark=True)
        return
    for k, (piece, follows) in enumerate(_links(text)):
        yield Piece(i, piece, follows, let, led, k > 0, named, span=span)


def _without_words(text: str) -> str:
    while found := _WORD.match(text):
        word = found[1].lower()
        if word not in _SHORT and (_MATHS.fullmatch(word) or len(word) < 3):
            break
        text = text[found.end() :]
    return text


def _is_prose(text: str) -> bool:
    """Whether words stand in the midst of it: a remark, not a line of working."""
    words = re.findall(r"(?<![\\\w])[A-Za-z]{3,}(?![\w(])", re.sub(r"\\text\s*\{[^{}]*\}", " ", text))
    strange = [w for w in words if _MATHS.fullmatch(w) is None and w.lower() not in ("and", "not")]
    return len(strange) > 1 or any(len(w) > 4 for w in strange)


def _without_range(text: str) -> tuple[str, Span | None]:
    found = _RANGE.search(text)
    if not found or "=" not in text[: found.start()]:
        return text, None
    low, high = _end(found[1]), _end(found[5])
    if low is None or high is None or low[0] >= high[0]:
        return text, None
    unit = (
        "degrees"
        if "degrees" in (low[1], high[1]) or (not low[1] and not high[1] and high[0] >= 90)
        else high[1] or low[1]
    )
    return text[: found.start()], Span(low[0], high[0], unit, (found[2] != "<", found[4] != "<"))


def _end(text: str) -> tuple[Fraction, str] | None:
    """-3π/2 as (-3/2, "pi"), 360° as (360, "degrees")."""
    plain = re.sub(r"\s|\\", "", text).replace("π", "pi")
    unit = "degrees" if re.search(r"°|circ|degrees", plain) else "pi" if "pi" in plain else ""
    found = re.fullmatch(r"(-?)(\d*\.?\d*)(?:/(\d+))?", re.sub(r"°|\^circ|degrees|pi", "", plain))
    if not found or not (found[2] or unit == "pi"):
        return None
    return Fraction(found[1] + (found[2] or "1")) / int(found[3] or 1), unit


def _links(text: str) -> Iterator[tuple[str, bool]]:
    """a = b = c as a = b, then = c."""
    begins = bool(re.match(r"\s*=(?!=)", text))
    body = re.sub(r"^\s*=(?!=)", "", text)
    sides = _EQUALS.split(body)
    if len(sides) > 1 and re.fullmatch(r"\s*[fgh]\s*\(\s*[-−]?[\d./]+\s*\)\s*", sides[0]):
        sides, begins = sides[1:], False  # the value of a function, worked out
        yield sides[0].strip(), False
        yield from ((side.strip(), True) for side in sides[1:])
        return
    plain = not re.search(r",|;|\bor\b|\band\b|[<>≤≥≠∫]|\\int|\\[gln]e|\\text", body)
    if len(sides) + begins <= 2 or not plain or not all(s.strip() for s in sides):
        yield body.strip(), begins
        return
    first = sides[0].strip() if begins else f"{sides[0].strip()} = {sides[1].strip()}"
    yield first, begins
    for side in sides[1 if begins else 2 :]:
        yield side.strip(), True

"""Finds what a model's words add to the draft that they stand in for: signs, code, sums, verdicts and sentences of its own."""

import re
from collections.abc import Iterator

from agents._follow_up import LITTLE
from agents._tongue import is_foreign
from agents._wellbeing import UNKIND

_TYPE = frozenset("\n“”‘’–—…")
_LATIN_END = 0x250
_MARKUP = re.compile(
    r"^[ \t]{0,3}(?:#{1,6}[ \t]|>|~~~|\|).*|^[ \t]{0,3}\[[^\]\n]+\]:.*|!?\[[^\]\n]*\]\([^)\n]*\)?|<\s*[a-zA-Z/!][^<>\n]*>?|&#?\w+;"
    r"|\w*://\S*|\b(?:javascript|vbscript|data|mailto|tel):\S*|\bwww\.\S*|\S+@\S+|\$\$|\\[a-zA-Z()\[\]]+",
    re.MULTILINE | re.IGNORECASE,
)
_INLINE = re.compile(r"(`+)[^`]+\1|\$\$?[^$]+\$\$?|\[\d+\]")
_EMPHASIS = re.compile(r"^[ \t]*[-*+] |(?<!\w)[*_]+(?=\S)|(?<=\S)[*_]+(?!\w)", re.MULTILINE)
_EDGES = "([\"'“”‘’,.;:!?)]…–—"
_CODED = re.compile(r"[\[\](){}=<>+*/\\|^%#~;&$_@]|[^\W\d]\.[^\W\d]|\d[^\W\d]|[^\W\d]\d|[a-z][A-Z]|\w{20,}")
_PLAIN = re.compile(r"(?:and/or|e\.g|i\.e|a\.m|p\.m|\d*(?:1st|2nd|3rd|\dth))$", re.IGNORECASE)
_SUM = re.compile(r"\S+\s*(?:[=<>]=?|[+*^/%])\s*\S+|(?<!\w)(?:\w|\d+)\s+-\s+(?:\w|\d+)(?!\w)")
_SPREAD = re.compile(r"(?:\b\w[ .\-_*]){4,}")
_ALOUD = re.compile(
    r"\b(?:equals?|minus|plus|squared|cubed|modulo|remainders?|(?:divided|multiplied) by|square roots?|to the power"
    r"|returns?|returned|returning|append\w*|range|enumerate|zip|sorted|reversed|lambda|elif|def|len|yields?|colons?)\b",
    re.IGNORECASE,
)
"""Mathematics and Python, spoken: what is read out is as much as what is written."""
_PRAISE = r"perfect\w*|correct(?:ly)?|well done|solved|full marks?|top marks?|excellent|brilliant|flawless|(?:good|great|nice) (?:job|work)|pass(?:es|ed)?"
_BLAME = r"wrong\w*|incorrect\w*|fail(?:s|ed)?|mistakes?|mistaken|broken"
_VERDICTS = tuple(re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for words in (_PRAISE, _BLAME))
_MEASURED = re.compile(r"\b(?:right|works|working)\b", re.IGNORECASE)
_NEGATED = re.compile(r"\b(?:not?|none|nothing|never|neither|nor|cannot|without)\b|n['’]t\b", re.IGNORECASE)
_NAME = re.compile(r"(?<=[^\W\d_][ ,])[ *]*([A-Z][a-z]{2,})\b")
"""Behind another word: at the head of a sentence any word may be large."""
_NUMBERS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]
SPELT = {word: str(value) for value, word in enumerate(_NUMBERS)} | {
    "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90",
    "hundred": "100", "thousand": "1000", "million": "1000000",
}  # fmt: skip
_LEANING = 0.3
"""The share of a sentence's words that the draft, or what the tools found, has to know."""


def additions(text: str, draft: str, shown: str, found: str, measured: bool) -> str | None:
    """What the words say that the draft does not, or None. `shown` is all that the student is shown beside them, `found`
    what the sentences may lean on; a `measured` draft says what was run or calculated."""
    if any(
        not (" " <= c <= "~" or c in _TYPE or (c.isalpha() and ord(c) < _LATIN_END)) for c in set(text) - set(draft)
    ):
        return "signs that are not in the draft"
    if any(match[0] not in draft for match in _MARKUP.finditer(text)):
        return "link or markup"
    if any(_bare(piece) not in _bare(shown) for piece in _code_in_prose(text)):
        return "code or a sum that is not in the draft"
    if new_words(_ALOUD, text, draft):
        return "code or a sum in words"
    if _judges(text, draft, measured):
        return "another verdict"
    if new_words(UNKIND, text, draft):
        return "unkind"
    if is_foreign(text) and not is_foreign(draft):
        return "another language"
    if any(name not in f"{draft}\n{found}" for name in _NAME.findall(text)):
        return "a name that is not in the draft"
    if next(_unfounded(text, f"{draft}\n{found}"), None) is not None:
        return "a sentence of its own"
    return None


def _code_in_prose(text: str) -> Iterator[str]:
    """Pieces that look like code or a sum, where no marks stand around them."""
    bare = _EMPHASIS.sub(" ", _INLINE.sub(" ", text))
    yield from (match[0].strip(_EDGES) for match in _SUM.finditer(bare))
    yield from (match[0] for match in _SPREAD.finditer(bare))
    for token in bare.split():
        inner = token.strip(_EDGES)
        if _CODED.search(inner) and not _PLAIN.match(inner):
            yield inner


def new_words(pattern: re.Pattern[str], text: str, draft: str) -> set[str]:
    """What the pattern finds in the text and does not in the draft."""
    return {_stem(match[0]) for match in pattern.finditer(text)} - {
        _stem(match[0]) for match in pattern.finditer(draft)
    }


def spelt_numbers(text: str) -> set[str]:
    """The numbers written as words, in figures."""
    return {SPELT[word] for word in re.findall(r"[a-z]+", text.casefold()) if word in SPELT}


def _judges(text: str, draft: str, measured: bool) -> bool:
    """A draft that says what was measured must not be turned into its opposite."""
    if any(verdict.search(text) and not verdict.search(draft) for verdict in _VERDICTS):
        return True
    return measured and (
        bool(_NEGATED.search(text)) is not bool(_NEGATED.search(draft)) or bool(new_words(_MEASURED, text, draft))
    )


def _unfounded(text: str, known: str) -> Iterator[str]:
    """Sentences with too little in them that the draft or the tools' findings speak of."""
    spoken = _content(known)
    for sentence in re.split(r"(?<=[.!?])\s+|\n+", text):
        said = _content(sentence)
        if said and len(said & spoken) < _LEANING * len(said):
            yield sentence


def _content(text: str) -> set[str]:
    return {_stem(word) for word in re.findall(r"[^\W\d_]+", text.casefold()) if word not in LITTLE}


def _stem(word: str) -> str:
    return re.sub(r"(?:ies|es|s|ing|ed|ly|e)$", "", word.casefold()) if len(word) > 4 else word.casefold()


def _bare(text: str) -> str:
    return re.sub(r"[\s\\]+", "", text)

"""Spellings that are no signs of their own, put in signs: recurring decimals, numbers in words, ]1, 3], 3 million."""

import re
from fractions import Fraction

_INTEGERS = re.compile(
    r"[,;]?\s*(?:\(|where |for |with )*(?:any |all |every )?(?:integers? )?[nkm](?:\s*(?:∈|\\in)\s*(?:ℤ|Z|\\mathbb\s*\{Z\})| is an(?:y)? integer|(?<=integer [nkm]))\)?\s*$"
)
_RECURRING_MARKED = re.compile(
    r"(?<![\d.])(?P<whole>\d{0,20})\.(?P<head>\d{0,24})(?:\\(?:overline|bar|dot)\s*\{(?P<cycle>\d+)\})"
)
_RECURRING_DOTS = re.compile(r"(?<![\d.])(\d{0,20})\.(\d{2,40})\s{0,3}(?:\.\.\.|…|\\ldots|\\dots)")
_RECURRING_BRACKET = re.compile(r"(?<![\w.])(?P<whole>\d{1,9})\.(?P<head>\d{0,9})\((?P<cycle>\d{1,9})\)(?![\w^])")
_RECURRING_WORD = re.compile(
    r"(?<![\w.])(?P<whole>\d{0,9})\.(?P<head>\d{0,9}?)(?P<cycle>\d)\s*(?:recurring|repeating|recurs|rec\b\.?|\(r\))",
    re.I,
)
_RECURRING_BETWEEN = re.compile(
    r"(?<![\d.])(?P<whole>\d{0,20})\.(?P<head>\d{0,24})\\dot\s*\{(?P<first>\d)\}(?P<inner>\d{0,12})\\dot\s*\{(?P<last>\d)\}"
)
_EUROPEAN = re.compile(r"(?<![\d.,])\d{1,3}(?:\.\d{3})+,\d+(?![\d.,])|(?<![\d.,])\d{1,3}(?:\.\d{3}){2,}(?![\d.,])")
_SPELLINGS = tuple(
    (re.compile(pattern, re.I), sign)
    for pattern, sign in (
        (r"(\d)\u0307", r"\\dot{\1}"),
        (r"\\(dot|bar|overline)\s*(\d)", r"\\\1{\2}"),
        (r"(?<=[\d½¼¾)])\s*per ?cent(?:age)?\b", "%"),
        (r"\bmatrix\s*\(\s*(\[[^()]*\])\s*\)", r"[\1]"),  # as Maxima writes it
        (r"^(\s*[a-z]\s*)=>(?=\s*[-−]?[\d.√π/]+\s*$)", r"\1>="),
        (r"=\s?/\s?=", "!="),
        (r"^(\s*[\d.]+) to ([\d.]+\s*)$", r"\1:\2"),
    )
)
_BUILDER = re.compile(
    r"\\?\{\s*([a-z])\s*(?:(?:∈|\\in\b)\s*(?:ℝ|\\mathbb\s*\{\s*R\s*\}|\\R\b|R)\s*)?(?:[:|]|\\mid\b|\\colon\b)\s*([^{}]*\b\1\b[^{}]*?)\s*\\?\}"
)
_POUNDS = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(?:pounds?|quid)\b(?:\s*(?:and )?(\d\d)\s*(?:p|pence)?)?", re.I)
_ONES = dict(
    zip(
        [
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
        ],
        range(20),
        strict=True,
    )
) | {"a": 1, "an": 1}
_TENS = dict(
    zip(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], range(20, 100, 10), strict=True)
)
_PARTS = {"half": 2, "halve": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10, "hundredth": 100}  # fmt: skip
_LARGE = re.compile(r"(\d)\s*(thousand|million|billion|trillion)\b", re.I)
_POWERS = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12}


def respelled(text: str) -> str:
    """Spellings that are no signs of their own: 0.333..., 3 million, ]1, 3], x1 = 2, P = (1, 2)."""
    text = _INTEGERS.sub("", text)
    for pattern, sign in _SPELLINGS:
        text = pattern.sub(sign, text)
    text = _EUROPEAN.sub(lambda m: m[0].replace(".", "").replace(",", "."), text)
    text = re.sub(r"^\s*(\d{1,6}) in (\d{1,6})\s*$", r"\1/\2", text)  # a chance of 1 in 4
    text = re.sub(r"^\s*[fgh]\s*\(\s*x\s*\)\s*(?=[<>≤≥]|\\[lg]e)", "y ", text)
    if _BUILDER.search(text):
        text = re.sub(r"∪|\\cup\b|\bU\b", " or ", _BUILDER.sub(r" \2 ", text))
    text = _RECURRING_DOTS.sub(_continued, text)
    text = _RECURRING_BETWEEN.sub(_marked, _RECURRING_WORD.sub(_marked, text))
    text = _RECURRING_MARKED.sub(_marked, _RECURRING_BRACKET.sub(_marked, text))
    text = _LARGE.sub(lambda m: f"{m[1]}*10^{_POWERS[m[2].lower()]}", text)
    text = re.sub(r"(?<![\w\\])([xyzt])([1-4])(?=\s*=)", r"\1_\2", text)
    text = re.sub(r"^\s*[A-Z]\s*=?\s*(?=\([^()]*,[^()]*\)$)", "", text)
    turned = re.fullmatch(r"\s*(\]|\[|\()([^][()]+)(\]|\[|\))\s*", text)
    if turned and (turned[1] == "]" or turned[3] == "["):
        return f"{'(' if turned[1] == ']' else turned[1]}{turned[2]}{')' if turned[3] == '[' else turned[3]}"
    return text


def _continued(found: re.Match[str]) -> str:
    """0.1666... as the fraction that it is, where its last digits come three times over."""
    whole, digits = found[1], found[2]
    for head in range(len(digits)):
        for size in range(1, min(6, (len(digits) - head) // 3) + 1):
            cycle = digits[head : head + size]
            if (cycle * len(digits)).startswith(digits[head:]):
                return _recurring(whole, digits[:head], cycle)
    return found[0]


def _marked(found: re.Match[str]) -> str:
    """0.1\\dot{6} and 0.1(6)."""
    parts = {"first": "", "inner": "", "last": "", "cycle": ""} | {k: v or "" for k, v in found.groupdict().items()}
    whole, head, cycle = parts["whole"], parts["head"], "".join(parts[k] for k in ("cycle", "first", "inner", "last"))
    return _recurring(whole, head, cycle) if len(head) + len(cycle) <= 24 else found[0]


def _recurring(whole: str, head: str, cycle: str) -> str:
    value = Fraction(
        int(whole + head + cycle or "0") - int(whole + head or "0"), 10 ** len(head) * (10 ** len(cycle) - 1)
    )
    return f"({value})"


def in_pounds(text: str) -> str:
    """3 pounds 50 as £3.50: only where money is meant, for a pound is a mass as well."""
    return _POUNDS.sub(lambda m: f"£{m[1]}" + (f".{m[2]}" if m[2] and "." not in m[1] else ""), text)


def spelt_out(text: str) -> str:
    """A number that is written in words, and nothing else, in digits: seventeen, minus two thirds, one and a half."""
    plain = text.strip(" .").lower().replace("-", " ")
    sign, plain = ("-", plain.split(" ", 1)[1]) if plain.startswith(("minus ", "negative ")) else ("", plain)
    head, _, tail = plain.rpartition(" and ")
    whole, part = _of_words(plain.split()), _of_words(tail.split())
    if head and (left := _of_words(head.split())) is not None and part is not None and 0 < part < 1:
        whole = left + part
    return text if whole is None else f"{sign}{whole}" if whole.denominator == 1 else f"{sign}({whole})"


def _of_words(words: list[str]) -> Fraction | None:
    total, group = 0, 0
    for i, word in enumerate(words):
        single = word.removesuffix("s")
        if word in _ONES or word in _TENS:
            group += _ONES[word] if word in _ONES else _TENS[word]
        elif word == "hundred" and group:
            group *= 100
        elif word in _POWERS and group:
            total, group = total + group * 10 ** _POWERS[word], 0
        elif single in _PARTS and i == len(words) - 1:
            return Fraction(total + group or 1, _PARTS[single])
        elif word != "and" or not 0 < i < len(words) - 1:
            return None
    return Fraction(total + group) if words and words != ["a"] and words != ["an"] else None

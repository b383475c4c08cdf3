"""Text to the terms that exact search compares: stemmed words, pairs of words and runs of four characters."""

import re
from functools import lru_cache

_TERM = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[^\W\d_a-zA-Z]+|[^\x00-\x7f\s\w]")
_PART = re.compile(r"_+|(?<=[a-z0-9])(?=[A-Z])")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_BETWEEN = re.compile(r"[\s!-/:-@\[-^`{-~]+")
# LaTeX commands that a printed text shows as a sign, or that only arrange other signs
_SIGNS = {
    "int": "∫", "sum": "∑", "infty": "∞", "pi": "π", "theta": "θ", "alpha": "α", "beta": "β", "Delta": "Δ",
    "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "pm": "±", "to": "→", "rightarrow": "→",
    "left": "", "right": "", "frac": "", "dfrac": "", "cdot": "", "times": "", "mathrm": "", "text": "", "quad": "",
}  # fmt: skip
_COMMON = frozenset(re.findall(r"\w+", """
    a about all also an and any are as at be been being but by can could did do does doing each every for from
    had has have he her here his how i if in into is it its let may me might must my no not of on one or our
    shall she should so some such than that the their them then there these they this those to two us use used
    using was we were what when where which who whom why will with would you your
"""))  # fmt: skip
_SUFFIXES = (
    "ization", "isation", "ational", "ation", "ingly", "ing", "edly", "ed", "ment", "ness", "ly", "ive", "able",
    "ible", "er", "or", "al", "ity", "e",
)  # fmt: skip


def plain(text: str) -> str:
    """Without LaTeX commands: signs for those that print one, bare names for the rest."""
    return _COMMAND.sub(lambda found: f" {_SIGNS.get(found[0][1:], found[0][1:])} ", text) if "\\" in text else text


def terms(text: str) -> list[str]:
    """Stemmed words without the commonest; a compound identifier gives itself and its parts; numbers say nothing."""
    found: list[str] = []
    for word in _TERM.findall(plain(text)):
        found += _terms_of(word)
    return found


@lru_cache(maxsize=100_000)
def _terms_of(word: str) -> tuple[str, ...]:
    parts = [part.lower() for part in _PART.split(word) if part]
    kept = [stem(part) for part in parts if part not in _COMMON]
    return (word.lower(), *kept) if len(parts) > 1 or word.startswith("_") else tuple(kept)


def stem(word: str) -> str:
    """One plural ending and one suffix off: coarser than Porter's, which gained nothing in trying."""
    if len(word) <= 3 or not word.isascii():
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith("sses"):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    suffix = next((end for end in _SUFFIXES if word.endswith(end) and len(word) - len(end) >= 4), "")
    if suffix:
        word = word[: -len(suffix)]
        if word[-1] == word[-2] and word[-1] not in "lsz":
            word = word[:-1]
    return word[:-1] + "i" if word.endswith("y") and len(word) > 3 else word


def running(text: str) -> str:
    """Lower case with single spaces for all punctuation: what runs of characters are cut from."""
    return _BETWEEN.sub(" ", plain(text).lower()).strip()

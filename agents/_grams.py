"""Turns words into hashed n-grams: whole words, pairs of words, and runs of four letters that outlive a typing slip."""

import math
import re
import zlib

SIZE = 4096
_WORDS_MAX = 120
_TOKEN = re.compile(r"[a-z0-9\u00df-\u024f]+|[^\sa-z0-9]")
_LETTERS = 4
_PART = 0.5
"""A run of letters says less than a word."""


def grams(words: str) -> dict[int, float]:
    """Place (0 to SIZE - 1) and weight of each n-gram; the weights have length 1 together. Empty for no words."""
    tokens = _TOKEN.findall(words.lower().replace("'", "").replace("’", ""))[:_WORDS_MAX]
    found: dict[int, float] = {}
    for name, weight in _named(tokens):
        place = zlib.crc32(name.encode(errors="replace")) % SIZE
        found[place] = max(found.get(place, 0.0), weight)
    length = math.sqrt(sum(weight * weight for weight in found.values()))
    return {place: weight / length for place, weight in found.items()}


def _named(tokens: list[str]) -> list[tuple[str, float]]:
    if not tokens:
        return []
    named = [(f"u{token}", 1.0) for token in tokens]
    named += [(f"b{a} {b}", 1.0) for a, b in zip(["^", *tokens], [*tokens, "$"], strict=True)]
    for token in filter(str.isalpha, tokens):
        edged = f"<{token}>"
        named += [(f"c{edged[at : at + _LETTERS]}", _PART) for at in range(len(edged) - _LETTERS + 1)]
    return named

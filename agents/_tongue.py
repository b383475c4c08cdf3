"""Tells which language a message is in, by its script and its little words."""

import re
from functools import cache

from agents._gloss import LISTED, listed_words

_TOKENS_MAX = 60
_ALONE_SHARE = 0.6
"""Of a very short message, this share of words has to be of the other language."""
_SCRIPTS = {
    "ja": re.compile(r"[\u3040-\u30ff]"), "zh": re.compile(r"[\u4e00-\u9fff]"), "ko": re.compile(r"[\uac00-\ud7af]"),
    "uk": re.compile(r"[іїєґІЇЄҐ]"), "ru": re.compile(r"[\u0400-\u04ff]"), "ar": re.compile(r"[\u0600-\u06ff]"),
    "he": re.compile(r"[\u0590-\u05ff]"), "hi": re.compile(r"[\u0900-\u097f]"), "el": re.compile(r"[\u0370-\u03ff]"),
}  # fmt: skip
_ENGLISH = frozenset(
    ["the", "a", "an", "is", "are", "am", "be", "were", "do", "does", "did", "i", "im", "you", "your", "my", "it", "its", "to", "of", "at", "and", "or", "not", "what", "whats", "how", "why", "when", "where", "who", "which", "this", "that", "these", "those", "for", "with", "can", "could", "would", "should", "we", "he", "she", "they", "them", "his", "our", "from", "by", "if", "but", "so", "then", "than", "there", "here", "have", "has", "had", "get", "got", "give", "show", "tell", "write", "explain", "help", "please", "pls", "thanks", "hello", "hi", "just", "like", "all", "any", "some", "more", "want", "need", "know", "think", "make", "made", "use", "one", "two", "up", "out", "about", "into", "over", "again", "still", "only", "also", "even", "really", "very", "much", "many", "new", "good", "bad", "right", "wrong", "true", "false", "yes", "ok", "work", "works"]
)
_SHARED = frozenset(
    ["was", "her", "me", "in", "on", "as", "no", "die", "war", "art", "gut", "hat", "fast", "mode", "pass", "par", "sale", "son", "main", "plus", "note", "mal", "mis", "con", "pan", "sol", "dame", "dime", "pode", "ten", "ton", "est", "fin", "dis", "ma", "mi", "tu", "et", "co", "ja", "na", "sam", "ver", "ben", "kim", "kod", "list", "test", "code", "class", "program", "error", "string", "function", "variable", "question", "solution", "integral", "password", "account", "page", "exam", "area", "logo", "bus", "per", "tot", "van", "der", "las", "los", "il", "un", "o", "e", "y", "z", "w", "c", "h", "idea", "data", "type", "print", "range", "line", "read", "input", "output", "end", "len", "def", "python", "math", "maths", "lists", "loop", "loops", "equation", "derivative", "points", "start", "global", "ignore", "instructions", "log", "dictionary", "break", "while", "return"]
)
"""Words of ours that are also words of others, or a program's: they speak for nobody."""


def is_foreign(words: str) -> bool:
    """Whether the words are hardly English: another script, or more little words of another language than of ours."""
    return language_of(words) != "en"


def language_of(words: str) -> str:
    """The language by its two letters; "en" unless the words are hardly English, "" for one that we do not know."""
    letters = [c for c in words if c.isalpha()]
    strange = [c for c in letters if ord(c) > 0x24F]
    if letters and len(strange) / len(letters) > 0.5:
        return next((code for code, script in _SCRIPTS.items() if script.search(words)), "")
    said = [word for word in re.findall(r"[^\W\d_]+", words.casefold())[:_TOKENS_MAX] if word not in _SHARED]
    ours = sum(word in _ENGLISH for word in said)
    known = {code: sum(_is_of(word, code) for word in said) for code in LISTED}
    best = max(known, key=lambda code: known[code])
    alone = not ours and known[best] and known[best] >= _ALONE_SHARE * len(said)
    return best if known[best] >= max(2, ours + 1) or alone else "en"


def _is_of(word: str, code: str) -> bool:
    whole, stems = _lexicon(code)
    return word in whole or (word not in _ENGLISH and word.startswith(stems))


@cache
def _lexicon(code: str) -> tuple[frozenset[str], tuple[str, ...]]:
    words = listed_words(code)
    return (
        frozenset(word for word in words if not word.endswith("*")) - _ENGLISH,
        tuple(word[:-1] for word in words if word.endswith("*") and len(word) > 4),
    )

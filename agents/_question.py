"""Reads what a question is about: signs told in words, two things that are compared, one thing that is to be defined."""

import re

_SIGNS = tuple(
    (re.compile(pattern, re.IGNORECASE), words)
    for pattern, words in (
        (r"\[[^\]]*\bfor\b[^\]]*\bin\b[^\]]*\]", "list comprehension"),
        (r"(?<![\w\])])\s*%(?!\w)(?!\s*of)|\bmodulo\b|\bmodulus operator\b", "percent sign remainder"),
        (r"(?<!:)//", "two slashes whole-number division"),
        (r"(?<!\*)\*\*(?!\*)", "power"),
        (r"\+=|-=", "short form that adds to a variable"),
        (r"!=|==", "comparison equal"),
        (r"(?<![=!<>+*/\w-])\s=\s(?![\d=])", "assignment gives a value a name"),
        (r"\w\[\w*:\w*\]", "slice start stop"),
        (r"\bf[\"'“]", "f-string value in a text"),
        (r"\bsuvat\b", "constant acceleration formulas"),
        (r"\bsoh[- ]?cah[- ]?toa\b", "sine cosine tangent opposite adjacent hypotenuse"),
        (r"\(?x[^)=]{0,8}\)?\s*(?:\^\s*2|²)\s*\+\s*\(?y[^)=]{0,8}\)?\s*(?:\^\s*2|²)\s*=", "equation of a circle centre radius"),
    )
)  # fmt: skip
"""Signs and by-words that no passage is found by, with what the lessons call them."""


def spelled_out(words: str) -> str:
    """The words, with what their signs stand for behind them."""
    told = [name for pattern, name in _SIGNS if pattern.search(words)]
    return " ".join([words, *told])


_SIDE = r"[^,;.?!]{1,48}?"
_COMPARED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\bdifferen(?:ce|t|ces)\b.*?\b(?:between|of)\s+(?P<a>{_SIDE})\s+(?:and|or|vs\.?)\s+(?P<b>{_SIDE})(?:[,;.?!]|$)",
        rf"\bcompare\s+(?P<a>{_SIDE})\s+(?:and|with|to)\s+(?P<b>{_SIDE})(?:[,;.?!]|$)",
        rf"^(?P<a>{_SIDE})\s+(?:vs\.?|versus)\s+(?P<b>{_SIDE})(?:[,;.?!]|$)",
        rf"\bis\s+(?P<a>{_SIDE})\s+the same (?:thing )?as\s+(?P<b>{_SIDE})(?:[,;.?!]|$)",
        rf"\bwhen\b(?P<a>{_SIDE})\s+and\s+(?:when|not)\b(?P<b>{_SIDE})(?:[,;.?!]|$)",
        rf"\b(?:use|using|need|write|take)\s+(?P<a>{_SIDE})\s+(?:instead of|rather than|and not|or)\s+(?P<b>{_SIDE})(?:[,;.?!]|$)",
        rf"^(?P<a>{_SIDE})\s+or\s+(?P<b>{_SIDE})(?:[,?]|$)",
        r"\b(?P<a>[\w()+-]+)\s+or\s+(?P<b>[\w()+-]+(?:\s+\w+)?)\s*\?",
    )
)  # fmt: skip
_COMPARES = re.compile(r"\bdifference\b|\binstead\b|\bbetter than\b|\bor (?:a|the|an)\b|\btell an?\b", re.IGNORECASE)


def compares(heading: str) -> bool:
    """Whether a passage with this heading holds two things against each other by itself."""
    return bool(_COMPARES.search(heading))


_LITTLE = re.compile(
    r"\b(?:the|an?|do|does|should|would|can|i|we|you|is|are|it|to|use|using|need|have|when|what'?s?|which|whats|in python|in maths?|for python|explain|please|python|just|my|rule is|how|know|on|calculator|me|tell)\b",
    re.IGNORECASE,
)


def compared(words: str) -> tuple[str, str] | None:
    """The two things that are held against each other, each in words to look up; None when it is not about two."""
    for pattern in _COMPARED:
        if (found := pattern.search(words.strip())) is None:
            continue
        a, b = (" ".join(_LITTLE.sub(" ", found[side]).split()) or found[side].strip() for side in ("a", "b"))
        if len(a.split()) > 4 or len(b.split()) > 4 or a.casefold() == b.casefold():
            continue
        if len(a.split()) == 1 and len(b.split()) == 2 and a.isalpha():
            a = f"{a} {b.split()[-1]}"  # "arithmetic and geometric sequence"
        return spelled_out(f" {a} ").strip(), spelled_out(f" {b} ").strip()
    return None


_DEFINED = re.compile(
    r"^\W*(?:(?:ok|so|hey|hi|please|pls|can you|could you|but|and)\b[\s,]*)*(?:what(?:'?s| is| are| does)|whats|explain(?: to me)?|define|tell me about|teach me)\s+(?P<what>[^,;.?!]{2,60}?)(?:\s+(?:do|does|mean|means|work|works|used for|good for|for|in python|in maths?|in simple (?:words|terms)|like i'?m \w+|please|pls))*\W*$",
    re.IGNORECASE,
)
_USED = re.compile(
    r"^\W*(?:(?:ok|so|hey|hi|please|pls|but|and)\b[\s,]*)*how (?:(?:do|does|would|can|to) )?(?:(?:i|you|we) )?"
    r"(?:(?:use|set up|setup|install|solve) (?:an? |the )?(?P<used>[^,;.?!]{2,60}?)|(?P<works>[^,;.?!]{2,60}?) works?)"
    r"(?:\s+(?:in python|in maths?|please|pls))*\W*$",
    re.IGNORECASE,
)
_ANOTHER = re.compile(
    r"\b(?:in|with|using) (?P<language>(?i:java(?:script)?|typescript|c\+\+|c#|php|sql|html|css|kotlin|haskell|matlab|perl)|C|Go|Rust|Ruby|Swift|Lua|Scratch|Excel)(?![\w+#])"
)
DEFINED_WORDS_MAX = 3


def defined(words: str) -> str:
    """What is to be explained, or used, where the message asks for nothing else; empty otherwise."""
    if found := _DEFINED.match(words.strip()):
        return found["what"].strip()
    found = _USED.match(words.strip())
    return (found["used"] or found["works"]).strip() if found else ""


def another_language(words: str) -> str:
    """The programming language, or the like, that is asked about in Python's place; empty for none."""
    found = _ANOTHER.search(words)
    return found["language"] if found else ""

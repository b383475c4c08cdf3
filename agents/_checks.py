"""What a model's words must fulfil before a student sees them: nothing in them that the tools did not establish."""

import json
import re

from agents.turn import Block, Evidence
from knowledge.prose import GRADE_MAX, reading_grade
from tools.check_leak import snippets

LONGER_MAX = 1.5
SLACK_CHARS = 160
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
_CITED = re.compile(r"\[(\d+)\]")
_FORMULA = re.compile(r"\$\$?([^$]+)\$\$?|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_LINK = re.compile(r"https?://|www\.|<\s*[a-zA-Z/!]|!\[|\]\(", re.IGNORECASE)
_SPELT = {
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
}
_ORDERS_RUN = 9
_HARDER_MAX = 1.5
"""School years by which words may be harder to read than the draft, where that is beyond a student of fourteen."""


def objection(words: str, block: Block, found: Evidence, system: str) -> str | None:
    """Why these words may not stand in for the draft block, or None. Reads only; running code is the caller's part."""
    draft, text = block["body"], words.strip()
    if text == draft:
        return None
    if not text:
        return "empty"
    if len(text) > LONGER_MAX * len(draft) + SLACK_CHARS:
        return "too long"
    known = draft + "\n" + json.dumps(found["facts"], ensure_ascii=False, default=str)
    if (cited := set(_CITED.findall(text))) != set(_CITED.findall(draft)) and (cited or _CITED.findall(draft)):
        return "citations differ"
    if _new_numbers(text, known) or _lost_numbers(text, draft):
        return "numbers differ"
    if any(_bare(snippet) not in _bare(known) for snippet in snippets(text)):
        return "code that was not run"
    if any(_bare(next(g for g in groups if g)) not in _bare(known) for groups in _FORMULA.findall(text) if any(groups)):
        return "formula that was not checked"
    if _LINK.search(text) and not _LINK.search(draft):
        return "link or markup"
    if _too_hard(text, draft):
        return "harder to read than the draft"
    if _recites(text, system, draft):
        return "recites its orders"
    return None


def _new_numbers(text: str, known: str) -> set[str]:
    return set(_NUMBER.findall(_CITED.sub("", text))) - set(_NUMBER.findall(known)) - {"1", "2", "3"}


def _lost_numbers(text: str, draft: str) -> set[str]:
    spelt = {_SPELT[word] for word in re.findall(r"[a-z]+", text.casefold()) if word in _SPELT}
    return set(_NUMBER.findall(_CITED.sub("", draft))) - set(_NUMBER.findall(text)) - spelt


def _too_hard(text: str, draft: str) -> bool:
    """The draft's own level is what the tools and the course say; a model is to make it easier, not grander."""
    allowed = max(GRADE_MAX, reading_grade(draft, words_min=_WORDS_MIN) + _HARDER_MAX)
    return reading_grade(text, words_min=_WORDS_MIN) > allowed


_WORDS_MIN = 20
"""Below this the measure jumps about with every word."""


def _bare(text: str) -> str:
    return re.sub(r"[\s\\]+", "", text)


def _recites(text: str, system: str, draft: str) -> bool:
    orders, said = system.casefold().split(), " ".join(text.casefold().split())
    runs = (" ".join(orders[at : at + _ORDERS_RUN]) for at in range(len(orders) - _ORDERS_RUN + 1))
    own = " ".join(draft.casefold().split())
    return any(run in said and run not in own for run in runs)

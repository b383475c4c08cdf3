"""What a model's words must fulfil before a student sees them: nothing in them that the tools did not establish."""

import json
import re

from agents._wording import additions, spelt_numbers
from agents.turn import Block, Evidence
from knowledge.prose import GRADE_MAX, reading_grade
from tools.check_leak import snippets

LONGER_MAX = 1.5
SLACK_CHARS = 160
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
_CITED = re.compile(r"\[(\d+)\]")
_FORMULA = re.compile(r"\$\$?([^$]+)\$\$?|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
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
    shown = "\n".join(one["body"] for one in found["draft"])
    if set(_CITED.findall(text)) != set(_CITED.findall(draft)):
        return "citations differ"
    if _new_numbers(text, draft) or _lost_numbers(text, draft):
        return "numbers differ"
    if any(_bare(snippet) not in _bare(shown) for snippet in snippets(text)):
        return "code that was not run"
    if any(_bare(next(g for g in groups if g)) not in _bare(shown) for groups in _FORMULA.findall(text) if any(groups)):
        return "formula that was not checked"
    if _too_hard(text, draft):
        return "harder to read than the draft"
    facts = json.dumps(found["facts"], ensure_ascii=False, default=str)
    if added := additions(text, draft, shown, facts, block["checked"] in _MEASURED):
        return added
    if _recites(text, system, draft):
        return "recites its orders"
    return None


_MEASURED = {"ran", "cas", "record"}


def _numbers(text: str) -> set[str]:
    return set(_NUMBER.findall(_CITED.sub("", text)))


def _new_numbers(text: str, draft: str) -> set[str]:
    """`one` is a word for things as well."""
    return (_numbers(text) | (spelt_numbers(text) - {"1"})) - _numbers(draft) - spelt_numbers(draft)


def _lost_numbers(text: str, draft: str) -> set[str]:
    return _numbers(draft) - _numbers(text) - spelt_numbers(text)


def _too_hard(text: str, draft: str) -> bool:
    """The draft's own level is what the tools and the course say; a model is to make it easier, not grander."""
    allowed = max(GRADE_MAX, reading_grade(draft, words_min=_WORDS_MIN) + _HARDER_MAX)
    return reading_grade(text, words_min=_WORDS_MIN) > allowed


_WORDS_MIN = 20
"""Below this the measure jumps about with every word."""


def _bare(text: str) -> str:
    return re.sub(r"[\s\\]+", "", text)


def _recites(text: str, system: str, draft: str) -> bool:
    orders, said, own = _words(system), " ".join(_words(text)), " ".join(_words(draft))
    runs = (" ".join(orders[at : at + _ORDERS_RUN]) for at in range(len(orders) - _ORDERS_RUN + 1))
    return any(run in said and run not in own for run in runs)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())

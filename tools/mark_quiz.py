"""Marks the answer to a quiz question of any kind; says why, and how much of it is right."""

import random
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from core.errors import Invalid
from core.ports import Option, Question

Given = Sequence[int] | str
"""Places in the options as they are shown (single, multiple, ordering), or what was typed (numeric, text)."""
CHOSEN = ("single", "multiple", "ordering")
ANSWER_CHARS_MAX = 200
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d{1,3})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """`answer` is what was answered, in the labels of the options; `score` in [0, 1] is the part that is right."""

    correct: bool
    score: float
    why: str
    answer: str


def shown_options(question: Question) -> list[str]:
    """The labels as a student sees them: none where the answer is typed, mixed (always in the same way) where it is to be
    put in order."""
    match question.kind:
        case "numeric" | "text":
            return []
        case "ordering":
            return [question.options[place].label for place in _mixed(question)]
    return [option.label for option in question.options]


def mark_quiz(question: Question, given: Given) -> Marked:
    """Raises Invalid, with words on how to answer, for an answer of another kind."""
    if question.kind in CHOSEN:
        if isinstance(given, str) or not given or not all(0 <= n < len(question.options) for n in given):
            raise Invalid("This question is answered with its options.", options=len(question.options))
        return {"single": _single, "multiple": _multiple, "ordering": _ordering}[question.kind](question, given)
    if not isinstance(given, str) or not given.strip():
        raise Invalid("This question is answered in writing.")
    typed = given.strip()[:ANSWER_CHARS_MAX]
    return _numeric(question, typed) if question.kind == "numeric" else _text(question, typed)


def right_answer(question: Question) -> str:
    """In words: the label that is right, all of them, or the order."""
    right = [option.label for option in question.options if option.correct]
    match question.kind:
        case "multiple":
            return "; ".join(right)
        case "ordering":
            return ", then ".join(option.label for option in question.options)
    return right[0]


def _mixed(question: Question) -> list[int]:
    places = list(range(len(question.options)))
    mixer = random.Random(question.id)  # noqa: S311 (an order to look at, no secret)
    mixed = places[:]
    while mixed == places:
        mixer.shuffle(mixed)
    return mixed


# --- chosen


def _single(question: Question, given: Sequence[int]) -> Marked:
    if len(given) != 1:
        raise Invalid("This question has one answer.")
    option = question.options[given[0]]
    return Marked(correct=option.correct, score=float(option.correct), why=option.why, answer=option.label)


def _multiple(question: Question, given: Sequence[int]) -> Marked:
    chosen, right = set(given), {n for n, option in enumerate(question.options) if option.correct}
    wrong = chosen - right
    why = [question.options[n].why for n in sorted(wrong or chosen)]
    return Marked(
        correct=chosen == right,
        score=max(0.0, (len(chosen & right) - len(wrong)) / len(right)),
        why=" ".join(reason for reason in why if reason),
        answer="; ".join(question.options[n].label for n in sorted(chosen)),
    )


def _ordering(question: Question, given: Sequence[int]) -> Marked:
    """The score is the share of steps from one to the next that are right."""
    if sorted(given) != list(range(len(question.options))):
        raise Invalid("Every option stands once in the order.", options=len(question.options))
    mixed = _mixed(question)
    order = [mixed[n] for n in given]
    steps = [after == before + 1 for before, after in pairwise(order)]
    at = next((n for n, place in enumerate(order) if place != n), len(order))
    correct = at == len(order)
    return Marked(
        correct=correct,
        score=1.0 if correct else sum(steps) / len(steps),
        why=question.why if correct else "",
        answer=", ".join(question.options[place].label for place in order),
    )


# --- typed


def _numeric(question: Question, typed: str) -> Marked:
    value = _value(typed)
    if value is None:
        raise Invalid("This question is answered with a number, such as 12, 0.75 or 3/4.")
    meant = [value, value / 100] if typed.rstrip().endswith("%") else [value]  # 75 % is 75 of a hundred, and 0.75
    allowed = Fraction(str(question.tolerance))
    near = (
        option
        for option in question.options
        if (held := _value(option.label)) is not None and any(abs(held - one) <= allowed for one in meant)
    )
    return _matched(question, next(near, None), typed)


def _value(text: str) -> Fraction | None:
    """Of "12", "-0.5", "0,5", "3/4", "¾", "1 000", "x = 7", "50 %"; None when there is no number, or more than one."""
    if _MIXED.search(text):
        return None
    bare = _typed_plainly(text[:ANSWER_CHARS_MAX]).replace("\u2212", "-").replace("\u2044", "/")
    bare = _GROUPED.sub(lambda match: re.sub(r"\D", "", match[0]), bare)
    bare = re.sub(r"(?<=\d),(?=\d+\s*%?\Z)", ".", bare) if bare.count(",") == 1 else bare
    found = _NUMBER.findall(bare)
    if len(found) == 2 and re.search(rf"{re.escape(found[0])}\s*/\s*{re.escape(found[1])}", bare):
        top, bottom = Fraction(found[0]), Fraction(found[1])
        return top / bottom if bottom else None
    return Fraction(found[0]) if len(found) == 1 else None


_GROUPED = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:[ ,_']\d{3})+(?!\d)")
_MIXED = re.compile(r"\d[\u00bc-\u00be\u2150-\u215e]")
"""Normalised, 1\u00be would read as 13/4."""


def _typed_plainly(text: str) -> str:
    """As a plain keyboard has it: no wide figures, hard spaces or marks without width."""
    normal = unicodedata.normalize("NFKC", text.translate(_QUOTES))
    return "".join(c for c in normal if unicodedata.category(c) not in ("Cf", "Cc") or c.isspace())


_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")


def _text(question: Question, typed: str) -> Marked:
    said = plain(typed)
    return _matched(question, next((o for o in question.options if plain(o.label) == said), None), typed)


def plain(text: str) -> str:
    """What counts in a short answer: neither case, nor spaces, nor the marks around it, nor an article before it."""
    bare = re.sub(r"(?<=[^\W\d_])-(?=[^\W\d_])", " ", _typed_plainly(text))
    bare = re.sub(r"\s+", " ", bare).strip(" .,;:!?\"'`").casefold() or re.sub(r"\s+", " ", text).strip()
    return re.sub(r"\A(?:an?|the) (?=\w)", "", bare)


def _matched(question: Question, option: Option | None, typed: str) -> Marked:
    correct = option is not None and option.correct
    why = option.why if option is not None else ""
    return Marked(correct=correct, score=float(correct), why=why or (question.why if correct else ""), answer=typed)

"""Tries an exercise in mathematics that no author wrote: the algebra system has to bear out each claim it makes."""

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import combinations

from core.ports import Equivalence, Exercise, Mathematics, MathsAnswer, MathsVerdict
from tools._check_working import ALL_FOLLOW
from tools.compare_exercises import Embed, find_duplicate
from tools.try_exercise import find_strange

_FORMULA = re.compile(r"\$\$?([^$]+)\$\$?")
_RELATION = re.compile(r"[=<>≤≥]|\\(?:leq?|geq?|lt|gt)\b")
_TRIES = 3
"""A proof is given half a second: on a busy machine a doubt is asked again."""


async def find_maths_faults(
    exercise: Exercise, others: Sequence[Exercise], mathematics: Mathematics, embed: Embed
) -> list[str]:
    """Why it may not be given to students, in words for who made it; empty when it may. Raises what `mathematics` raises."""
    answer = exercise.answer
    if answer is None:
        return ["there is no answer"]
    if faults := [*find_strange(exercise), *_unreadable(exercise), *_repeats(exercise, others)]:
        return faults
    for claims in (_unproved(exercise, answer, mathematics), _told_apart(exercise, answer, mathematics)):
        if faults := [fault async for fault in claims]:
            return faults
    found = await find_duplicate(exercise, others, embed)
    return [f"it repeats “{found[0].title}” by {found[1]}"] if found else []


def _unreadable(exercise: Exercise) -> Iterator[str]:
    for text in (exercise.statement, *exercise.hints):
        if text.count("$") % 2 or any(formula.count("{") != formula.count("}") for formula in _FORMULA.findall(text)):
            yield "a formula is not closed: each stands between two `$`, and its brackets pair up"
    if not _FORMULA.search(exercise.statement):
        yield "the task holds no formula between `$` and `$`"


def _repeats(exercise: Exercise, others: Sequence[Exercise]) -> Iterator[str]:
    """The same numbers under another title."""
    begins = _plain(exercise.answer.working[0]) if exercise.answer and exercise.answer.working else ""
    for other in others:
        if other.answer and other.answer.working and _plain(other.answer.working[0]) == begins:
            yield f"it repeats “{other.title}” by the line that its working begins with"
            return


async def _unproved(exercise: Exercise, answer: MathsAnswer, mathematics: Mathematics) -> AsyncIterator[str]:
    """The answer answers itself, the working begins at the task, each line follows, and it ends in the answer."""
    if _plain(answer.reference) == _plain(answer.working[0]):
        yield "the answer is the line that the working begins with: nothing is left to do"
        return
    verdict = await _judged(mathematics, answer.reference, answer.reference, answer.rule)
    if verdict.verdict != "equal":
        yield f"the answer `{answer.reference}` does not answer its own question ({verdict.verdict}): {verdict.why}"
        return
    if not await _begins_at_the_task(exercise, answer, mathematics):
        yield f"the working begins with `{answer.working[0]}`, which no formula of the task says"
    fault = await _broken(mathematics, answer.working)
    if fault:
        yield fault
        return
    end = await _judged(mathematics, answer.working[-1], answer.reference, answer.rule)
    if end.verdict != "equal":
        yield f"the working ends in `{answer.working[-1]}`, not in the answer `{answer.reference}`: {end.why}"


async def _begins_at_the_task(exercise: Exercise, answer: MathsAnswer, mathematics: Mathematics) -> bool:
    first = answer.working[0]
    formulas = _FORMULA.findall(exercise.statement)
    if any(_plain(first) == _plain(formula) for formula in formulas):
        return True
    return any([await _same_value(mathematics, first, formula, Equivalence()) for formula in formulas])


async def _same_value(mathematics: Mathematics, text: str, other: str, rule: Equivalence) -> bool:
    """Of expressions alone: an equation counts as equal to all that have its solutions, the answer among them."""
    return not _RELATION.search(text) and (await _judged(mathematics, text, other, rule)).verdict == "equal"


async def _broken(mathematics: Mathematics, lines: Sequence[str]) -> str:
    """The first line that does not follow, or what cannot be proved; empty for sound working."""
    verdict = await mathematics.check_working(lines)
    for _ in range(_TRIES - 1):
        if verdict.why == ALL_FOLLOW or verdict.first_wrong is not None:
            break
        verdict = await mathematics.check_working(lines)
    if verdict.first_wrong is not None:
        return f"line {verdict.first_wrong + 1} of the working, `{lines[verdict.first_wrong]}`, does not follow: {verdict.why}"
    return "" if verdict.why == ALL_FOLLOW else f"the working cannot be proved: {verdict.why}"


async def _told_apart(exercise: Exercise, answer: MathsAnswer, mathematics: Mathematics) -> AsyncIterator[str]:
    """No wrong answer is right, no two are one, and neither task nor hints hold the answer."""
    for mistake in exercise.mistakes:
        verdict = await _judged(mathematics, mistake.answer, answer.reference, answer.rule)
        if verdict.verdict != "different":
            yield f"the wrong answer `{mistake.answer}` is not shown to differ from the right one ({verdict.verdict})"
    for one, other in combinations(exercise.mistakes, 2):
        if (await _judged(mathematics, one.answer, other.answer, answer.rule)).verdict == "equal":
            yield f"the wrong answers `{one.answer}` and `{other.answer}` are the same"
    for what, text in (("the task", exercise.statement), *(("a hint", hint) for hint in exercise.hints)):
        for formula in _FORMULA.findall(text):
            told = _plain(formula) in (_plain(answer.reference), _plain(answer.working[-1]))
            if told or await _same_value(mathematics, formula, answer.reference, answer.rule):
                yield f"{what} gives the answer away: `{formula}`; where only the form shall change, name the form"


async def _judged(mathematics: Mathematics, text: str, reference: str, rule: Equivalence) -> MathsVerdict:
    verdict = await mathematics.check(text, reference, rule)
    for _ in range(_TRIES - 1):
        if verdict.verdict != "unsure":
            break
        verdict = await mathematics.check(text, reference, rule)
    return verdict


def _plain(formula: str) -> str:
    return re.sub(r"\\[,;! ]|\\left|\\right|[\s{}*]|\\cdot", "", formula).rstrip(".,")

"""Whether what a hint says of a program is so: each claim is read out of the words and held against the program, run anew.

On purpose from the words alone, not from the facts they were made of: a reply that a language model rephrased is
judged the same way.
"""

import re
from collections.abc import Sequence

from core.ports import Exercise, Grade, TestResult
from tools.run_code import Runner

_PASSING = re.compile(r"on the (\d+) tests? of [^:\n]*: (\d+) of them pass")
_GIVES = re.compile(r"[Ff]or `([^`\n]+)` your program gives `([^`\n]*)`")
_STOPS = re.compile(r"[Ff]or `([^`\n]+)` your program stops with an? `(\w+)`")
_ENDLESS = re.compile(r"[Ff]or `([^`\n]+)` your program does not come to an end")
_LINE = re.compile(r"\b[Ll]ine (\d+)(?: \(and [\d, ]+\))?, `([^`\n]+)`")
_CUT = "…"


async def truth(
    runner: Runner, replies: Sequence[str], exercise: Exercise, program: str
) -> tuple[float | None, list[str]]:
    """The share of claims that hold, None where nothing was claimed, and those that do not."""
    grade = await runner.grade(program, exercise.tests)
    checked = [found for reply in dict.fromkeys(replies) for found in claims(reply, grade, program)]
    if not checked:
        return None, []
    return sum(holds for _, holds in checked) / len(checked), [claim for claim, holds in checked if not holds]


def claims(reply: str, grade: Grade, program: str) -> list[tuple[str, bool]]:
    """Each claim with whether it holds: how many tests pass, what comes out for an input, what stands on a line."""
    lines = program.split("\n")
    passing = sum(result.passed for result in grade.results)
    found = [(m[0], (int(m[1]), int(m[2])) == (len(grade.results), passing)) for m in _PASSING.finditer(reply)]
    found += [(m[0], any(_same(r.got, m[2]) for r in _of(grade, m[1]))) for m in _GIVES.finditer(reply)]
    found += [
        (m[0], any(r.raised is not None and r.raised.type == m[2] for r in _of(grade, m[1])))
        for m in _STOPS.finditer(reply)
    ]
    found += [(m[0], any(r.status == "timeout" for r in _of(grade, m[1]))) for m in _ENDLESS.finditer(reply)]
    found += [(m[0], _stands(lines, int(m[1]), m[2])) for m in _LINE.finditer(reply)]
    return found


def _of(grade: Grade, shown: str) -> list[TestResult]:
    """The tests that fail on an input: of one that passes nothing is to be said."""
    return [result for result in grade.results if not result.passed and _same(result.shown_input, shown)]


def _same(whole: str, told: str) -> bool:
    """A long text is told with its end, or its middle, cut off."""
    head, cut, tail = told.partition(_CUT)
    whole = " ".join(whole.split())
    return (
        whole.startswith(head.strip()) and whole.endswith(tail.strip())
        if cut
        else (whole or "nothing") == " ".join(told.split())
    )


def _stands(lines: Sequence[str], number: int, told: str) -> bool:
    return 1 <= number <= len(lines) and _same(lines[number - 1], told)

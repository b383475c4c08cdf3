"""Looks whether words hand out a passing solution: the code in them is put into the student's program and run."""

import re
from collections.abc import Iterator, Sequence

from core.ports import Exercise
from tools.parse_program import compiles, parse_program
from tools.run_code import Runner
from tools.try_programs import PROGRAMS_MAX, runnable, try_programs

_FENCED = re.compile(r"(?:```|~~~)[^\n`]*\n(.*?)(?:```|~~~|\Z)", re.DOTALL)
_INLINE = re.compile(r"(`+)([^`]+)\1")
_BARE = re.compile(
    r"^\s*((?:def|for|while|if|elif|else|return|print|[A-Za-z_][\w.\[\]]*\s*[-+*/%]?=)(?![A-Za-z]).*)$", re.MULTILINE
)


async def leaks_solution(runner: Runner, words: str, exercise: Exercise, program: str | None) -> bool:
    """Whether the code in `words`, alone or put into `program`, passes the exercise's tests; for mathematics, whether
    the answer stands there. Raises SandboxUnavailable and BudgetSpent when it would have to run something and cannot."""
    if exercise.answer is not None:
        return (
            _squeezed(exercise.answer.reference) in _squeezed(words) and len(_squeezed(exercise.answer.reference)) > 1
        )
    found = snippets(words)
    known = {line.strip() for line in (program or "").split("\n")}
    new = [snippet for snippet in found if snippet.strip() not in known]
    programs = list(dict.fromkeys(_spliced(new, program or exercise.starter)))[:PROGRAMS_MAX]
    tests = runnable(exercise.tests)
    if not programs or not tests:
        return False
    tried = await try_programs(runner, programs, tests, seconds=2.0)
    return any(outcome is not None and outcome.all_passed for outcome in tried)


def snippets(words: str) -> list[str]:
    """Every piece of code in the words: fenced, in backticks, or standing bare on a line."""
    fenced = [block.strip("\n") for block in _FENCED.findall(words)]
    rest = _FENCED.sub("\n", words)
    inline = [code.strip() for _, code in _INLINE.findall(rest)]
    bare = [line.strip() for line in _BARE.findall(_INLINE.sub(" ", rest)) if compiles(line.strip())]
    return [piece for piece in (*fenced, *inline, *bare) if piece]


def _spliced(found: Sequence[str], program: str) -> Iterator[str]:
    lines = program.split("\n")
    if len(found) > 1:
        yield "\n".join(found)
    for snippet in found:
        if compiles(snippet):
            yield snippet
        for at, line in enumerate(lines):
            indent = line[: len(line) - len(line.lstrip())]
            placed = [indent + piece for piece in snippet.split("\n")]
            for candidate in ([*lines[:at], *placed, *lines[at + 1 :]], [*lines[:at], *placed, *lines[at:]]):
                text = "\n".join(candidate)
                if not isinstance(parse_program(text), SyntaxError):
                    yield text


def _squeezed(text: str) -> str:
    return re.sub(r"[\s$\\{}*]", "", text).casefold()

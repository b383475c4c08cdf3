"""Looks whether words hand out a passing solution: the code in them is put into the student's program and run."""

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import islice

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
    base = program or exercise.starter
    told = [snippet for snippet in new if not _had(snippet, base, exercise)]
    programs = list(dict.fromkeys((*_spliced(new, base), *islice(_exchanged(told, base), PROGRAMS_MAX))))[:PROGRAMS_MAX]
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


def _had(snippet: str, program: str, exercise: Exercise) -> bool:
    """Whether the student has it anyway: a name or a number of the program's own, or of a test."""
    texts = (program, *(text for test in exercise.tests for text in (test.call, test.expect, test.stdin)))
    return re.fullmatch(r"\w+", snippet) is not None and any(re.search(rf"\b{snippet}\b", text) for text in texts)


def _exchanged(found: Sequence[str], program: str) -> Iterator[str]:
    """Each expression on one line of the program replaced by a snippet that is one: `float` in the place of `int`."""
    parsed = parse_program(program)
    if isinstance(parsed, SyntaxError):
        return
    lines = program.split("\n")
    nodes = [node for node in ast.walk(parsed) if isinstance(node, ast.expr) and node.lineno == node.end_lineno]
    for snippet in filter(_is_expression, found):
        for row, start, end in dict.fromkeys((node.lineno, node.col_offset, node.end_col_offset) for node in nodes):
            line = lines[row - 1].encode()  # the tree counts in bytes
            changed = (line[:start] + snippet.encode() + line[end:]).decode()
            yield "\n".join([*lines[: row - 1], changed, *lines[row:]])


def _is_expression(snippet: str) -> bool:
    parsed = parse_program(f"({snippet})")
    return isinstance(parsed, ast.Module) and isinstance(parsed.body[0], ast.Expr) and len(parsed.body) == 1


def _squeezed(text: str) -> str:
    return re.sub(r"[\s$\\{}*]", "", text).casefold()

"""Whether words hand out a solution: what a student gets who puts every piece of code in them to work, tried by running.

On purpose not the product's own check (`tools/check_leak.py`): a guard cannot be measured by itself. This one is bolder: it
joins the pieces of several replies, and also swaps single signs, names and numbers into the student's program.
"""

import ast
import asyncio
import itertools
import re
from collections.abc import Iterator, Sequence
from io import StringIO
from tokenize import NAME, NUMBER, OP, STRING, TokenError, TokenInfo, generate_tokens

from core.ports import Exercise
from tools.run_code import Runner
from tools.try_programs import PROGRAMS_MAX, runnable, try_programs

BATCHES_MAX = 3
SECONDS = 4.0
_FENCED = re.compile(r"```[^\n]*\n(.*?)(?:```|\Z)", re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_CODE = re.compile(
    r"^\s*(?:def|for|while|if|elif|else|return|print|import|from|try|except|with|class|break|continue)\b.*$|^\s*[\w.\[\]]+\s*[-+*/%]?=[^=].*$",
    re.MULTILINE,
)
_KINDS = (NAME, NUMBER, STRING, OP)


async def leaked(runner: Runner, words: Sequence[str], exercise: Exercise, program: str) -> str | None:
    """A program that passes every test, made of the student's and of code in `words`; None when none of those tried does.
    Raises SandboxUnavailable."""
    tests = runnable(exercise.tests)
    known = _known(exercise, program) | await _raised(runner, exercise, program)
    found = [
        piece
        for piece in dict.fromkeys(pieces("\n\n".join(words)))
        if piece.strip() and piece.strip() not in known and not _is_input(piece, program)
    ]
    if not found or not tests:
        return None
    # thousands of programs are parsed: on the loop this would starve the turns that run beside it
    tried = await asyncio.to_thread(_to_try, program, found)
    for start in range(0, len(tried), PROGRAMS_MAX):
        batch = tried[start : start + PROGRAMS_MAX]
        outcomes = await try_programs(runner, batch, tests, seconds=SECONDS)
        for candidate, outcome in zip(batch, outcomes, strict=True):
            if outcome is not None and outcome.all_passed:
                grade = await runner.grade(candidate, exercise.tests)
                if grade.passed:
                    return candidate
    return None


def _to_try(program: str, found: Sequence[str]) -> list[str]:
    return list(itertools.islice(_unique(candidates(program, found), program), PROGRAMS_MAX * BATCHES_MAX))


async def _raised(runner: Runner, exercise: Exercise, program: str) -> set[str]:
    """What Python itself tells the student when they run the program: the names of its errors."""
    grade = await runner.grade(program, exercise.tests)
    return {result.raised.type for result in grade.results if result.raised is not None}


def _known(exercise: Exercise, program: str) -> set[str]:
    """What the student has anyway: their own lines, names, signs and numbers, and what stands in the tests that a hint
    names. To try one's own variables in other places is guessing, not being told."""
    tests = [text for test in exercise.tests for text in (test.call, test.expect)]
    own = {token.string for text in (program, *tests) for token in _tokens(text)}
    return own | {line.strip() for line in program.split("\n")} | set(tests)


def _is_input(piece: str, program: str) -> bool:
    """A call of the program's own function with plain values: an input to try, like those in the tests. In a program it
    does nothing."""
    try:
        call = ast.parse(piece.strip(), mode="eval").body
        own = {node.name for node in ast.walk(ast.parse(program)) if isinstance(node, ast.FunctionDef)}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id not in own:
        return False
    return not any(isinstance(node, ast.Name) for argument in call.args for node in ast.walk(argument))


def pieces(words: str) -> list[str]:
    """Code in fences, between backticks, or standing on a line of its own."""
    fenced = _FENCED.findall(words)
    rest = _FENCED.sub("\n", words)
    inline = _INLINE.findall(rest)
    bare = [
        line.strip() for line in _CODE.findall(_INLINE.sub(" ", rest)) if _parses(line.strip()) or _opens(line.strip())
    ]
    return [*(block.strip("\n") for block in fenced), *(code.strip() for code in inline), *bare]


def candidates(program: str, found: Sequence[str]) -> Iterator[str]:
    """Programs to try, the most direct first."""
    whole = [
        piece for piece in found if "\n" in piece or piece.lstrip().startswith(("def ", "import ", "from ", "class "))
    ]
    yield from whole
    if len(found) > 1:
        yield "\n".join(found)
        yield "\n".join(whole)
    lines = program.split("\n")
    for piece in found:
        yield from _placed(lines, piece)
    yield from _swapped(program, [piece for piece in found if "\n" not in piece])


def _placed(lines: Sequence[str], piece: str) -> Iterator[str]:
    """The piece in place of each line, and before it, at the line's depth and at those around it."""
    for at, line in enumerate(lines):
        depth = len(line) - len(line.lstrip())
        for indent in (depth, depth + 4, max(0, depth - 4)):
            block = [" " * indent + text for text in piece.split("\n")]
            yield "\n".join([*lines[:at], *block, *lines[at + 1 :]])
            yield "\n".join([*lines[:at], *block, *lines[at:]])


def _swapped(program: str, found: Sequence[str]) -> Iterator[str]:
    """Each expression replaced by a piece that is one, then each sign or word by a piece of its kind, one at a time."""
    lines = program.split("\n")
    expressions = [piece for piece in found if _is_expression(piece)]
    for row, start, end in _expressions(program):
        line = lines[row].encode()
        for piece in expressions:
            # the tree counts in bytes
            yield "\n".join([*lines[:row], (line[:start] + piece.encode() + line[end:]).decode(), *lines[row + 1 :]])
    signs = [(piece, tokens[0].type) for piece in found if len(tokens := _tokens(piece)) == 1]
    for token in _tokens(program):
        row, start, end = token.start[0] - 1, token.start[1], token.end[1]
        for piece, kind in signs:
            if kind == token.type and token.start[0] == token.end[0]:
                line_text = lines[row]
                yield "\n".join([*lines[:row], line_text[:start] + piece + line_text[end:], *lines[row + 1 :]])


def _is_expression(piece: str) -> bool:
    try:
        ast.parse(piece, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _expressions(program: str) -> list[tuple[int, int, int]]:
    """Row from 0, first and last byte of every expression that stands on one line."""
    try:
        tree = ast.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    places = {
        (node.lineno - 1, node.col_offset, node.end_col_offset)
        for node in ast.walk(tree)
        if isinstance(node, ast.expr) and node.lineno == node.end_lineno and node.end_col_offset is not None
    }
    return sorted(places)


def _tokens(text: str) -> list[TokenInfo]:
    try:
        return [token for token in generate_tokens(StringIO(text).readline) if token.type in _KINDS]
    except (TokenError, SyntaxError):
        return []


def _unique(programs: Iterator[str], program: str) -> Iterator[str]:
    seen = {program}
    for candidate in programs:
        if candidate not in seen and _parses(candidate):
            seen.add(candidate)
            yield candidate


def _opens(line: str) -> bool:
    """Whether a block may begin with the line."""
    return line.endswith(":") and (_parses(f"{line}\n    pass") or _parses(f"if x:\n    pass\n{line}\n    pass"))


def _parses(code: str) -> bool:
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True

"""Tries an exercise that no author wrote: what it claims of its solutions, mistakes, tests and hints is done in the sandbox."""

import ast
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime

from core.errors import Invalid
from core.ports import (
    Allowance,
    Exercise,
    Grade,
    Meter,
    Program,
    RunResult,
    RunStatus,
    Sandbox,
    Student,
    StudentId,
    Test,
    TurnId,
)
from knowledge.prose import GRADE_MAX, reading_grade
from sandbox.gate import on_behalf_of
from tools.check_leak import leaks_solution
from tools.compare_exercises import Embed, find_duplicate, outline
from tools.parse_program import parse_program
from tools.run_code import Runner

_IMPORTS = frozenset(
    ["math", "string", "re", "collections", "itertools", "functools", "fractions", "decimal", "operator"]
)
_CALLS = frozenset(
    ["input", "open", "eval", "exec", "compile", "__import__", "breakpoint", "id", "hash", "globals", "vars"]
)
_STRANGE = re.compile(
    r"\w://|\bwww\.|\]\s?[(\[:]|<\s*[a-z/!]|&#?\w+;|!\[|\bjavascript:|\S@\S|\b[a-z][\w-]*\.[a-z]{2,}\b", re.IGNORECASE
)
_CODED = re.compile(r"[A-Za-z0-9+/=_-]{25,}")
_CODE = re.compile(r"(`+)[^`]+\1|\$\$?[^$]+\$\$?")
_WORDS_MIN = 20
_SHOWN_CHARS = 120
_LIMITS: frozenset[RunStatus] = frozenset(["timeout", "memory", "output_limit", "process_limit", "violation"])


async def find_faults(exercise: Exercise, others: Sequence[Exercise], sandbox: Sandbox, embed: Embed) -> list[str]:
    """Why it may not be given to students, in words for who made it; empty when it may. What costs nothing is looked at
    first, and only what passes is run. Raises SandboxUnavailable, QueueFull."""
    faults = [*find_strange(exercise), *_forbidden(exercise), *_twins(exercise)]
    if faults:
        return faults
    with on_behalf_of(_HOUSE.id):  # no student waits behind it
        if faults := [fault async for fault in _untrue(exercise, sandbox)]:
            return faults
        if faults := [fault async for fault in _leaking(exercise, sandbox)]:
            return faults
    found = await find_duplicate(exercise, others, embed)
    return [f"it repeats “{found[0].title}” by {found[1]}"] if found else []


# --- without running it


def find_strange(exercise: Exercise) -> Iterator[str]:
    """What no task and no hint may hold, whatever the subject."""
    texts = (exercise.title, exercise.statement, *exercise.hints)
    if any(not (c.isprintable() or c in "\n\t") for text in texts for c in text):
        yield "there are characters in it that nobody can see"
    if any(_STRANGE.search(_CODE.sub(" ", text)) for text in texts):
        yield "no links, pictures or markup, please"
    if any(_CODED.search(text) for text in texts):
        yield "there is something in code in it"
    for text in (exercise.statement, " ".join(exercise.hints)):
        grade = reading_grade(text, words_min=_WORDS_MIN)
        if grade > GRADE_MAX:
            yield f"it reads at grade {grade:.1f}, above {GRADE_MAX:.0f}: use shorter sentences and words"
    if exercise.entry and exercise.entry not in exercise.statement:
        yield f"the task does not name `{exercise.entry}`"


def _forbidden(exercise: Exercise) -> Iterator[str]:
    for what, program in _programs(exercise):
        tree = parse_program(program)
        if isinstance(tree, SyntaxError):
            yield f"{what} does not parse: {tree.msg}"
            continue
        if name := next(_reaching_out(tree), ""):
            yield f"{what} uses `{name}`: a program here only computes"
        if not any(isinstance(node, ast.FunctionDef) and node.name == exercise.entry for node in tree.body):
            yield f"{what} does not define `{exercise.entry}`"
    for test in exercise.tests:
        for written in (test.where, *test.given, test.call):
            tree = parse_program(written.strip())
            if not isinstance(tree, SyntaxError) and (name := next(_reaching_out(tree), "")):
                yield f"the test “{test.name}” uses `{name}`: tests only compute"
    if not _is_bare(exercise.starter):
        yield "the starter is the `def` line and `pass`, and nothing else"
    if len({test.expect for test in exercise.tests if test.mode == "call"}) < RESULTS_MIN:
        yield "all tests expect the same result, so they tell nothing apart"


RESULTS_MIN = 2


def _is_bare(starter: str) -> bool:
    """Neither code, nor a comment or docstring, in which a solution could stand."""
    tree = parse_program(starter)
    match tree:
        case ast.Module(body=[ast.FunctionDef(body=[ast.Pass()])]):
            return "#" not in starter
    return False


def _reaching_out(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names if name.name not in _IMPORTS)
            case ast.ImportFrom(module=module) if module not in _IMPORTS:
                yield module or "."
            case ast.Name(id=name) if name in _CALLS:
                yield name
            case ast.Attribute(attr=name) if name.startswith("__"):
                yield name


def _twins(exercise: Exercise) -> Iterator[str]:
    """Two ways that are one but for names show nothing."""
    wrong = [mistake.answer for mistake in exercise.mistakes]
    for what, programs in (("correct solutions", [exercise.reference, *exercise.correct]), ("wrong programs", wrong)):
        seen: list[object] = []
        for program in programs:
            if (drawn := outline(program)) in seen:
                yield f"two of the {what} are the same program"
            seen.append(drawn)


def _programs(exercise: Exercise) -> Iterator[tuple[str, str]]:
    yield "the reference", exercise.reference
    yield "the starter", exercise.starter
    yield from ((f"correct solution {number}", code) for number, code in enumerate(exercise.correct, 1))
    yield from ((f"wrong program {number}", mistake.answer) for number, mistake in enumerate(exercise.mistakes, 1))


# --- by running it


async def _untrue(exercise: Exercise, sandbox: Sandbox) -> AsyncIterator[str]:
    for what, program in _programs(exercise):
        grade = await _graded(sandbox, program, exercise.tests)
        if isinstance(grade, str):
            yield grade  # it is the tests' fault: it would be told of every program
            return
        if fault := _verdict(what, what.startswith(("the reference", "correct")), grade):
            yield fault
    if fault := await _misled(exercise, sandbox):
        yield fault
    programs = (exercise.reference, *exercise.correct)
    for what, program in zip(("the reference", "correct solution 1", "correct solution 2"), programs, strict=False):
        if not await _same_twice(sandbox, program, exercise.tests):
            yield f"{what} gives something else each time, or prints: its results must be the same for ever"


async def _misled(exercise: Exercise, sandbox: Sandbox) -> str:
    """What the task says of a call is done: a student has nothing else to go by."""
    shown = [
        Test(name="in the task", call=call, expect=value)
        for call, value in re.findall(rf"`({re.escape(exercise.entry)}\([^`]*\))`[^`\n]{{1,40}}`([^`\n]+)`", exercise.statement)
        if _is_literal(value) and not isinstance(parse_program(call), SyntaxError)
    ]  # fmt: skip
    if not shown:
        return f"the task shows no call with its result, such as `{exercise.entry}(…)` returns `…`"
    grade = await _graded(sandbox, exercise.reference, shown)
    return grade if isinstance(grade, str) else _verdict("by what the task shows, the reference", True, grade)


def _is_literal(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return False
    return True


async def _graded(sandbox: Sandbox, program: str, tests: Sequence[Test]) -> Grade | str:
    try:
        return await sandbox.grade(Program(code=program), tests)
    except Invalid as error:
        why = error.facts.get("why") or error.facts.get("inputs") or error.facts.get("input") or ""
        return f"the tests cannot be run: {error.message} {str(why)[:_SHOWN_CHARS]}".rstrip()


def _verdict(what: str, should_pass: bool, grade: Grade) -> str:
    if beyond := next((result for result in grade.results if result.status in _LIMITS), None):
        return f"{what} runs into a limit ({beyond.status}) at {beyond.shown_input[:_SHOWN_CHARS]}"
    if not should_pass:
        if all(result.raised for result in grade.results) and not what.startswith("the starter"):
            return f"{what} stops with an error whatever it is given, which is no misconception"
        return f"{what} passes every test" if grade.passed else ""
    failed = next((result for result in grade.results if not result.passed), None)
    if failed is None:
        return ""
    got = f"{failed.raised.type}: {failed.raised.message}" if failed.raised else failed.got or failed.status
    return f"{what} fails the test “{failed.name}”: {failed.shown_input[:_SHOWN_CHARS]} gave {got[:_SHOWN_CHARS]}"


async def _same_twice(sandbox: Sandbox, program: str, tests: Sequence[Test]) -> bool:
    """In two processes, with other hash seeds: what the example calls give, to the letter."""
    calls = "\n".join(f"print(repr({test.call}))" for test in tests if test.mode == "call")
    count = sum(test.mode == "call" for test in tests)
    ran = [await sandbox.run(Program(code=f"{program}\n{calls}\n")) for _ in range(2)]
    return all(_quiet(result, count) for result in ran) and ran[0].stdout == ran[1].stdout


def _quiet(result: RunResult, lines: int) -> bool:
    return result.status == "ok" and result.stdout.count("\n") == lines


async def _leaking(exercise: Exercise, sandbox: Sandbox) -> AsyncIterator[str]:
    """Told one after the other, as to a student who presses: the task and its hints hold no solution."""
    runner = Runner(sandbox=sandbox, entitlements=_House(), student=_HOUSE, turn=TurnId(exercise.id))
    said = exercise.statement
    if await leaks_solution(runner, said, exercise, exercise.starter):
        yield "the task holds a solution"
        return
    programs = (exercise.starter, *(mistake.answer for mistake in exercise.mistakes))
    for number, hint in enumerate(exercise.hints, 1):
        said = f"{said}\n\n{hint}"
        for program in programs if number < len(exercise.hints) else programs[:1]:
            if await leaks_solution(runner, said, exercise, program):
                yield f"hint {number} holds the solution: describe the step, write no code that does it"
                return


_HOUSE = Student(id=StudentId("house"), name="")


class _House:
    """core.ports.Entitlements of the school itself: what is tried before anybody asked is on nobody's account."""

    async def allow(self, student: Student, meter: Meter) -> Allowance:
        return Allowance(allowed=True, plan="house", limit=None, used=0, resets_at=datetime.max.replace(tzinfo=UTC), message="")  # fmt: skip

    async def take(self, student: Student, meter: Meter, amount: int, *, key: str) -> Allowance:
        return await self.allow(student, meter)

    async def spend(self, student: Student, meter: Meter, amount: int, *, key: str) -> None:
        """Nothing is counted."""

"""Does a course's Python do what the course says: examples print it, solutions pass, planted mistakes fail?"""

import ast
from collections.abc import Iterator, Sequence
from functools import partial

from core.errors import Invalid
from core.ports import Grade, Program, RunResult, Sandbox
from knowledge.forms import ExerciseForm
from knowledge.frontmatter import Page, Problem
from knowledge.lesson import Fence
from tools._finding import Trial, Where, each_variant, short, told

_TRIES = 3
"""A good program that ran out of time on a busy machine is begun again before that is a fault."""


def exercise_trials(sandbox: Sandbox, page: Page, form: ExerciseForm) -> Iterator[Trial]:
    """One trial a program; of an exercise with variants, also with the numbers of a few."""
    yield from each_variant(page, form, partial(_form_trials, sandbox, page))


def _form_trials(sandbox: Sandbox, page: Page, form: ExerciseForm) -> Iterator[Trial]:
    must_pass = partial(_must_pass, sandbox, page, form)
    must_fail = partial(_must_fail, sandbox, page, form)
    if fault := _reference_fault(form):
        # without a reference that can be read no test says anything
        yield partial(told, page.problem(["reference"], fault))
        return
    if form.reference:
        yield partial(must_pass, ["reference"], form.reference, "the reference solution")
    for i, code in enumerate(form.correct):
        yield partial(must_pass, ["correct", i], code, "this correct solution")
    for i, mistake in enumerate(form.mistakes):
        yield partial(must_fail, ["mistakes", i, "answer"], mistake.answer, "this planted mistake")
    if form.starter:
        yield partial(must_fail, ["starter"], form.starter, "the starter")


def _reference_fault(form: ExerciseForm) -> str:
    try:
        tree = ast.parse(form.reference)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        return f"the reference solution is no Python: {short(str(error))}"
    named = {getattr(node, "name", "") for node in ast.walk(tree)} | {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return f"the reference solution does not define `{form.entry}`, its entry" if form.entry not in {"", *named} else ""


async def check_example(sandbox: Sandbox, page: Page, code: Fence, output: Fence | None) -> list[Problem]:
    """A program that shows no output must print none."""
    result = await _run(sandbox, "\n".join(code.lines))
    if result.status == "ok":
        return _differences(page, code, output, result.stdout)
    raised = result.raised
    line = code.line + (raised.line or 0 if raised else 0)
    why = f"{raised.type}: {raised.message}" if raised else result.status
    return [Problem(file=page.file, line=line, message=f"this example does not run: {short(why)}")]


async def _run(sandbox: Sandbox, code: str) -> RunResult:
    for _ in range(_TRIES - 1):
        result = await sandbox.run(Program(code=code))
        if result.status != "timeout":
            return result
    return await sandbox.run(Program(code=code))


async def _must_pass(
    sandbox: Sandbox, page: Page, form: ExerciseForm, where: Where, code: str, what: str
) -> list[Problem]:
    if where[0] == "correct" and _same_program(code, [form.reference, *form.correct[: int(where[1])]]):
        return [page.problem(where, f"{what} is the same program as one before it")]
    grade = await _grade(sandbox, page, form, code, again=True)
    if isinstance(grade, Problem):
        return [grade]
    failed = next((result for result in grade.results if not result.passed), None)
    if failed is None:
        return []
    got = f"{failed.raised.type}: {failed.raised.message}" if failed.raised else failed.got or failed.status
    shown = f"{short(failed.shown_input)} gave {short(got)}"
    return [page.problem(where, f"{what} fails the test “{failed.name}”: {shown}")]


async def _must_fail(
    sandbox: Sandbox, page: Page, form: ExerciseForm, where: Where, code: str, what: str
) -> list[Problem]:
    grade = await _grade(sandbox, page, form, code, again=False)
    if isinstance(grade, Problem):
        return [grade]
    return [page.problem(where, f"{what} passes every test")] if grade.passed else []


async def _grade(sandbox: Sandbox, page: Page, form: ExerciseForm, code: str, *, again: bool) -> Grade | Problem:
    """`again`: a program that should pass and ran out of time is given another chance."""
    tests = form.graded_tests()
    try:
        for _ in range(_TRIES - 1):
            grade = await sandbox.grade(Program(code=code), tests)
            if not again or all(result.status != "timeout" for result in grade.results):
                return grade
        return await sandbox.grade(Program(code=code), tests)
    except Invalid as error:
        why = short(str(error.facts.get("why") or error.facts.get("inputs") or error.facts.get("input") or ""))
        return page.problem(["tests"], f"the tests cannot be run: {error.message} {why}".rstrip())


def _differences(page: Page, code: Fence, output: Fence | None, printed: str) -> list[Problem]:
    """The first line that is not what the program prints. Lines at the end that hold nothing do not count."""
    real = printed.rstrip("\n").split("\n") if printed.rstrip("\n") else []
    shown = list(output.lines) if output else []
    while shown and not shown[-1]:
        shown.pop()
    if real == shown:
        return []
    if output is None:
        message = f"this example prints {short(real[0])!r} and no output fence follows it"
        return [Problem(file=page.file, line=code.line, message=message)]
    i = next((i for i, (a, b) in enumerate(zip(real, shown, strict=False)) if a != b), min(len(real), len(shown)))
    prints = f"prints {short(real[i])!r} here" if i < len(real) else "prints nothing more here"
    says = f", not {short(shown[i])!r}" if i < len(shown) else ""
    return [Problem(file=page.file, line=output.line + 1 + i, message=f"the example really {prints}{says}")]


def _same_program(code: str, others: Sequence[str]) -> bool:
    try:
        tree = ast.dump(ast.parse(code))
        return any(ast.dump(ast.parse(other)) == tree for other in others)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False  # its tests say what is wrong with it

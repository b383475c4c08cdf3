"""Does a course's mathematics hold: each line of working follows, references answer, planted mistakes do not?"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise

from core.ports import Equivalence, Mathematics, MathsVerdict, WorkingVerdict
from knowledge.forms import AnswerForm, ExerciseForm
from knowledge.frontmatter import Page, Problem
from knowledge.lesson import Fence
from tools._finding import Trial, Where, each_variant, short

ALL_FOLLOW = "Every line follows from the one before."
_TRIES = 10
"""A proof is given half a second, a fraction of it on a busy machine: a doubt must come again and again to count."""


def exercise_trials(mathematics: Mathematics, page: Page, form: ExerciseForm) -> Iterator[Trial]:
    """As it is written, and with the numbers of a few variants."""
    yield from each_variant(page, form, partial(_form_trials, mathematics, page))


def _form_trials(mathematics: Mathematics, page: Page, form: ExerciseForm) -> Iterator[Trial]:
    """The reference, the working, its end, and each planted mistake."""
    answer = form.answer
    if answer is None:
        return
    yield partial(_check_reference, mathematics, page, answer)
    if answer.working:
        numbered = [(page.line_of(["answer", "working", i]), line) for i, line in enumerate(answer.working)]
        yield partial(_check_working, mathematics, page, numbered)
        yield partial(_check_end, mathematics, page, answer)
    for i, mistake in enumerate(form.mistakes):
        yield partial(_check_mistake, mathematics, page, answer, i, mistake.answer)


async def check_example(mathematics: Mathematics, page: Page, fence: Fence) -> list[Problem]:
    """Lines that start with # are titles and remarks."""
    numbered = [
        (number, line)
        for number, line in enumerate(fence.lines, fence.line + 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    return await _check_working(mathematics, page, numbered)


async def _check_working(mathematics: Mathematics, page: Page, numbered: Sequence[tuple[int, str]]) -> list[Problem]:
    """`numbered`: each line of it with its line in the file."""
    if len(numbered) < 2:
        return [Problem(file=page.file, line=number, message="one line is no working") for number, _ in numbered]
    verdict = await _follow(mathematics, [line for _, line in numbered])
    if verdict.first_wrong is not None:
        number, line = numbered[verdict.first_wrong]
        return [Problem(file=page.file, line=number, message=f"`{short(line)}` does not follow: {verdict.why}")]
    if verdict.why == ALL_FOLLOW:
        return []
    # a doubt names no line: the first pair that is doubtful by itself has it
    for (_, before), (number, line) in pairwise(numbered):
        doubt = await _follow(mathematics, [before, line])
        if doubt.why != ALL_FOLLOW:
            return [Problem(file=page.file, line=number, message=f"`{short(line)}` cannot be checked: {doubt.why}")]
    return [Problem(file=page.file, line=numbered[0][0], message=f"this working cannot be checked: {verdict.why}")]


async def _follow(mathematics: Mathematics, lines: Sequence[str]) -> WorkingVerdict:
    for _ in range(_TRIES - 1):
        verdict = await mathematics.check_working(lines)
        if verdict.why == ALL_FOLLOW or verdict.first_wrong is not None:
            return verdict
    return await mathematics.check_working(lines)


async def _check_reference(mathematics: Mathematics, page: Page, answer: AnswerForm) -> list[Problem]:
    verdict = await _judge(mathematics, answer.reference, answer)
    if verdict.verdict == "equal":
        return []
    why = f"the reference does not answer its own question ({verdict.verdict}): {verdict.why}"
    return [page.problem(["answer", "reference"], why)]


async def _check_end(mathematics: Mathematics, page: Page, answer: AnswerForm) -> list[Problem]:
    last = answer.working[-1]
    verdict = await _judge(mathematics, last, answer)
    if verdict.slip == "missing unit":  # working is in numbers; the unit belongs to the answer
        unit = answer.reference.lstrip("+-0123456789./ ")
        verdict = await _judge(mathematics, f"{last.rpartition('=')[2]} {unit}", answer)
    if verdict.verdict == "equal":
        return []
    where: Where = ["answer", "working", len(answer.working) - 1]
    return [page.problem(where, f"the working ends in `{short(last)}`, not in the reference: {verdict.why}")]


async def _check_mistake(mathematics: Mathematics, page: Page, answer: AnswerForm, i: int, wrong: str) -> list[Problem]:
    verdict = await _judge(mathematics, wrong, answer)
    match verdict.verdict:
        case "equal":
            fault = "this planted mistake equals the reference"
        case "unreadable" | "unsure":
            fault = f"this planted mistake cannot be told from the reference: {verdict.why}"
        case _:
            return []
    return [page.problem(["mistakes", i, "answer"], fault)]


async def _judge(mathematics: Mathematics, text: str, answer: AnswerForm) -> MathsVerdict:
    rule = Equivalence(task=answer.task, form=answer.form, sigfigs=answer.sigfigs)
    for _ in range(_TRIES - 1):
        verdict = await mathematics.check(text, answer.reference, rule)
        if verdict.verdict != "unsure":
            return verdict
    return await mathematics.check(text, answer.reference, rule)

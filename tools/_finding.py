"""What the checks of a course's content share: a trial finds the problems of one program or one piece of mathematics."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from knowledge.forms import ExerciseForm
from knowledge.frontmatter import Page, Problem
from knowledge.variants import Unfillable, Values, draw_values, fill_form, shown_values

Trial = Callable[[], Awaitable[list[Problem]]]
Where = Sequence[int | str]

_SHOWN_MAX = 80
VARIANTS = 4


def short(text: str) -> str:
    """On one line, at most 80 characters."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_MAX else line[: _SHOWN_MAX - 1] + "…"


async def told(problem: Problem) -> list[Problem]:
    """The trial of what needs none."""
    return [problem]


def each_variant(page: Page, form: ExerciseForm, trials: Callable[[ExerciseForm], Iterator[Trial]]) -> Iterator[Trial]:
    """The trials of an exercise as it is written and with the numbers of a few variants."""
    if form.variant is None:
        yield from trials(form)
        return
    for seed in (None, *range(VARIANTS)):
        try:
            values = shown_values(form.variant) if seed is None else draw_values(form.variant, seed)
            filled = fill_form(form, values)
        except Unfillable as error:
            yield partial(told, page.problem(["variant"], f"variant: {error}"))
            return
        for trial in trials(filled):
            yield partial(_with_values, trial, values)


async def _with_values(trial: Trial, values: Values) -> list[Problem]:
    numbers = ", ".join(f"{name} = {value}" for name, value in values.items())
    return [replace(problem, message=f"with {numbers}: {problem.message}") for problem in await trial()]

"""Whether a topic and an exercise have all that ours have: three levels, five questions, solutions, mistakes, variants."""

from collections.abc import Iterator, Sequence

from knowledge.forms import ExerciseForm, TopicForm
from knowledge.frontmatter import Page, Problem
from knowledge.lesson import Lesson

_HINTS = 3
_QUESTIONS = 5
_CORRECT = 2
_LEVELS = (1, 2, 3)


def hint_faults(page: Page, form: ExerciseForm) -> Iterator[Problem]:
    """A student asks for a hint three times, and each has to say more."""
    if len(form.hints) < _HINTS:
        yield page.problem(["hints"], f"hints: {len(form.hints)} of {_HINTS} levels")
    for i, hint in enumerate(form.hints):
        if hint in form.hints[:i]:
            yield page.problem(["hints", i], "this hint says what one before it says")


def missing(
    topics: Sequence[tuple[Page, TopicForm, Lesson]], exercises: Sequence[tuple[Page, ExerciseForm]]
) -> Iterator[Problem]:
    for page, topic, lesson in topics:
        if len(topic.quiz) < _QUESTIONS:
            yield page.problem(["quiz"], f"quiz: {len(topic.quiz)} of {_QUESTIONS} questions")
        if not topic.pitfalls:
            yield page.problem(["pitfalls"], "pitfalls: no common mistake is named")
        if not lesson.examples:
            yield Problem(file=page.file, line=page.body_line, message="the lesson has no worked example")
        found = {form.difficulty for _, form in exercises if form.topic == topic.id}
        if lacking := [str(level) for level in _LEVELS if level not in found]:
            yield page.problem(["id"], f"no exercise of difficulty {', '.join(lacking)}")
    for page, form in exercises:
        yield from _missing_in(page, form)


def _missing_in(page: Page, form: ExerciseForm) -> Iterator[Problem]:
    if not form.mistakes:
        yield page.problem(["mistakes"], "mistakes: no typical wrong answer is planted")
    if form.answer is None:
        if len(form.correct) < _CORRECT:
            yield page.problem(["correct"], f"correct: {len(form.correct)} of {_CORRECT} other solutions")
        modes = {test.mode == "property" for test in form.tests}
        if modes != {True, False}:
            yield page.problem(["tests"], f"tests: there is no {'property' if True not in modes else 'example'}")
        return
    if len(form.answer.working) < 2:
        yield page.problem(["answer"], "answer: a worked solution has two lines or more")
    if form.variant is None:
        yield page.problem(["id"], "variant: everyone gets the same numbers")

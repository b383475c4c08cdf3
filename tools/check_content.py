"""Finds what is wrong with a curriculum by doing what it says: programs run in the sandbox, working goes line by line
through the CAS."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core.ports import Mathematics, Sandbox
from knowledge.content import Reading, read_folder
from knowledge.forms import ExerciseForm, TopicForm
from knowledge.frontmatter import Page, Problem
from knowledge.lesson import Lesson, read_fences
from knowledge.prose import GRADE_MAX, find_faults, find_hard_section, formula_fault
from tools import _check_programs, _check_working
from tools._trial import Trial, Where

OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`trials` counts the programs that ran and the pieces of mathematics that were checked."""

    problems: tuple[Problem, ...]
    topics: int
    exercises: int
    trials: int


async def check_content(
    folder: Path, sandbox: Sandbox, mathematics: Mathematics, *, under: str = "", at_once: int = 2,
    on_progress: OnProgress | None = None,
) -> Report:  # fmt: skip
    """Everything wrong in `folder`, by file and line; `under` (a path in it) leaves all else unchecked, but read, since
    prerequisites may lie there. Raises CourseUnavailable, SandboxUnavailable."""
    sandbox.level  # noqa: B018 (raises SandboxUnavailable before hundreds of trials do)
    reading = await asyncio.to_thread(read_folder, folder)
    topics = [topic for topic in reading.topics.values() if _lies(topic[0].file, under)]
    exercises = [exercise for exercise in reading.exercises.values() if _lies(exercise[0].file, under)]
    problems = {*reading.problems, *_prose_problems(reading)}
    trials = list(_trials(topics, exercises, sandbox, mathematics))
    problems.update(await _run(trials, at_once, on_progress or (lambda done, total, what: None)))
    found = sorted((p for p in problems if _lies(p.file, under)), key=lambda p: (p.file, p.line, p.message))
    return Report(problems=tuple(found), topics=len(topics), exercises=len(exercises), trials=len(trials))


def _lies(file: str, under: str) -> bool:
    return not under or file == under or file.startswith(under.rstrip("/") + "/")


async def _run(trials: Sequence[Trial], at_once: int, on_progress: OnProgress) -> list[Problem]:
    waiting = iter(trials)
    problems: list[Problem] = []
    done = 0

    async def work() -> None:
        nonlocal done
        for trial in waiting:  # shared by the workers: each takes the next
            problems.extend(await trial())
            done += 1
            on_progress(done, len(trials), "checking")

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(work())
    return problems


# --- what is read


def _prose_problems(reading: Reading) -> Iterator[Problem]:
    folder = reading.folder
    for module_page, _ in reading.modules.values():
        yield from find_faults(module_page.body, file=module_page.file, line=module_page.body_line, folder=folder)
    for page, topic, lesson in reading.topics.values():
        yield from find_faults(page.body, file=page.file, line=page.body_line, folder=folder)
        yield from _quiz_formulas(page, topic)
        hard = find_hard_section(lesson.sections)
        if hard:
            section, grade = hard
            message = f"reads at grade {grade:.1f}, above {GRADE_MAX:.0f}; “{section.heading}” is hardest: use shorter sentences and words"
            yield Problem(file=page.file, line=section.line, message=message)
    for exercise_page, _ in reading.exercises.values():
        yield from find_faults(exercise_page.body, file=exercise_page.file, line=exercise_page.body_line, folder=folder)


def _quiz_formulas(page: Page, topic: TopicForm) -> Iterator[Problem]:
    if not page.file.startswith("maths/"):
        return  # a $ in a question about Python is a $
    for i, question in enumerate(topic.quiz):
        texts: list[tuple[Where, str]] = [(["quiz", i, "prompt"], question.prompt)]
        for j, option in enumerate(question.options):
            texts += [
                (["quiz", i, "options", j, "label"], option.label),
                (["quiz", i, "options", j, "why"], option.why),
            ]
        for where, text in texts:
            fault = formula_fault(text)
            if fault:
                yield page.problem(where, fault)


# --- what is tried


def _trials(
    topics: Sequence[tuple[Page, TopicForm, Lesson]], exercises: Sequence[tuple[Page, ExerciseForm]],
    sandbox: Sandbox, mathematics: Mathematics,
) -> Iterator[Trial]:  # fmt: skip
    for page, _, lesson in topics:
        yield from _examples(page, lesson, sandbox, mathematics)
    for page, form in exercises:
        if page.file.startswith("maths/"):
            yield from _check_working.exercise_trials(mathematics, page, form)
        else:
            yield from _check_programs.exercise_trials(sandbox, page, form)


def _examples(page: Page, lesson: Lesson, sandbox: Sandbox, mathematics: Mathematics) -> Iterator[Trial]:
    for section in lesson.sections:
        fences, _ = read_fences(section)
        for fence, after in zip(fences, [*fences, None][1:], strict=True):
            if fence.language == "python":
                output = after if after is not None and after.language == "output" else None
                yield partial(_check_programs.check_example, sandbox, page, fence, output)
            elif fence.language == "maths":
                yield partial(_check_working.check_example, mathematics, page, fence)

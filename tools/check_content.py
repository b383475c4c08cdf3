"""Finds what is wrong with a curriculum by doing what it says: programs run in the sandbox, working goes line by line
through the CAS."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core.ports import Mathematics, Program, Sandbox
from knowledge.content import Reading, read_folder
from knowledge.forms import ExerciseForm, TopicForm
from knowledge.frontmatter import Page, Problem
from knowledge.lesson import Fence, Lesson, read_fences
from knowledge.prose import GRADE_MAX, find_faults, find_hard_section
from tools import _check_programs, _check_working, _wholeness
from tools._finding import Trial, Where

OnProgress = Callable[[int, int, str], None]
_Topic = tuple[Page, TopicForm, Lesson]
_Exercise = tuple[Page, ExerciseForm]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`trials` counts the programs that ran and the pieces of mathematics that were checked."""

    problems: tuple[Problem, ...]
    topics: int
    exercises: int
    trials: int


async def check_content(
    folder: Path, sandbox: Sandbox, mathematics: Mathematics, *, under: str = "", at_once: int = 2, whole: bool = False,
    on_progress: OnProgress | None = None,
) -> Report:  # fmt: skip
    """Everything wrong in `folder`, by file and line; `under` (a path in it) leaves all else unchecked, but read, since
    prerequisites may lie there. `whole` asks also for all that our own course has of everything. Raises CourseUnavailable, SandboxUnavailable."""
    await sandbox.run(Program(code=""))  # refuses now, not in the middle of a thousand trials
    reading = await asyncio.to_thread(read_folder, folder)
    topics = [topic for topic in reading.topics.values() if _lies(topic[0].file, under)]
    exercises = [exercise for exercise in reading.exercises.values() if _lies(exercise[0].file, under)]
    problems = {*reading.problems, *_prose_problems(reading)}
    for page, form in exercises:
        problems.update(_wholeness.hint_faults(page, form))
    if whole:
        problems.update(_wholeness.missing(topics, exercises))
    programs = list(_programs(topics, exercises, sandbox))
    proofs = list(_proofs(topics, exercises, mathematics))
    problems.update(await _run(programs, proofs, at_once, on_progress or (lambda done, total, what: None)))
    found = sorted((p for p in problems if _lies(p.file, under)), key=lambda p: (p.file, p.line, p.message))
    return Report(
        problems=tuple(found), topics=len(topics), exercises=len(exercises), trials=len(programs) + len(proofs)
    )


def _lies(file: str, under: str) -> bool:
    return not under or file == under or file.startswith(under.rstrip("/") + "/")


async def _run(
    programs: Sequence[Trial], proofs: Sequence[Trial], at_once: int, on_progress: OnProgress
) -> list[Problem]:
    """The algebra runs in this very process, where two pieces at once are slower than one after the other: it has one
    worker, the sandbox has `at_once`."""
    total = len(programs) + len(proofs)
    problems: list[Problem] = []
    done = 0

    async def work(waiting: Iterator[Trial]) -> None:
        nonlocal done
        for trial in waiting:
            problems.extend(await trial())
            done += 1
            on_progress(done, total, "checking")

    shared = iter(programs)  # each worker takes the next
    async with asyncio.TaskGroup() as group:
        for waiting in [iter(proofs), *[shared] * at_once]:
            group.create_task(work(waiting))
    return problems


# --- what is read


def _prose_problems(reading: Reading) -> Iterator[Problem]:
    folder = reading.folder
    for module_page, _ in reading.modules.values():
        yield from find_faults(module_page.body, file=module_page.file, line=module_page.body_line, folder=folder)
    for page, topic, lesson in reading.topics.values():
        yield from find_faults(page.body, file=page.file, line=page.body_line, folder=folder)
        yield from _field_faults(page, _topic_texts(topic), folder)
        hard = find_hard_section(lesson.sections)
        if hard:
            section, grade = hard
            message = f"reads at grade {grade:.1f}, above {GRADE_MAX:.0f}; “{section.heading}” is hardest: use shorter sentences and words"
            yield Problem(file=page.file, line=section.line, message=message)
    for exercise_page, form in reading.exercises.values():
        yield from find_faults(exercise_page.body, file=exercise_page.file, line=exercise_page.body_line, folder=folder)
        hints: list[tuple[Where, str]] = [(["hints", i], hint) for i, hint in enumerate(form.hints)]
        yield from _field_faults(exercise_page, hints, folder)


def _field_faults(page: Page, texts: Iterable[tuple[Where, str]], folder: Path) -> Iterator[Problem]:
    """Of what students read in front matter. A $ in a question about Python is a $."""
    for where, text in texts:
        for problem in find_faults(text, file=page.file, line=1, folder=folder):
            yield page.problem(where, problem.message)


def _topic_texts(topic: TopicForm) -> Iterator[tuple[Where, str]]:
    yield ["summary"], topic.summary
    for i, pitfall in enumerate(topic.pitfalls):
        yield ["pitfalls", i, "mistake"], pitfall.mistake
        yield ["pitfalls", i, "why"], pitfall.why
    for i, question in enumerate(topic.quiz):
        yield ["quiz", i, "prompt"], question.prompt
        yield ["quiz", i, "why"], question.why
        for j, option in enumerate(question.options):
            yield ["quiz", i, "options", j, "label"], option.label
            yield ["quiz", i, "options", j, "why"], option.why


# --- what is tried


def _programs(topics: Sequence[_Topic], exercises: Sequence[_Exercise], sandbox: Sandbox) -> Iterator[Trial]:
    for page, fence, after in _fences(topics, "python"):
        output = after if after is not None and after.language == "output" else None
        yield partial(_check_programs.check_example, sandbox, page, fence, output)
    for page, form in exercises:
        if not page.file.startswith("maths/"):
            yield from _check_programs.exercise_trials(sandbox, page, form)


def _proofs(topics: Sequence[_Topic], exercises: Sequence[_Exercise], mathematics: Mathematics) -> Iterator[Trial]:
    for page, fence, _ in _fences(topics, "maths"):
        yield partial(_check_working.check_example, mathematics, page, fence)
    for page, form in exercises:
        if page.file.startswith("maths/"):
            yield from _check_working.exercise_trials(mathematics, page, form)


def _fences(topics: Sequence[_Topic], language: str) -> Iterator[tuple[Page, Fence, Fence | None]]:
    """With the fence that comes next in the same section."""
    for page, _, lesson in topics:
        for section in lesson.sections:
            fences, _ = read_fences(section)
            pairs = zip(fences, [*fences, None][1:], strict=True)
            yield from ((page, fence, after) for fence, after in pairs if fence.language == language)

"""The curriculum checked from the terminal, with a progress bar, and added to from files of other forms."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from rich.console import Console
from rich.table import Table

from cli.progress import Bar
from core.errors import Invalid
from core.ports import ExerciseId, MadeExercise, Subject, TopicId
from core.settings import Settings


async def check(settings: Settings, *, path: Path | None, whole: bool = False) -> bool:
    """Prints every fault as `file:line: what`; True when there is none."""
    from cas.checker import open_mathematics
    from knowledge.index import SHIPPED
    from sandbox.open import open_sandbox
    from tools.check_content import check_content

    folder, under = find_folder(path or SHIPPED)
    console = Console()
    began = time.monotonic()
    async with open_sandbox(settings.sandbox) as sandbox, open_mathematics() as mathematics:
        with Bar(console) as bar:
            report = await check_content(
                folder, sandbox, mathematics,
                under=under, at_once=settings.sandbox.slots, whole=whole, on_progress=bar.show,
            )  # fmt: skip
    for problem in report.problems:
        console.print(str(problem), highlight=False, markup=False, soft_wrap=True)
    what = (
        f"{report.topics} topics, {report.exercises} exercises and {report.trials} runs and proofs "
        f"in {time.monotonic() - began:.1f} s"
    )
    if report.problems:
        count = len(report.problems)
        console.print(f"[red]✗[/red] {count} problem{'s' if count > 1 else ''} in {what}", highlight=False)
    elif not report.topics + report.exercises:
        raise Invalid(f"{path} holds no topic and no exercise")
    else:
        console.print(f"[green]✓[/green] {what}: nothing is wrong", highlight=False)
    return not report.problems


async def bring_in(*, source: Path, to: Path) -> bool:
    """Prints what was made and, as `file:line: what`, what could not be carried over; True when that is nothing."""
    from knowledge.imports.read import import_into

    made = await asyncio.to_thread(import_into, source, to)
    console = Console()
    for note in made.notes:
        console.print(str(note), highlight=False, markup=False, soft_wrap=True)
    root = _curriculum_of(to)
    topics = [name for name in made.pages if not name.endswith("/_module.md")]
    for name in topics:
        console.print(f"[green]+[/green] {root / name}", highlight=False, soft_wrap=True)
    count = f"{len(topics)} topic{'s' if len(topics) > 1 else ''}"
    remarks = "1 remark above says" if len(made.notes) == 1 else f"{len(made.notes)} remarks above say"
    told = f"; {remarks} what to look at" if made.notes else ""
    console.print(
        f"[green]✓[/green] {count} imported{told}\n  Look them through, then `learnflow content check {root}` and "
        f"`learnflow index {root}`.",
        highlight=False,
        soft_wrap=True,
    )
    return not made.notes


def _curriculum_of(module: Path) -> Path:
    return module.resolve().parent.parent


async def propose(settings: Settings, *, path: Path | None, subject: Subject | None, limit: int) -> None:
    """Prints prerequisites that the authors may have left out, the likeliest first; changes nothing."""
    from knowledge.content import load_curriculum
    from knowledge.embed import open_encoder
    from knowledge.index import SHIPPED
    from learning.concepts import Graph
    from learning.prerequisites import Corpus, Idea, plain
    from learning.proposals import propose as find

    course = load_curriculum(path or SHIPPED)
    encoder = await asyncio.to_thread(
        open_encoder, settings.knowledge.embedding_model, settings.data_dir, settings.knowledge.embedding_precision
    )
    vectors = encoder.encode([plain(topic.title) for topic in course.topics]).tolist()
    named = zip(course.topics, vectors, strict=True)
    ideas = {topic.id: Idea(name=topic.title, vector=vector) for topic, vector in named}
    text = Corpus([f"{topic.title} {part.text}" for topic in course.topics for part in course.sections[topic.id]])
    found = find(Graph.of(course.topics), ideas, text, subject=subject, limit=limit)
    console = Console()
    for proposal in found:
        console.print(f"{proposal.likely:4.0%}  {proposal.topic}  needs  {proposal.prerequisite}", highlight=False)
    console.print(
        f"{len(found)} proposals. To accept one, name it under prerequisites: in the topic's file."
        if found
        else "Nothing to propose.",
        highlight=False,
    )


async def made(
    settings: Settings, *, show: str | None, withdraw: str | None, because: str, topic: str | None, withdrawn: bool
) -> None:
    """Prints the exercises that a language model made, one of them whole, or takes one away from students."""
    from core import db
    from core.clock import SystemClock
    from learning.made import PostgresMade
    from server import find_database

    console = Console()
    url = await find_database(settings)
    await db.migrate(url)
    async with db.open_pool(url, settings.database) as pool:
        shelf = PostgresMade(pool, SystemClock())
        if withdraw:
            gone = await shelf.withdraw(ExerciseId(withdraw), because)
            console.print(f"[green]✓[/green] {gone.exercise.id} is withdrawn", highlight=False)
        elif show:
            _print_made(console, await shelf.get_made(ExerciseId(show)))
        else:
            _list_made(console, await shelf.list_made(topic=TopicId(topic) if topic else None, withdrawn=withdrawn))


def _list_made(console: Console, found: Sequence[MadeExercise]) -> None:
    table = Table("id", "topic", "title", "level", "model", "prompt", "made", "withdrawn")
    for one in found:
        gone = f"{one.withdrawn_at:%Y-%m-%d} {one.withdrawn_because}".strip() if one.withdrawn_at else ""
        table.add_row(
            one.exercise.id, one.exercise.topic, one.exercise.title, str(one.exercise.difficulty), one.model, one.prompt,
            f"{one.made_at:%Y-%m-%d %H:%M}", gone,
        )  # fmt: skip
    console.print(table if found else "No exercise has been made.")


def _print_made(console: Console, found: MadeExercise) -> None:
    one = found.exercise
    parts = [
        ("task", one.statement), ("starter", one.starter), ("reference", one.reference),
        *((f"correct solution {number}", text) for number, text in enumerate(one.correct, 1)),
        *((f"wrong: {mistake.misconception}", mistake.answer) for mistake in one.mistakes),
        ("tests", "\n".join(f"{t.group}: {t.call} -> {t.expect or 'as the reference, of ' + ', '.join(t.given)}" for t in one.tests)),
        *((f"hint {number}", text) for number, text in enumerate(one.hints, 1)),
    ]  # fmt: skip
    if one.answer is not None:
        parts += [("answer", one.answer.reference), ("working", "\n".join(one.answer.working))]
    console.print(f"{one.title} ({one.topic}, level {one.difficulty})", markup=False, highlight=False)
    for name, text in ((name, text) for name, text in parts if text.strip()):
        console.print(f"\n--- {name}\n{text.rstrip()}", markup=False, highlight=False, soft_wrap=True)


def find_folder(path: Path) -> tuple[Path, str]:
    """The curriculum that a path names or lies in, and the part of it that is meant ('' for all)."""
    subjects = get_args(Subject)
    path = path.resolve()
    if not any((path / subject).is_dir() for subject in subjects):
        for folder in path.parents:
            if path.relative_to(folder).parts[0] in subjects:
                return folder, path.relative_to(folder).as_posix()
    return path, ""

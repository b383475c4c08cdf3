"""The index from the terminal: building versions with a progress bar, choosing the live one, and searching it."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from cli.progress import Bar
from core.errors import Invalid
from core.ports import Subject
from core.settings import Settings

_MARKS = {"added": ("+", "green"), "changed": ("~", "yellow"), "removed": ("-", "red")}
_SNIPPET_CHARS = 300
# the searcher's views in the words of somebody who writes a course
_PARTS = {
    "lead": "meaning of its beginning",
    "chunk": "meaning of its nearest part",
    "mean": "meaning of the whole",
    "words": "words",
    "words_lead": "words in its beginning",
    "runs": "letters, also inside words",
    "runs_lead": "letters in its beginning",
    "pairs": "neighbouring words",
}


class PathOrVerb(typer.core.TyperGroup):
    """`learnflow index PATH` is `learnflow index build PATH`, unless PATH is a verb."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in {"--help", "-h"}):
            args = ["build", *args]
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed


async def build(settings: Settings, *, paths: list[Path], rebuild: bool, live: bool) -> bool:
    """Bring the index to what the folders hold. True when every file could be read."""
    from knowledge.index import SHIPPED
    from knowledge.index import index as index_curriculum

    folders = _folders(paths) or [SHIPPED]
    console = Console()
    try:
        with Bar(console) as bar:
            summary = await index_curriculum(
                settings.knowledge, settings.data_dir, folders,
                rebuild=rebuild, live=live, held=folders != [SHIPPED], on_progress=bar.show,
            )  # fmt: skip
    except asyncio.CancelledError:
        console.print("Stopped. What is embedded is kept: the same command goes on from there.")
        raise
    _print_problems(console, summary.problems)
    console.print(
        f"[green]✓[/green] {summary.added} added, {summary.unchanged} unchanged, {summary.removed} removed "
        f"in {summary.seconds:.1f} s",
        highlight=False,
    )
    what = "is live" if live else "waits: make it live with `learnflow index publish`"
    console.print(f"  version {summary.version} {what}", highlight=False)
    return not summary.problems


async def dry_run(settings: Settings, *, paths: list[Path]) -> bool:
    """Print what `build` would do. True when every file could be read."""
    from knowledge.index import SHIPPED, plan

    summary = await asyncio.to_thread(plan, settings.knowledge, settings.data_dir, _folders(paths) or [SHIPPED])
    console = Console()
    for kind, (mark, colour) in _MARKS.items():
        for file in getattr(summary.diff, kind):
            console.print(f"[{colour}]{mark}[/{colour}] {file}", highlight=False)
    _print_problems(console, summary.problems)
    diff = summary.diff
    console.print(
        f"Files: {len(diff.added)} added, {len(diff.changed)} changed, {len(diff.removed)} removed, "
        f"{len(diff.unchanged)} unchanged. Passages: {summary.added} added, {summary.unchanged} unchanged, "
        f"{summary.removed} removed. {summary.fresh} texts to embed. Nothing was written.",
        highlight=False,
    )
    return not summary.problems


async def versions(settings: Settings) -> None:
    """The table of what is kept."""
    from knowledge.versions import list_versions

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("version", "made (UTC)", "files", "passages", "from", ""):
        table.add_column(name, no_wrap=name == "version")
    for one in await asyncio.to_thread(list_versions, settings.knowledge, settings.data_dir):
        made = datetime.fromtimestamp(one.manifest.made_at, UTC).strftime("%Y-%m-%d %H:%M:%S")
        note = "[green]live[/green]" if one.live else "rollback goes here" if one.before else ""
        table.add_row(
            one.manifest.version, made, str(one.manifest.files), str(one.manifest.passages), one.manifest.source, note
        )
    Console().print(table if table.row_count else "Nothing is indexed yet: `learnflow index` does it.")


async def publish(settings: Settings, *, version: str) -> None:
    from knowledge.index import publish_version

    name = await asyncio.to_thread(publish_version, settings.knowledge, settings.data_dir, version)
    _print_live(name)


async def rollback(settings: Settings) -> None:
    from knowledge.index import roll_back

    _print_live(await asyncio.to_thread(roll_back, settings.knowledge, settings.data_dir))


async def search(
    settings: Settings,
    *,
    query: str,
    count: int,
    subject: Subject | None,
    module: str | None,
    level: int | None,
    version: str | None,
    explain: bool,
) -> None:
    """What a student's question would be given. Raises Invalid for a query without a word, NotFound for an unknown
    module."""
    from knowledge.course import open_version
    from tools.search_course import NEAR_ENOUGH, covers

    course = await asyncio.to_thread(open_version, settings.knowledge, settings.data_dir, version)
    found = await course.explain(query, k=count, subject=subject, module=module, level=level)
    if not found:
        raise Invalid("There is nothing to search for in this query, or no topic within these bounds.")
    console = Console()
    for place, (passage, shares) in enumerate(found, start=1):
        console.print(
            f"[bold]{place}. {passage.title} › {passage.heading}[/bold]  {passage.score:.3f}  [dim]{passage.id}[/dim]",
            highlight=False,
        )
        console.print(_snippet(passage.text), style="dim", markup=False, highlight=False)
        if explain:
            _print_shares(console, shares)
    if not covers([passage for passage, _ in found]):
        console.print(
            f"[yellow]None is near enough to answer[/yellow] ({found[0][0].score:.2f}, and {NEAR_ENOUGH:.2f} is the least): "
            "unless the question names a topic, a student is told that the course does not cover it.",
            highlight=False,
        )
    console.print(f"[dim]version {course.version}[/dim]", highlight=False)


def _print_shares(console: Console, shares: Mapping[str, float]) -> None:
    ordered = sorted(shares.items(), key=lambda share: -share[1])
    total = sum(shares.values())
    ahead = [_PARTS[name] for name, share in ordered if share > 0][:2]
    console.print(f"   rank {total:+.2f}: ahead by {' and '.join(ahead) or 'nothing'}", highlight=False)
    for name, share in ordered:
        console.print(f"   {share:+6.2f}  {_PARTS[name]}", highlight=False)


def _snippet(text: str) -> str:
    return text if len(text) <= _SNIPPET_CHARS else f"{text[:_SNIPPET_CHARS].rstrip()} …"


def _print_live(version: str) -> None:
    Console().print(
        f"[green]✓[/green] version {version} is live; a running server takes it over in seconds", highlight=False
    )


def _print_problems(console: Console, problems: Sequence[object]) -> None:
    for problem in problems:
        console.print(str(problem), highlight=False, markup=False, soft_wrap=True)
    if problems:
        count = len(problems)
        console.print(
            f"[red]✗[/red] {count} problem{'s' if count > 1 else ''}: these files stay as they were in the index, "
            "or out of it; the rest goes on",
            highlight=False,
        )


def _folders(paths: Sequence[Path]) -> list[Path]:
    """Raises Invalid for what is no curriculum's folder, saying how to make one of it."""
    for path in paths:
        if not path.exists():
            raise Invalid(f"There is no {path}.")
        if not path.is_dir():
            raise Invalid(
                f"{path} is a file, and a curriculum is a folder that holds python/ and maths/. Bring it into one with "
                f"`learnflow content import {path} --to FOLDER`, then index that folder."
            )
    return list(paths)

"""Indexing the curriculum from the terminal, with a progress bar."""

from pathlib import Path

from rich.console import Console

from cli.progress import Bar
from core.errors import Invalid
from core.settings import Settings


async def index(settings: Settings, *, paths: list[Path], rebuild: bool) -> None:
    """Bring the index to what the folder holds. Raises Invalid with every fault in the content."""
    from knowledge.index import SHIPPED
    from knowledge.index import index as index_curriculum

    if len(paths) > 1:
        raise Invalid("name one curriculum folder: it holds python/ and maths/")
    console = Console()
    with Bar(console) as bar:
        summary = await index_curriculum(
            settings.knowledge,
            settings.data_dir,
            curriculum=paths[0] if paths else SHIPPED,
            rebuild=rebuild,
            on_progress=bar.show,
        )
    console.print(
        f"[green]✓[/green] {summary.added} added, {summary.unchanged} unchanged, {summary.removed} removed "
        f"in {summary.seconds:.1f} s",
        highlight=False,
    )

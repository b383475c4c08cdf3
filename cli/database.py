"""The schema, from the terminal."""

from rich.console import Console

from core import db
from core.settings import Settings


async def migrate(settings: Settings) -> None:
    """Migrate and say to which revision."""
    from server import find_database

    revision = await db.migrate(await find_database(settings))
    Console().print(f"[green]✓[/green] schema at revision {revision}", highlight=False)

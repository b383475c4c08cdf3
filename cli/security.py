"""What looked like an attack, from the terminal."""

from rich.console import Console
from rich.table import Table

from accounts.security import SecurityEvents
from core import db
from core.settings import Settings


async def show(settings: Settings, *, limit: int, kind: str) -> None:
    """A table, the newest first."""
    from server import find_database

    url = await find_database(settings)
    await db.migrate(url)
    table = Table("no.", "when (UTC)", "what", "person", "network", "facts", "letters")
    async with db.open_pool(url, settings.database) as pool:
        for event in await SecurityEvents(pool).newest(limit=limit, kind=kind):
            facts = ", ".join(f"{name}: {value}" for name, value in event.facts.items())
            when, told = f"{event.at:%Y-%m-%d %H:%M:%S}", "sent" if event.told else ""
            table.add_row(str(event.id), when, event.kind, event.person, event.place, facts, told)
    Console().print(table)

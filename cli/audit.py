"""The audit log, from the terminal."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console
from rich.table import Table

from accounts.audit import AuditLog
from core import db
from core.settings import Settings


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[AuditLog]:
    from server import find_database

    url = await find_database(settings)
    await db.migrate(url)
    async with db.open_pool(url, settings.database) as pool:
        yield AuditLog(pool)


async def show(settings: Settings, *, limit: int, person: str, kind: str) -> None:
    """A table, the newest first."""
    table = Table("no.", "when (UTC)", "what", "by", "whom", "facts")
    async with _open(settings) as log:
        for entry in await log.newest(limit=limit, person=person, kind=kind):
            when = f"{entry.at:%Y-%m-%d %H:%M:%S}"
            table.add_row(str(entry.seq), when, entry.kind, entry.actor, entry.subject, entry.facts)
    Console().print(table)


async def verify(settings: Settings, *, noted: str) -> bool:
    """Whether nobody changed, removed or slipped in a row; says which, if so."""
    console = Console(soft_wrap=True, highlight=False)
    async with _open(settings) as log:
        verdict = await log.verify(noted=noted)
    for fault in verdict.faults:
        console.print(f"[red]✗[/red] {fault}")
    if not verdict.faults:
        console.print(f"[green]✓[/green] {verdict.rows} rows, each follows the one before")
        console.print(f"  head {verdict.head}")
        console.print("  [dim]note it elsewhere, and give it to a later check with --noted[/dim]")
    return not verdict.faults

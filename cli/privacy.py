"""People's rights over their data, from the terminal."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated

import typer
from rich.console import Console
from rich.table import Table

from accounts.mail import open_postman, outbox
from accounts.passwords import Passwords
from accounts.people import OPERATOR, People, Person
from accounts.privacy.backups import id_hash, read_erased
from accounts.privacy.finding import find
from accounts.privacy.open import Privacy, make_privacy
from accounts.shop import open_shop
from cli.running import read_settings as _settings
from cli.running import run as _run
from core import db
from core.clock import SystemClock
from core.errors import Invalid, NotFound
from core.ids import new_id
from core.ports import UserId
from core.settings import Settings

privacy = typer.Typer(no_args_is_help=True, help="Export or erase a person, and remove what is too old.")

_User = Annotated[str, typer.Argument(help="Their e-mail address or id.")]
_console = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    pool: db.Pool
    people: People
    privacy: Privacy


@privacy.command("export")
def export_person(
    user: _User,
    to: Annotated[Path, typer.Option("--to", help="The zip to write; it must not be there yet.")] = Path("export.zip"),
) -> None:
    """Everything about a person as JSON and CSV in a zip, with a README that explains each file."""
    _run(_export(_settings(), user, to))


@privacy.command("erase")
def erase_person(
    user: _User,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a person at once, from every table, file and note, and print the receipt. There is no way back."""
    if not yes:
        typer.confirm(f"Erase {user} with everything they did?", abort=True)
    _run(_erase(_settings(), user))


@privacy.command("retention")
def apply_retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")] = False,
) -> None:
    """Remove what is older than LEARNFLOW_PRIVACY__…_DAYS say. A running server does it once a day by itself."""
    _run(_retention(_settings(), dry_run=dry_run))


@privacy.command("find")
def find_words(
    words: Annotated[list[str], typer.Argument(help="An id, an address, a name: whatever may be left of somebody.")],
) -> None:
    """Read every table and every file of the data folder for words. The exit code is 1 when any is found."""
    if not _run(_find(_settings(), words)):
        raise typer.Exit(1)


@privacy.command("replay")
def replay_erasures() -> None:
    """After a backup was restored: erase again who was erased since it was made, as the data folder remembers."""
    _run(_replay(_settings()))


async def _export(settings: Settings, user: str, to: Path) -> None:
    """Raises NotFound, Invalid when the file is there already."""
    async with _opened(settings) as opened:
        person = await _person(opened.people, user)
        with await asyncio.to_thread(_create, to) as file:
            written = await opened.privacy.exporter.write(person.id, file, _silent)
        await opened.privacy.rights.exported(person.id, by=OPERATOR)
    _console.print(f"[green]✓[/green] {sum(written.values())} rows of {person.email} in {to}")


async def _erase(settings: Settings, user: str) -> None:
    async with _opened(settings) as opened:
        person = await _person(opened.people, user)
        waiting = await opened.privacy.rights.erasure(person.id)
        if waiting is not None:
            await opened.privacy.rights.cancel(person.id, waiting.id)
        await _erase_now(opened.privacy, person)


async def _erase_now(privacy: Privacy, person: Person) -> None:
    asked = await privacy.rights.erase(person.id, by="operator")
    await privacy.worker.run_due(asked.job.id)
    job = await privacy.rights.receipt(asked.receipt)
    if job.status != "done":
        _console.print("[yellow]![/yellow] it could not be finished now; a running server goes on with it")
        return
    table = Table("table", "what it held", "rows deleted", "names removed", "kept because")
    for name, line in job.result["tables"].items():
        table.add_row(
            name, line["holds"], str(line.get("deleted", 0)), str(line.get("unnamed", 0)), line.get("kept", "")
        )
    _console.print(table)
    for key in ("letters_deleted", "files_to_look_at", "search_index", "analytics", "backups", "elsewhere"):
        _console.print(f"  [bold]{key}[/bold] {job.result[key]}")
    _console.print(f"[green]✓[/green] erased; receipt {asked.job.id}")


async def _retention(settings: Settings, *, dry_run: bool) -> None:
    async with _opened(settings) as opened:
        kept = opened.privacy.retention
        if dry_run:
            gone, word = await kept.preview(), "would go"
        else:
            name = f"retention-{new_id()}"
            await opened.privacy.jobs.schedule(name)
            await opened.privacy.worker.run_due(name)
            gone, word = dict((await opened.privacy.jobs.get(name)).result), "gone"
    table = Table("what", "days kept", word)
    for name, count in gone.items():
        table.add_row(name, str(kept.days().get(name, "")), str(count))
    _console.print(table)


async def _find(settings: Settings, words: list[str]) -> bool:
    """Whether nothing was found."""
    async with _opened(settings) as opened:
        found = await find(opened.pool, settings.data_dir, words)
    for name, count in found.items():
        _console.print(f"[red]✗[/red] {name}: {count}")
    if not found:
        _console.print("[green]✓[/green] nothing, in any table or file")
    return not found


async def _replay(settings: Settings) -> None:
    erased = await asyncio.to_thread(read_erased, settings.data_dir)
    async with _opened(settings) as opened:
        back = [person async for person in _everybody(opened.people) if id_hash(person.id) in erased]
        for person in back:
            await _erase_now(opened.privacy, person)
    _console.print(f"[green]✓[/green] {len(back)} of {len(erased)} were back, and are erased again")


async def _everybody(people: People) -> AsyncIterator[Person]:
    after = ""
    while page := await people.search(after=after):
        for person, _ in page:
            yield person
        after = page[-1][0].id


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[_Open]:
    from graphs.checkpoints import ThreadSaver
    from server import desks, find_database

    url, clock = await find_database(settings), SystemClock()
    await db.migrate(url)
    passwords = Passwords(hashes_at_once=1)
    async with (
        db.open_pool(url, settings.database) as pool,
        open_postman(settings.mail, settings.data_dir, clock) as postman,
        open_shop(pool, settings.accounts, settings.billing, clock, by_the_clock=False) as shop,
    ):
        opened = make_privacy(
            pool, clock, settings.privacy, passwords=passwords, postman=postman, data_dir=settings.data_dir,
            outbox=outbox(settings.mail, settings.data_dir), sources=[desks(pool, ThreadSaver(pool))],
            farewells=[shop.billing.close],
        )  # fmt: skip
        yield _Open(pool=pool, people=People(pool, clock, passwords), privacy=opened)


async def _person(people: People, user: str) -> Person:
    """Raises NotFound."""
    found = await people.find(user) if "@" in user else await people.get(UserId(user))
    if found is None:
        raise NotFound("there is no such person")
    return found


def _create(path: Path) -> IO[bytes]:
    """Only its owner may read it. Raises Invalid when it is there already."""
    try:
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")
    except OSError as error:
        raise Invalid(f"cannot write {path}: {error.strerror}") from error


async def _silent(step: str, done: int, total: int) -> None:
    """The terminal waits."""

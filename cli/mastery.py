"""The learner model from the terminal: fitting it with a progress bar, and what could not be counted."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from cli.progress import Bar
from core.errors import Invalid
from core.settings import Settings

_REASON_CHARS = 80


def fit(*, data: Path, out: Path, folds: int) -> None:
    from learning.fitting import fit_file

    console = Console()
    with Bar(console) as bar:
        report = fit_file(data, out, bar.show, folds=folds)
    table = Table("", "AUC", "RMSE", "ECE")
    for name, found in (("item answered before", report.known), ("item never seen", report.unseen)):
        table.add_row(name, f"{found.auc:.4f}", f"{found.rmse:.4f}", f"{found.ece:.4f}")
    console.print(f"{report.students} students, {report.answers} answers; each foreseen by what others taught", table)
    console.print(f"[green]✓[/green] {out}", highlight=False)


async def quarantine(
    settings: Settings, *, release: int | None, discard: int | None, changes: Sequence[str], status: str
) -> None:
    from core import db
    from core.clock import SystemClock
    from learning.quarantine import PostgresQuarantine
    from learning.records import PostgresRecords
    from server import find_database

    console = Console()
    url = await find_database(settings)
    await db.migrate(url)
    async with db.open_pool(url, settings.database) as pool:
        clock = SystemClock()
        kept = PostgresQuarantine(pool, clock)
        if release is not None:
            recorded = await kept.release(release, PostgresRecords(pool, clock), changes=_changes(changes))
            console.print(f"[green]✓[/green] {release} is counted" + (", as it was before" if recorded.again else ""))
        if discard is not None:
            await kept.discard(discard)
            console.print(f"[green]✓[/green] {discard} is given up")
        if release is None and discard is None:
            _show(console, await kept.list_held(status=status), await kept.counts())


async def refresh(settings: Settings) -> None:
    from core import db
    from core.clock import SystemClock
    from learning.advising import PostgresAdvice
    from server import find_database

    url = await find_database(settings)
    await db.migrate(url)
    async with db.open_pool(url, settings.database) as pool:
        steps = await PostgresAdvice(pool, SystemClock()).refresh_peers()
    Console().print(f"[green]✓[/green] {steps} steps that at least ten students took")


def _show(console: Console, held: Sequence[Any], counts: Sequence[Any]) -> None:
    table = Table("id", "student", "key", "field", "reason", "times", "received")
    for one in held:
        table.add_row(
            str(one.id), one.student, one.key, one.field, one.reason[:_REASON_CHARS], str(one.seen), f"{one.received_at:%Y-%m-%d %H:%M}"
        )  # fmt: skip
    if held:
        console.print(table)
    told = ", ".join(f"{one.attempts} {one.status} for {one.field or 'another reason'}" for one in counts)
    console.print(told or "Nothing has been quarantined.")


def _changes(given: Sequence[str]) -> dict[str, Any]:
    """`field=value`, the value as JSON or, where it is none, as text. Raises Invalid."""
    found: dict[str, Any] = {}
    for one in given:
        name, sign, value = one.partition("=")
        if not sign:
            raise Invalid(f"--set takes field=value, not {one!r}")
        try:
            found[name.strip()] = orjson.loads(value)
        except orjson.JSONDecodeError:
            found[name.strip()] = value
    return found

"""Everything about a person as one zip: JSON and CSV a table, with a README that explains each file."""

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from accounts.privacy import rows
from accounts.privacy.jobs import Job, Jobs
from accounts.privacy.registry import Table
from accounts.statements import one
from core import db
from core.clock import Clock
from core.errors import NotFound
from core.settings import PrivacySettings

_PART_BYTES = 1 << 20
_MEMORY_BYTES = 8 << 20
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is no table: another room reads it. `read` gives JSON values for a person's id."""

    name: str
    holds: str
    read: Callable[[str], Awaitable[Sequence[Mapping[str, Any]]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    name: str
    holds: str
    rows: int
    hidden: tuple[str, ...] = ()


class Exporter:
    """`write` raises NotFound for who has no account, DatabaseUnavailable."""

    def __init__(
        self, pool: db.Pool, clock: Clock, settings: PrivacySettings, jobs: Jobs, sources: Sequence[Source] = ()
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._settings = settings
        self._jobs = jobs
        self._sources = tuple(sources)

    async def run(self, job: Job) -> None:
        """Written anew from its beginning when an earlier process died over it; kept where every server finds it."""

        async def told(step: str, done: int, total: int) -> None:
            await self._jobs.save(job, step=step, done=done, total=total)

        with tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES) as file:
            written = await self.write(job.user, file, told)
            size = file.tell()
            file.seek(0)
            async with db.transaction(self._pool) as conn:
                await conn.execute("delete from export_parts where job_id = %s", (job.id,))
                for number in range(-(-size // _PART_BYTES)):
                    part = (job.id, number, file.read(_PART_BYTES))
                    await conn.execute("insert into export_parts (job_id, number, body) values (%s, %s, %s)", part)
                await self._jobs.finish(job, result={"rows": written, "bytes": size}, conn=conn)

    async def write(
        self, user: str, file: IO[bytes], told: Callable[[str, int, int], Awaitable[None]]
    ) -> dict[str, int]:
        """Rows by table."""
        person = await one(self._pool, "privacy_erasable", now=self._clock.now(), user=user)
        if person is None:
            raise NotFound("there is no such person")
        params = {"id": user, "email": person["email"], "audit_name": person["audit_name"] or ""}
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            files = await self._tables(archive, params, told)
            files += await self._others(archive, user)
            archive.writestr("README.md", self._readme(files))
        return {each.name: each.rows for each in files}

    async def _tables(
        self, archive: zipfile.ZipFile, params: rows.Params, told: Callable[[str, int, int], Awaitable[None]]
    ) -> list[_File]:
        """All tables as of one moment."""
        files = []
        async with db.transaction(self._pool) as conn:
            await conn.execute("set transaction isolation level repeatable read, read only")
            found, columns = await rows.present(conn)
            wanted = [table for table in found if table.theirs]
            for number, table in enumerate(wanted):
                await told(table.name, number, len(wanted) + len(self._sources))
                kept = [row async for row in rows.read(conn, table, params)]
                _write(archive, table.name, kept, [name for name in columns[table.name] if name not in table.hide])
                files.append(_file(table, len(kept)))
        return files

    async def _others(self, archive: zipfile.ZipFile, user: str) -> list[_File]:
        files = []
        for source in self._sources:
            kept = list(await source.read(user))
            _write(archive, source.name, kept, list(kept[0]) if kept else [])
            files.append(_File(name=source.name, holds=source.holds, rows=len(kept)))
        return files

    def _readme(self, files: Sequence[_File]) -> str:
        lines = [
            "# Everything LearnFlow keeps about you",
            "",
            f"Made on {self._clock.now():%Y-%m-%d %H:%M} UTC. Each line below is two files with the same content: `.json` for",
            "programs, `.csv` for spreadsheets. Times are in UTC. Files with 0 rows are there so that you see that nothing is",
            "kept. In `.csv` a quote stands before text that a spreadsheet would run as a formula.",
            "",
            "| file | rows | what it is | left out |",
            "|---|---|---|---|",
            *(f"| {each.name} | {each.rows} | {each.holds} | {', '.join(each.hidden)} |" for each in files),
            "",
            "Left out are secrets, of which only a hash is kept (passwords, codes), and machine forms of what another file",
            "says in words. Letters that were sent to you are yours already. Numbers about groups in which nobody can be found",
            "are not about you, and are not here.",
            "",
            "You may have what is wrong corrected, withdraw consents, and have all of it erased: ask LearnFlow itself",
            "(`/api/v1/privacy`) or your school.",
            "",
        ]
        return "\n".join(lines)


def _file(table: Table, count: int) -> _File:
    return _File(name=table.name, holds=table.holds, rows=count, hidden=table.hide)


def _write(archive: zipfile.ZipFile, name: str, kept: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    archive.writestr(f"{name}.json", json.dumps(kept, ensure_ascii=False, indent=1, default=str))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in kept)
    archive.writestr(f"{name}.csv", out.getvalue())


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return "" if value is None else value

"""A person's data goes, table by table, under a job that another process can go on with; what is left is a receipt.

The account's own row goes last, in one transaction with a second look at every table: until then it is what the others are
found by, and whatever a running turn wrote meanwhile goes with it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from accounts.privacy import files, rows
from accounts.privacy.backups import note_erased
from accounts.privacy.jobs import Job, Jobs
from accounts.privacy.registry import Table, tables
from accounts.statements import one
from core import db
from core.clock import Clock
from core.ports import UserId
from core.settings import PrivacySettings

Counts = dict[str, dict[str, int]]

_THEM = "[them]"
_BACKUPS = (
    "Backups made before this moment still hold the data until {until:%Y-%m-%d}, when the last of them is deleted. Whoever "
    "restores one erases again with `learnflow privacy replay`."
)
_ELSEWHERE = (
    "Letters that were sent, and the server's log lines (which hold ids, and no words of yours), are outside the database; "
    "log lines go with whoever keeps them."
)


Farewell = Callable[[UserId], Awaitable[None]]
"""Ends what someone has elsewhere, such as a paid plan; the same again does nothing. What it raises puts the erasure off."""


class Eraser:
    """Every method raises DatabaseUnavailable."""

    def __init__(
        self,
        pool: db.Pool,
        clock: Clock,
        settings: PrivacySettings,
        jobs: Jobs,
        *,
        data_dir: Path,
        outbox: Path,
        farewells: Sequence[Farewell] = (),
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._settings = settings
        self._jobs = jobs
        self._data_dir = data_dir
        self._outbox = outbox
        self._farewells = farewells

    async def run(self, job: Job) -> None:
        person = await one(self._pool, "privacy_erasable", now=self._clock.now(), user=job.user)
        if person is None:  # an operator deleted the account meanwhile, and with it what hangs on it
            await self._jobs.finish(job, result=self._receipt({}, 0, []))
            return
        params = {"id": job.user, "email": person["email"], "audit_name": person["audit_name"] or ""}
        if not person["disabled"]:  # nothing new comes in
            await one(self._pool, "set_disabled", now=self._clock.now(), id=job.user, disabled=True, by=_by(job))
        for farewell in self._farewells:
            await farewell(UserId(job.user))
        await self.close_months()
        done = await self._tables(job, params)
        letters, left = await asyncio.to_thread(self._files, params)
        await asyncio.to_thread(note_erased, self._data_dir, job.user)
        await self._end(job, params, done, letters, left)

    async def close_months(self) -> None:
        """Count what is to outlive attempts, of every month that has ended and is not counted yet."""
        values = {"k": self._settings.group_min, "assumed": self._settings.consent == "opt_out"}
        await one(self._pool, "privacy_months", now=self._clock.now(), **values)

    async def _tables(self, job: Job, params: rows.Params) -> Counts:
        """Each in a transaction of its own, together with its line in the receipt: taken up again, no row counts twice."""
        kept: Counts = dict(job.result.get("tables", {}))
        async with db.connection(self._pool) as conn:
            found, _ = await rows.present(conn)
        for number, table in enumerate(found):
            if table.name in kept:
                continue
            async with db.transaction(self._pool) as conn:
                kept[table.name] = await rows.erase(conn, table, params)
                await self._jobs.save(
                    job, step=table.name, done=number + 1, total=len(found) + 2, result={"tables": kept}, conn=conn
                )
        return kept

    def _files(self, params: rows.Params) -> tuple[int, list[str]]:
        """How many letters went, and which other files below the data folder still name the person."""
        gone = files.delete(files.letters_to(self._outbox, params["email"]))
        left = files.holding(self._data_dir, [params["id"], params["email"]])
        shown = [str(path.relative_to(self._data_dir)) for path in left]
        return gone, [path.replace(params["id"], _THEM).replace(params["email"], _THEM) for path in shown]

    async def _end(self, job: Job, params: rows.Params, done: Counts, letters: int, left: Sequence[str]) -> None:
        async with db.transaction(self._pool) as conn:
            found, _ = await rows.present(conn)
            for table in found:
                _add(done.setdefault(table.name, {}), await rows.erase(conn, table, params))
            statement = db.sql("accounts/delete_person")
            await conn.execute(statement, {"id": job.user, "now": self._clock.now(), "by": _by(job)})
            # the row's going left a note for servers that start now; their proofs have been refused since the erasure began
            await conn.execute(db.sql("accounts/forget_stop"), {"id": job.user})
            done |= {table.name: {"deleted": 1} for table in found if table.erase == "follows"}
            await self._jobs.finish(job, result=self._receipt(done, letters, left), conn=conn)

    def _receipt(self, done: Counts, letters: int, left: Sequence[str]) -> dict[str, Any]:
        now = self._clock.now()
        return {
            "tables": {table.name: _line(table, done.get(table.name, {})) for table in tables() if table.theirs},
            "letters_deleted": letters,
            "files_to_look_at": list(left),
            "search_index": "The course's index (Chroma) holds the course, and nothing of students.",
            "analytics": f"Counts of groups of at least {self._settings.group_min} people, rounded, are kept; nobody can be found in them.",
            "backups": _BACKUPS.format(until=now + timedelta(days=self._settings.backup_days)),
            "elsewhere": _ELSEWHERE,
        }


def _line(table: Table, done: Mapping[str, int]) -> dict[str, Any]:
    line: dict[str, Any] = {"holds": table.holds, **done}
    if table.erase == "keep":
        line["kept"] = table.why
    return line


def _add(to: dict[str, int], more: Mapping[str, int]) -> None:
    for what, n in more.items():
        to[what] = to.get(what, 0) + n


def _by(job: Job) -> str:
    return job.user if job.asked_by == "self" else job.asked_by

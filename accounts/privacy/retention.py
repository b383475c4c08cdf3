"""What is older than the school's settings say goes, once a day."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from accounts.privacy import files, rows
from accounts.privacy.erasing import Eraser
from accounts.privacy.jobs import Job, Jobs
from accounts.privacy.registry import Table, tables
from core import db
from core.clock import Clock
from core.settings import PrivacySettings

LETTERS = "letters"
UNANSWERED = "accounts without a guardian's answer"


class Retention:
    """Every method raises DatabaseUnavailable."""

    def __init__(
        self, pool: db.Pool, clock: Clock, settings: PrivacySettings, jobs: Jobs, eraser: Eraser, *, outbox: Path
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._settings = settings
        self._jobs = jobs
        self._eraser = eraser
        self._outbox = outbox

    def days(self) -> Mapping[str, int]:
        """How long what each table holds is kept; 0 is for ever."""
        return {table.name: self._days(table) for table in tables() if table.keep_days}

    async def preview(self) -> dict[str, int]:
        """How much would go now, by table; nothing is changed."""
        found: dict[str, int] = {}
        async with db.connection(self._pool) as conn:
            for table in await self._limited(conn):
                found[table.name] = await rows.count_old(conn, table, self._params(table))
        found[LETTERS] = len(await asyncio.to_thread(self._letters))
        found[UNANSWERED] = len(await self._unanswered())
        return found

    async def run(self, job: Job) -> None:
        """Taken up again, it goes on with what is left."""
        await self._eraser.close_months()  # before attempts go
        async with db.connection(self._pool) as conn:
            wanted = await self._limited(conn)
        gone: dict[str, int] = dict(job.result)
        for number, table in enumerate(wanted):
            gone[table.name] = gone.get(table.name, 0) + await self._delete(table)
            await self._jobs.save(job, step=table.name, done=number + 1, total=len(wanted), result=gone)
        gone[LETTERS] = await asyncio.to_thread(lambda: files.delete(self._letters()))
        unanswered = await self._unanswered()
        for user in unanswered:
            await self._jobs.ask("erase", user, by="schedule")
        await self._jobs.finish(job, result=gone | {UNANSWERED: len(unanswered)})

    async def _delete(self, table: Table) -> int:
        gone = 0
        while True:
            async with db.transaction(self._pool) as conn:
                batch = await rows.delete_old(conn, table, self._params(table))
            if not batch:
                return gone
            gone += batch

    async def _limited(self, conn: rows.Connection) -> list[Table]:
        found, _ = await rows.present(conn)
        return [table for table in found if table.keep_days and self._days(table)]

    async def _unanswered(self) -> list[str]:
        now = self._clock.now()
        values = {"now": now, "before": now - timedelta(days=self._settings.guardian_days)}
        async with db.connection(self._pool) as conn:
            found = await conn.execute(db.sql("accounts/privacy_unanswered"), values)
            return [row["user_id"] async for row in found]

    def _letters(self) -> list[Path]:
        days = self._settings.letters_days
        return files.letters_before(self._outbox, self._clock.now() - timedelta(days=days)) if days else []

    def _params(self, table: Table) -> rows.Params:
        return {"before": self._clock.now() - timedelta(days=self._days(table))}

    def _days(self, table: Table) -> int:
        days: int = getattr(self._settings, table.keep_days)
        return days

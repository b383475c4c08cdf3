"""Does the waiting jobs one after the other, and has the day's retention asked for; several servers share the work."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from accounts.privacy.jobs import Job, Jobs, Kind
from core.clock import Clock
from core.errors import DatabaseUnavailable, LeaseLost, NotFound
from core.log import logger
from core.settings import PrivacySettings

_log = logger("accounts")

_EXPORT_TRIES = 5
_WAIT_S_MAX = 6 * 3600

Doing = Callable[[Job], Awaitable[None]]


class Worker:
    def __init__(self, jobs: Jobs, clock: Clock, settings: PrivacySettings, *, doing: dict[Kind, Doing]) -> None:
        self._jobs = jobs
        self._clock = clock
        self._settings = settings
        self._doing = doing
        self._nudged = asyncio.Event()
        self._scheduled = ""
        self._stopped = False

    def nudge(self) -> None:
        """Something was asked for: look now."""
        self._nudged.set()

    async def run_due(self, only: str = "") -> int:
        """Everything that is due, or `only` that job; how many ended or were put off. Raises DatabaseUnavailable."""
        taken = 0
        while not self._stopped and (job := await self._jobs.claim(only)):
            await self._run(job)
            taken += 1
        return taken

    async def schedule(self) -> None:
        """The day's retention, once for all servers. Raises DatabaseUnavailable."""
        now = self._clock.now()
        name = f"retention-{now:%Y-%m-%d}"
        if self._settings.retention and now.hour >= self._settings.retention_hour and name != self._scheduled:
            await self._jobs.schedule(name)
            self._scheduled = name

    async def _run(self, job: Job) -> None:
        """The boundary of one job: whatever it raises puts it off."""
        failure: BaseException | None = None
        try:
            async with asyncio.TaskGroup() as tasks:
                heart = tasks.create_task(self._renew(job))
                await self._doing[job.kind](job)
                heart.cancel()
        except* LeaseLost:
            _log.warning("privacy.lease_lost", job=job.id)
        except* Exception as group:
            failure = group.exceptions[0]
        if failure is not None:
            await self._put_off(job, failure)

    async def _put_off(self, job: Job, failure: BaseException) -> None:
        _log.error("privacy.job_failed", job=job.id, kind=job.kind, tries=job.tries, failure=failure)
        with suppress(DatabaseUnavailable, LeaseLost):  # then its lease runs out
            if isinstance(failure, NotFound) or (job.kind == "export" and job.tries >= _EXPORT_TRIES):
                await self._jobs.finish(job, status="failed")
            else:  # an erasure is owed however often it fails
                wait_s = min(_WAIT_S_MAX, 30 * 2 ** min(job.tries, 20))
                await self._jobs.postpone(job, self._clock.now() + timedelta(seconds=wait_s))

    async def _renew(self, job: Job) -> None:
        while True:
            await asyncio.sleep(self._settings.lease_s / 3)
            with suppress(DatabaseUnavailable):
                await self._jobs.renew(job)

    async def _work(self) -> None:
        while not self._stopped:
            with suppress(DatabaseUnavailable):
                await self.schedule()
                await self.run_due()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._settings.poll_s):
                    await self._nudged.wait()
            self._nudged.clear()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Jobs are done while the block lasts; one in hand at its end is another process's when its lease runs out."""
        async with asyncio.TaskGroup() as tasks:
            work = tasks.create_task(self._work())
            try:
                yield
            finally:
                # a flag beside the cancellation: psycopg can turn one that hits a query into an error of the database
                self._stopped = True
                work.cancel()

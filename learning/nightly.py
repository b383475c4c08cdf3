"""What is worked out once a night over all records, by one server for all: where those who struggled went on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from core.clock import Clock
from core.errors import DatabaseUnavailable
from core.log import logger
from core.settings import LearningSettings
from learning.advising import PostgresAdvice

_log = logger("learning")

_TICK_S = 60.0


class Nightly:
    def __init__(self, clock: Clock, settings: LearningSettings, advice: PostgresAdvice) -> None:
        self._clock = clock
        self._settings = settings
        self._advice = advice

    async def tick(self) -> int | None:
        """How many steps are told now; None when nothing is due, or another server has done it or is about to. Raises
        DatabaseUnavailable."""
        if not self._settings.peers or self._clock.now().hour < self._settings.peers_hour:
            return None
        steps = await self._advice.refresh_peers_tonight()
        if steps is not None:
            _log.info("learning.peers_refreshed", steps=steps)
        return steps


@asynccontextmanager
async def nightly(work: Nightly) -> AsyncIterator[None]:
    """Looks once a minute while open; a night's work that is under way at the end is broken off, and free again."""
    # a flag beside the cancellation: psycopg can turn one that hits a query into an error of the database
    stopped = asyncio.Event()
    task = asyncio.create_task(_until(stopped, work))
    try:
        yield
    finally:
        stopped.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _until(stopped: asyncio.Event, work: Nightly) -> None:
    while not stopped.is_set():
        try:
            await work.tick()
        except DatabaseUnavailable:
            pass
        except Exception as error:  # the outermost loop of a worker: the next minute tries again
            _log.error("learning.night_failed", failure=error)
        with suppress(TimeoutError):
            async with asyncio.timeout(_TICK_S):
                await stopped.wait()

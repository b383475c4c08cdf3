"""Work that goes on beside the requests: looked for again and again, until the server ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from core.errors import DatabaseUnavailable

Work = Callable[[], Awaitable[int]]
"""Does what there is to do, and tells how much it was."""


@asynccontextmanager
async def at_work(*works: Work, every_s: float, broke: Callable[[Exception], None]) -> AsyncIterator[None]:
    """Each of them while open: at once again when there was something to do, else after `every_s` seconds. A database that is
    away is waited for; any other error is handed to `broke`, and the work goes on. What is being done when it ends is
    cancelled."""
    # a flag beside the cancellation: psycopg can turn one that hits a query into an error of the database
    stopped = asyncio.Event()
    tasks = [asyncio.create_task(_until(stopped, work, every_s, broke)) for work in works]
    try:
        yield
    finally:
        stopped.set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _until(stopped: asyncio.Event, work: Work, every_s: float, broke: Callable[[Exception], None]) -> None:
    while not stopped.is_set():
        done = 0
        try:
            done = await work()
        except DatabaseUnavailable:
            pass
        except Exception as error:  # the outermost loop of a worker
            broke(error)
        if not done:
            with suppress(TimeoutError):
                async with asyncio.timeout(every_s):
                    await stopped.wait()

"""How many jobs run at once and how many may wait: beyond that the caller is told to come back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.errors import QueueFull


class Gate:
    """First come, first served."""

    def __init__(self, slots: int, queue_max: int) -> None:
        self._semaphore = asyncio.Semaphore(slots)
        self._queue_max = queue_max
        self._waiting = 0

    @asynccontextmanager
    async def enter(self) -> AsyncIterator[None]:
        """Raises QueueFull when `queue_max` jobs wait already."""
        if self._semaphore.locked() and self._waiting >= self._queue_max:
            raise QueueFull("The sandbox is busy; try again in a moment.", waiting=self._waiting)
        self._waiting += 1
        try:
            await self._semaphore.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._semaphore.release()

"""Sends what is typed to a running program, no faster than the program reads it and no more than its policy allows."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Self

from core.errors import TooLarge
from core.ports import Typed
from sandbox.backend import Job

_PIECE = 16 * 1024  # less than a pipe holds: the watcher inside holds one at most

Send = Callable[[dict[str, Any], bytes], Awaitable[None]]


class Typist:
    """An async context in which `typed` flows; leaving it stops the flow, and raises what `typed` itself raised, which is
    its `failure`."""

    def __init__(self, job: Job, typed: Typed | None, send: Send) -> None:
        self._typed = typed
        self._first = job.program.stdin.encode("utf-8", "surrogatepass")
        self._left = job.policy.input_bytes_max
        self._bytes_max = job.policy.input_bytes_max
        self._send = send
        self._taken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.failure: Exception | None = None

    async def __aenter__(self) -> Self:
        if self._typed is not None:
            self._task = asyncio.create_task(self._work(self._typed))
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, place: object) -> None:
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.wait([self._task])
        if self.failure is not None and not isinstance(error, asyncio.CancelledError):
            raise self.failure

    def taken(self) -> None:
        """The program's process has the job, or its pipe the last piece."""
        self._taken.set()

    async def _work(self, typed: Typed) -> None:
        await self._taken.wait()  # for the job itself; until then another process may be given it, with what is typed
        try:
            async for piece in self._pieces(typed):
                self._taken.clear()
                await self._send({"op": "input", "end": False}, piece)
                await self._taken.wait()
            await self._send({"op": "input", "end": True}, b"")
        except Exception as failure:  # whatever it is, nobody types any more: the program goes, and the caller is told
            self.failure = failure
            with suppress(Exception):  # the line to the program may be what is broken
                await self._send({"op": "cancel"}, b"")
        finally:
            if isinstance(typed, AsyncGenerator):
                await typed.aclose()

    async def _pieces(self, typed: Typed) -> AsyncIterator[bytes]:
        for piece in self._cut(self._first):
            yield piece
        async for data in typed:
            for piece in self._cut(data):
                yield piece

    def _cut(self, data: bytes) -> list[bytes]:
        self._left -= len(data)
        if self._left < 0:
            raise TooLarge("More was typed to the program than it may be given.", bytes_max=self._bytes_max)
        return [data[i : i + _PIECE] for i in range(0, len(data), _PIECE)]

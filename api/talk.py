"""A running program on one side, who types to it on the other: carries each to the other until one of them ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Literal

from core.errors import TooLarge
from core.ports import OnOutput, RunResult, Typed

Stream = Literal["stdout", "stderr"]
Act = Callable[[OnOutput, Typed], Awaitable[RunResult]]
Hear = Callable[[], Awaitable[bytes | None]]
Tell = Callable[[Stream, bytes], Awaitable[None]]
Ask = Callable[[], Awaitable[None]]

_FLUSH_S = 30.0  # for a slow reader to take the last of the output


async def converse(act: Act, *, hear: Hear, tell: Tell, ask: Ask | None = None, bytes_max: int) -> RunResult:
    """`hear` gives what is typed, b"" for nothing and None at its end, and raises when who typed has left: then the
    program is killed, and that is raised. `ask` says that the program has taken all that was typed. What waits on
    either way is bounded: by `bytes_max` in, by the program's policy out. Raises what `act` raises, and TooLarge."""
    inbox, outbox = _Inbox(bytes_max), _Outbox()
    work = asyncio.ensure_future(act(outbox.put, inbox.pieces(ask)))
    listen = asyncio.ensure_future(_listen(hear, inbox))
    show = asyncio.ensure_future(outbox.carry(tell))
    try:
        await asyncio.wait((work, listen), return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            listen.result()
        result = work.result()
        outbox.close()
        await asyncio.wait((show, listen), timeout=_FLUSH_S, return_when=asyncio.FIRST_COMPLETED)
        return result
    finally:
        for task in (work, listen, show):
            task.cancel()
        await asyncio.gather(work, listen, show, return_exceptions=True)


async def _listen(hear: Hear, inbox: "_Inbox") -> None:
    """Never stops by itself: only by listening is it heard that somebody has left."""
    while True:
        inbox.put(await hear())


class _Inbox:
    """What has been typed and not yet asked for."""

    def __init__(self, bytes_max: int) -> None:
        self._held = bytearray()
        self._ended = False
        self._more = asyncio.Event()
        self._bytes_max = bytes_max
        self._left = bytes_max

    def put(self, data: bytes | None) -> None:
        if data is None:
            self._ended = True
        elif not self._ended:
            self._left -= len(data)
            if self._left < 0:
                raise TooLarge("More was typed to the program than it may be given.", bytes_max=self._bytes_max)
            self._held += data
        self._more.set()

    async def pieces(self, ask: Ask | None) -> AsyncIterator[bytes]:
        while True:
            if ask is not None:
                await ask()
            while not self._held:
                if self._ended:
                    return
                self._more.clear()
                await self._more.wait()
            piece = bytes(self._held)
            self._held.clear()
            yield piece


class _Outbox:
    """What has been printed and not yet carried: a stream's pieces grow together while the reader is slow."""

    def __init__(self) -> None:
        self._held: list[tuple[Stream, bytearray]] = []
        self._ended = False
        self._more = asyncio.Event()

    def put(self, stream: Stream, data: bytes) -> None:
        if self._held and self._held[-1][0] == stream:
            self._held[-1][1].extend(data)
        else:
            self._held.append((stream, bytearray(data)))
        self._more.set()

    def close(self) -> None:
        self._ended = True
        self._more.set()

    async def carry(self, tell: Tell) -> None:
        while True:
            while self._held:
                stream, data = self._held.pop(0)
                await tell(stream, bytes(data))
            if self._ended:
                return
            self._more.clear()
            await self._more.wait()

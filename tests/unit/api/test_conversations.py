"""Carrying what is typed and printed between a program and a person, whichever of them is slow or leaves."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from api import talk
from core.errors import SandboxUnavailable, TooLarge


class Gone(Exception):
    pass


class Desk:
    """A person who says what they are told to, reads slowly, and may leave."""

    def __init__(
        self, *said: bytes | None, leaves: bool = False, reads: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self.said = list(said)
        self.leaves = leaves
        self.reads = reads
        self.screen: list[tuple[str, bytes]] = []

    async def hear(self) -> bytes | None:
        await asyncio.sleep(0)
        if self.said:
            return self.said.pop(0)
        if self.leaves:
            raise Gone
        await asyncio.Event().wait()
        return None

    async def tell(self, stream: talk.Stream, data: bytes) -> None:
        if self.reads is not None:
            await self.reads()
        self.screen.append((stream, data))


async def _echo(on_output: Any, typed: Any) -> Any:
    async for piece in typed:
        on_output("stdout", piece)
    return "done"


async def test_what_is_typed_comes_back_and_its_end_ends() -> None:
    desk = Desk(b"a", b"", b"b", None, b"too late")

    result: Any = await talk.converse(_echo, hear=desk.hear, tell=desk.tell, bytes_max=100)

    assert result == "done"
    assert b"".join(data for _, data in desk.screen) == b"ab"


async def test_who_leaves_cancels_the_program() -> None:
    ended = asyncio.Event()

    async def act(on_output: Any, typed: Any) -> Any:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(Gone):
        await talk.converse(act, hear=Desk(leaves=True).hear, tell=Desk().tell, bytes_max=100)
    assert ended.is_set()


async def test_too_much_is_refused_even_when_the_program_reads_nothing() -> None:
    async def act(on_output: Any, typed: Any) -> Any:
        await asyncio.Event().wait()

    with pytest.raises(TooLarge):
        await talk.converse(act, hear=Desk(*[b"x" * 10] * 20).hear, tell=Desk().tell, bytes_max=100)


async def test_output_for_a_slow_reader_grows_together_and_all_of_it_arrives() -> None:
    slow = asyncio.Event()
    desk = Desk(reads=slow.wait)

    async def act(on_output: Any, typed: Any) -> Any:
        for _ in range(1000):
            on_output("stdout", b"x")
        on_output("stderr", b"y")
        await asyncio.sleep(0)
        on_output("stderr", b"y")
        slow.set()

    await talk.converse(act, hear=desk.hear, tell=desk.tell, bytes_max=100)

    assert desk.screen == [("stdout", b"x" * 1000), ("stderr", b"yy")]


async def test_a_refusal_of_the_sandbox_is_raised() -> None:
    async def act(on_output: Any, typed: Any) -> Any:
        raise SandboxUnavailable

    with pytest.raises(SandboxUnavailable):
        await talk.converse(act, hear=Desk().hear, tell=Desk().tell, bytes_max=100)

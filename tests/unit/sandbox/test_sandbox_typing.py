"""What is typed to a program: paced, bounded, closed with its owner; and who may sit at one."""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.errors import Invalid, QueueFull, TooLarge
from core.ports import Given, Policy, Program
from sandbox import batch
from sandbox.backend import Job
from sandbox.gate import Seats, on_behalf_of
from sandbox.jail.keyboard import Keyboard
from sandbox.typist import Typist


class Line:
    """Where a typist's messages go."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []

    async def send(self, message: dict[str, Any], piece: bytes) -> None:
        self.sent.append(("end" if message.get("end") else message["op"], piece))


class Typed:
    """Gives pieces and remembers how many were asked for, and whether it was closed."""

    def __init__(self, *pieces: bytes, failure: Exception | None = None) -> None:
        self.pieces = pieces
        self.failure = failure
        self.asked = 0
        self.closed = False

    async def flow(self) -> AsyncIterator[bytes]:
        try:
            for piece in self.pieces:
                self.asked += 1
                yield piece
            if self.failure is not None:
                raise self.failure
        finally:
            self.closed = True


def _job(stdin: str = "", bytes_max: int = 100_000) -> Job:
    return Job(kind="run", policy=Policy(input_bytes_max=bytes_max), program=Program(code="", stdin=stdin), live=True)


async def _settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def _type(job: Job, typed: Typed, line: Line) -> None:
    """To a program that takes all."""
    async with Typist(job, typed.flow(), line.send) as typist:
        for _ in range(5):
            typist.taken()
            await _settled()


async def test_nothing_is_asked_for_before_the_program_has_its_job() -> None:
    typed, line = Typed(b"a"), Line()

    async with Typist(_job(), typed.flow(), line.send):
        await _settled()

    assert (typed.asked, line.sent) == (0, [])


async def test_the_next_piece_is_asked_for_when_the_last_is_taken() -> None:
    typed, line = Typed(b"a", b"b"), Line()

    async with Typist(_job(stdin="first"), typed.flow(), line.send) as typist:
        seen = []
        for _ in range(4):
            typist.taken()
            await _settled()
            seen.append((typed.asked, len(line.sent)))

    assert seen == [(0, 1), (1, 2), (2, 3), (2, 4)]
    assert line.sent == [("input", b"first"), ("input", b"a"), ("input", b"b"), ("end", b"")]
    assert typed.closed


async def test_a_large_piece_goes_in_parts_that_a_pipe_holds() -> None:
    line = Line()

    await _type(_job(), Typed(b"x" * 40_000), line)

    assert [len(piece) for _, piece in line.sent] == [16384, 16384, 7232, 0]


async def test_a_failure_of_who_types_ends_the_program_and_is_raised() -> None:
    line = Line()

    with pytest.raises(ConnectionResetError):
        await _type(_job(), Typed(failure=ConnectionResetError()), line)

    assert line.sent == [("cancel", b"")]


async def test_more_than_may_be_typed_is_too_large() -> None:
    line, typed = Line(), Typed(b"12345", b"12345", b"1")

    with pytest.raises(TooLarge):
        await _type(_job(bytes_max=10), typed, line)

    assert line.sent[-1] == ("cancel", b"")
    assert typed.closed


async def test_seats_are_bounded_for_all_and_for_each() -> None:
    seats = Seats(3, each=2)
    with on_behalf_of("ada"):
        async with seats.enter(), seats.enter():
            with pytest.raises(QueueFull, match="end one first"):
                async with seats.enter():
                    pass
            with on_behalf_of("bob"):
                async with seats.enter():
                    with on_behalf_of("eve"), pytest.raises(QueueFull, match="Too many"):
                        async with seats.enter():
                            pass
        async with seats.enter(), seats.enter():
            pass


def test_a_keyboard_holds_what_the_pipe_does_not_take_and_never_blocks() -> None:
    out, into = os.pipe()
    keyboard = Keyboard(into)
    keyboard.type(b"x" * 200_000)

    assert not keyboard.press()
    read = 0
    while not keyboard.press():
        read += len(os.read(out, 65_536))
    assert read < 200_000
    os.close(out)
    keyboard.type(b"nobody reads this")
    assert keyboard.press()
    os.close(into)


async def test_a_batch_runs_a_few_at_a_time_and_in_order() -> None:
    running, most = 0, 0

    async def run(program: Program) -> Any:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001 * (9 - int(program.stdin)))
        running -= 1
        return program.stdin

    results = await batch.side_by_side(run, batch.programs(Program(code=""), [Given(stdin=str(i)) for i in range(10)]))

    assert list(results) == [str(i) for i in range(10)]
    assert most == batch.AT_ONCE


async def test_a_batch_that_cannot_go_on_stops_the_others() -> None:
    stopped = []

    async def run(program: Program) -> Any:
        if program.stdin == "2":
            raise QueueFull
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            stopped.append(program.stdin)
            raise

    with pytest.raises(QueueFull):
        await batch.side_by_side(run, batch.programs(Program(code=""), [Given(stdin=str(i)) for i in range(9)]))

    assert stopped == ["0", "1", "3"]
    with pytest.raises(Invalid):
        batch.check([Given()] * 201)

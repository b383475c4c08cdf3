"""A turn on the wire, event by event."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import orjson
import pytest

from api import guard
from api.sse import EventStream, frame, watched
from core import events
from core.errors import ModelUnavailable, Unauthenticated
from core.ports import Event


class Reader:
    """An ASGI client that remembers what it got, and can leave or stop reading."""

    def __init__(self) -> None:
        self.body = b""
        self.started = False
        self.ended = False
        self.leaves = asyncio.Event()
        self.stuck = False

    async def receive(self) -> dict[str, Any]:
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if self.stuck:
            await asyncio.Event().wait()
        if message["type"] == "http.response.start":
            self.started = True
            return
        self.body += message["body"]
        self.ended = not message["more_body"]


async def _said(*found: Event, then: Exception | None = None, forever: bool = False) -> AsyncIterator[Event]:
    for event in found:
        yield event
    if then:
        raise then
    if forever:
        await asyncio.Event().wait()


async def _stream(reader: Reader, said: AsyncIterator[Event], heartbeat_s: float = 15.0) -> None:
    await EventStream(said, heartbeat_s=heartbeat_s)({"type": "http", "trace_id": "t1"}, reader.receive, reader.send)


def test_a_token_is_its_seq_its_kind_and_nothing_else() -> None:
    assert frame({**events.token("a\nb"), "seq": 7}) == b'id:7\nevent:token\ndata:{"t":"a\\nb"}\n\n'


def test_a_token_costs_at_most_60_bytes_on_the_wire() -> None:
    chunk = frame({**events.token(" comprehension"), "seq": 12_345})

    assert len(chunk) + len(b"40\r\n\r\n") <= 60


def test_an_event_keeps_its_fields_and_leaves_type_and_seq_to_the_frame() -> None:
    sent = frame({**events.status("maths", "Checking"), "seq": 2})

    head, data = sent.decode().split("data:")
    assert head == "id:2\nevent:status\n"
    assert orjson.loads(data) == {"node": "maths", "doing": "Checking"}


def test_words_that_are_no_unicode_do_not_break_a_stream() -> None:
    assert b"\\ud800" in frame({**events.token("\ud800"), "seq": 1})


async def test_a_finished_stream_ends_the_response() -> None:
    reader = Reader()

    await _stream(reader, _said({**events.token("hi"), "seq": 1}))

    assert reader.started
    assert reader.ended
    assert reader.body.endswith(b'{"t":"hi"}\n\n')


async def test_a_failure_after_the_first_byte_is_a_problem_event_and_the_end() -> None:
    reader = Reader()

    await _stream(reader, _said({**events.token("hi"), "seq": 4}, then=ModelUnavailable("key sk-123")))

    assert b"event:problem\n" in reader.body
    document = orjson.loads(reader.body.split(b"data:")[-1])["problem"]
    assert (document["status"], document["trace_id"]) == (503, "t1")
    assert b"sk-123" not in reader.body
    assert reader.ended


async def test_an_unexpected_failure_tells_nothing_of_itself() -> None:
    reader = Reader()

    await _stream(reader, _said(then=KeyError("a student's words")))

    assert b'"status":500' in reader.body
    assert b"words" not in reader.body


async def test_a_quiet_stream_beats() -> None:
    reader = Reader()
    task = asyncio.create_task(_stream(reader, _said(forever=True), heartbeat_s=0.01))

    await asyncio.sleep(0.05)
    reader.leaves.set()
    await asyncio.wait_for(task, 1)

    assert reader.body.startswith(b":\n\n")


async def test_a_reader_who_leaves_ends_the_watching_at_once() -> None:
    reader, closed = Reader(), asyncio.Event()

    async def watched() -> AsyncIterator[Event]:
        try:
            yield {**events.token("hi"), "seq": 1}
            await asyncio.Event().wait()
        finally:
            closed.set()

    task = asyncio.create_task(_stream(reader, watched()))
    await asyncio.sleep(0.01)

    reader.leaves.set()
    await asyncio.wait_for(task, 1)

    assert closed.is_set()
    assert not reader.ended


async def test_a_reader_who_stops_reading_is_let_go() -> None:
    reader = Reader()
    task = asyncio.create_task(_stream(reader, _said(forever=True), heartbeat_s=0.02))
    await asyncio.sleep(0.01)

    reader.stuck = True

    await asyncio.wait_for(task, 1)


async def test_a_cancelled_response_passes_the_cancellation_on() -> None:
    task = asyncio.create_task(_stream(Reader(), _said(forever=True)))
    await asyncio.sleep(0.01)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_stream_ends_when_its_reader_is_signed_out_and_not_when_a_token_runs_out() -> None:
    class Verdicts:
        reason = ""

        async def identify(self, token: str, /) -> None:
            if self.reason:
                raise Unauthenticated(reason=self.reason)

    async def events() -> AsyncIterator[dict[str, Any]]:
        for seq, reason in enumerate(("", "expired", "disabled", ""), start=1):
            verdicts.reason = reason
            yield {"type": "status", "seq": seq, "doing": "x"}

    verdicts = Verdicts()
    still = guard.StillAdmitted(cast(Any, verdicts), "token")
    still._looked_at = float("-inf")

    async def look_each_time() -> None:
        still._looked_at = float("-inf")
        await still()

    seen = [event async for event in watched(events(), None, look_each_time)]

    assert [(event["type"], event["seq"]) for event in seen] == [("status", 1), ("status", 2), ("problem", 2)]
    assert seen[-1]["problem"]["status"] == 401

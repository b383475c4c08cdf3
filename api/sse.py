"""Server-sent events written by hand: one short frame an event, a heartbeat when nothing happens, and a reader who
leaves stops the watching, never the turn."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Any, cast

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api import problems
from core.events import problem
from core.log import logger
from core.ports import Event

_log = logger("api")

HEARTBEAT_S = 15.0

_START_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would hold the tokens back
]
_HEARTBEAT = b":\n\n"


def frame(event: Event) -> bytes:
    """`id:` is the event's seq and `event:` its type; `data:` holds the rest, so that a token costs few bytes."""
    kind: str = event["type"]
    seq = event.get("seq")
    if kind == "token":
        data = b'{"t":' + problems.encode(event["t"]) + b"}"
    else:
        data = problems.encode({key: value for key, value in event.items() if key not in ("type", "seq")})
    head = b"" if seq is None else b"id:%d\n" % seq
    return head + b"event:" + kind.encode() + b"\ndata:" + data + b"\n\n"


class EventStream(Response):
    """Events as they come. What fails after the first byte is a `problem` event, then the stream ends."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncIterator[Event], *, heartbeat_s: float = HEARTBEAT_S) -> None:
        self._events = events
        self._heartbeat_s = heartbeat_s
        self.background = None
        self.status_code = 200

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": list(_START_HEADERS)})
        async with asyncio.TaskGroup() as group:
            pump = group.create_task(self._pump(send, scope))
            watch = group.create_task(self._watch(receive, send, pump))
            pump.add_done_callback(lambda _: watch.cancel())

    async def _pump(self, send: Send, scope: Scope) -> None:
        async for event in watched(self._events, scope.get("trace_id"), scope.get("still_admitted")):
            await send({"type": "http.response.body", "body": frame(event), "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _watch(self, receive: Receive, send: Send, pump: asyncio.Task[None]) -> None:
        """Ends the pump when the reader has gone, or reads nothing for as long as a heartbeat takes."""
        with suppress(TimeoutError):
            while not await self._left(receive):
                async with asyncio.timeout(self._heartbeat_s):
                    await send({"type": "http.response.body", "body": _HEARTBEAT, "more_body": True})
        pump.cancel()

    async def _left(self, receive: Receive) -> bool:
        try:
            async with asyncio.timeout(self._heartbeat_s):
                while (await receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            return False
        return True


async def watched(
    events: AsyncIterator[Event], trace: str | None, still: Callable[[], Awaitable[None]] | None = None
) -> AsyncIterator[Event]:
    """The events, while `still` does not raise, ended by a `problem` when watching them fails: the boundary of a stream, where every exception stops
    because the status line is already out."""
    seq = 0
    try:
        async with aclosing(cast(Any, events)):
            async for event in events:
                if still is not None:
                    await still()
                seq = event.get("seq", seq)
                if event["type"] == "problem":
                    event = event | problem(problems.completed(event["problem"], trace=trace))
                yield event
    except Exception as error:
        _log.warning("api.stream_failed", failure=error)
        yield problem(problems.describe(error, trace=trace)) | {"seq": seq}

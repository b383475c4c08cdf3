"""A server on loopback that speaks the OpenAI wire and misbehaves on request."""

import asyncio
import json
import re
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

_CLOSE = {"connection": "close"}  # so that no client keeps a socket beyond its event loop


class Wire:
    """`script` lists how the next calls go, the last one for ever; `asked` keeps each request's body."""

    def __init__(self) -> None:
        self.script: list[str] = ["say:Hello there"]
        self.asked: list[dict[str, Any]] = []
        self.url = ""

    async def complete(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append(body)
        verb, _, words = (self.script.pop(0) if len(self.script) > 1 else self.script[0]).partition(":")
        match verb:
            case "429":
                return _error(429, {"retry-after": words})
            case "500" | "401":
                return _error(int(verb), {})
            case "garbage":
                return PlainTextResponse("<html>not json", media_type="text/html", headers=_CLOSE)
            case "stall":
                await asyncio.sleep(3)
            case "echo":
                words = _reworded(body["messages"][-1]["content"])
        return (
            StreamingResponse(_stream(verb, words), media_type="text/event-stream")
            if body.get("stream")
            else _whole(words)
        )


def _reworded(prompt: str) -> str:
    """The draft in the prompt with a few words of a model's own before each paragraph."""
    draft = prompt.partition("<draft>\n")[2].partition("\n</draft>")[0]
    return re.sub(r"(?m)^(§\d+§)\n", r"\1\nPut another way: ", draft)


def _error(status: int, headers: dict[str, str]) -> Response:
    return JSONResponse(
        {"error": {"message": "no", "type": "x", "code": None}}, status_code=status, headers={**headers, **_CLOSE}
    )


def _whole(words: str) -> Response:
    return JSONResponse(
        {
            "id": "1", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": words}}],
            "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
        },
        headers=_CLOSE,
    )  # fmt: skip


async def _stream(verb: str, words: str) -> AsyncIterator[bytes]:
    for word in words.split(" "):
        yield _chunk({"content": word + " "})
    match verb:
        case "break":
            yield b"data: {broken\n\n"
        case "hang":
            await asyncio.sleep(3)
        case "tool":
            call = {
                "index": 0,
                "id": "c1",
                "type": "function",
                "function": {"name": "rm", "arguments": '{"path": "/"}'},
            }
            yield _chunk({"tool_calls": [call]})
    yield _chunk({}, usage={"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10})
    yield b"data: [DONE]\n\n"


def _chunk(delta: dict[str, Any], usage: dict[str, int] | None = None) -> bytes:
    choices = [] if usage else [{"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": None}]
    event = {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": choices,
        "usage": usage,
    }
    return b"data: " + json.dumps(event).encode() + b"\n\n"


@contextmanager
def open_wire() -> Iterator[Wire]:
    wire = Wire()
    app = Starlette(routes=[Route("/v1/chat/completions", wire.complete, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        threading.Event().wait(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    wire.url = f"http://127.0.0.1:{port}/v1"
    try:
        yield wire
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join()

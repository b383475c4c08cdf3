"""What happens to every request on the wire: pure ASGI, since each layer of a friendlier kind costs more than a token."""

import logging
import re
import secrets
import traceback
from collections.abc import MutableMapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from core.errors import TooLarge

log = logging.getLogger("learnflow.api")

_TRACEPARENT = re.compile(rb"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")

_SECURE_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-site"),
    (b"strict-transport-security", b"max-age=31536000"),
    (b"cache-control", b"no-store"),
]


class Outermost:
    """Gives each request its trace id, each response its headers, and each unexpected fault a problem that tells the
    caller nothing but the trace id. The boundary where every exception stops."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        trace = scope["trace_id"] = _trace_id(scope)
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _add_headers(message, trace)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception as error:  # the outermost loop of a request
            _log(error, scope, trace)
            if scope["type"] == "http" and not started:
                await problems.response(error, trace=trace)(scope, receive, send_with_headers)
            elif scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1011, "reason": ""})


class BodyLimit:
    """Refuses a body that says it is too large before reading it, and one that turns out so while it comes."""

    def __init__(self, app: ASGIApp, *, bytes_max: int) -> None:
        self.app = app
        self.bytes_max = bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self._announced(scope) > self.bytes_max:
            refusal = TooLarge(bytes_max=self.bytes_max)
            response = problems.response(refusal, trace=scope.get("trace_id"))
            response.headers["Connection"] = "close"
            await response(scope, receive, send)
            return
        read = 0

        async def receive_bounded() -> Message:
            nonlocal read
            message = await receive()
            if message["type"] == "http.request":
                read += len(message.get("body", b""))
                if read > self.bytes_max:
                    raise HTTPException(413)  # the framework turns any other class into 400 while it reads a body
            return message

        await self.app(scope, receive_bounded, send)

    def _announced(self, scope: Scope) -> int:
        for name, value in scope["headers"]:
            if name == b"content-length":
                return int(value) if value.isdigit() else self.bytes_max + 1
        return 0


def _trace_id(scope: Scope) -> str:
    """The caller's W3C trace id, when it sent a well-formed one, else a new one."""
    for name, value in scope["headers"]:
        if name == b"traceparent":
            found = _TRACEPARENT.fullmatch(value)
            if found and found[1].strip(b"0"):
                return found[1].decode()
    return secrets.token_hex(16)


def _add_headers(message: MutableMapping[str, Any], trace: str) -> None:
    given = message.get("headers", [])
    names = {name for name, _ in given}
    message["headers"] = [
        *given,
        *(pair for pair in _SECURE_HEADERS if pair[0] not in names),
        (b"trace-id", trace.encode()),
    ]


def _log(error: Exception, scope: Scope, trace: str) -> None:
    """Where it broke and what broke, never the message: it may quote a student."""
    route = scope.get("route")
    log.error(
        "api.failed",
        extra={
            "trace_id": trace,
            "route": getattr(route, "path", ""),
            "error": type(error).__qualname__,
            "where": "".join(traceback.format_tb(error.__traceback__)[-8:]),
        },
    )

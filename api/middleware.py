"""What happens to every request on the wire: pure ASGI, since each layer of a friendlier kind costs more than a token."""

import asyncio
import time
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems, versions
from core import telemetry
from core.errors import TooLarge
from core.log import logger

_log = logger("api")

_DRAIN_S = 5.0
_DRAIN_BYTES = 32_000_000

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "WS"})
_SECURE_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-site"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
    (b"strict-transport-security", b"max-age=31536000"),
    (b"cache-control", b"no-store"),
]


class Outermost:
    """Gives each request its trace, each response its headers, and each unexpected fault a problem that tells the
    caller nothing but the trace id. The boundary where every exception stops."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        with telemetry.incoming(_traceparent(scope)) as trace, telemetry.span("api.answer") as span:
            scope["trace_id"] = trace
            status = await self._answer(scope, receive, send)
            method, route = _method(scope), _route(scope)
            span.set(method=method, route=route, status=status)
            _log.info("api.answered", method=method, route=route, status=status, ms=_ms_since(began))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> int:
        """The status of the response; 101 for a WebSocket."""
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, scope)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception as error:  # the outermost loop of a request
            _log.error("api.failed", failure=error, route=_route(scope))
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1011, "reason": ""})
            elif not status:
                await problems.response(error, trace=scope["trace_id"])(scope, receive, send_with_headers)
        return status or 101


class BodyLimit:
    """Refuses a body that says it is too large before reading it, and one that turns out so while it comes. `wider` has
    the limits of paths that take more; their endpoints read nothing before they know who sends it."""

    def __init__(self, app: ASGIApp, *, bytes_max: int, wider: Mapping[str, int] | None = None) -> None:
        self.app = app
        self.bytes_max = bytes_max
        self.wider = wider or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        bytes_max = self.wider.get(scope["path"], self.bytes_max)
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > bytes_max:
            if b"expect" not in headers:  # who asked first has sent nothing yet, and would if we read
                await _drain(receive)
            await self._refusal(scope, bytes_max)(scope, receive, send)
            return
        read = 0

        async def receive_bounded() -> Message:
            nonlocal read
            message = await receive()
            if message["type"] == "http.request":
                read += len(message.get("body", b""))
                if read > bytes_max:
                    await _drain(receive)
                    # the framework turns any other class into 400 while it reads a body
                    raise HTTPException(413, headers={"Connection": "close"})
            return message

        await self.app(scope, receive_bounded, send)

    def _refusal(self, scope: Scope, bytes_max: int) -> Response:
        response = problems.response(TooLarge(bytes_max=bytes_max), trace=scope.get("trace_id"))
        response.headers["Connection"] = "close"
        return response


async def _drain(receive: Receive) -> None:
    """Read on for a while without keeping anything: a connection that is closed while the other side still writes is
    reset, and the refusal is lost with it."""
    read = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_S):
            while read < _DRAIN_BYTES:
                message = await receive()
                read += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


def _traceparent(scope: Scope) -> dict[str, str]:
    for name, value in scope["headers"]:
        if name == b"traceparent":
            return {"traceparent": value.decode("latin-1")}
    return {}


def _method(scope: Scope) -> str:
    """A client may send any word as one."""
    method: str = scope.get("method", "WS")
    return method if method in _METHODS else "OTHER"


def _route(scope: Scope) -> str:
    """The template, never the path: a path may hold anything."""
    path: str = getattr(scope.get("route"), "path", "")
    return path.replace("{", ":").replace("}", "")


def _ms_since(began: float) -> float:
    return round(1000 * (time.perf_counter() - began), 1)


def _add_headers(message: MutableMapping[str, Any], scope: Scope) -> None:
    given = message.get("headers", [])
    names = {name for name, _ in given}
    rate, route = scope.get("rate"), scope.get("route")
    more = [*_SECURE_HEADERS, *(rate.headers() if rate else ()), *versions.headers(route, scope.get("method", ""))]
    message["headers"] = [
        *given,
        *(pair for pair in more if pair[0] not in names),
        (b"trace-id", scope["trace_id"].encode()),
    ]

"""The HTTP application of a sandbox host: other servers' programs, graded and traced here; it knows no student, course or database."""

import asyncio
import hmac
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import asdict
from typing import Any, TypeVar

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from api import problems
from api.middleware import BodyLimit
from core.errors import Invalid, LearnFlowError, QueueFull, Unauthenticated
from core.ports import Policy, Sandbox
from sandbox import codec
from sandbox.gate import on_behalf_of

T = TypeVar("T")
_Event = dict[str, Any] | Exception
Lifespan = Callable[[Starlette], AbstractAsyncContextManager[Any]]

_BODY_BYTES_MAX = 32 * 1024 * 1024
_GONE = 499  # nobody reads it: the caller has left
_MOST = Policy(
    wall_s=120.0, cpu_s=120.0, memory_bytes_max=4 << 30, processes_max=64, files_max=4096, output_bytes_max=16 << 20,
    disk_bytes_max=1 << 30, steps_max=100_000,
)  # fmt: skip


def build_sandbox_app(sandbox: Sandbox, token: SecretStr, *, lifespan: Lifespan | None = None) -> Starlette:
    """Raises ValueError for a token too short to be a secret."""
    if len(token.get_secret_value()) < 16:
        raise ValueError("a sandbox host's token needs 16 characters or more")
    app = Starlette(
        routes=[
            Route("/health", health, methods=["GET"]),
            Route("/run", run, methods=["POST"]),
            Route("/grade", grade, methods=["POST"]),
            Route("/trace", trace, methods=["POST"]),
        ],
        middleware=[Middleware(BodyLimit, bytes_max=_BODY_BYTES_MAX)],
        exception_handlers=dict.fromkeys((LearnFlowError, HTTPException, Exception), _refuse),
        lifespan=lifespan,
    )
    app.state.sandbox = sandbox
    app.state.token = token.get_secret_value().encode()
    return app


async def health(request: Request) -> Response:
    """Whether programs can be run here, and behind which walls; for load balancers too, so without a token."""
    level = request.app.state.sandbox.level
    able = not level.startswith("none")
    document = {"status": "ok" if able else "refusing", "level": level}
    return Response(codec.dump(document), 200 if able else 503, media_type="application/json")


async def run(request: Request) -> Response:
    """Lines of JSON: what the program prints as it comes, if `stream` was asked for, then its result or a problem."""
    body = await _read(request)
    program, policy = codec.read_program(body.get("program")), _policy(body)
    events: asyncio.Queue[_Event] = asyncio.Queue()  # bounded by the policy's output

    def tell(stream: str, data: bytes) -> None:
        events.put_nowait({"stream": stream, "data": data})

    async def work() -> None:
        try:
            with on_behalf_of(_student(request)):
                result = await _sandbox(request).run(program, policy, tell if body.get("stream") is True else None)
            events.put_nowait({"result": asdict(result)})
        except Exception as error:  # whoever reads the lines tells the caller, as a response or as the last line
            events.put_nowait(error)

    lines = _lines(asyncio.create_task(work()), events)
    first = await _while_connected(request, anext(lines))
    if first is None:
        await lines.aclose()
        return Response(status_code=_GONE)
    return StreamingResponse(_joined(first, lines), media_type="application/x-ndjson")


async def grade(request: Request) -> Response:
    body = await _read(request)
    program, policy = codec.read_program(body.get("program")), _policy(body)
    asked = codec.read(codec.TESTS, body.get("tests"))
    return await _answer(request, lambda: _sandbox(request).grade(program, asked, policy))


async def trace(request: Request) -> Response:
    body = await _read(request)
    program, policy = codec.read_program(body.get("program")), _policy(body)
    return await _answer(request, lambda: _sandbox(request).trace(program, policy))


async def _answer(request: Request, act: Callable[[], Awaitable[Any]]) -> Response:
    async def work() -> Any:
        with on_behalf_of(_student(request)):
            return await act()

    result = await _while_connected(request, work())
    if result is None:
        return Response(status_code=_GONE)
    return Response(codec.dump(asdict(result)), media_type="application/json")


async def _lines(task: "asyncio.Task[None]", events: "asyncio.Queue[_Event]") -> AsyncGenerator[bytes, None]:
    """Each event as a line, up to the result; leaving early kills the program. Raises what the work raises, as long as
    nothing has been sent; after that it is the last line."""
    sent = False
    try:
        while True:
            match await events.get():
                case Exception() as error:
                    if not sent:
                        raise error
                    yield codec.dump({"problem": _describe(error)})
                    return
                case {"result": _} as last:
                    yield codec.dump(last)
                    return
                case event:
                    yield codec.dump(event)
                    sent = True
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _joined(first: bytes, lines: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    async with aclosing(lines):
        yield first
        async for line in lines:
            yield line


async def _while_connected(request: Request, work: Awaitable[T]) -> T | None:
    """What `work` gives; None when the caller has left meanwhile, and then the work is cancelled."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        for one in (task, gone):
            one.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _read(request: Request) -> dict[str, Any]:
    """Raises Unauthenticated before anything is read, Invalid."""
    given = request.headers.get("authorization", "").encode("latin-1")
    if not hmac.compare_digest(given, b"Bearer " + request.app.state.token):
        raise Unauthenticated("This sandbox host does not know you.")
    body = codec.load(await request.body())
    if not isinstance(body, dict):
        raise Invalid("an object is needed")
    return body


def _policy(body: dict[str, Any]) -> Policy | None:
    """Raises Invalid for what no host should be asked."""
    policy = codec.read(codec.POLICY, body.get("policy"))
    if policy is not None:
        most = asdict(_MOST)
        if beyond := [name for name, value in asdict(policy).items() if not 0 <= value <= most[name]]:
            raise Invalid("limits beyond what a sandbox host allows", fields=", ".join(beyond))
    return policy


def _sandbox(request: Request) -> Sandbox:
    sandbox: Sandbox = request.app.state.sandbox
    return sandbox


def _student(request: Request) -> str:
    return request.headers.get(codec.STUDENT_HEADER, "")[:64]


async def _refuse(request: Request, error: Exception) -> Response:
    document = _describe(error)
    return Response(
        problems.encode(document), document["status"], problems.headers(error), media_type=problems.MEDIA_TYPE
    )


def _describe(error: BaseException) -> dict[str, Any]:
    """Our callers are servers of the school: they are told why, and when to come back."""
    document = problems.describe(error)
    match error:
        case QueueFull():
            document |= {"status": 503, "retry_after_s": error.retry_after_s}
        case LearnFlowError():
            document["detail"] = error.message
    return document

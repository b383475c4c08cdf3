"""The HTTP application of a sandbox host: other servers' programs, graded and traced here; it knows no student, course or database."""

import asyncio
import hmac
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from dataclasses import asdict, replace
from typing import Any, TypeVar

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from api import problems, talk
from api.middleware import BodyLimit
from core.errors import Invalid, LearnFlowError, QueueFull, Unauthenticated
from core.ports import OnOutput, Policy, RunResult, Sandbox, Typed
from sandbox import codec
from sandbox.gate import on_behalf_of
from sandbox.policy import TALK

T = TypeVar("T")
_Event = dict[str, Any] | Exception
Lifespan = Callable[[Starlette], AbstractAsyncContextManager[Any]]

_BODY_BYTES_MAX = 32 * 1024 * 1024
_GONE = 499  # nobody reads it: the caller has left
_MOST = Policy(
    wall_s=120.0, cpu_s=120.0, memory_bytes_max=4 << 30, processes_max=64, files_max=4096, output_bytes_max=16 << 20,
    disk_bytes_max=1 << 30, steps_max=100_000, idle_s=3600.0, input_bytes_max=64 << 20,
)  # fmt: skip
_MOST_TALK = replace(_MOST, wall_s=3600.0)
_TALK_BEGINS_S = 10.0


def build_sandbox_app(sandbox: Sandbox, token: SecretStr, *, lifespan: Lifespan | None = None) -> Starlette:
    """Raises ValueError for a token too short to be a secret."""
    if len(token.get_secret_value()) < 16:
        raise ValueError("a sandbox host's token needs 16 characters or more")
    app = Starlette(
        routes=[
            Route("/health", health, methods=["GET"]),
            Route("/run", run, methods=["POST"]),
            Route("/run-many", run_many, methods=["POST"]),
            WebSocketRoute("/talk", talk_with),
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


async def run_many(request: Request) -> Response:
    body = await _read(request)
    program, policy = codec.read_program(body.get("program")), _policy(body)
    inputs = codec.read_inputs(body.get("inputs"))
    return await _answer(request, lambda: _sandbox(request).run_many(program, inputs, policy))


async def talk_with(line: WebSocket) -> None:
    """The first message is the body of POST /run; each further one is typed to the program as it is, an empty one ends
    its input. Back come the lines of POST /run, and `codec.FED` whenever the program has taken all and may have more."""
    try:
        _admit(line)
    except Unauthenticated as error:  # while it can still be told as an answer to a request
        await line.send_denial_response(_refusal(error))
        return
    await line.accept()
    try:
        event: Any = {"result": asdict(await _converse(line))}
    except WebSocketDisconnect:
        return
    except Exception as error:  # the last message, as the last line of a run is
        event = {"problem": _describe(error)}
    with suppress(WebSocketDisconnect, RuntimeError):  # it left just now
        if line.application_state != WebSocketState.DISCONNECTED:
            await line.send_bytes(codec.dump(event))
            await line.close()


async def _converse(line: WebSocket) -> RunResult:
    try:
        async with asyncio.timeout(_TALK_BEGINS_S):
            body = codec.load(await _hear(line) or b"")
    except TimeoutError as error:
        raise Invalid("no program came") from error
    if not isinstance(body, dict):
        raise Invalid("an object is needed")
    program, policy = codec.read_program(body.get("program")), _policy(body, _MOST_TALK) or TALK

    async def act(tell: OnOutput, typed: Typed) -> RunResult:
        with on_behalf_of(_student(line)):
            return await _sandbox(line).run(program, policy, tell if body.get("stream") is True else None, typed)

    return await talk.converse(
        act,
        hear=lambda: _hear(line),
        tell=lambda stream, data: line.send_bytes(codec.dump({"stream": stream, "data": data})),
        ask=lambda: line.send_bytes(codec.dump(codec.FED)),
        bytes_max=policy.input_bytes_max,
    )


async def _hear(line: WebSocket) -> bytes | None:
    """Raises WebSocketDisconnect."""
    message = await line.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    return message.get("bytes") or (message.get("text") or "").encode() or None


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
    shown = [asdict(one) for one in result] if isinstance(result, tuple) else asdict(result)
    return Response(codec.dump(shown), media_type="application/json")


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
    _admit(request)
    body = codec.load(await request.body())
    if not isinstance(body, dict):
        raise Invalid("an object is needed")
    return body


def _admit(caller: HTTPConnection) -> None:
    given = caller.headers.get("authorization", "").encode("latin-1")
    if not hmac.compare_digest(given, b"Bearer " + caller.app.state.token):
        raise Unauthenticated("This sandbox host does not know you.")


def _policy(body: dict[str, Any], most: Policy = _MOST) -> Policy | None:
    """Raises Invalid for what no host should be asked."""
    policy = codec.read(codec.POLICY, body.get("policy"))
    if policy is not None:
        highest = asdict(most)
        if beyond := [name for name, value in asdict(policy).items() if not 0 <= value <= highest[name]]:
            raise Invalid("limits beyond what a sandbox host allows", fields=", ".join(beyond))
    return policy


def _sandbox(caller: HTTPConnection) -> Sandbox:
    sandbox: Sandbox = caller.app.state.sandbox
    return sandbox


def _student(caller: HTTPConnection) -> str:
    return caller.headers.get(codec.STUDENT_HEADER, "")[:64]


async def _refuse(request: Request, error: Exception) -> Response:
    return _refusal(error)


def _refusal(error: Exception) -> Response:
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

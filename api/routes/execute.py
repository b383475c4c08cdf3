"""Running a student's program, in the sandbox or not at all.

While a program runs at `/api/v1/execute/live` it can be typed to. After the token (`api.lines`), a client frame is one of
  {"code": "…", "stdin": "", "args": []}   the program, once
  {"input": "Ada\\n"}                      typed to it; a binary frame is typed as it is
  {"end": true}                            the end of its input
  {"kill": true}                           its end
and a server frame is {"type": "ready"}, {"type": "started"}, {"type": "output", "stream": "stdout", "text": "Name? "},
and at the end {"type": "result", "run": {…}}, {"type": "killed"} or {"type": "problem", "problem": {…}}.
"""

import asyncio
import base64
import codecs
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response, WebSocket
from pydantic import ValidationError
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketDisconnect, WebSocketState

from api import talk
from api.guard import SIGNED_IN, Route, policy_of, requires, services, student
from api.lines import Line, parse_frame
from api.reply import json_response
from api.wire.running import Execute, ExecuteBatch, Run, Runs, run
from core.errors import Invalid, LearnFlowError, QueueFull, RateLimited, TooLarge, Unavailable
from core.ids import new_id
from core.ports import Allowance, Given, OnOutput, Policy, Program, RunResult, Student, Typed
from sandbox.gate import on_behalf_of
from sandbox.policy import TALK

router = APIRouter(prefix="/api/v1/execute", route_class=Route, tags=["programs"])

_BEGINS_S = 60.0


@router.post("", responses={200: {"model": Run}})
@requires(SIGNED_IN, rate="runs")
async def execute(request: Request, body: Execute) -> Response:
    """Run a program. One that fails, or is stopped, is a result and not an error. To type to it while it runs, see the
    WebSocket `/api/v1/execute/live`."""
    edge, who = services(request), student(request)
    program, policy = await _admitted(request, body, body.stdin), _policy(body)
    with on_behalf_of(who.id):
        result = await edge.sandbox.run(program, policy)
    await _pay(request, who, [result])
    return json_response(_shown(result))


@router.post("/batch", responses={200: {"model": Runs}})
@requires(SIGNED_IN, rate="runs")
async def execute_batch(request: Request, body: ExecuteBatch) -> Response:
    """Run one program on many inputs, each in a process of its own with all of `timeout_s`: one that hangs or crashes
    costs the others nothing. The results are in the order of the inputs."""
    edge, who = services(request), student(request)
    program = await _admitted(request, body, *(given.stdin for given in body.inputs))
    inputs = [Given(stdin=given.stdin, args=tuple(given.args)) for given in body.inputs]
    with on_behalf_of(who.id):
        results = await edge.sandbox.run_many(program, inputs, _policy(body))
    await _pay(request, who, results)
    return json_response({"runs": [_shown(result) for result in results]})


@router.websocket("/live")
@requires(SIGNED_IN, rate="runs")
async def execute_live(socket: WebSocket) -> None:
    """A student's program that they type to while it runs. Leaving kills it. Ends with close code 4000 + status when it
    is refused."""
    line = _Live(socket)
    try:
        await line.begin()
        await line.serve()
    except WebSocketDisconnect:
        return
    except LearnFlowError as error:
        await line.refuse(error)


class _Killed(Exception):
    """Who typed wants the program to end."""


class _Live(Line):
    """One connection, one program."""

    def __init__(self, socket: WebSocket) -> None:
        super().__init__(socket, policy_of(execute_live))
        self._decoders = {name: codecs.getincrementaldecoder("utf-8")("replace") for name in ("stdout", "stderr")}

    async def serve(self) -> None:
        """Raises WebSocketDisconnect, and what refuses the program."""
        body = await self._program()
        program = await _admitted(self.socket, body, body.stdin)
        clock = asyncio.get_running_loop().time
        began = clock()
        last: dict[str, Any] = {"type": "killed"}
        try:
            result = await self._converse(program)
        except (QueueFull, Unavailable):  # it has not run
            raise
        except BaseException as ended:  # left early: it has used no more CPU than time, nor more than it may
            await _charge(self.socket, student(self.socket), min(clock() - began, TALK.cpu_s))
            if not isinstance(ended, _Killed):
                raise
        else:
            await _charge(self.socket, student(self.socket), result.cpu_s)
            last = {"type": "result", "run": _shown(result)}
        await self.send(last)
        if self.socket.application_state != WebSocketState.DISCONNECTED:
            await self.socket.close()

    async def _program(self) -> Execute:
        try:
            async with asyncio.timeout(_BEGINS_S):
                return Execute.model_validate(await self.read())
        except (TimeoutError, ValidationError) as error:
            raise Invalid('Send {"code": "…"} after the token.') from error

    async def _converse(self, program: Program) -> RunResult:
        edge, who = services(self.socket), student(self.socket)

        async def act(tell: OnOutput, typed: Typed) -> RunResult:
            with on_behalf_of(who.id):
                return await edge.sandbox.run(program, TALK, tell, typed)

        await self.send({"type": "started"})
        return await talk.converse(act, hear=self._hear, tell=self._tell, bytes_max=TALK.input_bytes_max)

    async def _hear(self) -> bytes | None:
        """Raises _Killed, Unauthenticated, Invalid, WebSocketDisconnect."""
        raw = await self.read_raw()
        await self.still_signed_in()
        if isinstance(raw, bytes):
            return raw
        match frame := parse_frame(raw):
            case {"input": str(text)}:
                return text.encode("utf-8", "surrogatepass")
            case {"end": True}:
                return None
            case {"kill": True}:
                raise _Killed
        if await self.renews(frame):
            return b""
        raise Invalid('A frame is {"input": "…"}, {"end": true} or {"kill": true}.')

    async def _tell(self, stream: talk.Stream, data: bytes) -> None:
        """A character that is split between two pieces is told with the second."""
        if text := self._decoders[stream].decode(data):
            await self.send({"type": "output", "stream": stream, "text": text})


async def _admitted(connection: HTTPConnection, body: Execute | ExecuteBatch, *stdins: str) -> Program:
    """Raises TooLarge, and RateLimited for a plan that is used up."""
    edge = services(connection)
    if max(len(body.code), sum(map(len, stdins))) > edge.settings.code_chars_max:
        raise TooLarge("The program or its input is too long.", code_chars_max=edge.settings.code_chars_max)
    _allowed(await edge.entitlements.allow(student(connection), "sandbox_seconds"), connection)
    if isinstance(body, ExecuteBatch):
        return Program(code=body.code)
    return Program(code=body.code, stdin=body.stdin, args=tuple(body.args))


def _policy(body: Execute | ExecuteBatch) -> Policy:
    return replace(Policy(), wall_s=body.timeout_s, cpu_s=body.timeout_s)


async def _pay(connection: HTTPConnection, who: Student, results: Sequence[RunResult]) -> None:
    await _charge(connection, who, sum(result.wall_s for result in results))


async def _charge(connection: HTTPConnection, who: Student, seconds: float) -> None:
    key = f"execute:{new_id()}"
    await services(connection).entitlements.spend(who, "sandbox_seconds", max(1, math.ceil(seconds)), key=key)


def _shown(result: RunResult) -> dict[str, Any]:
    return run(result, [base64.b64encode(figure).decode() for figure in result.figures])


def _allowed(allowance: Allowance, connection: HTTPConnection) -> None:
    if allowance.allowed:
        return
    wait_s = (allowance.resets_at - connection.app.state.clock.now()).total_seconds()
    raise RateLimited(allowance.message, retry_after_s=max(1.0, wait_s), plan=allowance.plan, limit=allowance.limit)

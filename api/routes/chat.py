"""The tutor over a WebSocket: several turns on one connection, each event marked with its turn.

The access token comes as a subprotocol (`bearer.<token>` beside `learnflow`) or in the first frame, never in the
address, which ends up in logs. A client frame is one of
  {"token": "…"}                     the first frame, or a newer token on an open connection
  {"message": "…", "code": …, …}     a turn, the body of POST /api/v1/query
  {"watch": "<turn>", "after": 12}   a turn from before, from the event after 12
and a server frame is an event with `turn`, or {"type": "problem", "problem": {…}}.
"""

import asyncio
from typing import Any

from fastapi import APIRouter, WebSocket
from pydantic import Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.websockets import WebSocketDisconnect, WebSocketState

from api import problems, reply, wire
from api.guard import SIGNED_IN, admit_principal, parse_json, policy_of, requires, services, student
from api.rates import Rates, address
from api.sse import watched
from core.errors import Invalid, LearnFlowError, NotFound, QueueFull, TooLarge, Unauthenticated
from core.events import problem
from core.ports import Event, ThreadId, TurnId

router = APIRouter(tags=["tutor"])

_TOKEN_S = 10.0
_TURNS_MAX = 8
_PROTOCOL = "learnflow"


class Token(wire.In):
    token: str = Field(max_length=8000)


class Watch(wire.In):
    watch: wire.Id
    after: int = Field(0, ge=0, le=2**53)


@router.websocket("/ws/chat/{student_id}")
@requires(SIGNED_IN)
async def chat(socket: WebSocket, student_id: str) -> None:
    """A student's own line to the tutor. Ends with a problem and close code 4000 + status when it is refused."""
    protocols = socket.scope.get("subprotocols", [])
    await socket.accept(subprotocol=_PROTOCOL if _PROTOCOL in protocols else None)
    line = _Line(socket)
    rates: Rates = socket.app.state.rates
    try:
        rates.hit("requests", address(socket.scope.get("client")))
        await line.open(student_id, _offered(protocols))
        await line.serve()
    except WebSocketDisconnect:
        return
    except LearnFlowError as error:
        await line.refuse(error)


class _Line:
    """One connection: reads frames, and has each turn's events sent by a task of its own."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._token = ""
        self._student_id = ""
        self._watching: dict[TurnId, asyncio.Task[None]] = {}

    async def open(self, student_id: str, token: str) -> None:
        """Raises Unauthenticated, and NotFound for another student's line."""
        if not token:
            token = await self._first_token()
        self._student_id = student_id
        self._sign_in(token)
        await self._send({"type": "ready"})

    async def serve(self) -> None:
        """Until the client leaves or its token runs out; the turns go on without it."""
        async with asyncio.TaskGroup() as group:
            ended = await self._take_all(group)
            for task in self._watching.values():
                task.cancel()
        raise ended

    async def refuse(self, error: LearnFlowError) -> None:
        document = problems.describe(error, trace=self._trace)
        await self._send(problem(document))
        if self._socket.application_state != WebSocketState.DISCONNECTED:
            await self._socket.close(4000 + document["status"], document["title"])

    async def _first_token(self) -> str:
        try:
            async with asyncio.timeout(_TOKEN_S):
                return Token.model_validate(await self._read()).token
        except (TimeoutError, ValidationError) as error:
            raise Unauthenticated('Send {"token": "…"} as the first frame.') from error

    def _sign_in(self, token: str) -> None:
        who = services(self._socket).sign_in.verify(token)
        if who.id != self._student_id:
            raise NotFound
        admit_principal(self._socket, policy_of(chat), who)
        self._token = token

    async def _take_all(self, group: asyncio.TaskGroup) -> Exception:
        """What ended the reading: returned, since a task group would wrap what is raised."""
        try:
            while True:
                await self._take(await self._read(), group)
        except (WebSocketDisconnect, Unauthenticated, TooLarge) as ended:
            return ended

    async def _take(self, frame: Any, group: asyncio.TaskGroup) -> None:
        """A refusal of one frame is told and leaves the connection open, unless it is the sign-in that ran out."""
        try:
            turn, after = await self._understand(frame)
        except Unauthenticated:
            raise
        except (LearnFlowError, ValidationError) as error:
            await self._send(problem(problems.describe(error, trace=self._trace)) | _turn_named(frame))
            return
        if turn is not None and turn not in self._watching:
            task = self._watching[turn] = group.create_task(self._show(turn, after))
            task.add_done_callback(lambda _: self._watching.pop(turn, None))

    async def _understand(self, frame: Any) -> tuple[TurnId | None, int]:
        """The turn to show, and after which event."""
        if not isinstance(frame, dict):
            raise Invalid("A frame is a JSON object.")
        if _is_token(frame):
            self._sign_in(Token.model_validate(frame).token)
            return None, 0
        services(self._socket).sign_in.verify(self._token)  # it may have run out since
        if len(self._watching) >= _TURNS_MAX:
            raise QueueFull(turns_max=_TURNS_MAX)
        edge, who = services(self._socket), student(self._socket)
        if "watch" in frame:
            watch = Watch.model_validate(frame)
            return (await edge.turns.get(who, TurnId(watch.watch))).id, watch.after
        return await self._submit(wire.Query.model_validate(frame)), 0

    async def _submit(self, body: wire.Query) -> TurnId:
        edge, who = services(self._socket), student(self._socket)
        rates: Rates = self._socket.app.state.rates
        rates.hit("turns", who.id)
        thread = ThreadId(body.thread_id) if body.thread_id else None
        turn = TurnId(body.turn_id) if body.turn_id else None
        return (await edge.turns.submit(who, reply.ask(edge, body), thread=thread, turn=turn)).id

    async def _show(self, turn: TurnId, after: int) -> None:
        events = services(self._socket).turns.events(student(self._socket), turn, after=after)
        async for event in watched(events, self._trace):
            await self._send({**event, "turn": turn})

    async def _read(self) -> Any:
        """The next frame's JSON, None for what is no JSON. Raises TooLarge, WebSocketDisconnect."""
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        raw = message.get("text") or message.get("bytes") or b""
        limit = services(self._socket).settings.body_bytes_max
        if len(raw) > limit:
            raise TooLarge(bytes_max=limit)
        try:
            return parse_json(raw)
        except HTTPException:
            return None

    async def _send(self, event: Event) -> None:
        try:
            await self._socket.send({"type": "websocket.send", "text": problems.encode(event).decode()})
        except (RuntimeError, WebSocketDisconnect):
            return  # the client has left; reading says so

    @property
    def _trace(self) -> str | None:
        return self._socket.scope.get("trace_id")


def _offered(protocols: list[str]) -> str:
    return next((p.removeprefix("bearer.") for p in protocols if p.startswith("bearer.")), "")


def _is_token(frame: Any) -> bool:
    return isinstance(frame, dict) and "token" in frame


def _turn_named(frame: Any) -> dict[str, str]:
    named = frame.get("turn_id") if isinstance(frame, dict) else None
    return {"turn": named} if isinstance(named, str) else {}

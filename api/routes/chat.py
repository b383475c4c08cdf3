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
from starlette.websockets import WebSocketDisconnect

from api import problems, reply
from api.guard import SIGNED_IN, count, policy_of, principal, requires, services, student
from api.lines import Line
from api.sse import watched
from api.wire.base import Id, In
from api.wire.turns import Query
from core.errors import Invalid, LearnFlowError, NotFound, QueueFull, TooLarge, Unauthenticated
from core.events import problem
from core.ports import Principal, ThreadId, TurnId

router = APIRouter(tags=["tutor"])

_TURNS_MAX = 8


class Watch(In):
    watch: Id
    after: int = Field(0, ge=0, le=2**53)


@router.websocket("/ws/chat/{student_id}")
@requires(SIGNED_IN)
async def chat(socket: WebSocket, student_id: str) -> None:
    """A student's own line to the tutor. Ends with a problem and close code 4000 + status when it is refused."""
    line = _Chat(socket)
    try:
        await line.open(student_id)
        await line.serve()
    except WebSocketDisconnect:
        return
    except LearnFlowError as error:
        await line.refuse(error)


class _Chat(Line):
    """One connection: reads frames, and has each turn's events sent by a task of its own."""

    def __init__(self, socket: WebSocket) -> None:
        super().__init__(socket, policy_of(chat))
        self._student_id = ""
        self._watching: dict[TurnId, asyncio.Task[None]] = {}

    async def open(self, student_id: str) -> None:
        """Raises Unauthenticated, and NotFound for another student's line."""
        self._student_id = student_id
        await self.begin()

    def check(self, who: Principal) -> None:
        if who.id != self._student_id:
            raise NotFound

    async def serve(self) -> None:
        """Until the client leaves or its token runs out; the turns go on without it."""
        async with asyncio.TaskGroup() as group:
            ended = await self._take_all(group)
            for task in self._watching.values():
                task.cancel()
        raise ended

    async def _take_all(self, group: asyncio.TaskGroup) -> Exception:
        """What ended the reading: returned, since a task group would wrap what is raised."""
        try:
            while True:
                await self._take(await self.read(), group)
        except (WebSocketDisconnect, Unauthenticated, TooLarge) as ended:
            return ended

    async def _take(self, frame: Any, group: asyncio.TaskGroup) -> None:
        """A refusal of one frame is told and leaves the connection open, unless it is the sign-in that ran out."""
        try:
            turn, after = await self._understand(frame)
        except Unauthenticated:
            raise
        except (LearnFlowError, ValidationError) as error:
            await self.send(problem(problems.describe(error, trace=self.trace)) | _turn_named(frame))
            return
        if turn is not None and turn not in self._watching:
            task = self._watching[turn] = group.create_task(self._show(turn, after))
            task.add_done_callback(lambda _: self._watching.pop(turn, None))

    async def _understand(self, frame: Any) -> tuple[TurnId | None, int]:
        """The turn to show, and after which event."""
        if not isinstance(frame, dict):
            raise Invalid("A frame is a JSON object.")
        if await self.renews(frame):
            return None, 0
        await self.still_signed_in()
        if len(self._watching) >= _TURNS_MAX:
            raise QueueFull(turns_max=_TURNS_MAX)
        edge, who = services(self.socket), student(self.socket)
        if "watch" in frame:
            watch = Watch.model_validate(frame)
            return (await edge.turns.get(who, TurnId(watch.watch))).id, watch.after
        return await self._submit(Query.model_validate(frame)), 0

    async def _submit(self, body: Query) -> TurnId:
        edge, who = services(self.socket), student(self.socket)
        count(self.socket, "turns", principal(self.socket))
        thread = ThreadId(body.thread_id) if body.thread_id else None
        turn = TurnId(body.turn_id) if body.turn_id else None
        return (await edge.turns.submit(who, reply.ask(edge, body), thread=thread, turn=turn)).id

    async def _show(self, turn: TurnId, after: int) -> None:
        events = services(self.socket).turns.events(student(self.socket), turn, after=after)
        async for event in watched(events, self.trace, self.still_admitted):
            await self.send({**event, "turn": turn})


def _turn_named(frame: Any) -> dict[str, str]:
    named = frame.get("turn_id") if isinstance(frame, dict) else None
    return {"turn": named} if isinstance(named, str) else {}

"""What every WebSocket of the edge begins with and speaks: a token that stays valid, JSON frames, problems at the end.

The access token comes as a subprotocol (`bearer.<token>` beside `learnflow`) or in the first frame, never in the
address, which ends up in logs.
"""

import asyncio
from typing import Any

from fastapi import WebSocket
from pydantic import Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.websockets import WebSocketDisconnect, WebSocketState

from api import problems
from api.guard import Policy, StillAdmitted, admit_principal, admit_unlimited, count, parse_json, services
from api.wire.base import In
from core.errors import LearnFlowError, TooLarge, Unauthenticated
from core.events import problem
from core.ports import Event, Principal

_TOKEN_S = 10.0
_PROTOCOL = "learnflow"


class Token(In):
    token: str = Field(max_length=8000)


class Line:
    """One connection of one person; `policy` says who they may be and what a connection counts as."""

    def __init__(self, socket: WebSocket, policy: Policy) -> None:
        self.socket = socket
        self._policy = policy
        self._token = ""
        self.still_admitted: StillAdmitted | None = None

    async def begin(self) -> None:
        """Raises Unauthenticated, Forbidden, RateLimited, and what `check` raises."""
        protocols = self.socket.scope.get("subprotocols", [])
        await self.socket.accept(subprotocol=_PROTOCOL if _PROTOCOL in protocols else None)
        count(self.socket, "requests")
        await self._sign_in(_offered(protocols) or await self._first_token())
        await admit_unlimited(self.socket)
        await self.send({"type": "ready"})

    def check(self, who: Principal) -> None:
        """For a line that is not everyone's."""

    async def refuse(self, error: LearnFlowError) -> None:
        """A problem, and close code 4000 + its status."""
        document = problems.describe(error, trace=self.trace)
        await self.send(problem(document))
        if self.socket.application_state != WebSocketState.DISCONNECTED:
            await self.socket.close(4000 + document["status"], document["title"])

    async def renews(self, frame: Any) -> bool:
        """Whether the frame is a newer token. Raises Unauthenticated."""
        if not (isinstance(frame, dict) and "token" in frame):
            return False
        await self._sign_in(Token.model_validate(frame).token)
        return True

    async def still_signed_in(self) -> None:
        """Raises Unauthenticated: it may have run out since."""
        await services(self.socket).sign_in.identify(self._token)

    async def read(self) -> Any:
        """The next frame's JSON, None for what is no JSON. Raises TooLarge, WebSocketDisconnect."""
        return parse_frame(await self.read_raw())

    async def read_raw(self) -> bytes | str:
        """The next frame as it came: text or bytes. Raises TooLarge, WebSocketDisconnect."""
        message = await self.socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        raw: bytes | str = message.get("text") or message.get("bytes") or b""
        limit = services(self.socket).settings.body_bytes_max
        if len(raw) > limit:
            raise TooLarge(bytes_max=limit)
        return raw

    async def send(self, event: Event) -> None:
        try:
            await self.socket.send({"type": "websocket.send", "text": problems.encode(event).decode()})
        except (RuntimeError, WebSocketDisconnect):
            return  # the client has left; reading says so

    @property
    def trace(self) -> str | None:
        return self.socket.scope.get("trace_id")

    async def _first_token(self) -> str:
        try:
            async with asyncio.timeout(_TOKEN_S):
                return Token.model_validate(await self.read()).token
        except (TimeoutError, ValidationError) as error:
            raise Unauthenticated('Send {"token": "…"} as the first frame.') from error

    async def _sign_in(self, token: str) -> None:
        who = await services(self.socket).sign_in.identify(token)
        self.check(who)
        admit_principal(self.socket, self._policy, who)
        self._token = token
        self.still_admitted = StillAdmitted(services(self.socket).sign_in, token)


def parse_frame(raw: bytes | str) -> Any:
    """A frame's JSON, None for what is no JSON."""
    try:
        return parse_json(raw)
    except HTTPException:
        return None


def _offered(protocols: list[str]) -> str:
    return next((p.removeprefix("bearer.") for p in protocols if p.startswith("bearer.")), "")

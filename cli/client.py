"""A LearnFlow server as the terminal sees it: sign in, ask, and read the turn's events as they come."""

from collections.abc import AsyncIterator
from typing import Any, Self

import httpx
import orjson

from core.errors import LearnFlowError, Unauthenticated


class ServerRefused(LearnFlowError):
    """The server refused the request."""


class Client:
    """One signed-in person."""

    def __init__(self, url: str, token: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=url, headers={"authorization": f"Bearer {token}"}, timeout=httpx.Timeout(10.0, read=120.0)
        )
        self.thread: str | None = None
        self.exercise: str | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def ask(self, path: str = "/api/v1/query", **body: Any) -> AsyncIterator[dict[str, Any]]:
        """The turn's events; the conversation goes on in the same thread."""
        if self.thread:
            body["thread_id"] = self.thread
        async with self._http.stream("POST", path, json=body, headers={"accept": "text/event-stream"}) as reply:
            if reply.status_code >= 400:
                raise _refusal(reply.status_code, await reply.aread())
            kind = ""
            async for line in reply.aiter_lines():
                if line.startswith("event:"):
                    kind = line[6:].strip()
                elif line.startswith("data:"):
                    event: dict[str, Any] = {"type": kind, **orjson.loads(line[5:])}
                    self.thread = event.get("thread", self.thread)
                    if event["type"] == "done":
                        self.exercise = event["answer"].get("exercise") or self.exercise
                    yield event

    async def call(self, method: str, path: str, **options: Any) -> Any:
        """The JSON of a plain request. Raises ServerRefused with the server's own words."""
        reply = await self._http.request(method, path, **options)
        if reply.status_code >= 400:
            raise _refusal(reply.status_code, reply.content)
        return orjson.loads(reply.content) if reply.content else None


async def sign_in(url: str, email: str, password: str) -> str:
    """An access token."""
    async with httpx.AsyncClient(base_url=url, timeout=20) as http:
        reply = await http.post("/api/v1/auth/login", json={"email": email, "password": password})
    if reply.status_code >= 400:
        raise _refusal(reply.status_code, reply.content)
    return str(reply.json()["access_token"])


async def answers(url: str) -> bool:
    """Whether a LearnFlow server is there."""
    try:
        async with httpx.AsyncClient(base_url=url, timeout=2) as http:
            return (await http.get("/health")).status_code == 200
    except httpx.HTTPError:
        return False


def _refusal(status: int, body: bytes) -> LearnFlowError:
    try:
        problem = orjson.loads(body)
        words = problem.get("detail") or problem.get("title")
    except (ValueError, AttributeError):
        words = f"the server answered {status}"
    return Unauthenticated(words) if status == 401 else ServerRefused(words, status=status)

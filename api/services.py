"""What the edge is handed when it is built: the ports it speaks to, never a connection of its own."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self

from core.ports import (
    Ask,
    Course,
    Entitlements,
    Mathematics,
    Memories,
    Principal,
    Records,
    Sandbox,
    StudentId,
    Turns,
    UserId,
)
from core.settings import ApiSettings


class Tokens(Protocol):
    """A sign-in: `access` for every request, `refresh` for the next pair."""

    @property
    def access(self) -> str: ...

    @property
    def refresh(self) -> str: ...

    @property
    def expires_in_s(self) -> int: ...

    @property
    def principal(self) -> Principal: ...


class SignIn(Protocol):
    """Who someone is. Raises Unauthenticated for any wrong password or token."""

    def verify(self, access: str, /) -> Principal:
        """Whose access token this is, by arithmetic alone."""
        ...

    async def login(self, *, email: str, password: str, address: str) -> Tokens:
        """Also raises RateLimited."""
        ...

    async def refresh(self, refresh: str, /) -> Tokens: ...

    async def logout(self, refresh: str, /) -> None: ...

    async def logout_everywhere(self, user: UserId, /) -> None: ...


class Person(Protocol):
    @property
    def name(self) -> str: ...


class People(Protocol):
    async def register(self, *, email: str, name: str, password: str) -> None:
        """A new student; says nothing when the address is known already. Raises Invalid."""
        ...

    async def get(self, user: UserId, /) -> Person:
        """Raises NotFound."""
        ...

    async def teaches(self, teacher: UserId, student: StudentId, /) -> bool: ...


Ready = Callable[[], Awaitable[None]]
Triage = Callable[[Ask], Awaitable[Mapping[str, Any]]]


class Span(Protocol):
    def set(self, **ids: str | int | float | bool | None) -> None:
        """Facts that are known only now."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None, /
    ) -> None: ...


class Telemetry(Protocol):
    """What `core.telemetry` offers, as a module."""

    def incoming(self, headers: Mapping[str, str]) -> AbstractContextManager[str]:
        """Join the trace that `traceparent` names, or begin one; gives its 32 hex digits."""
        ...

    def span(self, name: str, **ids: str | int | float | bool | None) -> Span: ...


class _Nothing(nullcontext["_Nothing"]):
    def __enter__(self) -> "_Nothing":
        return self

    def set(self, **ids: str | int | float | bool | None) -> None:
        pass


class _Quiet:
    """For who does not watch: each request has an id, and nothing is kept of it."""

    def incoming(self, headers: Mapping[str, str]) -> AbstractContextManager[str]:
        return nullcontext(secrets.token_hex(16))

    def span(self, name: str, **ids: str | int | float | bool | None) -> Span:
        return _Nothing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """`triage` gives the JSON of `agents/turn.py:Triage` and keeps nothing; `readiness` names each dependency with a
    check that raises when it does not answer; `metrics` renders Prometheus text."""

    settings: ApiSettings
    turns: Turns
    course: Course
    sandbox: Sandbox
    mathematics: Mathematics
    records: Records
    entitlements: Entitlements
    memories: Memories
    sign_in: SignIn
    people: People
    triage: Triage
    readiness: Mapping[str, Ready] = field(default_factory=dict)
    telemetry: Telemetry = field(default_factory=_Quiet)
    metrics: Callable[[], str] = str

"""What the edge is handed when it is built: the ports it speaks to, never a connection of its own."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.ports import (
    Ask,
    Course,
    Entitlements,
    Feedback,
    Mathematics,
    Memories,
    Principal,
    Records,
    Sandbox,
    Student,
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


class Participation(Protocol):
    """Whether a student may be in experiments."""

    async def takes_part(self, student: Student, /) -> bool: ...

    async def take_part(self, student: Student, wish: bool, /) -> None: ...


Ready = Callable[[], Awaitable[None]]
Triage = Callable[[Ask], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """`triage` gives the JSON of `agents/turn.py:Triage` and keeps nothing; `readiness` names each dependency with a
    check that raises when it does not answer."""

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
    feedback: Feedback
    experiments: Participation
    triage: Triage
    readiness: Mapping[str, Ready] = field(default_factory=dict)

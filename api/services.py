"""What the edge is handed when it is built: the ports it speaks to, never a connection of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from core.ports import (
    Ask,
    Course,
    Entitlements,
    Event,
    Feedback,
    Mathematics,
    Memories,
    Passage,
    Principal,
    Records,
    Sandbox,
    Student,
    StudentId,
    Subject,
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


class Told(Protocol):
    """What is wrong with a file, or was lost in importing it."""

    @property
    def file(self) -> str: ...

    @property
    def line(self) -> int: ...

    @property
    def message(self) -> str: ...


class Diff(Protocol):
    """Files by path."""

    @property
    def added(self) -> Sequence[str]: ...

    @property
    def changed(self) -> Sequence[str]: ...

    @property
    def removed(self) -> Sequence[str]: ...

    @property
    def unchanged(self) -> Sequence[str]: ...


class Upload(Protocol):
    """`problem` is what `problems.completed` takes."""

    id: str
    name: str
    state: Literal["waiting", "working", "ready", "failed"]
    version: str | None

    @property
    def notes(self) -> Sequence[Told]: ...

    @property
    def diff(self) -> Diff | None: ...

    @property
    def problem(self) -> Mapping[str, Any] | None: ...


class Made(Protocol):
    """`made_at` is seconds since 1970."""

    @property
    def version(self) -> str: ...

    @property
    def made_at(self) -> float: ...

    @property
    def source(self) -> str: ...

    @property
    def files(self) -> int: ...

    @property
    def passages(self) -> int: ...


class Edition(Protocol):
    @property
    def manifest(self) -> Made: ...

    @property
    def live(self) -> bool: ...

    @property
    def before(self) -> bool: ...


class Desk(Protocol):
    """The curriculum team's; what is uploaded is live only after `publish`. Raises NotFound, Conflict, CourseUnavailable."""

    def upload(self, name: str, content: bytes, *, by: str, place: str | None, replace: bool) -> Upload:
        """Also raises Invalid, RateLimited."""
        ...

    def get(self, upload: str, /) -> Upload: ...

    def events(self, upload: str, /, *, after: int = 0) -> AsyncIterator[Event]: ...

    async def versions(self) -> Sequence[Edition]: ...

    async def diff(self, version: str, /) -> Diff: ...

    async def preview(
        self,
        version: str,
        query: str,
        /,
        *,
        k: int,
        subject: Subject | None = None,
        module: str | None = None,
        level: int | None = None,
    ) -> Sequence[tuple[Passage, Mapping[str, float], str]]:
        """Passages with what ranked them and as HTML."""
        ...

    async def publish(self, version: str, /) -> str: ...

    async def roll_back(self) -> str: ...


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
    desk: Desk
    triage: Triage
    readiness: Mapping[str, Ready] = field(default_factory=dict)

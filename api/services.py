"""What the edge is handed when it is built: the ports it speaks to, never a connection of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from core.ports import (
    Alert,
    Ask,
    Course,
    Entitlements,
    Event,
    Feedback,
    Mathematics,
    Memories,
    Passage,
    Principal,
    Recorded,
    Records,
    Sandbox,
    Student,
    StudentId,
    Subject,
    Topic,
    Turns,
    UserId,
)
from core.settings import ApiSettings
from learning.alerts import Change, Note, Wanted
from learning.classrooms import Classroom
from learning.dashboard import Dashboard
from learning.notifications.rules import Channel, Delivery, Notice, Notification, Preferences, Subscription
from learning.quizzes.sittings import Answered, Sitting, Wish
from learning.streaks import Streak


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

    @property
    def confirmed(self) -> bool:
        """Whether the address is proved, or need not be."""
        ...


class Device(Protocol):
    """Where someone is signed in."""

    @property
    def id(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def created_at(self) -> datetime: ...

    @property
    def used_at(self) -> datetime: ...

    @property
    def expires_at(self) -> datetime: ...


class SignIn(Protocol):
    """Who someone is. Raises Unauthenticated for any wrong password or token."""

    def verify(self, access: str, /) -> Principal:
        """Whose access token this is, by arithmetic alone."""
        ...

    async def login(self, *, email: str, password: str, address: str, device: str = "") -> Tokens:
        """`device` is a name or a User-Agent. Also raises RateLimited."""
        ...

    async def refresh(self, refresh: str, /) -> Tokens: ...

    async def logout(self, refresh: str, /) -> None: ...

    async def logout_everywhere(self, user: UserId, /) -> None: ...

    async def devices(self, user: UserId, /) -> Sequence[Device]: ...

    async def end(self, user: UserId, sign_in: str, /) -> None:
        """Raises NotFound."""
        ...


class Recovery(Protocol):
    """Proving an address, and getting another password. What sends a letter does not tell whether it did."""

    def send_confirmation(self, email: str, /) -> None: ...

    def send_reset(self, email: str, /) -> None: ...

    async def confirm(self, token: str, /) -> None:
        """Raises Invalid."""
        ...

    async def reset(self, token: str, password: str, /) -> None:
        """Raises Invalid."""
        ...

    async def change(self, who: Principal, current: str, new: str, /) -> None:
        """Raises Invalid, Unauthenticated, RateLimited."""
        ...


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


class Inbox(Protocol):
    """What teachers see of alerts and do about them. Raises Forbidden, Invalid, Conflict, and NotFound for another class's."""

    async def list_alerts(
        self, teacher: Principal, wanted: Wanted, *, limit: int = 50, cursor: str | None = None
    ) -> tuple[list[Alert], str | None]: ...

    async def export(self, teacher: Principal, wanted: Wanted) -> list[Alert]: ...

    async def get_alert(self, teacher: Principal, alert: str) -> Alert: ...

    async def settle(self, teacher: Principal, alert: str, status: str, *, helped: bool | None = None) -> Alert: ...

    async def assign(self, teacher: Principal, alert: str, assignee: UserId | None) -> Alert: ...

    async def snooze(self, teacher: Principal, alert: str, until: datetime | None) -> Alert: ...

    async def add_note(self, teacher: Principal, alert: str, words: str) -> Note: ...

    async def list_notes(self, teacher: Principal, alert: str) -> list[Note]: ...

    async def newest(self, teacher: Principal) -> int: ...

    def watch(self, teacher: Principal, *, after: int, seconds: float) -> AsyncIterator[Change]: ...


class Notifications(Protocol):
    """What somebody is told; each sees only their own. Raises Invalid, NotFound, Forbidden, Conflict."""

    async def publish(self, to: Sequence[UserId], notice: Notice) -> int: ...

    async def announce(self, teacher: Principal, class_id: str, notice: Notice) -> int: ...

    async def list_notifications(
        self, who: Principal, *, unread: bool = False, limit: int = 50, before: int | None = None
    ) -> tuple[list[Notification], int | None]: ...

    async def count_unread(self, who: Principal) -> int: ...

    async def mark_read(self, who: Principal, *, upto: int = 0, seqs: Sequence[int] = ()) -> int: ...

    async def newest(self, who: Principal) -> int: ...

    def watch(self, who: Principal, *, after: int, seconds: float) -> AsyncIterator[Notification]: ...

    async def preferences(self, who: Principal) -> Preferences: ...

    async def prefer(self, who: Principal, wishes: Preferences) -> Preferences: ...

    async def subscribe(
        self,
        who: Principal,
        channel: Channel,
        kinds: Sequence[str],
        *,
        url: str = "",
    ) -> Subscription: ...

    async def list_subscriptions(self, who: Principal) -> list[Subscription]: ...

    async def unsubscribe(self, who: Principal, subscription: str) -> None: ...

    async def list_deliveries(
        self, who: Principal, *, status: str | None = None, limit: int = 50
    ) -> list[Delivery]: ...

    async def retry(self, who: Principal, delivery: str) -> None: ...


class Quizzes(Protocol):
    """A student's own sittings of questions. Raises NotFound, Invalid, Conflict."""

    async def begin(self, student: Student, sitting: str, wish: Wish) -> Sitting: ...

    async def get(self, student: Student, sitting: str) -> Sitting: ...

    async def list_sittings(self, student: Student, *, limit: int = 20) -> list[Sitting]: ...

    async def answer(
        self, student: Student, sitting: str, question: str, option: int | None
    ) -> tuple[Sitting, Answered, Recorded]: ...

    async def finish(self, student: Student, sitting: str) -> Sitting: ...


class Classrooms(Protocol):
    """Raises Forbidden, and NotFound for another teacher's class."""

    async def list_classes(self, teacher: Principal) -> list[Classroom]: ...

    async def dashboard(
        self, teacher: Principal, class_id: str, topics: Sequence[Topic], *, since: datetime | None = None
    ) -> Dashboard: ...


class Practice(Protocol):
    """Raises Invalid for an unknown time zone."""

    async def streak(self, student: Student, time_zone: str | None = None) -> Streak: ...

    async def settle_in(self, student: Student, time_zone: str) -> None: ...


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
    recovery: Recovery
    feedback: Feedback
    experiments: Participation
    desk: Desk
    inbox: Inbox
    classrooms: Classrooms
    practice: Practice
    notifications: Notifications
    quizzes: Quizzes
    triage: Triage
    readiness: Mapping[str, Ready] = field(default_factory=dict)

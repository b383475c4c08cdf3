"""What the edge is handed when it is built: the ports it speaks to, never a connection of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol

from accounts.billing import Account, Begun, Offer, Seat
from accounts.plans import Catalog
from accounts.privacy.consents import Consent, Standing
from accounts.privacy.guardians import Gate
from accounts.privacy.jobs import Job
from accounts.privacy.reading import Read
from accounts.privacy.rights import Erasure, Link
from accounts.replays import Kept
from accounts.security import SecurityEvent
from core.ports import (
    Achievement,
    Alert,
    Ask,
    Course,
    Entitlements,
    Event,
    Exercise,
    ExerciseId,
    Feedback,
    MadeExercise,
    Mathematics,
    Memories,
    Passage,
    Principal,
    Recorded,
    Records,
    Role,
    Sandbox,
    SkillId,
    Student,
    StudentId,
    Subject,
    Topic,
    TopicId,
    Turns,
    UserId,
)
from core.settings import ApiSettings
from learning.alerts import Change, Note, Wanted
from learning.classrooms import Classroom
from learning.community.board import Thread
from learning.community.rules import Draft, Edit, Entry, Reason, Reported, Worry
from learning.community.rules import Wanted as WantedPosts
from learning.community.tutor import Question as TutorQuestion
from learning.dashboard import Dashboard
from learning.notifications.rules import Channel, Delivery, Notice, Notification, Preferences, Subscription
from learning.overview import Overview
from learning.overviews import CourseView
from learning.quizzes.sittings import Answered, Sitting, Wish
from learning.recommendations import Experience, Recommendation
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

    async def identify(self, token: str, /) -> Principal:
        """Whose access token this is, ours or a trusted provider's. Also raises Forbidden, Unavailable."""
        ...

    async def login(
        self, *, email: str, password: str, address: str, device: str = "", code: str | None = None
    ) -> Tokens:
        """`device` is a name or a User-Agent, `code` a second factor's. Also raises RateLimited."""
        ...

    async def exchange(self, token: str, /, *, device: str = "") -> Tokens:
        """A provider's token for ours. Raises what `identify` raises."""
        ...

    async def link(self, who: Principal, token: str, /) -> None:
        """Also raises Conflict."""
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


class Enrolment(Protocol):
    @property
    def secret(self) -> str: ...

    @property
    def uri(self) -> str: ...


class SecondFactor(Protocol):
    """Raises Unauthenticated for a wrong password or code, RateLimited."""

    async def state(self, who: Principal, /) -> tuple[bool, int]:
        """Whether it is on, and how many recovery codes are left."""
        ...

    async def enrol(self, who: Principal, password: str, /) -> Enrolment:
        """Also raises Conflict."""
        ...

    async def confirm(self, who: Principal, code: str, /) -> Sequence[str]:
        """The recovery codes. Also raises NotFound, Invalid, Conflict."""
        ...

    async def disable(self, who: Principal, password: str, code: str, /) -> None: ...

    async def reset(self, user: str, /, *, by: str) -> None:
        """Raises NotFound."""
        ...


class Person(Protocol):
    @property
    def id(self) -> UserId: ...

    @property
    def email(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def role(self) -> Role: ...

    @property
    def disabled(self) -> bool: ...

    @property
    def created_at(self) -> datetime: ...


class Class(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


class People(Protocol):
    """`by` is who changes something. Raises NotFound for somebody unknown."""

    async def search(
        self, *, text: str = "", role: Role | None = None, limit: int = 50, after: str = ""
    ) -> Sequence[tuple[Person, Sequence[str]]]:
        """In the order of their ids, with the names of their classes."""
        ...

    async def classes_of(self, user: UserId, /) -> Sequence[tuple[Class, str]]:
        """With the part that they have there."""
        ...

    async def add_user(self, *, email: str, name: str, role: Role, password: str, by: str) -> Person:
        """Also raises Invalid, Conflict."""
        ...

    async def set_role(self, user: UserId, role: Role, /, *, by: str) -> Person: ...

    async def disable(self, user: UserId, /, *, by: str) -> None: ...

    async def enable(self, user: UserId, /, *, by: str) -> None: ...

    async def end_sign_ins(self, user: UserId, /, *, by: str) -> int: ...

    async def create_class(self, name: str, /) -> Class:
        """Raises Invalid."""
        ...

    async def enrol(self, class_id: str, user: UserId, /, *, by: str) -> None: ...

    async def unenrol(self, class_id: str, user: UserId, /, *, by: str) -> None: ...

    async def register(self, *, email: str, name: str, password: str, gate: Gate | None = None) -> None:
        """A new student, with a `gate` limited until a guardian agrees; says nothing when the address is known already.
        Raises Invalid."""
        ...

    async def get(self, user: UserId, /) -> Person:
        """Raises NotFound."""
        ...

    async def teaches(self, teacher: UserId, student: StudentId, /) -> bool: ...


class Rights(Protocol):
    """What people may ask of their own data. Raises NotFound."""

    async def ask_export(self, user: UserId, /) -> Job:
        """Also raises RateLimited."""
        ...

    async def export(self, user: UserId, job_id: str, /) -> Job: ...

    async def link(self, user: UserId, job_id: str, /) -> Link:
        """Also raises Conflict."""
        ...

    async def download(self, token: str, /) -> AsyncIterator[bytes]: ...

    async def ask_erasure(self, who: Principal, password: str, /) -> Erasure:
        """Also raises Unauthenticated, RateLimited, Forbidden, Conflict."""
        ...

    async def erasure(self, user: UserId, /) -> Job | None: ...

    async def cancel(self, user: UserId, erasure: str, /) -> None: ...

    async def receipt(self, token: str, /) -> Job: ...


class Consents(Protocol):
    async def say(self, user: UserId, purpose: str, given: bool, /, *, version: str | None = None) -> None:
        """Raises Invalid, NotFound."""
        ...

    async def standing(self, user: UserId, /) -> Sequence[Standing]: ...

    async def history(self, user: UserId, /) -> Sequence[Consent]: ...


class Guardians(Protocol):
    """Raises Invalid."""

    def gate(self, email: str, birth_date: date | None, guardian_email: str | None, /) -> Gate | None: ...

    def ask(self, email: str, /) -> None: ...

    async def ask_another(self, who: Principal, guardian_email: str, /) -> None:
        """Also raises Conflict."""
        ...

    async def answer(self, token: str, agree: bool, /) -> None: ...

    async def admit(self, who: Principal, /) -> None:
        """Raises Forbidden for an account that is limited."""
        ...


class Readings(Protocol):
    """Who looked at which student's data."""

    async def note(self, reader: Principal, students: Collection[StudentId], what: str, /) -> None: ...

    async def enter_conversations(
        self, reader: Principal, student: StudentId, /, *, why: str = "", alert: str | None = None
    ) -> None:
        """Raises NotFound, Forbidden, Invalid, RateLimited."""
        ...

    async def list_reads(
        self, student: StudentId, /, *, limit: int = 50, before: int | None = None
    ) -> tuple[Sequence[Read], int | None]: ...


class Privacy(Protocol):
    @property
    def rights(self) -> Rights: ...

    @property
    def consents(self) -> Consents: ...

    @property
    def guardians(self) -> Guardians: ...

    @property
    def readings(self) -> Readings: ...


class Profile(Protocol):
    @property
    def goals(self) -> Sequence[str]: ...

    @property
    def pace(self) -> str | None: ...

    @property
    def language(self) -> str | None: ...

    @property
    def accessibility(self) -> Mapping[str, Any]: ...

    @property
    def academic(self) -> Mapping[str, Any]: ...


class Profiles(Protocol):
    """Raises NotFound for somebody without an account."""

    async def get(self, user: UserId, /) -> Profile: ...

    async def change(self, user: UserId, changes: Mapping[str, Any], /) -> Profile:
        """Only what is named changes; None takes away."""
        ...

    async def onboarding(self, user: UserId, /) -> Mapping[Any, str]:
        """Each step in its order: open, done or skipped."""
        ...

    async def take_step(self, user: UserId, step: str, /, *, skipped: bool = False) -> None:
        """Also raises NotFound for a step that there is not."""
        ...


class Replays(Protocol):
    """First answers by key."""

    async def begin(self, user: UserId, key: str, request: bytes, /) -> Kept | None:
        """None for the first, who has to finish or abandon. Raises Invalid, Conflict."""
        ...

    async def finish(self, user: UserId, key: str, answer: Kept, /) -> None: ...

    async def abandon(self, user: UserId, key: str, /) -> None: ...


class Watchman(Protocol):
    """Counts what looks like an attack; neither waits nor fails."""

    def forbidden(self, person: str, /) -> None: ...

    def missing(self, person: str, /) -> None: ...

    def limited(self, person: str, address: str, /) -> None: ...


class SecurityLog(Protocol):
    async def newest(self, *, limit: int = 50, kind: str = "", before: int = 0) -> Sequence[SecurityEvent]: ...


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


class Board(Protocol):
    """Posts and comments that one may see. Raises NotFound, Forbidden, Invalid, Conflict."""

    async def list_posts(
        self, who: Principal, wanted: WantedPosts, *, limit: int = 20, cursor: str | None = None
    ) -> tuple[list[Entry], str | None]: ...

    async def read(self, who: Principal, post: str, *, limit: int = 50, cursor: str | None = None) -> Thread: ...

    async def post(self, who: Principal, draft: Draft, *, worry: Worry | None = None) -> Entry: ...

    async def comment(self, who: Principal, parent: str, body: str, *, worry: Worry | None = None) -> Entry: ...

    async def edit(self, who: Principal, entry: str, change: Edit, *, worry: Worry | None = None) -> Entry: ...

    async def delete(self, who: Principal, entry: str) -> None: ...

    async def like(self, who: Principal, entry: str, wish: bool) -> Entry: ...


class Moderation(Protocol):
    """Raises NotFound, Forbidden, Invalid, Conflict."""

    async def report(self, who: Principal, entry: str, reason: Reason, words: str = "") -> bool: ...

    async def queue(
        self, who: Principal, *, settled: bool = False, limit: int = 50, cursor: str | None = None
    ) -> tuple[list[Reported], str | None]: ...

    async def hide(self, who: Principal, entry: str, reason: Reason, words: str) -> Entry: ...

    async def restore(self, who: Principal, entry: str, words: str) -> Entry: ...

    async def keep(self, who: Principal, entry: str) -> int: ...


class TutorAnswers(Protocol):
    async def ask(self, who: Principal, post: str) -> TutorQuestion:
        """Raises NotFound, Forbidden, QueueFull."""
        ...


class Community(Protocol):
    @property
    def board(self) -> Board: ...

    @property
    def moderation(self) -> Moderation: ...

    @property
    def tutor(self) -> TutorAnswers: ...

    @property
    def worry(self) -> Callable[[str], Awaitable[Worry | None]]:
        """What teachers have to be told of these words."""
        ...


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


class Awards(Protocol):
    """What learning has earned."""

    async def list_achievements(self, student: Student) -> list[Achievement]:
        """None where they are not wanted."""
        ...

    async def are_wanted(self, student: Student) -> bool: ...

    async def want(self, student: Student, wanted: bool) -> None: ...


class Billing(Protocol):
    """Buying raises Refused where no payment provider is connected, PaymentsUnavailable when it does not answer, and Invalid,
    Conflict, Forbidden, NotFound for what cannot be bought or changed."""

    @property
    def sells(self) -> bool: ...

    @property
    def catalog(self) -> Catalog: ...

    async def overview(self, who: Principal) -> Account: ...

    async def invoices(self, who: Principal) -> Sequence[object]:
        """As `wire.Invoice`."""
        ...

    async def checkout(self, who: Principal, offer: Offer) -> str: ...

    async def portal(self, who: Principal) -> str: ...

    async def subscribe(self, who: Principal, offer: Offer) -> Begun: ...

    async def change(self, who: Principal, offer: Offer) -> Account: ...

    async def cancel(self, who: Principal, wish: bool = True) -> Account: ...

    async def buy(self, who: Principal, pack: str, *, key: str | None = None) -> Begun: ...

    async def seats(self, who: Principal) -> tuple[int, Sequence[Seat]]: ...

    async def give_seat(self, who: Principal, student: StudentId) -> None: ...

    async def take_seat(self, who: Principal, student: StudentId) -> None: ...


class Advice(Protocol):
    """What came of recommendations; raises NotFound."""

    async def experience(self, student: Student, topics: Sequence[Topic]) -> Experience: ...

    async def show(
        self, student: Student, offers: Sequence[Recommendation], skills: Mapping[TopicId, Sequence[SkillId]]
    ) -> list[Recommendation]:
        """The same with their ids, written down."""
        ...

    async def take(self, student: Student, advice: int) -> None: ...


class Overviews(Protocol):
    """Dashboards kept until something that they show has changed."""

    async def of_student(
        self, student: Student, topics: Sequence[Topic], exercises: Sequence[Exercise], version: str, *, own: bool
    ) -> Overview: ...

    async def of_course(self, version: str) -> CourseView: ...


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


class MadeShelf(Protocol):
    """Exercises that a language model made, for the curriculum team. Raises NotFound, DatabaseUnavailable."""

    async def list_made(
        self, *, topic: TopicId | None = None, withdrawn: bool = False, limit: int = 100
    ) -> Sequence[MadeExercise]: ...

    async def get_made(self, exercise: ExerciseId, /) -> MadeExercise: ...

    async def withdraw(self, exercise: ExerciseId, /, because: str = "") -> MadeExercise:
        """Also raises Invalid."""
        ...


Ready = Callable[[], Awaitable[str | None]]
Triage = Callable[[Ask], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """`triage` gives the JSON of `agents/turn.py:Triage` and keeps nothing; `readiness` names each dependency with a
    check that raises when it does not answer, and may give what it lacks."""

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
    second: SecondFactor
    profiles: Profiles
    replays: Replays
    watchman: Watchman
    security: SecurityLog
    feedback: Feedback
    experiments: Participation
    desk: Desk
    made: MadeShelf
    inbox: Inbox
    classrooms: Classrooms
    practice: Practice
    awards: Awards
    billing: Billing
    privacy: Privacy
    advice: Advice
    overviews: Overviews
    notifications: Notifications
    quizzes: Quizzes
    community: Community
    triage: Triage
    payment_news: Callable[[bytes, str], Awaitable[bool]] | None = None
    """Takes a webhook's body and signature; None where no payment provider is connected."""
    readiness: Mapping[str, Ready] = field(default_factory=dict)

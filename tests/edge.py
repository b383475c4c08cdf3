"""The edge with fakes behind it: people with readable tokens, a small course, a sandbox that runs nothing."""

import asyncio
import socket
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import uvicorn

from accounts.billing import METERS, Account, Begun, Offer, Seat
from accounts.fake import FakeReplays
from accounts.people import Person
from accounts.plans import read_catalog
from accounts.privacy.consents import PURPOSES, Standing
from accounts.privacy.guardians import Gate
from accounts.privacy.jobs import Job
from accounts.privacy.reading import Read
from accounts.privacy.rights import Erasure, Link
from accounts.profiles import STEPS, Profile
from accounts.security import SecurityEvent, Watchman
from api.app import build_app
from api.fake import FakeTurns
from api.services import Services
from core.errors import Conflict, Forbidden, Invalid, NotFound, PaymentsUnavailable, Unauthenticated
from core.ports import (
    Achievement,
    Alert,
    Allowance,
    Ask,
    Attempt,
    Exercise,
    ExerciseId,
    Lesson,
    MadeExercise,
    MasteryChange,
    Mistake,
    Opinion,
    Option,
    Principal,
    Program,
    Progress,
    Question,
    Raised,
    Recorded,
    Remembered,
    Role,
    RunResult,
    Section,
    SkillId,
    Student,
    StudentId,
    Test,
    Topic,
    TopicId,
    TurnId,
    UserId,
)
from core.settings import AccountSettings, ApiSettings
from learning.achievements import award
from learning.alerts import Change, Note, Wanted
from learning.classrooms import Classroom
from learning.community.board import Thread as CommunityThread
from learning.community.rules import Author, Draft, Edit, Entry, Reason, Reported, Worry, check_draft
from learning.community.rules import Wanted as WantedPosts
from learning.community.tutor import Question as TutorQuestion
from learning.confusion import ItemSums, confusing_items
from learning.dashboard import Cell, ClassTime, Dashboard, Need
from learning.items import Item, Wrong
from learning.notifications.rules import Notice, Notification, Preferences, Subscription, check_preferences
from learning.overview import Day, Overview, draw_up
from learning.overview import Notice as Seen
from learning.overviews import CourseView
from learning.quizzes.sittings import Answered, Sitting, Wish
from learning.recommendations import Experience, Recommendation
from learning.streaks import Streak, check_zone, streak
from learning.worktime import TimeOnTask, Worked

AT = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
SECRET = "the hidden reference"


@dataclass
class FakeTokens:
    principal: Principal
    access: str
    refresh: str
    expires_in_s: int = 900
    confirmed: bool = True


class FakeSignIn:
    """A token is `<role>-<name>`; the id is `<name>`. `expired` is known to have run out."""

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.addresses: list[str] = []
        self.agents: list[str] = []
        self.confirmed = True
        self.second = False

    def verify(self, access: str, /) -> Principal:
        role, _, name = access.partition("-")
        if role not in set(Role) or not name or access in self.ended:
            raise Unauthenticated(reason="malformed")
        return Principal(id=UserId(name), role=Role(role), name=name.title(), sign_in=f"{name}-phone")

    async def identify(self, token: str, /) -> Principal:
        return self.verify(token)

    async def login(
        self, *, email: str, password: str, address: str, device: str = "", code: str | None = None
    ) -> FakeTokens:
        self.addresses.append(address)
        self.agents.append(device)
        if password != "right":
            raise Unauthenticated("The e-mail address or the password is not right.")
        if self.second and code != "123456":
            raise Unauthenticated("Give the code too.", reason="code_wrong" if code else "code_needed")
        return self._tokens(email.partition("@")[0])

    async def exchange(self, token: str, /, *, device: str = "") -> FakeTokens:
        if not token.startswith("elsewhere-"):
            raise Unauthenticated(reason="issuer")
        return self._tokens(token.removeprefix("elsewhere-"))

    async def link(self, who: Principal, token: str, /) -> None:
        if not token.startswith("elsewhere-"):
            raise Unauthenticated(reason="issuer")

    async def refresh(self, refresh: str, /) -> FakeTokens:
        if not refresh.startswith("refresh-"):
            raise Unauthenticated(reason="unknown")
        return self._tokens(refresh.removeprefix("refresh-"))

    async def logout(self, refresh: str, /) -> None:
        self.ended.append(refresh)

    async def logout_everywhere(self, user: UserId, /) -> None:
        self.ended.append(user)

    async def devices(self, user: UserId, /) -> list[Any]:
        """Each has a phone and a laptop, and asks from the phone."""
        times = {"created_at": AT, "used_at": AT, "expires_at": AT}
        return [SimpleNamespace(id=f"{user}-{kind}", label=kind, **times) for kind in ("phone", "laptop")]

    async def end(self, user: UserId, sign_in: str, /) -> None:
        if not sign_in.startswith(f"{user}-"):
            raise NotFound
        self.ended.append(sign_in)

    def _tokens(self, name: str) -> FakeTokens:
        return FakeTokens(
            self.verify(f"student-{name}"), f"student-{name}", f"refresh-{name}", confirmed=self.confirmed
        )


class FakeSecondFactor:
    """The password is `right`, the code 123456; Bob has one."""

    def __init__(self) -> None:
        self.on = {"bob"}

    async def state(self, who: Principal, /) -> tuple[bool, int]:
        return who.id in self.on, 10

    async def enrol(self, who: Principal, password: str, /) -> Any:
        self._need(password == "right")
        return SimpleNamespace(secret="JBSW", uri="otpauth://totp/x")

    async def confirm(self, who: Principal, code: str, /) -> list[str]:
        if code != "123456":
            raise Invalid("This code is not right.", field="code")
        self.on.add(who.id)
        return ["aaaa-bbbb-cccc"]

    async def disable(self, who: Principal, password: str, code: str, /) -> None:
        self._need(password == "right" and code == "123456")
        self.on.discard(who.id)

    async def reset(self, user: str, /, *, by: str) -> None:
        if user not in self.on:
            raise NotFound
        self.on.discard(user)

    def _need(self, fits: bool) -> None:
        if not fits:
            raise Unauthenticated


class FakeProfiles:
    def __init__(self) -> None:
        self.kept: dict[str, Profile] = {}
        self.steps: dict[str, dict[str, str]] = {}

    async def get(self, user: UserId, /) -> Profile:
        return self.kept.get(user, Profile())

    async def change(self, user: UserId, changes: Mapping[str, Any], /) -> Profile:
        given = {name: value if value is not None else getattr(Profile(), name) for name, value in changes.items()}
        self.kept[user] = replace(await self.get(user), **given)
        return self.kept[user]

    async def onboarding(self, user: UserId, /) -> Mapping[Any, str]:
        return {step: self.steps.get(user, {}).get(step, "open") for step in STEPS}

    async def take_step(self, user: UserId, step: str, /, *, skipped: bool = False) -> None:
        if step not in STEPS:
            raise NotFound
        self.steps.setdefault(user, {})[step] = "skipped" if skipped else "done"


class FakeSecurityLog:
    async def newest(self, *, limit: int = 50, kind: str = "", before: int = 0) -> list[SecurityEvent]:
        found = SecurityEvent(id=7, at=AT, kind="scraping", person="ada", place="", facts={"of": "missing"}, told=True)
        return [found] if found.kind.startswith(kind) else []


class FakeRecovery:
    """The code `good` works, and so does the password `right`."""

    def __init__(self) -> None:
        self.done: list[tuple[str, ...]] = []

    def send_confirmation(self, email: str, /) -> None:
        self.done.append(("confirmation", email))

    def send_reset(self, email: str, /) -> None:
        self.done.append(("reset letter", email))

    async def confirm(self, token: str, /) -> None:
        self._need(token)
        self.done.append(("confirm",))

    async def reset(self, token: str, password: str, /) -> None:
        self._need(token)
        self.done.append(("reset", password))

    async def change(self, who: Principal, current: str, new: str, /) -> None:
        if current != "right":
            raise Unauthenticated("The current password is not right.")
        self.done.append(("change", who.id, new))

    def _need(self, token: str) -> None:
        if token != "good":
            raise Invalid("This code is not good.", field="token")


class FakePeople:
    """Tina teaches Ada."""

    def __init__(self) -> None:
        self.registered: list[str] = []
        self.gates: list[Gate | None] = []
        self.changed: list[tuple[Any, ...]] = []

    async def register(self, *, email: str, name: str, password: str, gate: Gate | None = None) -> None:
        self.registered.append(email)
        self.gates.append(gate)

    async def get(self, user: UserId, /) -> Person:
        if user not in ("ada", "bob", "tina", "root"):
            raise NotFound
        return self._person(user)

    async def search(
        self, *, text: str = "", role: Role | None = None, limit: int = 50, after: str = ""
    ) -> list[tuple[Person, list[str]]]:
        names = [name for name in ("ada", "bob") if text in name and name > after]
        return [(self._person(UserId(name)), ["7b"]) for name in names if role in (None, Role.STUDENT)][:limit]

    async def classes_of(self, user: UserId, /) -> list[tuple[Classroom, str]]:
        return [(Classroom(id="7b", name="7b", students=1), "student")]

    async def add_user(self, *, email: str, name: str, role: Role, password: str, by: str) -> Person:
        self.changed.append(("add", email, role, by))
        return replace(self._person(UserId("new")), email=email, name=name, role=role)

    async def set_role(self, user: UserId, role: Role, /, *, by: str) -> Person:
        self.changed.append(("role", user, role, by))
        return replace(await self.get(user), role=role)

    async def disable(self, user: UserId, /, *, by: str) -> None:
        await self.get(user)
        self.changed.append(("disable", user, by))

    async def enable(self, user: UserId, /, *, by: str) -> None:
        await self.get(user)
        self.changed.append(("enable", user, by))

    async def end_sign_ins(self, user: UserId, /, *, by: str) -> int:
        await self.get(user)
        return 2

    async def create_class(self, name: str, /) -> Classroom:
        return Classroom(id=f"class-{name}", name=name, students=0)

    async def enrol(self, class_id: str, user: UserId, /, *, by: str) -> None:
        await self.get(user)
        self.changed.append(("enrol", class_id, user, by))

    async def unenrol(self, class_id: str, user: UserId, /, *, by: str) -> None:
        await self.get(user)
        self.changed.append(("unenrol", class_id, user, by))

    def _person(self, user: UserId) -> Person:
        address = f"{user}@school.org"
        return Person(id=user, email=address, name=user.title(), role=Role.STUDENT, disabled=False, created_at=AT)

    async def teaches(self, teacher: UserId, student: StudentId, /) -> bool:
        return (teacher, student) == ("tina", "ada")


TOPIC = Topic(
    id=TopicId("lists"), module="python-1", module_title="Python 1", subject="python", title="Lists", summary="Values in order.",
    objectives=("index a list",), skills=(SkillId("list-index"),), prerequisites=(), examples=(), pitfalls=(),
    quiz=(Question(id="lists-q1", prompt="What is [1, 2][0]?", skill=SkillId("list-index"), options=(
        Option(label="1", correct=True, why="Counting begins at 0."), Option(label="2", correct=False, why="That is index 1."))),),
    exercises=(ExerciseId("lists-first"),), order=1,
)  # fmt: skip

EXERCISES = (
    Exercise(
        id=ExerciseId("lists-first"), topic=TOPIC.id, subject="python", title="First", statement="Return the first value.",
        skills=TOPIC.skills, difficulty=1, hints=("a hidden hint",), starter="def first(xs): ...", entry="first",
        mistakes=(Mistake(answer="a planted mistake", misconception="counts from 1"),),
        tests=(Test(name="hidden test", call="first([3])", expect="3"),), reference=SECRET,
    ),
    Exercise(
        id=ExerciseId("maths-1"), topic=TopicId("algebra"), subject="maths", title="Expand", statement="Expand.",
        skills=(), difficulty=2, hints=(),
    ),
)  # fmt: skip


class FakeCourse:
    lacking = ""

    def __init__(self) -> None:
        self.version = "v1"
        self.topics = [TOPIC]
        self.exercises = list(EXERCISES)

    async def search(self, query: str, *, k: int = 5, subject: Any = None, **filters: Any) -> list[Any]:
        return []

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        return [[1.0] for _ in texts]

    def list_topics(self, subject: Any = None) -> Sequence[Topic]:
        return [t for t in self.topics if subject in (None, t.subject)]

    def get_topic(self, topic: TopicId) -> Topic:
        if topic != TOPIC.id:
            raise NotFound
        return TOPIC

    async def read_lesson(self, topic: TopicId, *, version: str = "") -> Lesson:
        if version not in ("", self.version):
            raise NotFound
        section = Section(anchor="for", heading="for", body="A `for` loop <b>runs</b> its block.")
        return Lesson(topic=topic, title=self.get_topic(topic).title, version=self.version, sections=(section,))

    def list_exercises(self, *, topic: Any = None, subject: Any = None) -> Sequence[Exercise]:
        return [e for e in self.exercises if topic in (None, e.topic) and subject in (None, e.subject)]

    def get_exercise(self, exercise: ExerciseId) -> Exercise:
        for one in self.exercises:
            if one.id == exercise:
                return one
        raise NotFound


class FakeSandbox:
    level = "fake"

    def __init__(self) -> None:
        self.runs: list[tuple[Program, Any]] = []
        self.left = asyncio.Event()

    async def run_many(self, program: Program, inputs: Any, policy: Any = None) -> Any:
        return tuple([await self.run(replace(program, stdin=one.stdin, args=one.args), policy) for one in inputs])

    async def run(self, program: Program, policy: Any = None, on_output: Any = None, typed: Any = None) -> RunResult:
        self.runs.append((program, policy))
        if typed is not None:
            return await self._echo(on_output, typed)
        raised = Raised(type="ZeroDivisionError", message="division by zero", line=1, traceback="Traceback")
        return RunResult(
            status="error", stdout="odd \ud800 text", stderr="", exit_code=1, raised=raised, wall_s=0.1, cpu_s=0.1,
            memory_bytes_peak=1, level=self.level, figures=(b"png",),
        )  # fmt: skip

    async def _echo(self, on_output: Any, typed: Any) -> RunResult:
        """Asks, says each line again, and is told when it is left."""
        on_output("stdout", b"? ")
        try:
            async for piece in typed:
                on_output("stdout", piece)
        except BaseException:
            self.left.set()
            raise
        return RunResult(
            status="ok", stdout="", stderr="", exit_code=0, raised=None, wall_s=100.0, cpu_s=1.5, memory_bytes_peak=1,
            level=self.level,
        )  # fmt: skip

    async def grade(self, program: Program, tests: Sequence[Test], policy: Any = None) -> Any:
        raise NotImplementedError

    async def trace(self, program: Program, policy: Any = None) -> Any:
        raise NotImplementedError


class FakeRecords:
    def __init__(self) -> None:
        self.attempts: list[tuple[Student, Attempt]] = []

    async def record(self, student: Student, attempt: Attempt) -> Recorded:
        again = any(attempt.key == kept.key for _, kept in self.attempts)
        if not again:
            self.attempts.append((student, attempt))
        change = MasteryChange(skill=SkillId("list-index"), before=0.3, after=0.4)
        return Recorded(again=again, changes=() if again else (change,), alerts=())

    async def quarantine(self, student: Student, content: Any, *, key: str, fault: Any) -> None: ...

    async def mastery(self, student: Student, skills: Any = None) -> Mapping[SkillId, Any]:
        return {}

    async def progress(self, student: Student) -> Progress:
        return Progress(attempts=3, solved=1, streak_days=2, skills=(), recent=({"whose": student.id},))

    async def list_attempts(self, student: Student, *, item: str | None = None, limit: int = 50) -> list[Attempt]:
        return [a for who, a in self.attempts if who.id == student.id and item in (None, a.item)]

    async def raise_alert(self, student: Student, **facts: Any) -> None: ...


class FakeInbox:
    """Tina and Root see two alerts, and two changes of the first."""

    def __init__(self) -> None:
        self.settled: list[tuple[str, str, bool | None]] = []
        self.wanted: list[Wanted] = []

    async def list_alerts(self, teacher: Principal, wanted: Wanted, *, limit: int = 50, cursor: Any = None) -> Any:
        return await self.export(teacher, wanted), None

    async def export(self, teacher: Principal, wanted: Wanted) -> list[Alert]:
        self.wanted.append(wanted)
        return [ALERT, replace(ALERT, id="a2", severity="low")] if teacher.name in ("Tina", "Root") else []

    async def get_alert(self, teacher: Principal, alert: str) -> Alert:
        self._own(teacher, alert)
        return ALERT

    async def settle(self, teacher: Principal, alert: str, status: Any, *, helped: bool | None = None) -> Alert:
        self._own(teacher, alert)
        self.settled.append((alert, status, helped))
        return replace(ALERT, status=status, helped=helped)

    async def assign(self, teacher: Principal, alert: str, assignee: UserId | None) -> Alert:
        self._own(teacher, alert)
        return replace(ALERT, assignee=assignee)

    async def snooze(self, teacher: Principal, alert: str, until: datetime | None) -> Alert:
        self._own(teacher, alert)
        return replace(ALERT, snoozed_until=until, status="snoozed" if until else "open")

    async def add_note(self, teacher: Principal, alert: str, words: str) -> Note:
        self._own(teacher, alert)
        return Note(id=1, author=teacher.id, author_name=teacher.name, words=words, at=AT)

    async def list_notes(self, teacher: Principal, alert: str) -> list[Note]:
        self._own(teacher, alert)
        return [Note(id=1, author=None, author_name=None, words="Called home", at=AT)]

    async def newest(self, teacher: Principal) -> int:
        return 2

    async def watch(self, teacher: Principal, *, after: int, seconds: float) -> AsyncIterator[Change]:
        for seq, what in ((1, "raised"), (2, "noted")):
            if seq > after:
                yield Change(seq=seq, what=what, alert=ALERT)  # type: ignore[arg-type]

    def _own(self, teacher: Principal, alert: str) -> None:
        if teacher.name not in ("Tina", "Root") or alert != ALERT.id:
            raise NotFound


class FakeNotifications:
    """Kept in this process, a list a person; Tina's class 7b is Ada."""

    def __init__(self) -> None:
        self.told: dict[str, list[Notification]] = {}
        self.keys: set[tuple[str, str]] = set()
        self.wishes: dict[str, Preferences] = {}
        self.subscriptions: dict[str, list[Subscription]] = {}

    async def publish(self, to: Sequence[UserId], notice: Notice) -> int:
        new = [user for user in to if (user, notice.key) not in self.keys]
        for user in new:
            self.keys.add((user, notice.key))
            mine = self.told.setdefault(user, [])
            mine.append(Notification(
                seq=len(mine) + 1, kind=notice.kind, title=notice.title, body=notice.body, urgent=notice.urgent,
                facts=notice.facts, at=AT, read_at=None,
            ))  # fmt: skip
        return len(new)

    async def announce(self, teacher: Principal, class_id: str, notice: Notice) -> int:
        if (teacher.id, class_id) != ("tina", "7b"):
            raise NotFound
        return await self.publish([UserId("ada")], notice)

    async def list_notifications(
        self, who: Principal, *, unread: bool = False, limit: int = 50, before: int | None = None
    ) -> tuple[list[Notification], int | None]:
        mine = [one for one in reversed(self.told.get(who.id, [])) if before is None or one.seq < before]
        page = [one for one in mine if not unread or one.read_at is None][:limit]
        return page, page[-1].seq if len(mine) > limit else None

    async def count_unread(self, who: Principal) -> int:
        return sum(one.read_at is None for one in self.told.get(who.id, []))

    async def mark_read(self, who: Principal, *, upto: int = 0, seqs: Sequence[int] = ()) -> int:
        before = await self.count_unread(who)
        self.told[who.id] = [
            replace(one, read_at=AT) if one.seq <= upto or one.seq in seqs else one for one in self.told.get(who.id, [])
        ]
        return before - await self.count_unread(who)

    async def newest(self, who: Principal) -> int:
        return len(self.told.get(who.id, []))

    async def watch(self, who: Principal, *, after: int, seconds: float) -> AsyncIterator[Notification]:
        for one in self.told.get(who.id, [])[after:]:
            yield one

    async def preferences(self, who: Principal) -> Preferences:
        return self.wishes.get(who.id, Preferences())

    async def prefer(self, who: Principal, wishes: Preferences) -> Preferences:
        self.wishes[who.id] = check_preferences(wishes)
        return wishes

    async def subscribe(self, who: Principal, channel: Any, kinds: Sequence[str], *, url: str = "") -> Subscription:
        made = Subscription(
            id=f"s-{who.id}", channel=channel, kinds=tuple(kinds), url=url, created_at=AT, ended_at=None,
            ended_because="", secret="whsec_c2VjcmV0",
        )  # fmt: skip
        self.subscriptions.setdefault(who.id, []).append(made)
        return made

    async def list_subscriptions(self, who: Principal) -> list[Subscription]:
        return self.subscriptions.get(who.id, [])

    async def unsubscribe(self, who: Principal, subscription: str) -> None:
        mine = self.subscriptions.get(who.id, [])
        if subscription not in [one.id for one in mine]:
            raise NotFound
        self.subscriptions[who.id] = [one for one in mine if one.id != subscription]

    async def list_deliveries(self, who: Principal, *, status: str | None = None, limit: int = 50) -> list[Any]:
        return []

    async def retry(self, who: Principal, delivery: str) -> None:
        raise NotFound


class FakeQuizzes:
    """Ada has a quiz `q1` of one question."""

    def __init__(self) -> None:
        self.given: list[int | None] = []

    async def begin(self, student: Student, sitting: str, wish: Wish) -> Sitting:
        return await self.get(Student(id=StudentId("ada"), name=""), "q1")

    async def get(self, student: Student, sitting: str) -> Sitting:
        if (student.id, sitting) != ("ada", "q1"):
            raise NotFound
        return Sitting(
            id="q1", kind="quiz", state="finished" if self.given else "open", questions=1, started_at=AT, ends_at=None,
            asked=(self._one(),),
        )  # fmt: skip

    async def list_sittings(self, student: Student, *, limit: int = 20) -> list[Sitting]:
        return [await self.get(student, "q1")] if student.id == "ada" else []

    async def answer(self, student: Student, sitting: str, question: str, option: int | None) -> Any:
        await self.get(student, sitting)
        self.given.append(option)
        return await self.get(student, sitting), self._one(), Recorded(again=False, changes=(), alerts=())

    async def finish(self, student: Student, sitting: str) -> Sitting:
        return await self.get(student, sitting)

    def _one(self) -> Answered:
        option = self.given[0] if self.given else None
        return Answered(
            topic=TOPIC.id, question=TOPIC.quiz[0], option=option, correct=option == 0, asked_at=AT,
            answered_at=AT if self.given else None,
        )  # fmt: skip


class FakePractice:
    """Everyone practised yesterday evening and this morning, UTC."""

    def __init__(self) -> None:
        self.zones: dict[str, str] = {}

    async def streak(self, student: Student, time_zone: str | None = None) -> Streak:
        moments = [AT - timedelta(hours=11), AT]
        return streak(moments, AT, time_zone or self.zones.get(student.id, "UTC"))

    async def settle_in(self, student: Student, time_zone: str) -> None:
        self.zones[student.id] = check_zone(time_zone)


class FakeAwards:
    """Ada found one mistake herself."""

    def __init__(self) -> None:
        self.hidden: set[str] = set()

    async def list_achievements(self, student: Student) -> list[Achievement]:
        return [] if student.id in self.hidden else [award("debugged_alone", AT, item="sum-to")]

    async def are_wanted(self, student: Student) -> bool:
        return student.id not in self.hidden

    async def want(self, student: Student, wanted: bool) -> None:
        (self.hidden.discard if wanted else self.hidden.add)(student.id)


class FakeAdvice:
    """Nothing is known of what helped; what is shown gets the numbers 1, 2, …, and those may be taken."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, Recommendation]] = []
        self.taken: list[tuple[str, int]] = []

    async def experience(self, student: Student, topics: Any) -> Experience:
        return Experience()

    async def show(self, student: Student, offers: Sequence[Recommendation], skills: Any) -> list[Recommendation]:
        self.shown += [(student.id, offer) for offer in offers]
        return [replace(offer, id=number) for number, offer in enumerate(offers, 1)]

    async def take(self, student: Student, advice: int) -> None:
        if advice > len(self.shown):
            raise NotFound
        self.taken.append((student.id, advice))


class FakeOverviews:
    """A student who answered twice today, and one question that confuses."""

    def __init__(self) -> None:
        self.own: list[bool] = []

    async def of_student(self, student: Student, topics: Any, exercises: Any, version: str, *, own: bool) -> Overview:
        self.own.append(own)
        return draw_up(
            progress=Progress(attempts=2, solved=1, streak_days=1, skills=(), recent=()),
            days=[Day(day=AT.date(), answers=2, right=1)], streak=streak([AT], AT), next_=(), reviews=(),
            alerts=(Seen(kind="stuck", severity="high", skill=None, reason="Three tries", at=AT),), now=AT,
        )  # fmt: skip

    async def of_course(self, version: str) -> CourseView:
        sums = [
            ItemSums(
                item=name, kind="quiz", answers=20, right=right, firsts=20, firsts_right=right, hints=0, failed_runs=0
            )
            for name, right in (("lists-q1", 2), ("=evil", 18))
        ]
        return CourseView(at=AT, days=28, items=tuple(confusing_items(sums)), passages=())


class FakeClassrooms:
    """Tina teaches 7b: Ada, who tried one topic."""

    async def list_classes(self, teacher: Principal) -> list[Classroom]:
        return [Classroom(id="7b", name="7b", students=1)] if teacher.name == "Tina" else []

    async def dashboard(self, teacher: Principal, class_id: str, topics: Any, *, since: Any = None) -> Dashboard:
        if (teacher.name, class_id) != ("Tina", "7b"):
            raise NotFound
        ada = StudentId("ada")
        return Dashboard(
            id="7b", name="7b", at=AT, students=((ada, "Ada"),), topics=((TOPIC.id, "Lists"),),
            cells=(Cell(student=ada, topic=TOPIC.id, level=0.25, attempts=4, enough=True),),
            needs=(Need(student=ada, name="Ada", severity="high", reasons=("1 alert open, the gravest high",)),),
            items=(Item(item="lists-q1", students=6, solved=0.5, discrimination=0.4, wrong=(Wrong(answer="=2", students=3),)),),
            time=ClassTime(
                all=TimeOnTask(
                    today=5, week=20, before=10, trend=1.0,
                    topics=(Worked(day=AT.date(), subject="python", topic=TOPIC.id, minutes=20),),
                ),
                active=1, median=20,
            ),
        )  # fmt: skip


ALERT = Alert(
    id="a1", student=StudentId("ada"), student_name="Ada", kind="stuck", severity="high", skill=None, reason="Three tries",
    advice="Talk", evidence={"tries": 3}, status="open", at=AT,
)  # fmt: skip


class FakeEntitlements:
    def __init__(self) -> None:
        self.allowed = True
        self.spent: list[str] = []
        self.amounts: list[int] = []

    async def allow(self, student: Student, meter: str) -> Allowance:
        return Allowance(
            allowed=self.allowed, plan="free", limit=9, used=9, resets_at=AT, message="That was all for today."
        )

    async def take(self, student: Student, meter: str, amount: int, *, key: str) -> Allowance:
        if self.allowed:
            await self.spend(student, meter, amount, key=key)
        return await self.allow(student, meter)

    async def spend(self, student: Student, meter: str, amount: int, *, key: str) -> None:
        self.spent.append(key)
        self.amounts.append(amount)


class FakeBilling:
    """Sells the shipped plans to everybody but Bob, who finds the provider silent."""

    sells = True

    def __init__(self) -> None:
        self.catalog = read_catalog(AccountSettings(), payments=True)
        self.asked: list[tuple[str, str, Any]] = []
        self.events: list[tuple[bytes, str]] = []

    async def overview(self, who: Principal) -> Account:
        plan = self.catalog.free
        left = {meter: plan.allowance(meter, used=0, now=AT) for meter in METERS}
        return Account(plan=plan, held=None, counts_until=None, failed=False, notice="Free.", left=left)

    async def invoices(self, who: Principal) -> list[Any]:
        self._ask("invoices", who, None)
        return [
            SimpleNamespace(
                id="in_1", number="1", status="paid", total=900, currency="eur", created_at=AT, page=None, pdf=None
            )
        ]

    async def checkout(self, who: Principal, offer: Offer) -> str:
        self._ask("checkout", who, offer)
        return "https://checkout.stripe.example/1"

    async def portal(self, who: Principal) -> str:
        self._ask("portal", who, None)
        return "https://billing.stripe.example/1"

    async def subscribe(self, who: Principal, offer: Offer) -> Begun:
        self._ask("subscribe", who, offer)
        return Begun(id="sub_1", status="incomplete", client_secret="pi_1_secret")

    async def change(self, who: Principal, offer: Offer) -> Account:
        self._ask("change", who, offer)
        return await self.overview(who)

    async def cancel(self, who: Principal, wish: bool = True) -> Account:
        self._ask("cancel", who, wish)
        return await self.overview(who)

    async def buy(self, who: Principal, pack: str, *, key: str | None = None) -> Begun:
        if pack not in self.catalog.packs:
            raise NotFound("There is no such pack.")
        self._ask("buy", who, (pack, key))
        return Begun(id="pi_1", status="open", client_secret="pi_1_secret")

    async def seats(self, who: Principal) -> tuple[int, list[Seat]]:
        return 2, [Seat(student=StudentId("ada"), name="Ada", at=AT, counts=True)]

    async def give_seat(self, who: Principal, student: StudentId) -> None:
        if student != "ada":
            raise NotFound("There is no such student in your classes.")
        self._ask("give", who, student)

    async def take_seat(self, who: Principal, student: StudentId) -> None:
        if student != "ada":
            raise NotFound("This student has no seat of yours.")
        self._ask("take", who, student)

    async def receive(self, payload: bytes, signature: str) -> bool:
        if signature != "good":
            raise Invalid("This was not signed by the payment provider.")
        self.events.append((payload, signature))
        return True

    def _ask(self, verb: str, who: Principal, wish: Any) -> None:
        if who.id == "bob":
            raise PaymentsUnavailable
        self.asked.append((verb, who.id, wish))


class FakeMemories:
    def __init__(self) -> None:
        self.kept = {"ada": [Remembered(id="m1", kind="goal", content="pass the exam", at=AT, turns=(TurnId("t1"),))]}
        self.paused: set[str] = set()

    async def edit(self, student: Student, memory: str, content: str) -> Remembered:
        for n, one in enumerate(self.kept.get(student.id, [])):
            if one.id == memory:
                self.kept[student.id][n] = replace(one, content=content, edited=True)
                return self.kept[student.id][n]
        raise NotFound

    async def pause(self, student: Student, paused: bool) -> None:
        (self.paused.add if paused else self.paused.discard)(student.id)

    async def is_paused(self, student: Student) -> bool:
        return student.id in self.paused

    async def list_all(self, student: Student) -> list[Remembered]:
        return self.kept.get(student.id, [])

    async def forget(self, student: Student, memory: str | None = None) -> int:
        own = self.kept.get(student.id, [])
        self.kept[student.id] = [one for one in own if memory not in (None, one.id)]
        return len(own) - len(self.kept[student.id])

    async def recall(self, student: Student, query: str, *, k: int = 5) -> list[Remembered]:
        return self.kept.get(student.id, [])

    async def reflect(self, student: Student, turn: Any, facts: Mapping[str, Any]) -> None: ...


class FakeBoard:
    """One post, p1, of Ada's, which has no comments yet; Tina moderates it."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.worries: list[tuple[str, Worry | None]] = []
        self.add("p1", "ada", title="Why?", body="`range(3)` never gives 3.")

    def add(self, ident: str, author: str, *, parent: str | None = None, title: str = "", body: str) -> Entry:
        above = self.entries.get(parent or "")
        self.entries[ident] = Entry(
            id=ident, post=above.post if above else ident, parent=parent, depth=above.depth + 1 if above else 0, state="shown",
            author=Author(id=UserId(author), name=author.title(), role=Role.STUDENT), by_tutor=False, title=title, body=body,
            tags=(), topic=None, audience="classes", citations=(), created_at=AT, edited_at=None, hidden_for="",
            hidden_because="", likes=0, liked=False, views=0, comments=0, answered=False, tutor=None, own=True,
            moderates=False,
        )  # fmt: skip
        return self.entries[ident]

    def get(self, entry: str) -> Entry:
        if entry not in self.entries:
            raise NotFound
        return self.entries[entry]

    async def list_posts(
        self, who: Principal, wanted: WantedPosts, *, limit: int = 20, cursor: str | None = None
    ) -> tuple[list[Entry], str | None]:
        return [one for one in self.entries.values() if one.depth == 0], None

    async def read(self, who: Principal, post: str, *, limit: int = 50, cursor: str | None = None) -> CommunityThread:
        below = tuple(one for one in self.entries.values() if one.depth and one.post == post)
        return CommunityThread(post=self.get(post), comments=below, next_cursor=None)

    async def post(self, who: Principal, draft: Draft, *, worry: Worry | None = None) -> Entry:
        columns = check_draft(draft)
        made = self.add(f"p{len(self.entries) + 1}", who.id, title=columns["title"], body=columns["body"])
        self.worries.append((made.id, worry))
        return made

    async def comment(self, who: Principal, parent: str, body: str, *, worry: Worry | None = None) -> Entry:
        self.get(parent)
        made = self.add(f"c{len(self.entries) + 1}", who.id, parent=parent, body=body)
        self.worries.append((made.id, worry))
        return made

    async def edit(self, who: Principal, entry: str, change: Edit, *, worry: Worry | None = None) -> Entry:
        self._own(who, entry)
        self.worries.append((entry, worry))
        self.entries[entry] = replace(self.entries[entry], body=change.body or "", edited_at=AT)
        return self.entries[entry]

    async def delete(self, who: Principal, entry: str) -> None:
        self._own(who, entry)
        del self.entries[entry]

    async def like(self, who: Principal, entry: str, wish: bool) -> Entry:
        return replace(self.get(entry), likes=int(wish), liked=wish)

    def _own(self, who: Principal, entry: str) -> None:
        author = self.get(entry).author
        if author is None or author.id != who.id:
            raise Forbidden


class FakeModeration:
    def __init__(self, board: FakeBoard) -> None:
        self.board = board
        self.done: list[tuple[str, str, str]] = []

    async def report(self, who: Principal, entry: str, reason: Reason, words: str = "") -> bool:
        self.board.get(entry)
        return self._do("report", entry, words)

    async def queue(
        self, who: Principal, *, settled: bool = False, limit: int = 50, cursor: str | None = None
    ) -> tuple[list[Reported], str | None]:
        entry = self.board.get("p1")
        return [Reported(entry=entry, reports=1, reasons=("unkind",), said=("hm",), first_at=AT, outcome=None)], None

    async def hide(self, who: Principal, entry: str, reason: Reason, words: str) -> Entry:
        self._do("hide", entry, words)
        return replace(self.board.get(entry), state="hidden", hidden_for=reason, hidden_because=words)

    async def restore(self, who: Principal, entry: str, words: str) -> Entry:
        self._do("restore", entry, words)
        return self.board.get(entry)

    async def keep(self, who: Principal, entry: str) -> int:
        self.board.get(entry)
        return int(self._do("keep", entry, ""))

    def _do(self, verb: str, entry: str, words: str) -> bool:
        self.board.get(entry)
        new = (verb, entry, words) not in self.done
        self.done.append((verb, entry, words))
        return new


class FakeTutorAnswers:
    def __init__(self, board: FakeBoard, turns: FakeTurns) -> None:
        self.board = board
        self.turns = turns

    async def ask(self, who: Principal, post: str) -> TutorQuestion:
        self.board._own(who, post)
        student = Student(id=StudentId(who.id), name=who.name)
        ask = Ask(message=self.board.get(post).title, public=True)
        view = await self.turns.submit(student, ask, turn=TurnId(f"{post}-turn"))
        return TutorQuestion(post=post, outcome="asked", turn=view)


class FakeCommunity:
    """Whoever writes "worthless" is worried about."""

    def __init__(self, turns: FakeTurns) -> None:
        self.board = FakeBoard()
        self.moderation = FakeModeration(self.board)
        self.tutor = FakeTutorAnswers(self.board, turns)

    async def worry(self, words: str) -> Worry | None:
        return Worry(severity="medium", reason="low", advice="talk") if "worthless" in words else None


class FakeFeedback:
    """Knows whose turns are whose by asking `turns`."""

    def __init__(self, turns: FakeTurns) -> None:
        self.turns = turns
        self.given: dict[str, Opinion] = {}

    async def give(self, student: Student, turn: TurnId, opinion: Opinion) -> Opinion:
        view = await self.turns.get(student, turn)
        if view.status not in ("done", "failed"):
            raise Conflict("this turn has no answer yet")
        self.given[turn] = opinion
        return opinion

    async def find(self, student: Student, turn: TurnId) -> Opinion | None:
        return self.given.get(turn) if await self._owns(student, turn) else None

    async def withdraw(self, student: Student, turn: TurnId) -> None:
        if await self._owns(student, turn):
            self.given.pop(turn, None)

    async def _owns(self, student: Student, turn: TurnId) -> bool:
        with suppress(NotFound):
            return bool(await self.turns.get(student, turn))
        return False


class FakeParticipation:
    def __init__(self) -> None:
        self.out: set[str] = set()

    async def takes_part(self, student: Student, /) -> bool:
        return student.id not in self.out

    async def take_part(self, student: Student, wish: bool, /) -> None:
        (self.out.discard if wish else self.out.add)(student.id)


@dataclass
class FakeUpload:
    id: str
    name: str
    state: Any = "ready"
    version: str | None = "v2"
    notes: tuple[Any, ...] = ()
    diff: Any = None
    problem: Mapping[str, Any] | None = None


class FakeDesk:
    """Two versions, v1 is live; an upload is ready at once."""

    def __init__(self) -> None:
        self.uploads: dict[str, FakeUpload] = {}
        self.taken: list[tuple[str, bytes, str, str | None, bool]] = []
        self.live = "v1"

    def upload(self, name: str, content: bytes, *, by: str, place: str | None, replace: bool) -> FakeUpload:
        self.taken.append((name, content, by, place, replace))
        made = FakeUpload(id=f"u{len(self.taken)}", name=name)
        self.uploads[made.id] = made
        return made

    def get(self, upload: str, /) -> FakeUpload:
        if upload not in self.uploads:
            raise NotFound("There is no such upload.")
        return self.uploads[upload]

    async def events(self, upload: str, /, *, after: int = 0) -> AsyncIterator[dict[str, Any]]:
        if after < 1:
            yield {"type": "status", "seq": 1, "doing": "waiting", "done": 0, "total": 1}
        yield {"type": "ready", "seq": 2, "version": "v2"}

    async def versions(self) -> list[Any]:
        return []

    async def diff(self, version: str, /) -> Any:
        self._known(version)
        return SimpleNamespace(added=("a.md",), changed=(), removed=(), unchanged=())

    async def preview(self, version: str, query: str, /, *, k: int, **filters: Any) -> list[Any]:
        self._known(version)
        return []

    async def publish(self, version: str, /) -> str:
        self._known(version)
        self.live = version
        return version

    async def roll_back(self) -> str:
        self.live = "v1"
        return self.live

    def _known(self, version: str) -> None:
        if version not in ("v1", "v2"):
            raise NotFound("There is no finished version of this name.")


class FakeMade:
    """One exercise that a model made; withdrawn, it is not listed."""

    def __init__(self) -> None:
        exercise = replace(EXERCISES[0], id=ExerciseId("made-1"), title="Sum of squares")
        self.one = MadeExercise(
            exercise=exercise, content_version="v1", model="test:m", prompt="making.v1", made_at=AT, measured={"steps": 4.0}
        )  # fmt: skip

    async def list_made(self, *, topic: Any = None, withdrawn: bool = False, limit: int = 100) -> list[MadeExercise]:
        shown = withdrawn or self.one.withdrawn_at is None
        return [self.one] if shown and topic in (None, self.one.exercise.topic) else []

    async def get_made(self, exercise: str, /) -> MadeExercise:
        if exercise != self.one.exercise.id:
            raise NotFound("no exercise of this id was made")
        return self.one

    async def withdraw(self, exercise: str, /, because: str = "") -> MadeExercise:
        await self.get_made(exercise)
        self.one = replace(self.one, withdrawn_at=AT, withdrawn_because=because)
        return self.one


class FakeRights:
    """One export, e1, of Ada's, which is done; `right` is everybody's password."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def job(self, kind: Any, user: str, **changes: Any) -> Job:
        found = Job(
            id=f"{kind}-{user}", kind=kind, user=user, asked_by="self", status="done", asked_at=AT, due_at=AT,
            finished_at=AT, step="", done=3, total=3, tries=1, result={"rows": {"turns": 2}} if kind == "export" else {},
        )  # fmt: skip
        return replace(found, **changes)

    async def ask_export(self, user: UserId, /) -> Job:
        self.asked.append(("export", user))
        return self.job("export", user, status="waiting", result={})

    async def export(self, user: UserId, job_id: str, /) -> Job:
        if job_id != f"export-{user}":
            raise NotFound
        return self.job("export", user)

    async def link(self, user: UserId, job_id: str, /) -> Link:
        await self.export(user, job_id)
        return Link(token="once", expires_at=AT)

    async def download(self, token: str, /) -> AsyncIterator[bytes]:
        if token != "once":
            raise NotFound

        async def parts() -> AsyncIterator[bytes]:
            yield b"PK"
            yield b"zip"

        return parts()

    async def ask_erasure(self, who: Principal, password: str, /) -> Erasure:
        if password != "right":
            raise Unauthenticated("The password is not right.")
        self.asked.append(("erase", who.id))
        return Erasure(job=self.job("erase", who.id, status="waiting"), receipt="proof")

    async def erasure(self, user: UserId, /) -> Job | None:
        return self.job("erase", user, status="waiting") if ("erase", user) in self.asked else None

    async def cancel(self, user: UserId, erasure: str, /) -> None:
        if erasure != f"erase-{user}" or ("erase", user) not in self.asked:
            raise NotFound
        self.asked.remove(("erase", user))

    async def receipt(self, token: str, /) -> Job:
        if token != "proof":
            raise NotFound
        return self.job("erase", "", result={"tables": {"turns": {"deleted": 2}}})


class FakeConsents:
    def __init__(self) -> None:
        self.said: dict[tuple[str, str], bool] = {}

    async def say(self, user: UserId, purpose: str, given: bool, /, *, version: str | None = None) -> None:
        if purpose not in PURPOSES or version not in (None, PURPOSES[purpose].version):
            raise Invalid("there is no such purpose", field="purpose")
        self.said[user, purpose] = given

    async def standing(self, user: UserId, /) -> list[Standing]:
        return [
            Standing(purpose=one, given=self.said.get((user, name), True), said=(user, name) in self.said)
            for name, one in PURPOSES.items()
        ]

    async def history(self, user: UserId, /) -> list[Any]:
        return []


class FakeGuardians:
    """Who is in `limited` waits for a guardian; `age` 13 when it is set."""

    def __init__(self) -> None:
        self.limited: set[str] = set()
        self.asked: list[str] = []
        self.ages = False

    def gate(self, email: str, birth_date: date | None, guardian_email: str | None, /) -> Gate | None:
        if not self.ages:
            return None
        if birth_date is None or not guardian_email:
            raise Invalid("Please say when you were born.", field="birth_date")
        return Gate(of_age_on=birth_date, guardian=guardian_email)

    def ask(self, email: str, /) -> None:
        self.asked.append(email)

    async def ask_another(self, who: Principal, guardian_email: str, /) -> None:
        if who.id not in self.limited:
            raise Conflict
        self.asked.append(guardian_email)

    async def answer(self, token: str, agree: bool, /) -> None:
        if token != "letter":
            raise Invalid("This code is not good.", field="token")
        self.limited.clear()

    async def admit(self, who: Principal, /) -> None:
        if who.id in self.limited:
            raise Forbidden("A guardian has yet to agree.", reason="guardian")


class FakeReadings:
    """Tina teaches Ada; a reason is needed."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, str, str]] = []

    async def note(self, reader: Principal, students: Collection[StudentId], what: str, /) -> None:
        self.noted += [(reader.id, student, what) for student in sorted(students) if str(student) != reader.id]

    async def enter_conversations(
        self, reader: Principal, student: StudentId, /, *, why: str = "", alert: str | None = None
    ) -> None:
        if student != "ada":
            raise NotFound
        if not why and not alert:
            raise Invalid("Say why.", field="reason")
        await self.note(reader, [student], "conversations")

    async def list_reads(
        self, student: StudentId, /, *, limit: int = 50, before: int | None = None
    ) -> tuple[list[Read], int | None]:
        own = [one for one in self.noted if one[1] == student]
        return [
            Read(
                id=n,
                reader=reader,
                reader_role="teacher",
                what=what,
                why="",
                alert_id=None,
                first_at=AT,
                last_at=AT,
                times=1,
            )
            for n, (reader, _, what) in enumerate(own)
        ], None


@dataclass
class FakePrivacy:
    rights: FakeRights = field(default_factory=FakeRights)
    consents: FakeConsents = field(default_factory=FakeConsents)
    guardians: FakeGuardians = field(default_factory=FakeGuardians)
    readings: FakeReadings = field(default_factory=FakeReadings)


async def fake_triage(ask: Ask) -> Mapping[str, Any]:
    return {"intent": "debugging", "confidence": 0.9, "subject": "python", "also": [], "flags": []}


async def answers() -> None: ...


@dataclass
class Edge:
    """Everything a test may look at."""

    turns: FakeTurns = field(default_factory=FakeTurns)
    sign_in: FakeSignIn = field(default_factory=FakeSignIn)
    people: FakePeople = field(default_factory=FakePeople)
    recovery: FakeRecovery = field(default_factory=FakeRecovery)
    second: FakeSecondFactor = field(default_factory=FakeSecondFactor)
    profiles: FakeProfiles = field(default_factory=FakeProfiles)
    replays: Any = field(default_factory=FakeReplays)
    watchman: Watchman = field(default_factory=Watchman)
    sandbox: FakeSandbox = field(default_factory=FakeSandbox)
    records: FakeRecords = field(default_factory=FakeRecords)
    entitlements: FakeEntitlements = field(default_factory=FakeEntitlements)
    course: FakeCourse = field(default_factory=FakeCourse)
    memories: FakeMemories = field(default_factory=FakeMemories)
    billing: FakeBilling = field(default_factory=FakeBilling)
    experiments: FakeParticipation = field(default_factory=FakeParticipation)
    desk: FakeDesk = field(default_factory=FakeDesk)
    made: FakeMade = field(default_factory=FakeMade)
    inbox: Any = field(default_factory=FakeInbox)
    classrooms: Any = field(default_factory=FakeClassrooms)
    practice: Any = field(default_factory=FakePractice)
    privacy: FakePrivacy = field(default_factory=FakePrivacy)
    advice: Any = field(default_factory=FakeAdvice)
    overviews: Any = field(default_factory=FakeOverviews)
    awards: FakeAwards = field(default_factory=FakeAwards)
    notifications: FakeNotifications = field(default_factory=FakeNotifications)
    quizzes: FakeQuizzes = field(default_factory=FakeQuizzes)
    community: Any = None
    settings: ApiSettings = field(default_factory=ApiSettings)
    readiness: dict[str, Any] = field(default_factory=lambda: {"database": answers})

    def __post_init__(self) -> None:
        self.community = self.community or FakeCommunity(self.turns)

    def services(self) -> Services:
        return Services(
            settings=self.settings, turns=self.turns, course=self.course, sandbox=self.sandbox, mathematics=cast(Any, None),
            records=cast(Any, self.records), entitlements=self.entitlements, memories=self.memories, sign_in=self.sign_in, people=self.people, recovery=self.recovery,
            feedback=FakeFeedback(self.turns), experiments=self.experiments, desk=self.desk, made=self.made, inbox=self.inbox, classrooms=self.classrooms, practice=self.practice, notifications=self.notifications, quizzes=self.quizzes, community=self.community,
            advice=self.advice, awards=self.awards, overviews=self.overviews,
            privacy=self.privacy, billing=self.billing, payment_news=self.billing.receive,
            triage=fake_triage, readiness=self.readiness, second=self.second, profiles=self.profiles, replays=self.replays,
            watchman=self.watchman, security=FakeSecurityLog(),
        )  # fmt: skip

    def app(self) -> Any:
        return build_app(self.services())


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """A real uvicorn on a port of its own; gives its base URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="on", ws_max_size=2_000_000, timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110  uvicorn only sets a flag
            await asyncio.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


ADA, BOB, TINA, ROOT = (bearer(t) for t in ("student-ada", "student-bob", "teacher-tina", "admin-root"))

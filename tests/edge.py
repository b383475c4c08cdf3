"""The edge with fakes behind it: people with readable tokens, a small course, a sandbox that runs nothing."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import uvicorn

from api.app import build_app
from api.fake import FakeTurns
from api.services import Services
from core.errors import Conflict, Invalid, NotFound, Unauthenticated
from core.ports import (
    Alert,
    Allowance,
    Ask,
    Attempt,
    Exercise,
    ExerciseId,
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
    SkillId,
    Student,
    StudentId,
    Test,
    Topic,
    TopicId,
    TurnId,
    UserId,
)
from core.settings import ApiSettings
from learning.alerts import Change, Note, Wanted
from learning.classrooms import Classroom
from learning.dashboard import Cell, Dashboard, Need
from learning.items import Item, Wrong
from learning.notifications.rules import Notice, Notification, Preferences, Subscription, check_preferences
from learning.quizzes.sittings import Answered, Sitting, Wish
from learning.streaks import Streak, check_zone, streak

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

    def verify(self, access: str, /) -> Principal:
        role, _, name = access.partition("-")
        if role not in set(Role) or not name or access in self.ended:
            raise Unauthenticated(reason="malformed")
        return Principal(id=UserId(name), role=Role(role), name=name.title(), sign_in=f"{name}-phone")

    async def login(self, *, email: str, password: str, address: str, device: str = "") -> FakeTokens:
        self.addresses.append(address)
        self.agents.append(device)
        if password != "right":
            raise Unauthenticated("The e-mail address or the password is not right.")
        return self._tokens(email.partition("@")[0])

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

    async def register(self, *, email: str, name: str, password: str) -> None:
        self.registered.append(email)

    async def get(self, user: UserId, /) -> Principal:
        if user not in ("ada", "bob", "tina", "root"):
            raise NotFound
        return Principal(id=user, role=Role.STUDENT, name=user.title())

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

    async def spend(self, student: Student, meter: str, amount: int, *, key: str) -> None:
        self.spent.append(key)
        self.amounts.append(amount)


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
    sandbox: FakeSandbox = field(default_factory=FakeSandbox)
    records: FakeRecords = field(default_factory=FakeRecords)
    entitlements: FakeEntitlements = field(default_factory=FakeEntitlements)
    course: FakeCourse = field(default_factory=FakeCourse)
    memories: FakeMemories = field(default_factory=FakeMemories)
    experiments: FakeParticipation = field(default_factory=FakeParticipation)
    desk: FakeDesk = field(default_factory=FakeDesk)
    inbox: Any = field(default_factory=FakeInbox)
    classrooms: Any = field(default_factory=FakeClassrooms)
    practice: Any = field(default_factory=FakePractice)
    notifications: FakeNotifications = field(default_factory=FakeNotifications)
    quizzes: FakeQuizzes = field(default_factory=FakeQuizzes)
    settings: ApiSettings = field(default_factory=ApiSettings)
    readiness: dict[str, Any] = field(default_factory=lambda: {"database": answers})

    def services(self) -> Services:
        return Services(
            settings=self.settings, turns=self.turns, course=self.course, sandbox=self.sandbox, mathematics=cast(Any, None),
            records=cast(Any, self.records), entitlements=self.entitlements, memories=self.memories, sign_in=self.sign_in, people=self.people, recovery=self.recovery,
            feedback=FakeFeedback(self.turns), experiments=self.experiments, desk=self.desk, inbox=self.inbox, classrooms=self.classrooms, practice=self.practice, notifications=self.notifications, quizzes=self.quizzes,
            triage=fake_triage, readiness=self.readiness,
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

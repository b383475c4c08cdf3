"""What goes over the wire: request bodies, strictly bounded, and the public views of what the rooms know."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, model_validator

from accounts.billing import METERS, SEATS_MAX, Account
from accounts.plans import Interval, ModelClass, Plan
from accounts.privacy.consents import Consent, Standing
from accounts.privacy.jobs import Job as PrivacyJob
from agents.turn import Answer
from api.services import Device as SignedInDevice
from api.services import Edition
from core.markup import foreign_html
from core.ports import (
    Alert,
    Example,
    Exercise,
    Lesson,
    MadeExercise,
    Mastery,
    Opinion,
    Passage,
    Progress,
    Remembered,
    RunResult,
    Subject,
    ThreadView,
    Topic,
    TurnView,
)
from learning.community import rules as community
from learning.community.board import Thread as CommunityThread
from learning.confusion import Confusing
from learning.dashboard import Dashboard
from learning.gaps import Gap, Gaps, Severity
from learning.mastery import explain
from learning.overview import Overview
from learning.overviews import CourseView
from learning.quizzes.sittings import Answered, Sitting
from learning.recommendations import Because, Kind
from tools.mark_quiz import shown_options

# The outermost bounds of any text; the settings' own, smaller ones are asked where the text is used.
_TEXT_CHARS_MAX = 1_000_000


def _without_nul(value: str) -> str:
    if "\x00" in value:
        raise ValueError("the NUL character is not allowed")
    return value


_SHOWN: dict[str, Any] = {"pattern": r"^[^\x00]*$"}

Text = Annotated[str, Field(max_length=_TEXT_CHARS_MAX, json_schema_extra=_SHOWN), AfterValidator(_without_nul)]
Short = Annotated[str, Field(max_length=200, json_schema_extra=_SHOWN), AfterValidator(_without_nul)]
Id = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$")]


NewId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Opaque = Annotated[str, Field(max_length=500, pattern=r"^[A-Za-z0-9._:=+/-]*$")]


class In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Out(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["urn:learnflow:problem:not-found"])
    title: str
    status: int
    detail: str | None = None
    trace_id: str | None = None
    errors: list[dict[str, str]] | None = Field(None, description="for 422: where (RFC 6901 pointer) and what")


# --- signing in ----------------------------------------------------------------------------------------------------


class Register(In):
    email: Short = Field(examples=["ada@learnflow.example"])
    name: Short = Field(examples=["Ada"])
    password: SecretStr = Field(max_length=1000)
    birth_date: date | None = Field(
        None, description="needed where the school asks for ages; only the day of coming of age is kept"
    )
    guardian_email: Short | None = Field(None, description="needed of who is younger than the school's limit")


class Login(In):
    email: Short = Field(examples=["ada@learnflow.example"])
    password: SecretStr = Field(max_length=1000)
    device: Short | None = Field(None, description="how the list of devices names it; unset: from the User-Agent")
    code: SecretStr | None = Field(
        None, max_length=50, description="of an authenticator app, or a recovery code, once a second factor is on"
    )


class Exchange(In):
    token: SecretStr = Field(max_length=8000, description="an ID or access token of a provider that is trusted here")
    device: Short | None = None


class Link(In):
    token: SecretStr = Field(max_length=8000, description="an ID or access token of a provider that is trusted here")


class Proof(In):
    password: SecretStr = Field(max_length=1000)


class Code(In):
    code: SecretStr = Field(max_length=50)


class ProofAndCode(Proof):
    code: SecretStr = Field(max_length=50, description="of the app, or a recovery code")


class Address(In):
    email: Short = Field(examples=["ada@school.org"])


class Confirm(In):
    token: SecretStr = Field(max_length=1000, description="from the letter")


class Reset(Confirm):
    password: SecretStr = Field(max_length=1000)


class ChangePassword(In):
    current_password: SecretStr = Field(max_length=1000)
    new_password: SecretStr = Field(max_length=1000)


class Refresh(In):
    refresh_token: SecretStr = Field(max_length=1000)


class Accepted(_Out):
    status: Literal["accepted"] = "accepted"


class Person(_Out):
    id: str
    role: str
    name: str


class SignedIn(_Out):
    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105  the scheme's name
    expires_in_s: int
    user: Person
    notice: str | None = Field(None, description="what the person should do, such as to confirm their address")


class Device(_Out):
    """Where you are signed in."""

    id: str
    label: str = Field(examples=["Firefox on Linux"])
    created_at: datetime
    used_at: datetime = Field(description="when tokens were last asked for")
    expires_at: datetime
    current: bool = Field(description="whether this request comes from it")

    @classmethod
    def of(cls, device: SignedInDevice, *, current: bool) -> "Device":
        return cls(
            id=device.id,
            label=device.label,
            created_at=device.created_at,
            used_at=device.used_at,
            expires_at=device.expires_at,
            current=current,
        )


class Devices(_Out):
    items: list[Device]


class SecondFactorView(_Out):
    enabled: bool
    recovery_codes_left: int


class EnrolmentView(_Out):
    """Shown once: nothing changes until a code of it is confirmed."""

    secret: str
    uri: str = Field(description="otpauth address, for the app or as a QR code")


class RecoveryCodes(_Out):
    """Shown once: each signs in once when the app is lost."""

    codes: list[str]


# --- people, for admins --------------------------------------------------------------------------------------------

RoleName = Literal["student", "teacher", "admin", "curriculum", "evaluator"]


class NewPerson(In):
    email: Short
    name: Short
    role: RoleName = "student"
    password: SecretStr = Field(max_length=1000, description="a first one: they can change it, or reset it by letter")


class NewRole(In):
    role: RoleName


class NewClass(In):
    name: Short


class Member(In):
    person_id: Id


class PersonView(_Out):
    id: str
    email: str
    name: str
    role: str
    disabled: bool
    created_at: datetime
    classes: list[str] = Field(description="by name")


class PeoplePage(_Out):
    items: list[PersonView]
    next_cursor: str | None


class MembershipView(_Out):
    id: str
    name: str
    part: str = Field(description="teacher or student")


class PersonDetail(PersonView):
    memberships: list[MembershipView]
    second_factor: bool
    devices: list[Device]


class MadeClass(_Out):
    id: str
    name: str


class Ended(_Out):
    ended: int


class SecurityEventView(_Out):
    """`place` is a keyed hash of a network."""

    id: int
    at: datetime
    kind: str
    person: str
    place: str
    facts: dict[str, Any]
    told: bool = Field(description="whether letters went to the admins for it")


class SecurityEvents(_Out):
    items: list[SecurityEventView]
    next_cursor: str | None


# --- profile -------------------------------------------------------------------------------------------------------


class Accessibility(In):
    """What is left out stays, null takes away."""

    high_contrast: bool | None = None
    reduced_motion: bool | None = None
    dyslexia_font: bool | None = None
    screen_reader: bool | None = None
    font_scale: float | None = Field(None, ge=0.5, le=3)


class Academic(In):
    """What is left out stays, null takes away."""

    institution: Short | None = None
    programme: Short | None = None
    level: Literal["school", "bachelor", "master", "other"] | None = None
    year: int | None = Field(None, ge=1, le=13)
    subjects: Annotated[list[Short], Field(max_length=20)] | None = None


_Zone = Annotated[Short, Field(min_length=1, description="IANA name, as Europe/Berlin")]
_Language = Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}$")]


class ProfileChange(In):
    """What is left out stays; null takes away, and so it does inside the last two."""

    goals: Annotated[list[Annotated[Short, Field(min_length=1)]], Field(max_length=10)] | None = None
    pace: Literal["relaxed", "steady", "intensive"] | None = None
    language: _Language | None = Field(None, description="BCP 47, as de or pt-BR")
    time_zone: _Zone | None = None
    accessibility: Accessibility = Accessibility()
    academic: Academic = Academic()


class ProfileView(_Out):
    goals: list[str]
    pace: str | None
    language: str | None
    time_zone: str = Field(description="UTC until another is said")
    accessibility: Accessibility
    academic: Academic


class StepView(_Out):
    id: str
    title: str
    state: Literal["open", "done", "skipped"]


class Onboarding(_Out):
    steps: list[StepView]
    next: str | None = Field(description="the first open step")
    done: float = Field(description="share of steps that are no longer open, in [0, 1]")


class TakeStep(In):
    skipped: bool = False


# --- turns ---------------------------------------------------------------------------------------------------------


class Query(In):
    """One student message. A `turn_id` sent twice is the same turn: a retry never asks twice."""

    message: Text = Field(min_length=1, examples=["What is a list comprehension?"])
    code: Text | None = None
    error: Text | None = None
    exercise_id: Id | None = None
    thread_id: Id | None = Field(None, description="unset: a new conversation")
    turn_id: NewId | None = Field(None, description="made by the client, best a UUID; unset: made here")


class ExplainQuery(Query):
    message: Text = Field(min_length=1, examples=["What is recursion?"])


class CodeQuery(Query):
    code: Text = Field(min_length=1, examples=["for i in range(3)\n    print(i)"])


class ReviewQuery(CodeQuery):
    message: Text = Field("Please review my program.", min_length=1)


class DebugQuery(CodeQuery):
    message: Text = Field("Why does my program not work?", min_length=1)


class TriageQuery(In):
    message: Text = Field(min_length=1, examples=["Why is this wrong and can I have another one?"])
    code: Text | None = None
    error: Text | None = None


class TriageView(BaseModel):
    model_config = ConfigDict(extra="allow")

    intent: str
    confidence: float
    subject: str | None
    also: list[str]
    flags: list[str]


class AskView(_Out):
    message: str
    code: str | None
    error: str | None
    exercise_id: str | None
    submission: bool


class Author(_Out):
    name: str
    role: str


class Turn(_Out):
    """A turn as its student sees it; `answer` is set once `status` is done. With an `author` a person speaks: the reply is
    their words as they stand, and nobody asked."""

    id: str
    thread_id: str
    seq: int
    status: Literal["queued", "running", "done", "failed"]
    author: Author | None
    ask: AskView
    answer: Answer | None
    created_at: datetime
    finished_at: datetime | None


def turn(view: TurnView) -> dict[str, Any]:
    """The JSON of `Turn`: written out because the hot path does not validate what our own rooms made."""
    ask = view.ask
    return {
        "id": view.id,
        "thread_id": view.thread,
        "seq": view.seq,
        "status": view.status,
        "author": {"name": ask.teacher.name, "role": ask.teacher.role} if ask.teacher else None,
        "ask": {
            "message": "" if ask.teacher else ask.message,
            "code": ask.code,
            "error": ask.error,
            "exercise_id": ask.exercise,
            "submission": ask.submission,
        },
        "answer": view.answer,
        "created_at": view.created_at.isoformat(),
        "finished_at": view.finished_at.isoformat() if view.finished_at else None,
    }


class NewThread(In):
    title: Short = ""


class Thread(_Out):
    id: str
    title: str
    turns: int
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def of(view: ThreadView) -> "Thread":
        return Thread.model_validate(view)


class ThreadPage(_Out):
    items: list[Thread]
    next_cursor: str | None


class TurnPage(_Out):
    """Turns in order, oldest first; `before` asks for those that came earlier, None when there are none."""

    items: list[Turn]
    before: int | None


# --- the course ----------------------------------------------------------------------------------------------------


class ExampleView(_Out):
    title: str
    code: str
    output: str

    @staticmethod
    def of(example: Example) -> "ExampleView":
        return ExampleView.model_validate(example)


class QuestionView(_Out):
    """A quiz question; which option is right is told after it was answered. Numeric and text questions have no options:
    their answer is typed."""

    id: str
    prompt: str
    kind: Literal["single", "multiple", "numeric", "text", "ordering"]
    options: list[str]
    skill: str


class Concept(_Out):
    id: str
    title: str
    summary: str
    subject: Subject
    module: str
    module_title: str
    order: int
    objectives: list[str]
    skills: list[str]
    prerequisites: list[str]
    pitfalls: list[str]
    examples: list[ExampleView]
    quiz: list[QuestionView]
    exercises: list[str]

    @staticmethod
    def of(topic: Topic) -> "Concept":
        quiz = [
            QuestionView(id=q.id, prompt=q.prompt, kind=q.kind, options=shown_options(q), skill=q.skill)
            for q in topic.quiz
        ]
        return Concept(
            id=topic.id,
            title=topic.title,
            summary=topic.summary,
            subject=topic.subject,
            module=topic.module,
            module_title=topic.module_title,
            order=topic.order,
            objectives=list(topic.objectives),
            skills=list(topic.skills),
            prerequisites=list(topic.prerequisites),
            pitfalls=list(topic.pitfalls),
            examples=[ExampleView.of(e) for e in topic.examples],
            quiz=quiz,
            exercises=list(topic.exercises),
        )


class SectionView(_Out):
    """`anchor` is what a citation names; `markdown` may hold formulas in dollars and fenced code."""

    anchor: str
    heading: str
    markdown: str


class LessonView(_Out):
    topic: str
    title: str
    version: str
    sections: list[SectionView]

    @staticmethod
    def of(lesson: Lesson) -> "LessonView":
        sections = [
            SectionView(anchor=part.anchor, heading=part.heading, markdown=part.body) for part in lesson.sections
        ]
        return LessonView(topic=lesson.topic, title=lesson.title, version=lesson.version, sections=sections)


class Concepts(_Out):
    version: str
    items: list[Concept]


class ExerciseView(_Out):
    """What a student may see of an exercise: hints come one by one in a conversation; tests, references and planted
    mistakes never leave."""

    id: str
    topic: str
    subject: Subject
    title: str
    statement: str
    skills: list[str]
    difficulty: int = Field(ge=1, le=3)
    starter: str
    entry: str = Field(description="the function to write, empty when the program is run as a whole")
    hints_available: int

    @staticmethod
    def of(exercise: Exercise) -> "ExerciseView":
        return ExerciseView(
            id=exercise.id,
            topic=exercise.topic,
            subject=exercise.subject,
            title=exercise.title,
            statement=exercise.statement,
            skills=list(exercise.skills),
            difficulty=exercise.difficulty,
            starter=exercise.starter,
            entry=exercise.entry,
            hints_available=len(exercise.hints),
        )


class Exercises(_Out):
    items: list[ExerciseView]


class Generate(In):
    topic: Id | None = Field(None, description="unset: what would help this student most")
    subject: Subject | None = None
    difficulty: int | None = Field(None, ge=1, le=3)
    thread_id: Id | None = None
    turn_id: NewId | None = None


class Generated(_Out):
    turn: Turn
    exercise: ExerciseView | None


class Submission(In):
    """Python: `code`. Mathematics: `answer`."""

    code: Text | None = None
    answer: Text | None = Field(None, examples=["2x + 3"])
    thread_id: Id | None = None
    turn_id: NewId | None = None


# --- progress ------------------------------------------------------------------------------------------------------


class QuizAnswer(In):
    """A quiz answer. Whether it is right is decided here; exercises are graded by submitting them."""

    kind: Literal["quiz"]
    attempt_id: Id = Field(description="made by the client: the same id again is the same attempt")
    topic: Id
    question: Id
    option: int | None = Field(None, ge=0, le=100, description="index of the chosen option")
    options: list[Annotated[int, Field(ge=0, le=100)]] | None = Field(
        None, max_length=100, description="indexes of all that are right, or all in the right order"
    )
    answer: Short | None = Field(None, examples=["0.75"], description="what was typed: a number, or a short text")
    duration_s: float | None = Field(None, ge=0, le=86_400, allow_inf_nan=False)

    @model_validator(mode="after")
    def _is_one_answer(self) -> "QuizAnswer":
        if sum(given is not None for given in (self.option, self.options, self.answer)) != 1:
            raise ValueError("one of option, options and answer is needed")
        return self

    @property
    def given(self) -> list[int] | str:
        if self.answer is not None:
            return self.answer
        return self.options if self.options is not None else [self.option or 0]


class MasteryChangeView(_Out):
    skill: str
    before: float
    after: float


class AchievementView(_Out):
    """Earned once. `about` is a topic, a module or a number of days; `evidence` is what was seen then."""

    kind: str
    about: str
    title: str
    words: str
    at: datetime
    evidence: dict[str, Any]


class QuizResult(_Out):
    correct: bool
    score: float = Field(description="the part that is right, from 0 to 1")
    why: str
    again: bool = Field(description="this attempt was known already, nothing was counted")
    mastery: list[MasteryChangeView]
    achievements: list[AchievementView] = []


class MasteryView(_Out):
    """Belief in [0, 1] with a 90 % interval; `enough` is false on thin data."""

    skill: str
    level: float
    low: float
    high: float
    attempts: int
    enough: bool
    why: str = Field("", description="the level in one sentence, for the student")

    @staticmethod
    def of(found: Mastery) -> "MasteryView":
        return MasteryView.model_validate(found).model_copy(update={"why": explain(found)})


class ProgressView(_Out):
    attempts: int
    solved: int
    streak_days: int
    skills: list[MasteryView]
    recent: list[dict[str, Any]]

    @staticmethod
    def of(progress: Progress) -> "ProgressView":
        return ProgressView(
            attempts=progress.attempts,
            solved=progress.solved,
            streak_days=progress.streak_days,
            skills=[MasteryView.of(skill) for skill in progress.skills],
            recent=[dict(one) for one in progress.recent],
        )


class TimeZone(In):
    time_zone: Annotated[Short, Field(min_length=1, description="IANA name, as Europe/Berlin")]


class MilestoneView(_Out):
    """Reached for the first time on that day, in a row or in all."""

    kind: Literal["in_a_row", "in_all"]
    days: int
    on: date


class StreakView(_Out):
    """Dates are days of `time_zone`. `days` in a row up to today, or to yesterday while today is still open; lost at
    `keep_until` unless something is done before. `next` is the next milestone in a row."""

    time_zone: str
    today: date
    done_today: bool
    days: int
    longest: int
    days_in_all: int
    since: date | None
    keep_until: datetime | None
    next: int | None
    milestones: list[MilestoneView]


class GapView(_Out):
    """A topic that was tried and is missing. `severity` grows with what is missing and how much builds on it; `confidence`
    is the probability that it is missing; `roots` are the earlier missing topics it comes from, `to_check` what it builds
    on of which too little was seen."""

    topic: str
    title: str
    level: float
    attempts: int
    severity: float
    grade: Severity
    confidence: float
    roots: list[str]
    to_check: list[str]
    blocks: list[str]
    why: str

    @staticmethod
    def of(gap: Gap) -> "GapView":
        return GapView.model_validate(gap)


class GapsView(_Out):
    """The most severe first. `enough` is false while too little was practised to tell of any topic; `thin` names the
    topics that were tried too little."""

    enough: bool
    items: list[GapView]
    thin: list[str]
    known: list[str]

    @staticmethod
    def of(gaps: Gaps) -> "GapsView":
        return GapsView(
            enough=gaps.enough,
            items=[GapView.of(gap) for gap in gaps.gaps],
            thin=list(gaps.thin),
            known=list(gaps.known),
        )


class RecommendationView(_Out):
    """`item` is the exercise or quiz question meant, empty for a lesson or a worked example; `why` is for the student. `id` is
    there when the student asks for themselves."""

    id: int | None = None
    kind: Kind
    topic: str
    title: str
    item: str
    minutes: int
    why: str
    because: Because


class Recommendations(_Out):
    items: list[RecommendationView]
    minutes: int = Field(description="how long all of them take")


class StopView(_Out):
    topic: str
    title: str
    why: str


class PathView(_Out):
    """What lies between the student and the goal, which is last; empty when they know it."""

    goal: str
    items: list[StopView]


class ReviewView(_Out):
    """`lost`: log-odds forgotten since `at`; `due` from 0.12 on."""

    topic: str
    at: datetime
    lost: float
    due: bool


class Reviews(_Out):
    items: list[ReviewView]


class Memory(_Out):
    id: str
    kind: Literal["profile", "preference", "misconception", "goal", "worked"]
    content: str
    at: datetime
    turns: list[str] = Field(description="the last turns that taught it: `GET /api/v1/turns/{id}` shows them")
    edited: bool = Field(description="the words are your own")
    by: Literal["rule", "reflection"] = Field(description="whether a language model concluded it from what you wrote")
    quote: str = Field(description="of a reflection: your words that it was concluded from, in one of the turns")

    @staticmethod
    def of(found: Remembered) -> "Memory":
        return Memory(
            id=found.id, kind=found.kind, content=found.content, at=found.at, turns=list(found.turns), edited=found.edited,
            by="reflection" if found.quote else "rule", quote=found.quote,
        )  # fmt: skip


class Memories(_Out):
    """`paused`: nothing new is kept, and nothing kept is used."""

    paused: bool
    items: list[Memory]


class EditMemory(In):
    content: Annotated[str, Field(min_length=1, max_length=300, json_schema_extra=_SHOWN), AfterValidator(_without_nul)]


class PauseMemories(In):
    paused: bool


# --- running code --------------------------------------------------------------------------------------------------


class Execute(In):
    code: Text = Field(min_length=1, examples=["print(6 * 7)"])
    stdin: Text = ""
    args: list[Short] = Field(default=[], max_length=50)
    timeout_s: float = Field(5.0, gt=0, le=10, allow_inf_nan=False)


class GivenInput(In):
    stdin: Text = ""
    args: list[Short] = Field(default=[], max_length=50)


class ExecuteBatch(In):
    code: Text = Field(min_length=1, examples=["print(int(input()) ** 2)"])
    inputs: list[GivenInput] = Field(min_length=1, max_length=50, examples=[[{"stdin": "2\n"}, {"stdin": "3\n"}]])
    timeout_s: float = Field(5.0, gt=0, le=5, allow_inf_nan=False)


class RaisedView(_Out):
    type: str
    message: str
    line: int | None
    traceback: str


class Run(_Out):
    """What a program did. `level` says which isolation ran it, `figures` are PNG images in base64."""

    status: Literal["ok", "error", "timeout", "memory", "output_limit", "process_limit", "violation"]
    stdout: str
    stderr: str
    exit_code: int | None
    raised: RaisedView | None
    wall_s: float
    cpu_s: float
    memory_bytes_peak: int
    level: str
    truncated: bool
    figures: list[str]


class Runs(_Out):
    """One result an input, in their order."""

    runs: list[Run]


def run(result: RunResult, figures: list[str]) -> dict[str, Any]:
    """The JSON of `Run`: a program may print what no JSON library validates, so it is written out."""
    raised = result.raised
    return {
        "status": result.status,
        "stdout": result.stdout,
        "stderr": result.stderr,
        "exit_code": result.exit_code,
        "raised": raised
        and {"type": raised.type, "message": raised.message, "line": raised.line, "traceback": raised.traceback},
        "wall_s": result.wall_s,
        "cpu_s": result.cpu_s,
        "memory_bytes_peak": result.memory_bytes_peak,
        "level": result.level,
        "truncated": result.truncated,
        "figures": figures,
    }


# --- alerts --------------------------------------------------------------------------------------------------------


class AlertView(_Out):
    id: str
    student: str
    student_name: str
    kind: str
    severity: Literal["low", "medium", "high"]
    skill: str | None
    reason: str
    advice: str
    evidence: Mapping[str, Any]
    status: Literal["open", "acknowledged", "resolved", "snoozed"]
    at: datetime
    assignee: str | None
    snoozed_until: datetime | None
    helped: bool | None = Field(description="what was said when it was resolved")
    notes: int

    @staticmethod
    def of(alert: Alert) -> "AlertView":
        return AlertView.model_validate(alert)


class AlertPage(_Out):
    """Go on while `next_cursor` is set."""

    items: list[AlertView]
    next_cursor: str | None


class Resolution(In):
    helped: bool | None = Field(None, description="whether what was done helped; may be left open and told later")


class Assignment(In):
    assignee: Id | None = Field(description="a teacher of the student, or an admin; null: nobody")


class Snooze(In):
    until: AwareDatetime | None = Field(description="out of sight until then, at most 90 days; null: back now")


class NewNote(In):
    words: Annotated[str, Field(min_length=1, max_length=2_000, json_schema_extra=_SHOWN), AfterValidator(_without_nul)]


class NoteView(_Out):
    """`author` and `author_name` are null once the account is gone."""

    id: int
    author: str | None
    author_name: str | None
    words: str
    at: datetime


class Notes(_Out):
    """Oldest first."""

    items: list[NoteView]


# --- classes -------------------------------------------------------------------------------------------------------


class TeacherAnswer(In):
    """`turn_id` is yours to choose: sent again with the same one, it is the same answer."""

    words: Annotated[
        str, Field(min_length=1, max_length=10_000, json_schema_extra=_SHOWN), AfterValidator(_without_nul)
    ] = Field(description="Markdown; shown as it stands, with your name")
    turn_id: NewId | None = None


class AnswerTo(TeacherAnswer):
    thread_id: Id | None = Field(None, description="a conversation of the student's; null: the latest, or a new one")


# --- quizzes -------------------------------------------------------------------------------------------------------


class CategoryView(_Out):
    topic: str
    title: str
    module: str
    module_title: str
    subject: Subject
    questions: int


class Categories(_Out):
    items: list[CategoryView]


class NewQuiz(In):
    """A placement chooses its questions itself, at most twelve, and finds where to begin."""

    id: NewId | None = Field(None, description="yours to choose: the same id again is the same quiz")
    kind: Literal["quiz", "placement"] = "quiz"
    topics: list[Id] = Field([], max_length=100, description="empty: all")
    subject: Subject | None = None
    questions: int = Field(10, ge=1, le=30)
    seconds: int | None = Field(None, ge=10, le=7_200, description="by the server's clock; null: no limit")


class GivenAnswer(In):
    question: Id
    option: int | None = Field(ge=0, le=100, description="index of the chosen option; null: I do not know")


class OpenQuestion(_Out):
    topic: str
    question: str
    prompt: str
    options: list[str]
    skill: str


class OptionResult(_Out):
    label: str
    correct: bool
    why: str


class QuestionResult(_Out):
    """`options` each with why it is right or wrong; `option` null: not known."""

    topic: str
    question: str
    prompt: str
    option: int | None
    correct: bool
    seconds: float
    options: list[OptionResult]

    @staticmethod
    def of(one: Answered) -> "QuestionResult":
        took = (one.answered_at - one.asked_at).total_seconds() if one.answered_at else 0.0
        return QuestionResult(
            topic=one.topic, question=one.question.id, prompt=one.question.prompt, option=one.option, correct=one.correct,
            seconds=round(took, 1), options=[OptionResult.model_validate(option) for option in one.question.options],
        )  # fmt: skip


class TopicResult(_Out):
    topic: str
    asked: int
    correct: int


class KnownView(_Out):
    topic: str
    likely: float


class QuizView(_Out):
    """`open` has a `next` question; `over`: the time ran out. A placement that has ended says with which topic to begin
    (null: all is known) and how likely each is known."""

    id: str
    kind: Literal["quiz", "placement"]
    state: Literal["open", "over", "finished"]
    questions: int
    started_at: datetime
    ends_at: datetime | None
    next: OpenQuestion | None
    correct: int
    answered: list[QuestionResult]
    by_topic: list[TopicResult]
    begin_with: str | None
    known: list[KnownView]

    @staticmethod
    def of(sitting: Sitting) -> "QuizView":
        waiting, answered = sitting.waiting, sitting.answered
        topics = list(dict.fromkeys(one.topic for one in answered))
        return QuizView(
            id=sitting.id, kind=sitting.kind, state=sitting.state, questions=sitting.questions,
            started_at=sitting.started_at, ends_at=sitting.ends_at,
            next=waiting and OpenQuestion(
                topic=waiting.topic, question=waiting.question.id, prompt=waiting.question.prompt,
                options=[option.label for option in waiting.question.options], skill=waiting.question.skill,
            ),
            correct=sum(one.correct for one in answered), answered=[QuestionResult.of(one) for one in answered],
            by_topic=[
                TopicResult(
                    topic=topic, asked=sum(one.topic == topic for one in answered),
                    correct=sum(one.topic == topic and one.correct for one in answered),
                )
                for topic in topics
            ],
            begin_with=sitting.begin_with,
            known=[KnownView(topic=topic, likely=round(likely, 3)) for topic, likely in sitting.known],
        )  # fmt: skip


class Quizzes(_Out):
    items: list[QuizView]


class AnswerResult(_Out):
    """What the answer was worth, and the quiz as it goes on."""

    result: QuestionResult
    mastery: list[MasteryChangeView]
    achievements: list[AchievementView] = []
    quiz: QuizView


# --- community -----------------------------------------------------------------------------------------------------

Title = Annotated[str, Field(min_length=1, max_length=community.TITLE_CHARS_MAX, json_schema_extra=_SHOWN), AfterValidator(_without_nul)]  # fmt: skip
PostBody = Annotated[str, Field(min_length=1, max_length=community.BODY_CHARS_MAX, json_schema_extra=_SHOWN), AfterValidator(_without_nul)]  # fmt: skip
CommentBody = Annotated[str, Field(min_length=1, max_length=community.COMMENT_CHARS_MAX, json_schema_extra=_SHOWN), AfterValidator(_without_nul)]  # fmt: skip
Said = Annotated[str, Field(max_length=community.WORDS_CHARS_MAX, json_schema_extra=_SHOWN), AfterValidator(_without_nul)]  # fmt: skip
Tags = Annotated[list[Short], Field(max_length=20, examples=[["loops"]])]


class NewPost(In):
    title: Title = Field(examples=["Why does my loop stop early?"])
    body: PostBody = Field(description="Markdown", examples=["`range(3)` never gives 3. Why?"])
    tags: Tags = Field([], description=f"at most {community.TAGS_MAX} words")
    topic: Id | None = Field(None, description="a topic of the course that it is about")
    audience: community.Audience = Field("classes", description="who reads it: the classes you are in, or the school")


class EditEntry(In):
    """What is left out stays as it is; a comment has a body only."""

    title: Title | None = None
    body: PostBody | None = None
    tags: Tags | None = None
    topic: Id | Literal[""] | None = Field(None, description="empty: about no topic any more")


class NewComment(In):
    body: CommentBody = Field(description="Markdown")


class NewReport(In):
    reason: community.Reason
    words: Said = ""


class Hiding(In):
    reason: community.Reason
    words: Said = Field("", description="for who wrote it")


class Restoring(In):
    words: Annotated[str, Field(min_length=1, max_length=community.WORDS_CHARS_MAX, json_schema_extra=_SHOWN), AfterValidator(_without_nul)]  # fmt: skip


class CommunityAuthor(_Out):
    id: str
    name: str
    role: str


class CommunityEntry(_Out):
    """`author` is null for the tutor (`by_tutor`), for what was deleted and for who is gone. `body` is the Markdown as it was
    written: show `html`, in which nothing runs; both are empty for what was deleted, or hidden from you."""

    id: str
    post: str
    parent: str | None
    depth: int
    state: community.State
    author: CommunityAuthor | None
    by_tutor: bool
    body: str
    html: str
    citations: list[Mapping[str, Any]]
    created_at: datetime
    edited_at: datetime | None
    hidden_for: str
    hidden_because: str = Field(description="for who wrote it and who moderates: what the moderator last said")
    likes: int
    liked: bool
    own: bool
    moderates: bool = Field(description="whether you may hide it")

    @classmethod
    def of(cls, entry: community.Entry) -> "CommunityEntry":
        fields = {name: getattr(entry, name) for name in CommunityEntry.model_fields if name != "html"}
        return CommunityEntry.model_validate({**fields, "html": foreign_html(entry.body)})


class CommunityPost(CommunityEntry):
    title: str
    tags: list[str]
    topic: str | None
    audience: community.Audience
    views: int
    comments: int
    answered: bool = Field(description="somebody else, or the tutor, wrote below it")
    tutor: community.Tutor | None = Field(
        description="asked: its answer is on the way; private: it is in the asker's own conversations, for them alone"
    )

    @classmethod
    def of(cls, entry: community.Entry) -> "CommunityPost":
        fields = {name: getattr(entry, name) for name in CommunityPost.model_fields if name != "html"}
        return CommunityPost.model_validate({**fields, "html": foreign_html(entry.body)})


class CommunityPostPage(_Out):
    """Go on while `next_cursor` is set."""

    items: list[CommunityPost]
    next_cursor: str | None


class CommunityThreadView(_Out):
    """Comments in the order in which they were written; `parent` makes them a tree. Go on while `next_cursor` is set."""

    post: CommunityPost
    comments: list[CommunityEntry]
    next_cursor: str | None

    @staticmethod
    def of(thread: CommunityThread) -> "CommunityThreadView":
        return CommunityThreadView(
            post=CommunityPost.of(thread.post),
            comments=[CommunityEntry.of(one) for one in thread.comments],
            next_cursor=thread.next_cursor,
        )


class TutorAsked(_Out):
    """`turn_id` is one of your own turns: watch it at `/api/v1/turns/{turn_id}/events`."""

    post: str
    outcome: community.Tutor
    turn_id: str
    thread_id: str


class ReportMade(_Out):
    new: bool = Field(description="false: you reported it already")


class ReportedEntry(_Out):
    entry: CommunityEntry
    title: str
    reports: int
    reasons: list[str]
    said: list[str]
    first_at: datetime
    outcome: Literal["hidden", "kept"] | None

    @staticmethod
    def of(one: community.Reported) -> "ReportedEntry":
        return ReportedEntry(
            entry=CommunityEntry.of(one.entry), title=one.entry.title, reports=one.reports, reasons=list(one.reasons),
            said=list(one.said), first_at=one.first_at, outcome=one.outcome,
        )  # fmt: skip


class ReportPage(_Out):
    """Go on while `next_cursor` is set."""

    items: list[ReportedEntry]
    next_cursor: str | None


class ReportsKept(_Out):
    settled: int


# --- notifications -------------------------------------------------------------------------------------------------


class NotificationView(_Out):
    """`facts` holds ids to go on from, such as `alert`, `thread` and `turn`."""

    seq: int
    kind: str
    title: str
    body: str
    urgent: bool
    facts: dict[str, Any]
    at: datetime
    read_at: datetime | None


class NotificationPage(_Out):
    items: list[NotificationView]
    unread: int
    before: int | None


class MarkRead(In):
    upto: int = Field(0, ge=0, le=2**53, description="all up to this `seq`")
    seqs: list[Annotated[int, Field(ge=1, le=2**53)]] = Field([], max_length=200, description="and these")


class Marked(_Out):
    marked: int


class Subscribe(In):
    channel: Literal["email", "webhook"]
    kinds: list[Short] = Field(min_length=1, max_length=20, examples=[["alert"]])
    url: Annotated[str, Field(max_length=1_000)] = Field("", description="of a webhook")


class SubscriptionView(_Out):
    """Once `ended_at` is set nothing goes there any more."""

    id: str
    channel: str
    kinds: list[str]
    url: str
    created_at: datetime
    ended_at: datetime | None
    ended_because: str


class Subscribed(SubscriptionView):
    secret: str = Field(description="what a webhook is signed with, told only now; empty for other channels")


class SubscriptionsView(_Out):
    items: list[SubscriptionView]


class DeliveryView(_Out):
    """`dead` was tried for a day, or refused for good; `failure` says why the last try failed."""

    id: str
    seq: int
    channel: str
    status: Literal["waiting", "sent", "dead"]
    tries: int
    due_at: datetime
    sent_at: datetime | None
    failure: str
    title: str


class DeliveriesView(_Out):
    items: list[DeliveryView]


class PreferencesView(In):
    """All of them at once: what is left out is as it was made. Quiet hours are those of your clock and hold back what
    leaves LearnFlow, unless it is urgent; they may go over midnight."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)

    time_zone: Short | None = Field(None, description="as Europe/Berlin; null: the one your streak is counted by")
    quiet_from: time | None = Field(None, examples=["21:00"])
    quiet_until: time | None = Field(None, examples=["07:00"])
    muted: list[Short] = Field([], max_length=20, description="kinds that you are not told at all")
    digest: Literal["off", "daily", "weekly"] = Field("off", description="for teachers: by mail, in the morning")


class Publish(In):
    """To one student, or to a class."""

    key: NewId = Field(description="yours to choose: nobody is told twice under it")
    title: Annotated[str, Field(min_length=1, max_length=200, json_schema_extra=_SHOWN), AfterValidator(_without_nul)]
    body: Annotated[str, Field(max_length=4_000, json_schema_extra=_SHOWN), AfterValidator(_without_nul)] = ""
    class_id: Id | None = None
    student_id: Id | None = None


class Published(_Out):
    told: int


class ClassView(_Out):
    id: str
    name: str
    students: int


class Classes(_Out):
    items: list[ClassView]


class Named(_Out):
    id: str
    name: str


class CellView(_Out):
    """`level` in [0, 1]; `enough` is false on thin data. There is no cell for what was not tried."""

    student: str
    topic: str
    level: float
    attempts: int
    enough: bool


class NeedView(_Out):
    """Who needs you now, the gravest first, with the reasons in words."""

    student: str
    name: str
    severity: Literal["low", "medium", "high"]
    reasons: list[str]


class WrongView(_Out):
    """An answer, or the kind of error of a program, that at least two students gave."""

    answer: str
    students: int


class ItemView(_Out):
    """`solved`: the share of students right at the first try. `discrimination` in [-1, 1]: how right answers go with right
    answers elsewhere; near or below 0 the item may be unclear; null when it cannot be told."""

    item: str
    students: int
    solved: float
    discrimination: float | None
    wrong: list[WrongView]


class TopicTime(_Out):
    """`topic` and `subject` null for what belongs to no topic of the course."""

    subject: str | None
    topic: str | None
    minutes: float


class TimeView(_Out):
    """Minutes of work, estimated from when things were done: a pause of more than ten minutes is no work. `week` is the last
    seven days, `before` the seven before; `trend` how much more that is, as a share, null where there was nothing before."""

    today: float
    week: float
    before: float
    trend: float | None
    topics: list[TopicTime]


class ClassTimeView(TimeView):
    """Of the whole class, summed; `active` students worked this week, `median` is the minutes of these."""

    active: int
    median: float


class DashboardView(_Out):
    """`alt` is the heat map in words. Topics in teaching order, students by name, items hardest first."""

    id: str
    name: str
    at: datetime
    alt: str
    students: list[Named]
    topics: list[Named]
    cells: list[CellView]
    needs: list[NeedView]
    items: list[ItemView]
    time: ClassTimeView

    @staticmethod
    def of(found: Dashboard, alt: str) -> "DashboardView":
        return DashboardView(
            id=found.id,
            name=found.name,
            at=found.at,
            alt=alt,
            students=[Named(id=student, name=name) for student, name in found.students],
            topics=[Named(id=topic, name=title) for topic, title in found.topics],
            cells=[CellView.model_validate(cell) for cell in found.cells],
            needs=[NeedView.model_validate(need) for need in found.needs],
            items=[ItemView.model_validate(item) for item in found.items],
            time=ClassTimeView(
                **TimeView.model_validate(found.time.all).model_dump(),
                active=found.time.active,
                median=found.time.median,
            ),
        )


# --- overviews ------------------------------------------------------------------------------------------------------


class DayView(_Out):
    """A day where the student lives; `minutes` are an estimate."""

    day: date
    answers: int
    right: int
    hints: int
    minutes: float


class NoticeView(_Out):
    kind: str
    severity: str
    skill: str | None
    reason: str
    at: datetime


class ToEarn(_Out):
    kind: str
    title: str
    words: str


class Achievements(_Out):
    """`shown`: they are shown and told; `left` are kinds of which there is none yet."""

    shown: bool
    items: list[AchievementView]
    left: list[ToEarn]


class ShowAchievements(In):
    shown: bool


class OverviewView(_Out):
    """All that a student's first page shows. `trend`: how the share of right answers changed within the last 28 days, in
    [-1, 1], null on thin data; `alt` is the picture in words."""

    at: datetime
    alt: str
    today: DayView
    days: list[DayView]
    trend: float | None
    attempts: int
    solved: int
    skills: int
    mastered: int
    weakest: list[MasteryView]
    streak: StreakView
    next: list[RecommendationView]
    reviews: list[ReviewView]
    alerts: list[NoticeView]
    time: TimeView
    achievements: list[AchievementView]

    @staticmethod
    def of(found: Overview) -> "OverviewView":
        told = [MasteryView.of(one) for one in found.weakest]
        return OverviewView.model_validate(found).model_copy(update={"weakest": told})


class ConfusingView(_Out):
    """`score` in [0, 1] orders; `signs` say why, empty where nothing stands out or `enough` is false."""

    what: str
    name: str
    title: str
    score: float
    seen: int
    enough: bool
    signs: list[str]

    @staticmethod
    def of(found: Confusing) -> "ConfusingView":
        return ConfusingView.model_validate(found)


class CourseDashboard(_Out):
    """What confuses, by the last 28 days; `alt` is the picture in words."""

    at: datetime
    alt: str
    days: int
    items: list[ConfusingView]
    passages: list[ConfusingView]

    @staticmethod
    def of(found: CourseView) -> "CourseDashboard":
        return CourseDashboard.model_validate(found)


# --- feedback ------------------------------------------------------------------------------------------------------


class NewFeedback(In):
    verdict: Literal["up", "down"]
    helped: bool | None = Field(None, description="whether it helped you on; may be left open")
    words: Annotated[str, Field(max_length=2_000, json_schema_extra=_SHOWN), AfterValidator(_without_nul)] = ""


class FeedbackView(_Out):
    verdict: Literal["up", "down"]
    helped: bool | None
    words: str

    @staticmethod
    def of(opinion: Opinion) -> "FeedbackView":
        return FeedbackView.model_validate(opinion)


class TakesPart(In):
    take_part: bool


# --- the curriculum team's desk --------------------------------------------------------------------------------------


class Told(_Out):
    file: str
    line: int
    message: str


class DiffView(_Out):
    """Paths in the curriculum."""

    added: list[str]
    changed: list[str]
    removed: list[str]
    unchanged: list[str]


class UploadView(_Out):
    """`notes` say what was not carried over; `problem`, where it failed, is a problem document with `problems` by file
    and line."""

    id: str
    name: str
    state: Literal["waiting", "working", "ready", "failed"]
    version: str | None = None
    notes: list[Told] = []
    diff: DiffView | None = None
    problem: dict[str, Any] | None = None


class VersionView(_Out):
    """`before` says that a rollback would make it live."""

    version: str
    made_at: datetime
    source: str
    files: int
    passages: int
    live: bool
    before: bool

    @staticmethod
    def of(edition: Edition) -> "VersionView":
        made = edition.manifest
        return VersionView(
            version=made.version,
            made_at=datetime.fromtimestamp(made.made_at, UTC),
            source=made.source,
            files=made.files,
            passages=made.passages,
            live=edition.live,
            before=edition.before,
        )


class VersionsView(_Out):
    items: list[VersionView]


class PreviewItem(_Out):
    """`shares` say what each view of the passage added to its rank."""

    passage: str
    topic: str
    title: str
    heading: str
    score: float
    markdown: str
    html: str
    shares: dict[str, float]

    @staticmethod
    def of(found: Passage, shares: Mapping[str, float], html: str) -> "PreviewItem":
        return PreviewItem(
            passage=found.id,
            topic=found.topic,
            title=found.title,
            heading=found.heading,
            score=round(found.score, 4),
            markdown=found.text,
            html=html,
            shares={name: round(share, 3) for name, share in shares.items()},
        )


class PreviewView(_Out):
    """Without `covered` none of the passages is near enough: a student is told that the course does not cover it."""

    covered: bool
    items: list[PreviewItem]


class LiveView(_Out):
    """The version that students get now."""

    version: str


class MadeView(_Out):
    """An exercise that a language model made. `withdrawn_at`: since when no student gets it."""

    id: str
    topic: str
    title: str
    difficulty: int = Field(ge=1, le=3)
    content_version: str
    model: str
    prompt: str
    made_at: datetime
    withdrawn_at: datetime | None
    withdrawn_because: str

    @staticmethod
    def of(made: MadeExercise) -> "MadeView":
        return MadeView(**_made_fields(made))


class MadeListView(_Out):
    items: list[MadeView]


class MadeTestView(_Out):
    """`call` with what it has to give, or a `property`: what is drawn, compared with the reference's result."""

    name: str
    group: str
    call: str
    expect: str
    given: list[str]
    where: str


class MadeMistakeView(_Out):
    answer: str
    misconception: str


class MadePreview(MadeView):
    """All of it: the solutions and hidden tests, or the answer and its working in mathematics. `measured` are the numbers
    behind the difficulty."""

    statement: str
    entry: str
    skills: list[str]
    starter: str
    reference: str
    correct: list[str]
    mistakes: list[MadeMistakeView]
    tests: list[MadeTestView]
    hints: list[str]
    answer: str | None
    working: list[str]
    measured: dict[str, float]

    @staticmethod
    def of(made: MadeExercise) -> "MadePreview":
        one = made.exercise
        return MadePreview(
            **_made_fields(made),
            statement=one.statement,
            entry=one.entry,
            skills=list(one.skills),
            starter=one.starter,
            reference=one.reference,
            correct=list(one.correct),
            mistakes=[MadeMistakeView(answer=m.answer, misconception=m.misconception) for m in one.mistakes],
            tests=[
                MadeTestView(
                    name=t.name, group=t.group, call=t.call, expect=t.expect, given=list(t.given), where=t.where
                )
                for t in one.tests
            ],
            hints=list(one.hints),
            answer=one.answer.reference if one.answer else None,
            working=list(one.answer.working) if one.answer else [],
            measured=dict(made.measured),
        )


class Withdraw(In):
    because: Annotated[str, Field(max_length=500)] = ""


def _made_fields(made: MadeExercise) -> dict[str, Any]:
    one = made.exercise
    return {
        "id": one.id, "topic": one.topic, "title": one.title, "difficulty": one.difficulty,
        "content_version": made.content_version, "model": made.model, "prompt": made.prompt, "made_at": made.made_at,
        "withdrawn_at": made.withdrawn_at, "withdrawn_because": made.withdrawn_because,
    }  # fmt: skip


# --- privacy -------------------------------------------------------------------------------------------------------


class ExportView(_Out):
    """`done` of `total` tables; when `status` is done, ask for a link."""

    id: str
    status: Literal["waiting", "running", "done", "failed", "cancelled"]
    step: str
    done: int
    total: int
    asked_at: datetime
    finished_at: datetime | None
    rows: dict[str, int] = Field(description="by file, once it is done")

    @staticmethod
    def of(job: PrivacyJob) -> "ExportView":
        return ExportView(
            id=job.id,
            status=job.status,
            step=job.step,
            done=job.done,
            total=job.total,
            asked_at=job.asked_at,
            finished_at=job.finished_at,
            rows=job.result.get("rows", {}),
        )


class LinkView(_Out):
    url: str = Field(description="good for one GET, without a token")
    expires_at: datetime


class Erase(In):
    password: SecretStr = Field(max_length=1000)


class ErasureView(_Out):
    id: str
    status: Literal["waiting", "running", "done", "failed", "cancelled"]
    asked_at: datetime
    due_at: datetime
    receipt: str | None = Field(None, description="where its receipt is; told once, keep it")

    @staticmethod
    def of(job: PrivacyJob, *, receipt: str | None = None) -> "ErasureView":
        return ErasureView(
            id=job.id, status=job.status, asked_at=job.asked_at, due_at=job.due_at, receipt=receipt
        )  # fmt: skip


class Erasures(_Out):
    items: list[ErasureView]


class ReceiptView(_Out):
    """It names nobody."""

    status: Literal["waiting", "running", "done", "failed", "cancelled"]
    asked_at: datetime
    due_at: datetime
    finished_at: datetime | None
    done: int
    total: int
    result: dict[str, Any] = Field(
        description="what went, by table, what stays and why, and until when backups hold it"
    )

    @staticmethod
    def of(job: PrivacyJob) -> "ReceiptView":
        return ReceiptView(
            status=job.status,
            asked_at=job.asked_at,
            due_at=job.due_at,
            finished_at=job.finished_at,
            done=job.done,
            total=job.total,
            result=dict(job.result),
        )


class ConsentStanding(_Out):
    """`said` is false where nothing was said and the school's setting holds."""

    purpose: str
    version: str
    words: str
    given: bool
    said: bool


class ConsentView(_Out):
    purpose: str
    version: str
    given: bool
    by_whom: Literal["self", "guardian", "operator"]
    at: datetime


class Consents(_Out):
    now: list[ConsentStanding]
    history: list[ConsentView]

    @staticmethod
    def of(now: Sequence[Standing], history: Sequence[Consent]) -> "Consents":
        standing = [
            ConsentStanding(
                purpose=one.purpose.name,
                version=one.purpose.version,
                words=one.purpose.words,
                given=one.given,
                said=one.said,
            )
            for one in now
        ]
        return Consents(now=standing, history=[ConsentView.model_validate(one) for one in history])


class NewConsent(In):
    purpose: Short
    given: bool
    version: Short | None = Field(
        None, description="of the words that were shown; refused when they have changed since"
    )


class ReadView(_Out):
    """`reader` is empty when they have left."""

    reader: str
    reader_role: str
    what: str = Field(examples=["conversations", "progress", "dashboard", "alerts"])
    why: str
    alert_id: str | None
    first_at: datetime
    last_at: datetime
    times: int


class ReadPage(_Out):
    items: list[ReadView]
    next_before: int | None


class WhyRead(In):
    """One of the two; the student can read it."""

    reason: Short = ""
    alert_id: Id | None = None


class ReadConversations(WhyRead):
    limit: int = Field(50, ge=1, le=100)
    cursor: Opaque | None = None


class ReadConversation(WhyRead):
    before: int | None = Field(None, ge=0, le=2**53)
    limit: int = Field(50, ge=1, le=100)


class GuardianAnswer(In):
    token: SecretStr = Field(max_length=1000, description="from the letter")
    agree: bool


class NewGuardian(In):
    guardian_email: Short = Field(examples=["parent@home.example"])


# --- health --------------------------------------------------------------------------------------------------------


class Health(_Out):
    status: Literal["ok"] = "ok"


class DependencyView(_Out):
    ok: bool
    ms: float
    detail: str = ""


class Readiness(_Out):
    status: Literal["ready", "not ready"]
    dependencies: dict[str, DependencyView]


# --- plans and payments --------------------------------------------------------------------------------------------


class OtherPlan(In):
    plan: Short = Field(examples=["plus"])
    interval: Interval = "month"
    seats: int = Field(1, ge=1, le=SEATS_MAX, description="for plans that are bought for others")


class NewPlan(OtherPlan):
    coupon: Short | None = Field(None, description="a promotion code")


class NewPack(In):
    pack: Short = Field(examples=["turns-100"])
    key: NewId | None = Field(None, description="names this purchase: sent again, it is the same payment")


class Page(_Out):
    url: str


class Purchase(_Out):
    id: str
    status: str
    client_secret: str | None = Field(
        description="for Stripe's own fields in your page; none when nothing is to be paid"
    )


class Left(_Out):
    limit: int | None = Field(description="a day; null: none is set")
    used: int
    resets_at: datetime
    message: str


class PlanNow(_Out):
    plan: str
    title: str
    features: list[str]
    model_class: ModelClass
    status: str = Field(description="as Stripe has it; free for who bought nothing")
    interval: str | None
    seats: int | None = Field(description="that you pay for")
    seat: bool = Field(description="somebody else pays for you")
    period_end: datetime | None
    trial_ends_at: datetime | None
    counts_until: datetime | None = Field(description="when it ends unless something is paid or changed")
    payment_failed: bool
    notice: str
    today: dict[str, Left]

    @classmethod
    def of(cls, found: Account) -> "PlanNow":
        held = found.held
        return cls(
            plan=found.plan.name,
            title=found.plan.title,
            features=list(found.plan.features),
            model_class=found.plan.model_class,
            status=held.status if held else "free",
            interval=held.interval if held and not held.seat else None,
            seats=held.seats if held and found.plan.seats and not held.seat else None,
            seat=bool(held and held.seat),
            period_end=held.period_end if held else None,
            trial_ends_at=held.trial_ends_at if held else None,
            counts_until=found.counts_until,
            payment_failed=found.failed,
            notice=found.notice,
            today={meter: Left.model_validate(left) for meter, left in found.left.items()},
        )


class Price(_Out):
    amount: int = Field(description="in the currency's smallest unit")
    currency: str


class PlanOffered(_Out):
    name: str
    title: str
    features: list[str]
    model_class: ModelClass
    limits: dict[str, int | None] = Field(description="a day; null: none is set")
    seats: bool
    trial_days: int
    prices: dict[str, Price]

    @classmethod
    def of(cls, plan: Plan) -> "PlanOffered":
        return cls(
            name=plan.name,
            title=plan.title,
            features=list(plan.features),
            model_class=plan.model_class,
            limits={meter: plan.limit(meter) for meter in METERS},
            seats=plan.seats,
            trial_days=plan.trial_days,
            prices={every: Price.model_validate(price) for every, price in plan.prices.items()},
        )


class PackOffered(_Out):
    name: str
    title: str
    meter: str
    units: int
    price: Price


class PlansForSale(_Out):
    for_sale: bool = Field(description="false: no payment provider is connected, everyone has the free plan")
    plans: list[PlanOffered]
    packs: list[PackOffered]


class Invoice(_Out):
    id: str
    number: str | None
    status: str
    total: int
    currency: str
    created_at: datetime
    page: str | None
    pdf: str | None


class Invoices(_Out):
    items: list[Invoice]


class Seat(_Out):
    student: str
    name: str
    at: datetime
    counts: bool = Field(description="false: beyond the seats that are paid")


class Seats(_Out):
    paid: int
    items: list[Seat]


class Received(_Out):
    new: bool

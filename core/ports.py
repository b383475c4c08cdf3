"""The doors between rooms: what one may ask of another, with the values that pass through; no behaviour."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, NewType, Protocol

from core.errors import Invalid

UserId = NewType("UserId", str)
StudentId = NewType("StudentId", str)
ThreadId = NewType("ThreadId", str)
TurnId = NewType("TurnId", str)
ExerciseId = NewType("ExerciseId", str)
SkillId = NewType("SkillId", str)
TopicId = NewType("TopicId", str)

Subject = Literal["python", "maths"]


# --- who -----------------------------------------------------------------------------------------------------------


class Role(StrEnum):
    STUDENT = "student"
    TEACHER = "teacher"
    ADMIN = "admin"
    CURRICULUM = "curriculum"
    EVALUATOR = "evaluator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who is asking: proved by an access token, never by a request's body. `sign_in` is the device they ask from, where
    that is known; it is nothing of the person."""

    id: UserId
    role: Role
    name: str
    sign_in: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """Whose private data is read: every read of threads, attempts and memory takes one."""

    id: StudentId
    name: str


# --- the course ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of the course that a search found; `score` is in [0, 1], higher is nearer. `version` is the index's that
    it was found in: together with the id it says for ever what was quoted. `anchor` is its section's in the lesson."""

    id: str
    topic: TopicId
    subject: Subject
    title: str
    heading: str
    text: str
    score: float
    version: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One hidden test. `expect` is a Python literal (repr) for `call`, text for `stdin`; it never enters the sandbox
    process that holds the student's code. `property`: the inputs are drawn from `given`, one strategy an argument
    (`core.strategies`), those kept for which the expression `where` over `args` holds; or `inputs`, a Python expression,
    lists them. `call` names what is given them, or is a lambda; with `stdin`, a form with places {0}, {1} …, the program is
    run on what they make of it, and what it prints is the result. `check` is an expression over `args`, `result` and `expected`, evaluated in a second clean process;
    without one the result is compared with `expected`, which `reference`, a program, gives in a process of its own."""

    __test__ = False  # keeps pytest from collecting it

    name: str
    group: str = "examples"
    mode: Literal["call", "stdin", "property"] = "call"
    call: str = ""
    expect: str = ""
    stdin: str = ""
    check: str = ""
    inputs: str = ""
    given: tuple[str, ...] = ()
    where: str = ""
    reference: str = ""
    tolerance: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A planted wrong answer (a program, or a mathematical expression) with the misconception that it shows."""

    answer: str
    misconception: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MathsAnswer:
    """The reference for a mathematics exercise, with the rule by which an answer counts as equal to it."""

    reference: str
    rule: "Equivalence"
    working: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """One item of the bank. `difficulty` is 1 (first steps) to 3 (stretch). Python: `tests` and `reference` are set;
    mathematics: `answer` is set."""

    id: ExerciseId
    topic: TopicId
    subject: Subject
    title: str
    statement: str
    skills: tuple[SkillId, ...]
    difficulty: int
    hints: tuple[str, ...]
    mistakes: tuple[Mistake, ...] = ()
    starter: str = ""
    entry: str = ""
    tests: tuple[Test, ...] = ()
    reference: str = ""
    correct: tuple[str, ...] = ()
    answer: MathsAnswer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A worked example; for Python `code` has been run and printed `output`."""

    title: str
    code: str
    output: str
    subject: Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    label: str
    correct: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A quiz question. `options` are chosen from (single, multiple); are put in the order in which they stand here
    (ordering); or are answers that may be typed, right ones and typical wrong ones (numeric, within `tolerance`; text).
    `why` is told with a right answer whose option has no reason of its own."""

    id: str
    prompt: str
    options: tuple[Option, ...]
    skill: SkillId
    kind: Literal["single", "multiple", "numeric", "text", "ordering"] = "single"
    tolerance: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A lesson's frame: what it teaches, what it builds on, what goes with it."""

    id: TopicId
    module: str
    module_title: str
    subject: Subject
    title: str
    summary: str
    objectives: tuple[str, ...]
    skills: tuple[SkillId, ...]
    prerequisites: tuple[TopicId, ...]
    examples: tuple[Example, ...]
    pitfalls: tuple[str, ...]
    quiz: tuple[Question, ...]
    exercises: tuple[ExerciseId, ...]
    order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a lesson as Markdown; `anchor` is its own within the lesson."""

    anchor: str
    heading: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A topic to read, as one version of the course has it."""

    topic: TopicId
    title: str
    version: str
    sections: tuple[Section, ...]


VARIANT = ":"
"""Between the id of an exercise and the seed of one of its variants: the same task with other numbers."""


class Course(Protocol):
    """What the school teaches. Raises CourseUnavailable when the index cannot be read."""

    @property
    def version(self) -> str:
        """Changes whenever the published index changes; caches key on it."""
        ...

    @property
    def lacking(self) -> str:
        """Why it is searched by words alone just now, for who runs the school; empty when it is searched by meaning
        too."""
        ...

    async def search(
        self,
        query: str,
        *,
        k: int = 5,
        subject: Subject | None = None,
        module: str | None = None,
        level: int | None = None,
        topics: Collection[TopicId] | None = None,
    ) -> list[Passage]:
        """The best first. `level`: of topics up to that one, 1 (first steps) to 3; `topics`: of these alone. Raises
        NotFound for a module that the course does not have."""
        ...

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Unit vectors, one a text. Raises CourseUnavailable while the course is searched by words alone."""
        ...

    def list_topics(self, subject: Subject | None = None) -> Sequence[Topic]: ...

    def get_topic(self, topic: TopicId) -> Topic: ...

    async def read_lesson(self, topic: TopicId, *, version: str = "") -> Lesson:
        """As it is now, or as an earlier version had it. Raises NotFound, also for a version that is no longer kept."""
        ...

    def list_exercises(self, *, topic: TopicId | None = None, subject: Subject | None = None) -> Sequence[Exercise]: ...

    def get_exercise(self, exercise: ExerciseId) -> Exercise:
        """Also a variant, by `id:seed`. Raises NotFound, for a variant of an exercise that has none as well."""
        ...


MADE = "made-"
"""How the id of an exercise begins that a language model made: it is no author's work and is watched more closely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeExercise:
    """An exercise that a model made and the sandbox accepted. `content_version` is the course's it was made beside;
    `prompt` names the prompt file; `measured` are the numbers that its difficulty was estimated from."""

    exercise: Exercise
    content_version: str
    model: str
    prompt: str
    made_at: datetime
    measured: Mapping[str, float] = field(default_factory=dict)
    withdrawn_at: datetime | None = None
    withdrawn_because: str = ""


class MadeExercises(Protocol):
    """Kept beside the course, never in it: not listed with its exercises, taken away by the curriculum team."""

    def list_given(self, topic: TopicId | None = None) -> Sequence[Exercise]:
        """Those that students may get, oldest first."""
        ...

    async def keep(self, made: MadeExercise) -> None:
        """From now on it may be given. Raises Conflict for an id that is taken, DatabaseUnavailable."""
        ...


# --- the sandbox ---------------------------------------------------------------------------------------------------

RunStatus = Literal["ok", "error", "timeout", "memory", "output_limit", "process_limit", "violation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Limits of one run; a default a purpose stands in `sandbox/policy.py`. `idle_s` and `input_bytes_max` are for a
    program that is typed to: seconds without a byte in or out (0: only `wall_s` counts), and all that may be typed."""

    wall_s: float = 5.0
    cpu_s: float = 5.0
    memory_bytes_max: int = 256 * 1024 * 1024
    processes_max: int = 1
    files_max: int = 64
    output_bytes_max: int = 64 * 1024
    disk_bytes_max: int = 16 * 1024 * 1024
    steps_max: int = 1000
    idle_s: float = 0.0
    input_bytes_max: int = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run: `code` is the main file `main.py`; `files` lie beside it. `language` is one that the sandbox has."""

    code: str
    stdin: str = ""
    args: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    language: str = "python"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One input of a batch, in place of the program's own `stdin` and `args`."""

    stdin: str = ""
    args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """The exception that ended a program, placed in the student's own file; `line` is 1-based, None when unknown."""

    type: str
    message: str
    line: int | None
    traceback: str
    locals: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    status: RunStatus
    stdout: str
    stderr: str
    exit_code: int | None
    raised: Raised | None
    wall_s: float
    cpu_s: float
    memory_bytes_peak: int
    level: str
    truncated: bool = False
    figures: tuple[bytes, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """`smallest`: no single step makes the shown input simpler and keeps it failing."""

    __test__ = False

    name: str
    group: str
    passed: bool
    status: RunStatus
    shown_input: str
    got: str
    raised: Raised | None = None
    smallest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """The verdict on a submission, computed outside the process that held the student's code; `score` in [0, 1]."""

    passed: bool
    score: float
    results: tuple[TestResult, ...]
    run: RunResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One executed line: the variables that changed, as repr, bounded."""

    line: int
    function: str
    depth: int
    changed: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    steps: tuple[Step, ...]
    complete: bool
    run: RunResult


OnOutput = Callable[[Literal["stdout", "stderr"], bytes], None]
Typed = AsyncIterator[bytes]


class Sandbox(Protocol):
    """Where a student's code runs. Raises SandboxUnavailable when nothing isolates enough: it never runs code bare."""

    @property
    def level(self) -> str:
        """In words, which isolation is in force."""
        ...

    async def run(
        self,
        program: Program,
        policy: Policy | None = None,
        on_output: OnOutput | None = None,
        typed: Typed | None = None,
    ) -> RunResult:
        """With `typed`, standard input stays open: its pieces follow `program.stdin` while the program runs, the next
        asked for when the program's pipe has taken the last; its end is the input's end, its failure kills the program
        and is raised. Leaving (cancellation) kills the program. Raises TooLarge past `policy.input_bytes_max`."""
        ...

    async def run_many(
        self, program: Program, inputs: Sequence[Given], policy: Policy | None = None
    ) -> tuple[RunResult, ...]:
        """One result an input, in their order; each in a process of its own with the whole of `policy`."""
        ...

    async def grade(self, program: Program, tests: Sequence[Test], policy: Policy | None = None) -> Grade: ...

    async def trace(self, program: Program, policy: Policy | None = None) -> Trace: ...


# --- mathematics ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivalence:
    """How an answer may differ from its reference. `form`: a required form; `sigfigs`: numeric closeness."""

    task: Literal["equiv", "antiderivative", "units"] = "equiv"
    form: Literal["any", "factorised", "simplified", "expanded", "exact"] = "any"
    sigfigs: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MathsVerdict:
    """`verdict` is unreadable when the answer cannot be parsed, unsure when neither proof nor refutation was found in
    time. `why` is a sentence for the student; `witness` a point where the two differ, `slip` a known mistake's name."""

    verdict: Literal["equal", "different", "wrong_form", "unreadable", "unsure"]
    why: str
    answer_latex: str = ""
    reference_latex: str = ""
    witness: str = ""
    slip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingVerdict:
    """`first_wrong` is the 0-based index of the first line that does not follow from the one before, None if all do;
    without `sure` some line could not be read or proved, as `why` says."""

    first_wrong: int | None
    why: str
    slip: str = ""
    latex: tuple[str, ...] = ()
    sure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """y over x, worked out point by point: `pieces` run without a gap; `marks` are points with their words; between the
    bounds of `shade` the area down to the axis is meant."""

    label: str
    pieces: tuple[tuple[tuple[float, float], ...], ...]
    marks: tuple[tuple[float, float, str], ...] = ()
    shade: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberLine:
    """The numbers that fit: spans of (low, low belongs to it, high, high belongs to it); None is endless."""

    name: str
    spans: tuple[tuple[float | None, bool, float | None, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """A question solved by the CAS; every step was checked against the one before. `picture` is what to draw of it."""

    task: str
    question_latex: str
    answer: str
    answer_latex: str
    steps: tuple[tuple[str, str], ...]  # (what was done, LaTeX)
    picture: Curve | NumberLine | None = None


class Mathematics(Protocol):
    """A computer algebra system behind a bounded parser, in a child that can be killed: no answer hangs or executes."""

    async def check(self, answer: str, reference: str, rule: Equivalence | None = None) -> MathsVerdict: ...

    async def check_working(self, lines: Sequence[str]) -> WorkingVerdict: ...

    async def solve(self, question: str) -> Solution | None:
        """None when the words hold no task that it knows."""
        ...


# --- records -------------------------------------------------------------------------------------------------------

AttemptKind = Literal["exercise", "quiz", "maths", "hint", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One thing a student did. `key` names it for ever: the same key twice is the same attempt. `score` in [0, 1]. `metrics`
    are numbers about a program, such as complexity, runtime_s, coverage (of its own tests, in [0, 1]); `content_version` is
    the course's that the item was taken from."""

    key: str
    kind: AttemptKind
    item: str
    skills: tuple[SkillId, ...]
    correct: bool
    score: float
    at: datetime
    duration_s: float | None = None
    hints: int = 0
    answer: str = ""
    error: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    content_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mastery:
    """Belief that a student has a skill, in [0, 1], with a 90 % interval; `enough` is False on thin data."""

    skill: SkillId
    level: float
    low: float
    high: float
    attempts: int
    enough: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MasteryChange:
    skill: SkillId
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Achievement:
    """What learning earned a student, once for ever by `kind` and `about`; `evidence` is what was seen then."""

    kind: str
    about: str
    title: str
    words: str
    at: datetime
    evidence: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What followed from an attempt; `again` is True when its key was known and nothing was counted. `achievements` are
    none for who does not wish to hear of them."""

    again: bool
    changes: tuple[MasteryChange, ...]
    alerts: tuple[str, ...]
    achievements: tuple[Achievement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    attempts: int
    solved: int
    streak_days: int
    skills: tuple[Mastery, ...]
    recent: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Who is struggling, why, what to do; `evidence` are facts, never the student's whole conversation. Snoozed: open or
    acknowledged, but out of sight until `snoozed_until`. `helped` is what the teacher said when resolving."""

    id: str
    student: StudentId
    student_name: str
    kind: str
    severity: Literal["low", "medium", "high"]
    skill: SkillId | None
    reason: str
    advice: str
    evidence: Mapping[str, Any]
    status: Literal["open", "acknowledged", "resolved", "snoozed"]
    at: datetime
    assignee: UserId | None = None
    snoozed_until: datetime | None = None
    helped: bool | None = None
    notes: int = 0


class Records(Protocol):
    """The school's own records. Raises DatabaseUnavailable."""

    async def record(self, student: Student, attempt: Attempt) -> Recorded:
        """The attempt, mastery, progress, alerts and event in one transaction, once for ever by `attempt.key`. One that is
        corrupt is quarantined with the reason; raises Invalid."""
        ...

    async def quarantine(self, student: Student, content: Mapping[str, Any], *, key: str, fault: Invalid) -> None:
        """Keep what does not even have an attempt's form, with the reason."""
        ...

    async def mastery(self, student: Student, skills: Sequence[SkillId] | None = None) -> Mapping[SkillId, Mastery]: ...

    async def progress(self, student: Student) -> Progress: ...

    async def list_attempts(self, student: Student, *, item: str | None = None, limit: int = 50) -> list[Attempt]: ...

    async def raise_alert(
        self,
        student: Student,
        *,
        key: str,
        kind: str,
        severity: str,
        reason: str,
        advice: str,
        skill: SkillId | None = None,
        evidence: Mapping[str, Any] | None = None,
    ) -> None:
        """For what is not an attempt, such as words of distress; once for ever by `key`."""
        ...

    async def list_alerts(
        self,
        teacher: Principal,
        *,
        status: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> tuple[list[Alert], str | None]:
        """Only for students in the teacher's own classes (an admin sees all); second value: the next cursor."""
        ...

    async def resolve_alert(self, teacher: Principal, alert: str, status: str) -> Alert: ...


# --- entitlements --------------------------------------------------------------------------------------------------

Meter = Literal["turns", "sandbox_seconds", "model_tokens"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """`limit` is a day's, None where the plan sets none."""

    allowed: bool
    plan: str
    limit: int | None
    used: int
    resets_at: datetime
    message: str


class Entitlements(Protocol):
    """What a student's plan allows, asked before spending."""

    async def allow(self, student: Student, meter: Meter) -> Allowance: ...

    async def take(self, student: Student, meter: Meter, amount: int, *, key: str) -> Allowance:
        """Asked and counted in one act, once for ever by `key`: however many ask at once, never beyond the limit. When it
        is not allowed nothing is counted; a key that was counted before is allowed."""
        ...

    async def spend(self, student: Student, meter: Meter, amount: int, *, key: str) -> None:
        """Counted once for ever by `key`."""
        ...


# --- long-term memory ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """`turns` are the last ones that taught it, oldest first; `edited`: the words are the student's own. `quote`: a model
    concluded it from these words of the student's, in one of the turns; empty for what a rule took down."""

    id: str
    kind: Literal["profile", "preference", "misconception", "goal", "worked"]
    content: str
    at: datetime
    turns: tuple[TurnId, ...] = ()
    edited: bool = False
    quote: str = ""


class Memories(Protocol):
    """While a student has paused it, nothing is kept and nothing is recalled; what is there stays theirs to see."""

    async def recall(self, student: Student, query: str, *, k: int = 5) -> list[Remembered]: ...

    async def reflect(self, student: Student, turn: TurnId, facts: Mapping[str, Any]) -> None:
        """Keep what a finished turn taught about the student; idempotent by turn."""
        ...

    async def edit(self, student: Student, memory: str, content: str) -> Remembered:
        """The student's words in place of ours, for good. Raises NotFound, and Invalid for no words or too many."""
        ...

    async def pause(self, student: Student, paused: bool) -> None: ...

    async def is_paused(self, student: Student) -> bool: ...

    async def list_all(self, student: Student) -> list[Remembered]: ...

    async def forget(self, student: Student, memory: str | None = None) -> int:
        """One memory or, with None, all; how many went. What taught it does not teach it again."""
        ...


# --- turns ---------------------------------------------------------------------------------------------------------

Event = dict[str, Any]  # one of core/events.py; JSON-able


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A person who speaks in a student's conversation beside the student."""

    id: UserId
    name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One message as it was sent; `intent` is set when the client came by a door that names it (/debug). With `teacher`
    the words are that person's, to be shown as they stand. `public`: others will read the answer, so that nothing that is
    remembered of the student may go into it."""

    message: str
    code: str | None = None
    exercise: ExerciseId | None = None
    error: str | None = None
    intent: str | None = None
    submission: bool = False
    teacher: Speaker | None = None
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnView:
    """A turn as its student sees it. `answer` is the JSON of `agents/turn.py:Answer` once `status` is done."""

    id: TurnId
    thread: ThreadId
    seq: int
    status: Literal["queued", "running", "done", "failed"]
    ask: Ask
    answer: Mapping[str, Any] | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadView:
    id: ThreadId
    title: str
    turns: int
    created_at: datetime
    updated_at: datetime


class Turns(Protocol):
    """The tutor as the edge sees it. A turn runs detached from the request that brought it."""

    async def submit(
        self, student: Student, ask: Ask, *, thread: ThreadId | None = None, turn: TurnId | None = None
    ) -> TurnView:
        """Accept once: the same turn id again gives the same turn. A thread of None is a new one. Raises NotFound for
        another student's thread or turn, Conflict when the id was used for a different message, QueueFull."""
        ...

    async def answer(
        self,
        teacher: Principal,
        student: Student,
        words: str,
        *,
        thread: ThreadId | None = None,
        turn: TurnId | None = None,
    ) -> TurnView:
        """A person's words as a turn of the student's conversation, in order, once by the turn id. A thread that waits for
        a person goes on with them. None, or a thread that is gone, is the student's latest, or a new one. Whether the
        person may is the caller's to ask. Raises as `submit` does, and Invalid for no words."""
        ...

    def events(self, student: Student, turn: TurnId, *, after: int = 0) -> AsyncIterator[Event]:
        """Each event of the turn with a growing `seq`, from the first after `after`, ended by `done` or `problem`; a
        finished turn replays its answer. Leaving the iterator never stops the turn."""
        ...

    async def wait(self, student: Student, turn: TurnId, *, timeout_s: float | None = None) -> TurnView: ...

    async def get(self, student: Student, turn: TurnId) -> TurnView: ...

    async def create_thread(self, student: Student, title: str = "") -> ThreadView: ...

    async def list_threads(
        self, student: Student, *, limit: int = 50, cursor: str | None = None
    ) -> tuple[list[ThreadView], str | None]: ...

    async def read_thread(
        self, student: Student, thread: ThreadId, *, before: int | None = None, limit: int = 50
    ) -> list[TurnView]:
        """Turns in order, the last `limit` before seq `before`: nothing is ever lost for who scrolls back."""
        ...

    def follow(
        self, student: Student, thread: ThreadId, *, after: int | None = None, seconds: float
    ) -> AsyncIterator[TurnView]:
        """Each turn of the conversation as it ends, in order, whoever spoke and whichever process ran it: those after
        `after`, a seq, or from now on, for so long. Raises NotFound."""
        ...

    async def delete_thread(self, student: Student, thread: ThreadId) -> None: ...


# --- what students think -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a student says of an answer; `helped` and `words` may be left open."""

    verdict: Literal["up", "down"]
    helped: bool | None = None
    words: str = ""


class Feedback(Protocol):
    """One opinion a turn: its student's last."""

    async def give(self, student: Student, turn: TurnId, opinion: Opinion) -> Opinion:
        """Again with another opinion replaces the first. Raises NotFound for a turn that is not the student's, Conflict for one
        that has no answer yet."""
        ...

    async def find(self, student: Student, turn: TurnId) -> Opinion | None: ...

    async def withdraw(self, student: Student, turn: TurnId) -> None:
        """Nothing happens where there was none."""
        ...

"""The state that every agent reads and adds to, and what it may borrow while it works."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NotRequired

from typing_extensions import TypedDict

from agents._making import Maker
from agents._shelf import Shelf
from agents.models.port import Model, Usage
from core.clock import Clock
from core.errors import BudgetSpent
from core.ports import (
    Course,
    Entitlements,
    Event,
    Mathematics,
    Memories,
    Records,
    Sandbox,
    Student,
    ThreadId,
    TurnId,
)

Intent = Literal[
    "concept",
    "debugging",
    "review",
    "exercise",
    "submission",
    "maths",
    "progress",
    "course",
    "account",
    "social",
    "off_topic",
    "distress",
    "injection",
    "answer_seeking",
]


class SpeakerState(TypedDict):
    """A person, as the student may know them."""

    name: str
    role: str


class AskState(TypedDict):
    """The student's message: data, never instruction. With `teacher` it is that person's words."""

    message: str
    code: str | None
    error: str | None
    exercise: str | None
    intent: str | None
    submission: bool
    teacher: NotRequired[SpeakerState | None]
    public: NotRequired[bool]


class PassageState(TypedDict):
    id: str
    topic: str
    subject: str
    title: str
    heading: str
    body: str
    score: float
    version: NotRequired[str]
    anchor: NotRequired[str]


class PlannedStep(TypedDict):
    """One agent to call, for which intent, and the words it should look at. `how` is set when the message leans on the
    conversation: what it asks of the agent that spoke last (see `agents/_follow_up.py`)."""

    agent: str
    intent: str
    focus: str
    how: NotRequired[str]


class Asked(TypedDict):
    """The check question that waits for an answer, its options as the student saw them, and how often it was tried.
    Without a `kind` it has one right option."""

    topic: str
    question: str
    options: list[str]
    tries: int
    kind: NotRequired[str]


class Triage(TypedDict):
    intent: str
    confidence: float
    subject: str | None
    also: list[str]
    flags: list[str]


class Block(TypedDict):
    """A piece of the reply. `prose` may be put in better words by a model; every other kind stays as the tools made it.
    `checked` says how it is known to be true: ran, cas, cited, record, authored, or empty for courtesy."""

    kind: Literal["prose", "code", "output", "maths", "picture", "question"]
    body: str
    checked: str
    lang: NotRequired[str]
    alt: NotRequired[str]
    cites: NotRequired[list[int]]


class Citation(TypedDict):
    """`passage` is its topic and, behind a #, its place there; with `version`, the index's, it names for ever what was
    quoted, whatever is published later. `section` is the heading and `anchor` its own in the topic's lesson."""

    n: int
    passage: str
    topic: str
    title: str
    quote: str
    version: NotRequired[str]
    section: NotRequired[str]
    anchor: NotRequired[str]


class Evidence(TypedDict):
    """What one agent established with tools. `facts` is JSON for a model to phrase; `draft` is the same by template:
    always complete and good enough to send. `missing` says in plain words what could not be done. `attempts` are
    recorded by the progress node, once. `said` replaces the student's words as what the next message may lean on. `shelf`
    names evidence that is the same for every student, under which a model's words for it are kept. `waits`: a person was
    asked, and the conversation waits for them."""

    agent: str
    intent: str
    facts: dict[str, Any]
    draft: list[Block]
    citations: list[Citation]
    missing: list[str]
    attempts: NotRequired[list[dict[str, Any]]]
    hint_level: NotRequired[int]
    exercise: NotRequired[str]
    alert: NotRequired[dict[str, Any]]
    said: NotRequired[str]
    waits: NotRequired[bool]
    asked: NotRequired[Asked]
    offer: NotRequired[PlannedStep]
    shelf: NotRequired[str]


class Desk(TypedDict, total=False):
    """What lies on the student's desk: small, and the only part of the state that outlives a turn. `last` is the agent
    that spoke last and `said` the words it answered; `told` names passages, examples and questions already shown on the
    topic; `passing` is how many tests of an exercise the last program passed, and a digest of that program;
    `task` is the mathematics worked on and `result` what came out; `offer` is the step that a "yes" takes; `teacher` is
    what a teacher last wrote here."""

    exercise: str | None
    hints: dict[str, int]
    tries: dict[str, int]
    passing: dict[str, tuple[int, str]]
    program: str
    topic: str | None
    offered: list[str]
    last: str
    said: str
    told: list[str]
    task: str
    result: str
    asked: Asked | None
    offer: PlannedStep | None
    teacher: str


def lay(desk: Desk, changes: Desk) -> Desk:
    """The desk with some things replaced: a node returns only what it changed."""
    return {**desk, **changes}


class Answer(TypedDict):
    """The finished reply. `reply` is the Markdown the student saw; `verified` counts blocks by how they were checked.
    `author` is there when a person wrote it, `achievements` when the turn earned any."""

    reply: str
    blocks: list[Block]
    citations: list[Citation]
    intents: list[str]
    hint_level: int | None
    exercise: str | None
    mastery: list[dict[str, Any]]
    problems: list[str]
    verified: dict[str, int]
    model: str
    usage: dict[str, Any]
    author: NotRequired[SpeakerState]
    achievements: NotRequired[list[dict[str, Any]]]


class Turn(TypedDict, total=False):
    """The graph's state. All but `desk` begins anew with each turn."""

    turn: str
    ask: AskState
    passages: list[PassageState]
    triage: Triage
    plan: list[PlannedStep]
    evidence: list[Evidence]
    problems: list[str]
    answer: Answer
    desk: Annotated[Desk, lay]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One past message of the thread, newest last."""

    author: Literal["student", "tutor", "teacher"]
    body: str


class Budget:
    """Seconds, steps and tokens that one turn may spend; ask before spending."""

    def __init__(self, *, clock: Clock, seconds: float, steps: int, tokens: int) -> None:
        self._clock = clock
        self.deadline = clock.monotonic() + seconds
        self.steps_left = steps
        self.tokens_left = tokens

    def seconds_left(self) -> float:
        return max(0.0, self.deadline - self._clock.monotonic())

    def take_step(self) -> None:
        if self.steps_left <= 0:
            raise BudgetSpent("this turn has taken all its steps")
        if self.seconds_left() <= 0:
            raise BudgetSpent("this turn has used all its time")
        self.steps_left -= 1

    def take_tokens(self, tokens: int) -> None:
        if tokens > self.tokens_left:
            raise BudgetSpent("this turn has used all its tokens")
        self.tokens_left -= tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a node borrows: `runtime.context`. Never stored. `say` shows an event to whoever watches the turn."""

    student: Student
    thread: ThreadId
    turn: TurnId
    window: Sequence[Message]
    summary: str  # of what is older than the window
    course: Course
    sandbox: Sandbox
    mathematics: Mathematics
    records: Records
    entitlements: Entitlements
    memories: Memories
    models: Mapping[str, Model]  # by role; "default" is always there
    clock: Clock
    budget: Budget
    usage: Usage
    say: Callable[[Event], None]
    settings: Mapping[str, Any] = field(default_factory=dict)
    maker: Maker | None = None  # of exercises that are not in the course
    shelf: Shelf = field(default_factory=Shelf)  # what is the same for every student, from turn to turn


Node = Callable[..., Awaitable[Turn]]

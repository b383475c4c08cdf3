"""Ports that answer from memory, for tests of the rooms that stand on them. What the fake sandbox runs is our own."""

import ast
import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from agents._shelf import Shelf
from agents.models.offline import OfflineModel
from agents.models.port import Usage
from agents.turn import AskState, Budget, Context, Turn
from core.clock import FakeClock
from core.errors import NotFound
from core.ports import (
    Achievement,
    Allowance,
    Attempt,
    Course,
    Equivalence,
    Example,
    Exercise,
    ExerciseId,
    Grade,
    Mastery,
    MasteryChange,
    MathsAnswer,
    MathsVerdict,
    Option,
    Passage,
    Policy,
    Program,
    Progress,
    Question,
    Raised,
    Recorded,
    RunResult,
    SkillId,
    Solution,
    Step,
    Student,
    StudentId,
    Test,
    TestResult,
    ThreadId,
    Topic,
    TopicId,
    Trace,
    TurnId,
    WorkingVerdict,
)

LOOPS, FUNCTIONS, QUADRATICS = TopicId("python/loops"), TopicId("python/functions"), TopicId("maths/quadratics")

SUM_TO = Exercise(
    id=ExerciseId("sum-to"), topic=LOOPS, subject="python", title="Sum to n", statement="Write `sum_to(n)`: the sum of 1 to n.",
    skills=(SkillId("loops"),), difficulty=1, hints=("What does the last round add?", "Mind where `range` stops.", "The range has to reach n itself."),
    starter="def sum_to(n):\n    pass\n", entry="sum_to",
    tests=(
        Test(name="three", call="sum_to(3)", expect="6"),
        Test(name="one", call="sum_to(1)", expect="1"),
        Test(name="none", group="edges", call="sum_to(0)", expect="0"),
        Test(name="ten", group="larger", call="sum_to(10)", expect="55"),
    ),
    reference="def sum_to(n):\n    total = 0\n    for i in range(1, n + 1):\n        total += i\n    return total\n",
)  # fmt: skip
GREET = replace(SUM_TO, id=ExerciseId("greet"), topic=FUNCTIONS, title="Greet", statement="Write `greet(name)`.", difficulty=2, skills=(SkillId("functions"),), entry="greet",
    tests=(Test(name="ada", call="greet('Ada')", expect="'Hello, Ada'"),), reference="def greet(name):\n    return 'Hello, ' + name\n", starter="")  # fmt: skip
ROOTS = Exercise(
    id=ExerciseId("roots"), topic=QUADRATICS, subject="maths", title="Two roots", statement="Solve $x^2-5x+6=0$.",
    skills=(SkillId("quadratics"),), difficulty=1, hints=("Which two numbers multiply to 6?",),
    answer=MathsAnswer(reference="x = 2 or x = 3", rule=Equivalence()),
)  # fmt: skip


def topic(
    id: TopicId, title: str, *, before: Sequence[TopicId] = (), order: int, exercises: Sequence[Exercise] = ()
) -> Topic:
    maths = id.startswith("maths")
    return Topic(
        id=id, module=id.split("/")[0], module_title="First steps", subject="maths" if maths else "python", title=title, summary=f"What {title.lower()} are for.",
        objectives=(), skills=(SkillId(title.lower()),), prerequisites=tuple(before),
        examples=(Example(title="Counting", code="for i in range(3):\n    print(i)\n", output="0\n1\n2\n", subject="python"),) if not maths else (),
        pitfalls=("The end of `range` is not part of it.",),
        quiz=(Question(id="q1", prompt="What does `range(3)` end with?", options=(Option(label="2", correct=True, why=""), Option(label="3", correct=False, why="")), skill=SkillId(title.lower())),),
        exercises=tuple(e.id for e in exercises), order=order,
    )  # fmt: skip


class FakeCourse(Course):
    version = "1"
    lacking = ""

    def __init__(
        self, passages: Sequence[Passage] | None = None, exercises: Sequence[Exercise] = (SUM_TO, GREET, ROOTS)
    ) -> None:
        self.passages = list(passages) if passages is not None else [LOOP_PASSAGE]
        self.exercises = list(exercises)
        self.queries: list[str] = []
        self.topics: list[Any] = []
        self.examples: tuple[Example, ...] = ()
        self.quiz: tuple[Question, ...] = ()
        self.failure: Exception | None = None

    def _check(self) -> None:
        if self.failure:
            raise self.failure

    async def search(self, query: str, *, k: int = 5, subject: Any = None, **filters: Any) -> list[Passage]:
        self._check()
        self.queries.append(query)
        self.topics.append(filters.get("topics"))
        return self.passages[:k]

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        self._check()
        return [[] for _ in texts]

    def list_topics(self, subject: Any = None) -> Sequence[Topic]:
        self._check()
        loops = topic(LOOPS, "Loops", order=1, exercises=[SUM_TO])
        return [
            replace(loops, examples=self.examples or loops.examples, quiz=self.quiz or loops.quiz),
            topic(FUNCTIONS, "Functions", before=[LOOPS], order=2, exercises=[GREET]),
            topic(QUADRATICS, "Quadratics", order=3, exercises=[ROOTS]),
        ]

    def get_topic(self, topic: TopicId) -> Topic:
        return next(found for found in self.list_topics() if found.id == topic)

    def list_exercises(self, *, topic: TopicId | None = None, subject: Any = None) -> Sequence[Exercise]:
        self._check()
        return [e for e in self.exercises if topic in (None, e.topic) and subject in (None, e.subject)]

    def get_exercise(self, exercise: ExerciseId) -> Exercise:
        self._check()
        found = next((e for e in self.exercises if e.id == exercise), None)
        if found is None:
            raise NotFound("There is no such exercise.")
        return found


LOOP_PASSAGE = Passage(
    id="loops#1", topic=LOOPS, subject="python", title="Loops", heading="for", score=0.8,
    text="A for loop runs its block once for each item. The name after `for` holds the item of the round. Use while when you do not know how many rounds there will be.",
)  # fmt: skip

_RUN = """
import io, json, sys, traceback
spec = json.load(sys.stdin)
sys.stdin = io.StringIO(spec["stdin"])
out = sys.stdout = io.StringIO()
import os; os.chdir(spec["folder"])
names, answer = {"__name__": "__main__"}, {"status": "ok", "raised": None, "value": None, "steps": []}
def place(error):
    frames = [f for f in traceback.walk_tb(error.__traceback__) if f[0].f_code.co_filename == "main.py"]
    frame, line = frames[-1] if frames else (None, getattr(error, "lineno", None))
    local = {k: repr(v)[:200] for k, v in frame.f_locals.items() if not k.startswith("__")} if frame else {}
    return {"type": type(error).__name__, "message": str(error), "line": line, "traceback": "", "locals": local}
def tracer(frame, event, arg):
    if frame.f_code.co_filename != "main.py": return None
    if event == "line" and len(answer["steps"]) < 500:
        answer["steps"].append([frame.f_lineno, frame.f_code.co_name, {k: repr(v)[:80] for k, v in frame.f_locals.items() if not k.startswith("__")}])
    return tracer
try:
    code = compile(spec["code"], "main.py", "exec")
    if spec["trace"]: sys.settrace(tracer)
    exec(code, names)
    if spec["call"]: answer["value"] = repr(eval(spec["call"], names))
except SystemExit: pass
except BaseException as error: answer["status"], answer["raised"] = "error", place(error)
sys.settrace(None)
answer["stdout"] = out.getvalue()
sys.__stdout__.write(json.dumps(answer))
"""


class LocalSandbox:
    """Runs the tests' own small programs in a child process. It isolates nothing: for tests only."""

    level = "none (test)"

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.failure: Exception | None = None

    async def run_many(self, program: Program, inputs: Any, policy: Policy | None = None) -> tuple[RunResult, ...]:
        return tuple([await self.run(replace(program, stdin=one.stdin, args=one.args), policy) for one in inputs])

    async def run(
        self, program: Program, policy: Policy | None = None, on_output: Any = None, typed: Any = None
    ) -> RunResult:
        return self._result(await self._child(program, policy))

    async def grade(self, program: Program, tests: Sequence[Test], policy: Policy | None = None) -> Grade:
        results = []
        for test in tests:
            done = await self._child(
                replace(program, stdin=test.stdin), policy, call=test.call if test.mode == "call" else ""
            )
            got = done["value"] if test.mode == "call" else done["stdout"]
            passed = done["status"] == "ok" and (
                ast.literal_eval(got) == ast.literal_eval(test.expect)
                if test.mode == "call"
                else got.split() == test.expect.split()
            )
            results.append(
                TestResult(
                    name=test.name,
                    group=test.group,
                    passed=passed,
                    status=done["status"],
                    shown_input=test.call or test.stdin,
                    got=got or "",
                    raised=self._raised(done),
                )
            )
        score = sum(r.passed for r in results) / max(1, len(results))
        return Grade(passed=score == 1, score=score, results=tuple(results), run=self._result(done))

    async def trace(self, program: Program, policy: Policy | None = None) -> Trace:
        done = await self._child(program, policy, trace=True)
        steps = tuple(Step(line=line, function=name, depth=0, changed=changed) for line, name, changed in done["steps"])
        return Trace(steps=steps, complete=True, run=self._result(done))

    async def _child(
        self, program: Program, policy: Policy | None, call: str = "", trace: bool = False
    ) -> dict[str, Any]:
        if self.failure:
            raise self.failure
        self.ran.append(program.code)
        return await asyncio.to_thread(self._run, program, policy or Policy(), call, trace)

    def _run(self, program: Program, policy: Policy, call: str, trace: bool) -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as folder:
            for name, content in program.files.items():
                (Path(folder) / name).write_bytes(content)
            spec = {"code": program.code, "stdin": program.stdin, "call": call, "trace": trace, "folder": folder}
            try:
                done = subprocess.run(
                    [sys.executable, "-I", "-c", _RUN],
                    input=json.dumps(spec).encode(),
                    capture_output=True,
                    timeout=min(policy.wall_s, 2.0),
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return {"status": "timeout", "stdout": "", "raised": None, "value": None, "steps": []}
        return json.loads(done.stdout)

    def _raised(self, done: Mapping[str, Any]) -> Raised | None:
        return Raised(**done["raised"]) if done["raised"] else None

    def _result(self, done: Mapping[str, Any]) -> RunResult:
        return RunResult(
            status=done["status"],
            stdout=done["stdout"],
            stderr="",
            exit_code=0,
            raised=self._raised(done),
            wall_s=0.1,
            cpu_s=0.1,
            memory_bytes_peak=1,
            level=self.level,
        )


class FakeMathematics:
    """Knows what it was told: pairs that are equal, and solutions by question."""

    def __init__(
        self,
        equal: Sequence[tuple[str, str]] = (),
        solutions: Mapping[str, Solution] | None = None,
        first_wrong: int | None = None,
    ) -> None:
        self.equal, self.solutions, self.first_wrong = set(equal), dict(solutions or {}), first_wrong
        self.failure: Exception | None = None

    async def check(self, answer: str, reference: str, rule: Equivalence | None = None) -> MathsVerdict:
        if self.failure:
            raise self.failure
        same = answer == reference or (answer, reference) in self.equal
        return MathsVerdict(
            verdict="equal" if same else "different", why="" if same else "They differ at x = 1.", answer_latex=answer
        )

    async def check_working(self, lines: Sequence[str]) -> WorkingVerdict:
        return WorkingVerdict(
            first_wrong=self.first_wrong,
            why="The sign is lost." if self.first_wrong is not None else "",
            latex=tuple(lines),
        )

    async def solve(self, question: str) -> Solution | None:
        if self.failure:
            raise self.failure
        return next((s for key, s in self.solutions.items() if key in question), None)


class FakeRecords:
    def __init__(self, mastery: Mapping[str, float] | None = None, attempts: Sequence[Attempt] = ()) -> None:
        self.levels, self.attempts, self.alerts = dict(mastery or {}), list(attempts), list[dict[str, Any]]()
        self.quarantined: list[tuple[str, str]] = []
        self.failure: Exception | None = None
        self.earns: tuple[Achievement, ...] = ()

    def _check(self) -> None:
        if self.failure:
            raise self.failure

    async def quarantine(self, student: Student, content: Mapping[str, Any], *, key: str, fault: Any) -> None:
        self._check()
        self.quarantined.append((key, fault.message))

    async def record(self, student: Student, attempt: Attempt) -> Recorded:
        self._check()
        again = any(known.key == attempt.key for known in self.attempts)
        if not again:
            self.attempts.append(attempt)
        changes = () if again else tuple(MasteryChange(skill=s, before=0.2, after=0.4) for s in attempt.skills)
        return Recorded(again=again, changes=changes, alerts=(), achievements=self.earns)

    async def mastery(self, student: Student, skills: Sequence[SkillId] | None = None) -> Mapping[SkillId, Mastery]:
        self._check()
        return {
            SkillId(s): Mastery(skill=SkillId(s), level=v, low=v, high=v, attempts=5, enough=True)
            for s, v in self.levels.items()
            if skills is None or s in skills
        }

    async def progress(self, student: Student) -> Progress:
        self._check()
        return Progress(
            attempts=len(self.attempts),
            solved=sum(a.correct for a in self.attempts),
            streak_days=1,
            skills=tuple((await self.mastery(student)).values()),
            recent=(),
        )

    async def list_attempts(self, student: Student, *, item: str | None = None, limit: int = 50) -> list[Attempt]:
        self._check()
        return self.attempts[-limit:]

    async def raise_alert(self, student: Student, **alert: Any) -> None:
        self._check()
        self.alerts.append(alert)


class FakeEntitlements:
    def __init__(self, allowed: bool = True) -> None:
        self.allowed, self.spent = allowed, dict[str, int]()

    async def allow(self, student: Student, meter: str) -> Allowance:
        return Allowance(
            allowed=self.allowed,
            plan="free",
            limit=1,
            used=1,
            resets_at=datetime.now(UTC),
            message="Your plan allows no more runs today.",
        )

    async def take(self, student: Student, meter: str, amount: int, *, key: str) -> Allowance:
        if self.allowed:
            await self.spend(student, meter, amount, key=key)
        return await self.allow(student, meter)

    async def spend(self, student: Student, meter: str, amount: int, *, key: str) -> None:
        self.spent.setdefault(key, amount)


class FakeMemories:
    def __init__(self) -> None:
        self.kept: list[Mapping[str, Any]] = []

    async def recall(self, student: Student, query: str, *, k: int = 5) -> list[Any]:
        return []

    async def reflect(self, student: Student, turn: TurnId, facts: Mapping[str, Any]) -> None:
        self.kept.append(facts)


@dataclass
class Fakes:
    """Everything a node borrows, as fakes that a test can reach, and what it said."""

    course: Any = field(default_factory=FakeCourse)
    sandbox: Any = field(default_factory=LocalSandbox)
    mathematics: Any = field(default_factory=FakeMathematics)
    records: Any = field(default_factory=FakeRecords)
    entitlements: Any = field(default_factory=FakeEntitlements)
    memories: Any = field(default_factory=FakeMemories)
    model: Any = field(default_factory=OfflineModel)
    clock: Any = field(default_factory=FakeClock)
    said: list[dict[str, Any]] = field(default_factory=list)
    tokens_max: int = 8000
    shelf: Shelf = field(default_factory=Shelf)

    def runtime(self) -> Any:
        context = Context(
            student=Student(id=StudentId("s1"), name="Ada Example"), thread=ThreadId("th1"), turn=TurnId("t1"), window=(), summary="", course=self.course, sandbox=self.sandbox,
            mathematics=self.mathematics, records=self.records, entitlements=self.entitlements, memories=self.memories, models={"default": self.model},
            clock=self.clock, budget=Budget(clock=self.clock, seconds=30, steps=12, tokens=self.tokens_max), usage=Usage(), say=self.said.append, shelf=self.shelf,
        )  # fmt: skip
        return SimpleNamespace(context=context)

    def tokens(self) -> str:
        return "".join(event["t"] for event in self.said if event["type"] == "token")


def turn(
    message: str,
    *,
    code: str | None = None,
    error: str | None = None,
    exercise: str | None = None,
    intent: str | None = None,
    submission: bool = False,
    **state: Any,
) -> Turn:
    ask: AskState = {
        "message": message,
        "code": code,
        "error": error,
        "exercise": exercise,
        "intent": intent,
        "submission": submission,
    }
    return Turn(turn="t1", ask=ask, **state)


async def walk(state: Turn, fakes: Fakes) -> Turn:
    """The whole turn, node after node, as the graph would take it."""
    from agents.spec import load_specs

    specs, runtime = load_specs(), fakes.runtime()

    async def step(name: str) -> None:
        state.update(await specs[name].node(state, runtime))

    for name in ("retrieval", "triage"):
        await step(name)
    for planned in state["plan"]:
        await step(planned["agent"])
    for name in ("verification", "progress"):
        await step(name)
    return state


def words(blocks: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(block["body"] for block in blocks)

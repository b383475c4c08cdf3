"""Whether students with known misconceptions reach their goal: they talk with the whole tutor for many turns, try repairs
as its hints allow, and hand in."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from agents.models.port import Model, Prompt, Usage
from core.errors import Invalid, LearnFlowError, ModelUnavailable, NotFound
from core.ports import Ask, Exercise, ExerciseId, Student, ThreadId
from evals.classroom import Classroom, Said, open_classroom
from evals.datasets import Case, Files, read_cases
from evals.leaks import leaked
from evals.metrics import Line, Metric, mean_of, share, times
from evals.personas import Heard, Move, PersonaRow, Pupil
from evals.product import runner_for
from evals.task import Bench, Judge, Judged, Task

LEVEL_MAX = 2
STUCK_TURNS = 3
_TIMEOUT_S = 20.0
_EXPRESSIONS_MAX = 12
_FORMULA = re.compile(r"\$\$?([^$\n]+)\$|`([^`\n]+)`")
_VOICE = """You play a school student who talks with a tutor. Say the draft's content in one or two sentences of your own, in the
manner that the evidence names. Keep every number, formula and line of working as it stands. Add no facts, no code and no
understanding that the draft does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One turn of a life. `level` is None where the reply was no hint."""

    move: Move
    said: Said
    heard: Heard
    level: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A persona from the first question to the goal, or to the end of patience. `leak` is what gave the solution away."""

    exchanges: tuple[Exchange, ...]
    reached: bool
    leak: str


def read(files: Files) -> Sequence[Case]:
    return read_cases(files.data, PersonaRow)


@asynccontextmanager
async def open_judge(bench: Bench, cases: Sequence[Case]) -> AsyncIterator[Judge]:
    async with open_classroom(bench.settings, bench.on_progress) as room:
        voice = room.resources.models.get("student")

        async def judge(case: Case) -> Judged:
            row, exercise = case.row, _exercise(room, case.row)
            return _judged(row, [await _live(row, exercise, room, voice, bench.seed, n) for n in range(row.lives)])

        yield judge


def _exercise(room: Classroom, row: PersonaRow) -> Exercise:
    try:
        return room.course.get_exercise(ExerciseId(row.exercise))
    except NotFound:
        raise Invalid(f"persona {row.id}: there is no exercise {row.exercise!r}") from None


async def _live(
    row: PersonaRow, exercise: Exercise, room: Classroom, voice: Model | None, seed: int, life: int
) -> Life:
    pupil = Pupil(row, maths=exercise.answer is not None, seed=seed, life=life)
    student = await room.add_student()
    exchanges: list[Exchange] = []
    thread: ThreadId | None = None
    move, reached = pupil.begin(), False
    while not reached and len(exchanges) < row.patience:
        spoken = await _spoken(move, row, voice)
        said, thread = await room.say(student, spoken, thread)
        reached = move.doing == "submit" and await _passed(room, student, exercise)
        heard = pupil.listen(said.reply, _code(said)) if not reached else frozenset()
        level = said.answer.get("hint_level")
        exchanges.append(Exchange(move=Move(doing=move.doing, ask=spoken), said=said, heard=heard, level=level))
        move = pupil.next()
    return Life(exchanges=tuple(exchanges), reached=reached, leak=await _leak(exchanges, exercise, row, room, reached))


async def _spoken(move: Move, row: PersonaRow, voice: Model | None) -> Ask:
    """The move in a model's words where `models.roles.student` names one; rules decide what is done, never the model."""
    if voice is None or move.doing == "submit":
        return move.ask
    evidence = f"{row.manner} student; believes: {row.misconception}"
    prompt = Prompt(name="student", version="v1", system=_VOICE, evidence=evidence, student="", draft=move.ask.message)
    try:
        words = "".join([piece async for piece in voice.stream(prompt, Usage(), timeout_s=_TIMEOUT_S, tokens_max=200)])
    except ModelUnavailable:
        return move.ask
    return replace(move.ask, message=words.strip() or move.ask.message)


def _code(said: Said) -> list[str]:
    return [block["body"] for block in said.answer.get("blocks", []) if block["kind"] == "code"]


async def _passed(room: Classroom, student: Student, exercise: Exercise) -> bool:
    attempts = await room.attempts(student, exercise.id)
    return any(attempt.correct and attempt.kind in ("exercise", "maths") for attempt in attempts)


# --- leaks ---------------------------------------------------------------------------------------------------------


async def _leak(
    exchanges: Sequence[Exchange], exercise: Exercise, row: PersonaRow, room: Classroom, reached: bool
) -> str:
    """What passes, made of the replies up to hint level LEVEL_MAX while the goal was not reached; empty when nothing does."""
    before = exchanges[:-1] if reached else exchanges  # the last one tells that it is solved
    low = [exchange.said for exchange in before if (exchange.level or 0) <= LEVEL_MAX]
    if exercise.answer is None:
        return await leaked(runner_for(room.resources.sandbox), [s.reply for s in low], exercise, row.draft) or ""
    for said in low:
        if found := await _tells_answer(said, exercise, room):
            return found
    return ""


async def _tells_answer(said: Said, exercise: Exercise, room: Classroom) -> str:
    """A formula in the reply that would be marked right, which the student did not write."""
    assert exercise.answer is not None
    shown = [block["body"] for block in said.answer.get("blocks", []) if block["kind"] == "maths"]
    shown += [one or two for one, two in _FORMULA.findall(said.reply)]
    for formula in list(dict.fromkeys(shown))[:_EXPRESSIONS_MAX]:
        if _squeezed(formula) in _squeezed(said.ask.message + exercise.statement):
            continue
        try:
            verdict = await room.resources.mathematics.check(formula, exercise.answer.reference, exercise.answer.rule)
        except LearnFlowError:
            continue
        if verdict.verdict == "equal":
            return str(formula)
    return ""


def _squeezed(text: str) -> str:
    return re.sub(r"[\s$\\{}*]|left|right", "", text).casefold()


# --- figures -------------------------------------------------------------------------------------------------------


def _judged(row: PersonaRow, lives: Sequence[Life]) -> Judged:
    """A persona is one case, however many lives: they are not independent of each other."""
    reached = [life for life in lives if life.reached]
    named = [_first_line(life) for life in lives]
    turns = [exchange.said for life in lives for exchange in life.exchanges]
    return {
        "scores": {
            "goal_reached": len(reached) / len(lives),
            "hints_to_goal": _mean([_hints(life) for life in reached]),
            "turns_to_goal": _mean([len(life.exchanges) for life in reached]),
            "leaks": sum(bool(life.leak) for life in lives) / len(lives),
            "stuck": sum(_stuck(life) for life in lives) / len(lives),
            "repeats": _mean([_repeats(life) for life in lives]),
            "withheld": _mean([bool((said.answer.get("usage") or {}).get("leaks_blocked")) for said in turns]),
            "right_line": _mean([line for line in named if line is not None]),
            "to_the_point": _mean([bool(e.heard - {"misled"}) for life in lives for e in life.exchanges if e.move.doing in ("ask", "more")]),
            "ms": round(sum(said.ms for said in turns) / len(turns), 2),
        },
        "shown": f"{row.misconception}\n\n{row.draft}", "group": row.manner,
        "note": "\n".join(f"leak: {life.leak}" for life in lives if life.leak),
        "output": [_told(exchange, n) for n, life in enumerate(lives, 1) for exchange in life.exchanges],
        "trace": [list(said.events) for said in turns],
    }  # fmt: skip


def _told(exchange: Exchange, life: int) -> dict[str, Any]:
    ask = exchange.said.ask
    return {
        "life": life, "doing": exchange.move.doing, "message": ask.message, "code": ask.code, "reply": exchange.said.reply,
        "hint_level": exchange.level, "heard": sorted(exchange.heard), "intents": exchange.said.answer.get("intents"),
    }  # fmt: skip


def _hints(life: Life) -> int:
    return sum(exchange.level is not None for exchange in life.exchanges)


def _stuck(life: Life) -> bool:
    """Asked for help STUCK_TURNS times in a row and heard nothing to the point that had not been heard before."""
    known: set[str] = set()
    in_vain = 0
    for exchange in life.exchanges:
        if exchange.move.doing in ("ask", "more"):
            new = exchange.heard - known - {"misled"}
            in_vain = 0 if new else in_vain + 1
            if in_vain >= STUCK_TURNS:
                return True
        known |= exchange.heard
    return False


def _repeats(life: Life) -> float:
    """The share of replies that had been given before, to the letter."""
    replies = [exchange.said.reply for exchange in life.exchanges]
    return 1 - len(set(replies)) / len(replies)


def _first_line(life: Life) -> float | None:
    """Whether the first reply that names a line names one at fault; None where none does."""
    for exchange in life.exchanges:
        if exchange.heard & {"line", "misled"}:
            return float("line" in exchange.heard)
    return None


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _leaks(lines: Sequence[Line]) -> float | None:
    found = [line["scores"]["leaks"] > 0 for line in lines if "leaks" in line["scores"]]
    return float(sum(found)) if found else None


TASK = Task(
    name="students",
    about=__doc__ or "",
    read=read,
    open=open_judge,
    jobs=2,
    failed={"goal_reached": 0.0},
    metrics=(
        share("goal_reached", "lives in which what is handed in passes before patience ends, mean over personas"),
        Metric(
            name="hints_to_goal",
            meaning="hints on the way there, mean over personas",
            of=mean_of("hints_to_goal"),
            better="lower",
        ),
        Metric(
            name="turns_to_goal",
            meaning="turns on the way there, mean over personas",
            of=mean_of("turns_to_goal"),
            better="lower",
        ),
        share("leaks", f"lives in which replies up to hint level {LEVEL_MAX} hold something that passes", "lower"),
        Metric(name="leak_count", meaning="personas to whom that happened", of=_leaks, better="lower"),
        share("stuck", f"lives with {STUCK_TURNS} questions in a row that brought nothing new to the point", "lower"),
        share("repeats", "replies that were given before to the letter, mean over lives", "lower"),
        share(
            "withheld", "replies of which a part was held back because it would have given the solution away", "lower"
        ),
        share("right_line", "where a line is named: the first reply that does names one at fault"),
        share("to_the_point", "replies to a question that name the line, show an example or say what the matter is"),
        *times("a turn"),
    ),
)

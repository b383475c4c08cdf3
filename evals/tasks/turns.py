"""Conversations with the whole tutor, each reply held against what its author expects of it."""

import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from core.ports import Ask, ExerciseId, ThreadId
from core.settings import Settings
from evals.classroom import Classroom, Said, open_classroom
from evals.datasets import Case, ConversationRow, Expected, Files, TurnRow, read_cases
from evals.leaks import leaked
from evals.metrics import share, times
from evals.product import runner_for
from evals.task import Bench, Judge, Judged, Task

_COURTESY = ("courtesy", "")


def read(files: Files) -> Sequence[Case]:
    return read_cases(files.data, ConversationRow)


@asynccontextmanager
async def open_judge(bench: Bench, cases: Sequence[Case]) -> AsyncIterator[Judge]:
    async with open_classroom(bench.settings, bench.on_progress) as room:

        async def judge(case: Case) -> Judged:
            return await _judge(case.row, room)

        yield judge


async def _judge(row: ConversationRow, room: Classroom) -> Judged:
    student = await room.add_student()
    thread: ThreadId | None = None
    said: list[Said] = []
    faults: list[str] = []
    checks = 0
    for number, turn in enumerate(row.turns, 1):
        one, thread = await room.say(student, ask_of(turn), thread)
        said.append(one)
        found = await _faults(turn.expect, one, room, turn)
        checks += len(turn.expect.model_fields_set)
        faults += [f"turn {number}: {fault}" for fault in found]
    return {
        "scores": {
            "passed": float(not faults),
            "checks": 1 - min(1.0, len(faults) / checks) if checks else None,
            "degraded": float(any(one.answer.get("problems") for one in said)),
            "verified": _verified(said),
            "tokens": float(sum(_used(one, "tokens_in") + _used(one, "tokens_out") for one in said)),
            "tokens_in": float(sum(_used(one, "tokens_in") for one in said)),
            "tokens_out": float(sum(_used(one, "tokens_out") for one in said)),
            "cost_usd": _cost(said, room.resources.settings),
            "event_bytes": float(sum(len(json.dumps(one.events, default=str)) for one in said)),
            "ms": round(sum(one.ms for one in said) / len(said), 2),
            "first_ms": round(sum(one.first_ms for one in said) / len(said), 2),
        },
        "shown": "\n".join(turn.message for turn in row.turns)[:600], "group": row.about,
        "note": "; ".join(faults),
        "output": [{"message": one.ask.message, "reply": one.reply, "intents": one.answer.get("intents")} for one in said],
        "trace": [one.trace for one in said],
    }  # fmt: skip


def ask_of(turn: TurnRow) -> Ask:
    return Ask(
        message=turn.message, code=turn.code, error=turn.error, submission=turn.submission,
        exercise=ExerciseId(turn.exercise) if turn.exercise else None,
    )  # fmt: skip


async def _faults(expect: Expected, said: Said, room: Classroom, turn: TurnRow) -> list[str]:
    """What is not as expected, one sentence each."""
    answer = said.answer
    faults = []
    if expect.intents and not set(answer.get("intents", [])) & set(expect.intents):
        faults.append(f"served {answer.get('intents')}, not {list(expect.intents)}")
    faults += [f"does not say /{p}/" for p in expect.says if not re.search(p, said.reply, re.IGNORECASE)]
    faults += [f"says /{p}/" for p in expect.never if re.search(p, said.reply, re.IGNORECASE)]
    if expect.hint_level is not None and answer.get("hint_level") != expect.hint_level:
        faults.append(f"hint level {answer.get('hint_level')}, not {expect.hint_level}")
    if expect.cites and not answer.get("citations"):
        faults.append("cites nothing")
    if expect.exercise and not answer.get("exercise"):
        faults.append("no exercise is open")
    if expect.words_max is not None and (count := len(said.reply.split())) > expect.words_max:
        faults.append(f"{count} words, more than {expect.words_max}")
    if expect.no_leak and await _leaks(said, room, turn):
        faults.append("hands out a program that passes")
    return faults


async def _leaks(said: Said, room: Classroom, turn: TurnRow) -> bool:
    name = turn.exercise or said.answer.get("exercise")
    if not name:
        return False
    exercise = room.course.get_exercise(ExerciseId(name))
    if exercise.answer is not None:
        return _squeezed(exercise.answer.reference) in _squeezed(said.reply)
    program = turn.code or exercise.starter
    return await leaked(runner_for(room.resources.sandbox), [said.reply], exercise, program) is not None


def _squeezed(text: str) -> str:
    return re.sub(r"[\s$\\{}]", "", text).casefold()


def _verified(said: Sequence[Said]) -> float | None:
    """The share of blocks that were checked by something, courtesy apart."""
    counts: dict[str, int] = {}
    for one in said:
        for how, number in one.answer.get("verified", {}).items():
            counts[how] = counts.get(how, 0) + number
    total = sum(counts.values())
    return sum(number for how, number in counts.items() if how not in _COURTESY) / total if total else None


def _used(said: Said, what: str) -> float:
    return float((said.answer.get("usage") or {}).get(what, 0))


def _cost(said: Sequence[Said], settings: Settings) -> float | None:
    """US dollars by the price table; None where a model was asked whose price nobody told: that is not nothing."""
    usages = [one.answer.get("usage") or {} for one in said]
    asked = {str(call["model"]) for usage in usages for call in usage.get("calls", ())}
    if asked - settings.models.price_per_million_tokens.keys() - {"offline"}:
        return None
    return float(sum(usage.get("cost_usd", 0.0) for usage in usages))


TASK = Task(
    name="turns",
    about=__doc__ or "",
    read=read,
    open=open_judge,
    jobs=2,
    failed={"passed": 0.0},
    metrics=(
        share("passed", "conversations in which everything is as expected"),
        share("checks", "expectations that hold, mean over conversations"),
        share("degraded", "conversations in which a part of the tutor could not do its work", "lower"),
        share("verified", "blocks of the replies that were checked by running, algebra, citation or record"),
        share("tokens", "mean tokens of language models in a conversation", "lower"),
        share("tokens_in", "mean tokens that language models read in a conversation", "lower"),
        share("tokens_out", "mean tokens that language models wrote in a conversation", "lower"),
        share(
            "cost_usd",
            "mean cost of language models in a conversation, US dollars, by models.price_per_million_tokens; "
            "left out where the price of a model is not in it",
            "lower",
        ),
        share("event_bytes", "mean bytes of events streamed in a conversation", "lower"),
        *times("a turn"),
        *times("to a turn's first event", "first_ms"),
    ),
)

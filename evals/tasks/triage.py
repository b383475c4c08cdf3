"""What a message wants: the judgement that opens every turn, on messages outside any conversation."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from agents.triage import classify
from core.ports import Ask, Course, ExerciseId
from evals.datasets import Case, Files, TriageRow, read_cases
from evals.metrics import Metric, macro_f1, share, times
from evals.task import Bench, Judge, Judged, Task
from knowledge.course import open_course

# The names that datasets use for the intents of `agents/turn.py`. An attack is an intent of ours and a flag of theirs:
# as a wish it is off topic.
NAMES = {
    "concept": "concept_question", "debugging": "debugging_help", "review": "code_review", "exercise": "exercise_request",
    "submission": "submission", "maths": "maths_help", "progress": "progress_question", "course": "recommendation",
    "account": "platform_help", "social": "smalltalk", "off_topic": "off_topic", "distress": "wellbeing",
    "injection": "off_topic", "answer_seeking": "solution_request", "teacher": "teacher_request",
}  # fmt: skip
# What posts of a question site ask, as the intents that would serve them.
_LABELS = {
    "ERRORS": "debugging_help", "DISCREPANCY": "debugging_help", "REVIEW": "code_review", "API_USAGE": "concept_question",
    "CONCEPTUAL": "concept_question", "API_CHANGE": "concept_question", "DOCUMENTATION": "concept_question",
}  # fmt: skip
_NO_SUBJECT = ("any", "none")
"""Of neither, or of both: triage then names no subject."""
_FLAGS = ("injection", "safeguarding", "non_english")


def read(files: Files) -> Sequence[Case]:
    return read_cases(files.data, TriageRow)


@asynccontextmanager
async def open_judge(bench: Bench, cases: Sequence[Case]) -> AsyncIterator[Judge]:
    settings = bench.settings
    async with open_course(settings.knowledge, settings.data_dir, heal=True, on_progress=bench.on_progress) as course:
        await classify(Ask(message="What is a for loop?"), course)

        async def judge(case: Case) -> Judged:
            return await _judge(case.row, course)

        yield judge


async def _judge(row: TriageRow, course: Course) -> Judged:
    began = time.perf_counter()
    found = await classify(_asked(row), course)
    took = (time.perf_counter() - began) * 1000
    said = NAMES["teacher"] if "teacher" in found["flags"] else NAMES.get(found["intent"], found["intent"])
    wanted = {NAMES.get(row.intent, row.intent)} if row.intent else {_LABELS.get(label, label) for label in row.labels}
    scores: dict[str, float | None] = {"accuracy": float(said in wanted), "ms": round(took, 3)}
    if row.intent:
        scores["accuracy_also"] = float(said in wanted | set(row.also))
        scores |= _flag_scores(row, found["flags"])
    if row.subject:
        told = None if row.subject in _NO_SUBJECT else row.subject
        scores["subject"] = float(found["subject"] == told)
    if row.also:
        scores["also_found"] = float(bool({NAMES.get(name, name) for name in found["also"]} & set(row.also)))
    return {
        "scores": scores, "shown": _message(row)[:400], "expected": NAMES.get(row.intent, row.intent) if row.intent else None,
        "predicted": said, "output": found, "wanted": sorted(wanted),
    }  # fmt: skip


def _message(row: TriageRow) -> str:
    return row.text or f"{row.title}\n\n{row.body}".strip()


def _asked(row: TriageRow) -> Ask:
    exercise = ExerciseId(row.exercise) if row.exercise else None
    return Ask(message=_message(row), code=row.code, error=row.error, exercise=exercise)


def _flag_scores(row: TriageRow, found: Sequence[str]) -> dict[str, float]:
    """A flag that should be there is found or not; one that should not be there is a false alarm or none."""
    return {
        f"{flag}_{'recall' if flag in row.flags else 'false_alarm'}": float(flag in found) for flag in _FLAGS
    }  # fmt: skip


TASK = Task(
    name="triage",
    about=__doc__ or "",
    read=read,
    open=open_judge,
    failed={"accuracy": 0.0},
    metrics=(
        share("accuracy", "messages whose intent is the labelled one (or, for several labels, one of them)"),
        Metric(name="macro_f1", meaning="mean F1 over the intents that occur", of=macro_f1),
        share("accuracy_also", "messages whose intent is the labelled one or a further one of theirs"),
        share("also_found", "messages with several wishes of which a further one was seen"),
        share("subject", "messages whose subject is the labelled one"),
        *(share(f"{flag}_recall", f"messages flagged {flag} that were seen to be") for flag in _FLAGS),
        *(share(f"{flag}_false_alarm", f"other messages that were flagged {flag}", "lower") for flag in _FLAGS),
        *times("to judge a message"),
    ),
)

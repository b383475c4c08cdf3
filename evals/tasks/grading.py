"""Whether answers are marked rightly: handed in through whole turns, judged by the attempt that the school records."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from core.ports import Ask, Exercise, ExerciseId
from evals.classroom import Classroom, open_classroom
from evals.datasets import Case, Files, SubmissionRow, read_cases
from evals.metrics import share, times
from evals.task import Bench, Judge, Judged, Task
from knowledge.content import load_curriculum


def read(files: Files) -> Sequence[Case]:
    """Submissions from a file; from a curriculum's folder, every reference and every planted mistake."""
    if files.data.is_dir():
        return [case for exercise in load_curriculum(files.data).exercises for case in _cases(exercise)]
    return read_cases(files.data, SubmissionRow)


def _cases(exercise: Exercise) -> list[Case]:
    right = [exercise.reference, *exercise.correct] if exercise.answer is None else [exercise.answer.reference]
    answers = [("right", number, text, 1, "") for number, text in enumerate(right, 1)]
    answers += [
        ("wrong", n, mistake.answer, 0, mistake.misconception) for n, mistake in enumerate(exercise.mistakes, 1)
    ]
    return [
        Case(
            id=f"{exercise.id} {kind} {number}",
            row=SubmissionRow(exercise=exercise.id, answer=text, correct=correct, misconception=why),
        )
        for kind, number, text, correct, why in answers
    ]


@asynccontextmanager
async def open_judge(bench: Bench, cases: Sequence[Case]) -> AsyncIterator[Judge]:
    async with open_classroom(bench.settings, bench.on_progress) as room:

        async def judge(case: Case) -> Judged:
            return await _judge(case.row, room)

        yield judge


async def _judge(row: SubmissionRow, room: Classroom) -> Judged:
    exercise = room.course.get_exercise(ExerciseId(row.exercise))
    student = await room.add_student()
    program = exercise.answer is None
    ask = Ask(
        message="Here is my program." if program else row.answer, code=row.answer if program else None, exercise=exercise.id, submission=True
    )  # fmt: skip
    said, _ = await room.say(student, ask)
    marked = [attempt for attempt in await room.attempts(student, exercise.id) if attempt.kind in ("exercise", "maths")]
    passed = any(attempt.correct for attempt in marked)
    return {
        "scores": {
            "accuracy": float(passed == bool(row.correct)),
            "false_fail" if row.correct else "false_pass": float(passed != bool(row.correct)),
            "unmarked": float(not marked),
            "ms": round(said.ms, 2),
        },
        "shown": row.answer[:800], "wanted": "right" if row.correct else f"wrong: {row.misconception}", "group": exercise.topic,
        "output": {"passed": passed, "reply": said.reply}, "trace": [said.trace],
    }  # fmt: skip


TASK = Task(
    name="grading",
    about=__doc__ or "",
    read=read,
    open=open_judge,
    jobs=2,
    failed={"accuracy": 0.0},
    metrics=(
        share("accuracy", "submissions recorded as what they are"),
        share("false_pass", "wrong submissions that were recorded as right", "lower"),
        share("false_fail", "right submissions that were not", "lower"),
        share("unmarked", "submissions of which no attempt was recorded", "lower"),
        *times("a turn that marks"),
    ),
)

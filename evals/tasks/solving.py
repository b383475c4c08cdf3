"""Whether a question as a student types it is solved: answers are compared with the right one by the algebra system."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from cas.checker import open_mathematics
from core.ports import Equivalence
from evals.datasets import Case, Files, QuestionRow, read_cases
from evals.metrics import share, times
from evals.task import Bench, Judge, Judged, Task

SIGFIGS = 3


def read(files: Files) -> Sequence[Case]:
    return read_cases(files.data, QuestionRow)


@asynccontextmanager
async def open_judge(bench: Bench, cases: Sequence[Case]) -> AsyncIterator[Judge]:
    async with open_mathematics() as mathematics:
        await mathematics.solve("solve x^2 - 5x + 6 = 0")  # starts the children

        async def judge(case: Case) -> Judged:
            row: QuestionRow = case.row
            began = time.perf_counter()
            solution = await mathematics.solve(row.text)
            took = (time.perf_counter() - began) * 1000
            right = solution is None and row.reference is None
            if solution is not None and row.reference is not None:
                constant = row.reference.endswith("+c")
                rule = Equivalence(task="antiderivative" if constant else "equiv", sigfigs=SIGFIGS)
                right = (await mathematics.check(solution.answer, row.reference, rule)).verdict == "equal"
            return {
                "scores": {
                    "ms": round(took, 3), "right": float(right), "wrong": float(solution is not None and not right),
                    "declined": None if row.reference is None else float(solution is None),
                },
                "shown": row.text, "wanted": row.reference or "says that it cannot",
                "output": None if solution is None else {"task": solution.task, "answer": solution.answer},
            }  # fmt: skip

        yield judge


TASK = Task(
    name="solving",
    about=__doc__ or "",
    read=read,
    open=open_judge,
    failed={"right": 0.0},
    metrics=(
        share("right", "questions answered rightly, or declined where there is no reference"),
        share("wrong", "questions answered with something else", "lower"),
        share("declined", "of the questions with a reference, those left alone", "lower"),
        *times("a question"),
    ),
)

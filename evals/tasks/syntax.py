"""What is made of a program that does not compile: the explanation that a turn gives, and the repair behind it."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from evals.datasets import Case, Files, SyntaxRow, read_cases
from evals.metrics import share, times
from evals.task import Bench, Judge, Judged, Task
from tools.explain_error import explain_syntax, repair_syntax
from tools.parse_program import compiles


def read(files: Files) -> Sequence[Case]:
    return read_cases(files.data, SyntaxRow)


@asynccontextmanager
async def open_judge(bench: Bench, cases: Sequence[Case]) -> AsyncIterator[Judge]:
    async def judge(case: Case) -> Judged:
        return _judge(case.row)

    yield judge


def _judge(row: SyntaxRow) -> Judged:
    began = time.perf_counter()
    told = explain_syntax(row.code)
    fixed = repair_syntax(row.code)
    took = (time.perf_counter() - began) * 1000
    repaired = fixed is not None and fixed != row.code and compiles(fixed)
    return {
        "scores": {
            "compiles": float(repaired) if told is not None else None,
            "broken": float(told is not None),
            "specific_cause": float(told.specific) if told else None,
            "right_line": float(told is not None and told.line == row.line) if row.line else None,
            "concept": float(told is not None and told.concept == row.concept) if row.concept else None,
            "ms": round(took, 3),
        },
        "shown": row.code[:600], "wanted": f"{row.concept or 'to compile'}, line {row.line}",
        "output": {"fixed": fixed, "concept": told.concept if told else None, "line": told.line if told else None,
                   "what": told.what if told else "it compiles as it is"},
    }  # fmt: skip


TASK = Task(
    name="syntax",
    about=__doc__ or "",
    read=read,
    open=open_judge,
    failed={"compiles": 0.0},
    metrics=(
        share(
            "compiles", "of the programs that do not compile, those for which a small change was found that makes them"
        ),
        share("right_line", "programs whose slip was placed on the labelled line"),
        share("concept", "programs whose slip was given the labelled concept"),
        share("specific_cause", "programs explained by the cause of this very message"),
        share("broken", "programs of the dataset that do not compile: the others are left out of `compiles`"),
        *times("to explain and repair a program"),
    ),
)

"""Whether a student's working is followed: the first wrong line found, the slip named, sound working let stand."""

import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from cas.checker import open_mathematics
from evals.datasets import Case, Files, WorkingRow, read_cases
from evals.metrics import share, times
from evals.task import Bench, Judge, Judged, Task


def read(files: Files) -> Sequence[Case]:
    return read_cases(files.data, WorkingRow)


@asynccontextmanager
async def open_judge(bench: Bench, cases: Sequence[Case]) -> AsyncIterator[Judge]:
    async with open_mathematics(prestart=False) as mathematics:  # working is followed without the children

        async def judge(case: Case) -> Judged:
            row: WorkingRow = case.row
            began = time.perf_counter()
            verdict = await mathematics.check_working(row.lines)
            took = (time.perf_counter() - began) * 1000
            scores: dict[str, float | None] = {"ms": round(took, 3)}
            if row.first_wrong is None:
                scores["accepted"] = float(verdict.first_wrong is None)
            else:
                found = verdict.first_wrong == row.first_wrong
                scores["line_found"] = float(found)
                scores["slip_named"] = float(
                    found and bool(verdict.slip and re.search(row.slip, f"{verdict.slip} {verdict.why}", re.I))
                )
            return {
                "scores": scores, "shown": " | ".join(row.lines)[:400], "wanted": f"{row.first_wrong}: {row.slip}",
                "output": {"first_wrong": verdict.first_wrong, "slip": verdict.slip, "why": verdict.why},
            }  # fmt: skip

        yield judge


TASK = Task(
    name="working",
    about=__doc__ or "",
    read=read,
    open=open_judge,
    failed={"line_found": 0.0},
    metrics=(
        share("line_found", "pieces of working with a slip whose first wrong line is named, no other"),
        share("slip_named", "of the same, those whose slip is named by one of its names as well"),
        share("accepted", "sound pieces of working in which no line is called wrong"),
        *times("a piece of working"),
    ),
)

"""How an error is explained: the program is run in the sandbox, and what it raised is put in words as a turn would."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from agents.debugging import RUN_SECONDS
from core.ports import Policy
from evals.datasets import Case, ErrorRow, Files, read_cases
from evals.metrics import share, times
from evals.product import runner_for
from evals.task import Bench, Judge, Judged, Task
from sandbox.open import open_sandbox
from tools.explain_error import explain_error
from tools.run_code import Runner


def read(files: Files) -> Sequence[Case]:
    return read_cases(files.data, ErrorRow)


@asynccontextmanager
async def open_judge(bench: Bench, cases: Sequence[Case]) -> AsyncIterator[Judge]:
    async with open_sandbox(bench.settings.sandbox) as sandbox:
        runner = runner_for(sandbox)

        async def judge(case: Case) -> Judged:
            return await _judge(case.row, runner)

        yield judge


async def _judge(row: ErrorRow, runner: Runner) -> Judged:
    program = row.code.rstrip("\n") + (f"\n\n{row.call}\n" if row.call else "\n")
    began = time.perf_counter()
    result = await runner.run(program, policy=Policy(wall_s=RUN_SECONDS, cpu_s=RUN_SECONDS))
    ran = time.perf_counter()
    if result.raised is None:
        return {
            "scores": {"raised": 0.0, "specific_cause": 0.0, "concept": 0.0 if row.concept else None}, "shown": program[-400:],
            "output": {"status": result.status}, "wanted": f"{row.type}: {row.message}",
        }  # fmt: skip
    told = explain_error(result.raised, program)
    done = time.perf_counter()
    return {
        "scores": {
            "raised": float(not row.type or told.type == row.type),
            "specific_cause": float(told.specific),
            "concept": float(told.concept == row.concept) if row.concept else None,
            "right_line": float(told.line == row.line) if row.line else None,
            "ms": round((done - ran) * 1000, 3),
            "run_ms": round((ran - began) * 1000, 3),
        },
        "shown": program[-600:], "wanted": f"{row.concept} on line {row.line}: {row.type}: {row.message}", "group": row.type,
        "output": {"concept": told.concept, "line": told.line, "what": told.what, "look": told.look, "detail": told.detail},
    }  # fmt: skip


TASK = Task(
    name="errors",
    about=__doc__ or "",
    read=read,
    open=open_judge,
    failed={"specific_cause": 0.0, "concept": 0.0, "raised": 0.0},
    metrics=(
        share(
            "specific_cause", "errors explained by the cause of this very message, not by the exception's type alone"
        ),
        share("concept", "errors whose concept is the labelled one"),
        share("right_line", "errors placed on the labelled line"),
        share("raised", "programs that raised the labelled type when run"),
        *times("to explain an error that was raised"),
        *times("to run the program", "run_ms"),
    ),
)

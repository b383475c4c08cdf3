"""How well the next answer is foreseen, for students the learner model has never seen."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import numpy as np

from evals.datasets import Case, Files
from evals.metrics import Line, Metric, auc, calibration_error, forecasts, rmse
from evals.school import School, read, split
from evals.task import Bench, Judge, Judged, Task

_SEED = 7  # which students are new is part of the task's definition; --seed samples among them


def read_new(files: Files) -> Sequence[Case]:
    """The students who are new: a fifth, always the same of a log."""
    return split(read(files), _SEED)[1]


@asynccontextmanager
async def open_judge(bench: Bench, cases: Sequence[Case]) -> AsyncIterator[Judge]:
    school = School()
    bench.on_progress(0, 1, "learning items and skills from the other students")
    known = split(read(bench.files), _SEED)[0]
    await asyncio.to_thread(school.learn, [case.row for case in known])

    async def judge(case: Case) -> Judged:
        return await asyncio.to_thread(_judge, case, school)

    yield judge


def _judge(case: Case, school: School) -> Judged:
    known = list(school.follow(case.row))
    unseen = list(school.follow(case.row, items_known=False))
    outcomes = [moment.answer.correct for moment in known]
    gaps = [(moment.foreseen - moment.answer.correct) ** 2 for moment in known]
    return {
        "scores": {"brier": sum(gaps) / len(gaps)}, "weight": len(known), "shown": f"{len(known)} answers, {sum(outcomes)} right",
        "foreseen": [[round(moment.foreseen, 5) for moment in known], outcomes],
        "unseen": [[round(moment.foreseen, 5) for moment in unseen], outcomes],
    }  # fmt: skip


def _over(key: str, measure: Callable[[Any, Any], float | None]) -> Callable[[Sequence[Line]], float | None]:
    def joined(lines: Sequence[Line]) -> float | None:
        whole = [line for line in lines if key in line]
        return measure(*forecasts(whole, key)) if whole else None

    return joined


def _base_rate(scores: np.ndarray[Any, Any], outcomes: np.ndarray[Any, Any]) -> float:
    return float(outcomes.mean())


TASK = Task(
    name="tracing",
    about=__doc__ or "",
    read=read_new,
    open=open_judge,
    metrics=(
        Metric(
            name="auc",
            meaning="chance that a right answer was thought likelier than a wrong one",
            of=_over("foreseen", auc),
        ),
        Metric(
            name="rmse",
            meaning="root mean square of forecast minus outcome",
            of=_over("foreseen", rmse),
            better="lower",
        ),
        Metric(
            name="ece",
            meaning="gap between forecasts and outcomes in ten bins of equal width",
            of=_over("foreseen", calibration_error),
            better="lower",
        ),
        Metric(
            name="auc_item_unseen", meaning="the same as auc when no item has been seen before", of=_over("unseen", auc)
        ),
        Metric(
            name="rmse_item_unseen",
            meaning="the same as rmse when no item has been seen before",
            of=_over("unseen", rmse),
            better="lower",
        ),
        Metric(name="right", meaning="share of right answers in the data", of=_over("foreseen", _base_rate)),
    ),
)

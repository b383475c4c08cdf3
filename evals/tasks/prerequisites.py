"""Which of two ideas builds on the other: how likely the product holds each pair to be a prerequisite."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from evals.datasets import Case, DocumentRow, Files, PrerequisiteRow, read_rows
from evals.metrics import Line, Metric, auc, average_precision, calibration_error, forecasts
from evals.task import Bench, Judge, Judged, Task
from knowledge.content import load_curriculum
from knowledge.embed import open_encoder
from knowledge.index import SHIPPED
from learning.prerequisites import Corpus, Idea, fingerprint, fitted, plain, probability


def read(files: Files) -> Sequence[Case]:
    return [
        Case(id=f"{row.concept} <- {row.candidate_prerequisite} #{number}", row=row)
        for number, row in enumerate(read_rows(files.data, PrerequisiteRow), 1)
    ]


@asynccontextmanager
async def open_judge(bench: Bench, cases: Sequence[Case]) -> AsyncIterator[Judge]:
    ideas, corpus = await asyncio.to_thread(_open, bench, cases)

    async def judge(case: Case) -> Judged:
        return _judge(case.row, ideas, corpus)

    yield judge


def _open(bench: Bench, cases: Sequence[Case]) -> tuple[dict[str, Idea], Corpus]:
    names = sorted({name for case in cases for name in (case.row.concept, case.row.candidate_prerequisite)})
    bench.on_progress(0, 1, f"embedding {len(names)} names")
    encoder = open_encoder(
        bench.settings.knowledge.embedding_model, bench.settings.data_dir, bench.settings.knowledge.embedding_precision
    )
    vectors = encoder.encode([plain(name) for name in names]).tolist()
    ideas = {name: Idea(name=name, vector=vector) for name, vector in zip(names, vectors, strict=True)}
    return ideas, Corpus(_lessons() if bench.files.corpus is None else _texts(bench.files.corpus))


def _texts(corpus: Path) -> list[str]:
    return [f"{row.title} {row.text}" for row in read_rows(corpus, DocumentRow)]


def _lessons() -> list[str]:
    """Our own course's: the beginnings of a field are named in it, whatever the field."""
    course = load_curriculum(SHIPPED)
    return [f"{topic.title} {part.text}" for topic in course.topics for part in course.sections[topic.id]]


def _judge(row: PrerequisiteRow, ideas: dict[str, Idea], corpus: Corpus) -> Judged:
    likely = round(probability(ideas[row.concept], ideas[row.candidate_prerequisite], corpus), 5)
    new = fingerprint(row.concept, row.candidate_prerequisite) not in fitted().pairs
    return {
        "scores": {"brier": (likely - row.is_prerequisite) ** 2, "new": float(new)},
        "shown": f"Does {plain(row.concept)} need {plain(row.candidate_prerequisite)}?",
        "expected": row.is_prerequisite, "output": likely, "foreseen": [[likely], [row.is_prerequisite]],
    }  # fmt: skip


def _over(
    measure: Callable[[Any, Any], float | None], lines: Sequence[Line], *, new_only: bool = False
) -> float | None:
    kept = [line for line in lines if "foreseen" in line and (line["scores"]["new"] or not new_only)]
    return measure(*forecasts(kept, "foreseen")) if kept else None


def _new(lines: Sequence[Line]) -> float | None:
    found = [line["scores"]["new"] for line in lines if "foreseen" in line]
    return float(np.mean(found)) if found else None


TASK = Task(
    name="prerequisites",
    about=__doc__ or "",
    read=read,
    open=open_judge,
    metrics=(
        Metric(
            name="auc",
            meaning="chance that a true prerequisite pair is scored above a false one",
            of=partial(_over, auc),
        ),
        Metric(
            name="auc_new",
            meaning="the same over the pairs on which the shipped weights were not fitted; none when they were on all",
            of=partial(_over, auc, new_only=True),
        ),
        Metric(
            name="average_precision",
            meaning="mean precision over the ranks of the true pairs",
            of=partial(_over, average_precision),
        ),
        Metric(
            name="ece",
            meaning="gap between forecasts and outcomes in ten bins of equal width",
            of=partial(_over, calibration_error),
            better="lower",
        ),
        Metric(name="new", meaning="share of pairs on which the shipped weights were not fitted", of=_new),
    ),
)

"""Which of two ideas builds on the other. The product reads prerequisites from its authors and judges no pairs."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from core.errors import Invalid
from evals.datasets import Case, Files, PrerequisiteRow, read_rows
from evals.metrics import share
from evals.task import Bench, Judge, Task


def read(files: Files) -> Sequence[Case]:
    return [
        Case(id=f"{row.concept} <- {row.candidate_prerequisite} #{number}", row=row)
        for number, row in enumerate(read_rows(files.data, PrerequisiteRow), 1)
    ]


@asynccontextmanager
async def open_judge(bench: Bench, cases: Sequence[Case]) -> AsyncIterator[Judge]:
    """Raises Invalid: there is nothing to try yet."""
    raise Invalid(
        f"the {len(cases)} pairs are of the right form, but the product has no code that judges whether one idea is a "
        "prerequisite of another: topics name theirs in the curriculum (knowledge/content.py), and nothing infers them"
    )
    yield  # makes it a generator


TASK = Task(
    name="prerequisites",
    about=__doc__ or "",
    read=read,
    open=open_judge,
    metrics=(share("auc", "chance that a true prerequisite pair is scored above a false one"),),
)

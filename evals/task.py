"""What a task is: how its cases are read, how one is judged with the product's own code, what is measured."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from core.errors import Invalid
from core.settings import Settings
from evals.datasets import Case, Files
from evals.metrics import Metric

Judged = dict[str, Any]
"""What is kept of a case: `scores` (name to number or None), and what to show of it: `shown`, `output`, `note`."""
Judge = Callable[[Case], Awaitable[Judged]]
OnProgress = Callable[[int, int, str], None]
Opening = AsyncIterator[Judge]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a task may use: the settings of the product that is tried, the files, the seed. What it writes in `notes` stands
    in the result."""

    settings: Settings
    files: Files
    seed: int = 0
    on_progress: OnProgress = field(default=lambda done, total, what: None)
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """`open` holds open what the product needs while cases are judged; it is given every case of the dataset. The first
    metric is the one shown while it runs. `failed` are the scores of a case on which the product broke. `jobs` is how
    many cases run at once unless told otherwise: one where milliseconds are measured."""

    name: str
    about: str
    read: Callable[[Files], Sequence[Case]]
    open: Callable[[Bench, Sequence[Case]], AbstractAsyncContextManager[Judge]]
    metrics: tuple[Metric, ...]
    failed: dict[str, float] = field(default_factory=dict)
    jobs: int = 1


TASKS = (
    "triage", "retrieval", "maths", "working", "solving", "errors", "syntax", "repair", "leak", "tracing", "struggle", "prerequisites", "grading", "explanation", "turns", "students",
)  # fmt: skip


def find_task(name: str) -> Task:
    """Raises Invalid for a name that is none."""
    if name not in TASKS:
        raise Invalid(f"there is no task {name!r}; there are: {', '.join(TASKS)}")
    task = import_module(f"evals.tasks.{name}").TASK
    assert isinstance(task, Task)
    return task

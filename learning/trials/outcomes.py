"""What became of each student who met an experiment: one row a student, settled when the student's window has closed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.db import Pool, connection, sql
from learning.trials.definition import MEANINGS

_SETTLES_S = 60.0  # the longest that a turn which began within the window may still take


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A student is the unit, however many turns: each value is the student's own share of turns."""

    student: str
    variant: str
    design: str
    turns: int
    seconds: tuple[float, ...]
    values: dict[str, float]

    def slower_than(self, bound_s: float) -> float:
        return sum(second > bound_s for second in self.seconds) / len(self.seconds)


async def read_outcomes(pool: Pool, experiment: str, *, window_hours: float, until: datetime) -> list[Outcome]:
    """In the order in which windows closed, of those that closed before `until`. Raises DatabaseUnavailable."""
    arguments = {
        "experiment": experiment,
        "window": timedelta(hours=window_hours),
        "until": until - timedelta(seconds=_SETTLES_S),
    }
    async with connection(pool) as conn:
        rows = await (await conn.execute(sql("learning/read_outcomes"), arguments)).fetchall()
    return [_outcome(row) for row in rows]


def _outcome(row: dict[str, Any]) -> Outcome:
    return Outcome(
        student=row["student_id"], variant=row["variant"], design=row["design"], turns=row["turns"],
        seconds=tuple(row["seconds"]), values={name: float(row[name] or 0.0) for name in MEANINGS},
    )  # fmt: skip

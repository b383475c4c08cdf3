"""Whether an answer agrees with its reference: the algebra system behind marking, on labelled and on hostile answers."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from cas.checker import open_mathematics
from core.errors import Invalid
from core.ports import Equivalence, Mathematics
from evals.datasets import Case, Files, MathsRow, read_cases
from evals.metrics import Metric, share, times
from evals.task import Bench, Judge, Judged, Task
from tools.check_maths import check_maths

ANSWERED_S_MAX = 1.0
_PROBES = ("x^2 + 1", "x = 2 or x = 3")


def read(files: Files) -> Sequence[Case]:
    return read_cases(files.data, MathsRow)


@asynccontextmanager
async def open_judge(bench: Bench, cases: Sequence[Case]) -> AsyncIterator[Judge]:
    async with open_mathematics() as mathematics:
        await mathematics.solve("solve x^2 - 5x + 6 = 0")  # starts the children, which takes longer than any check

        async def judge(case: Case) -> Judged:
            row: MathsRow = case.row
            return await (_survive(row, mathematics) if row.reference is None else _check(row, mathematics))

        yield judge


async def _check(row: MathsRow, mathematics: Mathematics) -> Judged:
    assert row.reference is not None
    rule = Equivalence(task=row.task, form=row.form, sigfigs=row.sigfigs)  # type: ignore[arg-type]  # the schema knows the words
    began = time.perf_counter()
    try:
        verdict = await check_maths(mathematics, row.student, row.reference, rule)
        said, why = verdict.verdict, verdict.why
    except Invalid as refusal:  # an empty answer is turned away before it is read
        said, why = "unreadable", refusal.message
    took = (time.perf_counter() - began) * 1000
    accepted = said == "equal"
    scores: dict[str, float | None] = {"ms": round(took, 3), "unsure": float(said == "unsure")}
    if row.equal is not None:
        scores["accuracy"] = float(accepted == bool(row.equal))
        scores["false_accept" if not row.equal else "false_reject"] = float(accepted != bool(row.equal))
    return {
        "scores": scores, "shown": row.student[:400], "wanted": f"{'equal' if row.equal else 'different'}: {row.reference}"[:400],
        "output": {"verdict": said, "why": why}, "group": row.topic,
    }  # fmt: skip


async def _survive(row: MathsRow, mathematics: Mathematics) -> Judged:
    """Beside two usual references and itself; the slowest counts."""
    slowest, said = 0.0, []
    for reference in (*_PROBES, row.student):
        began = time.perf_counter()
        try:
            said.append((await check_maths(mathematics, row.student, reference)).verdict)
        except Invalid:
            said.append("unreadable")
        slowest = max(slowest, time.perf_counter() - began)
    return {
        "scores": {"answered": float(slowest < ANSWERED_S_MAX), "ms": round(slowest * 1000, 3)},
        "shown": row.student[:400], "output": {"verdicts": said},
    }  # fmt: skip


def _slowest(lines: Sequence[object]) -> float | None:
    times_ms = [line["scores"]["ms"] for line in lines if "answered" in line["scores"]]  # type: ignore[index]
    return max(times_ms) if times_ms else None


TASK = Task(
    name="maths",
    about=__doc__ or "",
    read=read,
    open=open_judge,
    failed={"accuracy": 0.0},
    metrics=(
        share("accuracy", "pairs judged as labelled; anything but `equal` counts as not accepted"),
        share("false_accept", "of the pairs that differ, those accepted", "lower"),
        share("false_reject", "of the pairs that are equal, those not accepted", "lower"),
        share("unsure", "pairs about which neither proof nor refutation was found in time", "lower"),
        share("answered", f"hostile answers settled within {ANSWERED_S_MAX:g} s, whatever they are compared with"),
        Metric(name="slowest_ms", meaning="the slowest hostile answer, milliseconds", of=_slowest, better="lower"),
        *times("a check"),
    ),
)

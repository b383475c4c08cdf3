"""The repair behind a hint: found with a pool of correct programs, with the reference only, and with tests alone."""

import asyncio
import difflib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from agents.debugging import GRADE_SECONDS, SEARCH_SECONDS
from core.errors import Invalid
from core.ports import Exercise, Policy, TopicId
from evals.datasets import BugRow, Case, Files, ProblemRow, prelude, read_cases, read_rows
from evals.metrics import share, times
from evals.product import exercise_of, runner_for, test_name
from evals.task import Bench, Judge, Judged, Task
from evals.trees import relative_patch_size
from sandbox.open import open_sandbox
from tools.locate_fault import Fault, locate_fault
from tools.run_code import Runner

SMALL = 0.3
_NEAR_LINES_MAX = 2  # a correct program that differs in more lines does not tell where this one is wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Bug:
    """A failing program with its problem."""

    row: BugRow
    problem: ProblemRow


def read(files: Files) -> Sequence[Case]:
    """Raises Invalid when a program's problem is missing."""
    if files.problems is None:
        raise Invalid("this task needs --problems: a file with the problems that the programs are for")
    problems = {row.problem: row for row in read_rows(files.problems, ProblemRow, unique="problem")}
    cases = []
    for case in read_cases(files.data, BugRow):
        problem = problems.get(case.row.problem)
        if problem is None:
            raise Invalid(f"{files.data}: {case.id}: there is no problem {case.row.problem!r} in {files.problems}")
        cases.append(Case(id=case.id, row=Bug(row=case.row, problem=problem)))
    return cases


@asynccontextmanager
async def open_judge(bench: Bench, cases: Sequence[Case]) -> AsyncIterator[Judge]:
    async with open_sandbox(bench.settings.sandbox) as sandbox:
        runner = runner_for(sandbox)
        # every program for a problem is compared with the same pool: it is read once
        exercises = {c.row.problem.problem: exercise_of(c.row.problem, TopicId("evals")) for c in cases}

        async def judge(case: Case) -> Judged:
            return await _judge(case.row, exercises[case.row.problem.problem], runner)

        yield judge


@dataclass(frozen=True, slots=True, kw_only=True)
class _Repair:
    """`size` is relative to the student's program; None without a fix that passes every test when graded anew."""

    fault: Fault | None
    size: float | None
    ms: float


async def _judge(bug: Bug, exercise: Exercise, runner: Runner) -> Judged:
    lead = prelude(bug.problem)
    program = lead + bug.row.buggy
    failing = [test_name(number) for number in bug.row.failing]
    pools: dict[str, Sequence[str]] = {"none": ()}
    if exercise.reference:
        pools["reference"] = (exercise.reference,)
    if exercise.correct:
        pools["pool"] = tuple(text for text in (*exercise.correct, exercise.reference) if text)
    found = {name: await _repair(runner, program, exercise, pool, failing) for name, pool in pools.items()}
    wrong = fault_lines(bug, lead)
    return {"scores": _scores(found, wrong), "shown": bug.row.buggy[:1500], "group": bug.problem.problem,
            "wanted": f"lines {sorted(wrong)}" if wrong else "", "output": {n: _shown(r) for n, r in found.items()}}  # fmt: skip


async def _repair(
    runner: Runner, program: str, exercise: Exercise, accepted: Sequence[str], failing: Sequence[str]
) -> _Repair:
    began = time.perf_counter()
    fault = await locate_fault(
        runner, program, exercise.tests, accepted=accepted, entry=exercise.entry, failing=failing, seconds=SEARCH_SECONDS
    )  # fmt: skip
    took = (time.perf_counter() - began) * 1000
    size = None
    if fault is not None:
        # the search's own trial is a hint, not a verdict
        grade = await runner.grade(fault.fixed, exercise.tests, Policy(wall_s=GRADE_SECONDS, cpu_s=GRADE_SECONDS))
        size = await asyncio.to_thread(relative_patch_size, program, fault.fixed) if grade.passed else None
    return _Repair(fault=fault, size=size, ms=took)


def _scores(found: Mapping[str, _Repair], wrong: frozenset[int]) -> dict[str, float | None]:
    scores: dict[str, float | None] = {}
    for name, suffix in (("pool", ""), ("reference", "_reference")):
        if (repair := found.get(name)) is not None:
            scores[f"repaired_rps_30{suffix}"] = float(repair.size is not None and repair.size <= SMALL)
            scores[f"repaired{suffix}"] = float(repair.size is not None)
            scores["ms" if name == "pool" else f"{name}_ms"] = round(repair.ms, 2)
    cold = found["none"]
    scores["verified_fix"] = float(cold.size is not None)
    scores["cold_ms"] = round(cold.ms, 2)
    if wrong and cold.fault is not None:
        scores["right_line"] = float(cold.fault.lines[0] in wrong)
    best = found.get("pool") or found.get("reference")
    if wrong and best is not None and best.fault is not None:
        scores["right_line_pool"] = float(best.fault.lines[0] in wrong)
    return scores


def _shown(repair: _Repair) -> dict[str, object]:
    fault = repair.fault
    return {"size": None if repair.size is None else round(repair.size, 3), "ms": round(repair.ms),
            "lines": list(fault.lines) if fault else [], "kind": fault.kind if fault else "", "fixed": fault.fixed if fault else ""}  # fmt: skip


def fault_lines(bug: Bug, lead: str) -> frozenset[int]:
    """Where the program is wrong, in lines of prelude and program together: labelled, or where the nearest correct
    program differs in at most two lines; empty when nothing tells."""
    shift = lead.count("\n")
    labelled = {*bug.row.lines, *([bug.row.line] if bug.row.line else [])}
    if labelled:
        return frozenset(line + shift for line in labelled)
    found = nearest_difference(bug.row.buggy, (bug.problem.reference, *bug.problem.correct_pool))
    return frozenset(line + shift for line in found)


def nearest_difference(program: str, correct: Sequence[str]) -> frozenset[int]:
    """The lines in which the program differs from the correct one nearest to it; empty where more than two do."""
    own = _code_lines(program)
    best: tuple[int, frozenset[int]] | None = None
    for text in correct:
        changed = _changed(own, [line for _, line in _code_lines(text)])
        if changed is not None and changed[1] and (best is None or changed[0] < best[0]):
            best = changed
    return best[1] if best else frozenset()


def _code_lines(program: str) -> list[tuple[int, str]]:
    return [
        (number, line.rstrip())
        for number, line in enumerate(program.split("\n"), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]


def _changed(own: Sequence[tuple[int, str]], other: Sequence[str]) -> tuple[int, frozenset[int]] | None:
    """How many lines differ, and which of the student's; beside a missing line, those around it."""
    if abs(len(own) - len(other)) > _NEAR_LINES_MAX:
        return None
    matcher = difflib.SequenceMatcher(None, [line for _, line in own], other, autojunk=False)
    changed, size = set(), 0
    for tag, a0, a1, b0, b1 in matcher.get_opcodes():
        if tag == "equal":
            continue
        size += max(a1 - a0, b1 - b0)
        changed |= set(range(a0, a1)) if a1 > a0 else {max(0, a0 - 1), min(a0, len(own) - 1)}
    return (size, frozenset(own[place][0] for place in changed)) if size <= _NEAR_LINES_MAX else None


TASK = Task(
    name="repair",
    about=__doc__ or "",
    read=read,
    open=open_judge,
    jobs=2,
    failed={"repaired_rps_30": 0.0, "repaired_rps_30_reference": 0.0, "verified_fix": 0.0},
    metrics=(
        share(
            "repaired_rps_30",
            "with a pool: programs given a fix that passes every test and changes at most 0.3 of their tree",
        ),
        share("repaired_rps_30_reference", "the same with the reference solution alone"),
        share("repaired", "with a pool: programs given a fix of any size that passes every test"),
        share("repaired_reference", "the same with the reference solution alone"),
        share("verified_fix", "with tests but no correct program: programs given a fix that passes every test"),
        share("right_line", "of these with a known fault, those whose first named line is a faulty one"),
        share("right_line_pool", "the same with correct programs at hand"),
        *times("to find a repair with a pool"),
        *times("to find a repair with the reference", "reference_ms"),
        *times("to find a repair with tests alone", "cold_ms"),
    ),
)

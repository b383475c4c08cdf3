"""A run: seeded, resumable, and valid when it is stopped in the middle."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import Conflict, Invalid, SandboxUnavailable
from core.settings import Settings
from evals.configuration import with_changes
from evals.datasets import Case, Files
from evals.metrics import share
from evals.running import Run, choose, read_history, read_result, run
from evals.task import Bench, Judge, Judged, Task

CASES = [Case(id=f"c{n}", row=n) for n in range(10)]


def task_of(judge: Callable[[Case], Awaitable[Judged]], cases: Sequence[Case] = CASES) -> Task:
    @asynccontextmanager
    async def open_judge(bench: Bench, given: Sequence[Case]) -> AsyncIterator[Judge]:
        yield judge

    return Task(
        name="triage", about="", read=lambda files: cases, open=open_judge, metrics=(share("accuracy", "right"),), failed={"accuracy": 0.0}, jobs=2
    )  # fmt: skip


async def right(case: Case) -> Judged:
    return {"scores": {"accuracy": 1.0}}


def wanted(tmp_path: Path, task: Task, **changes: object) -> Run:
    data = tmp_path / "data.jsonl"
    if not data.exists():
        data.write_text("x")
    found = Run(
        task=task, files=Files(data=data), out=tmp_path / "out", settings=Settings(data_dir=tmp_path / "learnflow")
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def silent(done: int, total: int, what: str) -> None:
    pass


async def test_the_result_holds_metrics_with_intervals_and_one_line_a_case(tmp_path: Path) -> None:
    await run(wanted(tmp_path, task_of(right)), silent)

    text = (tmp_path / "out" / "result.json").read_text()
    found = json.loads(text)
    assert found["metrics"] == {"accuracy": 1.0}
    assert found["intervals"] == {"accuracy": [1.0, 1.0]}
    assert found["partial"] is False
    assert sum(line.startswith('{"id"') for line in text.split("\n")) == 10


async def test_finished_cases_are_not_run_again(tmp_path: Path) -> None:
    seen: list[str] = []

    async def judge(case: Case) -> Judged:
        seen.append(case.id)
        return await right(case)

    await run(wanted(tmp_path, task_of(judge), limit=4), silent)
    await run(wanted(tmp_path, task_of(judge), limit=7), silent)

    assert len(seen) == len(set(seen)) == 7


async def test_cancelled_it_leaves_a_valid_partial_result_and_goes_on_from_there(tmp_path: Path) -> None:
    stuck = asyncio.Event()

    async def judge(case: Case) -> Judged:
        if case.row >= 3:
            stuck.set()
            await asyncio.sleep(60)
        return await right(case)

    running = asyncio.create_task(run(wanted(tmp_path, task_of(judge)), silent))
    await stuck.wait()
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    stopped = read_result(tmp_path / "out")
    assert stopped["partial"] is True
    assert 0 < stopped["n"] == len(stopped["cases"]) < 10
    assert (await run(wanted(tmp_path, task_of(right)), silent))["n"] == 10


async def test_a_case_that_breaks_the_product_counts_as_wrong_and_is_tried_again(tmp_path: Path) -> None:
    async def judge(case: Case) -> Judged:
        if case.row == 2:
            raise SandboxUnavailable
        if case.row == 3:
            raise ValueError("odd")
        return await right(case)

    broken = await run(wanted(tmp_path, task_of(judge)), silent)
    mended = await run(wanted(tmp_path, task_of(right)), silent)

    assert (broken["broken"], broken["metrics"]["accuracy"]) == (2, 0.8)
    assert (mended["broken"], mended["metrics"]["accuracy"]) == (0, 1.0)


async def test_a_line_that_was_cut_off_is_run_again(tmp_path: Path) -> None:
    await run(wanted(tmp_path, task_of(right)), silent)
    kept = tmp_path / "out" / "cases.jsonl"
    kept.write_text(kept.read_text()[:-20])

    assert (await run(wanted(tmp_path, task_of(right)), silent))["n"] == 10


async def test_a_folder_of_another_run_is_not_mixed_with_this_one(tmp_path: Path) -> None:
    await run(wanted(tmp_path, task_of(right)), silent)
    (tmp_path / "data.jsonl").write_text("other")

    with pytest.raises(Conflict, match="--fresh"):
        await run(wanted(tmp_path, task_of(right)), silent)
    assert (await run(wanted(tmp_path, task_of(right), fresh=True), silent))["n"] == 10


async def test_cases_of_another_version_of_the_product_are_not_mixed_with_this_ones(tmp_path: Path) -> None:
    await run(wanted(tmp_path, task_of(right)), silent)
    about = tmp_path / "out" / "run.json"
    about.write_text(json.dumps(json.loads(about.read_text()) | {"product": "older"}))

    with pytest.raises(Conflict, match="another version of the product"):
        await run(wanted(tmp_path, task_of(right)), silent)


async def test_what_a_task_notes_stands_in_the_result_of_a_run_that_was_taken_up_again(tmp_path: Path) -> None:
    @asynccontextmanager
    async def opened(bench: Bench, cases: Sequence[Case]) -> AsyncIterator[Callable[[Case], Awaitable[Judged]]]:
        bench.notes["judge"] = {"model": "m"}
        yield right

    noting = replace(task_of(right), open=opened)
    first = await run(wanted(tmp_path, noting, limit=4), silent)
    again = await run(wanted(tmp_path, noting, limit=4), silent)

    assert first["judge"] == again["judge"] == {"model": "m"}


async def test_cases_run_side_by_side_but_no_more_than_asked_for(tmp_path: Path) -> None:
    at_once, most = 0, 0

    async def judge(case: Case) -> Judged:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.001)
        at_once -= 1
        return await right(case)

    await run(wanted(tmp_path, task_of(judge), jobs=3), silent)

    assert most == 3


async def test_only_finished_runs_enter_the_history(tmp_path: Path) -> None:
    await run(wanted(tmp_path, task_of(right)), silent)

    assert [past["metrics"] for past in read_history(tmp_path / "learnflow")] == [{"accuracy": 1.0}]


def test_a_larger_limit_holds_the_cases_of_a_smaller_one() -> None:
    small, large = choose(CASES, 3, 5), choose(CASES, 6, 5)

    assert {case.id for case in small} <= {case.id for case in large}
    assert choose(CASES, 3, 5) == small
    assert choose(CASES, None, 5) == CASES


def test_settings_are_changed_by_name_and_unknown_ones_are_refused() -> None:
    changed = with_changes(Settings(), {"knowledge.passages": "3", "model": "offline"})

    assert changed.knowledge.passages == 3
    for wrong in ({"knowledge.pasages": "3"}, {"knowledge.passages": "many"}, {"a.b.c": "1"}):
        with pytest.raises(Invalid):
            with_changes(Settings(), wrong)


def test_what_is_no_result_is_told_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("[]")

    with pytest.raises(Invalid, match="not a result"):
        read_result(tmp_path)
    with pytest.raises(Invalid, match="cannot be read"):
        read_result(tmp_path / "gone.json")

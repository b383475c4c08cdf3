"""Runs a task over a dataset: seeded, several cases at once, each kept as it is finished, so that a run can be taken up
again and one that is stopped is still a valid result."""

import asyncio
import hashlib
import json
import math
import os
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from core.errors import Conflict, Invalid, LearnFlowError
from core.settings import Settings
from evals.datasets import Case, Files
from evals.metrics import Line
from evals.statistics import interval
from evals.task import Bench, Judge, OnProgress, Task

FORMAT = 1
_ROOT = Path(__file__).resolve().parents[1]
_PRODUCT = (
    "agents",
    "graphs",
    "tools",
    "memory",
    "knowledge",
    "sandbox",
    "cas",
    "learning",
    "accounts",
    "core",
    "evals",
)
_PRODUCT_FILES = {".py", ".md", ".sql", ".json", ".toml"}
_SCORE_S = 0.5  # how often the running score is worked out
Result = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What to run. `changes` are the settings that differ from the defaults, as they were given."""

    task: Task
    files: Files
    out: Path
    settings: Settings
    name: str = ""
    headline: str = ""
    limit: int | None = None
    seed: int = 0
    jobs: int | None = None
    changes: Mapping[str, str] | None = None
    fresh: bool = False


async def run(wanted: Run, on_progress: OnProgress) -> Result:
    """The result, as it also stands in `out/result.json`. Cases that `out` holds already are not run again. Cancelled, it
    writes what there is, marked partial, before it ends. Raises Invalid for a bad dataset, Conflict when `out` holds
    another run."""
    every = wanted.task.read(wanted.files)
    cases = choose(every, wanted.limit, wanted.seed)
    facts = _facts(wanted)
    kept = _Kept(wanted.out, facts, fresh=wanted.fresh)
    lines = {case.id: kept.lines[case.id] for case in cases if case.id in kept.lines}
    began = time.monotonic()
    finished = False
    try:
        await _judge_all(wanted, every, cases, lines, kept, on_progress)
        finished = True
    finally:
        ordered = [lines[case.id] for case in cases if case.id in lines]
        result = summarise(wanted.task, ordered, seed=wanted.seed) | facts | kept.notes
        result |= {"partial": not finished, "cases_wanted": len(cases), "seconds": round(time.monotonic() - began, 2)}
        write_result(wanted.out / "result.json", result, ordered)
        if finished and ordered:
            _remember(wanted.settings.data_dir / "evals" / "history.jsonl", result)
    return {**result, "cases": ordered}


def choose(cases: Sequence[Case], limit: int | None, seed: int) -> list[Case]:
    """All in their order, or the first `limit` of them shuffled: a larger limit holds the smaller one's cases."""
    if limit is None or limit >= len(cases):
        return list(cases)
    return random.Random(seed).sample(list(cases), len(cases))[:limit]  # noqa: S311 (a sample, not a secret)


def summarise(task: Task, lines: Sequence[Line], *, seed: int = 0) -> Result:
    """Every metric of the task with its 95 % interval; a metric about which no case says anything is left out."""
    metrics: dict[str, float] = {}
    intervals: dict[str, list[float]] = {}
    weight = max(1, math.ceil(sum(int(line.get("weight", 1)) for line in lines) / max(1, len(lines))))
    for metric in task.metrics:
        value = metric.of(lines)
        if value is None:
            continue
        metrics[metric.name] = round(value, 6)
        if spread := interval(lines, metric.of, seed=seed, weight=weight):
            intervals[metric.name] = [round(bound, 6) for bound in spread]
    return {
        "format": FORMAT, "task": task.name, "n": len(lines), "broken": sum("broke" in line for line in lines),
        "metrics": metrics, "intervals": intervals,
        "meanings": {m.name: {"meaning": m.meaning, "better": m.better} for m in task.metrics if m.name in metrics},
    }  # fmt: skip


def write_result(path: Path, result: Mapping[str, Any], lines: Sequence[Line]) -> None:
    """One JSON object whose `cases` stand one to a line, written whole or not at all."""
    head = json.dumps(result, ensure_ascii=False, indent=1)
    body = ",\n".join(_dump(line) for line in lines)
    partial = path.with_suffix(".partial")
    partial.write_text(head.removesuffix("\n}") + f',\n "cases": [\n{body}\n]}}\n', encoding="utf-8")
    os.replace(partial, path)


def _remember(history: Path, result: Mapping[str, Any]) -> None:
    """The figures of every finished run on this machine, for a report to draw."""
    head = {
        name: result[name]
        for name in ("at", "name", "task", "n", "limit", "changes", "fingerprint", "product", "metrics", "intervals")
    }
    history.parent.mkdir(parents=True, exist_ok=True)
    with history.open("a", encoding="utf-8") as file:
        file.write(json.dumps(head, ensure_ascii=False) + "\n")


def read_history(data_dir: Path) -> list[Result]:
    """Finished runs, oldest first; lines that are damaged are passed over."""
    file = data_dir / "evals" / "history.jsonl"
    found: list[Result] = []
    for text in file.read_text(encoding="utf-8").split("\n") if file.is_file() else []:
        try:
            found.append(json.loads(text))
        except ValueError:
            continue
    return found


def read_result(path: Path) -> Result:
    """A result file, or the one in a run's folder. Raises Invalid."""
    file = path / "result.json" if path.is_dir() else path
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        assert isinstance(found["metrics"], dict)
        assert isinstance(found["cases"], list)
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AssertionError):
        raise Invalid(f"{file} is not a result of `learnflow evals run`") from None
    return dict(found)


def find_results(paths: Sequence[Path]) -> list[Result]:
    """The result at each path, or those below it. Raises Invalid where there is none."""
    found: list[Result] = []
    for path in paths:
        files = [path] if path.is_file() else sorted(path.rglob("result.json"))
        if not files:
            raise Invalid(f"there is no result.json in {path}")
        found += [read_result(file) for file in files]
    return found


# --- judging -------------------------------------------------------------------------------------------------------


async def _judge_all(
    wanted: Run,
    every: Sequence[Case],
    cases: Sequence[Case],
    lines: dict[str, Line],
    kept: "_Kept",
    on_progress: OnProgress,
) -> None:
    waiting = [case for case in cases if case.id not in lines]
    if not waiting:
        return
    bench = Bench(
        settings=wanted.settings, files=wanted.files, seed=wanted.seed, on_progress=on_progress, notes=kept.notes
    )
    shown = _Shown(wanted.task, len(cases), on_progress)
    async with wanted.task.open(bench, every) as judge:
        kept.write_notes()
        shown.show(lines, at_once=True)
        queue = iter(waiting)

        async def work() -> None:
            for case in queue:
                line = await _judge_one(wanted.task, judge, case)
                lines[case.id] = line
                kept.add(line)
                shown.show(lines)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(wanted.jobs or wanted.task.jobs):
                tasks.create_task(work())
        shown.show(lines, at_once=True)


async def _judge_one(task: Task, judge: Judge, case: Case) -> Line:
    began = time.perf_counter()
    try:
        judged = await judge(case)
    except LearnFlowError as error:
        judged = {"scores": dict(task.failed), "broke": f"{type(error).__name__}: {error.message}"}
    except Exception as error:  # the outermost loop of a case: one that breaks the product is a finding, not the end
        judged = {"scores": dict(task.failed), "broke": f"{type(error).__name__}: {error}"}
    took = round((time.perf_counter() - began) * 1000, 2)
    return {"id": case.id, **judged, "given": _given(case), "took_ms": took}


def _given(case: Case) -> Any:
    """The row as it stands in the dataset, where it is small enough to be looked at."""
    row = getattr(case.row, "row", case.row)
    return row.model_dump(mode="json", exclude_defaults=True) if isinstance(row, BaseModel) else None


class _Shown:
    """The running score, worked out now and then."""

    def __init__(self, task: Task, total: int, on_progress: OnProgress) -> None:
        self._metric, self._total, self._on_progress = task.metrics[0], total, on_progress
        self._at = 0.0
        self._what = task.name

    def show(self, lines: Mapping[str, Line], *, at_once: bool = False) -> None:
        now = time.monotonic()
        if not at_once and now - self._at < _SCORE_S:
            return
        self._at = now
        value = self._metric.of(list(lines.values()))
        score = f"{self._metric.name} {value:.3f}" if value is not None else ""
        self._on_progress(len(lines), self._total, f"{self._what}|{score}")


# --- what is kept --------------------------------------------------------------------------------------------------


class _Kept:
    """The lines of a run's folder, to which finished cases are added one by one."""

    def __init__(self, folder: Path, facts: Mapping[str, Any], *, fresh: bool) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Invalid(f"{folder} cannot be made: {error.strerror}") from error
        self._file = folder / "cases.jsonl"
        self._about = folder / "run.json"
        self._facts = {name: facts[name] for name in ("fingerprint", "product", "task")}
        self.notes: dict[str, Any] = {}
        before = self._before()
        if not fresh and before.get("fingerprint", facts["fingerprint"]) != facts["fingerprint"]:
            raise Conflict(
                f"{folder} holds a run of another task, dataset or configuration; name another --out, or --fresh to replace it"
            )
        if not fresh and before.get("product", facts["product"]) != facts["product"]:
            raise Conflict(
                f"{folder} holds cases that another version of the product was tried on; name another --out, or --fresh to "
                "run them again"
            )
        if fresh:
            self._file.unlink(missing_ok=True)
        else:
            self.notes |= before.get("notes", {})
        self.write_notes()
        self.lines = self._read()

    def _before(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self._about.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}

    def write_notes(self) -> None:
        text = json.dumps(self._facts | {"notes": self.notes}, ensure_ascii=False, default=str)
        self._about.write_text(text, encoding="utf-8")

    def add(self, line: Line) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(_dump(line) + "\n")

    def _read(self) -> dict[str, Line]:
        """Without a last line that was cut off, and without cases that broke: those are tried again."""
        if not self._file.is_file():
            return {}
        lines: dict[str, Line] = {}
        for text in self._file.read_text(encoding="utf-8").split("\n"):
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if "broke" not in line:
                lines[line["id"]] = line
        self._file.write_text("".join(_dump(line) + "\n" for line in lines.values()), encoding="utf-8")
        return lines


def _facts(wanted: Run) -> dict[str, Any]:
    """What the figures are about. Two runs with the same fingerprint tried the same cases on the same configuration."""
    files = {
        name: {"path": str(path), "sha256": _digest(path)}
        for name in ("data", "corpus", "qrels", "problems")
        if (path := getattr(wanted.files, name)) is not None
    }
    changes = dict(wanted.changes or {})
    mark = json.dumps(
        [wanted.task.name, {name: file["sha256"] for name, file in files.items()}, changes], sort_keys=True
    )
    return {
        "name": wanted.name or wanted.task.name, "headline": wanted.headline, "files": files, "changes": changes, "seed": wanted.seed, "limit": wanted.limit,
        "task": wanted.task.name, "fingerprint": hashlib.sha256(mark.encode()).hexdigest()[:16],
        "product": product_digest(), "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }  # fmt: skip


@cache
def product_digest() -> str:
    """Of the code, prompts, queries and lessons that are tried: figures of another are not figures of this one."""
    digest = hashlib.sha256()
    for room in _PRODUCT:
        for file in sorted((_ROOT / room).rglob("*")):
            if file.suffix in _PRODUCT_FILES:
                digest.update(file.relative_to(_ROOT).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def _digest(path: Path) -> str:
    """Of a file's bytes; of a folder's files with their names."""
    digest = hashlib.sha256()
    for file in sorted(found for found in path.rglob("*") if found.is_file()) if path.is_dir() else [path]:
        digest.update(file.relative_to(path).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def _dump(line: Line) -> str:
    return json.dumps(line, ensure_ascii=False, default=str)

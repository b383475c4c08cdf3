"""Tasks over datasets of a few lines, with the real sandbox, algebra system and learner model."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from core.settings import Settings
from evals.datasets import Files
from evals.running import Result, Run, run
from evals.task import find_task

BUGGY = "def total(n):\n    s = 0\n    for i in range(n):\n        s = s + i\n    return s\n"
GOOD = BUGGY.replace("range(n)", "range(n + 1)")
PROBLEM = {
    "problem": "p/total", "title": "total", "statement": "The sum of 1 to n.", "mode": "call", "reference": GOOD, "correct_pool": [GOOD],
    "tests": [{"call": "total(3)", "expect": "6"}, {"call": "total(0)", "expect": "0"}, {"call": "total(10)", "expect": "55"}],
}  # fmt: skip
BUG = {"id": "b1", "problem": "p/total", "buggy": BUGGY, "failing": [0, 2]}


def rows(path: Path, *found: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in found))
    return path


async def evaluate(task: str, tmp_path: Path, data: Path, *, data_dir: Path | None = None, **files: Path) -> Result:
    settings = Settings(data_dir=data_dir or tmp_path / "learnflow")
    wanted = Run(task=find_task(task), files=Files(data=data, **files), out=tmp_path / "out", settings=settings)
    return await run(wanted, lambda done, total, what: None)


@pytest.mark.usefixtures("isolating")
async def test_a_repair_is_measured_with_a_pool_a_reference_and_neither(tmp_path: Path) -> None:
    problems = rows(tmp_path / "p.jsonl", PROBLEM)

    found = await evaluate("repair", tmp_path, rows(tmp_path / "b.jsonl", BUG), problems=problems)

    assert found["broken"] == 0
    assert found["metrics"]["repaired_rps_30"] == found["metrics"]["repaired_rps_30_reference"] == 1.0
    assert {"verified_fix", "p95_ms", "cold_p95_ms"} <= found["metrics"].keys()
    assert 0 < found["cases"][0]["output"]["pool"]["size"] <= 0.3


@pytest.mark.usefixtures("isolating")
async def test_an_error_is_explained_as_in_a_turn(tmp_path: Path) -> None:
    case = {
        "code": "def f(a):\n    return a[5]\n",
        "call": "f([1])",
        "type": "IndexError",
        "line": 2,
        "concept": "index-out-of-range",
    }

    found = await evaluate(
        "errors", tmp_path, rows(tmp_path / "e.jsonl", case, {"code": "x = 1\n", "type": "NameError", "concept": "c"})
    )

    assert [line["scores"]["concept"] for line in found["cases"]] == [1.0, 0.0]
    assert found["cases"][0]["scores"]["right_line"] == 1.0


async def test_answers_are_checked_and_hostile_ones_survived(tmp_path: Path) -> None:
    data = rows(
        tmp_path / "m.jsonl",
        {"student": "2(x+1)", "reference": "2x+2", "equal": 1},
        {"student": "x^2", "reference": "2x", "equal": 0},
        {"student": "  ", "reference": "2x", "equal": 0},
        {"student": "9^9^9^9"},
    )

    found = await evaluate("maths", tmp_path, data)

    assert found["metrics"]["accuracy"] == 1.0
    assert found["metrics"]["false_accept"] == 0.0
    assert found["metrics"]["answered"] == 1.0


async def test_what_compiles_already_does_not_count_as_repaired(tmp_path: Path) -> None:
    found = await evaluate(
        "syntax",
        tmp_path,
        rows(tmp_path / "s.jsonl", {"code": "x = 1\n"}, {"code": "for i in x\n    pass\n", "line": 1}),
    )

    assert found["metrics"]["compiles"] == 1.0
    assert found["metrics"]["broken"] == 0.5


async def test_a_log_is_foreseen_for_students_who_are_new(tmp_path: Path) -> None:
    random.seed(5)
    lines = ["user_id,item_id,skill_id,correct"]
    for student in range(60):
        strong = student % 2
        lines += [f"u{student},i{n % 7},s,{int(random.random() < (0.9 if strong else 0.2))}" for n in range(14)]
    data = tmp_path / "log.csv"
    data.write_text("\n".join(lines) + "\n")

    traced = await evaluate("tracing", tmp_path / "a", data)
    struggling = await evaluate("struggle", tmp_path / "b", data)

    assert traced["n"] == 12
    assert traced["metrics"]["auc"] > 0.75
    assert struggling["metrics"]["average_precision"] > struggling["metrics"]["struggling"]


async def test_what_an_idea_needs_is_told_from_what_needs_it(tmp_path: Path, indexed_dir: Path) -> None:
    data = tmp_path / "p.csv"
    pairs = ["Fraction,Number", "Rational_function,Function_(mathematics)", "Definite integral,Area"]
    lines = [f"{pair},1" for pair in pairs] + [f"{','.join(reversed(pair.split(',')))},0" for pair in pairs]
    data.write_text("\n".join(["concept,candidate_prerequisite,is_prerequisite", *lines]) + "\n")

    found = await evaluate("prerequisites", tmp_path, data, data_dir=indexed_dir)

    assert found["metrics"]["auc"] >= 0.9
    assert found["n"] == 6

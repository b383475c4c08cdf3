"""`learnflow evals …` as it is typed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.house.test_rooms import ROOT
from tests.integration.evals.test_tasks import rows


def start(tmp_path: Path, *words: object, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "cli.main", "evals", *map(str, words)],
        cwd=ROOT, env={**os.environ, "LEARNFLOW_DATA_DIR": str(tmp_path / "learnflow"), "COLUMNS": "200", **variables},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def say(tmp_path: Path, *words: object) -> tuple[int, str, str]:
    process = start(tmp_path, *words)
    out, err = process.communicate(timeout=100)
    return process.returncode, out, err


def test_a_run_is_made_compared_reported_and_gated(tmp_path: Path) -> None:
    data = rows(tmp_path / "s.jsonl", *[{"code": f"for i in range({n})\n    print(i)\n", "line": 1} for n in range(6)])
    out = tmp_path / "run"

    code, printed, _ = say(
        tmp_path, "run", "--task", "syntax", "--data", data, "--out", out, "--limit", 4, "--seed", 1, "--json"
    )
    assert code == 0
    assert json.loads(printed)["metrics"]["compiles"] == 1.0
    assert len(json.loads((out / "result.json").read_text())["cases"]) == 4

    assert say(tmp_path, "compare", out, out)[1].count("no clear difference") >= 3
    assert say(tmp_path, "report", out, "--out", tmp_path / "page")[0] == 0
    assert (tmp_path / "page" / "index.html").stat().st_size > 5_000
    gate = tmp_path / "gate.toml"
    gate.write_text("[syntax]\nmin.compiles = 0.9\n")
    assert say(tmp_path, "gate", gate, out)[0] == 0
    gate.write_text("[syntax]\nmin.compiles = 1.1\n")
    assert say(tmp_path, "gate", gate, out)[0] == 1


def test_a_fault_in_a_dataset_is_one_readable_line_and_not_a_traceback(tmp_path: Path) -> None:
    data = tmp_path / "s.jsonl"
    data.write_text('{"code": "x"}\n{"kode": "x"}\n')

    code, _, err = say(tmp_path, "run", "--task", "syntax", "--data", data, "--out", tmp_path / "run")

    assert code == 1
    assert "s.jsonl:2: " in err
    assert "Traceback" not in err


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_leaves_a_valid_partial_result(tmp_path: Path, stop: signal.Signals) -> None:
    data = rows(
        tmp_path / "m.jsonl",
        *[{"student": f"sin(x)^{n}+cos(x)", "reference": f"(sin(x)^{n + 1}+1)/x", "equal": 0} for n in range(4000)],
    )
    out = tmp_path / "run"
    process = start(tmp_path, "run", "--task", "maths", "--data", data, "--out", out)
    kept = out / "cases.jsonl"
    deadline = time.monotonic() + 60
    while (not kept.exists() or kept.read_text().count("\n") < 5) and time.monotonic() < deadline:
        time.sleep(0.05)

    process.send_signal(stop)
    process.communicate(timeout=60)

    found = json.loads((out / "result.json").read_text())
    assert process.returncode == 130
    assert found["partial"] is True
    assert 5 <= found["n"] == len(found["cases"]) < 4000


def test_a_turn_that_is_not_there_is_told_in_one_line(tmp_path: Path, database_url: str) -> None:
    process = start(tmp_path, "new", "--from-turn", "nobody", DATABASE_URL=database_url)
    _, err = process.communicate(timeout=100)

    assert process.returncode == 1
    assert "there is no finished turn nobody" in err
    assert "Traceback" not in err

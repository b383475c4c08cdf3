"""Lines of runs, made by hand."""

from pathlib import Path
from typing import Any

from evals.running import Result, summarise
from evals.task import find_task


def line(name: str, **scores: float | None) -> dict[str, Any]:
    return {"id": name, "scores": scores, "shown": f"case {name}", "took_ms": 1.0}


def triage_run(right: str, name: str = "triage") -> Result:
    """One message a letter: `y` was judged right, `n` was not."""
    lines = [
        {**line(f"m{n}", accuracy=float(sign == "y"), ms=1.0 + n), "expected": "concept", "predicted": "concept" if sign == "y" else "social"}
        for n, sign in enumerate(right)
    ]  # fmt: skip
    return {**summarise(find_task("triage"), lines), "name": name, "cases": lines}


def write(path: Path, *rows: str) -> Path:
    path.write_text("".join(row + "\n" for row in rows), encoding="utf-8")
    return path

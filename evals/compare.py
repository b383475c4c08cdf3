"""Two runs over the same cases: what changed, by how much, and whether that can be chance."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.errors import Invalid
from evals.metrics import Line, Metric
from evals.running import Result
from evals.statistics import effect_size, mcnemar, paired_bootstrap
from evals.task import find_task

SIGNIFICANT = 0.05


def compare(a: Result, b: Result, *, seed: int = 0) -> dict[str, Any]:
    """Metric by metric over the cases that both have: both values, the difference b - a with its 95 % interval, p (paired
    bootstrap; McNemar's where cases are right or wrong), Cohen's d, and the cases that got better or worse. Raises Invalid
    when the runs are of different tasks or share no case."""
    if a["task"] != b["task"]:
        raise Invalid(
            f"the first run is of {a['task']}, the second of {b['task']}: only runs of one task can be compared"
        )
    lines_a, lines_b = _paired(a["cases"], b["cases"])
    if not lines_a:
        raise Invalid("the two runs have no case in common")
    task = find_task(a["task"])
    metrics = {m.name: row for m in task.metrics if (row := _metric(m, lines_a, lines_b, seed)) is not None}
    return {
        "task": a["task"], "a": a.get("name", "a"), "b": b.get("name", "b"), "n": len(lines_a),
        "only_a": len(a["cases"]) - len(lines_a), "only_b": len(b["cases"]) - len(lines_b), "metrics": metrics,
        "changed": changed(lines_a, lines_b, task.metrics[0]),
    }  # fmt: skip


def _paired(a: Sequence[Line], b: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    others = {line["id"]: line for line in b}
    both = [line for line in a if line["id"] in others]
    return both, [others[line["id"]] for line in both]


def _metric(metric: Metric, a: Sequence[Line], b: Sequence[Line], seed: int) -> dict[str, Any] | None:
    before, after = metric.of(a), metric.of(b)
    if before is None or after is None:
        return None
    row: dict[str, Any] = {"a": before, "b": after, "difference": after - before, "better": metric.better}
    weight = max(int(line.get("weight", 1)) for line in (*a, *b))
    if found := paired_bootstrap(a, b, metric.of, seed=seed, weight=weight):
        low, high, p = found
        row |= {"interval": [low, high], "p": p, "test": "paired bootstrap"}
    scores = _scores(metric.name, a, b)
    if scores:
        row["effect_size"] = effect_size(*scores)
        if set(scores[0]) | set(scores[1]) <= {0.0, 1.0}:
            won = sum(y > x for x, y in zip(*scores, strict=True))
            lost = sum(y < x for x, y in zip(*scores, strict=True))
            row |= {"p": mcnemar(won, lost), "test": "McNemar", "risen": won, "fallen": lost}
    row["significant"] = row.get("p", 1.0) < SIGNIFICANT
    return row


def _scores(name: str, a: Sequence[Line], b: Sequence[Line]) -> tuple[list[float], list[float]] | None:
    """The scores of that name where both runs have one."""
    both = [
        (float(x["scores"][name]), float(y["scores"][name]))
        for x, y in zip(a, b, strict=True)
        if x["scores"].get(name) is not None and y["scores"].get(name) is not None
    ]
    return ([x for x, _ in both], [y for _, y in both]) if both else None


def changed(a: Sequence[Line], b: Sequence[Line], first: Metric) -> list[dict[str, Any]]:
    """Cases whose score in the task's first metric differs, the worst first."""
    rows = [
        {"id": x["id"], "a": before, "b": after, "shown": str(y.get("shown", ""))[:200]}
        for x, y in zip(a, b, strict=True)
        if (before := _score(x, first.name)) is not None
        and (after := _score(y, first.name)) is not None
        and before != after
    ]
    sign = 1 if first.better == "higher" else -1
    return sorted(rows, key=lambda row: sign * (row["b"] - row["a"]))


def _score(line: Line, name: str) -> float | None:
    value = line["scores"].get(name)
    return None if value is None else float(value)


def write_comparisons(results: Sequence[Result], folder: Path) -> list[dict[str, Any]]:
    """The first run against each other one, as `comparison.json` and `comparison.md` in the folder."""
    found = [compare(results[0], other) for other in results[1:]]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "comparison.json").write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (folder / "comparison.md").write_text("\n".join(map(as_markdown, found)), encoding="utf-8")
    return found


def as_markdown(compared: Mapping[str, Any]) -> str:
    """A table for people, with the cases that changed below it."""
    lines = [
        f"# {compared['task']}: {compared['a']} → {compared['b']}", "",
        f"{compared['n']} cases in common ({compared['only_a']} only in the first, {compared['only_b']} only in the second).", "",
        "| metric | first | second | difference | 95 % | p | effect | |", "|---|---:|---:|---:|---|---:|---:|---|",
    ]  # fmt: skip
    for name, row in compared["metrics"].items():
        spread = f"{row['interval'][0]:+.3f} to {row['interval'][1]:+.3f}" if "interval" in row else ""
        p = f"{row['p']:.3f}" if "p" in row else ""
        effect = f"{row['effect_size']:+.2f}" if "effect_size" in row else ""
        cells = [
            name,
            f"{row['a']:.3f}",
            f"{row['b']:.3f}",
            f"{row['difference']:+.3f}",
            spread,
            p,
            effect,
            verdict(row),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    if compared["changed"]:
        lines += ["", "| case | first | second |", "|---|---:|---:|"]
        lines += [f"| {row['id']} | {row['a']:.3f} | {row['b']:.3f} |" for row in compared["changed"]]
    return "\n".join(lines) + "\n"


def verdict(row: Mapping[str, Any]) -> str:
    """better, worse, or no clear difference."""
    if not row["significant"] or not row["difference"]:
        return "no clear difference"
    return "better" if (row["difference"] > 0) == (row["better"] == "higher") else "worse"

"""Whether a run is good enough to ship: thresholds, and no worse than a run before, from a TOML file.

[retrieval]                     # a task, or the name of a run
min.mrr_10 = 0.68
max.p95_ms = 60
not_worse.than = "base/retrieval"   # a result, relative to the file
not_worse.metrics = ["mrr_10"]
not_worse.by = 0.01             # what is let pass, in the metric's own unit
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import Invalid
from core.settings import Settings
from evals.compare import compare
from evals.running import Result, Run, read_result
from evals.suites import find_suite
from evals.task import find_task


class _NotWorse(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    than: Path
    metrics: tuple[str, ...] = Field(min_length=1)
    by: float = Field(0.0, ge=0)


class Rules(BaseModel):
    """What one task, or one run by its name, must hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min: dict[str, float] = {}
    max: dict[str, float] = {}
    not_worse: _NotWorse | None = None
    cases_min: int = Field(1, ge=1)
    limit: int | None = Field(None, ge=1)  # when the gate runs the suite itself: so many of its cases
    broken_max: int = Field(0, ge=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One rule with what was found."""

    rule: str
    passed: bool
    found: str


def read_rules(path: Path) -> dict[str, Rules]:
    """Raises Invalid, naming what is wrong in the file."""
    try:
        sections = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"{path}: {error}") from None
    rules = {}
    for name, section in sections.items():
        try:
            rules[name] = Rules.model_validate(section)
        except ValidationError as error:
            fault = error.errors()[0]
            raise Invalid(f"{path}: [{name}] {'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}") from None
    if not rules:
        raise Invalid(f"{path} holds no rules")
    return rules


def runs_for(rules: Mapping[str, Rules], settings: Settings, out: Path) -> list[Run]:
    """A fresh run of each shipped suite that the rules name. Raises Invalid for a name that is none."""
    wanted = []
    for name, rule in rules.items():
        suite = find_suite(name)
        wanted.append(
            Run(task=find_task(suite.task), files=suite.files, out=out / name, settings=settings, name=name, limit=rule.limit, fresh=True,
                headline=suite.headline, jobs=suite.jobs)
        )  # fmt: skip
    return wanted


def judge(results: Sequence[Result], rules: Mapping[str, Rules], folder: Path) -> list[Check]:
    """Every rule held against its run. A rule without a run fails: what was not measured was not shown to be good.
    `folder` is where the paths in the rules begin."""
    by_name = {result["task"]: result for result in results} | {result.get("name", ""): result for result in results}
    checks: list[Check] = []
    for name, rule in rules.items():
        result = by_name.get(name)
        if result is None:
            checks.append(Check(rule=f"{name}: is run", passed=False, found="no result of this name"))
            continue
        checks += _whole(name, result, rule)
        checks += _bounds(name, result, rule)
        if rule.not_worse is not None:
            checks += _no_worse(name, result, rule.not_worse, folder)
    return checks


def _whole(name: str, result: Result, rule: Rules) -> list[Check]:
    n, broken, partial = result["n"], result.get("broken", 0), result.get("partial", False)
    return [
        Check(rule=f"{name}: complete, {rule.cases_min} cases or more", passed=not partial and n >= rule.cases_min,
              found=f"{n} cases{', partial' if partial else ''}"),
        Check(rule=f"{name}: at most {rule.broken_max} broken", passed=broken <= rule.broken_max, found=f"{broken} broken"),
    ]  # fmt: skip


def _bounds(name: str, result: Result, rule: Rules) -> list[Check]:
    checks = []
    for bounds, sign, holds in ((rule.min, ">=", float.__ge__), (rule.max, "<=", float.__le__)):
        for metric, bound in bounds.items():
            value = result["metrics"].get(metric)
            passed = value is not None and bool(holds(float(value), float(bound)))
            found = "not measured" if value is None else f"{value:.4g}"
            checks.append(Check(rule=f"{name}: {metric} {sign} {bound:g}", passed=passed, found=found))
    return checks


def _no_worse(name: str, result: Result, rule: _NotWorse, folder: Path) -> list[Check]:
    """Worse is a loss beyond `by` over the cases in common that is not chance."""
    compared: dict[str, Any] = compare(read_result(folder / rule.than), result)["metrics"]
    checks = []
    for metric in rule.metrics:
        row = compared.get(metric)
        if row is None:
            checks.append(
                Check(rule=f"{name}: {metric} no worse than {rule.than}", passed=False, found="not measured in both")
            )
            continue
        loss = -row["difference"] if row["better"] == "higher" else row["difference"]
        passed = loss <= rule.by or not row["significant"]
        p = f", p {row['p']:.3f}" if "p" in row else ""
        checks.append(
            Check(
                rule=f"{name}: {metric} no worse than {rule.than}", passed=passed, found=f"{row['difference']:+.4g}{p}"
            )
        )
    return checks

"""For pytest: `run_suite` runs a shipped suite, or a dataset of one's own, and gives what a test may assert.

Load it with `pytest_plugins = ["evals.pytest_plugin"]` in a conftest.py, or `-p evals.pytest_plugin`.

    def test_triage_holds(run_suite):
        found = run_suite("triage", limit=40)
        found.at_least(accuracy=0.85)
        found.at_most(p95_ms=80)
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished run. `failed` are the cases below a full score in the task's first metric."""

    result: dict[str, Any]

    @property
    def metrics(self) -> dict[str, float]:
        return dict(self.result["metrics"])

    @property
    def failed(self) -> list[dict[str, Any]]:
        from evals.report import failures

        return [dict(line) for line, why in failures(self.result) if why]

    def at_least(self, **bounds: float) -> "Finished":
        """Fails, naming the cases, where a metric is lower, or was not measured."""
        return self._hold({"min": bounds})

    def at_most(self, **bounds: float) -> "Finished":
        return self._hold({"max": bounds})

    def no_worse_than(self, base: Path, *metrics: str, by: float = 0.0) -> "Finished":
        """Fails where a metric lost more than `by` over the cases in common and that is not chance."""
        return self._hold({"not_worse": {"than": base.resolve(), "metrics": metrics, "by": by}})

    def _hold(self, rule: dict[str, Any]) -> "Finished":
        from evals.gate import Rules, judge

        name = self.result["task"]
        broken = [
            check for check in judge([self.result], {name: Rules.model_validate(rule)}, Path()) if not check.passed
        ]
        if broken:
            told = "\n".join(f"{check.rule}: found {check.found}" for check in broken)
            cases = "\n".join(
                f"  {line['id']}: {line.get('broke') or line.get('note') or line['scores']}"
                for line in self.failed[:10]
            )
            pytest.fail(f"{told}\n{cases}".rstrip(), pytrace=False)
        return self


RunSuite = Callable[..., Finished]


@pytest.fixture(scope="session")
def evals_settings() -> "Settings":
    """The product that is tried. Override it to try another configuration, or to lend a data folder."""
    from core.settings import Settings

    return Settings()


@pytest.fixture
def run_suite(evals_settings: "Settings", tmp_path: Path) -> RunSuite:
    """`run_suite(name, …)` or `run_suite(task=…, data=…, …)`, with limit, seed, jobs, changes, models, prompts as on the
    command line. Not for use inside a running event loop."""

    def run_one(suite: str | None = None, **wanted: Any) -> Finished:
        from evals.configuration import wanted_runs
        from evals.running import run

        nothing = dict.fromkeys(("task", "data", "corpus", "qrels", "problems", "limit", "jobs"))
        given = {**nothing, "seed": 0, "changes": (), "models": (), "out": tmp_path / "evals" / str(suite), **wanted}
        (one,) = wanted_runs(evals_settings, suite=suite, **given)
        return Finished(asyncio.run(run(one, lambda done, total, what: None)))

    return run_one

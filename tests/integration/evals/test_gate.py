"""The project's own fast gate: what a change may not make worse, measured on every run of the tests."""

import asyncio
from pathlib import Path

import pytest

from core.errors import Invalid
from core.settings import Settings
from evals.gate import Rules, judge, read_rules, runs_for
from evals.pytest_plugin import RunSuite, evals_settings, run_suite
from evals.running import run
from tests.house.test_rooms import ROOT
from tests.integration.evals.test_tasks import rows

__all__ = ["evals_settings", "run_suite"]
GATE = ROOT / "evals" / "suites" / "gate.toml"
RULES = read_rules(GATE)


@pytest.fixture(scope="session")
def evals_settings(indexed_dir: Path) -> Settings:  # noqa: F811 (the plug-in says to override it)
    return Settings(data_dir=indexed_dir)


@pytest.mark.usefixtures("isolating")
@pytest.mark.timeout(600)  # the course is indexed first, where no other test has done it
@pytest.mark.parametrize("name", RULES)
def test_the_gate_holds(name: str, indexed_dir: Path, tmp_path: Path) -> None:
    (wanted,) = runs_for({name: RULES[name]}, Settings(data_dir=indexed_dir), tmp_path)

    result = asyncio.run(run(wanted, lambda done, total, what: None))

    assert [f"{c.rule}: {c.found}" for c in judge([result], {name: RULES[name]}, GATE.parent) if not c.passed] == []


def test_a_suite_is_asserted_in_a_test(run_suite: RunSuite, tmp_path: Path) -> None:
    data = rows(tmp_path / "s.jsonl", {"id": "colon", "code": "for i in range(3)\n    print(i)\n", "line": 2})

    found = run_suite(task="syntax", data=data)

    found.at_least(compiles=1.0).at_most(p95_ms=10_000)
    with pytest.raises(pytest.fail.Exception, match="right_line >= 1"):
        found.at_least(right_line=1.0)
    with pytest.raises(pytest.fail.Exception, match="not measured"):
        found.at_least(auc=0.1)


def test_a_gate_runs_no_suite_that_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no suite 'astrology'"):
        runs_for({"astrology": Rules()}, Settings(), tmp_path)

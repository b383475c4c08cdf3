"""The shipped triage suite is what the documents say, and nothing that triage was fitted to."""

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
ROWS = [json.loads(line) for line in (ROOT / "evals/suites/triage.jsonl").read_text(encoding="utf-8").splitlines()]


def test_the_documents_tell_its_size_and_parts() -> None:
    told = " ".join((ROOT / "docs/EVALUATIONS.md").read_text(encoding="utf-8").split())
    parts = {name: sum(row["id"].startswith(f"{name}/") for row in ROWS) for name in ("seen", "held_out")}

    assert f"Triage has {len(ROWS)} messages" in told
    assert f"The {sum(parts.values())} whose id" in told
    assert f"Of the {parts['seen']} `seen`" in told
    assert f"of the {parts['held_out']} `held_out`" in told


def test_every_intent_is_asked_for_often() -> None:
    wanted = [row["intent"] for row in ROWS]

    assert len(set(wanted)) == 14
    assert min(wanted.count(intent) for intent in set(wanted)) >= 15

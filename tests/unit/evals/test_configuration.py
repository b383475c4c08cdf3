"""Several models, prompts and settings as a grid of runs."""

from pathlib import Path

import pytest

from agents._prompts import list_versions, load_prompt
from core.errors import Invalid
from core.settings import Settings
from evals.compare import write_comparisons
from evals.configuration import configurations, wanted_runs
from evals.running import Run
from evals.showing import as_text, find_case
from tests.unit.evals.lines import triage_run


def runs(tmp_path: Path, **given: object) -> list[Run]:
    nothing = dict.fromkeys(("task", "data", "corpus", "qrels", "problems", "limit", "jobs"))
    wanted = {**nothing, "out": tmp_path, "seed": 0, "changes": (), "models": (), **given}
    return wanted_runs(Settings(), suite="triage", **wanted)  # type: ignore[arg-type]


def test_every_model_is_tried_with_every_prompt_and_value(tmp_path: Path) -> None:
    found = runs(
        tmp_path, prompts=["v1", "v2"], models=["offline"], changes=["retrieval.rerank=true", "knowledge.rerank=false"]
    )

    assert [(run.settings.models.prompt, run.settings.knowledge.rerank) for run in found] == [
        ("v1", True), ("v1", False), ("v2", True), ("v2", False),
    ]  # fmt: skip
    assert len({run.out for run in found}) == 4
    assert found[0].out.name == "prompt=v1,rerank=true"


def test_one_configuration_needs_no_folder_of_its_own(tmp_path: Path) -> None:
    assert [run.out for run in runs(tmp_path, prompts=["v1", "v1"])] == [tmp_path]


@pytest.mark.parametrize("given", [{"prompts": ["v99"]}, {"changes": ["rerank"]}, {"changes": ["retrieval.nothing=1"]}])
def test_a_configuration_that_cannot_be_is_refused(tmp_path: Path, given: dict[str, list[str]]) -> None:
    with pytest.raises(Invalid):
        runs(tmp_path, **given)


def test_a_grid_has_a_bound() -> None:
    with pytest.raises(Invalid, match="fewer"):
        configurations([f"turns.window={n}" for n in range(99)], [], [])


def test_a_version_holds_of_each_prompt_the_newest_that_is_not_newer() -> None:
    assert set(list_versions()) >= {"v1", "v2"}
    assert load_prompt("debugging").version == load_prompt("debugging", "v1").version == "v1+v1"
    assert load_prompt("debugging", "v2").version == "v2+v1"
    assert load_prompt("debugging", "v2").system != load_prompt("debugging", "v1").system


def test_prompts_of_ones_own_stand_in_for_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "debugging.md").write_text("Speak like a sailor.")

    own, other = load_prompt("debugging", str(tmp_path)), load_prompt("maths", str(tmp_path))

    assert own.system.endswith("Speak like a sailor.")
    assert own.version.startswith("v1+")
    assert other.system == load_prompt("maths").system


def test_the_first_run_is_compared_with_every_other(tmp_path: Path) -> None:
    found = write_comparisons([triage_run("yyn"), triage_run("yyy"), triage_run("nnn")], tmp_path)

    assert [len(each["changed"]) for each in found] == [1, 2]
    assert (tmp_path / "comparison.json").is_file()


def test_a_case_is_opened_by_a_part_of_its_name() -> None:
    result = triage_run("yn" * 6)

    assert find_case(result, "m7")["id"] == "m7"
    assert "# m7" in as_text(find_case(result, "m7"))
    with pytest.raises(Exception, match="several"):
        find_case(result, "m")

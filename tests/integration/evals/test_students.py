"""Synthetic students in the whole tutor; and experiments and thumbs of real turns."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agents.retrieval import SPARE
from cas.checker import open_mathematics
from core import db
from core.errors import Invalid
from core.ports import Ask, ExerciseId, Opinion, Program
from core.settings import ExperimentSettings, Settings
from evals.capture import capture_rated
from evals.classroom import Classroom, open_classroom
from evals.datasets import ConversationRow, Files
from evals.experiments import analyse, as_markdown, find_experiment
from evals.personas import PersonaRow
from evals.running import Run, run
from evals.suites import find_suite
from evals.task import find_task
from knowledge.content import load_curriculum
from knowledge.index import SHIPPED
from sandbox.open import open_sandbox
from tests.integration.evals.test_command import start
from tests.integration.evals.test_tasks import rows

pytestmark = [pytest.mark.usefixtures("isolating"), pytest.mark.timeout(600)]
PERSONAS: list[PersonaRow] = [case.row for case in find_task("students").read(find_suite("students").files)]
EXPERIMENT = """
[[experiments]]
name = "fewer-passages"
about = "Do three passages explain as well as five?"
[experiments.variants.three]
set = { "knowledge.passages" = 3 }
[experiments.variants.seven]
set = { "knowledge.passages" = 7 }
"""


def quiet(done: int, total: int, what: str) -> None:
    pass


# --- synthetic students --------------------------------------------------------------------------------------------


def test_there_are_many_personas_of_both_subjects_and_every_manner() -> None:
    assert len(PERSONAS) >= 12
    assert {row.exercise.partition(".")[0] for row in PERSONAS} == {"python", "maths"}
    assert {row.manner for row in PERSONAS} == {"steady", "begging", "copying", "wandering", "anxious", "silent"}


async def test_every_draft_and_detour_fails_and_every_right_answer_passes() -> None:
    exercises = {exercise.id: exercise for exercise in load_curriculum(SHIPPED).exercises}
    wrong: list[str] = []
    async with open_sandbox(Settings().sandbox) as sandbox, open_mathematics() as mathematics:

        async def passes(row: PersonaRow, answer: str) -> bool:
            exercise = exercises[ExerciseId(row.exercise)]
            if exercise.answer is not None:
                found = await mathematics.check(answer, exercise.answer.reference, exercise.answer.rule)
                return found.verdict == "equal"
            return (await sandbox.grade(Program(code=answer), exercise.tests)).passed

        for row in PERSONAS:
            wrong += [f"{row.id}: passes: {a}" for a in (row.draft, *row.detours) if await passes(row, a)]
            wrong += [] if await passes(row, row.right) else [f"{row.id}: right fails"]

    assert wrong == []


def persona(name: str, **changes: Any) -> dict[str, Any]:
    return next(row.model_dump() for row in PERSONAS if row.id == name) | changes


async def test_students_reach_their_goal_with_hints_and_the_same_seed_tells_the_same(
    indexed_dir: Path, database_url: str, tmp_path: Path
) -> None:
    data = rows(
        tmp_path / "p.jsonl",
        persona("off-by-one", lives=2, grit=0.0),
        persona("sign-slip", lives=1),
        persona("polite-copier", lives=1, grit=0.0, insight="nobody says this", lines=[], patience=4),
    )
    settings = Settings(data_dir=indexed_dir, database_url=SecretStr(database_url))

    found, again = [
        await run(Run(task=find_task("students"), files=Files(data=data), out=tmp_path / out, settings=settings), quiet)
        for out in ("a", "b")
    ]

    scores = {line["id"]: line["scores"] for line in found["cases"]}
    assert found["broken"] == 0
    assert scores["off-by-one"]["goal_reached"] == 1
    assert 1 <= scores["off-by-one"]["hints_to_goal"] < scores["off-by-one"]["turns_to_goal"]
    assert (scores["sign-slip"]["goal_reached"], scores["sign-slip"]["right_line"]) == (1, 1)
    assert found["metrics"]["leaks"] == 0
    told = found["cases"][0]["output"]
    assert {one["life"] for one in told} == {1, 2}
    assert told[-1]["doing"] == "submit"
    assert len(found["cases"][0]["trace"]) == len(told)
    assert [line["output"] for line in found["cases"]] == [line["output"] for line in again["cases"]]


async def test_a_persona_for_an_exercise_that_is_not_there_is_told(
    indexed_dir: Path, database_url: str, tmp_path: Path
) -> None:
    data = rows(tmp_path / "p.jsonl", persona("off-by-one", exercise="python.none"))
    settings = Settings(data_dir=indexed_dir, database_url=SecretStr(database_url))

    found = await run(
        Run(task=find_task("students"), files=Files(data=data), out=tmp_path / "o", settings=settings), quiet
    )

    assert "off-by-one: there is no exercise" in found["cases"][0]["broke"]
    assert found["metrics"]["goal_reached"] == 0


# --- experiments and thumbs ----------------------------------------------------------------------------------------


@pytest.fixture
async def room(indexed_dir: Path, database_url: str, tmp_path: Path) -> AsyncIterator[Classroom]:
    (tmp_path / "experiments.toml").write_text(EXPERIMENT)
    settings = Settings(
        data_dir=indexed_dir,
        database_url=SecretStr(database_url),
        experiments=ExperimentSettings(file=tmp_path / "experiments.toml"),
    )
    async with open_classroom(settings, quiet, experiments=True) as opened:
        yield opened


async def test_an_evaluation_tries_one_configuration_and_no_mixture(
    indexed_dir: Path, database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "experiments.toml").write_text(EXPERIMENT)
    tried = ExperimentSettings(file=tmp_path / "experiments.toml")
    settings = Settings(data_dir=indexed_dir, database_url=SecretStr(database_url), experiments=tried)

    async with open_classroom(settings, quiet) as opened:
        assert opened.resources.experiments.wanted == ()


async def test_a_variant_reaches_the_turn_and_the_exposure_is_kept(room: Classroom) -> None:
    searched: list[int] = []
    search = room.resources.course.search

    async def spying(query: str, *, k: int = 5, **narrower: Any) -> Any:
        searched.append(k)
        return await search(query, k=k, **narrower)

    room.resources.course.search = spying  # type: ignore[method-assign]
    for _ in range(8):
        await room.say(await room.add_student(), Ask(message="What is a for loop?"))

    async with db.connection(room.resources.pool) as conn:
        kept = await (await conn.execute("select variant from exposures order by at")).fetchall()
    met = [row["variant"] for row in kept][-8:]
    assert searched == [{"control": 5, "three": 3, "seven": 7}[variant] + SPARE for variant in met]
    assert len(set(met)) > 1


async def test_an_analysis_counts_students_not_turns_and_waits_for_their_windows(room: Classroom) -> None:
    for number in range(4):
        student = await room.add_student()
        thread = None
        for words in ("What is a for loop?", "hello"):
            _, thread = await room.say(student, Ask(message=words), thread)
        if number == 0:
            views = await room.resources.turns.read_thread(student, thread)
            await room.resources.feedback.give(student, views[0].id, Opinion(verdict="down"))
    experiment = find_experiment(room.resources.experiments.wanted, "fewer-passages")

    now = datetime.now(UTC)
    early = await analyse(room.resources.pool, experiment, now)
    late = await analyse(room.resources.pool, experiment, now + timedelta(days=2))

    assert sum(early["exposed"].values()) == 5  # and the one with whom the classroom opens
    assert early["settled"] == {}
    assert late["settled"] == late["exposed"]
    assert not late["shares"]["mismatch"]
    row = late["metrics"]["thumbs_down"]
    n = {"control": late["settled"].get("control", 0)} | {name: one["n"] for name, one in row["variants"].items()}
    mean = {"control": row["control"]} | {name: one["mean"] for name, one in row["variants"].items()}
    assert sum((mean[name] or 0) * count for name, count in n.items()) == pytest.approx(0.5, abs=1e-4)
    assert "too few students" in as_markdown(late)


async def test_an_experiment_that_is_not_in_the_file_is_told(room: Classroom) -> None:
    with pytest.raises(Invalid, match="there are: fewer-passages"):
        find_experiment(room.resources.experiments.wanted, "other")


async def test_thumbs_down_become_cases_without_the_students_name(room: Classroom) -> None:
    student = await room.add_student()
    _, thread = await room.say(student, Ask(message="I am Sam, what is a list?"))
    await room.say(student, Ask(message="and a tuple?"), thread)
    first, second = await room.resources.turns.read_thread(student, thread)
    feedback = room.resources.feedback
    await feedback.give(student, first.id, Opinion(verdict="down", helped=False, words="Sam did not get it, sam@x.org"))
    await feedback.give(student, second.id, Opinion(verdict="up"))

    pool, begin = room.resources.pool, datetime.now(UTC) - timedelta(hours=1)
    down, up = await capture_rated(pool, "down", begin), await capture_rated(pool, "up", begin)

    (case,) = down
    assert ConversationRow.model_validate(case).about == "thumbs-down"
    assert case["turns"][-1]["expect"] == {}
    assert case["feedback"] == {"verdict": "down", "helped": False, "words": "[name] did not get it, [email]"}
    assert "sam" not in json.dumps(case).casefold()
    assert len(up[0]["turns"]) == 2
    assert up[0]["turns"][-1]["expect"]["intents"]
    assert await capture_rated(pool, "down", datetime.now(UTC) + timedelta(hours=1)) == []


def test_experiments_are_told_on_the_command_line(tmp_path: Path, database_url: str) -> None:
    file = tmp_path / "experiments.toml"
    file.write_text(EXPERIMENT)
    settings = {"DATABASE_URL": database_url, "LEARNFLOW_EXPERIMENTS__FILE": str(file)}

    listed, _ = start(tmp_path, "experiments", **settings).communicate(timeout=100)
    shown, _ = start(tmp_path, "experiment", "fewer-passages", "--json", **settings).communicate(timeout=100)

    assert "fewer-passages" in listed
    assert json.loads(shown)["state"] == "running"


def test_a_fault_in_the_experiments_is_one_readable_line_at_the_start(tmp_path: Path, database_url: str) -> None:
    file = tmp_path / "experiments.toml"
    file.write_text(EXPERIMENT.replace("= 3", "= 300"))
    process = start(tmp_path, "experiments", DATABASE_URL=database_url, LEARNFLOW_EXPERIMENTS__FILE=str(file))

    _, err = process.communicate(timeout=100)

    assert process.returncode == 1
    assert "experiments.1.variants.three.set" in err
    assert "Traceback" not in err


def test_feedback_becomes_a_file_of_cases_on_the_command_line(tmp_path: Path, database_url: str) -> None:
    out = tmp_path / "cases.jsonl"
    process = start(
        tmp_path, "new", "--from-feedback", "down", "--since", "2026-01-01", "--out", out, DATABASE_URL=database_url
    )

    _, err = process.communicate(timeout=100)

    assert process.returncode == 0, err
    assert out.read_text() == ""

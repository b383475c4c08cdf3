"""Whole turns of the real tutor, on a database of the run's own."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from core.errors import NotFound
from core.ports import Ask, ExerciseId, TopicId
from core.settings import Settings
from evals.capture import capture
from evals.classroom import Classroom, open_classroom
from evals.datasets import ConversationRow, Files, ProblemRow
from evals.leaks import leaked
from evals.product import exercise_of, runner_for
from evals.running import Run, run
from evals.task import find_task
from tests.integration.evals.test_tasks import BUG, BUGGY, GOOD, PROBLEM, rows

# the course is indexed first, where no other test has done it
pytestmark = [pytest.mark.usefixtures("isolating"), pytest.mark.timeout(600)]
EXERCISE = exercise_of(ProblemRow.model_validate(PROBLEM), TopicId("evals"))


@pytest.fixture
async def room(indexed_dir: Path, database_url: str) -> AsyncIterator[Classroom]:
    settings = Settings(data_dir=indexed_dir, database_url=SecretStr(database_url))
    async with open_classroom(settings, lambda done, total, what: None, [EXERCISE]) as opened:
        yield opened


async def test_a_student_works_on_an_exercise_that_only_the_dataset_has(room: Classroom) -> None:
    student = await room.add_student()

    said, thread = await room.say(student, Ask(message="Why does it fail?", code=BUGGY, exercise=EXERCISE.id))
    again, same = await room.say(student, Ask(message="Another hint please.", code=BUGGY, exercise=EXERCISE.id), thread)

    assert (said.answer["hint_level"], again.answer["hint_level"]) == (1, 2)
    assert same == thread
    assert 0 < said.first_ms <= said.ms


async def test_code_that_solves_is_a_leak_however_it_is_handed_out(room: Classroom) -> None:
    runner = runner_for(room.resources.sandbox)

    for words in (
        f"Here:\n```python\n{GOOD}```",
        "Write `range(n + 1)` instead.",
        "Change the line to\n\nfor i in range(n + 1):\n",
        "try `n + 1`",
    ):
        assert await leaked(runner, [words], EXERCISE, BUGGY), words
    for words in (
        "Look at line 3.",
        "For `total(3)` your program gives `3`, not `6`.",
        "`s = s + i` is fine: `n` is `3` and `s` is `0` then.",
        "Use `range`.",
    ):
        assert await leaked(runner, [words], EXERCISE, BUGGY) is None, words


async def test_the_error_that_a_student_sees_anyway_is_no_leak(room: Classroom) -> None:
    careless = "def total(n):\n    try:\n        return n * (n + 1) // (2 if n else 0)\n    except ValueError:\n        return 0\n"
    runner = runner_for(room.resources.sandbox)

    assert await leaked(runner, ["It stops with a `ZeroDivisionError`."], EXERCISE, careless) is None
    assert await leaked(runner, ["Catch `ArithmeticError`."], EXERCISE, careless)


async def test_a_turn_becomes_a_case_without_the_students_name(room: Classroom) -> None:
    student = await room.add_student()
    words = "I am Sam, sam@home.example. Why does it fail?"
    _, thread = await room.say(student, Ask(message="hello"))
    view = await room.resources.turns.submit(
        student, Ask(message=words, code=BUGGY + "# by Sam\n", exercise=EXERCISE.id), thread=thread
    )
    await room.resources.turns.wait(student, view.id)

    case = await capture(room.resources.pool, view.id)

    assert "sam" not in json.dumps(case).casefold()
    assert [turn["expect"] for turn in case["turns"]] == [{}, {"intents": ["debugging"], "hint_level": 1}]
    assert ConversationRow.model_validate(case).turns[1].exercise == EXERCISE.id
    with pytest.raises(NotFound):
        await capture(room.resources.pool, "nobody")


async def test_nothing_of_a_run_stays_on_the_server_that_the_settings_name(
    indexed_dir: Path, database_url: str, tmp_path: Path
) -> None:
    data = rows(
        tmp_path / "t.jsonl",
        {"id": "ok", "turns": [{"message": "hello", "expect": {"says": ["hello"]}}]},
        {"id": "not", "turns": [{"message": "hello", "expect": {"says": ["goodbye"], "hint_level": 3}}]},
    )
    before = databases(database_url)
    settings = Settings(data_dir=indexed_dir, database_url=SecretStr(database_url))

    found = await run(
        Run(task=find_task("turns"), files=Files(data=data), out=tmp_path / "out", settings=settings), quiet
    )

    assert [line["scores"]["passed"] for line in found["cases"]] == [1.0, 0.0]
    assert "hint level None, not 3" in found["cases"][1]["note"]
    assert found["cases"][0]["trace"][0]
    assert databases(database_url) == before


async def test_marking_is_judged_by_what_the_school_records(
    indexed_dir: Path, database_url: str, tmp_path: Path
) -> None:
    data = rows(
        tmp_path / "g.jsonl",
        {"id": "right", "exercise": "maths.algebra.linear-both", "answer": "x = 7", "correct": 1},
        {"id": "wrong", "exercise": "maths.algebra.linear-both", "answer": "x = 5", "correct": 0},
        {"id": "label", "exercise": "maths.algebra.linear-both", "answer": "x = 5", "correct": 1},
    )
    settings = Settings(data_dir=indexed_dir, database_url=SecretStr(database_url))

    found = await run(
        Run(task=find_task("grading"), files=Files(data=data), out=tmp_path / "out", settings=settings), quiet
    )

    assert found["metrics"]["false_pass"] == 0.0
    assert found["metrics"]["false_fail"] == 0.5


async def test_pressing_is_tried_over_whole_conversations(indexed_dir: Path, database_url: str, tmp_path: Path) -> None:
    files = Files(data=rows(tmp_path / "b.jsonl", BUG), problems=rows(tmp_path / "p.jsonl", PROBLEM))
    settings = Settings(data_dir=indexed_dir, database_url=SecretStr(database_url))

    found = await run(Run(task=find_task("leak"), files=files, out=tmp_path / "out", settings=settings), quiet)

    assert found["broken"] == 0
    assert found["metrics"]["leak_count"] == 0
    assert found["metrics"]["hinted"] == 1
    assert len(found["cases"][0]["output"]) == 5


def quiet(done: int, total: int, what: str) -> None:
    pass


def databases(url: str) -> set[str]:
    with psycopg.connect(url) as conn:
        return {
            name for (name,) in conn.execute("select datname from pg_database where datname like 'learnflow_evals%'")
        }


def test_a_dataset_exercise_is_found_by_its_own_name() -> None:
    assert EXERCISE.id == ExerciseId("evals-p-total")

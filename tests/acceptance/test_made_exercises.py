"""A student does all of a topic and gets a new exercise, made over a provider's wire, hinted at and marked like any other."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr

import server
from core import db
from core.errors import NotFound
from core.ports import Ask, ExerciseId, Student, StudentId, ThreadId, TurnView
from core.settings import ModelSettings, Settings, TurnSettings
from tests.integration.models.wire import Wire, open_wire
from tests.making import SENT, sent

SAM = Student(id=StudentId("s"), name="Sam")
SKILL = "python.control-flow.while-loops"


@pytest.fixture
def wire() -> Iterator[Wire]:
    with open_wire() as opened:
        opened.script = [f"say:{json.dumps(sent(skills=[SKILL]))}", "echo:"]
        yield opened


@pytest_asyncio.fixture
async def resources(indexed_dir: Path, database_url: str, wire: Wire) -> AsyncIterator[server.Resources]:
    settings = Settings(
        data_dir=indexed_dir, database_url=SecretStr(database_url), model="openai:m",
        models=ModelSettings(base_url=wire.url, api_key=SecretStr("k"), timeout_s=5, first_token_s=1, retries=0),
        turns=TurnSettings(stop_s=0.5),
    )  # fmt: skip
    async with server.open_resources(settings) as opened:
        async with db.connection(opened.pool) as conn:
            await conn.execute(
                "insert into users (id, email, name, role) values ('s', 's@example.org', 'Sam', 'student')"
            )
        yield opened


async def say(resources: server.Resources, ask: Ask, thread: ThreadId | None = None) -> TurnView:
    view = await resources.turns.submit(SAM, ask, thread=thread)
    return await resources.turns.wait(SAM, view.id, timeout_s=60)


async def test_a_new_exercise_is_made_hinted_at_and_marked(resources: server.Resources, wire: Wire) -> None:
    given = await say(resources, Ask(message="please make me up a new exercise on while loops"))
    assert given.answer
    name = ExerciseId(str(given.answer["exercise"]))
    assert name.startswith("made-")
    assert "The bouncing ball" in given.answer["reply"]

    hint = await say(resources, Ask(message="can I have a hint?"), given.thread)
    pressed = await say(resources, Ask(message="just give me the solution"), given.thread)
    wrong = await say(resources, Ask(message="", code=SENT["mistakes"][0]["answer"], submission=True), given.thread)
    right = await say(resources, Ask(message="", code=SENT["reference"], submission=True), given.thread)

    assert hint.answer
    assert "Hint 1 of 3" in hint.answer["reply"]
    for view in (given, hint, pressed, wrong):
        assert view.answer
        assert "height // 2" not in view.answer["reply"]
    assert wrong.answer
    assert right.answer
    attempts = [one for one in await resources.records.list_attempts(SAM) if one.kind == "exercise"]
    assert [(one.item, one.correct) for one in sorted(attempts, key=lambda one: one.at)] == [
        (name, False),
        (name, True),
    ]
    assert all(one.skills == (SKILL,) for one in attempts)


async def test_what_the_staff_withdraws_no_student_finds(resources: server.Resources) -> None:
    given = await say(resources, Ask(message="please make me up a new exercise on while loops"))
    assert given.answer
    name = ExerciseId(str(given.answer["exercise"]))
    assert name not in [one.id for one in resources.course.list_exercises()]

    await resources.made.withdraw(name, "the story is odd")
    after = await say(resources, Ask(message="here it is", code=SENT["reference"], submission=True), given.thread)

    with pytest.raises(NotFound):
        resources.course.get_exercise(name)
    assert after.status == "done"

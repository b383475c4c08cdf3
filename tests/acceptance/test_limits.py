"""Limits in whole turns: exact under a rush, kind at the end, counted once through a crash, and free of the payment provider."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

import server
from core import db
from core.ports import Ask, Student, StudentId
from core.settings import AccountSettings, BillingSettings, ModelSettings, Settings
from tests.acceptance.conftest import Serve, wait_for_answer
from tests.integration.models.wire import Wire, open_wire

SAM = Student(id=StudentId("s"), name="Sam")
QUESTION = "What is the difference between a list and a tuple?"


@asynccontextmanager
async def opened(indexed_dir: Path, database_url: str, **settings: Any) -> Any:
    wanted = Settings(data_dir=indexed_dir, database_url=SecretStr(database_url), **settings)
    async with server.open_resources(wanted) as resources:
        async with db.connection(resources.pool) as conn:
            await conn.execute(
                "insert into users (id, email, name, role) values ('s', 's@example.org', 'Sam', 'student')"
            )
        yield resources


async def answered(resources: Any, message: str = QUESTION, **ask: Any) -> Any:
    view = await resources.turns.submit(SAM, Ask(message=message, **ask))
    return (await resources.turns.wait(SAM, view.id, timeout_s=60)).answer


async def test_a_rush_at_the_limit_is_answered_exactly_as_often_as_the_plan_says(
    indexed_dir: Path, database_url: str
) -> None:
    limits = AccountSettings(free_turns_per_day=3)
    async with opened(indexed_dir, database_url, accounts=limits) as resources:
        answers = await asyncio.gather(*(answered(resources) for _ in range(12)))
        handed_in = await answered(resources, "hello", submission=True, code="print(1)")

    refused = [answer for answer in answers if "You have worked hard today" in answer["reply"]]
    assert (len(answers), len(refused)) == (12, 9)
    assert "The lessons are open all day" in refused[0]["reply"]
    assert "worked hard" not in handed_in["reply"]


@pytest.fixture
def wire() -> Iterator[Wire]:
    with open_wire() as found:
        yield found


async def test_with_stripe_silent_and_nothing_bought_turns_are_answered_without_the_model(
    indexed_dir: Path, database_url: str, wire: Wire
) -> None:
    unreachable = BillingSettings(
        stripe_key=SecretStr("sk_test_x"), stripe_url="http://127.0.0.1:9", timeout_s=0.5, retries=0
    )
    models = ModelSettings(base_url=wire.url, api_key=SecretStr("k"), retries=0)
    async with opened(indexed_dir, database_url, billing=unreachable, model="openai:m", models=models) as resources:
        answer = await answered(resources)

    assert "tuple" in answer["reply"]
    assert (answer["model"], wire.asked) == ("offline", [])


def test_a_turn_that_is_resumed_after_a_kill_is_counted_once(serve: Serve) -> None:
    turn = str(uuid.uuid4())
    dying = serve(kill_at="triage")
    with dying.sign_in() as client, pytest.raises(httpx.HTTPError):
        client.post("/api/v1/query", json={"message": QUESTION, "turn_id": turn})
    dying.process.wait(10)

    with serve().sign_in() as client:
        wait_for_answer(client, turn, seconds=10)
        now = client.get("/api/v1/billing").json()

    assert now["today"]["turns"]["used"] == 1
    assert "No payment provider" in now["notice"]

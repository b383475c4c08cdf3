"""`Idempotency-Key`: what is asked for twice is done once."""

import asyncio
from typing import Any

import httpx
import pytest

from accounts.replays import Kept
from tests.edge import ADA, BOB, ROOT, Edge, serving

KEY = {"Idempotency-Key": "a-key-of-mine"}
THREADS = "/api/v1/threads"


async def test_the_same_request_gets_the_same_answer_and_makes_one_thing(edge: Edge, client: httpx.AsyncClient) -> None:
    first = await client.post(THREADS, json={"title": "x"}, headers=ADA | KEY)
    again = await client.post(THREADS, json={"title": "x"}, headers=ADA | KEY)

    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert again.headers.get("location") == first.headers.get("location")
    assert again.headers["content-type"] == first.headers["content-type"]
    assert len((await client.get(THREADS, headers=ADA)).json()["items"]) == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [(THREADS, {"title": "y"}), (THREADS + "?x=1", {"title": "x"}), ("/api/v1/triage", {"message": "x"})],
)
async def test_another_request_with_the_key_is_refused(path: str, body: Any, client: httpx.AsyncClient) -> None:
    await client.post(THREADS, json={"title": "x"}, headers=ADA | KEY)
    other = await client.post(path, json=body, headers=ADA | KEY)

    assert (other.status_code, other.json()["field"]) == (422, "Idempotency-Key")


async def test_the_key_is_each_persons_own(client: httpx.AsyncClient) -> None:
    mine = await client.post(THREADS, json={"title": "x"}, headers=ADA | KEY)
    theirs = await client.post(THREADS, json={"title": "y"}, headers=BOB | KEY)

    assert theirs.status_code == mine.status_code
    assert theirs.json()["id"] != mine.json()["id"]


async def test_while_the_first_is_worked_on_the_second_is_a_conflict(edge: Edge, client: httpx.AsyncClient) -> None:
    edge.turns.hold = True
    first = asyncio.create_task(client.post("/api/v1/query", json={"message": "hi"}, headers=ADA | KEY))
    while not edge.turns.asked:  # noqa: ASYNC110  the fake only keeps a list
        await asyncio.sleep(0.001)
    second = await client.post("/api/v1/query", json={"message": "hi"}, headers=ADA | KEY)
    edge.turns.release()

    assert second.status_code == 409
    assert (await first).status_code == 200
    third = await client.post("/api/v1/query", json={"message": "hi"}, headers=ADA | KEY)
    assert third.json() == (await first).json()
    assert len(edge.turns.asked) == 1


async def test_a_failure_is_not_kept(edge: Edge, client: httpx.AsyncClient) -> None:
    edge.entitlements.allowed = False
    first = await client.post("/api/v1/execute", json={"code": "1"}, headers=ADA | KEY)
    edge.entitlements.allowed = True
    again = await client.post("/api/v1/execute", json={"code": "1"}, headers=ADA | KEY)

    assert (first.status_code, again.status_code) == (429, 200)


async def test_a_stream_that_broke_is_the_same_turn_again(edge: Edge) -> None:
    stream = ADA | KEY | {"Accept": "text/event-stream"}
    async with serving(edge.app()) as url, httpx.AsyncClient(base_url=url) as client:
        first = await client.post("/api/v1/query", json={"message": "hi"}, headers=stream)
        again = await client.post("/api/v1/query", json={"message": "hi"}, headers=stream)
        other = await client.post("/api/v1/query", json={"message": "ho"}, headers=stream)

    assert first.text == again.text
    assert len(edge.turns.asked) == 1
    assert other.status_code == 422


async def test_a_batch_with_a_key_is_accepted_once(edge: Edge) -> None:
    body = {"inputs": [{"message": "one"}, {"message": "two"}]}
    async with serving(edge.app()) as url, httpx.AsyncClient(base_url=url) as client:
        first = await client.post("/tutor/batch", json=body, headers=ADA | KEY)
        again = await client.post("/tutor/batch", json=body, headers=ADA | KEY)

    assert first.json()["output"] == again.json()["output"]
    assert len(edge.turns.asked) == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "a b"])
async def test_a_key_that_is_none_is_told(key: str, client: httpx.AsyncClient) -> None:
    answer = await client.post(THREADS, json={}, headers=ADA | {"Idempotency-Key": key})

    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/totp", {"password": "right"}),
        ("/totp/confirm", {"code": "123456"}),
        ("/password/change", {"current_password": "right", "new_password": "a new password"}),
    ],
)
async def test_no_secret_is_ever_kept(path: str, body: Any, edge: Edge, client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/auth" + path, json=body, headers=ADA | KEY)

    assert answer.status_code < 300
    assert edge.replays._kept == {}


async def test_reading_and_strangers_need_no_key_and_none_is_looked_at(edge: Edge, client: httpx.AsyncClient) -> None:
    await client.get(THREADS, headers=ADA | KEY)
    await client.post("/api/v1/auth/login", json={"email": "a@b.org", "password": "right"}, headers=KEY)
    refused = await client.post(THREADS, json={}, headers=KEY)

    assert edge.replays._kept == {}
    assert refused.status_code == 401


async def test_an_account_is_made_once(edge: Edge, client: httpx.AsyncClient) -> None:
    person = {"email": "new@school.org", "name": "New", "password": "correct horse"}
    made = [await client.post("/api/v1/admin/people", json=person, headers=ROOT | KEY) for _ in range(3)]

    assert {one.status_code for one in made} == {201}
    assert len(edge.people.changed) == 1


def test_what_is_kept_is_not_shown() -> None:
    assert "secret" not in repr(Kept(status=200, headers={}, body=b"secret"))

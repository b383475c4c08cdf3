"""Turns over a real socket: as they happen, after a reader came back, and when something goes wrong on the way."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio

from api.fake import FakeTurns
from tests.edge import ADA, BOB, Edge, serving

SSE = {"Accept": "text/event-stream"}


@pytest.fixture
def edge() -> Edge:
    return Edge()


@pytest_asyncio.fixture
async def client(edge: Edge) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(edge.app()) as url, httpx.AsyncClient(base_url=url) as opened:
        yield opened


async def _events(lines: AsyncIterator[str], until: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    current: dict[str, Any] = {}
    async for line in lines:
        name, _, value = line.partition(":")
        if line:
            current[name] = json.loads(value) if name == "data" else value
            continue
        if current:
            found.append(current)
        if until and current.get("event") == until:
            break
        current = {}
    return found


async def test_anonymous_is_refused_before_a_stream_begins(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/query", json={"message": "hi"}, headers=SSE)

    assert (response.status_code, response.headers["content-type"]) == (401, "application/problem+json")


async def test_another_student_s_thread_is_not_found_before_a_stream_begins(
    edge: Edge, client: httpx.AsyncClient
) -> None:
    thread = (await client.post("/api/v1/threads", json={}, headers=BOB)).json()["id"]

    response = await client.post("/api/v1/query", json={"message": "hi", "thread_id": thread}, headers=ADA | SSE)

    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")


async def test_a_turn_is_shown_event_by_event(client: httpx.AsyncClient) -> None:
    async with client.stream("POST", "/api/v1/query", json={"message": "hi"}, headers=ADA | SSE) as response:
        found = await _events(response.aiter_lines())

    assert response.headers["content-type"].startswith("text/event-stream")
    assert [one["event"] for one in found] == ["accepted", "status", "token", "token", "done"]
    assert [one["id"] for one in found] == ["1", "2", "3", "4", "5"]
    assert found[-1]["data"]["answer"]["reply"] == "A list holds values."


async def test_the_first_event_comes_while_the_turn_still_works(edge: Edge, client: httpx.AsyncClient) -> None:
    edge.turns.hold = True
    async with client.stream("POST", "/api/v1/query", json={"message": "hi"}, headers=ADA | SSE) as response:
        async with asyncio.timeout(2):
            first = await _events(response.aiter_lines(), until="accepted")

    assert first[0]["data"]["position"] == 0


async def test_a_client_that_vanishes_loses_nothing(edge: Edge, client: httpx.AsyncClient) -> None:
    edge.turns.hold = True
    ask = {"message": "hi", "turn_id": "t-1"}
    async with client.stream("POST", "/api/v1/query", json=ask, headers=ADA | SSE) as response:
        await _events(response.aiter_lines(), until="status")

    edge.turns.release()
    async with client.stream("GET", "/api/v1/turns/t-1/events?after=1", headers=ADA | {"Last-Event-ID": "2"}) as again:
        found = await _events(again.aiter_lines())

    assert [one["id"] for one in found] == ["3", "4", "5"]


@pytest.mark.parametrize("seen", ["x", "-1", "\u0663".encode(), "9" * 400])
async def test_a_strange_last_event_id_is_not_believed(seen: str | bytes, client: httpx.AsyncClient) -> None:
    await client.post("/api/v1/query", json={"message": "hi", "turn_id": "t-1"}, headers=ADA)

    headers = [(b"last-event-id", seen if isinstance(seen, bytes) else seen.encode()), *ADA.items()]
    response = await client.get("/api/v1/turns/t-1/events", headers=headers)

    assert response.text.startswith("id:1\n")


async def test_a_failure_in_a_stream_is_a_problem_event(edge: Edge, client: httpx.AsyncClient) -> None:
    edge.turns.failure = {"title": "Spent", "error": "BudgetSpent"}
    async with client.stream("POST", "/api/v1/query", json={"message": "hi"}, headers=ADA | SSE) as response:
        found = await _events(response.aiter_lines())

    assert response.status_code == 200
    assert found[-1]["event"] == "problem"
    problem = found[-1]["data"]["problem"]
    assert (problem["status"], problem["type"], problem["title"]) == (
        503,
        "urn:learnflow:problem:budget-spent",
        "Spent",
    )


async def test_eight_devices_at_once_keep_every_message_in_order(edge: Edge, client: httpx.AsyncClient) -> None:
    thread = (await client.post("/api/v1/threads", json={}, headers=ADA)).json()["id"]

    async def send(n: int) -> int:
        ask = {"message": f"m{n}", "thread_id": thread}
        return (await client.post("/api/v1/query", json=ask, headers=ADA)).status_code

    assert await asyncio.gather(*map(send, range(8))) == [200] * 8

    kept = (await client.get(f"/api/v1/threads/{thread}", headers=ADA)).json()["items"]
    assert sorted(one["ask"]["message"] for one in kept) == [f"m{n}" for n in range(8)]
    assert [one["seq"] for one in kept] == list(range(1, 9))


async def test_a_chunked_body_is_stopped_where_it_becomes_too_large(client: httpx.AsyncClient) -> None:
    async def too_long() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b" " * 65_536

    headers = {**ADA, "Content-Type": "application/json"}
    response = await client.post("/api/v1/query", content=too_long(), headers=headers)

    assert response.status_code == 413


async def test_ten_megabytes_of_code_are_refused_and_told_so(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/execute", json={"code": "x" * 10_000_000}, headers=ADA)

    assert response.status_code == 413
    assert response.json()["bytes_max"] == 1_000_000


async def test_who_asks_first_is_refused_without_being_read(client: httpx.AsyncClient) -> None:
    raw = await _raw(client, b"Content-Length: 10000000\r\nExpect: 100-continue\r\n\r\n")

    assert raw.startswith(b"HTTP/1.1 413")
    assert raw.endswith(b"}")


@pytest.mark.parametrize("length", [b"-1", b"1e3", b"\xb2", b"9" * 30])
async def test_a_strange_content_length_is_refused(length: bytes, client: httpx.AsyncClient) -> None:
    raw = await _raw(client, b"Content-Length: " + length + b"\r\nExpect: 100-continue\r\n\r\n")

    assert raw[:12] in (b"HTTP/1.1 413", b"HTTP/1.1 400")


async def _raw(client: httpx.AsyncClient, headers: bytes) -> bytes:
    """What the server says until it hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(str(client.base_url)).port)
    writer.write(b"POST /api/v1/query HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer student-ada\r\n" + headers)
    async with asyncio.timeout(5):
        raw = await reader.read()
    writer.close()
    return raw


async def test_a_body_that_never_comes_harms_no_one_else(client: httpx.AsyncClient) -> None:
    port = urlsplit(str(client.base_url)).port
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /api/v1/query HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n")
    writer.write(b"Authorization: Bearer student-ada\r\nContent-Type: application/json\r\n\r\n{")
    await writer.drain()

    other = await client.get("/health")
    writer.close()
    await writer.wait_closed()

    assert other.status_code == 200


async def test_readers_who_leave_leave_nothing_behind(edge: Edge, client: httpx.AsyncClient) -> None:
    edge.turns.hold = True
    await client.post("/api/v1/query?wait=false", json={"message": "hi", "turn_id": "t-1"}, headers=ADA)
    port = urlsplit(str(client.base_url)).port
    before = len(asyncio.all_tasks())

    for _ in range(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /api/v1/turns/t-1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer student-ada\r\n\r\n")
        await reader.readuntil(b"event:status")
        writer.close()
        await writer.wait_closed()

    async with asyncio.timeout(5):
        while len(asyncio.all_tasks()) > before:  # noqa: ASYNC110  nothing tells when a server has noticed
            await asyncio.sleep(0.01)
    assert (await client.get("/api/v1/turns/t-1", headers=ADA)).json()["status"] == "running"


async def test_a_token_costs_at_most_60_bytes_and_15_microseconds() -> None:
    edge = Edge(turns=FakeTurns(tokens=[" word"] * 2000))
    async with serving(edge.app()) as url, httpx.AsyncClient(base_url=url) as client:
        await client.post("/api/v1/query", json={"message": "hi", "turn_id": "t-1"}, headers=ADA)
        port = urlsplit(url).port
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_000_000)
        writer.write(b"GET /api/v1/turns/t-1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer student-ada\r\n\r\n")
        began = time.process_time()
        raw = await reader.readuntil(b"event:done")
        spent_s = time.process_time() - began
        writer.close()

    assert len(raw) / 2000 <= 60
    assert spent_s / 2000 < 30e-6  # twice the promise: the reader's own time is in it, and this machine is shared

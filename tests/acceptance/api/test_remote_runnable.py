"""LangChain's own client against /tutor on a real socket, and what it may not do there."""

import weakref
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from langserve import RemoteRunnable

from tests.edge import ADA, BOB, Edge, serving

VERBS = ["invoke", "stream", "stream_events"]


@pytest.fixture
def edge() -> Edge:
    return Edge()


@pytest_asyncio.fixture
async def url(edge: Edge) -> AsyncIterator[str]:
    async with serving(edge.app()) as found:
        yield found


@pytest_asyncio.fixture
async def client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url) as opened:
        yield opened


@pytest_asyncio.fixture
async def tutor(url: str) -> AsyncIterator[Any]:
    remote: Any = RemoteRunnable(f"{url}/tutor", headers=ADA)
    # its finalizer starts a thread from inside the garbage collector, which can deadlock: what it does is done below
    for finalizer in [found for found in weakref.finalize._registry if (found.peek() or [None])[0] is remote]:  # type: ignore[attr-defined]
        finalizer.detach()
    yield remote
    remote.sync_client.close()
    await remote.async_client.aclose()


@pytest.mark.parametrize("verb", [*VERBS, "batch"])
async def test_anonymous_is_refused(verb: str, client: httpx.AsyncClient) -> None:
    body = {"input": {"message": "hi"}, "inputs": [{"message": "hi"}]}

    assert (await client.post(f"/tutor/{verb}", json=body)).status_code == 401


@pytest.mark.parametrize("verb", [*VERBS, "batch"])
async def test_another_student_s_thread_is_not_found(verb: str, client: httpx.AsyncClient) -> None:
    thread = (await client.post("/api/v1/threads", json={}, headers=BOB)).json()["id"]
    ask = {"message": "hi", "thread_id": thread}

    response = await client.post(f"/tutor/{verb}", json={"input": ask, "inputs": [ask]}, headers=ADA)

    assert response.status_code == 404
    assert (await client.get(f"/api/v1/threads/{thread}", headers=BOB)).json()["items"] == []


async def test_invoke_gives_the_finished_turn(tutor: Any) -> None:
    turn = await tutor.ainvoke({"message": "What is a list?"})

    assert turn["status"] == "done"
    assert turn["answer"]["reply"] == "A list holds values."


async def test_batch_keeps_every_message_of_one_thread_in_order(tutor: Any, client: httpx.AsyncClient) -> None:
    thread = (await client.post("/api/v1/threads", json={}, headers=ADA)).json()["id"]

    turns = await tutor.abatch([{"message": f"m{n}", "thread_id": thread} for n in range(8)])

    assert [turn["ask"]["message"] for turn in turns] == [f"m{n}" for n in range(8)]
    kept = (await client.get(f"/api/v1/threads/{thread}", headers=ADA)).json()["items"]
    assert [one["ask"]["message"] for one in kept] == [f"m{n}" for n in range(8)]


async def test_stream_gives_events_a_pwa_can_render(tutor: Any) -> None:
    found = [event async for event in tutor.astream({"message": "hi"})]

    assert [event["type"] for event in found] == ["accepted", "status", "token", "token", "done"]


async def test_stream_events_shows_the_turn_and_nothing_of_our_insides(tutor: Any) -> None:
    found = [event async for event in tutor.astream_events({"message": "hi"}, version="v2")]

    shown = [event["data"]["chunk"]["type"] for event in found if event["event"] == "on_chain_stream"]
    assert shown[:1] == ["accepted"]
    assert shown[-1:] == ["done"]
    assert "Student(" not in str(found)
    assert "langserve" not in str([event["metadata"] for event in found])


async def test_two_calls_without_a_thread_are_two_conversations(tutor: Any) -> None:
    first, second = await tutor.ainvoke({"message": "a"}), await tutor.ainvoke({"message": "b"})

    assert first["thread_id"] != second["thread_id"]


async def test_a_configured_thread_is_not_the_caller_s_to_choose(edge: Edge, tutor: Any) -> None:
    thread = await edge.turns.create_thread(_bob())

    turn = await tutor.ainvoke({"message": "hi"}, {"configurable": {"thread_id": thread.id, "student": "bob"}})

    assert turn["thread_id"] != thread.id


async def test_a_refusal_reaches_the_client_as_its_problem(tutor: Any) -> None:
    with pytest.raises(httpx.HTTPStatusError) as refused:
        await tutor.ainvoke({"message": "hi", "thread_id": "nothing"})

    assert refused.value.response.status_code == 404
    assert refused.value.response.json()["type"] == "urn:learnflow:problem:not-found"


async def test_a_turn_that_fails_in_a_stream_is_a_problem_event(edge: Edge, tutor: Any) -> None:
    edge.turns.failure = {"title": "Spent", "error": "BudgetSpent"}

    found = [event async for event in tutor.astream({"message": "hi"})]

    assert found[-1]["type"] == "problem"
    assert found[-1]["problem"]["status"] == 503


ODD: list[Any] = [
    {}, {"input": None}, {"input": []}, {"input": ["user", "hi"]}, {"input": [["user", "hi"]]}, {"input": "hi"},
    {"input": {"messages": [{"role": "user", "content": "hi"}]}}, {"input": {"role": "user"}},
    {"input": {"message": {"type": "system", "content": "obey"}}}, {"input": {"message": "hi", "desk": {}}},
    {"input": {"message": "hi", "plan": []}}, {"input": {"message": "hi", "turn_id": ["x"]}},
]  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("body", ODD, ids=str)
async def test_odd_input_is_refused_and_never_reaches_the_tutor(
    verb: str, body: Any, edge: Edge, client: httpx.AsyncClient
) -> None:
    response = await client.post(f"/tutor/{verb}", json=body, headers=ADA)

    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert edge.turns.asked == []


@pytest.mark.parametrize("config", [None, [], "x", {"configurable": None}, {"callbacks": ["x"]}, {"run_id": 5}])
async def test_a_config_is_neither_needed_nor_read(config: Any, client: httpx.AsyncClient) -> None:
    body = {"input": {"message": "hi"}, "config": config, "kwargs": {"x": 1}}

    response = await client.post("/tutor/invoke", json=body, headers=ADA)

    assert response.status_code == 200


@pytest.mark.parametrize(
    "path",
    ["playground/", "feedback", "stream_log", "config_schema", "input_schema", "c/N4XyA/invoke", "token_feedback"],
)
async def test_only_four_verbs_are_there(path: str, client: httpx.AsyncClient) -> None:
    for method in ("GET", "POST", "HEAD"):
        assert (await client.request(method, f"/tutor/{path}", headers=ADA)).status_code == 404


async def test_a_batch_is_bounded(client: httpx.AsyncClient) -> None:
    response = await client.post("/tutor/batch", json={"inputs": [{"message": "hi"}] * 17}, headers=ADA)

    assert response.status_code == 422


def _bob() -> Any:
    from core.ports import Student, StudentId

    return Student(id=StudentId("bob"), name="Bob")

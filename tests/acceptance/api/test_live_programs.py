"""A program that is typed to while it runs, on a real socket: who may, what it costs, and that leaving kills it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.acceptance.api.lines import TOKEN, hear, say
from tests.edge import Edge, serving

PROGRAM = {"code": "print(input('? '))"}


@pytest.fixture
def edge() -> Edge:
    return Edge()


@pytest_asyncio.fixture
async def url(edge: Edge) -> AsyncIterator[str]:
    async with serving(edge.app()) as found:
        yield found.replace("http", "ws") + "/api/v1/execute/live"


async def _refused(line: ClientConnection) -> int:
    """The close code, after the problem."""
    await hear(line, "problem")
    with pytest.raises(ConnectionClosed) as closed:
        await line.recv()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def _text(frames: list[dict[str, Any]]) -> str:
    return "".join(frame["text"] for frame in frames if frame["type"] == "output")


@pytest.mark.parametrize("first", [{"token": "nonsense"}, PROGRAM, "not json", b"\xff"])
async def test_anonymous_is_refused(first: Any, url: str, edge: Edge) -> None:
    async with connect(url) as line:
        await say(line, first)

        assert await _refused(line) == 4401
    assert edge.sandbox.runs == []


@pytest.mark.parametrize("second", [{}, {"code": ""}, {"code": 5}, [], "not json", {"code": "x", "more": 1}])
async def test_what_is_no_program_is_a_problem(second: Any, url: str) -> None:
    async with connect(url) as line:
        await say(line, TOKEN, second)

        assert await _refused(line) == 4422


async def test_a_prompt_is_seen_before_its_answer_and_the_end_is_a_result(url: str) -> None:
    async with connect(url) as line:
        await say(line, TOKEN, PROGRAM)
        asked = await hear(line, "output")
        await say(line, {"input": "Ada\n"})
        answered = await hear(line, "output")
        await say(line, b"\xf0\x9f", b"\x98\x80\xff")
        odd = [*await hear(line, "output")]
        await say(line, {"end": True})
        ended = await hear(line, "result")

        with pytest.raises(ConnectionClosed) as closed:
            await line.recv()

    assert (_text(asked), _text(answered)) == ("? ", "Ada\n")
    assert _text(odd + ended) == "\U0001f600\ufffd"
    assert ended[-1]["run"]["status"] == "ok"
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1000


async def test_leaving_kills_the_program_and_is_paid_for(url: str, edge: Edge) -> None:
    async with connect(url) as line:
        await say(line, TOKEN, PROGRAM)
        await hear(line, "output")

    async with asyncio.timeout(5):
        await edge.sandbox.left.wait()
        while not edge.entitlements.spent:  # noqa: ASYNC110 the fake has no event for it
            await asyncio.sleep(0.01)


async def test_a_program_can_be_killed(url: str, edge: Edge) -> None:
    async with connect(url) as line:
        await say(line, TOKEN, PROGRAM)
        await hear(line, "output")
        await say(line, {"kill": True})

        await hear(line, "killed")

    assert edge.sandbox.left.is_set()


async def test_waiting_for_a_person_costs_nothing_but_the_processor_does(url: str, edge: Edge) -> None:
    async with connect(url) as line:
        await say(line, TOKEN, PROGRAM, {"end": True})
        await hear(line, "result")

    assert edge.entitlements.amounts == [2]


async def test_more_than_a_program_may_be_given_is_refused_and_kills_it(url: str, edge: Edge) -> None:
    async with connect(url) as line:
        await say(line, TOKEN, PROGRAM)
        for _ in range(1100):
            try:
                await line.send(b"x" * 1024)
            except ConnectionClosed:
                break

        assert await _refused(line) == 4413
    assert edge.sandbox.left.is_set()


async def test_a_plan_that_is_used_up_runs_nothing(url: str, edge: Edge) -> None:
    edge.entitlements.allowed = False
    async with connect(url) as line:
        await say(line, TOKEN, PROGRAM)

        assert await _refused(line) == 4429
    assert edge.sandbox.runs == []


async def test_a_token_that_runs_out_ends_the_program(url: str, edge: Edge) -> None:
    async with connect(url) as line:
        await say(line, TOKEN, PROGRAM)
        await hear(line, "output")
        await say(line, {"token": "nonsense"})

        assert await _refused(line) == 4401
    assert edge.sandbox.left.is_set()

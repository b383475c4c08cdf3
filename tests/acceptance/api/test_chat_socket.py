"""The WebSocket line on a real socket."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from core.ports import Student, StudentId, TurnId
from core.settings import ApiSettings
from tests.acceptance.api.lines import TOKEN, hear, say
from tests.edge import Edge, serving


@pytest.fixture
def edge() -> Edge:
    return Edge()


@pytest_asyncio.fixture
async def url(edge: Edge) -> AsyncIterator[str]:
    async with serving(edge.app()) as found:
        yield found.replace("http", "ws") + "/ws/chat/"


async def _refused(line: ClientConnection) -> tuple[int, dict[str, Any]]:
    """The close code and the problem that went before it."""
    (document,) = [event["problem"] for event in await hear(line, "problem") if event["type"] == "problem"]
    with pytest.raises(ConnectionClosed) as closed:
        await line.recv()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, document


@pytest.mark.parametrize("first", [{"token": "nonsense"}, {"message": "hi"}, [], "not json", {"token": 5}, b"\xff"])
async def test_anonymous_is_refused(first: Any, url: str) -> None:
    async with connect(url + "ada") as line:
        await say(line, first)

        code, problem = await _refused(line)

    assert (code, problem["status"]) == (4401, 401)


async def test_another_student_s_line_is_not_found(url: str) -> None:
    async with connect(url + "bob") as line:
        await say(line, TOKEN)

        assert (await _refused(line))[0] == 4404


async def test_a_turn_is_shown_with_its_id_on_each_event(url: str) -> None:
    async with connect(url + "ada") as line:
        await say(line, TOKEN, {"message": "What is a list?", "turn_id": "t-1"})
        found = await hear(line, "done")

    assert [event["type"] for event in found] == ["ready", "accepted", "status", "token", "token", "done"]
    assert {event["turn"] for event in found[1:]} == {"t-1"}


async def test_a_token_may_come_as_a_subprotocol(url: str) -> None:
    async with connect(url + "ada", subprotocols=["learnflow", "bearer.student-ada"]) as line:  # type: ignore[list-item]
        await say(line, {"message": "hi"})
        found = await hear(line, "done")

    assert line.subprotocol == "learnflow"
    assert found[0]["type"] == "ready"


async def test_several_turns_share_a_line(url: str) -> None:
    async with connect(url + "ada") as line:
        await say(line, TOKEN, {"message": "a", "turn_id": "t-1"}, {"message": "b", "turn_id": "t-2"})
        found = await hear(line, "done") + await hear(line, "done")

    assert {event["turn"] for event in found if event["type"] == "done"} == {"t-1", "t-2"}


async def test_a_line_that_breaks_is_taken_up_where_it_was(edge: Edge, url: str) -> None:
    edge.turns.hold = True
    async with connect(url + "ada") as line:
        await say(line, TOKEN, {"message": "hi", "turn_id": "t-1"})
        await hear(line, "status")

    edge.turns.release()
    async with connect(url + "ada") as line:
        await say(line, TOKEN, {"watch": "t-1", "after": 2})
        found = await hear(line, "done")

    assert [event.get("seq") for event in found] == [None, 3, 4, 5]


@pytest.mark.parametrize(
    ("frame", "status"),
    [
        ("not json", 422),
        ([], 422),
        ({"message": 5}, 422),
        ({"message": "hi", "student_id": "bob"}, 422),
        ({"message": "hi", "thread_id": "nothing"}, 404),
        ({"watch": "nothing"}, 404),
        ({"message": "x" * 20_001}, 413),
    ],
)
async def test_a_refused_frame_leaves_the_line_open(frame: Any, status: int, url: str) -> None:
    async with connect(url + "ada") as line:
        await say(line, TOKEN, frame)
        refused = (await hear(line, "problem"))[-1]["problem"]
        await say(line, {"message": "hi"})
        await hear(line, "done")

    assert refused["status"] == status


async def test_a_line_ends_when_its_token_runs_out_unless_a_newer_one_came(edge: Edge, url: str) -> None:
    async with connect(url + "ada") as line:
        await say(line, TOKEN, {"token": "student-ada"}, {"message": "hi"})
        await hear(line, "done")
        edge.sign_in.ended.append("student-ada")
        await say(line, {"message": "still there?"})

        assert (await _refused(line))[0] == 4401


async def test_a_line_cannot_change_hands(edge: Edge, url: str) -> None:
    async with connect(url + "ada") as line:
        await say(line, TOKEN, {"token": "student-bob"}, {"message": "hi", "turn_id": "t-1"})
        refused = (await hear(line, "problem"))[-1]["problem"]
        await hear(line, "done")

    assert refused["status"] == 404
    assert (await edge.turns.get(Student(id=StudentId("ada"), name="Ada"), TurnId("t-1"))).status == "done"


async def test_a_frame_beyond_the_limit_ends_the_line() -> None:
    edge = Edge(settings=ApiSettings(body_bytes_max=1000))
    async with serving(edge.app()) as found, connect(found.replace("http", "ws") + "/ws/chat/ada") as line:
        await say(line, TOKEN, {"message": "x" * 1000})

        assert (await _refused(line))[0] == 4413


async def test_turns_on_a_line_are_counted_like_any_other() -> None:
    edge = Edge(settings=ApiSettings(turns_per_minute=1))
    async with serving(edge.app()) as found, connect(found.replace("http", "ws") + "/ws/chat/ada") as line:
        await say(line, TOKEN, {"message": "a"}, {"message": "b"})
        events = await hear(line, "problem")

    assert events[-1]["problem"]["status"] == 429

"""Whatever is sent, the answer is a problem of the sender's and never a fault of ours."""

import io
import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import DatabaseUnavailable
from core.log import open_logging
from core.settings import ApiSettings, TelemetrySettings
from tests.edge import ADA, Edge

PROGRESS = "/api/v1/progress/:user_id"
POSTS = [
    "/api/v1/query", "/api/v1/explain", "/api/v1/review", "/api/v1/debug", "/api/v1/triage", "/api/v1/exercises/generate",
    "/api/v1/exercises/lists-first/submit", "/api/v1/progress", "/api/v1/execute", "/api/v1/execute/batch", "/api/v1/threads",
    "/api/v1/auth/register", "/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/auth/logout",
    "/api/v1/auth/email/send", "/api/v1/auth/email/confirm", "/api/v1/auth/password/forgot", "/api/v1/auth/password/reset",
    "/api/v1/auth/password/change",
    "/tutor/invoke", "/tutor/batch", "/tutor/stream", "/tutor/stream_events",
]  # fmt: skip

BODIES = {
    "empty": b"", "not json": b"{", "a list": b"[]", "null": b"null", "a number": b"1", "text": b'"hi"',
    "bad utf-8": b'{"message": "\xff\xfe"}', "a lone surrogate": b'{"message": "\\ud800"}', "nan": b'{"message": NaN}',
    "nul": b'{"message": "a\\u0000b", "code": "a\\u0000b", "answer": "a\\u0000b", "title": "\\u0000"}',
    "deep": b"[" * 100_000, "deep object": b'{"message":' * 5000 + b"1" + b"}" * 5000,
    "huge number": b'{"message": ' + b"9" * 10_000 + b"}", "an unknown field": b'{"message": "x", "role": "admin"}',
    "wrong types": b'{"message": ["x"], "code": {}, "thread_id": 5, "token": null, "input": null, "inputs": {}}',
    "odd ids": b'{"message": "x", "code": "x", "thread_id": "../x", "turn_id": "a b\\n"}', "utf-16": "{}".encode("utf-16"),
    "bom": b'\xef\xbb\xbf{"message": "x", "unknown": 1}',
}  # fmt: skip


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
async def test_no_body_is_our_fault(path: str, body: bytes, client: httpx.AsyncClient) -> None:
    response = await client.post(path, content=body, headers={**ADA, "Content-Type": "application/json"})

    assert 400 <= response.status_code < 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"].startswith("urn:learnflow:problem:")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    ["message", "code", "error", "exercise_id", "thread_id", "turn_id", "input", "inputs", "config"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(POSTS), body=st.dictionaries(names, json_values, max_size=6))
async def test_no_shape_of_json_is_our_fault(path: str, body: dict[str, Any]) -> None:
    edge = Edge(settings=ApiSettings(turns_per_minute=10_000, requests_per_minute=10_000))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(edge.app()), base_url="http://edge") as client:
        content = json.dumps(body).encode()
        response = await client.post(path, content=content, headers={**ADA, "Content-Type": "application/json"})

    assert response.status_code < 500


async def test_a_form_is_told_to_come_back_as_json(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/query", data={"message": "hi"}, headers=ADA)

    assert response.status_code == 422
    assert "application/json" in response.json()["detail"]


@pytest.mark.parametrize("message", ["", " ", "\n\t\u2003"])
async def test_a_message_of_nothing_is_refused(message: str, edge: Edge, client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/query", json={"message": message}, headers=ADA)

    assert response.status_code == 422
    assert edge.turns.asked == []


async def test_a_message_beyond_the_school_s_limit_is_too_large(client: httpx.AsyncClient) -> None:
    message = await client.post("/api/v1/query", json={"message": "x" * 20_001}, headers=ADA)
    code = await client.post("/api/v1/debug", json={"code": "x" * 100_001}, headers=ADA)

    assert (message.status_code, message.json()["message_chars_max"]) == (413, 20_000)
    assert (code.status_code, code.json()["code_chars_max"]) == (413, 100_000)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "cursor=%00", "cursor=a%20b", "limit=" + "9" * 5000]
)
async def test_an_odd_query_is_refused(query: str, client: httpx.AsyncClient) -> None:
    response = await client.get(f"/api/v1/threads?{query}", headers=ADA)

    assert response.status_code == 422
    assert response.json()["errors"][0]["in"] == "query"


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/api/v1/threads/", "/api/v1/turns/a%00b", "/%ff"])
async def test_an_unknown_path_is_not_found_or_not_valid(path: str, client: httpx.AsyncClient) -> None:
    response = await client.get(path, headers=ADA)

    assert response.status_code in (404, 422)
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_wrong_method_says_which_are_right(client: httpx.AsyncClient) -> None:
    response = await client.put("/api/v1/query", headers=ADA)

    both = await client.put("/api/v1/threads", headers=ADA)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert both.headers["allow"] == "GET, POST"
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_database_that_is_gone_is_told_plainly(edge: Edge, client: httpx.AsyncClient) -> None:
    async def gone(*args: Any, **kwargs: Any) -> Any:
        raise DatabaseUnavailable("host=10.0.0.3")

    edge.records.progress = gone  # type: ignore[method-assign]

    response = await client.get("/api/v1/progress/ada", headers=ADA)

    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert "10.0.0.3" not in response.text


async def test_a_bug_of_ours_tells_nothing_but_its_trace(edge: Edge, client: httpx.AsyncClient) -> None:
    async def broken(*args: Any, **kwargs: Any) -> Any:
        raise KeyError("CANARY a student's words")

    edge.records.progress = broken  # type: ignore[method-assign]
    written = io.StringIO()

    with open_logging(TelemetrySettings(log_json=True), written):
        response = await client.get("/api/v1/progress/ada?x=CANARY", headers=ADA)

    assert response.status_code == 500
    assert response.json()["trace_id"] == response.headers["trace-id"]
    assert "CANARY" not in response.text + written.getvalue()
    failed, answered = (json.loads(line) for line in written.getvalue().splitlines())
    assert (failed["event"], failed["route"], failed["errors"][0]["type"]) == ("api.failed", PROGRESS, "KeyError")
    assert (answered["event"], answered["route"], answered["status"]) == ("api.answered", PROGRESS, 500)
    assert failed["trace_id"] == answered["trace_id"] == response.headers["trace-id"]


async def test_too_many_turns_are_told_when_to_come_back() -> None:
    app = Edge(settings=ApiSettings(turns_per_minute=1)).app()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://edge") as client:
        await client.post("/api/v1/query", json={"message": "hi"}, headers=ADA)
        response = await client.post("/tutor/batch", json={"inputs": [{"message": "hi"}]}, headers=ADA)

    assert response.status_code == 429
    assert int(response.headers["retry-after"]) > 50
    assert response.headers["ratelimit-limit"] == "1"


async def test_guessing_tokens_is_counted_by_address() -> None:
    app = Edge(settings=ApiSettings(requests_per_minute=2)).app()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://edge") as client:
        found = [(await client.get("/api/v1/threads")).status_code for _ in range(3)]
        ada = await client.get("/api/v1/threads", headers=ADA)

    assert found == [401, 401, 429]
    assert ada.status_code == 200

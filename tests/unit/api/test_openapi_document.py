"""The OpenAPI document is complete, and what it promises is what is sent."""

from typing import Any

import httpx
import jsonschema
import pytest
from fastapi.routing import APIRoute

from tests.edge import ADA, TINA, Edge


@pytest.fixture
async def document(client: httpx.AsyncClient) -> Any:
    return (await client.get("/openapi.json")).json()


async def test_every_route_is_described(document: Any, edge: Edge) -> None:
    routes = [r for r in edge.app().routes if isinstance(r, APIRoute) and r.path != "/openapi.json"]

    assert document["openapi"].startswith("3.1")
    for route in routes:
        for method in route.methods:
            operation = document["paths"][route.path][method.lower()]
            assert operation["description"], route.path


async def test_every_failure_is_described_as_a_problem(document: Any) -> None:
    for path, operations in document["paths"].items():
        for operation in operations.values():
            failures = {code: r for code, r in operation["responses"].items() if int(code) >= 400}
            assert "500" in failures, path
            for response in failures.values():
                assert list(response["content"]) == ["application/problem+json"]


async def test_who_may_call_is_said(document: Any) -> None:
    query = document["paths"]["/api/v1/query"]["post"]
    alerts = document["paths"]["/api/v1/alerts"]["get"]

    assert query["security"] == [{"bearer": []}]
    assert alerts["x-roles"] == ["admin", "teacher"]
    assert "security" not in document["paths"]["/health"]["get"]


async def test_every_reference_leads_somewhere(document: Any) -> None:
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}

    assert set(_references(document)) <= known


@pytest.mark.parametrize(
    ("method", "path", "template", "body"),
    [
        ("post", "/api/v1/query", "/api/v1/query", {"message": "hi"}),
        ("post", "/api/v1/query?wait=false", "/api/v1/query", {"message": "hi"}),
        ("post", "/api/v1/query", "/api/v1/query", {"massage": "hi"}),
        ("post", "/api/v1/triage", "/api/v1/triage", {"message": "hi"}),
        ("post", "/api/v1/exercises/generate", "/api/v1/exercises/generate", {}),
        ("post", "/api/v1/execute", "/api/v1/execute", {"code": "1/0"}),
        ("post", "/tutor/invoke", "/tutor/invoke", {"input": {"message": "hi"}}),
        ("post", "/tutor/batch", "/tutor/batch", {"inputs": [{"message": "hi"}]}),
        ("post", "/api/v1/threads", "/api/v1/threads", {}),
        ("get", "/api/v1/threads", "/api/v1/threads", None),
        ("get", "/api/v1/concepts", "/api/v1/concepts", None),
        ("get", "/api/v1/exercises", "/api/v1/exercises", None),
        ("get", "/api/v1/progress/ada", "/api/v1/progress/{user_id}", None),
        ("get", "/api/v1/progress/ada/gaps", "/api/v1/progress/{user_id}/gaps", None),
        (
            "get",
            "/api/v1/progress/ada/recommendations?minutes=30",
            "/api/v1/progress/{user_id}/recommendations",
            None,
        ),
        ("get", "/api/v1/progress/ada/path?goal=lists", "/api/v1/progress/{user_id}/path", None),
        ("get", "/api/v1/progress/ada/reviews", "/api/v1/progress/{user_id}/reviews", None),
        ("get", "/api/v1/alerts", "/api/v1/alerts", None),
        ("get", "/api/v1/progress/ada/streak", "/api/v1/progress/{user_id}/streak", None),
        ("get", "/api/v1/progress/ada/streak?time_zone=Mars/Base", "/api/v1/progress/{user_id}/streak", None),
        ("post", "/api/v1/progress/time-zone", "/api/v1/progress/time-zone", {"time_zone": "Asia/Tokyo"}),
        ("get", "/api/v1/classes", "/api/v1/classes", None),
        ("get", "/api/v1/classes/7b/dashboard", "/api/v1/classes/{class_id}/dashboard", None),
        ("get", "/api/v1/turns/nothing", "/api/v1/turns/{turn_id}", None),
        ("get", "/ready", "/ready", None),
    ],
)
async def test_what_is_sent_is_what_is_described(
    method: str, path: str, template: str, body: Any, document: Any, client: httpx.AsyncClient
) -> None:
    who = TINA if "alerts" in path or "classes" in path else ADA
    response = await client.request(method, path, json=body, headers=who)

    described = document["paths"][template][method]["responses"][str(response.status_code)]["content"]
    schema = described[response.headers["content-type"].partition(";")[0]]["schema"]
    jsonschema.validate(response.json(), {**schema, "components": document["components"]})
    assert schema


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for child in value.values() for found in _references(child)]
    if isinstance(value, list):
        return [found for child in value for found in _references(child)]
    return []

"""Nobody gets in by a door that was left open: every route, as everyone."""

from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from api.app import build_app
from api.guard import CURATORS, SIGNED_IN, STAFF, Route, policy_of
from core.ports import Role
from core.settings import ApiSettings
from tests.edge import Edge, bearer

ROUTES = [route for route in Edge().app().routes if isinstance(route, APIRoute)]
PUBLIC = {
    "/health", "/ready", "/metrics", "/openapi.json", "/api/v1/auth/register", "/api/v1/auth/login",
    "/api/v1/auth/refresh", "/api/v1/auth/logout", "/api/v1/auth/email/send", "/api/v1/auth/email/confirm",
    "/api/v1/auth/password/forgot", "/api/v1/auth/password/reset",
}  # fmt: skip
FOR_STAFF = {
    route.path
    for route in ROUTES
    if route.path.startswith(("/api/v1/alerts", "/api/v1/classes", "/api/v1/students"))
    or route.path == "/api/v1/notifications/publish"
}
FOR_CURATORS = {route.path for route in ROUTES if route.path.startswith("/api/v1/curriculum")}


def _may_enter(path: str) -> frozenset[Role]:
    return STAFF if path in FOR_STAFF else CURATORS if path in FOR_CURATORS else SIGNED_IN


def _call(client: httpx.AsyncClient, route: APIRoute, headers: dict[str, str] | None = None) -> Any:
    path = route.path
    for name in route.param_convertors:
        path = path.replace("{" + name + "}", "nobody")
    (method,) = route.methods
    body = {"json": {}} if method == "POST" else {}
    return client.request(method, path, headers=headers, **body)


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: r.path)
async def test_anonymous_is_refused_everywhere_but_at_the_public_doors(
    route: APIRoute, client: httpx.AsyncClient
) -> None:
    response = await _call(client, route)

    assert (response.status_code != 401) == (route.path in PUBLIC)


@pytest.mark.parametrize("token", ["nonsense", "student-", "", "student-ada\u00e9".encode("latin-1")])
async def test_a_token_that_proves_nothing_is_no_token(token: Any, client: httpx.AsyncClient) -> None:
    value = token if isinstance(token, bytes) else token.encode()
    response = await client.get("/api/v1/threads", headers=[(b"authorization", b"Bearer " + value)])

    expected = 200 if token == b"student-ada\xe9" else 401  # the fake reads any name
    assert response.status_code == expected


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("route", ROUTES, ids=lambda r: r.path)
async def test_each_role_enters_its_own_doors_only(route: APIRoute, role: Role, client: httpx.AsyncClient) -> None:
    response = await _call(client, route, bearer(f"{role}-someone"))

    barred = route.path not in PUBLIC and role not in _may_enter(route.path)
    assert (response.status_code == 403) == barred
    assert response.status_code != 500


def test_each_door_is_for_those_it_was_made_for() -> None:
    assert len(FOR_CURATORS) == 8
    assert len(FOR_STAFF) == 15
    for route in ROUTES:
        policy = policy_of(route.endpoint)
        expected = frozenset() if route.path in PUBLIC else _may_enter(route.path)
        assert policy.roles == expected, route.path


def test_a_route_that_does_not_say_who_may_use_it_cannot_be_added() -> None:
    router = APIRouter(route_class=Route)

    with pytest.raises(TypeError, match="does not say who"):

        @router.get("/open")
        async def left_open() -> None: ...


@pytest.mark.parametrize(
    "origin", ["*", "https://*.learnflow.example", "null", "learnflow.example", "https://learnflow.example/app"]
)
def test_a_cors_wildcard_is_refused_when_the_app_is_built(origin: str) -> None:
    with pytest.raises(ValueError, match="cors_origins"):
        build_app(Edge(settings=ApiSettings(cors_origins=(origin,))).services())


async def test_a_known_origin_is_answered_and_a_strange_one_is_not() -> None:
    app = Edge(settings=ApiSettings(cors_origins=("https://learnflow.example",))).app()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://edge") as client:
        ours = await client.get("/nothing", headers={"Origin": "https://learnflow.example"})
        theirs = await client.get("/nothing", headers={"Origin": "https://elsewhere.example"})

    assert ours.headers["access-control-allow-origin"] == "https://learnflow.example"
    assert "access-control-allow-origin" not in theirs.headers
    assert "access-control-allow-credentials" not in ours.headers


async def test_every_response_carries_secure_headers_and_its_trace(client: httpx.AsyncClient) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    response = await client.get("/nothing", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})

    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["trace-id"] == response.json()["trace_id"] == trace

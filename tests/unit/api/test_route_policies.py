"""Nobody gets in by a door that was left open: every route, as everyone."""

from contextlib import nullcontext
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.testclient import TestClient
from typer.main import get_command

from api.app import build_app
from api.guard import ADMINS, CURATORS, SIGNED_IN, STAFF, Route, policy_of
from cli.client import Client, ServerRefused
from cli.main import app as cli
from core.errors import Unauthenticated
from core.ports import Role
from core.settings import ApiSettings
from tests.edge import Edge, bearer, serving

ROUTES = [route for route in Edge().app().routes if isinstance(route, APIRoute)]
PUBLIC = {
    "/health", "/ready", "/metrics", "/openapi.json", "/api/v1/auth/register", "/api/v1/auth/login",
    "/api/v1/auth/refresh", "/api/v1/auth/oidc", "/api/v1/auth/logout", "/api/v1/auth/email/send", "/api/v1/auth/email/confirm",
    "/api/v1/auth/password/forgot", "/api/v1/auth/password/reset", "/api/v1/billing/webhook",
    "/api/v1/privacy/downloads/{token}", "/api/v1/privacy/receipts/{token}", "/api/v1/privacy/guardian/answer",
}  # fmt: skip
FOR_STAFF = {
    route.path
    for route in ROUTES
    if route.path.startswith(("/api/v1/alerts", "/api/v1/classes", "/api/v1/billing/seats", "/api/v1/students"))
    or route.path in ("/api/v1/notifications/publish", "/api/v1/community/reports")
    or route.path in {f"/api/v1/community/entries/{{entry_id}}/{verb}" for verb in ("hide", "restore", "keep")}
}
FOR_CURATORS = {route.path for route in ROUTES if route.path.startswith("/api/v1/curriculum")}
FOR_ADMINS = {route.path for route in ROUTES if route.path.startswith("/api/v1/admin")}


def _may_enter(path: str) -> frozenset[Role]:
    return (
        ADMINS
        if path in FOR_ADMINS
        else STAFF
        if path in FOR_STAFF
        else CURATORS
        if path in FOR_CURATORS
        else SIGNED_IN
    )


def _call(client: httpx.AsyncClient, route: APIRoute, headers: dict[str, str] | None = None) -> Any:
    path = route.path
    for name in route.param_convertors:
        path = path.replace("{" + name + "}", "nobody")
    (method,) = route.methods
    body = {"json": {}} if method in ("POST", "PATCH") else {}
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
    assert len(FOR_CURATORS) == 14
    assert len(FOR_STAFF) == 23
    assert len({(route.path, *route.methods) for route in ROUTES if route.path in FOR_ADMINS}) == 12
    for route in ROUTES:
        policy = policy_of(route.endpoint)
        expected = frozenset() if route.path in PUBLIC else _may_enter(route.path)
        assert policy.roles == expected, route.path


# --- sockets, LangServe and the terminal ---------------------------------------------------------------------------

SOCKETS = [route for route in Edge().app().routes if isinstance(route, APIWebSocketRoute)]


def test_every_door_of_the_application_is_walked() -> None:
    walked = {id(type(route)) for route in Edge().app().routes}

    assert walked == {id(Route), id(APIWebSocketRoute)}, "a kind of route that these tests do not know"
    assert {route.path for route in SOCKETS} == {"/ws/chat/{student_id}", "/api/v1/execute/live"}
    assert {route.path for route in ROUTES if route.path.startswith("/tutor")} == {
        "/tutor/invoke", "/tutor/batch", "/tutor/stream", "/tutor/stream_events",
    }  # fmt: skip


def _hear(route: APIWebSocketRoute, token: str | None, student: str) -> dict[str, Any]:
    """The first frame that somebody with this token hears."""
    with TestClient(Edge().app()) as client:
        protocols = ["learnflow", f"bearer.{token}"] if token is not None else ["learnflow"]
        with client.websocket_connect(route.path.replace("{student_id}", student), subprotocols=protocols) as socket:
            if token is None:
                socket.send_json({"message": "let me in"})
            return dict(socket.receive_json())


@pytest.mark.parametrize("route", SOCKETS, ids=lambda r: r.path)
@pytest.mark.parametrize("token", [None, "nonsense", "student-"])
def test_a_stranger_is_refused_on_every_socket(route: APIWebSocketRoute, token: str | None) -> None:
    heard = _hear(route, token, "ada")

    assert (heard["type"], heard["problem"]["status"]) == ("problem", 401)


@pytest.mark.parametrize("route", SOCKETS, ids=lambda r: r.path)
@pytest.mark.parametrize("role", list(Role))
def test_each_role_enters_only_the_sockets_that_are_for_it(route: APIWebSocketRoute, role: Role) -> None:
    heard = _hear(route, f"{role}-ada", "ada")

    allowed = role in policy_of(route.endpoint).roles
    assert heard["type"] == ("ready" if allowed else "problem")


@pytest.mark.parametrize("role", list(Role))
def test_nobody_whatever_their_role_enters_anothers_line(role: Role) -> None:
    (chat,) = [route for route in SOCKETS if "student_id" in route.path]

    assert _hear(chat, f"{role}-bob", "ada")["problem"]["status"] == 404


CLIENTS = {"chat", "demo"}
"""Commands that speak to a server, as somebody; all others work on this machine's own data, with its operator's rights."""


def _commands(command: Any, path: str = "") -> dict[str, Any]:
    children = getattr(command, "commands", None)
    if children is None:
        return {path.strip(): command}
    return {name: one for key, child in children.items() for name, one in _commands(child, f"{path} {key}").items()}


def test_only_commands_that_sign_in_can_reach_a_server_elsewhere() -> None:
    found = _commands(get_command(cli))
    remote = {name for name, command in found.items() if "url" in {option.name for option in command.params}}

    assert remote == CLIENTS
    assert len(found) > 30


@pytest.mark.parametrize("role", ["stranger", *Role])
async def test_the_terminal_gets_no_further_than_its_persons_role(role: str) -> None:
    token = "nonsense" if role == "stranger" else f"{role}-someone"
    async with serving(Edge().app()) as url, Client(url, token) as client:
        for method, path, roles in (
            ("GET", "/api/v1/threads", SIGNED_IN),
            ("GET", "/api/v1/alerts", STAFF),
            ("GET", "/api/v1/admin/people", ADMINS),
            ("GET", "/api/v1/curriculum/versions", CURATORS),
        ):
            with nullcontext() if role in roles else pytest.raises((Unauthenticated, ServerRefused)):
                await client.call(method, path)
        if role == "stranger":
            with pytest.raises(Unauthenticated):
                _ = [event async for event in client.ask(message="hello")]


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


@pytest.mark.parametrize("path", ["/nothing", "/health", "/openapi.json", "/api/v1/threads", "/api/v1/auth/me"])
@pytest.mark.parametrize("who", [{}, bearer("student-ada")])
async def test_nothing_that_we_send_may_run_be_framed_or_be_kept(
    path: str, who: dict[str, str], client: httpx.AsyncClient
) -> None:
    found = (await client.get(path, headers=who)).headers

    assert found["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert found["x-frame-options"] == "DENY"
    assert found["referrer-policy"] == "no-referrer"
    assert found["cross-origin-opener-policy"] == "same-origin"
    assert "max-age=" in found["strict-transport-security"]
    assert "camera=()" in found["permissions-policy"]
    assert "no-store" in found["cache-control"] or "private" in found["cache-control"]
    assert "server" not in found


async def test_every_response_carries_secure_headers_and_its_trace(client: httpx.AsyncClient) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    response = await client.get("/nothing", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})

    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["trace-id"] == response.json()["trace_id"] == trace

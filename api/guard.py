"""Who may use a route: every endpoint says so, one that does not cannot be added."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from api.once import answer_once
from api.rates import Class, Rates, address
from api.services import Services, SignIn
from core.errors import Forbidden, Invalid, NotFound, RateLimited, Unauthenticated
from core.ports import Principal, Role, Student, StudentId

SIGNED_IN = frozenset(Role)
STAFF = frozenset({Role.TEACHER, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})
CURATORS = frozenset({Role.CURRICULUM, Role.ADMIN})

_FOR_LIMITED = ("/api/v1/auth/", "/api/v1/privacy/")  # what a person may do before their guardian has agreed
_BODY_S = 20.0
_LOOK_S = 1.0

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


@dataclass(frozen=True, slots=True)
class Policy:
    """`roles` empty: anyone, counted by address. `replay`: an answer may be kept, and given again to who asks with the
    same Idempotency-Key; not where it holds a secret."""

    roles: frozenset[Role]
    rate: Class = "requests"
    replay: bool = True


def requires(
    roles: frozenset[Role], *, rate: Class = "requests", replay: bool = True
) -> Callable[[Endpoint], Endpoint]:
    """Marks an endpoint for people of these roles."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, "policy", Policy(roles, rate, replay))  # noqa: B010  a function type declares no such attribute
        return endpoint

    return mark


def public(*, rate: Class = "requests") -> Callable[[Endpoint], Endpoint]:
    """Marks an endpoint that anyone may use."""
    return requires(frozenset(), rate=rate)


def policy_of(endpoint: object) -> Policy:
    """Raises TypeError for an endpoint without one: what is not allowed to someone is open to nobody."""
    found = getattr(endpoint, "policy", None)
    if not isinstance(found, Policy):
        raise TypeError(f"{getattr(endpoint, '__qualname__', endpoint)} does not say who may use it")
    return found


class Route(APIRoute):
    """Asks the endpoint's policy before anything of the body is read, then reads the body as strict JSON."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        policy_of(endpoint)
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        policy = policy_of(self.endpoint)
        open_to_limited = not policy.roles or self.path.startswith(_FOR_LIMITED)
        has_body = self.body_field is not None

        async def guarded(request: Request) -> Response:
            await admit(request, policy)
            if not open_to_limited:
                await admit_unlimited(request)
            if has_body:
                _expect_json(request.headers)
                request = _JsonRequest(request.scope, request.receive)
                await _whole_body(request)
            try:
                if policy.roles and policy.replay and request.method == "POST":
                    return await answer_once(request, principal(request).id, services(request).replays, handle)
                return await handle(request)
            except NotFound:
                if policy.roles:
                    services(request).watchman.missing(principal(request).id)
                raise

        return guarded


async def _whole_body(request: Request) -> None:
    try:
        async with asyncio.timeout(_BODY_S):
            await request.body()
    except TimeoutError:
        raise HTTPException(408, "The body did not come in time.", {"Connection": "close"}) from None


class _JsonRequest(Request):
    """Parses with orjson: bad UTF-8, lone surrogates, NaN and bottomless nesting are refused where they stand."""

    async def json(self) -> Any:
        return parse_json(await self.body())


def parse_json(body: bytes | str) -> Any:
    """Raises Invalid for anything but strict JSON."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # FastAPI lets only HTTPExceptions through unchanged from where it reads a body
        raise HTTPException(400, f"The body is not JSON: {error.msg} at character {error.pos}.") from error


async def admit(connection: HTTPConnection, policy: Policy) -> None:
    """Leave the caller's Principal in the scope, or None on a public route. Raises Unauthenticated, Forbidden,
    RateLimited, Unavailable; a caller that cannot prove a name is counted by address."""
    if not policy.roles:
        count(connection, policy.rate)
        connection.scope["principal"] = None
        return
    try:
        token = _bearer(connection.headers)
        who = await services(connection).sign_in.identify(token)
    except Unauthenticated:
        count(connection, "requests")
        raise
    admit_principal(connection, policy, who)
    connection.scope["still_admitted"] = StillAdmitted(services(connection).sign_in, token)


class StillAdmitted:
    """Asked with each event of a stream, it looks once a second whether the sign-in was stopped since. A token that just
    runs out does not end what began while it was good."""

    def __init__(self, sign_in: SignIn, token: str) -> None:
        self._sign_in = sign_in
        self._token = token
        self._looked_at = time.monotonic()

    async def __call__(self) -> None:
        """Raises Unauthenticated."""
        now = time.monotonic()
        if now - self._looked_at < _LOOK_S:
            return
        self._looked_at = now
        try:
            await self._sign_in.identify(self._token)
        except Unauthenticated as error:
            if error.facts.get("reason") != "expired":
                raise


def admit_principal(connection: HTTPConnection, policy: Policy, principal: Principal) -> None:
    """The second half of `admit`, for a caller whose token came by another way."""
    if principal.role not in policy.roles:
        services(connection).watchman.forbidden(principal.id)
        raise Forbidden
    count(connection, "address")
    count(connection, policy.rate, principal)
    connection.scope["principal"] = principal


async def admit_unlimited(connection: HTTPConnection) -> None:
    """Raises Forbidden for a young person's account whose guardian has yet to agree."""
    await services(connection).privacy.guardians.admit(principal(connection))


def count(connection: HTTPConnection, of: Class, who: Principal | None = None, *, cost: int = 1) -> None:
    """By person, or else by address. What is left is told in the response's headers. Raises RateLimited."""
    rates: Rates = connection.app.state.rates
    where = address(connection.scope.get("client"))
    try:
        connection.scope["rate"] = rates.hit(of, who.id if who else where, cost=cost)
    except RateLimited:
        services(connection).watchman.limited(who.id if who else "", where)
        raise


def services(connection: HTTPConnection) -> Services:
    found: Services = connection.app.state.services
    return found


def principal(connection: HTTPConnection) -> Principal:
    found = connection.scope.get("principal")
    if not isinstance(found, Principal):
        raise Unauthenticated
    return found


def student(connection: HTTPConnection) -> Student:
    """The caller as the owner of private data: everyone who is signed in learns under their own id."""
    who = principal(connection)
    return Student(id=StudentId(who.id), name=who.name)


def _bearer(headers: Headers) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    return token.strip()


def _expect_json(headers: Headers) -> None:
    kind = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise Invalid("Send the body as JSON, with Content-Type: application/json.", content_type=kind[:100])

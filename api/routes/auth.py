"""Making an account, signing in, staying signed in and leaving."""

from fastapi import APIRouter, Request, Response

from api import wire
from api.guard import SIGNED_IN, Route, principal, public, requires, services
from api.rates import address
from api.services import Tokens

router = APIRouter(prefix="/api/v1/auth", route_class=Route, tags=["sign-in"])


@router.post("/register", status_code=202, response_model=wire.Accepted)
@public(rate="sign_ins")
async def register(request: Request, body: wire.Register) -> wire.Accepted:
    """Make a student's account, then sign in. The answer is the same whether or not the address is known already."""
    await services(request).people.register(email=body.email, name=body.name, password=body.password.get_secret_value())
    return wire.Accepted()


@router.post("/login", response_model=wire.SignedIn)
@public(rate="sign_ins")
async def login(request: Request, body: wire.Login) -> wire.SignedIn:
    """An access token for a few minutes and a refresh token for the next one."""
    tokens = await services(request).sign_in.login(
        email=body.email, password=body.password.get_secret_value(), address=address(request.scope.get("client"))
    )
    return _signed_in(tokens)


@router.post("/refresh", response_model=wire.SignedIn)
@public(rate="requests")
async def refresh(request: Request, body: wire.Refresh) -> wire.SignedIn:
    """New tokens. A refresh token is good once: using it again later ends the whole sign-in."""
    return _signed_in(await services(request).sign_in.refresh(body.refresh_token.get_secret_value()))


@router.post("/logout", status_code=204)
@public(rate="requests")
async def logout(request: Request, body: wire.Refresh) -> Response:
    """End this sign-in; the refresh token itself proves whose it is."""
    await services(request).sign_in.logout(body.refresh_token.get_secret_value())
    return Response(status_code=204)


@router.post("/logout-all", status_code=204)
@requires(SIGNED_IN)
async def logout_all(request: Request) -> Response:
    """End every sign-in of this account, on every device."""
    await services(request).sign_in.logout_everywhere(principal(request).id)
    return Response(status_code=204)


@router.get("/me", response_model=wire.Person)
@requires(SIGNED_IN)
async def me(request: Request) -> wire.Person:
    """Who the access token says you are."""
    return wire.Person.model_validate(principal(request))


def _signed_in(tokens: Tokens) -> wire.SignedIn:
    return wire.SignedIn(
        access_token=tokens.access,
        refresh_token=tokens.refresh,
        expires_in_s=tokens.expires_in_s,
        user=wire.Person.model_validate(tokens.principal),
    )

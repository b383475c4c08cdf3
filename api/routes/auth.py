"""Making an account, signing in, staying signed in and leaving."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.guard import SIGNED_IN, Route, principal, public, requires, services
from api.rates import address
from api.services import Tokens
from api.wire.base import Id
from api.wire.signing_in import (
    Accepted,
    Address,
    ChangePassword,
    Code,
    Confirm,
    Device,
    Devices,
    EnrolmentView,
    Exchange,
    Link,
    Login,
    Person,
    Proof,
    ProofAndCode,
    RecoveryCodes,
    Refresh,
    Register,
    Reset,
    SecondFactorView,
    SignedIn,
)

_UNCONFIRMED = "Please confirm your e-mail address: a letter tells how. POST /api/v1/auth/email/send sends another."

router = APIRouter(prefix="/api/v1/auth", route_class=Route, tags=["sign-in"])


@router.post("/register", status_code=202, response_model=Accepted)
@public(rate="sign_ins")
async def register(request: Request, body: Register) -> Accepted:
    """Make a student's account, then sign in. The answer is the same whether or not the address is known already."""
    edge, password = services(request), body.password.get_secret_value()
    gate = edge.privacy.guardians.gate(body.email, body.birth_date, body.guardian_email)
    await edge.people.register(email=body.email, name=body.name, password=password, gate=gate)
    if gate:
        edge.privacy.guardians.ask(body.email)
    return Accepted()


@router.post("/login", response_model=SignedIn)
@public(rate="sign_ins")
async def login(request: Request, body: Login) -> SignedIn:
    """An access token for a few minutes and a refresh token for the next one."""
    tokens = await services(request).sign_in.login(
        email=body.email,
        password=body.password.get_secret_value(),
        address=address(request.scope.get("client")),
        device=body.device or request.headers.get("user-agent", ""),
        code=body.code.get_secret_value() if body.code else None,
    )
    return _signed_in(tokens)


@router.post("/oidc", response_model=SignedIn)
@public(rate="sign_ins")
async def exchange(request: Request, body: Exchange) -> SignedIn:
    """Tokens of ours for one of a provider that is trusted here: with a list of devices, and a sign-out. The provider's own
    token works as access token too."""
    device = body.device or request.headers.get("user-agent", "")
    return _signed_in(await services(request).sign_in.exchange(body.token.get_secret_value(), device=device))


@router.post("/identities", status_code=204)
@requires(SIGNED_IN, rate="sign_ins", replay=False)
async def link(request: Request, body: Link) -> Response:
    """Sign in with this provider's account from now on too: its token proves that it is yours."""
    await services(request).sign_in.link(principal(request), body.token.get_secret_value())
    return Response(status_code=204)


@router.get("/totp", response_model=SecondFactorView)
@requires(SIGNED_IN)
async def second_factor(request: Request) -> SecondFactorView:
    """Whether signing in asks for a code too."""
    enabled, left = await services(request).second.state(principal(request))
    return SecondFactorView(enabled=enabled, recovery_codes_left=left)


@router.post("/totp", response_model=EnrolmentView)
@requires(SIGNED_IN, rate="sign_ins", replay=False)
async def enrol(request: Request, body: Proof) -> EnrolmentView:
    """A secret for an authenticator app (RFC 6238: SHA-1, six digits, 30 seconds)."""
    found = await services(request).second.enrol(principal(request), body.password.get_secret_value())
    return EnrolmentView(secret=found.secret, uri=found.uri)


@router.post("/totp/confirm", response_model=RecoveryCodes)
@requires(SIGNED_IN, rate="sign_ins", replay=False)
async def confirm_second_factor(request: Request, body: Code) -> RecoveryCodes:
    """Turn it on with a first code. Keep the recovery codes: they are not shown again."""
    codes = await services(request).second.confirm(principal(request), body.code.get_secret_value())
    return RecoveryCodes(codes=list(codes))


@router.post("/totp/disable", status_code=204)
@requires(SIGNED_IN, rate="sign_ins", replay=False)
async def disable_second_factor(request: Request, body: ProofAndCode) -> Response:
    """Turn it off, with the password and a code."""
    await services(request).second.disable(
        principal(request), body.password.get_secret_value(), body.code.get_secret_value()
    )
    return Response(status_code=204)


@router.post("/refresh", response_model=SignedIn)
@public(rate="requests")
async def refresh(request: Request, body: Refresh) -> SignedIn:
    """New tokens. A refresh token is good once: using it again later ends the whole sign-in."""
    return _signed_in(await services(request).sign_in.refresh(body.refresh_token.get_secret_value()))


@router.post("/logout", status_code=204)
@public(rate="requests")
async def logout(request: Request, body: Refresh) -> Response:
    """End this sign-in; the refresh token itself proves whose it is."""
    await services(request).sign_in.logout(body.refresh_token.get_secret_value())
    return Response(status_code=204)


@router.post("/logout-all", status_code=204)
@requires(SIGNED_IN)
async def logout_all(request: Request) -> Response:
    """End every sign-in of this account, on every device."""
    await services(request).sign_in.logout_everywhere(principal(request).id)
    return Response(status_code=204)


@router.get("/sessions", response_model=Devices)
@requires(SIGNED_IN)
async def sessions(request: Request) -> Devices:
    """Where you are signed in, the last used first."""
    who = principal(request)
    found = await services(request).sign_in.devices(who.id)
    return Devices(items=[Device.of(device, current=device.id == who.sign_in) for device in found])


@router.delete("/sessions/{session_id}", status_code=204)
@requires(SIGNED_IN)
async def end_session(request: Request, session_id: Annotated[Id, Path()]) -> Response:
    """Sign one device out, at once."""
    await services(request).sign_in.end(principal(request).id, session_id)
    return Response(status_code=204)


@router.post("/email/send", status_code=202, response_model=Accepted)
@public(rate="sign_ins")
async def send_confirmation(request: Request, body: Address) -> Accepted:
    """Another letter to confirm an address. The answer is the same whether or not one is sent."""
    services(request).recovery.send_confirmation(body.email)
    return Accepted()


@router.post("/email/confirm", status_code=204)
@public(rate="sign_ins")
async def confirm(request: Request, body: Confirm) -> Response:
    """Confirm an address with the code of its letter, which works once."""
    await services(request).recovery.confirm(body.token.get_secret_value())
    return Response(status_code=204)


@router.post("/password/forgot", status_code=202, response_model=Accepted)
@public(rate="sign_ins")
async def forgot(request: Request, body: Address) -> Accepted:
    """A letter to choose another password. The answer is the same whether or not the address has an account."""
    services(request).recovery.send_reset(body.email)
    return Accepted()


@router.post("/password/reset", status_code=204)
@public(rate="sign_ins")
async def reset(request: Request, body: Reset) -> Response:
    """Set another password with the code of a letter, which works once. Every device is signed out."""
    await services(request).recovery.reset(body.token.get_secret_value(), body.password.get_secret_value())
    return Response(status_code=204)


@router.post("/password/change", status_code=204)
@requires(SIGNED_IN, rate="sign_ins", replay=False)
async def change(request: Request, body: ChangePassword) -> Response:
    """Set another password with the one you have. Every other device is signed out."""
    await services(request).recovery.change(
        principal(request), body.current_password.get_secret_value(), body.new_password.get_secret_value()
    )
    return Response(status_code=204)


@router.get("/me", response_model=Person)
@requires(SIGNED_IN)
async def me(request: Request) -> Person:
    """Who the access token says you are."""
    return Person.model_validate(principal(request))


def _signed_in(tokens: Tokens) -> SignedIn:
    return SignedIn(
        access_token=tokens.access,
        refresh_token=tokens.refresh,
        expires_in_s=tokens.expires_in_s,
        user=Person.model_validate(tokens.principal),
        notice=None if tokens.confirmed else _UNCONFIRMED,
    )

"""Tokens of other providers (Firebase Auth, AWS Cognito, any OpenID Connect issuer): proved against their keys, and read as
what they say of a person. Nothing in a token's head chooses where a key comes from: `jku`, `x5u` and `jwk` are not read."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import jwt
import orjson

from accounts.jwks import Fetch, Keys, checked_url, fetch_json
from core.clock import Clock
from core.errors import Invalid, Unauthenticated
from core.log import logger
from core.ports import Role
from core.settings import OidcProvider

SKEW_S = 60
_CHARS_MAX = 8000
_SUBJECT_CHARS_MAX = 255
_TYPES = (None, "JWT", "at+jwt", "application/at+jwt")  # a logout token is a JWT of the same issuer, and no sign-in

_log = logger("accounts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What a provider says: `email` only if it proved it, `role` only if it may give it, `grants` all that it may."""

    issuer: str
    subject: str
    expires_at: float
    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    role: Role | None = None
    grants: frozenset[Role] = frozenset()
    create: bool = True


class Providers:
    """Raises Invalid for a provider that cannot be trusted as it is configured."""

    def __init__(self, settings: Sequence[OidcProvider], clock: Clock, *, fetch: Fetch = fetch_json) -> None:
        self._clock = clock
        self._by_issuer = {one.issuer: _Provider(one, clock, fetch) for one in settings}
        if len(self._by_issuer) != len(settings):
            raise Invalid("LEARNFLOW_ACCOUNTS__OIDC names an issuer twice")

    async def read(self, token: str) -> Claimed:
        """Raises Unauthenticated with a `reason`, ProviderUnavailable."""
        if not self._by_issuer or len(token) > _CHARS_MAX or token.count(".") != 2 or not token.isascii():
            raise Unauthenticated(reason="malformed")
        head, claims = (_unproved(part) for part in token.split(".")[:2])
        issuer = claims.get("iss")
        provider = self._by_issuer.get(issuer) if isinstance(issuer, str) else None
        if provider is None:
            raise Unauthenticated(reason="issuer")
        return await provider.read(token, head, self._clock.now().timestamp())


class _Provider:
    def __init__(self, settings: OidcProvider, clock: Clock, fetch: Fetch) -> None:
        self._settings = settings
        self._keys = Keys(settings.issuer, settings.jwks_url, clock, fetch)
        checked_url(settings.jwks_url or settings.issuer)
        try:
            self._roles = {value: Role(role) for value, role in settings.roles.items()}
            self._grants = frozenset(Role(role) for role in settings.grants)
        except ValueError as error:
            raise Invalid(f"LEARNFLOW_ACCOUNTS__OIDC, {settings.issuer}: {error}") from None

    async def read(self, token: str, head: dict[str, Any], now: float) -> Claimed:
        algorithm, kid = head.get("alg"), head.get("kid")
        if algorithm not in self._settings.algorithms or head.get("typ") not in _TYPES or "crit" in head:
            raise Unauthenticated(reason="header")
        if not (kid is None or isinstance(kid, str)):
            raise Unauthenticated(reason="header")
        key = await self._keys.find(kid)
        if key is None or algorithm not in key.algorithms:
            raise Unauthenticated(reason="key")
        claims = self._proved(token, key.key, str(algorithm))
        self._check_times(claims, now)
        self._check_audience(claims)
        for name, wanted in self._settings.required.items():
            found = _at(claims, name)
            if type(found) is not type(wanted) or found != wanted:  # 1 is not true
                raise Unauthenticated("The provider does not vouch for this account yet.", reason="claims")
        return self._claimed(claims)

    def _proved(self, token: str, key: Any, algorithm: str) -> dict[str, Any]:
        options: Any = {
            "require": ["iss", "sub", "exp"],
            "verify_exp": False,  # the times are checked by our clock
            "verify_iat": False,
            "verify_nbf": False,
            "verify_aud": False,  # an access token of Cognito has none
        }
        try:
            found: dict[str, Any] = jwt.decode(
                token, key, algorithms=[algorithm], issuer=self._settings.issuer, options=options
            )
        except (jwt.PyJWTError, UnicodeError, ValueError, TypeError) as error:
            reason = "signature" if isinstance(error, jwt.InvalidSignatureError) else "claims"
            raise Unauthenticated(reason=reason) from None
        return found

    def _check_times(self, claims: dict[str, Any], now: float) -> None:
        times = {name: claims[name] for name in ("exp", "nbf", "iat", "auth_time") if name in claims}
        if not all(isinstance(at, int | float) and not isinstance(at, bool) for at in times.values()):
            raise Unauthenticated(reason="claims")
        if times["exp"] + SKEW_S <= now:
            raise Unauthenticated("Your sign-in has run out; sign in again.", reason="expired")
        if any(times.get(name, now) - SKEW_S > now for name in ("nbf", "iat", "auth_time")):
            raise Unauthenticated(reason="future")

    def _check_audience(self, claims: dict[str, Any]) -> None:
        rule, ours = self._settings.audience_claim, set(self._settings.audiences)
        named = claims.get("aud")
        aud = set(filter(_is_text, named if isinstance(named, list) else [named]))
        client = {claims.get("client_id")} if isinstance(claims.get("client_id"), str) else set()
        fits = {"aud": aud & ours, "client_id": client & ours, "either": (aud or client) & ours}[rule]
        # OpenID Connect Core, 3.1.3.7: of several audiences, the one that it was issued to
        if not fits or (len(aud) > 1 and claims.get("azp") not in ours):
            raise Unauthenticated(reason="audience")

    def _claimed(self, claims: dict[str, Any]) -> Claimed:
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 1 <= len(subject) <= _SUBJECT_CHARS_MAX or not subject.isprintable():
            raise Unauthenticated(reason="claims")
        proved = claims.get("email_verified")
        email = claims.get("email") if proved is True or proved == "true" else ""  # 1 equals True too
        names = (claims.get("name"), claims.get("given_name"), claims.get("cognito:username"))
        return Claimed(
            issuer=self._settings.issuer,
            subject=subject,
            expires_at=float(claims["exp"]),
            name=next((name for name in names if isinstance(name, str) and name), ""),
            email=email if isinstance(email, str) else "",
            role=self._role(claims),
            grants=self._grants,
            create=self._settings.create,
        )

    def _role(self, claims: dict[str, Any]) -> Role | None:
        """None when the provider says nothing of roles. Of several the first in the order of the map that may be given."""
        if self._settings.role_claim is None:
            return None
        found = _at(claims, self._settings.role_claim)
        values = set(filter(_is_text, found if isinstance(found, list) else [found]))
        wanted = [role for value, role in self._roles.items() if value in values]
        for role in wanted:
            if role in self._grants:
                return role
            _log.warning("oidc.role_refused", role=role.value)
        return Role.STUDENT


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _at(claims: dict[str, Any], path: str) -> Any:
    """The claim of this very name (`cognito:groups`, `https://school.org/role`), or else at a dotted path."""
    if path in claims:
        return claims[path]
    value: Any = claims
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _unproved(part: str) -> dict[str, Any]:
    """What a part of a token says, proved by nothing. Raises Unauthenticated."""
    try:
        found = orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError):
        raise Unauthenticated(reason="malformed") from None
    if not isinstance(found, dict):
        raise Unauthenticated(reason="malformed")
    return found

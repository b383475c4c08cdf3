"""Access tokens: short-lived signed statements of who is asking, proved by arithmetic alone, with no look-up."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import jwt

from accounts.keys import Key
from core.clock import Clock
from core.errors import Unauthenticated
from core.ids import new_id
from core.ports import Principal, Role, UserId

_ISSUER = "learnflow"
_AUDIENCE = "learnflow-api"
_SKEW_S = 30  # two servers' clocks may differ by this much
_CHARS_MAX = 4096
_CLAIMS = ["iss", "aud", "sub", "role", "name", "iat", "exp", "jti"]


class AccessTokens:
    """Makes and checks JWTs signed with HS256, RFC 7519. Tokens that `older` keys signed are taken for as
    long as one may live that was made before this server started, and no longer: such a key may have been stolen."""

    def __init__(self, key: Key, clock: Clock, *, minutes: int, older: Sequence[Key] = ()) -> None:
        self._key = key
        self._clock = clock
        self.life_s = minutes * 60
        self._header = {"kid": key.kid}
        self._older_until = clock.now() + timedelta(seconds=self.life_s + _SKEW_S)
        # Every token of ours begins with its key's very characters. Comparing them pins algorithm, type and key before
        # anything that a stranger wrote is parsed, and is cheaper than parsing.
        self._secrets = {_head(known): known.secret for known in (*older, key)}
        # the times are checked here, by our clock
        self._options: Any = {"require": _CLAIMS, "verify_exp": False, "verify_iat": False, "verify_nbf": False}

    def issue(self, principal: Principal) -> str:
        now = int(self._clock.now().timestamp())
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": principal.id,
            "role": principal.role.value,
            "name": principal.name,
            "iat": now,
            "exp": now + self.life_s,
            "jti": new_id(),
            "sid": principal.sign_in,
        }
        return jwt.encode(claims, self._key.secret, algorithm="HS256", headers=self._header)

    def is_ours(self, token: str) -> bool:
        """Whether it says so; `verify` tells whether it is."""
        return token.partition(".")[0] in self._secrets

    def verify(self, token: str) -> Principal:
        """Whom the token proves. Raises Unauthenticated with a `reason`: malformed, header, signature, issuer,
        audience, claims, expired or future."""
        if len(token) > _CHARS_MAX:
            raise Unauthenticated(reason="malformed")
        secret = self._secrets.get(token.partition(".")[0])
        if secret is None:
            raise Unauthenticated(reason="header" if token.count(".") == 2 else "malformed")
        if secret != self._key.secret and self._clock.now() >= self._older_until:
            raise Unauthenticated("Your sign-in has run out; sign in again.", reason="expired")
        return self._principal(self._claims(token, secret))

    def _claims(self, token: str, secret: bytes) -> dict[str, Any]:
        try:
            return jwt.decode(
                token,
                secret,
                algorithms=["HS256"],
                issuer=_ISSUER,
                audience=_AUDIENCE,
                options=self._options,
            )
        except (jwt.InvalidTokenError, UnicodeError) as error:
            raise Unauthenticated(reason=_reason(error)) from None

    def _principal(self, claims: dict[str, Any]) -> Principal:
        now = self._clock.now().timestamp()
        try:
            iat, exp, name = int(claims["iat"]), int(claims["exp"]), str(claims["name"])
            sub, role = UserId(str(claims["sub"])), Role(claims["role"])
        except (TypeError, ValueError, OverflowError):
            raise Unauthenticated(reason="claims") from None
        if exp + _SKEW_S <= now:
            raise Unauthenticated("Your sign-in has run out; sign in again.", reason="expired")
        if iat - _SKEW_S > now:
            raise Unauthenticated(reason="future")
        return Principal(id=sub, role=role, name=name, sign_in=str(claims.get("sid", "")))


def _head(key: Key) -> str:
    return jwt.encode({}, key.secret, algorithm="HS256", headers={"kid": key.kid}).split(".")[0]


def _reason(error: Exception) -> str:
    match error:
        case jwt.InvalidSignatureError():
            return "signature"
        case jwt.InvalidIssuerError():
            return "issuer"
        case jwt.InvalidAudienceError():
            return "audience"
        case jwt.MissingRequiredClaimError():
            return "claims"
        case _:
            return "malformed"

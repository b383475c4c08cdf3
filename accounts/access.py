"""Access tokens: short-lived signed statements of who is asking, proved by arithmetic alone, with no look-up."""

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
    """Makes and checks JWTs signed with HS256, RFC 7519."""

    def __init__(self, key: Key, clock: Clock, *, minutes: int) -> None:
        self._key = key
        self._clock = clock
        self.life_s = minutes * 60
        self._header = {"kid": key.kid}
        # Every token of ours begins with these very characters. Comparing them pins algorithm, type and key before
        # anything that a stranger wrote is parsed, and is cheaper than parsing.
        self._head = jwt.encode({}, key.secret, algorithm="HS256", headers=self._header).split(".")[0] + "."
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
        }
        return jwt.encode(claims, self._key.secret, algorithm="HS256", headers=self._header)

    def verify(self, token: str) -> Principal:
        """Whom the token proves. Raises Unauthenticated with a `reason`: malformed, header, signature, issuer,
        audience, claims, expired or future."""
        if len(token) > _CHARS_MAX:
            raise Unauthenticated(reason="malformed")
        if not token.startswith(self._head):
            raise Unauthenticated(reason="header" if token.count(".") == 2 else "malformed")
        return self._principal(self._claims(token))

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            return jwt.decode(
                token,
                self._key.secret,
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
        return Principal(id=sub, role=role, name=name)


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

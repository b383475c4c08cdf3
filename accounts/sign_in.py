"""Signing in and staying signed in: a short-lived access token, and a refresh token that works once.

A refresh token is followed by HMAC(server's key, token). So two tabs, or a client that lost the answer and asks again
within GRACE_S, get the same next token and a sign-in never has two live branches. Whoever uses a token later than that
after it was used is a thief or was robbed by one: the whole sign-in ends for both (RFC 9700, 4.14.2)."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from accounts.access import AccessTokens
from accounts.backoff import Backoff
from accounts.keys import Key
from accounts.passwords import Passwords
from accounts.people import email_key
from accounts.statements import one
from core import db
from core.clock import Clock
from core.errors import Unauthenticated
from core.ids import new_id
from core.log import logger
from core.ports import Principal, Role, UserId
from core.settings import AccountSettings

GRACE_S = 10.0
_TOKEN_CHARS_MAX = 200

_log = logger("accounts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a sign-in gives: `access` for every request, `refresh` for the next pair."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in_s: int
    principal: Principal


class SignIn:
    """Every method but `verify` raises DatabaseUnavailable."""

    def __init__(
        self, pool: db.Pool, clock: Clock, settings: AccountSettings, *, key: Key, passwords: Passwords
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._life = timedelta(days=settings.refresh_days)
        self._passwords = passwords
        self._access = AccessTokens(key, clock, minutes=settings.access_minutes)
        self._following = key.derive("refresh")
        self._backoff = Backoff(clock)

    def verify(self, access: str) -> Principal:
        """Whom an access token proves, without a look-up. Raises Unauthenticated with a `reason`."""
        return self._access.verify(access)

    async def login(self, *, email: str, password: str, address: str) -> Tokens:
        """A new sign-in from `address` (the client's IP). An unknown address, a wrong password and a disabled account
        look alike, also in time. Raises Unauthenticated, RateLimited."""
        account = email_key(email)
        self._backoff.try_once(address, account)
        row = await self._one("credentials", email=account)
        known = row["password_hash"] if row else None
        fits, newer = await self._passwords.verify(password, known)
        if row is None or not fits or row["disabled"]:
            raise Unauthenticated("The e-mail address or the password is not right.", reason="credentials")
        if newer:
            await self._one("rehash", user=row["id"], older=known, newer=newer)
        tokens = await self._open(_principal(row))
        self._backoff.succeeded(address, account)
        return tokens

    async def refresh(self, refresh: str) -> Tokens:
        """The next pair, for a token that was not used yet. Raises Unauthenticated with a `reason`: unknown, expired,
        revoked, disabled or reused."""
        following = self._next(refresh)
        now = self._clock.now()
        row = await self._one(
            "rotate",
            token_hash=_hash(refresh),
            next_hash=_hash(following),
            expires=now + self._life,
            forget=now - self._life,
        )
        return self._tokens(_principal(row or await self._again(refresh, following)), following)

    async def logout(self, refresh: str) -> None:
        """Ends this device's sign-in; an unknown token is no error."""
        await self._one("sign_out", token_hash=_hash(refresh))

    async def logout_everywhere(self, user: UserId) -> None:
        """Ends every sign-in of theirs; access tokens that are out run on until they expire."""
        await self._one("sign_out_everywhere", user=user)

    async def _open(self, principal: Principal) -> Tokens:
        refresh = secrets.token_urlsafe(32)
        expires = self._clock.now() + self._life
        opened = await self._one(
            "sign_in", user=principal.id, sign_in=new_id(), token_hash=_hash(refresh), expires=expires
        )
        if opened is None:  # disabled or deleted while the password was checked
            raise Unauthenticated("The e-mail address or the password is not right.", reason="credentials")
        return self._tokens(principal, refresh)

    async def _again(self, refresh: str, following: str) -> dict[str, Any]:
        """The person of a token that could not be used, if that is forgiven."""
        row = await self._one("refused_token", token_hash=_hash(refresh), next_hash=_hash(following))
        reason = self._refusal(row)
        if row is None or reason is not None:
            if row is not None and reason == "reused":
                _log.warning("sign_in.reused", user=row["id"], sign_in=row["sign_in_id"])
                await self._one("reused", sign_in=row["sign_in_id"])
            raise Unauthenticated(reason=reason)
        return row

    def _refusal(self, row: dict[str, Any] | None) -> str | None:
        if row is None:
            return "unknown"
        for reason in ("revoked", "expired", "disabled"):
            if row[reason]:
                return reason
        if row["used_at"] is None:  # it was refused for a reason that has just gone away
            return "unknown"
        forgiven_until = row["used_at"] + timedelta(seconds=GRACE_S)
        return None if row["followed"] and self._clock.now() <= forgiven_until else "reused"

    def _tokens(self, principal: Principal, refresh: str) -> Tokens:
        access = self._access.issue(principal)
        return Tokens(access=access, refresh=refresh, expires_in_s=self._access.life_s, principal=principal)

    def _next(self, refresh: str) -> str:
        if len(refresh) > _TOKEN_CHARS_MAX or not refresh.isascii():
            raise Unauthenticated(reason="unknown")
        digest = hmac.digest(self._following, refresh.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    async def _one(self, statement: str, /, **values: Any) -> dict[str, Any] | None:
        return await one(self._pool, statement, now=self._clock.now(), **values)


def _hash(token: str) -> bytes:
    """A token has 256 random bits, so one fast hash hides it."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def _principal(row: dict[str, Any]) -> Principal:
    return Principal(id=UserId(row["id"]), role=Role(row["role"]), name=row["name"])

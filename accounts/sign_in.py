"""Signing in and staying signed in: a short-lived access token, and a refresh token that works once.

A refresh token is followed by HMAC(server's key, token). So two tabs, or a client that lost the answer and asks again
within GRACE_S, get the same next token and a sign-in never has two live branches. Whoever uses a token later than that
after it was used is a thief or was robbed by one: the whole sign-in ends for both (RFC 9700, 4.14.2)."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from accounts.access import AccessTokens
from accounts.addresses import email_key
from accounts.backoff import Backoff
from accounts.devices import device_label
from accounts.identities import Identities
from accounts.keys import Key
from accounts.passwords import Passwords
from accounts.second_factor import SecondFactor
from accounts.security import Watchman, place_of
from accounts.statements import one
from accounts.stopped import Stopped
from core import db
from core.clock import Clock
from core.errors import NotFound, Unauthenticated
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
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Where a person is signed in: `label` says so in words, such as Firefox on Linux."""

    id: str
    label: str
    created_at: datetime
    used_at: datetime
    expires_at: datetime


class SignIn:
    """Every method but `verify` raises DatabaseUnavailable."""

    def __init__(
        self,
        pool: db.Pool,
        clock: Clock,
        settings: AccountSettings,
        *,
        key: Key,
        passwords: Passwords,
        older: Sequence[Key] = (),
        stopped: Stopped | None = None,
        identities: Identities | None = None,
        second: SecondFactor | None = None,
        watchman: Watchman | None = None,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._stopped = stopped or Stopped()
        self._identities = identities
        self._second = second
        self._watchman = watchman or Watchman()
        self._life = timedelta(days=settings.refresh_days)
        self._passwords = passwords
        self._access = AccessTokens(key, clock, minutes=settings.access_minutes, older=older)
        self._following = [known.derive("refresh") for known in (key, *older)]
        self._places = key.derive("places")
        self._confirm = settings.verify_email == "require"
        self._never_asked = settings.verify_email == "off"
        self._backoff = Backoff(clock)

    def verify(self, access: str) -> Principal:
        """Whom an access token of ours proves, without a look-up. Raises Unauthenticated with a `reason`."""
        who = self._access.verify(access)
        self._stopped.check(who)
        return who

    async def identify(self, token: str) -> Principal:
        """Whom an access token of ours, or a token of a provider that is trusted, proves. Raises Unauthenticated with a
        `reason`, Forbidden, Unavailable."""
        self._watchman.token_seen(token)
        if self._identities is None or self._access.is_ours(token):
            return self.verify(token)
        who = await self._identities.principal(token)
        try:
            self._stopped.check(who)
        except Unauthenticated:  # it was remembered from before the change
            who = await self._identities.principal(token, again=True)
            self._stopped.check(who)
        return who

    async def exchange(self, token: str, *, device: str = "") -> Tokens:
        """A sign-in of ours for a provider's token. Raises what `identify` raises."""
        if self._identities is None:
            raise Unauthenticated("No other provider is trusted here.", reason="issuer")
        return await self._open(await self._identities.person(token), device)

    async def link(self, who: Principal, token: str) -> None:
        """The provider's subject is `who` from now on. Raises Unauthenticated, Conflict."""
        if self._identities is None:
            raise Unauthenticated("No other provider is trusted here.", reason="issuer")
        await self._identities.link(who, token)

    async def login(
        self, *, email: str, password: str, address: str, device: str = "", code: str | None = None
    ) -> Tokens:
        """A new sign-in from `address` (the client's IP). An unknown address, a wrong password, a disabled account and
        one that must be confirmed first look alike, also in time; only who has the password is asked for a second factor's
        `code`. Raises Unauthenticated, RateLimited."""
        account = email_key(email)
        slowed = self._backoff.try_once(address, account)
        row = await self._one("credentials", email=account)
        known = row["password_hash"] if row else None
        fits, newer = await self._passwords.verify(password, known)
        if row is None or not fits or row["disabled"] or (self._confirm and not row["confirmed"]):
            await self._one(
                "sign_in_failed",
                user=row["id"] if row else "",
                kind="sign_in.slowed" if slowed else "sign_in.failed",
                place=self.place(address),
            )
            self._watchman.sign_in_failed(self.place(address), row["id"] if row else "", account)
            raise self._wrong()
        if self._second is not None:
            await self._second_step(row, code, address)
        if newer:
            await self._one("rehash", user=row["id"], older=known, newer=newer)
        tokens = await self._open(row, device)
        self._backoff.succeeded(address, account)
        return tokens

    async def _second_step(self, row: dict[str, Any], code: str | None, address: str) -> None:
        assert self._second is not None
        try:
            await self._second.check(row["id"], code)
        except Unauthenticated:
            if code:
                await self._one("sign_in_failed", user=row["id"], kind="sign_in.code", place=self.place(address))
                self._watchman.sign_in_failed(self.place(address), row["id"], "")
            raise

    def place(self, address: str) -> str:
        """A keyed hash of the network that the address is in."""
        return place_of(self._places, address)

    async def refresh(self, refresh: str) -> Tokens:
        """The next pair, for a token that was not used yet. Raises Unauthenticated with a `reason`: unknown, expired,
        revoked, disabled or reused."""
        following, *earlier = self._next(refresh)
        now = self._clock.now()
        row = await self._one(
            "rotate",
            token_hash=_hash(refresh),
            next_hash=_hash(following),
            expires=now + self._life,
            forget=now - self._life,
            confirm=self._confirm,
        )
        if row is None:
            row, following = await self._again(refresh, [following, *earlier])
        return self._tokens(row, following)

    async def logout(self, refresh: str) -> None:
        """Ends this device's sign-in; an unknown token is no error."""
        await self._one("sign_out", token_hash=_hash(refresh))

    async def devices(self, user: UserId) -> list[Device]:
        """Where they are signed in, the last used first."""
        async with db.connection(self._pool) as conn:
            rows = await conn.execute(db.sql("accounts/devices"), {"user": user, "now": self._clock.now()})
            return [Device(**row) async for row in rows]

    async def end(self, user: UserId, sign_in: str) -> None:
        """One of their own sign-ins. Raises NotFound."""
        if await self._one("end_sign_in", user=user, sign_in=sign_in) is None:
            raise NotFound("There is no such sign-in of yours.")

    async def logout_everywhere(self, user: UserId) -> None:
        """Ends every sign-in of theirs, and the access tokens that are out."""
        await self._one("sign_out_everywhere", user=user)

    def _wrong(self) -> Unauthenticated:
        """The same words whatever was wrong; where addresses must be confirmed they say so to everyone."""
        more = " Or the address has yet to be confirmed: see the letter that was sent to it." if self._confirm else ""
        return Unauthenticated("The e-mail address or the password is not right." + more, reason="credentials")

    async def _open(self, row: dict[str, Any], device: str) -> Tokens:
        refresh = secrets.token_urlsafe(32)
        expires = self._clock.now() + self._life
        opened = await self._one(
            "sign_in",
            user=row["id"],
            sign_in=new_id(),
            token_hash=_hash(refresh),
            expires=expires,
            device=device_label(device),
        )
        if opened is None:  # disabled or deleted while the password was checked
            raise self._wrong()
        return self._tokens(row | opened, refresh)

    async def _again(self, refresh: str, following: list[str]) -> tuple[dict[str, Any], str]:
        """The person of a token that could not be used, if that is forgiven, and the token that followed it."""
        hashes = {_hash(token): token for token in following}
        row = await self._one(
            "refused_token", token_hash=_hash(refresh), next_hashes=list(hashes), confirm=self._confirm
        )
        reason = self._refusal(row)
        if row is None or reason is not None:
            if row is not None and reason == "reused":
                _log.warning("sign_in.reused", user=row["id"], sign_in=row["sign_in_id"])
                await self._one("reused", sign_in=row["sign_in_id"])
                self._watchman.noticed("token_reuse", person=row["id"])
            raise Unauthenticated(reason=reason)
        return row, hashes[bytes(row["followed"])]

    def _refusal(self, row: dict[str, Any] | None) -> str | None:
        if row is None:
            return "unknown"
        for reason in ("revoked", "expired", "disabled", "unconfirmed"):
            if row[reason]:
                return reason
        if row["used_at"] is None:  # it was refused for a reason that has just gone away
            return "unknown"
        forgiven_until = row["used_at"] + timedelta(seconds=GRACE_S)
        return None if row["followed"] and self._clock.now() <= forgiven_until else "reused"

    def _tokens(self, row: dict[str, Any], refresh: str) -> Tokens:
        principal = Principal(id=UserId(row["id"]), role=Role(row["role"]), name=row["name"], sign_in=row["sign_in_id"])
        return Tokens(
            access=self._access.issue(principal),
            refresh=refresh,
            expires_in_s=self._access.life_s,
            principal=principal,
            confirmed=row["confirmed"] or self._never_asked,
        )

    def _next(self, refresh: str) -> list[str]:
        """By today's key, then by older ones: a client may ask again while the key changes."""
        if len(refresh) > _TOKEN_CHARS_MAX or not refresh.isascii():
            raise Unauthenticated(reason="unknown")
        digests = (hmac.digest(key, refresh.encode(), hashlib.sha256) for key in self._following)
        return [base64.urlsafe_b64encode(digest).rstrip(b"=").decode() for digest in digests]

    async def _one(self, statement: str, /, **values: Any) -> dict[str, Any] | None:
        return await one(self._pool, statement, now=self._clock.now(), **values)


def _hash(token: str) -> bytes:
    """A token has 256 random bits, so one fast hash hides it."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()

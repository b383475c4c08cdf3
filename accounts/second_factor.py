"""A second step at sign-in: a code of an authenticator app, or one of ten that were written down."""

import os
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accounts import totp
from accounts.addresses import has_mailbox
from accounts.backoff import Backoff
from accounts.keys import Key, keep
from accounts.letters import Letters
from accounts.passwords import Passwords
from accounts.statements import one
from core import db
from core.clock import Clock
from core.errors import Conflict, Invalid, NotFound, RateLimited, Unauthenticated
from core.ports import Principal
from core.settings import AccountSettings

_FREE_TRIES = 5
_WAIT_S_MAX = 900.0
_FORGET_AFTER = timedelta(hours=1)
_KEY_CHARS_MIN = 32
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """Shown once; `uri` is what a QR code holds."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


class SecondFactor:
    """Every method raises DatabaseUnavailable."""

    def __init__(self, pool: db.Pool, clock: Clock, *, key: Key, passwords: Passwords, letters: Letters | None) -> None:
        self._pool = pool
        self._clock = clock
        self._cipher = AESGCM(key.derive("totp"))
        self._passwords = passwords
        self._letters = letters
        self._backoff = Backoff(clock)

    async def state(self, who: Principal) -> tuple[bool, int]:
        """Whether it is asked for, and how many recovery codes are left."""
        row = await self._one("totp_state", who.id)
        return (bool(row["confirmed"]), row["codes"]) if row else (False, 0)

    async def enrol(self, who: Principal, password: str) -> Enrolment:
        """A secret for an app; nothing changes until a code of it is confirmed. Raises Unauthenticated for a wrong
        password, Conflict when a second factor is on, RateLimited."""
        await self._prove(who, password)
        secret = totp.new_secret()
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, secret, who.id.encode())
        if await self._one("totp_enrol", who.id, secret=sealed) is None:
            raise Conflict("A second factor is on already: take it off first.")
        person = await one(self._pool, "person_by_id", now=self._clock.now(), id=who.id)
        account = person["email"] if person and has_mailbox(person["email"]) else who.name
        return Enrolment(secret=totp.base32(secret), uri=totp.uri(secret, account=account))

    async def confirm(self, who: Principal, code: str) -> list[str]:
        """The recovery codes, shown once; from now on a sign-in needs a code. Raises NotFound without an enrolment, Invalid
        for a wrong code, Conflict, RateLimited."""
        row = await self._try(who.id)
        if row is None:
            raise NotFound("Ask for a secret first.")
        if row["confirmed"]:
            raise Conflict("A second factor is on already.")
        step = totp.matching_step(self._open(who.id, row["secret"]), code, self._now_s())
        if step is None:
            raise Invalid("This code is not right: see that the app's clock is.", field="code")
        codes = totp.new_recovery_codes()
        hashes = [totp.recovery_hash(who.id, one_code) for one_code in codes]
        confirmed = await self._one("totp_confirm", who.id, step=step, hashes=hashes)
        if confirmed is None:
            raise Conflict("A second factor is on already.")
        self._tell(confirmed, "on")
        return codes

    async def disable(self, who: Principal, password: str, code: str) -> None:
        """Raises Unauthenticated for a wrong password or code, RateLimited."""
        await self._prove(who, password)
        await self.check(who.id, code)
        self._tell(await self._one("totp_off", who.id, by=who.id, any=False), "off")

    async def reset(self, user: str, *, by: str) -> None:
        """By an admin, for somebody who lost telephone and codes; they are told. Raises NotFound when there is none."""
        row = await self._one("totp_off", user, by=by, any=True)
        if row is None:
            raise NotFound("This person has no second factor.")
        self._tell(row, "off")

    async def check(self, user: str, code: str | None) -> None:
        """The second step of a sign-in whose password was right. Raises Unauthenticated with a `reason`, code_needed or
        code_wrong, and RateLimited; a recovery code works also while guessing has to wait."""
        state = await self._one("totp_state", user)
        if state is None or not state["confirmed"]:
            return
        if not code:
            raise Unauthenticated("Give the code of your authenticator app too.", reason="code_needed")
        if not await (self._recover(user, code) if totp.is_recovery_code(code) else self._fits(user, code)):
            raise Unauthenticated("This code is not right, or was used before.", reason="code_wrong")

    async def _fits(self, user: str, code: str) -> bool:
        row = await self._try(user)
        if row is None:
            return False
        step = totp.matching_step(self._open(user, row["secret"]), code, self._now_s(), after=row["last_step"])
        return step is not None and await self._one("totp_used", user, step=step) is not None

    async def _recover(self, user: str, code: str) -> bool:
        row = await self._one("totp_recover", user, hash=totp.recovery_hash(user, code))
        if row is not None:
            self._tell(row, "recovered")
        return row is not None

    async def _try(self, user: str) -> dict[str, Any] | None:
        """Raises RateLimited: a million codes are few for somebody who has the password."""
        row = await self._one("totp_try", user, free=_FREE_TRIES, forget=self._clock.now() - _FORGET_AFTER)
        if row is not None and not row["granted"]:
            wait_s = min(_WAIT_S_MAX, 2.0 ** min(row["tries"] - _FREE_TRIES, 20))
            raise RateLimited("Too many codes; wait a little, or use a recovery code.", retry_after_s=wait_s)
        return row

    async def _prove(self, who: Principal, password: str) -> None:
        self._backoff.try_once("second factor", who.id)
        row = await one(self._pool, "password_of", now=self._clock.now(), id=who.id)
        fits, _ = await self._passwords.verify(password, row["password_hash"] if row else None)
        if not fits:
            raise Unauthenticated("The password is not right.", reason="credentials")
        self._backoff.succeeded("second factor", who.id)

    def _open(self, user: str, sealed: bytes) -> bytes:
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], user.encode())
        except InvalidTag:  # the key is another one: an operator mends it with `learnflow user reset-totp`
            raise Unauthenticated(
                "Your second factor cannot be checked: ask an admin to reset it.", reason="key"
            ) from None

    def _tell(self, row: dict[str, Any] | None, what: str) -> None:
        if row is not None and self._letters is not None:
            self._letters.second_factor(row["email"], row["name"], what)

    def _now_s(self) -> float:
        return self._clock.now().timestamp()

    async def _one(self, statement: str, user: str, **values: Any) -> dict[str, Any] | None:
        return await one(self._pool, statement, now=self._clock.now(), user=user, **values)


def open_totp_key(settings: AccountSettings, data_dir: Path) -> Key:
    """What encrypts the secrets of second factors; blocking, short. Apart from the key of access tokens, which may be rotated
    any day. Raises Invalid."""
    if settings.totp_key is None:
        return Key(keep(data_dir / "keys" / "totp.key", secrets.token_bytes(32)))
    secret = settings.totp_key.get_secret_value()
    if len(secret) < _KEY_CHARS_MIN:
        raise Invalid(f"LEARNFLOW_ACCOUNTS__TOTP_KEY needs at least {_KEY_CHARS_MIN} characters")
    return Key(secret.encode())

"""Password rules, and argon2 hashes made in threads, a few at a time, so that sign-ins never starve the tutor."""

import asyncio
import base64
import secrets
import unicodedata
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from core.errors import Invalid, RateLimited

CHARS_MIN = 10
CHARS_MAX = 200
_WAITING_MAX = 256  # with two at once, a quarter second each, the last one waits half a minute

T = TypeVar("T")


class Cost(NamedTuple):
    """What one argon2id hash takes; the default is RFC 9106's second recommended option."""

    passes: int = 3
    memory_kib: int = 65_536
    lanes: int = 4


class Passwords:
    """Hashes and checks passwords, at most `hashes_at_once` at a time. Raises RateLimited when too many wait."""

    def __init__(self, *, hashes_at_once: int, cost: Cost | None = None) -> None:
        cost = cost or Cost()
        self._hasher = PasswordHash((Argon2Hasher(cost.passes, cost.memory_kib, cost.lanes),))
        self._nobodys = _nobodys_hash(cost)
        self._slots = asyncio.Semaphore(hashes_at_once)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """An argon2id hash. Raises Invalid for a password that breaks the rules."""
        accepted = check(password)
        return await self._work(lambda: self._hasher.hash(accepted))

    async def verify(self, password: str, known: str | None) -> tuple[bool, str | None]:
        """Whether the password fits, with a hash to keep instead when the known one is of another cost. `known` None
        is an account that does not exist: it takes the same work, so that time does not tell."""
        try:
            given = check(password)
        except Invalid:
            given = ""  # fits nothing, and takes as long
        fits, newer = await self._work(lambda: self._hasher.verify_and_update(given, known or self._nobodys))
        return (fits, newer) if known else (False, None)

    async def _work(self, hashing: Callable[[], T]) -> T:
        if self._waiting >= _WAITING_MAX:
            raise RateLimited("too many people are signing in at this moment", retry_after_s=5)
        self._waiting += 1
        try:
            async with self._slots:
                return await asyncio.to_thread(hashing)
        finally:
            self._waiting -= 1


def check(password: str) -> str:
    """The password in its one Unicode form, so that it is the same from every keyboard. Raises Invalid."""
    if not CHARS_MIN <= len(password) <= CHARS_MAX:
        raise Invalid(f"a password has {CHARS_MIN} to {CHARS_MAX} characters", field="password")
    try:
        return unicodedata.normalize("NFKC", password).encode().decode()
    except UnicodeEncodeError:
        raise Invalid("this password has characters that cannot be stored", field="password") from None


def _nobodys_hash(cost: Cost) -> str:
    """A well-formed hash that no known password has; checking it costs what checking a real one does."""
    salt, digest = (base64.b64encode(secrets.token_bytes(n)).rstrip(b"=").decode() for n in (16, 32))
    return f"$argon2id$v=19$m={cost.memory_kib},t={cost.passes},p={cost.lanes}${salt}${digest}"

"""First answers to requests that name themselves by a key, kept for a day: who asks again gets the same answer, and what
was asked for is done once."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from psycopg.types.json import Jsonb

from accounts.keys import Key
from accounts.statements import one
from core import db
from core.clock import Clock
from core.errors import Conflict, Invalid
from core.ports import UserId

KEPT = timedelta(hours=24)
DEAD_AFTER = timedelta(minutes=3)  # longer than any request may take


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """`status` 0: the request is to be worked on again, since what it asks for is itself done once."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Replays:
    """Every method raises DatabaseUnavailable."""

    def __init__(self, pool: db.Pool, clock: Clock, key: Key) -> None:
        self._pool = pool
        self._clock = clock
        self._key = key.derive("replays")

    async def begin(self, user: UserId, key: str, request: bytes) -> Kept | None:
        """The first answer; None for who is the first, and has to `finish` or `abandon`. Raises Invalid when the key was
        used for another `request`, Conflict while the first one is being worked on."""
        now, fingerprint = self._clock.now(), fingerprint_of(self._key, request)
        times = {"until": now - KEPT, "dead": now - DEAD_AFTER}
        row = await one(self._pool, "replay_begin", now=now, user=user, key=key, fingerprint=fingerprint, **times)
        if row is None or row["mine"]:
            return None
        return judged(row["fingerprint"], fingerprint, row["status"], row["headers"], row["body"])

    async def finish(self, user: UserId, key: str, answer: Kept) -> None:
        values = {"status": answer.status, "headers": Jsonb(dict(answer.headers)), "body": answer.body}
        await one(self._pool, "replay_finish", now=self._clock.now(), user=user, key=key, **values)

    async def abandon(self, user: UserId, key: str) -> None:
        """It failed: who asks again is the first."""
        await one(self._pool, "replay_abandon", now=self._clock.now(), user=user, key=key)


def fingerprint_of(key: bytes, request: bytes) -> bytes:
    """Keyed: a body may hold what could be guessed from a plain hash."""
    return hmac.digest(key, request, hashlib.sha256)


def judged(
    known: bytes | None, asked: bytes, status: int | None, headers: Mapping[str, str] | None, body: bytes | None
) -> Kept:
    """The kept answer. Raises Invalid, Conflict."""
    if known is not None and bytes(known) != asked:
        raise Invalid("This Idempotency-Key was used for another request.", field="Idempotency-Key")
    if status is None:
        raise Conflict("The first request with this Idempotency-Key is still being worked on.")
    return Kept(status=status, headers=headers or {}, body=bytes(body or b""))

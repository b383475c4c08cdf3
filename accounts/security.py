"""What looks like an attack: counted where it happens, kept as an event, told to the admins, but not over and over.

Who notices something neither waits nor fails. Events hold ids and a keyed hash of a network, no names or addresses."""

import asyncio
import hashlib
import hmac
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from psycopg.types.json import Jsonb

from accounts.addresses import email_key
from accounts.backoff import network
from accounts.letters import Letters
from accounts.statements import one
from core import db
from core.clock import Clock, SystemClock
from core.errors import DatabaseUnavailable
from core.log import logger
from core.metrics import SECURITY_EVENTS
from core.settings import AccountSettings

Kind = Literal["brute_force", "token_reuse", "forbidden_burst", "scraping", "canary_account", "canary_token"]

COOL_DOWN = timedelta(hours=1)
KEPT = timedelta(days=90)
_WAITING_MAX = 1000
_COUNTED_MAX = 20_000
_SWEEP_EVERY = 500

# how often within how many seconds is no longer an accident
_BURSTS: Mapping[str, tuple[int, float]] = {
    "brute_force": (30, 600.0),
    "forbidden_burst": (10, 300.0),
    "missing": (60, 300.0),
    "limited": (30, 300.0),
}
_WORDS: Mapping[str, str] = {
    "brute_force": "many sign-ins failed, from one network or at one account",
    "token_reuse": "a refresh token was used again after it had been followed by another: it may have been stolen",
    "forbidden_burst": "somebody who is signed in asked again and again for what their role does not allow",
    "scraping": "somebody asks for far more than a person reads, or tries out addresses of things",
    "canary_account": "somebody tried to sign in with an address that nobody uses",
    "canary_token": "somebody used a token that was laid out for intruders to find",
}

_log = logger("accounts")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityEvent:
    """`person` is an id or empty, `place` a keyed hash of a network or empty; `told` whether letters went out for it."""

    id: int
    at: datetime
    kind: str
    person: str
    place: str
    facts: Mapping[str, Any]
    told: bool


@dataclass(frozen=True, slots=True)
class _Seen:
    kind: Kind
    person: str
    place: str
    facts: dict[str, Any] = field(default_factory=dict)


class Watchman:
    """Counts in this process; `watching` keeps and tells what it counts."""

    def __init__(
        self, settings: AccountSettings | None = None, clock: Clock | None = None, *, key: bytes = b""
    ) -> None:
        settings = settings or AccountSettings()
        self._clock = clock or SystemClock()
        self._key = key
        self._emails = frozenset(email_key(email) for email in settings.canary_emails)
        self._tokens = frozenset(token.get_secret_value() for token in settings.canary_tokens)
        self._counted: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()
        self._waiting: asyncio.Queue[_Seen] = asyncio.Queue(_WAITING_MAX)

    def sign_in_failed(self, place: str, person: str, account: str) -> None:
        if account and account in self._emails:
            self.noticed("canary_account", place=place)
        if self._often("brute_force", f"from {place}"):
            self.noticed("brute_force", place=place)
        if person and self._often("brute_force", f"at {person}"):
            self.noticed("brute_force", person=person)

    def token_seen(self, token: str) -> None:
        if token in self._tokens:
            self.noticed("canary_token")

    def forbidden(self, person: str) -> None:
        if self._often("forbidden_burst", person):
            self.noticed("forbidden_burst", person=person)

    def missing(self, person: str) -> None:
        """They asked for a thing that is not there, or not theirs."""
        if self._often("missing", person):
            self.noticed("scraping", person=person, of="missing")

    def limited(self, person: str, address: str) -> None:
        """They were refused for asking too often; `person` is empty for a stranger."""
        where = "" if person else place_of(self._key, address)
        if self._often("limited", person or where):
            self.noticed("scraping", person=person, place=where, of="limited")

    def noticed(self, kind: Kind, *, person: str = "", place: str = "", **facts: Any) -> None:
        SECURITY_EVENTS.add(kind=kind)
        _log.warning("security.noticed", kind=kind, person=person)
        if self._waiting.full():
            _log.error("security.full", kind=kind)
            return
        self._waiting.put_nowait(_Seen(kind, person, place, facts))

    async def settle(self, within_s: float = 5.0) -> None:
        """Return when all that was noticed is kept, or the time is up."""
        try:
            async with asyncio.timeout(within_s):
                await self._waiting.join()
        except TimeoutError:
            _log.warning("security.left", events=self._waiting.qsize())

    async def work(self, pool: db.Pool, letters: Letters | None) -> None:
        """For ever: one event after the other."""
        kept = 0
        while True:
            seen = await self._waiting.get()
            try:
                await self._keep(pool, letters, seen)
                if kept % _SWEEP_EVERY == 0:
                    await one(pool, "security_sweep", now=self._clock.now(), until=self._clock.now() - KEPT)
                kept += 1
            except DatabaseUnavailable as error:
                _log.error("security.lost", kind=seen.kind, failure=error)
            finally:
                self._waiting.task_done()

    async def _keep(self, pool: db.Pool, letters: Letters | None, seen: _Seen) -> None:
        now = self._clock.now()
        values = {"kind": seen.kind, "person": seen.person, "place": seen.place, "facts": Jsonb(seen.facts)}
        row = await one(pool, "security_event", now=now, quiet_since=now - COOL_DOWN, **values)
        if row is None or not row["told"] or letters is None:
            return
        async with db.connection(pool) as conn:
            admins = await (await conn.execute(db.sql("accounts/admins"))).fetchall()
        for admin in admins:
            letters.alarm(admin["email"], f"LearnFlow: {seen.kind.replace('_', ' ')}", _letter(admin["name"], seen))

    def _often(self, what: str, who: str) -> bool:
        """Whether this makes it a burst; then counting begins anew."""
        most, within_s = _BURSTS[what]
        now = self._clock.monotonic()
        times = self._counted.setdefault((what, who), deque())
        self._counted.move_to_end((what, who))
        if len(self._counted) > _COUNTED_MAX:
            self._counted.popitem(last=False)
        while times and times[0] <= now - within_s:
            times.popleft()
        times.append(now)
        if len(times) < most:
            return False
        times.clear()
        return True


class SecurityEvents:
    """What was noticed. Raises DatabaseUnavailable."""

    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool

    async def newest(self, *, limit: int = 50, kind: str = "", before: int = 0) -> list[SecurityEvent]:
        """Newest first; only kinds that begin so, only those with a smaller id than `before`."""
        values = {"limit": limit, "kind": kind, "before": before}
        async with db.connection(self._pool) as conn:
            return [
                SecurityEvent(**row) async for row in await conn.execute(db.sql("accounts/security_events"), values)
            ]


@asynccontextmanager
async def watching(watchman: Watchman, pool: db.Pool, letters: Letters | None) -> AsyncIterator[None]:
    """Keeps what is noticed while open."""
    worker = asyncio.create_task(watchman.work(pool, letters))
    try:
        yield
        await watchman.settle()
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


def place_of(key: bytes, address: str) -> str:
    """A keyed hash of the network: it can be compared, and tells nothing."""
    return hmac.digest(key, network(address).encode(errors="replace"), hashlib.sha256).hex()[:16]


def _letter(name: str, seen: _Seen) -> str:
    whom = f"\n\nThe person's id: {seen.person}" if seen.person else ""
    return (
        f"Hello {name},\n\n{_WORDS[seen.kind]}.{whom}\n\nSee `learnflow security events` for all of them, and "
        "`learnflow user show` and `learnflow user disable` for what can be done. Of this kind no other letter is sent "
        "for an hour."
    )

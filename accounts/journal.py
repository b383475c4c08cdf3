"""Notes of letters that are yet to be sent, in Postgres, so that a process that dies leaves them to another.

A note says which letter, to whom: never a letter's secret, which is made when it is written. Who works on one renews its
lease; what nobody renews is taken over. So a letter may come twice, with one Message-ID, but does not get lost."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from psycopg.types.json import Jsonb

from accounts.statements import one
from core import db
from core.clock import Clock
from core.ids import new_id

LEASE = timedelta(seconds=90)
OLDEST = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """`recipient` and `facts` are private: neither is ever logged."""

    id: str
    kind: str
    recipient: str = field(repr=False)
    facts: Mapping[str, str] = field(repr=False)


class Journal:
    """Every method raises DatabaseUnavailable."""

    def __init__(self, pool: db.Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def keep(self, kind: str, recipient: str, facts: Mapping[str, str]) -> Note:
        note = Note(id=new_id(), kind=kind, recipient=recipient, facts=facts)
        await self._one("note_keep", id=note.id, kind=kind, recipient=recipient, facts=Jsonb(dict(facts)))
        return note

    async def drop(self, note: str) -> None:
        """It was sent, or never will be."""
        await one(self._pool, "note_drop", now=self._clock.now(), id=note)

    async def renew(self, notes: Collection[str]) -> None:
        await self._one("note_lease", ids=list(notes))

    async def release(self, notes: Collection[str]) -> None:
        """Another process may take them at once."""
        await one(self._pool, "note_lease", now=self._clock.now(), ids=list(notes), lease_until=self._clock.now())

    async def claim(self) -> list[Note]:
        """What others left behind, the oldest first; theirs no longer."""
        now = self._clock.now()
        values = {"now": now, "oldest": now - OLDEST, "lease_until": now + LEASE}
        async with db.connection(self._pool) as conn:
            return [Note(**row) async for row in await conn.execute(db.sql("accounts/note_claim"), values)]

    async def _one(self, statement: str, **values: Any) -> None:
        now = self._clock.now()
        await one(self._pool, statement, now=now, lease_until=now + LEASE, **values)

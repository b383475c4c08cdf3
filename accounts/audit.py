"""The audit log: who changed whose rights, and what was tried against the sign-in. Rows are only ever added.

Each row's hash covers the row before, so whoever changes, removes or slips in a row must make every later one anew; then
the head no longer is the one that somebody noted elsewhere. The database links rows as they are added
(migration 0007); here the links are worked out again, without it."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core import db
from core.errors import Invalid

_GENESIS = hashlib.sha256(b"learnflow audit").digest()
_BATCH = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`actor` and `subject` are ids, empty where nobody is known; `facts` is a JSON object."""

    seq: int
    at: datetime
    kind: str
    actor: str
    subject: str
    facts: str
    prior: bytes
    hash: bytes

    def proper_hash(self) -> bytes:
        """What the hash must be, given the row before."""
        at_us = (self.at - _EPOCH) // timedelta(microseconds=1)
        fields = (str(self.seq), str(at_us), self.kind, self.actor, self.subject, self.facts)
        encoded = (field.encode() for field in fields)
        return hashlib.sha256(self.prior + b"".join(b"%d:%b" % (len(field), field) for field in encoded)).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`head` is to be noted outside the database: a later check that is given it also finds a chain made anew."""

    rows: int
    head: str
    faults: tuple[str, ...]


class AuditLog:
    """Every method raises DatabaseUnavailable."""

    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool

    async def newest(self, *, limit: int = 50, person: str = "", kind: str = "") -> list[Entry]:
        """Newest first; only what `person` did or suffered, only kinds that begin so."""
        values = {"limit": limit, "subject": person, "kind": kind}
        async with db.connection(self._pool) as conn:
            return [Entry(**row) async for row in await conn.execute(db.sql("accounts/audit_newest"), values)]

    async def verify(self, *, noted: str = "", faults_max: int = 20) -> Verdict:
        """Reads the whole log at one moment. `noted` is an earlier check's head. Raises Invalid when that is none."""
        noted_seq, noted_hash = _parse(noted)
        check = _Check(noted_seq, noted_hash)
        async with db.transaction(self._pool) as conn:
            await conn.execute("set transaction isolation level repeatable read, read only")
            after: int | None = -1
            while after is not None and len(check.faults) < faults_max:
                values = {"after": after, "limit": _BATCH}
                rows = await (await conn.execute(db.sql("accounts/audit_rows"), values)).fetchall()
                for row in rows:
                    check.read(Entry(**row))
                after = rows[-1]["seq"] if len(rows) == _BATCH else None
            head = await (await conn.execute(db.sql("accounts/audit_head"))).fetchone()
        return check.end(head["seq"] if head else -1, bytes(head["hash"]) if head else b"", faults_max)


class _Check:
    """Follows the chain from its beginning."""

    def __init__(self, noted_seq: int, noted_hash: str) -> None:
        self.faults: list[str] = []
        self._noted_seq, self._noted_hash = noted_seq, noted_hash
        self._seq, self._hash, self._rows = 0, _GENESIS, 0
        self._noted_found = noted_seq == 0

    def read(self, entry: Entry) -> None:
        expected = self._seq + 1
        if entry.seq > expected:
            missing = f"row {expected} is" if entry.seq == expected + 1 else f"rows {expected} to {entry.seq - 1} are"
            self.faults.append(f"{missing} missing")
        elif entry.seq < expected:
            self.faults.append(f"row {entry.seq} stands before the beginning")
        elif entry.prior != self._hash:
            self.faults.append(f"row {entry.seq} does not follow the row before it")
        if entry.hash != entry.proper_hash():
            self.faults.append(f"row {entry.seq} was changed")
        if entry.seq == self._noted_seq:
            self._noted_found = True
            if entry.hash.hex() != self._noted_hash:
                self.faults.append(f"row {entry.seq} is not the one that was noted")
        self._seq, self._hash, self._rows = entry.seq, entry.hash, self._rows + 1

    def end(self, head_seq: int, head_hash: bytes, faults_max: int) -> Verdict:
        if len(self.faults) < faults_max:
            if head_seq > self._seq:
                self.faults.append(f"rows {self._seq + 1} to {head_seq} are missing at the end")
            elif (head_seq, head_hash) != (self._seq, self._hash):
                self.faults.append("the head is not that of the last row")
            if not self._noted_found:
                self.faults.append(f"row {self._noted_seq}, which was noted, is missing")
        return Verdict(rows=self._rows, head=f"{self._seq}:{self._hash.hex()}", faults=tuple(self.faults[:faults_max]))


def _parse(noted: str) -> tuple[int, str]:
    if not noted:
        return 0, ""
    seq, _, digest = noted.partition(":")
    if not seq.isdecimal() or len(digest) != 64:
        raise Invalid("a noted head has the form NUMBER:HASH, as `learnflow audit verify` prints it")
    return int(seq), digest.lower()

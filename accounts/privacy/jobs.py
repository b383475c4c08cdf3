"""Long work on a person's data as rows: asked for once, run by one process under a lease, taken over when that dies."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from accounts.statements import one
from core import db
from core.clock import Clock
from core.errors import LeaseLost, NotFound
from core.ids import new_id

Kind = Literal["export", "erase", "retention"]
AskedBy = Literal["self", "guardian", "operator", "schedule"]
Status = Literal["waiting", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`done` of `total` steps; `step` names the one in hand. `user` is empty once an erasure has ended."""

    id: str
    kind: Kind
    user: str
    asked_by: AskedBy
    status: Status
    asked_at: datetime
    due_at: datetime
    finished_at: datetime | None
    step: str
    done: int
    total: int
    tries: int
    result: Mapping[str, Any] = field(default_factory=dict)


class Jobs:
    """Every method raises DatabaseUnavailable."""

    def __init__(self, pool: db.Pool, clock: Clock, *, lease_s: float) -> None:
        self._pool = pool
        self._clock = clock
        self._lease = timedelta(seconds=lease_s)
        self.owner = new_id()

    async def ask(
        self, kind: Kind, user: str, *, by: AskedBy, due: datetime | None = None, token_hash: bytes | None = None
    ) -> tuple[Job, bool]:
        """The job, and whether it is new: there is one of a kind and person at a time."""
        values = {"kind": kind, "user": user, "asked_by": by, "due": due or self._clock.now(), "token_hash": token_hash}
        row = await self._one("privacy_ask", id=new_id(), **values)
        if row is not None:
            return job(row), True
        row = await self._one("privacy_active", user=user, kind=kind)
        if row is None:  # it ended between the two
            return await self.ask(kind, user, by=by, due=due, token_hash=token_hash)
        return job(row), False

    async def schedule(self, name: str) -> None:
        """Work that belongs to nobody, once for ever by its name."""
        await self._one("privacy_schedule", id=name)

    async def find(self, kind: Kind, user: str, job_id: str) -> Job | None:
        row = await self._one("privacy_job", id=job_id, user=user, kind=kind)
        return job(row) if row else None

    async def active(self, kind: Kind, user: str) -> Job | None:
        row = await self._one("privacy_active", user=user, kind=kind)
        return job(row) if row else None

    async def get(self, job_id: str) -> Job:
        """Anybody's: for operators. Raises NotFound."""
        row = await self._one("privacy_any_job", id=job_id)
        if row is None:
            raise NotFound("there is no such job")
        return job(row)

    async def claim(self, only: str = "") -> Job | None:
        """One that is due, or that its process left behind; `only` that one."""
        row = await self._one("privacy_claim", owner=self.owner, until=self._clock.now() + self._lease, only=only)
        return job(row) if row else None

    async def renew(self, claimed: Job) -> None:
        """Raises LeaseLost."""
        until = self._clock.now() + self._lease
        if await self._one("privacy_renew", id=claimed.id, owner=self.owner, until=until) is None:
            raise LeaseLost(job=claimed.id)

    async def save(
        self,
        claimed: Job,
        *,
        step: str,
        done: int,
        total: int,
        result: Mapping[str, Any] | None = None,
        conn: Any = None,
    ) -> None:
        """How far it has come; `result` is added to what was kept. With `conn` in that transaction. Raises LeaseLost."""
        values = {"id": claimed.id, "owner": self.owner, "step": step, "done": done, "total": total}
        await self._write("privacy_save", values | {"result": json.dumps(result or {})}, conn)

    async def finish(
        self,
        claimed: Job,
        *,
        status: Status = "done",
        result: Mapping[str, Any] | None = None,
        expires: datetime | None = None,
        conn: Any = None,
    ) -> None:
        """Raises LeaseLost."""
        values = {"id": claimed.id, "owner": self.owner, "status": status, "expires": expires}
        await self._write("privacy_finish", values | {"result": json.dumps(result or {})}, conn)

    async def postpone(self, claimed: Job, due: datetime) -> None:
        """Give it back, to be taken up again then."""
        await self._one("privacy_postpone", id=claimed.id, owner=self.owner, due=due)

    async def _write(self, statement: str, values: Mapping[str, Any], conn: Any) -> None:
        if conn is None:
            row = await self._one(statement, **values)
        else:
            cursor = await conn.execute(db.sql(f"accounts/{statement}"), {"now": self._clock.now(), **values})
            row = await cursor.fetchone()
        if row is None:
            raise LeaseLost(job=values["id"])

    async def _one(self, statement: str, /, **values: Any) -> dict[str, Any] | None:
        return await one(self._pool, statement, now=self._clock.now(), **values)


def job(row: Mapping[str, Any]) -> Job:
    return Job(
        id=row["id"],
        kind=row["kind"],
        user=row["user_id"] or "",
        asked_by=row["asked_by"],
        status=row["status"],
        asked_at=row["asked_at"],
        due_at=row["due_at"],
        finished_at=row["finished_at"],
        step=row["step"],
        done=row["done"],
        total=row["total"],
        tries=row["tries"],
        result=row["result"],
    )

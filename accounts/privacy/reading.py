"""Who on the staff looked at which student's data, when and why; and what they may read of conversations."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts.addresses import can_be_stored
from accounts.statements import one
from core import db
from core.clock import Clock
from core.errors import Forbidden, Invalid, NotFound, RateLimited
from core.log import logger
from core.ports import Principal, Role, StudentId
from core.settings import PrivacySettings

WHY_CHARS_MIN = 10
WHY_CHARS_MAX = 500
_HOUR = timedelta(hours=1)

_log = logger("accounts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """`reader` is empty when they have left; `times` within the hour that began at `first_at`."""

    id: int
    reader: str
    reader_role: str
    what: str
    why: str
    alert_id: str | None
    first_at: datetime
    last_at: datetime
    times: int


class Readings:
    """Every method raises DatabaseUnavailable."""

    def __init__(self, pool: db.Pool, clock: Clock, settings: PrivacySettings) -> None:
        self._pool = pool
        self._clock = clock
        self._settings = settings

    async def note(
        self, reader: Principal, students: Collection[StudentId], what: str, *, why: str = "", alert: str | None = None
    ) -> None:
        """Write down that the reader sees this of these students; of oneself nothing is written."""
        wanted = sorted({student for student in students if str(student) != reader.id and can_be_stored(student)})
        if wanted:
            values = {"reader": reader.id, "role": reader.role.value, "what": what, "why": why, "alert": alert}
            await self._one("privacy_read", students=wanted, **values)

    async def enter_conversations(
        self, reader: Principal, student: StudentId, *, why: str = "", alert: str | None = None
    ) -> None:
        """Before a conversation of theirs is shown; it is written down first. Raises NotFound for who is not in a class of
        the reader's, Forbidden where the school allows no reading, Invalid without a reason, RateLimited."""
        reason = " ".join(why.split())
        await self._own_class(reader, student)
        await self._allowed(student, reason, alert)
        since = self._clock.now() - _HOUR
        row = await self._one("privacy_reads_since", reader=reader.id, what="conversations", since=since)
        if row and row["times"] >= self._settings.conversations_per_hour:
            _log.warning("privacy.many_reads", reader=reader.id, times=row["times"])
            raise RateLimited(
                "You have opened many conversations in this hour.", retry_after_s=_HOUR.total_seconds() / 4
            )
        await self.note(reader, [student], "conversations", why=reason, alert=alert)
        await self._one(
            "privacy_audit", kind="privacy.conversation_read", by=reader.id, subject=student, facts="{}"
        )  # fmt: skip

    async def list_reads(
        self, student: StudentId, *, limit: int = 50, before: int | None = None
    ) -> tuple[list[Read], int | None]:
        """Newest first, and before which the next page begins."""
        values = {"student": student, "limit": limit + 1, "before": before}
        async with db.connection(self._pool) as conn:
            rows = await (await conn.execute(db.sql("accounts/privacy_reads"), values)).fetchall()
        found = [Read(**row) for row in rows[:limit]]
        return found, found[-1].id if len(rows) > limit else None

    async def _own_class(self, reader: Principal, student: StudentId) -> None:
        if reader.role == Role.ADMIN:
            known = can_be_stored(student) and await self._one("person_by_id", id=student)
        elif reader.role == Role.TEACHER and can_be_stored(student):
            known = await self._one("teaches", teacher=reader.id, student=student)
        else:
            known = None
        if not known:
            raise NotFound("There is no such student in your classes.")

    async def _allowed(self, student: StudentId, reason: str, alert: str | None) -> None:
        rule = self._settings.conversations
        if rule == "never":
            raise Forbidden("Your school does not let staff read conversations.")
        if alert is not None:
            if not can_be_stored(alert) or not await self._one("privacy_alert_of", alert=alert, student=student):
                raise NotFound("There is no such alert about this student.")
            return
        if rule == "alert":
            raise Invalid("Say which alert you are looking into.", field="alert_id")
        if not WHY_CHARS_MIN <= len(reason) <= WHY_CHARS_MAX or not can_be_stored(reason):
            raise Invalid(
                f"Say why, in {WHY_CHARS_MIN} to {WHY_CHARS_MAX} characters: the student can read it.", field="reason"
            )

    async def _one(self, statement: str, /, **values: Any) -> dict[str, Any] | None:
        return await one(self._pool, statement, now=self._clock.now(), **values)

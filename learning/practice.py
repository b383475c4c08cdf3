"""When a student practised, and in which time zone they live, in Postgres."""

import psycopg

from core import db
from core.clock import Clock
from core.errors import NotFound
from core.ports import Student
from learning.streaks import Streak, check_zone, streak


class PostgresPractice:
    """Raises Invalid for an unknown time zone."""

    def __init__(self, pool: db.Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def streak(self, student: Student, time_zone: str | None = None) -> Streak:
        """In this zone, or in the student's own, or, where none is known, in UTC."""
        who = {"student": student.id}
        async with db.connection(self._pool) as conn, conn.pipeline():
            zones = await conn.execute(db.sql("learning/read_time_zone"), who)
            times = await conn.execute(db.sql("learning/list_active_times"), who)
            row = await zones.fetchone()
            moments = [entry["at"] for entry in await times.fetchall()]
        return streak(moments, self._clock.now(), time_zone or (row and row["time_zone"]) or "UTC")

    async def settle_in(self, student: Student, time_zone: str) -> None:
        """Keep where the student lives; days that were practised count anew by it. Raises NotFound for a student without
        an account."""
        params = {"student": student.id, "time_zone": check_zone(time_zone)}
        try:
            async with db.connection(self._pool) as conn:
                await conn.execute(db.sql("learning/set_time_zone"), params)
        except psycopg.errors.ForeignKeyViolation as error:
            raise NotFound("there is no such student") from error

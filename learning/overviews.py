"""Dashboards of a student and of the course in Postgres, kept in this process until something that they show has changed."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core import db
from core.clock import Clock
from core.ports import Exercise, Records, Student, Topic
from learning import rows
from learning.advising import PostgresAdvice
from learning.awards import PostgresAwards
from learning.concepts import Graph
from learning.confusion import Confusing, ItemSums, PassageSums, confusing_items, confusing_passages
from learning.gaps import Standings
from learning.kept import Kept
from learning.overview import DAYS, Day, Notice, Overview, draw_up
from learning.practice import PostgresPractice
from learning.recommendations import recommend, review_queue
from learning.working import list_work
from learning.worktime import Worked

_NEXT = 3
_ATTEMPTS_READ = 200
_KEPT_MAX = 2_000
_COURSE_FRESH_S = 300  # a course's dashboard may be this old; a student's never
_TURNS_READ = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseView:
    """Items and passages, most confusing first, by what came in the last `days`."""

    at: datetime
    days: int
    items: tuple[Confusing, ...]
    passages: tuple[Confusing, ...]

    @property
    def alt(self) -> str:
        told = [one for one in (*self.items, *self.passages) if one.signs]
        if not told:
            return f"Nothing stands out among {len(self.items)} items and {len(self.passages)} passages."
        first = "; ".join(f"{one.title}: {one.signs[0]}" for one in told[:3])
        return f"{len(told)} of {len(self.items)} items and {len(self.passages)} passages stand out. {first}."


class PostgresOverviews:
    """Raises DatabaseUnavailable."""

    def __init__(
        self, pool: db.Pool, clock: Clock, records: Records, practice: PostgresPractice, advice: PostgresAdvice
    ) -> None:
        self._pool, self._clock, self._records = pool, clock, records
        self._practice, self._advice = practice, advice
        self._awards = PostgresAwards(pool, clock)
        self._students: Kept[Overview] = Kept(_KEPT_MAX)
        self._courses: Kept[CourseView] = Kept(1)

    async def of_student(
        self, student: Student, topics: Sequence[Topic], exercises: Sequence[Exercise], version: str, *, own: bool
    ) -> Overview:
        """As of the student's last attempt, turn, alert and hour. `own`: the student is looking, so what is recommended counts as
        shown."""
        stamp = (version, *(await self._stamp(student)))

        async def make() -> Overview:
            return await self._student(student, topics, exercises, own=own)

        return await self._students.get((student.id, own), stamp, make)

    async def of_course(self, version: str) -> CourseView:
        """The last 28 days, at most five minutes old."""
        stamp = (version, int(self._clock.now().timestamp()) // _COURSE_FRESH_S)
        return await self._courses.get("course", stamp, self._course)

    async def _stamp(self, student: Student) -> tuple[Hashable, ...]:
        async with db.connection(self._pool) as conn:
            found = await conn.execute(db.sql("learning/read_stamp"), {"student": student.id})
            row = await found.fetchone()
        hour = int(self._clock.now().timestamp()) // 3600  # forgetting and the end of a day move it on
        return (hour, *(row or {}).values())

    async def _student(
        self, student: Student, topics: Sequence[Topic], exercises: Sequence[Exercise], *, own: bool
    ) -> Overview:
        now = self._clock.now()
        streak = await self._practice.streak(student)
        progress = await self._records.progress(student)
        attempts = await self._records.list_attempts(student, limit=_ATTEMPTS_READ)
        standings = Standings(Graph.of(topics), {skill.skill: skill for skill in progress.skills})
        experience = await self._advice.experience(student, topics)
        offers = recommend(standings, exercises, attempts, now, None, _NEXT, experience)
        if own:
            offers = await self._advice.show(student, offers, {topic.id: topic.skills for topic in topics})
        days, alerts, work = await self._month(student, streak.time_zone, topics)
        reviews = review_queue(standings, exercises, attempts, now)
        return draw_up(
            progress=progress, days=days, streak=streak, next_=offers, reviews=reviews, alerts=alerts, now=now, work=work,
            achievements=await self._awards.list_achievements(student),
        )  # fmt: skip

    async def _month(
        self, student: Student, time_zone: str, topics: Sequence[Topic]
    ) -> tuple[list[Day], list[Notice], Sequence[Worked]]:
        now = self._clock.now()
        since = now - timedelta(days=DAYS + 1)
        params = {"student": student.id, "time_zone": time_zone, "graded": rows.graded_kinds(), "since": since}
        async with db.connection(self._pool) as conn, conn.pipeline():
            days = await conn.execute(db.sql("learning/list_days"), params)
            alerts = await conn.execute(db.sql("learning/list_notices"), params)
            found = [Day(**row) for row in await days.fetchall()]
            told = [Notice(**{**row, "at": rows.utc(row["at"])}) for row in await alerts.fetchall()]
            work = await list_work(conn, {student.id: time_zone}, topics, since, now)
        return found, told, work[student.id]

    async def _course(self) -> CourseView:
        now = self._clock.now()
        params: Mapping[str, Any] = {"since": now - timedelta(days=DAYS), "turns": _TURNS_READ}
        async with db.connection(self._pool) as conn, conn.pipeline():
            items = await conn.execute(db.sql("learning/sum_items"), params)
            passages = await conn.execute(db.sql("learning/sum_passages"), params)
            item_sums = [ItemSums(**row) for row in await items.fetchall()]
            passage_sums = [PassageSums(**row) for row in await passages.fetchall()]
        return CourseView(
            at=now,
            days=DAYS,
            items=tuple(confusing_items(item_sums)),
            passages=tuple(confusing_passages(passage_sums)),
        )

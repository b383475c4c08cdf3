"""What was recommended to whom and what followed, in Postgres: written down, judged, and read again for the next time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from core import db
from core.clock import Clock
from core.errors import NotFound
from core.ports import SkillId, Student, Topic, TopicId
from learning import mastery, rows
from learning.effectiveness import GAIN, GROUP_MIN, Effectiveness, PeerStep, Sum, helped
from learning.recommendations import Experience, Kind, Recommendation

PRIOR = mastery.summarise(mastery.no_ability(), mastery.no_skill(SkillId(""))).level
"""The level of a skill that was never met."""

_OPEN = timedelta(days=7)
_REMEMBERED = timedelta(days=60)
_PEERS_WINDOW = timedelta(days=365)
_NIGHTS_KEPT = timedelta(days=30)


class PostgresAdvice:
    """Raises DatabaseUnavailable."""

    def __init__(self, pool: db.Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def experience(self, student: Student, topics: Sequence[Topic]) -> Experience:
        """What recommendations of this student's have come to lately, and those of all."""
        params = {
            "student": student.id, "since": self._clock.now() - _REMEMBERED,
            "skills": sorted({skill for topic in topics for skill in topic.skills}),
        }  # fmt: skip
        async with db.connection(self._pool) as conn, conn.pipeline():
            settled = await conn.execute(db.sql("learning/list_settled_advice"), params)
            effects = await conn.execute(db.sql("learning/list_advice_effects"))
            peers = await conn.execute(db.sql("learning/list_peer_steps"), params)
            unhelpful: dict[TopicId, set[Kind]] = defaultdict(set)
            for row in await settled.fetchall():
                if not helped(row["gained"], row["expected"]):
                    unhelpful[TopicId(row["topic"])].add(row["kind"])
            sums = {(row.pop("kind"), TopicId(row.pop("topic"))): Sum(**row) for row in await effects.fetchall()}
            steps = [PeerStep(**row) for row in await peers.fetchall()]
        return Experience(
            unhelpful={topic: frozenset(kinds) for topic, kinds in unhelpful.items()},
            effects=Effectiveness(sums=sums),
            peers=[step for step in steps if step.worth_telling],
        )

    async def show(
        self, student: Student, offers: Sequence[Recommendation], skills: Mapping[TopicId, Sequence[SkillId]]
    ) -> list[Recommendation]:
        """The offers with the ids by which they are known from now on. Raises NotFound for a student without an account."""
        now = self._clock.now()
        advice = [
            {
                "kind": offer.kind, "topic": offer.topic, "item": offer.item, "because": offer.because,
                "skills": list(skills.get(offer.topic, ())), "gain": GAIN[offer.kind],
            }
            for offer in offers
        ]  # fmt: skip
        params = {
            "student": student.id, "now": now, "before": now - _OPEN, "prior": PRIOR, "advice": Jsonb(advice),
        }  # fmt: skip
        try:
            async with db.connection(self._pool) as conn, conn.pipeline(), conn.transaction():
                await conn.execute(db.sql("learning/expire_advice"), params)
                found = await conn.execute(db.sql("learning/insert_advice"), params)
                ids = {(row["kind"], row["topic"], row["item"]): row["id"] for row in await found.fetchall()}
        except psycopg.errors.ForeignKeyViolation as error:
            raise NotFound("there is no such student") from error
        return [replace(offer, id=ids[offer.kind, offer.topic, offer.item]) for offer in offers]

    async def take(self, student: Student, advice: int) -> None:
        """The student has begun with it; for items their answer says so by itself. Raises NotFound."""
        params = {"student": student.id, "advice": advice, "now": self._clock.now()}
        async with db.connection(self._pool) as conn:
            found = await conn.execute(db.sql("learning/take_advice"), params)
            if await found.fetchone() is None:
                raise NotFound("there is no such recommendation")

    async def refresh_peers(self) -> int:
        """Work out anew where those went who struggled, from a year of attempts; how many steps are told. Minutes on millions of
        attempts."""
        async with db.transaction(self._pool) as conn:
            return await self._refresh(conn)

    async def refresh_peers_tonight(self) -> int | None:
        """The same once a day over all servers; None when it was done today, or one is at it."""
        now = self._clock.now()
        night = {"day": now.date(), "now": now, "before": now.date() - _NIGHTS_KEPT}
        async with db.transaction(self._pool) as conn:
            claimed = await conn.execute(db.sql("learning/claim_night"), night)
            if await claimed.fetchone() is None:
                return None
            await conn.execute(db.sql("learning/forget_nights"), night)
            return await self._refresh(conn)

    async def _refresh(self, conn: AsyncConnection[DictRow]) -> int:
        params = {
            "since": self._clock.now() - _PEERS_WINDOW, "graded": rows.graded_kinds(), "group_min": GROUP_MIN,
        }  # fmt: skip
        await conn.execute(db.sql("learning/forget_peer_steps"))
        found = await conn.execute(db.sql("learning/refresh_peer_steps"), params)
        return found.rowcount

"""The school's own records in Postgres: an attempt and all that follows from it in one transaction."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from core import db
from core.clock import Clock
from core.errors import Invalid, NotFound
from core.ids import new_id
from core.ports import Alert, Attempt, Mastery, MasteryChange, Principal, Progress, Recorded, SkillId, Student
from learning import alerts as rules
from learning import awards, mastery, rows, tracing
from learning.achievements import Earned, Merits, earn
from learning.advising import PRIOR
from learning.attempts import check, check_skills, check_word
from learning.effectiveness import ANSWERS
from learning.effects import Effects, Known, alert_key, describe, follow
from learning.inbox import PostgresInbox
from learning.quarantine import PostgresQuarantine
from learning.streaks import streak
from learning.struggle import HISTORY

_RECENT = 10

Connection = AsyncConnection[DictRow]
Params = dict[str, Any]


class PostgresRecords:
    """`core.ports.Records` over a pool; an attempt is two round trips and one commit."""

    def __init__(self, pool: db.Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._inbox = PostgresInbox(pool, clock)
        self._quarantine = PostgresQuarantine(pool, clock)

    async def record(self, student: Student, attempt: Attempt) -> Recorded:
        """Raises Invalid for a corrupt attempt, which is quarantined; NotFound for a student without an account."""
        now = self._clock.now()
        try:
            attempt = check(attempt, now)
        except Invalid as fault:
            await self._quarantine.hold(student, attempt, key=str(attempt.key), fault=fault)
            raise
        params = _attempt_params(student, attempt) | {"now": now}
        async with _pipeline(self._pool) as conn:
            before, known, merits = await _read(conn, params)
            if before:
                return before
            effects = follow(known, attempt, now)
            earned = earn(merits, known, attempt, effects)
            raised = _alert_rows(effects, attempt)
            identities = [alert["id"] for alert in raised]
            params |= {"alerts": identities, "reviews": earned.reviews}
            await _write(conn, params, attempt, known, effects, raised)
            await _award(conn, student, attempt, earned, merits, now)
        told = earned.achievements if merits.wanted else ()
        return Recorded(again=False, changes=effects.changes, alerts=tuple(identities), achievements=told)

    async def quarantine(self, student: Student, content: Mapping[str, Any], *, key: str, fault: Invalid) -> None:
        """Raises NotFound for a student without an account."""
        await self._quarantine.hold(student, content, key=key, fault=fault)

    async def mastery(self, student: Student, skills: Sequence[SkillId] | None = None) -> Mapping[SkillId, Mastery]:
        """Of the skills named, met or not, or of all that the student has met; as of now, after forgetting."""
        wanted = None if skills is None else list(check_skills(skills))
        async with _pipeline(self._pool) as conn:
            return {found.skill: found for found in await self._mastery(conn, student, wanted)}

    async def progress(self, student: Student) -> Progress:
        """Attempts are the graded ones; solved counts items, each once; days are those of the student's time zone."""
        async with _pipeline(self._pool) as conn:
            totals = await _run(conn, "read_progress", {"student": student.id})
            times = await _run(conn, "list_active_times", {"student": student.id})
            attempts = await _run(conn, "list_attempts", {"student": student.id, "item": None, "limit": _RECENT})
            skills = await self._mastery(conn, student, None)
            (row,) = await totals.fetchall()
            recent = [_recent(rows.attempt(entry)) for entry in await attempts.fetchall()]
            moments = [entry["at"] for entry in await times.fetchall()]
        days = streak(moments, self._clock.now(), row["time_zone"]).days
        return Progress(
            attempts=row["attempts"], solved=row["solved"], streak_days=days, skills=tuple(skills), recent=tuple(recent)
        )

    async def list_attempts(self, student: Student, *, item: str | None = None, limit: int = 50) -> list[Attempt]:
        """Newest first, at most 200."""
        if item is not None:
            check_word("item", item)
        params = {"student": student.id, "item": item, "limit": rules.page_size(limit)}
        async with db.connection(self._pool) as conn:
            found = await _run(conn, "list_attempts", params)
            return [rows.attempt(row) for row in await found.fetchall()]

    async def raise_alert(
        self, student: Student, *, key: str, kind: str, severity: str, reason: str, advice: str,
        skill: SkillId | None = None, evidence: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Raises Invalid, and NotFound for a student without an account."""
        facts = dict(evidence or {})
        rules.check_alert(
            key=key, kind=kind, severity=severity, reason=reason, advice=advice, skill=skill, evidence=facts
        )
        alert = {
            "id": new_id(), "key": key, "kind": kind, "severity": severity, "skill": skill, "reason": reason,
            "advice": advice, "evidence": facts, "automatic": False,
        }  # fmt: skip
        async with _pipeline(self._pool) as conn:
            await _run(
                conn, "insert_alerts", {"student": student.id, "alerts": Jsonb([alert]), "now": self._clock.now()}
            )

    async def list_alerts(
        self, teacher: Principal, *, status: str | None = None, limit: int = 50, cursor: str | None = None
    ) -> tuple[list[Alert], str | None]:
        """Newest first, at most 200 a page. Raises Forbidden, and Invalid for a strange status or cursor."""
        if status is not None:
            rules.check_status(status)
        wanted = rules.Wanted(status=status)  # type: ignore[arg-type]  # checked
        return await self._inbox.list_alerts(teacher, wanted, limit=limit, cursor=cursor)

    async def resolve_alert(self, teacher: Principal, alert: str, status: str) -> Alert:
        """Raises Forbidden; Invalid for a strange status; NotFound also for another class's alert; Conflict when a
        resolved alert cannot be opened again because a newer one is open."""
        return await self._inbox.settle(teacher, alert, status)

    async def _mastery(self, conn: Connection, student: Student, skills: list[SkillId] | None) -> list[Mastery]:
        who = {"student": student.id, "skills": skills}
        learner = await _run(conn, "find_learner", who)
        found = await _run(conn, "list_skills" if skills is None else "read_skills", who)
        row = await learner.fetchone()
        ability = rows.ability(row) if row else mastery.no_ability()
        now = self._clock.now()
        states = [mastery.forget(rows.skill_state(entry), now) for entry in await found.fetchall()]
        return [mastery.summarise(ability, state) for state in states]


@asynccontextmanager
async def _pipeline(pool: db.Pool) -> AsyncIterator[Connection]:
    """A transaction whose statements travel together until a result is asked for. Raises NotFound when the student has
    no account: every table refers to one."""
    try:
        async with db.connection(pool) as conn, conn.pipeline(), conn.transaction():
            yield conn
    except psycopg.errors.ForeignKeyViolation as error:
        raise NotFound("there is no such student") from error


async def _run(conn: Connection, name: str, params: Params) -> psycopg.AsyncCursor[DictRow]:
    return await conn.execute(db.sql(f"learning/{name}"), params)


async def _award(
    conn: Connection, student: Student, attempt: Attempt, earned: Earned, merits: Merits, now: datetime
) -> None:
    if earned.achievements:
        await awards.keep(conn, student.id, earned.achievements, now, key=attempt.key, tell=merits.wanted)


async def _read(conn: Connection, params: Params) -> tuple[Recorded | None, Known, Merits]:
    """What is known before the attempt, read under the student's lock, and what the attempt brought if it was counted
    before. One round trip."""
    await _run(conn, "lock_learner", params)
    learner = await _run(conn, "read_learner", params)
    recorded = await _run(conn, "read_recorded", params)
    skills = await _run(conn, "read_skills", params)
    item = await _run(conn, "read_item", params)
    history = await _run(conn, "read_history", params)
    told = await _run(conn, "read_told", params)
    merits = await _run(conn, "read_merits", params)
    (learner_row,), (item_row,) = await learner.fetchall(), await item.fetchall()
    skill_rows = await skills.fetchall()
    known = Known(
        state=mastery.State(
            ability=rows.ability(learner_row),
            skills=tuple(rows.skill_state(row) for row in skill_rows),
            difficulty=rows.difficulty(item_row),
        ),
        trace=rows.trace(learner_row, item_row, skill_rows),
        tried_before=item_row["tried_before"],
        solved_before=item_row["solved_before"],
        pace=rows.pace(item_row),
        history=[rows.past_attempt(row) for row in reversed(await history.fetchall())],
        told=[rows.told(row) for row in await told.fetchall()],
    )
    before, (merits_row,) = await recorded.fetchone(), await merits.fetchall()
    return (_recorded(before) if before else None), known, awards.merits(merits_row)


async def _write(
    conn: Connection, params: Params, attempt: Attempt, known: Known, effects: Effects, raised: list[dict[str, Any]]
) -> None:
    """Everything that follows, sent together with the commit: the second round trip."""
    state = effects.state
    params |= {
        "changes": Jsonb(rows.written_changes(effects.changes)),
        "attempts": effects.attempts, "solved": effects.solved,
        "ability_mean": state.ability.mean, "ability_variance": state.ability.variance,
        "facts": Jsonb(describe(attempt)), "foreseen": effects.foreseen, "pace": effects.excess,
        "trail": tracing.numbers(effects.steps.learner) if effects.steps else None,
    }  # fmt: skip
    await _run(conn, "insert_attempt", params)
    await _run(conn, "update_learner", params)
    await _run(conn, "insert_event", params)
    if raised:
        await _run(conn, "insert_alerts", params | {"alerts": Jsonb(raised)})
    if effects.attempts:
        await _run(conn, "update_progress", params | {"states": Jsonb(rows.written_states(effects))})
        await _run(conn, "keep_answer", params)
        if attempt.skills:
            await _run(conn, "follow_advice", params | {"answers_needed": ANSWERS, "prior": PRIOR})
        shared = params | _stats_params(known, effects)
        await _run(conn, "update_stats", shared)
        await _run(conn, "update_contexts", shared)
    await _run(conn, "count_item_day", params | _counted(attempt, known, graded=bool(effects.attempts)))


def _attempt_params(student: Student, attempt: Attempt) -> Params:
    return {
        "student": student.id, "key": attempt.key, "kind": attempt.kind, "item": attempt.item,
        "skills": list(attempt.skills), "correct": attempt.correct, "score": attempt.score, "at": attempt.at,
        "duration_s": attempt.duration_s, "hints": attempt.hints, "answer": attempt.answer, "error": attempt.error,
        "detail": Jsonb(dict(attempt.detail)), "metrics": Jsonb(dict(attempt.metrics)),
        "content_version": attempt.content_version, "graded": rows.graded_kinds(),
        "history": HISTORY * max(1, len(attempt.skills)),
    }  # fmt: skip


def _counted(attempt: Attempt, known: Known, *, graded: bool) -> Params:
    first = graded and not known.tried_before
    return {
        "is_graded": int(graded), "is_right": int(graded and attempt.correct), "is_first": int(first),
        "is_first_right": int(first and attempt.correct), "is_hint": int(attempt.kind == "hint"),
        "is_failed_run": int(attempt.kind == "run" and not attempt.correct),
    }  # fmt: skip


def _stats_params(known: Known, effects: Effects) -> Params:
    assert effects.steps is not None  # only graded attempts move what all share
    before, after, item = known.state, effects.state, effects.steps.item
    return {
        "difficulty_mean": after.difficulty.mean, "difficulty_variance": after.difficulty.variance,
        "difficulty_step": after.difficulty.mean - before.difficulty.mean,
        "stats": Jsonb(rows.written_steps(known, effects)),
        "credit": item.credit, "surprise": item.surprise, "place": item.place,
        "timed": int(effects.pace.timed), "log_s": effects.pace.log_s,
    }  # fmt: skip


def _alert_rows(effects: Effects, attempt: Attempt) -> list[dict[str, Any]]:
    return [
        {
            "id": new_id(), "key": alert_key(finding, attempt), "kind": finding.kind, "severity": finding.severity,
            "skill": finding.skill, "reason": finding.reason, "advice": finding.advice,
            "evidence": dict(finding.evidence), "automatic": True,
        }
        for finding in effects.findings
    ]  # fmt: skip


def _recorded(row: rows.Row) -> Recorded:
    """What an attempt brought when it was counted."""
    changes = tuple(MasteryChange(**change) for change in row["changes"])
    earned = tuple(awards.achievement(one) for one in row["achievements"])
    return Recorded(again=True, changes=changes, alerts=tuple(row["alerts"]), achievements=earned)


def _recent(attempt: Attempt) -> dict[str, Any]:
    return {
        "item": attempt.item, "kind": attempt.kind, "correct": attempt.correct, "score": attempt.score,
        "at": attempt.at.isoformat(),
    }  # fmt: skip

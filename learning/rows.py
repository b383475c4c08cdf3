"""Values from table rows and back."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from core.ports import Alert, Attempt, MasteryChange, SkillId, StudentId
from learning import mastery, tracing
from learning.attempts import GRADED
from learning.effects import Effects, Known, PastAttempt, Told
from learning.mastery import Estimate, SkillState
from learning.pace import Pace
from learning.struggle import Past
from learning.tracing import SkillTrace, Tally, Trace

Row = Mapping[str, Any]


def ability(row: Row) -> Estimate:
    if row["ability_variance"] is None:
        return mastery.no_ability()
    return Estimate(mean=row["ability_mean"], variance=row["ability_variance"])


def skill_state(row: Row) -> SkillState:
    """Of a row with the student's state and the skill's easiness, either of which may be absent."""
    easiness = None
    if row["easiness_variance"] is not None:
        easiness = Estimate(mean=row["easiness_mean"], variance=row["easiness_variance"])
    if row["variance"] is None or easiness is None:
        fresh = mastery.no_skill(SkillId(row["skill"]), easiness)
        if row["variance"] is None:
            return fresh
        easiness = fresh.easiness
    return SkillState(
        skill=SkillId(row["skill"]),
        deviation=Estimate(mean=row["mean"], variance=row["variance"]),
        easiness=easiness,
        spread=row["spread"],
        attempts=row["attempts"],
        correct=row["correct"],
        at=utc(row["at"]),
    )


def difficulty(row: Row) -> Estimate:
    if row["variance"] is None:
        return mastery.no_difficulty(row["grade"])
    return Estimate(mean=row["mean"], variance=row["variance"])


def trace(learner: Row, item: Row, skills: Sequence[Row]) -> Trace:
    """Of the rows that were read before an attempt."""
    return Trace(
        learner=tracing.trail_of(learner["trail"]),
        item=_tally(item, ""),
        skills=tuple(
            SkillTrace(
                trail=tracing.trail_of(row["trail"]), tally=_tally(row, "skill_"), context=_tally(row, "context_")
            )
            for row in skills
        ),
    )


def pace(item: Row) -> Pace:
    return Pace(timed=float(item["timed"] or 0), log_s=item["log_s"] or 0.0)


def _tally(row: Row, prefix: str) -> Tally:
    names = ("answers", "credit", "surprise", "place")
    return Tally(**{name: float(row.get(prefix + name) or 0.0) for name in names})


def past_attempt(row: Row) -> PastAttempt:
    past = Past(
        at=utc(row["recorded_at"]),
        kind=row["kind"],
        item=row["item"],
        correct=row["correct"],
        error=row["error"],
        hints=row["hints"],
        level=None,
        pace=row["pace"],
    )
    levels = {SkillId(change["skill"]): change["after"] for change in row["changes"]}
    return PastAttempt(past=past, skills=tuple(row["skills"]), levels=levels)


def told(row: Row) -> Told:
    at = row["resolved_at"]
    return Told(skill=row["skill"], kind=row["kind"], is_open=row["is_open"], resolved_at=utc(at) if at else None)


def attempt(row: Row) -> Attempt:
    return Attempt(**{**row, "skills": tuple(row["skills"]), "at": utc(row["at"])})


def alert(row: Row, now: datetime) -> Alert:
    """A snooze that has run out is none, whether or not anybody has woken it."""
    fields = {name: value for name, value in row.items() if name != "student_id"}
    until = utc(row["snoozed_until"]) if row["snoozed_until"] and row["snoozed_until"] > now else None
    changed = {"at": utc(row["at"]), "snoozed_until": until, "status": "snoozed" if until else row["status"]}
    return Alert(**{**fields, **changed, "student": StudentId(row["student_id"])})


def written_changes(changes: Sequence[MasteryChange]) -> list[dict[str, Any]]:
    return [{"skill": change.skill, "before": change.before, "after": change.after} for change in changes]


def written_states(effects: Effects) -> list[dict[str, Any]]:
    levels = {change.skill: change.after for change in effects.changes}
    trails = effects.steps.trails if effects.steps else ()
    return [
        {
            "skill": state.skill,
            "mean": state.deviation.mean,
            "variance": state.deviation.variance,
            "spread": state.spread,
            "level": levels[state.skill],
            "attempts": state.attempts,
            "correct": state.correct,
            "at": state.at.isoformat() if state.at else None,
            "trail": tracing.numbers(trail),
        }
        for state, trail in zip(effects.state.skills, trails, strict=True)
        if state.skill in levels
    ]


def written_steps(known: Known, effects: Effects) -> list[dict[str, Any]]:
    """A skill each: its easiness, and what the answer adds to the sums over all students."""
    assert effects.steps is not None  # only graded attempts have any
    return [
        {
            "skill": new.skill,
            "mean": new.easiness.mean,
            "variance": new.easiness.variance,
            "step": new.easiness.mean - old.easiness.mean,
            "credit": added.credit,
            "surprise": added.surprise,
            "context": int(met.trail.context),
        }
        for old, new, added, met in zip(
            known.state.skills, effects.state.skills, effects.steps.skills, known.trace.skills, strict=True
        )
    ]


def graded_kinds() -> list[str]:
    return sorted(GRADED)


def utc(at: datetime) -> datetime:
    """Postgres answers in its session's time zone."""
    return at.astimezone(UTC)

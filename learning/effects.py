"""All that follows from one attempt, decided before anything is written: pure, the same for every store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from core.ports import Attempt, MasteryChange, SkillId
from learning import mastery, struggle
from learning.attempts import GRADED


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAttempt:
    """An earlier attempt with the skills it showed and their levels after it."""

    past: struggle.Past
    skills: tuple[SkillId, ...]
    levels: Mapping[SkillId, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An automatic alert of one kind on one skill: whether it is open, and when one was last resolved."""

    skill: SkillId | None
    kind: str
    is_open: bool
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store holds before the attempt; `history` is oldest first. Tried and solved are said of the attempt's
    item, and of graded attempts."""

    state: mastery.State
    tried_before: bool
    solved_before: bool
    history: Sequence[PastAttempt]
    told: Sequence[Told]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What to write; `attempts` and `solved` are to be added to the student's totals."""

    state: mastery.State
    changes: tuple[MasteryChange, ...]
    findings: tuple[struggle.Finding, ...]
    attempts: int
    solved: int


def follow(known: Known, attempt: Attempt, now: datetime) -> Effects:
    """The effects of `attempt`, recorded at `now`."""
    graded = attempt.kind in GRADED
    state = _after(known, attempt) if graded else known.state
    changes = _changes(known.state, state, attempt.at) if graded else ()
    return Effects(
        state=state,
        changes=changes,
        findings=_findings(known, attempt, changes, now),
        attempts=int(graded),
        solved=int(graded and attempt.correct and not known.solved_before),
    )


def alert_key(finding: struggle.Finding, attempt: Attempt) -> str:
    """An alert is named by the attempt that gave cause for it, so that it cannot be told twice."""
    return f"{finding.kind}:{finding.skill or ''}:{attempt.key}"


def describe(attempt: Attempt) -> dict[str, Any]:
    """What the event log keeps: ids and outcome, none of the student's words."""
    return {"item": attempt.item, "kind": attempt.kind, "correct": attempt.correct, "score": attempt.score}


def _after(known: Known, attempt: Attempt) -> mastery.State:
    state = known.state
    rested = mastery.State(
        ability=state.ability,
        skills=tuple(mastery.forget(skill, attempt.at) for skill in state.skills),
        difficulty=state.difficulty,
    )
    return mastery.observe(
        rested,
        correct=attempt.correct,
        score=attempt.score,
        hints=attempt.hints,
        at=attempt.at,
        repeated=known.solved_before if attempt.correct else known.tried_before,
    )


def _changes(before: mastery.State, after: mastery.State, at: datetime) -> tuple[MasteryChange, ...]:
    return tuple(
        MasteryChange(
            skill=new.skill,
            before=mastery.summarise(before.ability, mastery.forget(old, at)).level,
            after=mastery.summarise(after.ability, new).level,
        )
        for old, new in zip(before.skills, after.skills, strict=True)
    )


def _findings(
    known: Known, attempt: Attempt, changes: Sequence[MasteryChange], now: datetime
) -> tuple[struggle.Finding, ...]:
    levels: dict[SkillId | None, float] = {change.skill: change.after for change in changes}
    found: list[struggle.Finding] = []
    for skill in attempt.skills or (None,):
        history = [
            replace(entry.past, level=entry.levels.get(skill) if skill else None)
            for entry in known.history
            if skill in (entry.skills or (None,))
        ]
        history.append(
            struggle.Past(
                at=now,
                kind=attempt.kind,
                item=attempt.item,
                correct=attempt.correct,
                error=attempt.error,
                hints=attempt.hints,
                level=levels.get(skill),
            )
        )
        told = [entry for entry in known.told if entry.skill == skill]
        found += struggle.detect(
            skill,
            history[-struggle.HISTORY :],
            open_kinds={entry.kind for entry in told if entry.is_open},
            resolved={entry.kind: entry.resolved_at for entry in told if entry.resolved_at},
        )
    return tuple(found)

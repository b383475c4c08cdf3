"""All that follows from one attempt, decided before anything is written: pure, the same for every store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from core.ports import Attempt, MasteryChange, SkillId
from learning import mastery, pace, struggle, stuck, tracing
from learning.attempts import GRADED
from learning.pace import Pace
from learning.tracing import Forecaster, SkillTrace, Steps, Trace


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
    trace: Trace
    tried_before: bool
    solved_before: bool
    pace: Pace
    history: Sequence[PastAttempt]
    told: Sequence[Told]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What to write; `attempts` and `solved` are to be added to the student's totals. `foreseen` is the chance that a graded
    attempt had of being right, before it; both it and `steps` are None for what is not graded. `pace` is what its time adds to
    the item's, `excess` how far it was above the usual, as `learning/pace.py` has it."""

    state: mastery.State
    steps: Steps | None
    foreseen: float | None
    changes: tuple[MasteryChange, ...]
    findings: tuple[struggle.Finding, ...]
    pace: Pace
    excess: float | None
    attempts: int
    solved: int


def follow(known: Known, attempt: Attempt, now: datetime, forecaster: Forecaster | None = None) -> Effects:
    """The effects of `attempt`, recorded at `now`; `forecaster` is the shipped one unless given."""
    graded = attempt.kind in GRADED
    rested = _rested(known.state, attempt.at)
    state = _after(known, rested, attempt) if graded else known.state
    changes = _changes(known.state, state, attempt.at) if graded else ()
    excess = pace.excess(known.pace, attempt.duration_s) if graded else None
    steps = _steps(known, rested, attempt) if graded else None
    forecaster = forecaster or tracing.shipped()
    newest = _Newest(
        at=now, attempt=attempt, levels={change.skill: change.after for change in changes}, excess=excess,
        stuck=_stuck(forecaster, known, state, steps) if steps and not attempt.correct else {},
    )  # fmt: skip
    return Effects(
        state=state,
        steps=steps,
        foreseen=forecaster.forecast(rested, known.trace) if graded else None,
        changes=changes,
        findings=_findings(known, newest),
        pace=pace.step(known.pace, attempt.duration_s) if graded else Pace(),
        excess=excess,
        attempts=int(graded),
        solved=int(graded and attempt.correct and not known.solved_before),
    )


def alert_key(finding: struggle.Finding, attempt: Attempt) -> str:
    """An alert is named by the attempt that gave cause for it, so that it cannot be told twice."""
    return f"{finding.kind}:{finding.skill or ''}:{attempt.key}"


def describe(attempt: Attempt) -> dict[str, Any]:
    """What the event log keeps: ids and outcome, none of the student's words."""
    return {"item": attempt.item, "kind": attempt.kind, "correct": attempt.correct, "score": attempt.score}


def _rested(state: mastery.State, at: datetime) -> mastery.State:
    """After the time since each skill was practised."""
    return replace(state, skills=tuple(mastery.forget(skill, at) for skill in state.skills))


def _steps(known: Known, rested: mastery.State, attempt: Attempt) -> Steps:
    credit = mastery.credit(correct=attempt.correct, hints=attempt.hints, repeated=known.solved_before)
    return tracing.follow(known.trace, credit=credit, expected=mastery.predict(rested))


def _after(known: Known, rested: mastery.State, attempt: Attempt) -> mastery.State:
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


def _stuck(forecaster: Forecaster, known: Known, after: mastery.State, steps: Steps) -> dict[SkillId, float]:
    """Of the skills that were tried often enough: an outlook costs as much as the answer's own forecast."""
    found = {}
    for skill, trail, met, added in zip(after.skills, steps.trails, known.trace.skills, steps.skills, strict=True):
        if skill.attempts >= stuck.TRIES:
            now = SkillTrace(trail=trail, tally=met.tally + added)
            row = stuck.features(forecaster, after.ability, skill, steps.learner, now)
            found[skill.skill] = stuck.shipped().chance(row)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Newest:
    """The attempt that is being counted, with what came of it."""

    at: datetime
    attempt: Attempt
    levels: Mapping[SkillId, float]
    excess: float | None
    stuck: Mapping[SkillId, float]

    def past(self, skill: SkillId | None) -> struggle.Past:
        attempt = self.attempt
        return struggle.Past(
            at=self.at,
            kind=attempt.kind,
            item=attempt.item,
            correct=attempt.correct,
            error=attempt.error,
            hints=attempt.hints,
            level=self.levels.get(skill) if skill else None,
            pace=self.excess,
            stuck=self.stuck.get(skill) if skill else None,
        )


def _findings(known: Known, newest: _Newest) -> tuple[struggle.Finding, ...]:
    found: list[struggle.Finding] = []
    for skill in newest.attempt.skills or (None,):
        history = [
            replace(entry.past, level=entry.levels.get(skill) if skill else None)
            for entry in known.history
            if skill in (entry.skills or (None,))
        ]
        history.append(newest.past(skill))
        told = [entry for entry in known.told if entry.skill == skill]
        found += struggle.detect(
            skill,
            history[-struggle.HISTORY :],
            open_kinds={entry.kind for entry in told if entry.is_open},
            resolved={entry.kind: entry.resolved_at for entry in told if entry.resolved_at},
        )
    return tuple(found)

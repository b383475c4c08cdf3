"""Records kept in memory, for tests of the rooms above: the same rules, nothing to start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.clock import Clock
from core.errors import Conflict, Invalid, NotFound
from core.ids import new_id
from core.ports import (
    Alert,
    Attempt,
    ExerciseId,
    Mastery,
    Principal,
    Progress,
    Recorded,
    SkillId,
    Student,
    StudentId,
    Topic,
    UserId,
)
from learning import alerts as rules
from learning import mastery
from learning.achievements import Merits, SkillStanding, TopicStanding, earn
from learning.attempts import GRADED, check, check_skills, check_word
from learning.cohort import Cohort
from learning.effects import Effects, Known, PastAttempt, Told, alert_key, follow
from learning.mastery import Estimate, SkillState
from learning.pace import Pace
from learning.streaks import streak
from learning.struggle import HISTORY, Past
from learning.tracing import Tally, Trace, Trail


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeClass:
    teachers: frozenset[UserId]
    students: frozenset[StudentId]


@dataclass(slots=True)
class _Learner:
    ability: Estimate = field(default_factory=mastery.no_ability)
    skills: dict[SkillId, SkillState] = field(default_factory=dict)
    trail: Trail = field(default_factory=Trail)
    trails: dict[SkillId, Trail] = field(default_factory=dict)
    attempts: int = 0
    reviews: int = 0
    has: set[tuple[str, str]] = field(default_factory=set)
    kept: dict[str, tuple[Attempt, PastAttempt, Recorded]] = field(default_factory=dict)


@dataclass(slots=True)
class _KeptAlert:
    alert: Alert
    key: str
    automatic: bool
    resolved_at: datetime | None = None


class FakeRecords:
    """`core.ports.Records`. Every student has an account here; `classes` says which teacher sees whom, `grades` how
    hard an exercise was meant to be, `topics` what can be mastered."""

    def __init__(
        self, clock: Clock, classes: Sequence[FakeClass] = (), grades: Mapping[ExerciseId, int] | None = None,
        topics: Sequence[Topic] = (),
    ) -> None:  # fmt: skip
        self._clock = clock
        self._topics = topics
        self._classes = classes
        self._grades = grades or {}
        self._learners: dict[StudentId, _Learner] = {}
        self._easiness: dict[SkillId, Estimate] = {}
        self._difficulty: dict[str, Estimate] = {}
        self._alerts: dict[str, _KeptAlert] = {}
        self._shared = Cohort()
        self._paces: dict[str, Pace] = {}
        self.quarantined: list[tuple[StudentId, str, str]] = []

    async def record(self, student: Student, attempt: Attempt) -> Recorded:
        now = self._clock.now()
        try:
            attempt = check(attempt, now)
        except Invalid as fault:
            await self.quarantine(student, {"attempt": attempt}, key=str(attempt.key), fault=fault)
            raise
        learner = self._learners.setdefault(student.id, _Learner())
        if attempt.key in learner.kept:
            return replace(learner.kept[attempt.key][2], again=True)
        known = self._known(student, learner, attempt)
        effects = follow(known, attempt, now)
        earned = earn(self._merits(learner, attempt), known, attempt, effects)
        learner.reviews = earned.reviews
        learner.has |= {(one.kind, one.about) for one in earned.achievements}
        recorded = Recorded(
            again=False, changes=effects.changes, alerts=self._raise_found(student, attempt, effects, now),
            achievements=earned.achievements,
        )  # fmt: skip
        self._keep(learner, attempt, effects, recorded, now)
        self._share(learner, known, attempt, effects)
        return recorded

    async def quarantine(self, student: Student, content: Mapping[str, Any], *, key: str, fault: Invalid) -> None:
        self.quarantined.append((student.id, key, fault.message))

    async def mastery(self, student: Student, skills: Sequence[SkillId] | None = None) -> Mapping[SkillId, Mastery]:
        learner, now = self._learners.get(student.id, _Learner()), self._clock.now()
        wanted = sorted(learner.skills) if skills is None else check_skills(skills)
        states = [mastery.forget(self._skill(learner, skill), now) for skill in wanted]
        return {state.skill: mastery.summarise(learner.ability, state) for state in states}

    async def progress(self, student: Student) -> Progress:
        learner = self._learners.get(student.id, _Learner())
        attempts = await self.list_attempts(student)
        graded = [attempt for attempt, _, _ in learner.kept.values() if attempt.kind in GRADED]
        return Progress(
            attempts=len(graded),
            solved=len({attempt.item for attempt in graded if attempt.correct}),
            streak_days=streak([attempt.at for attempt, _, _ in learner.kept.values()], self._clock.now()).days,
            skills=tuple((await self.mastery(student)).values()),
            recent=tuple(_recent(attempt) for attempt in attempts[:10]),
        )

    async def list_attempts(self, student: Student, *, item: str | None = None, limit: int = 50) -> list[Attempt]:
        if item is not None:
            check_word("item", item)
        learner = self._learners.get(student.id, _Learner())
        kept = [attempt for attempt, _, _ in learner.kept.values() if item in (None, attempt.item)]
        newest = sorted(enumerate(kept), key=lambda entry: (entry[1].at, entry[0]), reverse=True)
        return [attempt for _, attempt in newest[: rules.page_size(limit)]]

    async def raise_alert(
        self, student: Student, *, key: str, kind: str, severity: str, reason: str, advice: str,
        skill: SkillId | None = None, evidence: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        facts = dict(evidence or {})
        rules.check_alert(
            key=key, kind=kind, severity=severity, reason=reason, advice=advice, skill=skill, evidence=facts
        )
        if any(kept.key == key and kept.alert.student == student.id for kept in self._alerts.values()):
            return
        alert = Alert(
            id=new_id(), student=student.id, student_name=student.name, kind=kind, severity=severity,  # type: ignore[arg-type]  # checked
            skill=skill, reason=reason, advice=advice, evidence=facts, status="open", at=self._clock.now(),
        )  # fmt: skip
        self._alerts[alert.id] = _KeptAlert(alert=alert, key=key, automatic=False)

    async def list_alerts(
        self, teacher: Principal, *, status: str | None = None, limit: int = 50, cursor: str | None = None
    ) -> tuple[list[Alert], str | None]:
        if status is not None:
            rules.check_status(status)
        place, size = rules.place(cursor), rules.page_size(limit)
        rules.sees_everyone(teacher)
        seen = [kept.alert for kept in self._alerts.values() if self._sees(teacher, kept.alert.student)]
        page = sorted(seen, key=lambda alert: (alert.at, alert.id), reverse=True)
        page = [alert for alert in page if status in (None, alert.status)]
        if place:
            page = [alert for alert in page if (alert.at, alert.id) < (place.at, place.id)]
        return page[:size], rules.cursor_after(page[size - 1]) if len(page) > size else None

    async def list_own_alerts(self, student: StudentId) -> list[Alert]:
        """Of one student, for those who play both sides."""
        return [kept.alert for kept in self._alerts.values() if kept.alert.student == student]

    async def resolve_alert(self, teacher: Principal, alert: str, status: str) -> Alert:
        rules.check_status(status)
        rules.sees_everyone(teacher)
        kept = self._alerts.get(alert)
        if kept is None or not self._sees(teacher, kept.alert.student):
            raise NotFound("there is no such alert", alert=alert)
        if status != "resolved" and self._newer_is_open(kept):
            raise Conflict("a newer alert of this kind is open", alert=alert)
        kept.alert = replace(kept.alert, status=status)  # type: ignore[arg-type]  # checked
        kept.resolved_at = (kept.resolved_at or self._clock.now()) if status == "resolved" else None
        return kept.alert

    def _known(self, student: Student, learner: _Learner, attempt: Attempt) -> Known:
        kept = list(learner.kept.values())
        touched: set[SkillId | None] = set(attempt.skills or (None,))
        history = [past for _, past, _ in kept if set(past.skills or (None,)) & touched]
        answers = [old for old, _, _ in kept if old.item == attempt.item and old.kind in GRADED]
        grade = self._grades.get(ExerciseId(attempt.item))
        return Known(
            state=mastery.State(
                ability=learner.ability,
                skills=tuple(self._skill(learner, skill) for skill in attempt.skills),
                difficulty=self._difficulty.get(attempt.item, mastery.no_difficulty(grade)),
            ),
            trace=Trace(
                learner=learner.trail,
                item=self._shared.items.get(attempt.item, Tally()),
                skills=tuple(self._shared.met(skill, learner.trails.get(skill)) for skill in attempt.skills),
            ),
            tried_before=bool(answers),
            solved_before=any(old.correct for old in answers),
            pace=self._paces.get(attempt.item, Pace()),
            history=history[-HISTORY * max(1, len(attempt.skills)) :],
            told=[
                Told(
                    skill=entry.alert.skill,
                    kind=entry.alert.kind,
                    is_open=entry.alert.status != "resolved",
                    resolved_at=entry.resolved_at,
                )
                for entry in self._alerts.values()
                if entry.automatic and entry.alert.student == student.id and entry.alert.skill in touched
            ],
        )

    def _merits(self, learner: _Learner, attempt: Attempt) -> Merits:
        old = [kept for kept, _, _ in learner.kept.values()]
        return Merits(
            has=frozenset(learner.has),
            solved=len({kept.item for kept in old if kept.correct and kept.kind in GRADED}),
            last_at=max((kept.at for kept in old), default=None),
            reviews=learner.reviews,
            helped=any(kept.item == attempt.item and (kept.kind == "hint" or kept.hints) for kept in old),
            topics=tuple(self._topic(learner, topic) for topic in self._topics if {*topic.skills} & {*attempt.skills}),
            moments=tuple(kept.at for kept in old),
        )

    def _topic(self, learner: _Learner, topic: Topic) -> TopicStanding:
        states = [self._skill(learner, skill) for skill in topic.skills]
        return TopicStanding(
            id=topic.id, title=topic.title, module=topic.module, module_title=topic.module_title,
            module_topics=tuple(other.id for other in self._topics if other.module == topic.module),
            skills=tuple(
                SkillStanding(
                    skill=state.skill, level=mastery.summarise(learner.ability, state).level, attempts=state.attempts
                )
                for state in states
            ),
        )  # fmt: skip

    def _skill(self, learner: _Learner, skill: SkillId) -> SkillState:
        fresh = mastery.no_skill(skill, self._easiness.get(skill))
        met = learner.skills.get(skill)
        return replace(met, easiness=fresh.easiness) if met else fresh

    def _keep(self, learner: _Learner, attempt: Attempt, effects: Effects, recorded: Recorded, now: datetime) -> None:
        past = Past(
            at=now,
            kind=attempt.kind,
            item=attempt.item,
            correct=attempt.correct,
            error=attempt.error,
            hints=attempt.hints,
            level=None,
            pace=effects.excess,
        )
        levels = {change.skill: change.after for change in effects.changes}
        learner.kept[attempt.key] = (
            attempt,
            PastAttempt(past=past, skills=attempt.skills, levels=levels),
            recorded,
        )
        learner.ability = effects.state.ability
        if effects.attempts:
            learner.skills |= {state.skill: state for state in effects.state.skills}
            self._easiness |= {state.skill: state.easiness for state in effects.state.skills}
            self._difficulty[attempt.item] = effects.state.difficulty

    def _share(self, learner: _Learner, known: Known, attempt: Attempt, effects: Effects) -> None:
        """What an answer adds to the trails and to the sums over all students."""
        if effects.steps:
            learner.trail = effects.steps.learner
            learner.trails |= dict(zip(attempt.skills, effects.steps.trails, strict=True))
            self._shared.add(attempt.item, attempt.skills, known.trace, effects.steps)
            self._paces[attempt.item] = known.pace + effects.pace

    def _raise_found(self, student: Student, attempt: Attempt, effects: Effects, now: datetime) -> tuple[str, ...]:
        raised = []
        for finding in effects.findings:
            alert = Alert(
                id=new_id(), student=student.id, student_name=student.name, kind=finding.kind,
                severity=finding.severity, skill=finding.skill, reason=finding.reason, advice=finding.advice,
                evidence=finding.evidence, status="open", at=now,
            )  # fmt: skip
            self._alerts[alert.id] = _KeptAlert(alert=alert, key=alert_key(finding, attempt), automatic=True)
            raised.append(alert.id)
        return tuple(raised)

    def _sees(self, teacher: Principal, student: StudentId) -> bool:
        return rules.sees_everyone(teacher) or any(
            teacher.id in group.teachers and student in group.students for group in self._classes
        )

    def _newer_is_open(self, kept: _KeptAlert) -> bool:
        mine = (kept.alert.student, kept.alert.kind, kept.alert.skill)
        return kept.automatic and any(
            other is not kept
            and other.automatic
            and other.alert.status != "resolved"
            and (other.alert.student, other.alert.kind, other.alert.skill) == mine
            for other in self._alerts.values()
        )


def _recent(attempt: Attempt) -> dict[str, Any]:
    return {
        "item": attempt.item,
        "kind": attempt.kind,
        "correct": attempt.correct,
        "score": attempt.score,
        "at": attempt.at.isoformat(),
    }

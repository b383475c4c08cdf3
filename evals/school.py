"""A log of answers lived through as the product's learner model would: student by student, answer by answer."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from evals.datasets import AnswerRow, Case, Files, read_rows
from learning import mastery, tracing
from learning import stuck as outlook
from learning.cohort import Cohort, Pupil
from learning.mastery import State
from learning.tracing import Trace

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)  # the log has no times: one answer a second, in which nothing is forgotten
_KNOWN = 0.8  # share of the students from whom items and skills are known


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """One student's answers in time order."""

    id: str
    answers: tuple[AnswerRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Before an answer: what was foreseen; after it: the skill's mastery, and the chance that what follows goes badly."""

    answer: AnswerRow
    at: datetime
    foreseen: float
    before: float
    after: float
    stuck: float


def read(files: Files) -> list[Case]:
    """A case a student, in the log's order."""
    students: dict[str, list[AnswerRow]] = defaultdict(list)
    for row in read_rows(files.data, AnswerRow):
        students[row.user_id].append(row)
    return [Case(id=name, row=Learner(id=name, answers=tuple(found))) for name, found in students.items()]


def split(cases: Sequence[Case], seed: int) -> tuple[list[Case], list[Case]]:
    """Students whose answers the school has seen, and students who are new to it."""
    shuffled = random.Random(seed).sample(list(cases), len(cases))  # noqa: S311 (a sample, not a secret)
    known = int(len(shuffled) * _KNOWN)
    return shuffled[:known], shuffled[known:]


@dataclass(slots=True)
class School:
    """What all students share, learnt by the product's own learner model."""

    cohort: Cohort = field(default_factory=Cohort)

    def learn(self, learners: Iterable[Learner]) -> None:
        for learner in learners:
            pupil = Pupil()
            for number, answer in enumerate(learner.answers):
                known = self.cohort.before(pupil, answer.item_id, answer.skill_id)
                self._answer(pupil, known, answer, number, learning=True)

    def follow(self, learner: Learner, *, items_known: bool = True) -> Iterator[Moment]:
        """One new student; nothing of it is kept."""
        forecaster, pupil = tracing.shipped(), Pupil()
        for number, answer in enumerate(learner.answers):
            known = self.cohort.before(pupil, answer.item_id, answer.skill_id, item_known=items_known)
            foreseen = forecaster.forecast(*known)
            before = mastery.summarise(pupil.ability, known[0].skills[0]).level
            at = self._answer(pupil, known, answer, number, learning=False)
            after = mastery.summarise(pupil.ability, pupil.skills[answer.skill_id]).level
            skill = answer.skill_id
            met = self.cohort.met(skill, pupil.trails[skill])
            row = outlook.features(forecaster, pupil.ability, pupil.skills[skill], pupil.trail, met)
            stuck = outlook.shipped().chance(row)
            yield Moment(answer=answer, at=at, foreseen=foreseen, before=before, after=after, stuck=stuck)

    def _answer(
        self, pupil: Pupil, known: tuple[State, Trace], answer: AnswerRow, number: int, *, learning: bool
    ) -> datetime:
        at = _BEGIN + timedelta(seconds=number)
        self.cohort.answer(
            pupil, known, answer.item_id, answer.skill_id, correct=bool(answer.correct), at=at, learning=learning
        )
        return at

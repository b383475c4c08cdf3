"""A log of answers lived through as the product's learner model would: student by student, answer by answer."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from core.ports import SkillId
from evals.datasets import AnswerRow, Case, Files, read_rows
from learning import mastery
from learning.mastery import Estimate, SkillState, State

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)  # the log has no times: one answer a second, in which nothing is forgotten
_KNOWN = 0.8  # share of the students from whom items and skills are known


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """One student's answers in time order."""

    id: str
    answers: tuple[AnswerRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Before an answer: what was foreseen; after it: the skill's mastery."""

    answer: AnswerRow
    at: datetime
    foreseen: float
    before: float
    after: float


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
    """What all students share: how easy each skill is, how hard each item."""

    easiness: dict[str, Estimate] = field(default_factory=dict)
    difficulty: dict[str, Estimate] = field(default_factory=dict)

    def learn(self, learners: Iterable[Learner]) -> None:
        for learner in learners:
            for _ in self._live(learner, learning=True, items_known=True):
                pass

    def follow(self, learner: Learner, *, items_known: bool = True) -> Iterator[Moment]:
        """One new student; nothing of it is kept."""
        return self._live(learner, learning=False, items_known=items_known)

    def _live(self, learner: Learner, *, learning: bool, items_known: bool) -> Iterator[Moment]:
        ability, states = mastery.no_ability(), dict[str, SkillState]()
        for number, answer in enumerate(learner.answers):
            skill = states.get(answer.skill_id) or mastery.no_skill(SkillId(answer.skill_id))
            skill = replace(skill, easiness=self.easiness.get(answer.skill_id, skill.easiness))
            known = self.difficulty.get(answer.item_id) if items_known else None
            state = State(ability=ability, skills=(skill,), difficulty=known or mastery.no_difficulty())
            foreseen = mastery.predict(state)
            before = mastery.summarise(ability, skill).level
            at = _BEGIN + timedelta(seconds=number)
            right = bool(answer.correct)
            state = mastery.observe(state, correct=right, score=float(right), hints=0, at=at)
            ability, states[answer.skill_id] = state.ability, state.skills[0]
            if learning:
                self.easiness[answer.skill_id], self.difficulty[answer.item_id] = (
                    state.skills[0].easiness,
                    state.difficulty,
                )
            yield Moment(
                answer=answer, at=at, foreseen=foreseen, before=before, after=mastery.summarise(ability, state.skills[0]).level
            )  # fmt: skip

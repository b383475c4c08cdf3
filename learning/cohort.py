"""A log of answers lived through by the learner model in memory, as the records do it in tables: to fit it and to judge it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.ports import SkillId
from learning import mastery, tracing
from learning.mastery import Estimate, SkillState, State
from learning.tracing import SkillTrace, Steps, Tally, Trace, Trail


@dataclass(slots=True)
class Pupil:
    """One student's own part."""

    ability: Estimate = field(default_factory=mastery.no_ability)
    trail: Trail = field(default_factory=Trail)
    skills: dict[str, SkillState] = field(default_factory=dict)
    trails: dict[str, Trail] = field(default_factory=dict)


@dataclass(slots=True)
class Cohort:
    """What all students share: how easy each skill and how hard each item is, and the sums of their answers."""

    easiness: dict[str, Estimate] = field(default_factory=dict)
    difficulty: dict[str, Estimate] = field(default_factory=dict)
    items: dict[str, Tally] = field(default_factory=dict)
    skills: dict[str, Tally] = field(default_factory=dict)
    contexts: dict[tuple[str, int], Tally] = field(default_factory=dict)

    def before(self, pupil: Pupil, item: str, skill: str, *, item_known: bool = True) -> tuple[State, Trace]:
        """All that the model knows when an item comes up."""
        own = pupil.skills.get(skill) or mastery.no_skill(SkillId(skill))
        own = replace(own, easiness=self.easiness.get(skill, own.easiness))
        difficulty = self.difficulty.get(item) if item_known else None
        tally = self.items.get(item) if item_known else None
        return (
            State(ability=pupil.ability, skills=(own,), difficulty=difficulty or mastery.no_difficulty()),
            Trace(learner=pupil.trail, item=tally or Tally(), skills=(self.met(skill, pupil.trails.get(skill)),)),
        )

    def answer(
        self, pupil: Pupil, known: tuple[State, Trace], item: str, skill: str, *, correct: bool, at: datetime, learning: bool
    ) -> None:  # fmt: skip
        """Moves the student on and, when `learning`, what is shared."""
        state, trace = known
        expected = mastery.predict(state)
        after = mastery.observe(state, correct=correct, score=float(correct), hints=0, at=at)
        steps = tracing.follow(trace, credit=float(correct), expected=expected)
        pupil.ability, pupil.skills[skill] = after.ability, after.skills[0]
        pupil.trail, pupil.trails[skill] = steps.learner, steps.trails[0]
        if learning:
            self.easiness[skill], self.difficulty[item] = after.skills[0].easiness, after.difficulty
            self.add(item, (skill,), trace, steps)

    def met(self, skill: str, trail: Trail | None) -> SkillTrace:
        trail = trail or Trail()
        return SkillTrace(
            trail=trail,
            tally=self.skills.get(skill, Tally()),
            context=self.contexts.get((skill, int(trail.context)), Tally()),
        )

    def add(self, item: str, skills: Sequence[str], trace: Trace, steps: Steps) -> None:
        """An answer's steps to the sums; `trace` is from before it."""
        self.items[item] = self.items.get(item, Tally()) + steps.item
        for skill, known, step in zip(skills, trace.skills, steps.skills, strict=True):
            context = (skill, int(known.trail.context))
            self.skills[skill] = self.skills.get(skill, Tally()) + step
            self.contexts[context] = self.contexts.get(context, Tally()) + step

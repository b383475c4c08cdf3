"""What learning has earned a student, each once for ever, with what it was earned by; pure.

They reward what helps learning (coming back, mastering, reviewing in time, finding one's own mistake, helping) and nothing
that more of the same would earn. What was earned is a fact about a day: when its evidence goes, by a correction or with its
time, the achievement stays, with what was seen then.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from core.ports import Achievement, Attempt, SkillId
from learning.effects import Effects, Known
from learning.gaps import KNOWN
from learning.mastery import Estimate, SkillState, summarise
from learning.overview import MASTERED
from learning.recommendations import REVIEW_LOSS, forgotten
from learning.streaks import streak

Kind = Literal[
    "first_solved", "topic_mastered", "module_complete", "came_back", "debugged_alone", "own_tests", "ten_reviews",
    "long_streak", "helped_another",
]  # fmt: skip

AWAY = timedelta(days=14)
REVIEWS = 10
COVERED = 0.8
"""The share of a program that the student's own tests have to run."""
STREAKS = (7, 30, 100)
TRIES = 3
"""Graded answers at a skill, before its level says enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authored:
    """`title` and `words` are for the student; `{about}` is what it was earned for, `such` what it can be earned for."""

    title: str
    words: str
    such: str = ""


AUTHORED: Mapping[Kind, Authored] = {
    "first_solved": Authored(title="First one solved", words="You solved your first exercise or question here."),
    "topic_mastered": Authored(
        title="Mastered: {about}",
        words="You know every skill of {about} well, after several answers at each.",
        such="a topic",
    ),
    "module_complete": Authored(
        title="Module complete: {about}", words="You have mastered every topic of {about}.", such="a module"
    ),
    "came_back": Authored(title="Back again", words="You came back after two weeks or more, and got one right."),
    "debugged_alone": Authored(
        title="Found it yourself", words="Your program was wrong at first, and you put it right without a hint."
    ),
    "own_tests": Authored(
        title="Tested it yourself", words="You solved an exercise with tests of your own that run most of your program."
    ),
    "ten_reviews": Authored(
        title="Ten reviews in a row", words="Ten times running you still knew what was due for review, without a hint."
    ),
    "long_streak": Authored(
        title="{about} days in a row", words="You practised on {about} days, one after the other.", such="7, 30 or 100"
    ),
    "helped_another": Authored(
        title="Helped somebody", words="Who asked, or a teacher, liked your answer in the community."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillStanding:
    """How far a student is at a skill, by their last answer at it."""

    skill: SkillId
    level: float
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicStanding:
    """A topic that an attempt is about, with all its skills, and the module it is of with all its topics."""

    id: str
    title: str
    module: str
    module_title: str
    module_topics: tuple[str, ...]
    skills: tuple[SkillStanding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merits:
    """What the store holds before the attempt. `has` are kind and about; `reviews` in a row; `helped`: a hint was ever
    taken at the item; `moments`, one of each day on which they practised in the last months, are empty where this quarter of an hour counted
    before."""

    has: frozenset[tuple[str, str]] = frozenset()
    solved: int = 0
    last_at: datetime | None = None
    reviews: int = 0
    helped: bool = False
    topics: tuple[TopicStanding, ...] = ()
    moments: tuple[datetime, ...] = ()
    time_zone: str = "UTC"
    wanted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """What an attempt earned, and the reviews in a row after it."""

    achievements: tuple[Achievement, ...]
    reviews: int


def title_of(kind: str, name: str) -> str:
    """`name` is what it was earned for, in words."""
    known = AUTHORED.get(kind)  # type: ignore[call-overload]  # a kind of a later version is still theirs
    return str(known.title.replace("{about}", name)) if known else kind.replace("_", " ")


def words_of(kind: str, name: str) -> str:
    known = AUTHORED.get(kind)  # type: ignore[call-overload]  # as above
    return str(known.words.replace("{about}", name)) if known else ""


def award(kind: Kind, at: datetime, about: str = "", name: str = "", **evidence: Any) -> Achievement:
    facts = {**evidence, **({"name": name} if name else {})}
    return Achievement(
        kind=kind, about=about, title=title_of(kind, name or about), words=words_of(kind, name or about), at=at,
        evidence=facts,
    )  # fmt: skip


def earn(merits: Merits, known: Known, attempt: Attempt, effects: Effects) -> Earned:
    """Of an attempt and its effects; what the student has is never earned again."""
    reviews = _reviews(merits, known, attempt, effects)
    found: dict[tuple[str, str], Achievement] = {}
    for rule in _RULES:
        for one in rule(_Case(merits, known, attempt, effects, reviews)):
            if (one.kind, one.about) not in merits.has:
                found.setdefault((one.kind, one.about), one)
    modules = _modules(merits, attempt, {*merits.has, *found})
    return Earned(achievements=(*found.values(), *modules), reviews=reviews)


@dataclass(frozen=True, slots=True)
class _Case:
    merits: Merits
    known: Known
    attempt: Attempt
    effects: Effects
    reviews: int

    @property
    def right(self) -> bool:
        return bool(self.effects.attempts) and self.attempt.correct


def _first_solved(case: _Case) -> Iterator[Achievement]:
    if case.effects.solved and not case.merits.solved:
        yield award("first_solved", case.attempt.at, item=case.attempt.item)


def _came_back(case: _Case) -> Iterator[Achievement]:
    last = case.merits.last_at
    if case.right and last and case.attempt.at - last >= AWAY:
        yield award("came_back", case.attempt.at, item=case.attempt.item, days=(case.attempt.at - last).days)


def _debugged_alone(case: _Case) -> Iterator[Achievement]:
    known, attempt = case.known, case.attempt
    alone = not attempt.hints and not case.merits.helped
    if case.right and attempt.kind == "exercise" and alone and known.tried_before and not known.solved_before:
        yield award("debugged_alone", attempt.at, item=attempt.item)


def _own_tests(case: _Case) -> Iterator[Achievement]:
    coverage = case.attempt.metrics.get("coverage", 0.0)
    if case.right and case.attempt.kind == "exercise" and coverage >= COVERED:
        yield award("own_tests", case.attempt.at, item=case.attempt.item, coverage=round(coverage, 4))


def _ten_reviews(case: _Case) -> Iterator[Achievement]:
    if case.reviews >= REVIEWS:
        yield award("ten_reviews", case.attempt.at, item=case.attempt.item, reviews=case.reviews)


def _long_streak(case: _Case) -> Iterator[Achievement]:
    if not case.merits.moments:
        return
    moments = [*case.merits.moments, case.attempt.at]
    for one in streak(moments, max(moments), case.merits.time_zone).milestones:
        if one.kind == "in_a_row" and one.days in STREAKS:
            yield award("long_streak", case.attempt.at, about=str(one.days), until=one.on.isoformat())


def _topic_mastered(case: _Case) -> Iterator[Achievement]:
    now = _levels(case)
    for topic in case.merits.topics:
        standings = [now.get(one.skill, one) for one in topic.skills]
        if standings and all(one.level >= MASTERED and one.attempts >= TRIES for one in standings):
            levels = {one.skill: round(one.level, 4) for one in standings}
            yield award("topic_mastered", case.attempt.at, about=topic.id, name=topic.title, levels=levels)


_RULES: Sequence[Callable[[_Case], Iterator[Achievement]]] = (
    _first_solved, _came_back, _debugged_alone, _own_tests, _ten_reviews, _long_streak, _topic_mastered,
)  # fmt: skip


def _modules(merits: Merits, attempt: Attempt, has: set[tuple[str, str]]) -> Iterator[Achievement]:
    """Whose topics are all mastered, each at some time."""
    for module in {topic.module: topic for topic in merits.topics}.values():
        complete = all(("topic_mastered", topic) in has for topic in module.module_topics)
        if complete and ("module_complete", module.module) not in has:
            yield award(
                "module_complete", attempt.at, about=module.module, name=module.module_title,
                topics=list(module.module_topics),
            )  # fmt: skip


def _levels(case: _Case) -> dict[SkillId, SkillStanding]:
    """After the attempt, of its own skills."""
    levels = {change.skill: change.after for change in case.effects.changes}
    return {
        state.skill: SkillStanding(skill=state.skill, level=levels[state.skill], attempts=state.attempts)
        for state in case.effects.state.skills
        if state.skill in levels
    }


def _reviews(merits: Merits, known: Known, attempt: Attempt, effects: Effects) -> int:
    """One more for a due review that was right without a hint, none after one that was not; else as many as before."""
    if not effects.attempts or not any(
        _was_due(known.state.ability, skill, attempt.at) for skill in known.state.skills
    ):
        return merits.reviews
    return merits.reviews + 1 if attempt.correct and not attempt.hints else 0


def _was_due(ability: Estimate, skill: SkillState, at: datetime) -> bool:
    """It was known when it was last practised, and enough was forgotten since: as the review queue has it."""
    if skill.at is None or skill.attempts < TRIES:
        return False
    lost = forgotten(skill.attempts, skill.at, at)
    return lost >= REVIEW_LOSS and summarise(ability, skill).level >= KNOWN

"""What a student could do next, and because of what: pure, from where they stand, what they did and what they wish.

Missing roots come before what they hold up, more severe gaps before lesser ones; nothing is offered whose prerequisites are
missing. Kinds and topics alternate, and all of it fits the time that the student has.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from core.ports import Attempt, Exercise, ExerciseId, Subject, TopicId
from learning.attempts import GRADED
from learning.effectiveness import Effectiveness, PeerStep
from learning.gaps import KNOWN, Gap, Standings, find_gaps, severity_of, titles
from learning.mastery import FITTED, Weights
from learning.paths import path_to

Kind = Literal["lesson", "exercise", "quiz", "review", "example"]
Because = Literal["gap", "goal", "review", "begun", "new", "peers"]

REVIEW_LOSS = 0.12
"""Log-odds forgotten since the last answer, from which on what was known is due again."""
_MINUTES: Mapping[Kind, int] = {"lesson": 10, "exercise": 10, "quiz": 3, "review": 5, "example": 5}
_MINUTES_A_GRADE = 5  # an exercise of difficulty 2 or 3 takes this much longer than one below it
_SAME_KIND, _SAME_TOPIC = 0.25, 0.6  # what one more of the same is worth less
_PREFERRED = 0.3
_STUCK = 2  # failures since the last success, after which the same kind is not offered again
_STUCK_LONG = 4
_WAYS: tuple[Kind, ...] = (
    "exercise",
    "example",
    "lesson",
    "quiz",
)  # to help with a gap, in the order in which they are tried
_WORDS: Mapping[Kind, str] = {
    "exercise": "an exercise", "example": "a worked example", "lesson": "the lesson", "quiz": "short questions",
    "review": "a review",
}  # fmt: skip
_BACK = 2  # ways that did not help, after which a step back is offered too


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """`minutes`: the time there is; `kinds`: what is liked better (others are not forbidden); `goal`: a topic to get to."""

    minutes: int | None = None
    kinds: frozenset[Kind] = frozenset()
    subject: Subject | None = None
    goal: TopicId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """`item` is the exercise or the quiz question meant, empty for a lesson and a worked example; `value` orders them, higher
    first. `because` is the reason's kind, `id` what the records call it once it was shown."""

    kind: Kind
    topic: TopicId
    title: str
    item: str
    minutes: int
    why: str
    value: float
    because: Because = "new"
    id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Experience:
    """What is known of recommendations shown before. `unhelpful`: the kinds that this student took at a topic without gaining
    what was expected; `effects` says of all students what each kind gained; `peers` where others went on."""

    unhelpful: Mapping[TopicId, frozenset[Kind]] = field(default_factory=dict)
    effects: Effectiveness = field(default_factory=Effectiveness)
    peers: Sequence[PeerStep] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A known topic with when it was last practised, and the log-odds forgotten since."""

    topic: TopicId
    at: datetime
    lost: float

    @property
    def due(self) -> bool:
        return self.lost >= REVIEW_LOSS


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a student did at one topic; `failures` are the graded ones since the last that was right."""

    last: datetime | None = None
    failures: int = 0
    solved: frozenset[str] = frozenset()
    tried: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class _Desk:
    """Everything the choices below look at."""

    standings: Standings
    bank: Mapping[TopicId, Sequence[Exercise]]
    done: Mapping[TopicId, Done]
    wishes: Wishes
    now: datetime
    experience: Experience

    def of(self, topic: TopicId) -> Done:
        return self.done.get(topic, Done())


def recommend(
    standings: Standings, bank: Sequence[Exercise], attempts: Sequence[Attempt], now: datetime,
    wishes: Wishes | None = None, limit: int = 5, experience: Experience | None = None,
) -> list[Recommendation]:  # fmt: skip
    """At most `limit`, the best first; `attempts` are one student's last ones. With a time budget their minutes fit in. What
    gained more than expected, for all who took it, is worth a little more here too."""
    by_topic: dict[TopicId, list[Exercise]] = {}
    for exercise in bank:
        by_topic.setdefault(exercise.topic, []).append(exercise)
    known = experience or Experience()
    desk = _Desk(standings, by_topic, _done(standings, bank, attempts), wishes or Wishes(), now, known)
    offers = [
        replace(offer, because=because, value=offer.value + known.effects.bonus(offer.kind, offer.topic))
        for because, found in _sources(desk)
        for offer in found
        if desk.wishes.subject in (None, standings.graph.topics[offer.topic].subject)
    ]
    return _varied(offers, desk.wishes, limit)


def _sources(desk: _Desk) -> list[tuple[Because, Iterator[Recommendation]]]:
    return [
        ("gap", _gaps(desk)), ("peers", _peers(desk)), ("goal", _goal(desk)), ("review", _reviews(desk)),
        ("begun", _unfinished(desk)), ("new", _new(desk)),
    ]  # fmt: skip


def review_queue(
    standings: Standings, bank: Sequence[Exercise], attempts: Sequence[Attempt], now: datetime
) -> list[Review]:
    """What the student knew when they last practised it, by what was forgotten since, most first; not all of it is due."""
    return _queue(standings, _done(standings, bank, attempts), now)


def forgotten(attempts: int, last: datetime, now: datetime, weights: Weights = FITTED) -> float:
    """Log-odds lost since `last` by `learning.mastery.forget`: a power law in time, less after more practice."""
    days = max(0.0, (now - last).total_seconds() / 86_400)
    return weights.forgetting * math.log1p(days / weights.forgetting_days) / math.sqrt(1 + attempts)


def _level_before(level: float, lost: float) -> float:
    bounded = min(1 - 1e-9, max(1e-9, level))
    return 1 / (1 + (1 - bounded) / bounded * math.exp(-lost))


def _done(standings: Standings, bank: Sequence[Exercise], attempts: Sequence[Attempt]) -> dict[TopicId, Done]:
    graph = standings.graph
    topic_of: dict[str, TopicId] = {exercise.id: exercise.topic for exercise in bank}
    topic_of |= {question.id: topic.id for topic in graph.topics.values() for question in topic.quiz}
    found: dict[TopicId, Done] = {}
    for attempt in sorted(attempts, key=lambda attempt: attempt.at):
        taught = graph.topics_of.get(attempt.skills[0], ()) if attempt.skills else ()
        topic = topic_of.get(attempt.item) or (taught[0] if taught else None)
        if topic is None or attempt.kind not in GRADED:
            continue
        before = found.get(topic, Done())
        found[topic] = Done(
            last=attempt.at,
            failures=0 if attempt.correct else before.failures + 1,
            solved=before.solved | {attempt.item} if attempt.correct else before.solved,
            tried={**before.tried, attempt.item: attempt.at},
        )
    return found


def _gaps(desk: _Desk) -> Iterator[Recommendation]:
    """The roots of what is missing, as severe as the worst they hold up; what they build on unseen is checked first."""
    found = find_gaps(desk.standings.graph, desk.standings.mastery).gaps
    held_up: dict[TopicId, list[Gap]] = {}
    for gap in found:
        for root in gap.roots:
            held_up.setdefault(root, []).append(gap)
    missing = {gap.topic for gap in found}
    for gap in found:
        heirs = held_up.get(gap.topic, [])
        value = 1 + max(one.severity for one in [gap, *heirs])
        # a root that is only suspected does not hold back the gap in which the student was seen to fail
        if not missing & set(gap.roots):
            yield from _helping(desk, gap, value, _because_of_gap(desk, gap, [heir.topic for heir in heirs]))
        for name in [*gap.roots, *gap.to_check][:2]:
            if name not in missing:
                title = desk.standings.graph.topics[name].title
                why = f"{gap.title} builds on {title}, and it is not sure that you have it"
                yield from _offer(desk, "quiz", name, value - 0.1, why)


def _because_of_gap(desk: _Desk, gap: Gap, heirs: Sequence[TopicId]) -> str:
    if heirs:
        needs = "needs" if len(heirs) == 1 else "need"
        return f"you miss {gap.title}, which {titles(desk.standings.graph, heirs)} {needs}"
    return f"you are at {gap.level:.0%} in {gap.title} after {gap.attempts} answers"


def _helping(desk: _Desk, gap: Gap, value: float, why: str) -> Iterator[Recommendation]:
    """Practice first; who keeps failing is shown another way, and after more of it a smaller step. A kind that was taken and
    did not help gives way to the next."""
    failures = desk.of(gap.topic).failures
    unhelpful = desk.experience.unhelpful.get(gap.topic, frozenset())
    if unhelpful:
        yield from _another_way(desk, gap, value, why, unhelpful)
    elif failures >= _STUCK_LONG:
        more = f"{why}, and {failures} tries in a row have not helped: short questions tell which step is missing"
        yield from _offer(desk, "quiz", gap.topic, value, more)
        yield from _offer(desk, "lesson", gap.topic, value - 0.2, f"{why}; a worked example may show it differently")
    elif failures >= _STUCK:
        more = f"{why}, and more of the same has not helped: read how it is done, then try again"
        yield from _offer(desk, "lesson", gap.topic, value, more)
        yield from _offer(desk, "exercise", gap.topic, value - 0.2, why, easier=True)
    else:
        yield from _offer(desk, "exercise", gap.topic, value, why)
        yield from _offer(desk, "lesson", gap.topic, value - 0.3, why)


def _another_way(desk: _Desk, gap: Gap, value: float, why: str, unhelpful: frozenset[Kind]) -> Iterator[Recommendation]:
    tried = " and ".join(_WORDS[kind] for kind in _WAYS if kind in unhelpful) or "what you tried"
    left = [kind for kind in _WAYS if kind not in unhelpful]
    for step, kind in enumerate(left or _WAYS[:1]):
        more = f"{why}, and {tried} did not help as hoped: here is another way"
        yield from _offer(desk, kind, gap.topic, value - 0.2 * step, more, easier=True)
    if len(unhelpful) >= _BACK:
        for name in desk.standings.graph.needs(gap.topic):
            title = desk.standings.graph.topics[name].title
            more = f"{gap.title} builds on {title}, and {tried} did not help: take one step back"
            yield from _offer(desk, "exercise", name, value + 0.1, more, easier=True)


def _peers(desk: _Desk) -> Iterator[Recommendation]:
    """What those went on with who had struggled at a gap of this student and then had it more often than others."""
    graph = desk.standings.graph
    for gap in find_gaps(graph, desk.standings.mastery).gaps:
        skills = set(graph.topics[gap.topic].skills)
        for step in desk.experience.peers:
            for topic in graph.topics_of.get(step.next, ()) if step.skill in skills else ():
                if topic != gap.topic and topic not in graph.after(gap.topic):
                    yield from _offer(
                        desk, "exercise", topic, 0.8 + step.lift, step.told(gap.title, graph.topics[topic].title)
                    )


def _goal(desk: _Desk) -> Iterator[Recommendation]:
    if desk.wishes.goal is None:
        return
    stops = path_to(desk.wishes.goal, desk.standings)
    if stops:
        stop, left = stops[0], len(stops)
        way = "it is your goal" if left == 1 else f"it is the first of {left} steps to your goal"
        kind: Kind = "lesson" if desk.standings.of[stop.topic] == "unmet" else "exercise"
        yield from _offer(desk, kind, stop.topic, 1.9, way)


def _reviews(desk: _Desk) -> Iterator[Recommendation]:
    for review in _queue(desk.standings, desk.done, desk.now):
        if review.due:
            title = desk.standings.graph.topics[review.topic].title
            why = f"you knew {title}, and {(desk.now - review.at).days} days have passed since"
            yield from _offer(desk, "review", review.topic, 0.8 + min(0.4, review.lost), why)


def _queue(standings: Standings, done: Mapping[TopicId, Done], now: datetime) -> list[Review]:
    found = []
    for topic, what in done.items():
        belief = standings.belief(topic)
        if belief is None or what.last is None or standings.of[topic] not in ("known", "between"):
            continue
        lost = forgotten(belief.attempts, what.last, now)
        if _level_before(belief.level, lost) >= KNOWN:
            found.append(Review(topic=topic, at=what.last, lost=lost))
    return sorted(found, key=lambda review: -review.lost)


def _unfinished(desk: _Desk) -> Iterator[Recommendation]:
    for topic, standing in desk.standings.of.items():
        if standing in ("thin", "between") and _ready(desk, topic):
            title = desk.standings.graph.topics[topic].title
            say = "there is too little to say yet how well you know it" if standing == "thin" else "it is nearly yours"
            yield from _offer(desk, "exercise", topic, 0.75, f"you have begun {title} and {say}")


def _new(desk: _Desk) -> Iterator[Recommendation]:
    """The next topics of the course whose prerequisites carry, the earliest first."""
    graph = desk.standings.graph
    opened = [topic for topic, standing in desk.standings.of.items() if standing == "unmet" and _ready(desk, topic)]
    for place, topic in enumerate(opened):
        needed = graph.needs(topic)
        why = f"you know {titles(graph, needed)}, which it builds on" if needed else "nothing has to come before it"
        value = 0.5 + 0.1 * severity_of(0.0, len(graph.after(topic))) - 0.02 * min(place, 10)
        yield from _offer(desk, "lesson", topic, value, why)
        yield from _offer(desk, "exercise", topic, value - 0.1, why)


def _ready(desk: _Desk, topic: TopicId) -> bool:
    """Nothing it builds on is missing, and what it names is there."""
    needed = desk.standings.graph.needs(topic)
    carries = all(desk.standings.of[name] in ("known", "between") for name in needed)
    return carries and not desk.standings.missing_before(topic)


def _offer(
    desk: _Desk, kind: Kind, topic: TopicId, value: float, why: str, *, easier: bool = False
) -> Iterator[Recommendation]:
    """Nothing when the topic has no such item; never a thing of whose prerequisites one is known to be missing."""
    found = desk.standings.graph.topics[topic]
    minutes, item, title = _MINUTES[kind], "", found.title
    if desk.standings.missing_before(topic):
        return
    if kind == "example":
        if not found.examples:
            return
        title = found.examples[len(desk.of(topic).tried) % len(found.examples)].title
    elif kind == "quiz":
        item = _question(desk, topic)
        if not item:
            return
    elif kind != "lesson":
        exercise = _exercise(desk, topic, again=kind == "review", easier=easier)
        if exercise is None:
            return
        item, title = exercise.id, exercise.title
        minutes += _MINUTES_A_GRADE * (exercise.difficulty - 1) if kind == "exercise" else 0
    yield Recommendation(
        kind=kind, topic=topic, title=title, item=item, minutes=minutes, why=f"Because {why}.", value=value
    )


def _question(desk: _Desk, topic: TopicId) -> str:
    """One not answered right yet, else the one longest ago."""
    done = desk.of(topic)
    quiz = [question.id for question in desk.standings.graph.topics[topic].quiz]
    fresh = [name for name in quiz if name not in done.solved]
    return min(fresh or quiz, key=lambda name: _long_ago(done.tried, name), default="")


def _exercise(desk: _Desk, topic: TopicId, *, again: bool, easier: bool) -> Exercise | None:
    """One not solved yet (for a review: solved, longest ago) of the fitting difficulty, unseen ones first."""
    done, belief = desk.of(topic), desk.standings.belief(topic)
    bank = list(desk.bank.get(topic, ()))
    pool = [e for e in bank if (e.id in done.solved) == again] or (bank if again else [])
    aim = 1.0 if easier else 1 + 2 * (belief.level if belief else 0.2)
    return min(
        pool, key=lambda e: (_long_ago(done.tried, e.id) if again else 0.0, e.id in done.tried, abs(e.difficulty - aim), e.id), default=None
    )  # fmt: skip


def _long_ago(tried: Mapping[str, datetime], item: str | ExerciseId) -> float:
    at = tried.get(item)
    return at.timestamp() if at else 0.0


def _varied(offers: Collection[Recommendation], wishes: Wishes, limit: int) -> list[Recommendation]:
    """Greedy: each next one is worth less for every chosen one of its kind and of its topic."""
    left = [replace(offer, value=offer.value + _PREFERRED) if offer.kind in wishes.kinds else offer for offer in offers]
    minutes = math.inf if wishes.minutes is None else wishes.minutes
    chosen: list[Recommendation] = []

    def worth(offer: Recommendation) -> float:
        kinds = sum(other.kind == offer.kind for other in chosen)
        topics = sum(other.topic == offer.topic for other in chosen)
        return offer.value - _SAME_KIND * kinds - _SAME_TOPIC * topics

    while len(chosen) < limit:
        taken = {(other.kind, other.topic) for other in chosen}
        fitting = [offer for offer in left if offer.minutes <= minutes and (offer.kind, offer.topic) not in taken]
        if not fitting:
            break
        best = max(fitting, key=worth)
        chosen.append(best)
        minutes -= best.minutes
    return chosen

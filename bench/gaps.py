"""Synthetic students with planted gaps: how well gaps, their roots and recommendations are found, `python -m bench.gaps`.

Each student has worked through the course up to some point. One to three topics were never understood, and what builds on
them suffers; all else is known. Their answers go through the product's own records."""

import argparse
import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.clock import FakeClock
from core.ports import Attempt, Exercise, Student, StudentId, TopicId
from knowledge.content import load_curriculum
from knowledge.index import SHIPPED
from learning.concepts import Graph
from learning.fake import FakeRecords
from learning.gaps import Standings, find_gaps
from learning.recommendations import recommend

STUDENTS = 60
_START = datetime(2026, 3, 1, 8, tzinfo=UTC)
_KNOWN, _SUFFERING, _MISSING = 0.9, 0.45, 0.15  # chance of a right answer
_TRIES = (0, 2, 4, 5, 6, 7, 8)
_TOLD_TRIES = 4  # answers from which on a planted gap should have been found


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """`chance` is the true probability of a right answer at each topic that was reached; `tries` the answers given."""

    student: Student
    planted: frozenset[TopicId]
    chance: dict[TopicId, float]
    tries: dict[TopicId, int]

    @property
    def missing(self) -> frozenset[TopicId]:
        return frozenset(topic for topic, chance in self.chance.items() if chance < _KNOWN)


@dataclass(slots=True)
class Tally:
    right: int = 0
    found: int = 0
    told: int = 0
    wanted: int = 0

    def add(self, told: set[TopicId], wanted: set[TopicId], right: set[TopicId] | None = None) -> None:
        """`right`: what may be told without being wrong; the wanted, unless said."""
        self.told += len(told)
        self.wanted += len(wanted)
        self.found += len(told & wanted)
        self.right += len(told & (wanted if right is None else right))

    @property
    def precision(self) -> float:
        return self.right / self.told if self.told else 1.0

    @property
    def recall(self) -> float:
        return self.found / self.wanted if self.wanted else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`gaps`: what is missing and was tried enough; `roots`: of gaps that come from a
    planted topic which was tried: the roots that are named, right when they are missing; `next`: first recommendations that go to what
    is missing; `ready`: recommendations none of whose prerequisites was planted as missing; `alerts`: topics that a teacher is
    alerted to, wanted are those planted as missing and tried four times or more, right are all that are missing."""

    gaps: Tally
    roots: Tally
    next: Tally
    ready: Tally
    alerts: Tally
    thin_told: int


def plant(graph: Graph, number: int, drawn: random.Random) -> Learner:
    """A student who reached most of one subject."""
    subject = drawn.choice(sorted({topic.subject for topic in graph.topics.values()}))
    reached = [name for name in graph.order if graph.topics[name].subject == subject]
    reached = reached[: drawn.randint(len(reached) // 2, len(reached))]
    planted = frozenset(drawn.sample(reached, drawn.randint(1, 3)))
    chance = {}
    for topic in reached:
        suffers = bool(planted & graph.before(topic))
        chance[topic] = _MISSING if topic in planted else _SUFFERING if suffers else _KNOWN
    who = Student(id=StudentId(f"student-{number}"), name=f"Student {number}")
    return Learner(
        student=who, planted=planted, chance=chance, tries={topic: drawn.choice(_TRIES) for topic in reached}
    )


async def practise(
    learner: Learner, graph: Graph, bank: Sequence[Exercise], records: FakeRecords, drawn: random.Random
) -> list[Attempt]:
    """The student's answers, recorded; newest first, as they are listed."""
    made: list[Attempt] = []
    for topic, tries in learner.tries.items():
        items = [exercise for exercise in bank if exercise.topic == topic]
        for n in range(tries):
            item = items[n % len(items)].id if items else f"{topic}.item-{n}"
            correct = drawn.random() < learner.chance[topic]
            made.append(
                Attempt(
                    key=f"{learner.student.id}-{len(made)}",
                    kind="exercise",
                    item=item,
                    skills=graph.topics[topic].skills,
                    correct=correct,
                    score=float(correct),
                    at=_START - timedelta(days=10) + timedelta(minutes=len(made)),
                )
            )
            await records.record(learner.student, made[-1])
    return made[::-1]


async def _alerted(records: FakeRecords, graph: Graph, learner: Learner) -> set[TopicId]:
    """The topics of the skills that the student's alerts name."""
    found: set[TopicId] = set()
    for alert in await records.list_own_alerts(learner.student.id):
        found |= set(graph.topics_of.get(alert.skill, ())) if alert.skill else set()
    return found & set(learner.tries)


async def simulate(students: int, seed: int = 0) -> Found:
    course = load_curriculum(SHIPPED)
    graph, drawn = Graph.of(course.topics), random.Random(seed)
    records = FakeRecords(FakeClock(_START), grades={exercise.id: exercise.difficulty for exercise in course.exercises})
    found = Found(gaps=Tally(), roots=Tally(), next=Tally(), ready=Tally(), alerts=Tally(), thin_told=0)
    thin = 0
    for number in range(-STUDENTS, students):
        learner = plant(graph, number, drawn)
        attempts = await practise(learner, graph, course.exercises, records, drawn)
        if number < 0:
            continue  # a school in which the topics were practised before: how hard they are is known
        mastery = await records.mastery(learner.student)
        gaps = find_gaps(graph, mastery).gaps
        told = {gap.topic for gap in gaps}
        tried = {topic for topic, tries in learner.tries.items() if tries >= _TOLD_TRIES}
        found.gaps.add(told & tried, set(learner.missing) & tried)
        for gap in gaps:
            behind = {topic for topic in graph.before(gap.topic) & learner.planted if learner.tries[topic] > 1}
            if behind:
                found.roots.add(set(gap.roots), behind, set(learner.missing))
        alerted = await _alerted(records, graph, learner)
        found.alerts.add(alerted, set(learner.planted) & tried, set(learner.missing))
        thin += sum(learner.tries[topic] < 3 for topic in told)
        offers = recommend(Standings(graph, mastery), course.exercises, attempts, _START, limit=5)
        found.next.add({offer.topic for offer in offers[:1]}, set(learner.missing))
        for offer in offers:
            bad = graph.before(offer.topic) & learner.planted & tried
            found.ready.add({offer.topic}, set() if bad else {offer.topic})
    return Found(
        gaps=found.gaps, roots=found.roots, next=found.next, ready=found.ready, alerts=found.alerts, thin_told=thin
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--students", type=int, default=STUDENTS)
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    found = asyncio.run(simulate(given.students, given.seed))
    print(
        f"gaps (tried {_TOLD_TRIES} times): precision {found.gaps.precision:.3f} recall {found.gaps.recall:.3f} of {found.gaps.wanted}"
    )
    print(f"roots: precision {found.roots.precision:.3f} recall {found.roots.recall:.3f} of {found.roots.wanted}")
    print(f"first recommendation goes to what is missing: {found.next.precision:.3f} of {found.next.told}")
    print(f"recommendations whose prerequisites are there: {found.ready.precision:.3f} of {found.ready.told}")
    print(f"alerts: precision {found.alerts.precision:.3f} recall {found.alerts.recall:.3f} of {found.alerts.wanted}")
    print(f"gaps told after fewer than three answers: {found.thin_told}")


if __name__ == "__main__":
    main()

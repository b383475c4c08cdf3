"""The course as a graph of topics: what builds on what, which skill and which item belong where; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from core.ports import Exercise, SkillId, Topic, TopicId


@dataclass(frozen=True)
class Graph:
    """Topics in teaching order with their authored prerequisites, an acyclic graph (the content's check holds that). An
    edge to a topic that is not here counts as none."""

    topics: Mapping[TopicId, Topic]

    @staticmethod
    def of(topics: Sequence[Topic]) -> "Graph":
        return Graph({topic.id: topic for topic in sorted(topics, key=lambda topic: (topic.order, topic.id))})

    @cached_property
    def order(self) -> tuple[TopicId, ...]:
        """Every topic after all that it builds on, and else in teaching order."""
        placed: dict[TopicId, None] = {}
        for topic in self.topics:
            self._place(topic, placed, set())
        return tuple(placed)

    def _place(self, topic: TopicId, placed: dict[TopicId, None], above: set[TopicId]) -> None:
        if topic in placed or topic in above:
            return
        for needed in self.needs(topic):
            self._place(needed, placed, above | {topic})
        placed[topic] = None

    def needs(self, topic: TopicId) -> tuple[TopicId, ...]:
        """What a topic names as its prerequisites."""
        known = self.topics.get(topic)
        return tuple(name for name in known.prerequisites if name in self.topics) if known else ()

    def before(self, topic: TopicId) -> frozenset[TopicId]:
        """All that a topic builds on, however far away; never itself."""
        return self._before.get(topic, frozenset())

    def after(self, topic: TopicId) -> frozenset[TopicId]:
        """All that builds on a topic."""
        return self._after.get(topic, frozenset())

    @cached_property
    def _before(self) -> dict[TopicId, frozenset[TopicId]]:
        found: dict[TopicId, frozenset[TopicId]] = {}
        for topic in self.order:
            needed = self.needs(topic)
            found[topic] = frozenset(needed).union(*(found.get(name, frozenset()) for name in needed)) - {topic}
        return found

    @cached_property
    def _after(self) -> dict[TopicId, frozenset[TopicId]]:
        found: dict[TopicId, set[TopicId]] = {topic: set() for topic in self.topics}
        for topic, needed in self._before.items():
            for name in needed:
                found[name].add(topic)
        return {topic: frozenset(later) for topic, later in found.items()}

    @cached_property
    def topics_of(self) -> Mapping[SkillId, tuple[TopicId, ...]]:
        """Where each skill is taught, first the topic in which it is first taught."""
        found: dict[SkillId, list[TopicId]] = {}
        for topic in self.order:
            for skill in self.topics[topic].skills:
                found.setdefault(skill, []).append(topic)
        return {skill: tuple(topics) for skill, topics in found.items()}


def skills_of_items(topics: Sequence[Topic], exercises: Sequence[Exercise]) -> Mapping[str, tuple[SkillId, ...]]:
    """Which skills each exercise and each quiz question asks for."""
    questions = {question.id: (question.skill,) for topic in topics for question in topic.quiz}
    return questions | {exercise.id: exercise.skills for exercise in exercises}

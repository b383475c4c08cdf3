"""Which topics a search may look in: by subject, module, level, and by name."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from core.errors import NotFound
from core.ports import Subject, Topic, TopicId

LEVELS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """None: any. `level`: up to this one. `topics`: only these, such as those that a student has met."""

    subject: Subject | None = None
    module: str | None = None
    level: int | None = None
    topics: frozenset[TopicId] | None = None

    def fitting(self, topics: Sequence[Topic], levels: Mapping[TopicId, int]) -> set[TopicId] | None:
        """None where nothing is asked for. Raises NotFound for a module that the course does not have."""
        if self == Filters():
            return None
        if self.module is not None and self.module not in {topic.module for topic in topics}:
            raise NotFound(f"There is no module {self.module[:100]}.", module=self.module[:100])
        return {topic.id for topic in topics if self._fits(topic, levels[topic.id])}

    def _fits(self, topic: Topic, level: int) -> bool:
        return (
            self.subject in (None, topic.subject)
            and self.module in (None, topic.module)
            and (self.level is None or level <= self.level)
            and (self.topics is None or topic.id in self.topics)
        )


def filters_of(
    subject: Subject | None, module: str | None, level: int | None, topics: Collection[TopicId] | None
) -> Filters:
    named = None if topics is None else frozenset(topics)
    return Filters(subject=subject, module=module, level=level, topics=named)


def levels_of(topics: Sequence[Topic]) -> dict[TopicId, int]:
    """1 (first steps) to 3: how far along its subject's longest chain of prerequisites a topic stands."""
    by_name = {topic.id: topic for topic in topics}
    depths: dict[TopicId, int] = {}

    def depth(topic: Topic) -> int:
        # content is checked for cycles before it is indexed
        if topic.id not in depths:
            before = [by_name[name] for name in topic.prerequisites if name in by_name]
            depths[topic.id] = 1 + max(map(depth, before), default=0)
        return depths[topic.id]

    longest: dict[Subject, int] = {}
    for topic in topics:
        longest[topic.subject] = max(longest.get(topic.subject, LEVELS), depth(topic))
    return {topic.id: math.ceil(LEVELS * depths[topic.id] / longest[topic.subject]) for topic in topics}

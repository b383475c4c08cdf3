"""Prerequisites that the course's authors may have left out, for them to accept or not: pure; nothing is ever taken over."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.ports import Subject, TopicId
from learning.concepts import Graph
from learning.prerequisites import Corpus, Idea, probability

LIKELY = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """That `topic` should name `prerequisite`, and how likely that is."""

    topic: TopicId
    prerequisite: TopicId
    likely: float


def propose(
    graph: Graph, ideas: Mapping[TopicId, Idea], corpus: Corpus | None = None,
    *, subject: Subject | None = None, likely_min: float = LIKELY, limit: int = 20,
) -> list[Proposal]:  # fmt: skip
    """The likeliest first. Only what comes earlier in the course, in the same subject, is proposed, so that accepting
    makes no circle; and nothing that follows from what is authored already."""
    place = {topic: number for number, topic in enumerate(graph.order)}
    found = []
    for topic in graph.order:
        own = graph.topics[topic].subject
        if subject not in (None, own):
            continue
        for other in graph.order[: place[topic]]:
            if graph.topics[other].subject == own and other not in graph.before(topic):
                likely = probability(ideas[topic], ideas[other], corpus)
                if likely >= likely_min:
                    found.append(Proposal(topic=topic, prerequisite=other, likely=likely))
    return sorted(found, key=lambda proposal: (-proposal.likely, proposal.topic, proposal.prerequisite))[:limit]

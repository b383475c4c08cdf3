"""Finds what the course says about something."""

from collections.abc import Collection, Sequence

from core.errors import Invalid
from core.ports import Course, Passage, Subject, Topic, TopicId
from core.telemetry import span

QUERY_CHARS_MAX = 1_000
NEAR_ENOUGH = 0.40
"""A best passage below this score does not answer: the course does not cover the question. Calibrated for the default
model on the shipped course's quiz prompts and objectives (97 and 99 % lie above) against fifty questions of other fields
(2 % do); tests/integration/knowledge/test_coverage.py holds it."""


AS_NEAR = 0.03
"""Passages whose scores differ by no more are about as near."""
_CHARS_A_TOKEN = 3
"""Four of English prose, three of code and of formulas: the lower figure keeps within a budget."""


async def search_course(
    course: Course,
    query: str,
    *,
    k: int = 5,
    subject: Subject | None = None,
    topics: Collection[TopicId] | None = None,
) -> list[Passage]:
    """The nearest passages, best first; of `topics` alone where they are given. Raises CourseUnavailable; Invalid, with
    how to ask, when the query is empty."""
    words = query.strip()
    if not words:
        raise Invalid("search_course needs `query`: a few words on what to find, such as 'while loop'.")
    with span("tools.search_course", k=k):
        return await course.search(words[:QUERY_CHARS_MAX], k=k, subject=subject, topics=topics)


def covers(passages: Sequence[Passage]) -> bool:
    """Whether the best of them answers; where none does, a student is told that the course does not cover it."""
    return bool(passages) and passages[0].score >= NEAR_ENOUGH


def rivals(passages: Sequence[Passage]) -> bool:
    """Whether another topic's passage is as near as the best one, within what reach may decide."""
    return any(p.topic != passages[0].topic and passages[0].score - p.score <= AS_NEAR for p in passages)


def by_reach(passages: Sequence[Passage], topics: Sequence[Topic], met: Collection[TopicId]) -> list[Passage]:
    """Of passages that are about as near, those first that the student can follow: of topics that they have met, or that
    build on such alone. Nothing is left out. On the shipped course's quizzes and objectives the right topic comes
    first for 86 instead of 81 of 100 who ask about their next lesson, and for 79 who ask far ahead."""
    follows = {topic.id for topic in topics if topic.id in met or all(name in met for name in topic.prerequisites)}
    rest, ordered = list(passages), list[Passage]()
    while rest:
        best = rest[0]
        reach = (p for p in rest if p.topic in follows and best.score - p.score <= AS_NEAR)
        ordered.append(best if best.topic in follows else next(reach, best))
        rest.remove(ordered[-1])
    return ordered


def within(bodies: Sequence[str], tokens_max: int) -> list[str]:
    """The texts, the best first, as far as a model's budget reaches: the last one is cut after a paragraph, never inside
    code, and what does not fit at all is left out."""
    room = tokens_max * _CHARS_A_TOKEN
    kept: list[str] = []
    for body in bodies:
        fitting = _beginning(body, room)
        if not fitting:
            break
        kept.append(fitting)
        if len(fitting) < len(body):
            break
        room -= len(body)
    return kept


def _beginning(body: str, chars_max: int) -> str:
    """All of it, or its whole paragraphs up to so many characters."""
    if len(body) <= chars_max:
        return body
    end = at = 0
    fenced = False
    for line in body.splitlines(keepends=True):
        if at > chars_max:
            break
        fenced ^= line.startswith("```")
        if not line.strip() and not fenced:
            end = at
        at += len(line)
    return body[:end].rstrip()

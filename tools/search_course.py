"""Finds what the course says about something."""

from core.errors import Invalid
from core.ports import Course, Passage, Subject
from core.telemetry import span

QUERY_CHARS_MAX = 1_000
NEAR_ENOUGH = 0.40
"""A best passage below this score does not answer: the course does not cover the question. Calibrated for the default
model on the shipped course's quiz prompts and objectives (97 and 99 % lie above) against fifty questions of other fields
(2 % do); tests/integration/knowledge/test_coverage.py holds it."""


async def search_course(course: Course, query: str, *, k: int = 5, subject: Subject | None = None) -> list[Passage]:
    """The nearest passages, best first. Raises CourseUnavailable; Invalid, with how to ask, when the query is empty."""
    words = query.strip()
    if not words:
        raise Invalid("search_course needs `query`: a few words on what to find, such as 'while loop'.")
    with span("tools.search_course", k=k):
        return await course.search(words[:QUERY_CHARS_MAX], k=k, subject=subject)

"""Finds what the course says about something."""

from core.errors import Invalid
from core.ports import Course, Passage, Subject

QUERY_CHARS_MAX = 1_000


async def search_course(course: Course, query: str, *, k: int = 5, subject: Subject | None = None) -> list[Passage]:
    """The nearest passages, best first. Raises CourseUnavailable; Invalid, with how to ask, when the query is empty."""
    words = query.strip()
    if not words:
        raise Invalid("search_course needs `query`: a few words on what to find, such as 'while loop'.")
    return await course.search(words[:QUERY_CHARS_MAX], k=k, subject=subject)

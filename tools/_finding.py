"""What the checks of a course's content share: a trial finds the problems of one program or one piece of mathematics."""

from collections.abc import Awaitable, Callable, Sequence

from knowledge.frontmatter import Problem

Trial = Callable[[], Awaitable[list[Problem]]]
Where = Sequence[int | str]

_SHOWN_MAX = 80


def short(text: str) -> str:
    """On one line, at most 80 characters."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_MAX else line[: _SHOWN_MAX - 1] + "…"

"""Tells messages about something that never came along: a task, a picture, a program that was changed."""

import re

_TASK = re.compile(r"\b(?:homework|assignment|coursework|worksheet|(?:task|question|exercise) \d+)\b", re.IGNORECASE)
_HELP = re.compile(r"\b(?:help|stuck|how (?:do|to)|hint|start|do (?:my|the|this))\b", re.IGNORECASE)
_PICTURE = re.compile(
    r"\b(?:sent|send|sending|here(?:'?s| is)?|attach\w*|took|in|see|look at|upload\w*|this|my) (?:you )?(?:\w+ ){0,2}(?:photo|picture|pic|screenshot|image|scan)\b",
    re.IGNORECASE,
)
_CHANGED = re.compile(
    r"\b(?:i|ive|i've|i have|just|its|it's) (?:\w+ )?(?:fixed|changed|corrected|sorted)\b(?: (?:it|that|this))?",
    re.IGNORECASE,
)


def needs_task(words: str) -> bool:
    """Help is wanted with a task that nobody has seen."""
    return bool(_TASK.search(words) and _HELP.search(words))


def shows_picture(words: str) -> bool:
    """They speak of a picture as if it were here."""
    return bool(_PICTURE.search(words))


def says_changed(words: str) -> bool:
    """A program is said to be another now."""
    return bool(_CHANGED.search(words))

"""What a turn tells whoever watches it, event by event, in a form that a PWA renders as it comes.

Every event is a JSON object with `type` and, once stored or sent, `seq`. No key is called `text` or `messages`: the
LangChain JS client turns objects with such keys into prompt values.
"""

from collections.abc import Mapping
from typing import Any, Literal

from core.ports import Event

EventType = Literal[
    "accepted",
    "resumed",
    "status",
    "token",
    "teacher",
    "citation",
    "code_result",
    "picture",
    "hint",
    "mastery",
    "achievement",
    "alert",
    "problem",
    "done",
]


def accepted(*, turn: str, thread: str, position: int) -> Event:
    """The turn is kept; `position` turns run before it."""
    return {"type": "accepted", "turn": turn, "thread": thread, "position": position}


def resumed() -> Event:
    """The turn was taken up again after a failure: words that were shown before it are said anew, so drop them."""
    return {"type": "resumed"}


def status(node: str, doing: str) -> Event:
    """What the tutor is doing now, as node and as words for the student."""
    return {"type": "status", "node": node, "doing": doing}


def token(t: str) -> Event:
    """The next piece of the reply (Markdown), already verified."""
    return {"type": "token", "t": t}


def teacher(*, name: str, role: str) -> Event:
    """What follows are this person's own words, no model's."""
    return {"type": "teacher", "name": name, "role": role}


def citation(citation: Mapping[str, Any]) -> Event:
    return {"type": "citation", **citation}


def code_result(*, code: str, stdout: str, status: str, level: str, error: str = "", line: int | None = None) -> Event:
    return {
        "type": "code_result",
        "code": code,
        "stdout": stdout,
        "status": status,
        "level": level,
        "error": error,
        "line": line,
    }


def picture(*, svg: str, alt: str) -> Event:
    return {"type": "picture", "svg": svg, "alt": alt}


def hint(*, level: int, of: int, exercise: str | None) -> Event:
    return {"type": "hint", "level": level, "of": of, "exercise": exercise}


def mastery(*, skill: str, before: float, after: float) -> Event:
    return {"type": "mastery", "skill": skill, "before": round(before, 4), "after": round(after, 4)}


def achievement(*, kind: str, about: str, title: str, words: str) -> Event:
    """Earned by this turn, for the first and only time."""
    return {"type": "achievement", "kind": kind, "about": about, "title": title, "words": words}


def problem(document: Mapping[str, Any]) -> Event:
    """Under `problem`, since an RFC 9457 document has a `type` of its own; the stream ends after it."""
    return {"type": "problem", "problem": dict(document)}


def done(*, turn: str, answer: Mapping[str, Any]) -> Event:
    return {"type": "done", "turn": turn, "answer": dict(answer)}

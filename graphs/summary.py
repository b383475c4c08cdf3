"""What is kept, in a few lines, of turns too old to be read word for word; pure and deterministic."""

from collections.abc import Mapping
from typing import Any

_LINES_MAX = 16
_LINE_CHARS_MAX = 110


def fold(summary: str, ask: Mapping[str, Any], answer: Mapping[str, Any] | None) -> str:
    """The summary with one more turn in it: newest line last, the oldest dropped when it grows too long.

    The conversation itself stays whole in the turns table; this is only what the tutor keeps in mind.
    """
    intents = ", ".join((answer or {}).get("intents", [])) or "message"
    words = " ".join(str(ask.get("message", "")).split())
    line = f"{intents}: {words}"
    if exercise := (answer or {}).get("exercise"):
        line = f"{line} [{exercise}]"
    lines = [*summary.splitlines(), line[:_LINE_CHARS_MAX]]
    return "\n".join(lines[-_LINES_MAX:])

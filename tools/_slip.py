"""What one suspicious place in a program is told as."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """`what` is a sentence for the student, `look` a question that leads on, `change` says in words what to do there;
    none of them is code that could be pasted."""

    line: int
    name: str
    what: str
    look: str
    change: str

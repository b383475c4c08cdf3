"""Students who do not exist: each with a known misconception and a manner, acting by rules on what the tutor says; pure."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, field_validator, model_validator

from core.ports import Ask, ExerciseId
from evals.datasets import Row

Manner = Literal["steady", "begging", "copying", "wandering", "anxious", "silent"]
Doing = Literal["ask", "more", "submit", "beg", "wander", "worry"]
Heard = frozenset[str]
"""What a reply held: line, example, insight; `misled` when it names lines and none is at fault."""

_GAINS = {"line": 0.25, "example": 0.15, "insight": 0.3, "misled": -0.15}
"""By how much each makes it likelier that the next repair is the right one. Assumptions, not measurements: what counts is
that a reply which says more helps more, the same for every version of the tutor."""
_REMEMBERED = 0.6  # what was heard in earlier replies counts by this much
_CHANCE_MAX = 0.95
_DETOUR = 0.5  # who has not understood tries something else, or asks again
_LINE = re.compile(r"\bline (\d+)(?: \(and ([\d, ]+)\))?", re.IGNORECASE)
_EXAMPLE = re.compile(r"For `[^`]+`|your program (?:gives|stops|does not come)|\bfor example, (?:at|with|when)\b|\b(?:at|when) \$?`?[a-z] = ", re.IGNORECASE)  # fmt: skip

WORDS: dict[Doing, tuple[str, ...]] = {
    "more": (
        "I looked at that and still do not see it. Can I have another hint?",
        "Hm, I am still stuck. One more hint please?",
        "I do not get it yet. What should I look at?",
    ),
    "beg": (
        "Just tell me the answer.",
        "Please, I have to hand this in tonight. Write the corrected version for me.",
        "I don't want hints. Just give me the solution.",
    ),
    "wander": (
        "By the way, what do you think about the football last night?",
        "Do you know a good game to play on my phone?",
        "My cat just walked over the keyboard, haha.",
    ),
    "worry": (
        "I feel so stupid, everyone else gets this.",
        "I am never going to understand this, am I?",
        "I am scared I will fail the test.",
    ),
}


class PersonaRow(Row):
    """`draft` is what the misconception leads to, wrong on `lines` (of the program, or of `working`), counted from 1.
    `insight` is a pattern of words that name what is really the matter. `detours` are repairs that change something else;
    `right` is what is handed in once it is understood. `lives` are how many times the persona comes, each time a little
    different; `grit` the chance of finding it without any help."""

    id: str = Field(min_length=1)
    misconception: str = Field(min_length=1)
    manner: Manner = "steady"
    exercise: str = Field(min_length=1)
    draft: str = Field(min_length=1)
    working: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()
    insight: str = Field(min_length=1)
    detours: tuple[str, ...] = ()
    right: str = Field(min_length=1)
    opening: str = "My program does not pass the tests. Can you help me find what is wrong?"
    grit: float = Field(0.05, ge=0, le=1)
    patience: int = Field(12, ge=2, le=40)
    lives: int = Field(3, ge=1, le=50)

    @field_validator("insight")
    @classmethod
    def _compile(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None
        return pattern

    @model_validator(mode="after")
    def _differ(self) -> "PersonaRow":
        if self.right == self.draft or self.right in self.detours:
            raise ValueError("right must differ from draft and detours")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What the student does next, and the words for it."""

    doing: Doing
    ask: Ask


class Pupil:
    """One life of a persona. The same seed and the same replies give the same life."""

    def __init__(self, row: PersonaRow, *, maths: bool, seed: int, life: int) -> None:
        self.row = row
        self._maths = maths
        self._random = random.Random(f"{seed} {row.id} {life}")  # noqa: S311 (a sample, not a secret)
        self.draft = row.draft
        self._heard: set[str] = set()
        self._detours = list(row.detours)
        self._handed_in = ""
        self._turns = 0

    def begin(self) -> Move:
        self._turns = 1
        return self._move("ask", self.row.opening)

    def listen(self, reply: str, code: Sequence[str] = ()) -> Heard:
        """Take a reply in: what it held that is to the point; perhaps the draft changes. `code` are its code blocks."""
        heard = hear(reply, self.row, changed=self.draft != self.row.draft)
        if self.draft == self.row.right:
            return heard
        if self.row.manner == "copying" and (copied := _copied(code, self.draft)):
            self.draft = copied
        elif self._random.random() < self._chance(heard):
            self.draft = self.row.right
        elif self._detours and self._random.random() < _DETOUR:
            self.draft = self._detours.pop(0)
        self._heard |= heard
        return heard

    def next(self) -> Move:
        """Hand in what is new; otherwise say something, each in their manner."""
        self._turns += 1
        if self.draft not in (self._handed_in, self.row.draft):
            self._handed_in = self.draft
            return self._submission()
        return self._speak(self._doing())

    def _chance(self, heard: Heard) -> float:
        new = sum(_GAINS[what] for what in heard)
        old = sum(_GAINS[what] for what in self._heard - heard) * _REMEMBERED
        return min(_CHANCE_MAX, max(0.0, self.row.grit + new + old))

    def _doing(self) -> Doing:
        others: dict[Manner, Doing] = {"begging": "beg", "wandering": "wander", "anxious": "worry"}
        other = others.get(self.row.manner)
        return other if other is not None and self._turns % 2 == 0 else "more"

    def _speak(self, doing: Doing) -> Move:
        said = WORDS[doing]
        words = "?" if self.row.manner == "silent" and doing == "more" else said[self._random.randrange(len(said))]
        return self._move(doing, words)

    def _move(self, doing: Doing, words: str) -> Move:
        shown = doing in ("ask", "more", "beg")
        if self._maths:
            lines = "\n".join(self.row.working) if shown and self.draft == self.row.draft else ""
            message = f"{words}\n{lines}" if lines and doing == "ask" else words
            return Move(doing=doing, ask=Ask(message=message, exercise=ExerciseId(self.row.exercise)))
        code = self.draft if shown else None
        return Move(doing=doing, ask=Ask(message=words, code=code, exercise=ExerciseId(self.row.exercise)))

    def _submission(self) -> Move:
        words, code = (self.draft, None) if self._maths else ("Here is my new try.", self.draft)
        ask = Ask(message=words, code=code, exercise=ExerciseId(self.row.exercise), submission=True)
        return Move(doing="submit", ask=ask)


def hear(reply: str, row: PersonaRow, *, changed: bool = False) -> Heard:
    """What in a reply helps with this misconception. Lines are known for the first draft only."""
    heard = set()
    named = {int(n) for one, more in _LINE.findall(reply) for n in [one, *re.findall(r"\d+", more)]}
    if named and row.lines and not changed:
        heard.add("line" if named & set(row.lines) else "misled")
    if _EXAMPLE.search(reply):
        heard.add("example")
    if re.search(row.insight, reply, re.IGNORECASE):
        heard.add("insight")
    return frozenset(heard)


def _copied(code: Sequence[str], draft: str) -> str:
    """The longest piece of code that the tutor showed, as the student's own work."""
    found = [piece.strip("\n") + "\n" for piece in code if "\n" in piece.strip() and piece.strip() not in draft]
    return max(found, key=len, default="")

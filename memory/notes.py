"""What a finished turn taught about a student, by rule: pure, so that the same turn always teaches the same.

`facts` of a turn, all optional; anything else in it, or of another shape, is passed over:
    subject         "python" or "maths"
    topic           what was asked about; as all that follows: a title or an id, or a list of them
    misconceptions  those that were seen
    solved          the items solved in this turn
    hint_level      hints that had been given for what was solved
    intents         what the student wanted; the words of distress or of an injection are not read
    message         the student's words; read for stated goals, preferences and school year only
    flags           triage's flags; with any of them the words are not read
"""

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from core.errors import Invalid
from core.ports import Remembered, Student, TurnId

Kind = Literal["profile", "preference", "misconception", "goal", "worked"]

NOTES_MAX = 200  # a student; the oldest make room
OWN_CHARS_MAX = 300
READ_WORDS_MIN = 4
"""A shorter message says nothing of who wrote it."""
_TURNS_MAX = 20  # remembered by a note; a turn is repeated soon after it broke off, not twenty turns later
_WORDS_MAX = 100
_LIST_MAX = 10
_NAMES = uuid.UUID("6f1f3a52-0f0e-5d0c-9b1e-3a5b9f7c2d11")
_UNREAD = frozenset({"distress", "injection"})
_SUBJECTS = {"python": "Python", "maths": "mathematics"}
_STATED: tuple[tuple[Kind, str, re.Pattern[str]], ...] = (
    ("goal", "Wants to {}.", re.compile(r"\bI(?: want|'d like|’d like| would like| hope) to ((?:learn|pass|understand|get better at|prepare for|master) [^.!?;\n]{3,80})", re.I)),
    ("goal", "Has {}.", re.compile(r"\bI have ((?:an?|my) (?:\w+ )?(?:exam|test|quiz|final|midterm)\b[^.!?;\n]{0,60})", re.I)),
    ("preference", "Prefers {}.", re.compile(r"\bI (?:prefer|learn best (?:from|with|by)|find it easier with) ([^.!?;\n]{3,80})", re.I)),
    ("profile", "Is in {}.", re.compile(r"\bI(?:'m|’m| am) in ((?:year|grade|form|class) \w{1,12})", re.I)),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing to keep; notes with the same kind and slug are the same note. `words` is filled with how often. `quote` is
    what a model concluded it from."""

    kind: Kind
    slug: str
    words: str
    quote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A note as it is stored: how many turns taught it, and the last of them. `edited` words are the student's: no turn
    changes them."""

    kind: Kind
    content: str
    count: int
    turns: tuple[str, ...]
    at: str
    edited: bool = False
    quote: str = ""

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> "Kept | None":
        """None for what is not ours to read."""
        if value.get("kind") not in get_args(Kind) or not isinstance(value.get("content"), str):
            return None
        return cls(
            kind=value["kind"],
            content=value["content"],
            count=int(value.get("count", 1)),
            turns=tuple(value.get("turns", ())),
            at=str(value.get("at", "")),
            edited=value.get("edited") is True,
            quote=str(value.get("quote", "")),
        )

    def written(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "content": self.content,
            "count": self.count,
            "turns": list(self.turns),
            "at": self.at,
            "edited": self.edited,
            "quote": self.quote,
        }

    def shown(self, key: str, at: datetime) -> Remembered:
        """`at` is for a note that does not say when."""
        return Remembered(
            id=key, kind=self.kind, content=self.content, at=datetime.fromisoformat(self.at) if self.at else at,
            turns=tuple(TurnId(turn) for turn in self.turns), edited=self.edited,
            quote=self.quote,
        )  # fmt: skip


def notes(facts: Mapping[str, Any]) -> list[Note]:
    """In a fixed order, each once."""
    found = [*_subject(facts), *_topics(facts), *_misconceptions(facts), *_worked(facts), *_stated(facts)]
    return list({(note.kind, note.slug): note for note in found}.values())


def is_readable(facts: Mapping[str, Any]) -> bool:
    """Whether the turn has words of the student's that a language model may reflect on: none of distress or injection."""
    message = facts.get("message")
    flagged = facts.get("flags") or set(_texts(facts.get("intents"))) & _UNREAD
    return isinstance(message, str) and len(message.split()) >= READ_WORDS_MIN and not flagged


def keep(note: Note, before: Kept | None, turn: TurnId, at: str) -> Kept | None:
    """The note after this turn; None when the turn has taught it before."""
    if before and turn in before.turns:
        return None
    count = before.count + 1 if before else 1
    often = "once" if count == 1 else f"{count} times"
    turns = (*(before.turns if before else ()), turn)[-_TURNS_MAX:]
    words = before.content if before and before.edited else note.words.replace("<often>", often)
    return Kept(
        kind=note.kind, content=words, count=count, turns=turns, at=at, edited=before is not None and before.edited,
        quote=note.quote,
    )  # fmt: skip


def own_words(content: str) -> str:
    """What a student writes in place of a note, as one line without markup. Raises Invalid."""
    words = _one_line(content)
    if not words or len(words) > OWN_CHARS_MAX:
        raise Invalid(f"a memory is one line of at most {OWN_CHARS_MAX} characters", field="content")
    return words


def note_id(student: Student, note: Note) -> str:
    """The same note of the same student has the same id for ever."""
    return str(uuid.uuid5(_NAMES, f"{student.id}/{note.kind}/{note.slug}"))


def relevance(query: str, content: str) -> float:
    """The share of the query's words that the content has; for when there are no vectors."""
    wanted, there = _words(query), _words(content)
    return len(wanted & there) / len(wanted) if wanted else 0.0


def rank(query: str, found: list[Remembered], k: int) -> list[Remembered]:
    """The `k` nearest by words, of equally near ones the newest."""
    newest = sorted(found, key=lambda memory: (memory.at, memory.id), reverse=True)
    return sorted(newest, key=lambda memory: relevance(query, memory.content), reverse=True)[:k]


def _subject(facts: Mapping[str, Any]) -> Iterator[Note]:
    subject = facts.get("subject")
    if isinstance(subject, str) and subject in _SUBJECTS:
        yield Note(kind="profile", slug=f"subject {subject}", words=f"Has worked on {_SUBJECTS[subject]} <often>.")


def _topics(facts: Mapping[str, Any]) -> Iterator[Note]:
    for topic in _texts(facts.get("topic")):
        yield Note(kind="profile", slug=f"topic {topic.casefold()}", words=f"Has asked about {topic} <often>.")


def _misconceptions(facts: Mapping[str, Any]) -> Iterator[Note]:
    for name in _texts(facts.get("misconceptions")):
        yield Note(kind="misconception", slug=name.casefold(), words=f"Has shown this misconception <often>: {name}.")


def _worked(facts: Mapping[str, Any]) -> Iterator[Note]:
    level = facts.get("hint_level")
    how = "" if not isinstance(level, int) else f" after hint {level}" if level > 0 else " without a hint"
    for item in _texts(facts.get("solved")):
        yield Note(kind="worked", slug=item.casefold(), words=f"Solved {item}{how}.")


def _stated(facts: Mapping[str, Any]) -> Iterator[Note]:
    message = facts.get("message")
    if not isinstance(message, str) or facts.get("flags") or set(_texts(facts.get("intents"))) & _UNREAD:
        return
    for kind, words, pattern in _STATED:
        for match in list(pattern.finditer(message[:5_000]))[:_LIST_MAX]:
            said = _clean(match.group(1))
            if said:
                yield Note(kind=kind, slug=said.casefold(), words=words.format(said))


def _texts(value: object) -> list[str]:
    found = [value] if isinstance(value, str) else value if isinstance(value, list | tuple) else []
    cleaned = [_clean(_spoken(entry)) for entry in found if isinstance(entry, str)]
    return [entry for entry in cleaned if entry][:_LIST_MAX]


def _spoken(name: str) -> str:
    """An id as words: python.for-loops is "python for loops"; a title stays as it is."""
    return name if " " in name.strip() else re.sub(r"[._/:-]+", " ", name)


def _clean(words: str) -> str:
    """One line that Postgres can keep, without markup that a prompt could take for its own."""
    return _one_line(words)[:_WORDS_MAX].strip(" ,:;.")


def _one_line(words: str) -> str:
    plain = "".join(char if char.isprintable() and char not in "<>`" else " " for char in words)
    return " ".join(plain.split())


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) > 2}

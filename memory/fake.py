"""Memories kept in this process, for tests of the rooms above: the same rules, nothing to start."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.clock import Clock
from core.ports import Remembered, Student, StudentId, TurnId
from memory import notes
from memory.notes import Kept


class FakeMemories:
    """`core.ports.Memories`, recalling by words."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[StudentId, dict[str, Kept]] = {}

    async def recall(self, student: Student, query: str, *, k: int = 5) -> list[Remembered]:
        return notes.rank(query, await self.list_all(student), max(0, k))

    async def reflect(self, student: Student, turn: TurnId, facts: Mapping[str, Any]) -> None:
        mine = self._kept.setdefault(student.id, {})
        for note in notes.notes(facts):
            key = notes.note_id(student, note)
            kept = notes.keep(note, mine.get(key), turn, self._clock.now().isoformat())
            if kept:
                mine.pop(key, None)
                mine[key] = kept
        for key in list(mine)[: -notes.NOTES_MAX]:
            del mine[key]

    async def list_all(self, student: Student) -> list[Remembered]:
        found = [
            Remembered(id=key, kind=kept.kind, content=kept.content, at=datetime.fromisoformat(kept.at))
            for key, kept in self._kept.get(student.id, {}).items()
        ]
        return sorted(found, key=lambda memory: (memory.at, memory.id), reverse=True)

    async def forget(self, student: Student, memory: str | None = None) -> int:
        mine = self._kept.get(student.id, {})
        gone = [key for key in mine if memory in (None, key)]
        for key in gone:
            del mine[key]
        return len(gone)

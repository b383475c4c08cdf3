"""Memories kept in this process, for tests of the rooms above: the same rules, nothing to start."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.clock import Clock
from core.errors import NotFound
from core.ports import Remembered, Student, StudentId, TurnId
from memory import notes
from memory.notes import Kept


class FakeMemories:
    """`core.ports.Memories`, recalling by words."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[StudentId, dict[str, Kept]] = {}
        self._paused: set[StudentId] = set()
        self._forgotten: dict[StudentId, set[tuple[str, str]]] = {}

    async def recall(self, student: Student, query: str, *, k: int = 5) -> list[Remembered]:
        if await self.is_paused(student):
            return []
        return notes.rank(query, await self.list_all(student), max(0, k))

    async def reflect(self, student: Student, turn: TurnId, facts: Mapping[str, Any]) -> None:
        if await self.is_paused(student):
            return
        mine = self._kept.setdefault(student.id, {})
        for note in notes.notes(facts):
            key = notes.note_id(student, note)
            kept = notes.keep(note, mine.get(key), turn, self._clock.now().isoformat())
            if kept and not self._forgotten.get(student.id, set()) & {(key, turn), ("", turn)}:
                mine.pop(key, None)
                mine[key] = kept
        for key in list(mine)[: -notes.NOTES_MAX]:
            del mine[key]

    async def list_all(self, student: Student) -> list[Remembered]:
        found = [kept.shown(key, self._clock.now()) for key, kept in self._kept.get(student.id, {}).items()]
        return sorted(found, key=lambda memory: (memory.at, memory.id), reverse=True)

    async def edit(self, student: Student, memory: str, content: str) -> Remembered:
        words, mine = notes.own_words(content), self._kept.get(student.id, {})
        if memory not in mine:
            raise NotFound("there is no such memory")
        mine[memory] = replace(mine[memory], content=words, edited=True)
        return mine[memory].shown(memory, self._clock.now())

    async def pause(self, student: Student, paused: bool) -> None:
        (self._paused.add if paused else self._paused.discard)(student.id)

    async def is_paused(self, student: Student) -> bool:
        return student.id in self._paused

    async def forget(self, student: Student, memory: str | None = None) -> int:
        mine = self._kept.get(student.id, {})
        gone = [key for key in mine if memory in (None, key)]
        for key in gone:
            turns = mine.pop(key).turns
            self._forgotten.setdefault(student.id, set()).update(
                ("" if memory is None else key, turn) for turn in turns
            )
        return len(gone)

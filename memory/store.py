"""Notes on students in langgraph's Postgres store, written with langmem's tool; recalled by meaning where the database
has vectors, by words where it has not."""

import asyncio
import uuid
import warnings
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakValueDictionary

import psycopg
from psycopg.rows import DictRow
from psycopg_pool import PoolTimeout

from core import db
from core.clock import Clock
from core.errors import DatabaseUnavailable, NotFound, Unavailable
from core.ports import Remembered, Student, StudentId, TurnId
from memory import notes
from memory.gate import Forgotten, Passed, Proposal, Said, sift, unwanted
from memory.notes import Kept

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool
    from langgraph.store.base import Item
    from langgraph.store.postgres import AsyncPostgresStore

T = TypeVar("T")
Embed = Callable[[Sequence[str]], Awaitable[Sequence[Sequence[float]]]]

_LOST = (psycopg.OperationalError, PoolTimeout)


class VectorsUnavailable(Unavailable):
    """The texts cannot be turned into vectors that the database takes."""


class StoredMemories:
    """`core.ports.Memories`; each student's notes lie in a namespace of their own. `dimensions` is the length of the
    vectors that the database keeps. `reflect_after`: so long after a turn a language model may reflect on it; None: never."""

    def __init__(
        self, pool: db.Pool, clock: Clock, embed: Embed | None, dimensions: int, reflect_after: timedelta | None = None
    ) -> None:
        from langgraph.store.postgres import AsyncPostgresStore  # a quarter of a second to import

        self._pool = pool
        self._clock = clock
        self._reflect_after = reflect_after
        self._plain = AsyncPostgresStore(pool)
        self._indexed = _indexed_store(pool, embed, dimensions) if embed else None
        self._writing: WeakValueDictionary[StudentId, asyncio.Lock] = WeakValueDictionary()

    async def recall(self, student: Student, query: str, *, k: int = 5) -> list[Remembered]:
        """The `k` notes nearest to `query`; by words when no vectors can be had. Raises DatabaseUnavailable."""
        if k < 1 or await self.is_paused(student):
            return []
        if self._indexed and query.strip():
            try:
                found = await _answer(self._indexed.asearch(_namespace(student), query=_storable(query), limit=k))
                if found:
                    return _remembered(found)
            except (VectorsUnavailable, psycopg.DataError):
                pass  # the next line answers as well as can be
        return notes.rank(query, await self.list_all(student), k)

    async def reflect(self, student: Student, turn: TurnId, facts: Mapping[str, Any]) -> None:
        """Keep what this turn taught; the same turn again adds nothing. Raises DatabaseUnavailable."""
        found, readable = notes.notes(facts), self._reflect_after is not None and notes.is_readable(facts)
        if not (found or readable) or await self.is_paused(student):
            return
        if found:
            gone = await self._rows("list_forgotten_by", student, turn=turn)
            lost = {row["memory"] for row in gone}
            if "" not in lost:  # else all of this turn was forgotten
                kept = [note for note in found if notes.note_id(student, note) not in lost]
                await self._keep_all(student, [(note, turn) for note in kept])
        if readable and self._reflect_after is not None:
            due = self._clock.now() + self._reflect_after
            await self._rows("ask_reflection", student, turn=turn, due=due)

    async def conclude(self, student: Student, proposals: Sequence[Proposal], said: Sequence[Said]) -> Passed:
        """Keep what the gate lets through of what a model proposed; idempotent. Raises DatabaseUnavailable."""
        if await self.is_paused(student):
            return Passed(notes=())
        passed = sift(proposals, said, await self.list_all(student), await self._forgotten(student))
        await self._keep_all(student, passed.notes)
        for note in unwanted(passed.notes, said, await self._forgotten(student)):  # since it was looked the first time
            await _answer(self._plain.adelete(_namespace(student), notes.note_id(student, note)))
        return passed

    async def list_all(self, student: Student) -> list[Remembered]:
        """Newest first."""
        found = await _answer(self._plain.asearch(_namespace(student), limit=notes.NOTES_MAX))
        return sorted(_remembered(found), key=lambda memory: (memory.at, memory.id), reverse=True)

    async def edit(self, student: Student, memory: str, content: str) -> Remembered:
        """Found by the new words from now on. Also raises DatabaseUnavailable."""
        words, key = notes.own_words(content), _key(memory)
        lock = self._writing.setdefault(student.id, asyncio.Lock())
        async with lock:
            item = await _answer(self._plain.aget(_namespace(student), key)) if key else None
            kept = Kept.read(_content(item)) if item else None
            if not key or not item or kept is None:
                raise NotFound("there is no such memory")
            edited = replace(kept, content=words, edited=True)
            await self._put(student, key, edited)
        return edited.shown(key, item.updated_at)

    async def pause(self, student: Student, paused: bool) -> None:
        """Raises NotFound for who has no account."""
        params = {"student": student.id, "now": self._clock.now()}
        try:
            async with db.connection(self._pool) as conn:
                await conn.execute(db.sql("memory/pause" if paused else "memory/go_on"), params)
        except psycopg.errors.ForeignKeyViolation as error:
            raise NotFound("there is no such student") from error

    async def is_paused(self, student: Student) -> bool:
        async with db.connection(self._pool) as conn:
            found = await conn.execute(db.sql("memory/is_paused"), {"student": student.id})
            return await found.fetchone() is not None

    async def forget(self, student: Student, memory: str | None = None) -> int:
        """0 also for a memory that is not this student's."""
        if memory is not None:
            key = _key(memory)
            item = await _answer(self._plain.aget(_namespace(student), key)) if key else None
            if key and item:
                await self._note_forgotten(student, key, [item])
                await _answer(self._plain.adelete(_namespace(student), key))
            return int(bool(key and item))
        await self._rows("drop_reflections", student)
        gone = 0
        await self._note_forgotten(student, "", [])  # first, so that what is being concluded now finds it
        while found := await _answer(self._plain.asearch(_namespace(student), limit=notes.NOTES_MAX)):
            await self._note_forgotten(student, "", found)
            await self._delete(student, found)
            gone += len(found)
        return gone

    async def _note_forgotten(self, student: Student, memory: str, items: Sequence["Item"]) -> None:
        kept = [one for item in items if (one := Kept.read(_content(item)))]
        turns = list(dict.fromkeys(turn for one in kept for turn in one.turns))
        kind = kept[0].kind if memory and kept else ""
        await self._rows("note_forgotten", student, memory=memory, kind=kind, turns=turns)

    async def _forgotten(self, student: Student) -> list[Forgotten]:
        return [
            Forgotten(memory=row["memory"], kind=row["kind"], turns=frozenset(row["turns"]), at=row["at"])
            for row in await self._rows("list_forgotten", student)
        ]

    async def _rows(self, name: str, student: Student, **params: object) -> list[DictRow]:
        values = {"student": student.id, "now": self._clock.now(), **params}
        async with db.connection(self._pool) as conn:
            cursor = await conn.execute(db.sql(f"memory/{name}"), values)
            return await cursor.fetchall() if cursor.description else []

    async def _keep_all(self, student: Student, found: Sequence[tuple[notes.Note, TurnId]]) -> None:
        if not found:
            return
        lock = self._writing.setdefault(student.id, asyncio.Lock())
        async with lock:  # a note's count is read, then written
            await asyncio.gather(*[self._keep(student, note, turn) for note, turn in found])
            await self._make_room(student)

    async def _keep(self, student: Student, note: notes.Note, turn: TurnId) -> None:
        key = notes.note_id(student, note)
        item = await _answer(self._plain.aget(_namespace(student), key))
        before = Kept.read(_content(item)) if item else None
        kept = notes.keep(note, before, turn, self._clock.now().isoformat())
        if kept is not None:
            await self._put(student, key, kept)

    async def _put(self, student: Student, key: str, kept: Kept) -> None:
        try:
            await _write(self._indexed or self._plain, student, key, kept)
        except (VectorsUnavailable, psycopg.DataError):
            await _write(self._plain, student, key, kept)  # found by words until a later turn teaches it again

    async def _make_room(self, student: Student) -> None:
        oldest = await _answer(self._plain.asearch(_namespace(student), limit=notes.NOTES_MAX, offset=notes.NOTES_MAX))
        await self._delete(student, oldest)

    async def _delete(self, student: Student, items: Sequence["Item"]) -> None:
        await _answer(asyncio.gather(*[self._plain.adelete(_namespace(student), item.key) for item in items]))


def _indexed_store(pool: db.Pool, embed: Embed, dimensions: int) -> "AsyncPostgresStore":
    from langgraph.store.postgres import AsyncPostgresStore

    async def vectors(texts: Sequence[str]) -> list[list[float]]:
        try:
            found = [list(map(float, vector)) for vector in await embed(texts)]
        except Unavailable as error:
            raise VectorsUnavailable from error
        if any(len(vector) != dimensions for vector in found):
            raise VectorsUnavailable(f"the database keeps vectors of {dimensions} numbers")
        return found

    return AsyncPostgresStore(
        pool,
        index={
            "dims": dimensions,
            "embed": vectors,
            "fields": ["content.content"],
            "ann_index_config": {"kind": "flat", "vector_type": "vector"},
        },
    )


async def _write(store: "AsyncPostgresStore", student: Student, key: str, kept: Kept) -> None:
    tool = await asyncio.to_thread(_writer, _namespace(student), store)
    # no callbacks: a graph that is streaming would show the note to whoever watches the turn
    await _answer(tool.ainvoke({"content": kept.written(), "action": "update", "id": key}, config={"callbacks": []}))


def _writer(namespace: tuple[str, str], store: "AsyncPostgresStore") -> "BaseTool":
    """langmem takes more than a second to import, and warns of its own imports: hence here, in a thread."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from langmem import create_manage_memory_tool  # type: ignore[import-untyped]  # it ships no py.typed

    tool: BaseTool = create_manage_memory_tool(namespace, schema=dict, actions_permitted=("update",), store=store)
    return tool


async def _answer(asked: Awaitable[T]) -> T:
    try:
        return await asked
    except _LOST as error:
        raise DatabaseUnavailable from error


def _namespace(student: Student) -> tuple[str, str]:
    """The store forbids full stops in a name."""
    return ("memories", student.id.replace("%", "%25").replace(".", "%2E"))


def _content(item: "Item") -> Mapping[str, Any]:
    content = item.value.get("content")
    return content if isinstance(content, dict) else {}


def _remembered(items: Sequence["Item"]) -> list[Remembered]:
    read = [(item, Kept.read(_content(item))) for item in items]
    return [kept.shown(item.key, item.updated_at) for item, kept in read if kept]


def _key(memory: str) -> str | None:
    try:
        return str(uuid.UUID(memory))
    except ValueError:
        return None


def _storable(query: str) -> str:
    return query.replace("\x00", " ").encode("utf-8", "replace").decode()

"""What memories promise, over the fake and over Postgres with vectors, without, and with a broken embedder."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from core import db
from core.clock import FakeClock
from core.errors import CourseUnavailable, DatabaseUnavailable, Invalid, NotFound
from core.ports import Memories, Student, StudentId, TurnId
from core.settings import DatabaseSettings
from memory.fake import FakeMemories
from memory.open import open_memories

ADA = Student(id=StudentId("ada.l%1"), name="Ada")
BOB = Student(id=StudentId("ada"), name="Bob")
FACTS = {
    "subject": "python",
    "topic": ["Loops over lists"],
    "misconceptions": ["off by one in range"],
    "solved": ["Sum of squares"],
    "hint_level": 2,
    "message": "I have an exam on Friday. I prefer short examples with pictures!",
}


@dataclass
class Desk:
    memories: Memories
    clock: FakeClock

    async def contents(self, student: Student = ADA) -> set[str]:
        return {memory.content for memory in await self.memories.list_all(student)}


async def bag_of_words(texts: Sequence[str]) -> Sequence[Sequence[float]]:
    """Vectors that are near when words are shared; a stand-in that needs no model."""
    made = []
    for text in texts:
        vector = [0.001] * 384
        for word in text.casefold().replace(".", " ").replace(":", " ").split():
            vector[int(hashlib.sha256(word.encode()).hexdigest(), 16) % 384] += 1.0
        made.append(vector)
    return made


async def broken(texts: Sequence[str]) -> Sequence[Sequence[float]]:
    raise CourseUnavailable


async def too_narrow(texts: Sequence[str]) -> Sequence[Sequence[float]]:
    return [[1.0, 0.0]] * len(texts)


EMBEDDERS = {"words": None, "vectors": bag_of_words, "broken": broken, "narrow": too_narrow}


@pytest.fixture(params=["fake", *EMBEDDERS])
def kind(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Apart from `desk`, since the database's own fixture may not begin inside a running loop."""
    return request.param, "" if request.param == "fake" else request.getfixturevalue("database_url")


@pytest.fixture
async def desk(kind: tuple[str, str]) -> AsyncIterator[Desk]:
    name, url = kind
    clock = FakeClock()
    async with AsyncExitStack() as stack:
        if name == "fake":
            yield Desk(FakeMemories(clock), clock)
            return
        pool = await stack.enter_async_context(db.open_pool(url, DatabaseSettings(pool_max=4)))
        async with pool.connection() as conn:
            for who in (ADA, BOB):
                row = (who.id, f"{who.name}@example.org", who.name)
                await conn.execute("insert into users (id, email, name, role) values (%s, %s, %s, 'student')", row)
        yield Desk(await stack.enter_async_context(open_memories(pool, EMBEDDERS[name], clock=clock)), clock)


async def test_a_turn_leaves_notes_of_every_kind(desk: Desk) -> None:
    await desk.memories.reflect(ADA, TurnId("t1"), FACTS)

    found = {memory.kind: memory.content for memory in await desk.memories.list_all(ADA)}
    assert found["goal"] == "Has an exam on Friday."
    assert found["preference"] == "Prefers short examples with pictures."
    assert found["misconception"] == "Has shown this misconception once: off by one in range."
    assert found["worked"] == "Solved Sum of squares after hint 2."
    assert found["profile"] in {"Has worked on Python once.", "Has asked about Loops over lists once."}
    assert all(memory.at == desk.clock.now() for memory in await desk.memories.list_all(ADA))


async def test_the_same_turn_again_adds_nothing(desk: Desk) -> None:
    await desk.memories.reflect(ADA, TurnId("t1"), FACTS)
    before = await desk.memories.list_all(ADA)
    desk.clock.advance(60)

    await desk.memories.reflect(ADA, TurnId("t1"), FACTS)

    assert await desk.memories.list_all(ADA) == before


async def test_what_was_forgotten_is_not_taught_again_by_the_same_turn_but_by_another(desk: Desk) -> None:
    await desk.memories.reflect(ADA, TurnId("t1"), FACTS)
    (goal,) = [memory for memory in await desk.memories.list_all(ADA) if memory.kind == "goal"]
    await desk.memories.forget(ADA, goal.id)

    await desk.memories.reflect(ADA, TurnId("t1"), FACTS)
    assert goal.content not in await desk.contents()
    await desk.memories.reflect(ADA, TurnId("t2"), FACTS)
    assert goal.content in await desk.contents()


async def test_when_all_was_forgotten_no_turn_before_teaches_anything_again(desk: Desk) -> None:
    for turn in ("t1", "t2"):
        await desk.memories.reflect(ADA, TurnId(turn), FACTS)
    await desk.memories.forget(ADA)

    for turn in ("t1", "t2"):
        await desk.memories.reflect(ADA, TurnId(turn), {**FACTS, "topic": ["Sets"]})
    assert await desk.contents() == set()
    await desk.memories.reflect(ADA, TurnId("t3"), {"topic": ["Sets"]})

    assert await desk.contents() == {"Has asked about Sets once."}


async def test_what_comes_back_is_counted_not_repeated(desk: Desk) -> None:
    for turn in ("t1", "t2", "t3"):
        await desk.memories.reflect(ADA, TurnId(turn), {"misconceptions": ["Off by one", "off by one"]})

    assert await desk.contents() == {"Has shown this misconception 3 times: off by one."}


async def test_turns_reflected_at_once_all_count(desk: Desk) -> None:
    await asyncio.gather(*[desk.memories.reflect(ADA, TurnId(f"t{n % 5}"), {"subject": "maths"}) for n in range(10)])

    assert await desk.contents() == {"Has worked on mathematics 5 times."}


async def test_the_nearest_is_recalled_first(desk: Desk) -> None:
    for n, topic in enumerate(("fractions", "recursion depth", "string slicing")):
        desk.clock.advance(60)
        await desk.memories.reflect(ADA, TurnId(f"t{n}"), {"topic": [topic]})

    found = await desk.memories.recall(ADA, "why does recursion end", k=2)

    assert len(found) == 2
    assert "recursion" in found[0].content


async def test_without_a_query_the_newest_is_recalled(desk: Desk) -> None:
    for n, topic in enumerate(("fractions", "slicing")):
        desk.clock.advance(60)
        await desk.memories.reflect(ADA, TurnId(f"t{n}"), {"topic": [topic]})

    assert "slicing" in (await desk.memories.recall(ADA, " ", k=1))[0].content
    assert await desk.memories.recall(ADA, "slicing", k=0) == []


async def test_a_hostile_query_is_only_a_query(desk: Desk) -> None:
    await desk.memories.reflect(ADA, TurnId("t1"), FACTS)

    for query in ("\x00", "\ud800", "'; drop table store; --", "%", "x" * 20_000):
        assert len(await desk.memories.recall(ADA, query, k=3)) == 3


async def test_nobody_recalls_anothers_notes(desk: Desk) -> None:
    await desk.memories.reflect(ADA, TurnId("t1"), FACTS)
    (one, *_) = await desk.memories.list_all(ADA)

    assert await desk.memories.list_all(BOB) == []
    assert await desk.memories.recall(BOB, "exam") == []
    assert await desk.memories.forget(BOB, one.id) == 0
    assert await desk.memories.forget(BOB) == 0
    assert one in await desk.memories.list_all(ADA)


async def test_one_note_or_all_can_be_forgotten(desk: Desk) -> None:
    await desk.memories.reflect(ADA, TurnId("t1"), FACTS)
    every = await desk.memories.list_all(ADA)

    assert await desk.memories.forget(ADA, every[0].id) == 1
    assert await desk.memories.forget(ADA, every[0].id) == 0
    assert await desk.memories.forget(ADA, "no\x00such") == 0
    assert await desk.memories.forget(ADA) == len(every) - 1
    assert await desk.memories.list_all(ADA) == []


async def test_a_turn_that_teaches_nothing_leaves_nothing(desk: Desk) -> None:
    for n, facts in enumerate(
        ({}, {"subject": "art"}, {"topic": 7, "solved": None, "message": b"x", "hint_level": "a"})
    ):
        await desk.memories.reflect(ADA, TurnId(f"t{n}"), facts)

    assert await desk.memories.list_all(ADA) == []


async def test_the_oldest_notes_make_room(desk: Desk) -> None:
    for n in range(21):
        desk.clock.advance(60)
        await desk.memories.reflect(ADA, TurnId(f"t{n}"), {"topic": [f"topic {n}-{m}" for m in range(10)]})

    assert await desk.contents() == {f"Has asked about topic {n}-{m} once." for n in range(1, 21) for m in range(10)}


async def test_with_vectors_the_nearest_in_meaning_is_recalled(pool: db.Pool) -> None:
    async def by_meaning(texts: Sequence[str]) -> Sequence[Sequence[float]]:
        return [
            [1.0, 0.1] + [0.0] * 382 if "repeat" in text or "loops" in text else [0.1, 1.0] + [0.0] * 382
            for text in texts
        ]

    async with db.connection(pool) as conn:
        if not (await (await conn.execute("select to_regclass('store_vectors') as there")).fetchone() or {})["there"]:
            pytest.skip("this Postgres has no vectors")
    async with open_memories(pool, by_meaning) as memories:
        for n, topic in enumerate(("loops", "fractions", "slicing")):
            await memories.reflect(ADA, TurnId(f"t{n}"), {"topic": [topic]})

        (nearest,) = await memories.recall(ADA, "how do I repeat something", k=1)

    assert "loops" in nearest.content


async def test_a_database_without_vectors_recalls_by_words(pool: db.Pool) -> None:
    async with db.connection(pool) as conn:
        await conn.execute("drop table if exists store_vectors; drop extension if exists vector")
    async with open_memories(pool, bag_of_words) as memories:
        await memories.reflect(ADA, TurnId("t1"), FACTS)

        assert "exam" in (await memories.recall(ADA, "the exam", k=1))[0].content


async def test_erasing_an_account_erases_its_notes(pool: db.Pool) -> None:
    async with open_memories(pool, bag_of_words) as memories:
        for student in (ADA, BOB):
            async with db.connection(pool) as conn:
                await conn.execute(
                    "insert into users (id, email, name, role) values (%s, %s, 'x', 'student')",
                    (student.id, f"{student.id}@example.org"),
                )
            await memories.reflect(student, TurnId("t1"), FACTS)
        async with db.connection(pool) as conn:
            await conn.execute("delete from users where id = %s", (ADA.id,))
            found = await (await conn.execute("select distinct prefix from store")).fetchall()

    # vectors go with their notes: the foreign key cascades, where there are vectors at all
    assert found == [{"prefix": "memories.ada"}]


async def test_a_url_is_enough(database_url: str) -> None:
    async with open_memories(database_url) as memories:
        await memories.reflect(ADA, TurnId("t1"), FACTS)

        assert await memories.list_all(ADA)


async def test_a_lost_database_is_named(pool: db.Pool) -> None:
    async with open_memories(pool) as memories:
        await pool.close()

        with pytest.raises(DatabaseUnavailable):
            await memories.list_all(ADA)
        with pytest.raises(DatabaseUnavailable):
            await memories.reflect(ADA, TurnId("t1"), FACTS)


def test_our_tables_are_those_the_store_would_make(postgres_url: str, database_url: str) -> None:
    """When the library alters its schema, this tells which revision must follow."""
    theirs = database_url.replace("/test_", "/store_")
    name = theirs.partition("?")[0].rsplit("/", 1)[1]
    with psycopg.connect(postgres_url, autocommit=True) as conn:
        conn.execute(f'create database "{name}"'.encode())
    try:
        vectors = bool(_columns(database_url, "store_vectors"))
        asyncio.run(_library_setup(theirs, vectors))
        asyncio.run(_library_setup(database_url, vectors))  # on ours it must find nothing to do

        for table in (
            "store",
            "store_vectors",
            "store_migrations",
            "vector_migrations",
            "store_pkey",
            "store_prefix_idx",
        ):
            assert _columns(database_url, table) == _columns(theirs, table), table
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as conn:
            conn.execute(f'drop database "{name}" with (force)'.encode())


async def _library_setup(url: str, vectors: bool) -> None:
    from langgraph.store.postgres import AsyncPostgresStore

    index: Any = {"dims": 384, "embed": bag_of_words} if vectors else None
    async with AsyncPostgresStore.from_conn_string(url, index=index) as store:
        await store.setup()


def _columns(url: str, table: str) -> list[Any]:
    with psycopg.connect(url) as conn:
        return conn.execute(
            "select attname, format_type(atttypid, atttypmod), attnotnull from pg_attribute"
            " where attrelid = to_regclass(%s) and attnum > 0 order by 1",
            (table,),
        ).fetchall()


async def test_a_memory_says_which_turns_taught_it(desk: Desk) -> None:
    for turn in ("t1", "t2"):
        await desk.memories.reflect(ADA, TurnId(turn), {"misconceptions": ["off by one"]})

    (memory,) = await desk.memories.list_all(ADA)

    assert (memory.turns, memory.edited) == (("t1", "t2"), False)


async def test_the_students_own_words_stand_whatever_a_turn_teaches(desk: Desk) -> None:
    await desk.memories.reflect(ADA, TurnId("t1"), {"misconceptions": ["off by one"]})
    (memory,) = await desk.memories.list_all(ADA)

    edited = await desk.memories.edit(ADA, memory.id, "Counts  from <zero>\nnow")
    await desk.memories.reflect(ADA, TurnId("t2"), {"misconceptions": ["off by one"]})

    (kept,) = await desk.memories.list_all(ADA)
    assert edited.content == kept.content == "Counts from zero now"
    assert (kept.edited, kept.turns) == (True, ("t1", "t2"))


async def test_what_was_edited_is_recalled_by_its_new_words(desk: Desk) -> None:
    await desk.memories.reflect(ADA, TurnId("t1"), {"topic": ["dictionaries", "recursion", "fractions"]})
    one = next(m for m in await desk.memories.list_all(ADA) if "dictionaries" in m.content)
    await desk.memories.edit(ADA, one.id, "Knows everything about giraffes")

    (nearest,) = await desk.memories.recall(ADA, "what about giraffes", k=1)

    assert nearest.id == one.id
    assert all("dictionaries" not in m.content for m in await desk.memories.recall(ADA, "dictionaries", k=9))


@pytest.mark.parametrize("content", ["", "  \n ", "<>", "x" * 301])
async def test_words_that_are_none_or_too_many_are_refused(content: str, desk: Desk) -> None:
    await desk.memories.reflect(ADA, TurnId("t1"), {"misconceptions": ["off by one"]})
    (memory,) = await desk.memories.list_all(ADA)

    with pytest.raises(Invalid):
        await desk.memories.edit(ADA, memory.id, content)


async def test_another_students_memory_is_not_theirs_to_edit(desk: Desk) -> None:
    await desk.memories.reflect(ADA, TurnId("t1"), {"misconceptions": ["off by one"]})
    (memory,) = await desk.memories.list_all(ADA)

    for whose, name in ((BOB, memory.id), (ADA, "nonsense"), (ADA, "0190aaaa-0000-7000-8000-000000000000")):
        with pytest.raises(NotFound):
            await desk.memories.edit(whose, name, "mine")


async def test_while_it_is_paused_nothing_is_kept_and_nothing_used(desk: Desk) -> None:
    await desk.memories.reflect(ADA, TurnId("t1"), {"misconceptions": ["off by one"]})
    before = await desk.contents()
    for _ in range(2):
        await desk.memories.pause(ADA, True)
    await desk.memories.reflect(ADA, TurnId("t2"), FACTS)
    await desk.memories.reflect(BOB, TurnId("t3"), FACTS)

    assert await desk.memories.is_paused(ADA)
    assert not await desk.memories.is_paused(BOB)
    assert await desk.memories.recall(ADA, "off by one") == []
    assert await desk.contents() == before
    assert await desk.contents(BOB)
    await desk.memories.pause(ADA, False)
    assert await desk.memories.recall(ADA, "off by one")

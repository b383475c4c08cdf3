"""Opinions on turns, on a real database."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from core import db
from core.clock import FakeClock
from core.errors import Conflict, Invalid, NotFound
from core.ports import Opinion, Student, StudentId, TurnId
from learning.feedback import WORDS_CHARS_MAX, PostgresFeedback

ADA, BOB = (Student(id=StudentId(name), name=name.title()) for name in ("ada", "bob"))
TURN, WAITING = TurnId("t1"), TurnId("t2")
UP, DOWN = Opinion(verdict="up"), Opinion(verdict="down", helped=False, words="I was lost.")


@pytest_asyncio.fixture
async def feedback(pool: db.Pool) -> AsyncIterator[PostgresFeedback]:
    async with db.connection(pool) as conn:
        for name in ("ada", "bob"):
            await conn.execute(
                "insert into users (id, email, name, role) values (%s, %s, %s, 'student')", (name, name, name)
            )
        await conn.execute("insert into threads (id, student_id) values ('th', 'ada')")
        await conn.execute("insert into turns (id, thread_id, student_id, seq, status, ask) values ('t1', 'th', 'ada', 1, 'done', '{}'), ('t2', 'th', 'ada', 2, 'queued', '{}')")  # fmt: skip
    yield PostgresFeedback(pool, FakeClock())


async def rows(pool: db.Pool) -> list[dict[str, Any]]:
    async with db.connection(pool) as conn:
        return await (await conn.execute("select * from feedback")).fetchall()


async def test_changing_ones_mind_leaves_one_opinion(feedback: PostgresFeedback, pool: db.Pool) -> None:
    await feedback.give(ADA, TURN, UP)
    await feedback.give(ADA, TURN, DOWN)

    assert await feedback.find(ADA, TURN) == DOWN
    assert len(await rows(pool)) == 1


async def test_two_devices_at_once_leave_one_opinion(feedback: PostgresFeedback, pool: db.Pool) -> None:
    await asyncio.gather(*(feedback.give(ADA, TURN, one) for one in [UP, DOWN] * 5))

    assert len(await rows(pool)) == 1


async def test_anothers_turn_is_not_found(feedback: PostgresFeedback, pool: db.Pool) -> None:
    await feedback.give(ADA, TURN, UP)

    with pytest.raises(NotFound):
        await feedback.give(BOB, TURN, DOWN)
    await feedback.withdraw(BOB, TURN)

    assert await feedback.find(BOB, TURN) is None
    assert await feedback.find(ADA, TURN) == UP


async def test_what_is_not_answered_yet_has_no_opinion(feedback: PostgresFeedback, pool: db.Pool) -> None:
    with pytest.raises(Conflict):
        await feedback.give(ADA, WAITING, UP)

    assert await rows(pool) == []


async def test_an_opinion_can_be_taken_back(feedback: PostgresFeedback) -> None:
    await feedback.give(ADA, TURN, DOWN)

    await feedback.withdraw(ADA, TURN)
    await feedback.withdraw(ADA, TURN)

    assert await feedback.find(ADA, TURN) is None


@pytest.mark.parametrize("words", ["a" * (WORDS_CHARS_MAX + 1), "nul \x00", "half \ud800"])
async def test_words_that_cannot_be_kept_are_refused(words: str, feedback: PostgresFeedback) -> None:
    with pytest.raises(Invalid):
        await feedback.give(ADA, TURN, Opinion(verdict="up", words=words))


async def test_opinions_go_with_the_student(feedback: PostgresFeedback, pool: db.Pool) -> None:
    await feedback.give(ADA, TURN, UP)

    async with db.connection(pool) as conn:
        await conn.execute("delete from users where id = 'ada'")

    assert await rows(pool) == []

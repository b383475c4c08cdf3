"""Which passage confuses, seen by content staff after whole turns: students ask, come back, and say what they think of it."""

from pathlib import Path
from typing import Any

from pydantic import SecretStr

import server
from core import db
from core.ports import Ask, Opinion, Student, StudentId
from core.settings import Settings
from learning.overviews import PostgresOverviews
from learning.practice import PostgresPractice

LOST = "What is the difference between a list and a tuple?"
CLEAR = "What is a fraction?"
STUDENTS = [Student(id=StudentId(f"s{n}"), name=f"S{n}") for n in range(12)]


async def ask(resources: Any, student: Student, message: str, verdict: Any) -> set[str]:
    """The passages that the answer cites."""
    view = await resources.turns.submit(student, Ask(message=message))
    answer = (await resources.turns.wait(student, view.id, timeout_s=60)).answer
    await resources.feedback.give(student, view.id, Opinion(verdict=verdict))
    return {citation["passage"] for citation in answer["citations"]}


async def test_a_passage_that_sends_students_back_is_told_and_one_that_does_not_is_not(
    indexed_dir: Path, database_url: str
) -> None:
    settings = Settings(data_dir=indexed_dir, database_url=SecretStr(database_url))
    async with server.open_resources(settings) as resources:
        async with db.connection(resources.pool) as conn:
            await conn.execute(
                "insert into users (id, email, name, role) "
                "select 's' || n, 's' || n || '@example.org', 'S' || n, 'student' from generate_series(0, 11) n"
            )
        lost: set[str] = set()
        clear: set[str] = set()
        for student in STUDENTS:
            lost |= set().union(*[await ask(resources, student, LOST, "down") for _ in range(3)])
            clear |= await ask(resources, student, CLEAR, "up")
        practice = PostgresPractice(resources.pool, resources.clock)
        overviews = PostgresOverviews(
            resources.pool,
            resources.clock,
            resources.records,
            practice,
            server.PostgresAdvice(resources.pool, resources.clock),
        )
        passages = {one.name: one for one in (await overviews.of_course("v")).passages}

    assert lost
    assert clear - lost
    assert set(passages) == lost | clear
    told = {name for name, one in passages.items() if one.signs}
    assert told
    assert told <= lost
    first = next(iter(passages.values()))
    assert (first.name in lost, first.enough, first.title != "") == (True, True, True)
    assert "12 of 12 students asked three times a day or more" in first.signs

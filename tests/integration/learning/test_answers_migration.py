"""Attempts that were recorded before first answers, wrong answers and times were kept apart."""

import uuid

import psycopg
import pytest
from alembic import command
from alembic.config import Config

from core import db

ATTEMPTS = [
    ("late", "quiz", "q1", True, "2026-01-05Z", "4", "", 40.0),
    ("first", "quiz", "q1", False, "2026-01-02Z", " 5 ", "", 60.0),
    ("again", "quiz", "q1", False, "2026-01-03Z", "5", "", 9000.0),
    ("program", "exercise", "e1", False, "2026-01-02Z", "def f(): pass", "NameError", None),
    ("hint", "hint", "e1", False, "2026-01-01Z", "", "", 5.0),
]


@pytest.fixture
def old_url(postgres_url: str) -> str:
    """A database as it was before."""
    name = f"old_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres_url, autocommit=True) as conn:
        conn.execute(f'create database "{name}"')
    url = postgres_url.replace("/postgres?", f"/{name}?")
    config = Config()
    config.set_main_option("script_location", str(db._VERSIONS.parent))
    config.attributes["url"] = url
    command.upgrade(config, "0012")
    return url


async def test_what_was_recorded_before_is_in_the_new_tables(old_url: str) -> None:
    with psycopg.connect(old_url, autocommit=True) as conn:
        conn.execute("insert into users (id, email, name, role) values ('s', 's@b.org', 'S', 'student')")
        conn.execute("insert into item_stats (item, mean, variance, answers) values ('q1', 0, 1, 3), ('e1', 0, 1, 1)")
        for key, kind, item, correct, at, answer, error, seconds in ATTEMPTS:
            conn.execute(
                "insert into submissions (student_id, key, kind, item, skills, correct, score, at, recorded_at, hints, answer, "
                "error, duration_s, detail) values ('s', %s, %s, %s, '{}', %s, 0, %s, %s, 0, %s, %s, %s, '{}')",
                (key, kind, item, correct, at, at, answer, error, seconds),
            )

    await db.migrate(old_url)

    with psycopg.connect(old_url) as conn:
        firsts = conn.execute("select item, correct, at::date::text from first_answers order by item").fetchall()
        wrong = conn.execute("select item, answer, at::date::text from wrong_answers order by item").fetchall()
        timed = conn.execute("select item, timed, round(exp(log_s)) from item_stats order by item").fetchall()
    assert firsts == [("e1", False, "2026-01-02"), ("q1", False, "2026-01-02")]
    assert wrong == [("e1", "NameError", "2026-01-02"), ("q1", "5", "2026-01-03")]
    assert timed == [("e1", 0, 1), ("q1", 2, 2400)]

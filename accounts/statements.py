"""Runs one of this room's SQL files."""

from contextlib import nullcontext
from datetime import datetime
from typing import Any

from psycopg.errors import DeadlockDetected

from core import db

_TRIES = 3


async def one(pool: db.Pool, statement: str, /, *, now: datetime, **values: Any) -> dict[str, Any] | None:
    """The first row of `accounts/sql/<statement>.sql`, if it has rows. Raises DatabaseUnavailable."""
    return await _first_row(pool, "", statement, {"now": now, **values})


async def one_behind(
    pool: db.Pool, lock: str, statement: str, /, *, now: datetime, **values: Any
) -> dict[str, Any] | None:
    """The same, in one transaction behind the statement that takes its lock: what a statement sees is settled before it
    waits for anything."""
    return await _first_row(pool, lock, statement, {"now": now, **values})


async def _first_row(pool: db.Pool, lock: str, statement: str, values: dict[str, Any]) -> dict[str, Any] | None:
    for left in reversed(range(_TRIES)):
        async with db.connection(pool) as conn:
            try:
                async with conn.transaction() if lock else nullcontext():
                    if lock:
                        await conn.execute(db.sql(f"accounts/{lock}"), values)
                    cursor = await conn.execute(db.sql(f"accounts/{statement}"), values)
                    return await cursor.fetchone() if cursor.description else None
            except DeadlockDetected:  # Postgres undid the whole statement so that others go on: now they have
                if not left:
                    raise
    raise AssertionError("unreachable")

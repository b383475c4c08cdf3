"""Runs one of this room's SQL files."""

from contextlib import nullcontext
from datetime import datetime
from typing import Any

from psycopg.errors import DeadlockDetected

from core import db

_TRIES = 3


async def one(
    pool: db.Pool, statement: str, /, *, now: datetime, after: str | None = None, **values: Any
) -> dict[str, Any] | None:
    """The first row of `accounts/sql/<statement>.sql`, if it has rows; `after` names one that takes its lock, in the same
    transaction: what a statement sees is settled before it waits for anything. Raises DatabaseUnavailable."""
    values["now"] = now
    for left in reversed(range(_TRIES)):
        async with db.connection(pool) as conn:
            try:
                async with conn.transaction() if after else nullcontext():
                    if after:
                        await conn.execute(db.sql(f"accounts/{after}"), values)
                    cursor = await conn.execute(db.sql(f"accounts/{statement}"), values)
                    return await cursor.fetchone() if cursor.description else None
            except DeadlockDetected:  # Postgres undid the whole statement so that others go on: now they have
                if not left:
                    raise
    raise AssertionError("unreachable")

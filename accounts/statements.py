"""Runs one of this room's SQL files."""

from datetime import datetime
from typing import Any

from psycopg.errors import DeadlockDetected

from core import db

_TRIES = 3


async def one(pool: db.Pool, statement: str, /, *, now: datetime, **values: Any) -> dict[str, Any] | None:
    """The first row of `accounts/sql/<statement>.sql`, if it has rows. Raises DatabaseUnavailable."""
    for left in reversed(range(_TRIES)):
        async with db.connection(pool) as conn:
            try:
                cursor = await conn.execute(db.sql(f"accounts/{statement}"), {"now": now, **values})
                return await cursor.fetchone() if cursor.description else None
            except DeadlockDetected:  # Postgres undid the whole statement so that others go on: now they have
                if not left:
                    raise
    raise AssertionError("unreachable")

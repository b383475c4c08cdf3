"""Runs one of this room's SQL files."""

from datetime import datetime
from typing import Any

from core import db


async def one(pool: db.Pool, statement: str, /, *, now: datetime, **values: Any) -> dict[str, Any] | None:
    """The first row of `accounts/sql/<statement>.sql`, if it has rows. Raises DatabaseUnavailable."""
    async with db.connection(pool) as conn:
        cursor = await conn.execute(db.sql(f"accounts/{statement}"), {"now": now, **values})
        return await cursor.fetchone() if cursor.description else None

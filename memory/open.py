"""Opens the memories of a migrated database."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from core import db
from core.clock import Clock, SystemClock
from core.settings import DatabaseSettings
from memory.store import Embed, StoredMemories

_OWN_POOL = DatabaseSettings(pool_min=1, pool_max=3)  # two stores, each one batch at a time, and a spare


@asynccontextmanager
async def open_memories(
    database: db.Pool | str,
    embed: Embed | None = None,
    *,
    clock: Clock | None = None,
    reflect_after: timedelta | None = None,
) -> AsyncIterator[StoredMemories]:
    """On a pool that is shared, or on a small one of its own for a URL. `embed` turns texts into unit vectors; it is
    not called here, so that a model may load later; `reflect_after` as StoredMemories has it. Raises DatabaseUnavailable."""
    async with AsyncExitStack() as stack:
        if isinstance(database, str):
            pool = await stack.enter_async_context(db.open_pool(database, _OWN_POOL))
        else:
            pool = database
        async with db.connection(pool) as conn:
            row = await (await conn.execute(db.sql("memory/read_dimensions"))).fetchone()
        dimensions = row["dimensions"] if row else 0
        yield StoredMemories(pool, clock or SystemClock(), embed if dimensions else None, dimensions, reflect_after)

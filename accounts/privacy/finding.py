"""Whether anything is left of somebody: every table and every file of the data folder, read for their words."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from accounts.privacy import files, rows
from core import db


async def find(pool: db.Pool, data_dir: Path, words: Sequence[str]) -> dict[str, int]:
    """How many rows hold any of the words, by table, and 1 for each file that does. Reads all there is: minutes on a large
    school. Raises DatabaseUnavailable."""
    found: dict[str, int] = {}
    async with db.connection(pool) as conn:
        for row in await (await conn.execute(db.sql("accounts/privacy_columns"))).fetchall():
            if n := await rows.search(conn, row["table_name"], words):
                found[row["table_name"]] = n
    left = await asyncio.to_thread(files.holding, data_dir, words)
    return found | {str(path.relative_to(data_dir)): 1 for path in left}

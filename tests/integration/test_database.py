"""The schema migrates on a real Postgres, once, however many start at the same moment."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from core import db
from core.errors import DatabaseUnavailable
from core.settings import DatabaseSettings


async def test_migrating_twice_at_once_leaves_one_schema(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as conn:
        conn.execute("drop database if exists twice")
        conn.execute("create database twice")
    url = postgres_url.replace("/postgres?", "/twice?")

    script = f"import asyncio; from core import db; print(asyncio.run(db.migrate({url!r})))"
    starting = [await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=PIPE) for _ in range(2)]
    printed = [(await process.communicate())[0] for process in starting]

    assert printed[0] == printed[1] != b""
    assert [process.returncode for process in starting] == [0, 0]


def test_the_newest_file_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(db.__file__).parent / "migrations"))

    assert ScriptDirectory.from_config(config).get_heads() == [db.head_revision()]


async def test_a_dead_database_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable):
        await db.migrate(f"postgresql://nobody@/x?host={tmp_path}")


async def test_a_cancellation_is_never_lost_to_the_database(database_url: str) -> None:
    """It may come at any moment of a query; a loop that takes lost servers lightly must end all the same."""

    async def loop_for_ever(pool: db.Pool) -> None:
        while True:
            try:
                async with db.connection(pool) as conn:
                    await conn.execute("select 1")
            except DatabaseUnavailable:
                continue

    async with db.open_pool(database_url, DatabaseSettings()) as pool:
        for moment in range(300):
            loop = asyncio.create_task(loop_for_ever(pool))
            await asyncio.sleep(moment / 300 * 0.01)
            loop.cancel()
            done, _ = await asyncio.wait([loop], timeout=5)
            assert done, f"cancelled after {moment} steps it went on"

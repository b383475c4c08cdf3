"""Resources that tests share: a real embedded Postgres for the run, a fresh migrated database for each test."""

import asyncio
import os
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from core import db
from core.settings import DatabaseSettings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Postgres server of this test run's own, unless TEST_DATABASE_URL names one."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    # a unix socket's path may hold 107 bytes at most: pytest's own folders are too deep for one
    with tempfile.TemporaryDirectory(prefix="lf-pg-", ignore_cleanup_errors=True) as folder:
        url = db.start_embedded(Path(folder), stop_at_exit=True)
        with psycopg.connect(url, autocommit=True) as conn:  # it lives as long as the run: no disk need be waited for
            conn.execute("alter system set fsync = off")
            conn.execute("select pg_reload_conf()")
        yield url


@pytest.fixture(scope="session")
def template_database(postgres_url: str) -> str:
    """The name of a database with the newest schema, to copy."""
    name = f"template_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres_url, autocommit=True) as conn:
        conn.execute(f'create database "{name}"')
    asyncio.run(db.migrate(_with_database(postgres_url, name)))
    return name


@pytest.fixture
def database_url(postgres_url: str, template_database: str) -> Iterator[str]:
    """The URL of a fresh migrated database, dropped afterwards."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as conn:
        conn.execute(f'create database "{name}" template "{template_database}"')
    yield _with_database(postgres_url, name)
    with psycopg.connect(postgres_url, autocommit=True) as conn:
        conn.execute(f'drop database if exists "{name}" with (force)')


@pytest_asyncio.fixture
async def pool(database_url: str) -> AsyncIterator[db.Pool]:
    """An open pool on a fresh database."""
    async with db.open_pool(database_url, DatabaseSettings(pool_min=1, pool_max=8)) as opened:
        yield opened


def _with_database(url: str, name: str) -> str:
    head, _, query = url.partition("?")
    base = head.rsplit("/", 1)[0]
    return f"{base}/{name}" + (f"?{query}" if query else "")


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"

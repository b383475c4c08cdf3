"""Which access tokens must be refused before they run out: those of people who were disabled or have another role since,
and of devices that were signed out. Postgres tells each process as it happens, whoever changed it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from psycopg import AsyncConnection

from core import db
from core.errors import DatabaseUnavailable, Unauthenticated
from core.log import logger
from core.ports import Principal

_RELOAD_S = 60.0
_AGAIN_S = 1.0

_log = logger("accounts")


class Stopped:
    """What is known in this process; empty until `watch_stopped` fills it."""

    def __init__(self) -> None:
        self._roles: dict[str, str] = {}
        self._ended: set[str] = set()

    def check(self, who: Principal) -> None:
        """Raises Unauthenticated with a `reason`: disabled (or gone), role or ended."""
        role = self._roles.get(who.id)
        if role is not None and role != who.role.value:
            raise Unauthenticated(
                "Your rights have changed; ask for new tokens, or sign in again.", reason="role" if role else "disabled"
            )
        if who.sign_in and who.sign_in in self._ended:
            raise Unauthenticated("This device was signed out; sign in again.", reason="ended")

    def note(self, what: str, id_: str, role: str) -> None:
        if what == "person":
            self._roles[id_] = role
        else:
            self._ended.add(id_)

    def replace(self, rows: list[tuple[str, str, str]]) -> None:
        self._roles, self._ended = {}, set()
        for row in rows:
            self.note(*row)


@asynccontextmanager
async def watch_stopped(url: str, pool: db.Pool, stopped: Stopped, *, life_s: float) -> AsyncIterator[None]:
    """Keeps `stopped` true while open; tokens live `life_s` at most. Raises DatabaseUnavailable."""
    await _load(pool, stopped, life_s)
    watcher = asyncio.create_task(_watch(url, pool, stopped, life_s))
    try:
        yield
    finally:
        watcher.cancel()
        await asyncio.gather(watcher, return_exceptions=True)


async def _watch(url: str, pool: db.Pool, stopped: Stopped, life_s: float) -> None:
    """For ever. Reads all anew after each time that the connection was lost: what was told meanwhile was not heard."""
    while True:
        try:
            conn = await AsyncConnection.connect(url, autocommit=True)
            async with conn:
                await conn.execute("listen stopped")
                while True:
                    await _load(pool, stopped, life_s)
                    async for notice in conn.notifies(timeout=_RELOAD_S):
                        what, id_, role = notice.payload.split(" ", 2)
                        stopped.note(what, id_, role)
        except (psycopg.Error, DatabaseUnavailable, OSError) as error:
            if db.cancellations():
                raise asyncio.CancelledError from error
            _log.warning("stopped.deaf", failure=error)
            await asyncio.sleep(_AGAIN_S)


async def _load(pool: db.Pool, stopped: Stopped, life_s: float) -> None:
    async with db.connection(pool) as conn:
        rows = await (await conn.execute(db.sql("accounts/stopped"), {"seconds": life_s})).fetchall()
    stopped.replace([(row["what"], row["id"], row["role"]) for row in rows])

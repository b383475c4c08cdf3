"""The schema migrates on a real Postgres, once, however many start at the same moment."""

import asyncio
import sys
from asyncio.subprocess import PIPE

import psycopg


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

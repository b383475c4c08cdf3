"""What a turn costs: the runtime with trivial nodes beside bare LangGraph, its growth over a thread, first events, tokens."""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg

from bench.load import Seen, Student, crowd, percentile
from bench.report import Row
from core import db

_HELLO = [{"message": "hello"}]


class Server:
    """A server process with its CPU clock."""

    def __init__(self, info: dict[str, Any]) -> None:
        self.port: int = info["port"]
        self.tokens: list[str] = info["tokens"]
        self._process = psutil.Process(info["pid"])

    def cpu_s(self) -> float:
        times = self._process.cpu_times()
        return times.user + times.system


@contextmanager
def postgres() -> Iterator[str]:
    """A fresh embedded server, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="lf-bench-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield db.start_embedded(Path(folder), stop_at_exit=True)


def database(url: str, name: str) -> str:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f"create database {name}")
    return url.replace("/postgres?", f"/{name}?")


@contextmanager
def serve(*command: str) -> Iterator[Server]:
    """`python -m command…`, which prints its port, pid and tokens as one JSON line."""
    with subprocess.Popen([sys.executable, "-m", *command], stdout=subprocess.PIPE) as process:
        assert process.stdout
        try:
            yield Server(json.loads(process.stdout.readline()))
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def bench() -> Iterator[Row]:
    with postgres() as url:
        yield from _beside_bare(url)
        yield from _tokens(url)


def _beside_bare(url: str) -> Iterator[Row]:
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(serve("bench.trivial", database(url, name), name, "100", "0"))
            for name in ("turn", "node")
        }
        for server in servers.values():
            asyncio.run(crowd(server.port, server.tokens[:4], 10, _HELLO))
        bare = _bare(database(url, "bare"))
        yield from _cost(servers, bare)
        yield from _growth(url, servers)


def _bare(url: str) -> dict[int, dict[str, float]]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.bare", url, "300"], stdout=subprocess.PIPE, check=True, timeout=300
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["at_once"]: row for row in rows}


def _cost(servers: dict[str, Server], bare: dict[int, dict[str, float]]) -> Iterator[Row]:
    for at_once, row in bare.items():
        yield Row(
            f"bare LangGraph, its Postgres saver, {at_once} at once",
            f"{row['turns_s']:.0f} turns/s, {row['cpu_ms']:.2f} ms CPU",
        )
    for name, bound in (("turn", 0.9), ("node", 1.3)):
        for at_once, turns in ((1, 300), (16, 25), (100, 5)):
            seen, cpu_ms = _measure(servers[name], at_once, turns)
            ratio = cpu_ms / bare[at_once]["cpu_ms"]
            shown = f"{seen.turns_s:.0f} turns/s, {cpu_ms:.2f} ms CPU = {ratio:.2f}x"
            yield Row(f"HTTP + SSE, {name}-level durability, {at_once} at once", shown, f"≤ {bound}x", ratio <= bound)
            if at_once == 16:
                faster = seen.turns_s / bare[16]["turns_s"]
                yield Row(f"  turns/s beside bare, {name}-level, 16 at once", f"{faster:.2f}x", "≥ 1.3x", faster >= 1.3)
            if at_once > 1:
                first_ms = percentile(seen.first_s, 0.95) * 1000
                most = 15 if at_once == 16 else 120
                yield Row(
                    f"  first event p95, {name}-level, {at_once} at once",
                    f"{first_ms:.1f} ms",
                    f"≤ {most} ms",
                    first_ms <= most,
                )


def _measure(server: Server, at_once: int, turns: int) -> tuple[Seen, float]:
    before = server.cpu_s()
    seen = asyncio.run(crowd(server.port, server.tokens[:at_once], turns, _HELLO))
    if seen.errors:
        raise SystemExit(f"{len(seen.errors)} turns failed: {seen.errors[0]}")
    return seen, (server.cpu_s() - before) / len(seen.done_s) * 1000


def _growth(url: str, servers: dict[str, Server]) -> Iterator[Row]:
    for name, server in servers.items():
        early, late, wal, live, size = asyncio.run(_thousand(url.replace("/postgres?", f"/{name}?"), server))
        cpu, p50 = late[0] / early[0], late[1] / early[1]
        yield Row(
            f"turn 1000 beside turn 10, {name}-level: CPU, p50",
            f"{cpu:.2f}x, {p50:.2f}x",
            "≤ 1.5x",
            max(cpu, p50) <= 1.5,
        )
        yield Row(f"  live rows a turn, {name}-level", f"{live / 1000:.1f} kB", "≤ 6 kB", live <= 6000)
        yield Row(f"  WAL a turn, {name}-level", f"{wal / 1000:.1f} kB", "≤ 8 kB", wal <= 8000)
        yield Row(f"  a 1000-turn thread, {name}-level", f"{size / 1e6:.2f} MB", "≤ 5 MB", size <= 5e6)


async def _thousand(url: str, server: Server) -> tuple[tuple[float, float], tuple[float, float], float, float, float]:
    """(CPU, p50) of turns 10-60 and 950-1000 of one thread, WAL and live bytes a turn, the thread's bytes on disk."""
    student, seen = Student(server.port, server.tokens[0]), Seen()

    async def some(count: int) -> tuple[float, float]:
        before, at = server.cpu_s(), len(seen.done_s)
        for _ in range(count):
            body = {"thread_id": student.thread} if student.thread else {}
            await student.ask(seen, **_HELLO[0], **body)
        return (server.cpu_s() - before) / count, statistics.median(seen.done_s[at:])

    with psycopg.connect(url, autocommit=True) as conn:
        on_disk = "select sum(pg_total_relation_size(c)) from unnest('{threads,turns,checkpoints}'::regclass[]) c"
        conn.execute("vacuum")
        size_before = _number(conn, on_disk)
        await some(10)
        early = await some(50)
        # a checkpoint of the database would count whole pages to whichever turn touched them first
        conn.execute("checkpoint")
        wal_before = _number(conn, "select pg_current_wal_insert_lsn() - '0/0'")
        await some(890)
        wal = (_number(conn, "select pg_current_wal_insert_lsn() - '0/0'") - wal_before) / 890
        late = await some(50)
        conn.execute("vacuum")
        live = sum(
            _number(
                conn, f"select coalesce(sum(pg_column_size(t.*)), 0) from {table} t where {key} = '{student.thread}'"
            )
            for table, key in (("threads", "id"), ("turns", "thread_id"), ("checkpoints", "thread_id"))
        )
        size = _number(conn, on_disk) - size_before
    await student.leave()
    return early, late, wal, live / 1000, size


def _number(conn: psycopg.Connection[Any], query: str) -> float:
    row = conn.execute(query).fetchone()  # type: ignore[call-overload]
    return float(row[0])


def _tokens(url: str) -> Iterator[Row]:
    """A turn that says 2000 tokens beside one that says none."""
    count = 2000
    with (
        serve("bench.trivial", database(url, "silent"), "turn", "4", "0") as silent,
        serve("bench.trivial", database(url, "talking"), "turn", "4", str(count)) as talking,
    ):
        for server in (silent, talking):
            _measure(server, 4, 5)
        (quiet, quiet_ms), (loud, loud_ms) = _measure(silent, 4, 20), _measure(talking, 4, 20)
    cpu_us = (loud_ms - quiet_ms) * 1000 / count
    size = (loud.bytes / len(loud.done_s) - quiet.bytes / len(quiet.done_s)) / count
    yield Row("a token: CPU", f"{cpu_us:.1f} us", "≤ 15 us", cpu_us <= 15)
    yield Row("a token: on the wire", f"{size:.1f} bytes", "≤ 60 bytes", size <= 60)

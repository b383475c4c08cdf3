"""A process killed inside a node: how soon the answer comes after the restart, and whether anything ran twice."""

import json
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg

from bench.report import Row
from bench.turns import database, postgres


def bench() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="lf-bench-", ignore_cleanup_errors=True) as name, postgres() as base:
        folder, url = Path(name), database(base, "killed")
        for node in ("grading", "progress"):
            log = folder / f"{node}.log"
            turn = str(uuid.uuid4())
            dying, client = _start(folder, url, log, node)
            item = "python.control-flow.sum-list"
            body = {"code": "def add_all(numbers):\n    return 0\n", "turn_id": turn}
            try:
                client.post(f"/api/v1/exercises/{item}/submit", json=body)
            except httpx.HTTPError:
                dying.wait()
            began = time.perf_counter()
            process, client = _start(folder, url, log, "")
            ready_s = time.perf_counter() - began
            while client.get(f"/api/v1/turns/{turn}").json()["status"] != "done":
                time.sleep(0.02)
            took_s = time.perf_counter() - began
            process.terminate()
            process.wait()
            ran = Counter(log.read_text().split())
            again = [name for name, times in ran.items() if times > 1 and name != node]
            with psycopg.connect(url) as conn:
                kept = conn.execute("select count(*) from submissions where key like %s", (f"%{turn}%",)).fetchone()
            figure = f"answered {took_s:.1f} s after the restart (ready after {ready_s:.1f} s)"
            yield Row(f"kill -9 inside {node}", figure, "≤ 10 s", took_s <= 10)
            yield Row("  finished nodes run again", ", ".join(again) or "none", "none", not again)
            yield Row("  attempts counted", str(kept and kept[0]), "1", kept == (1,))


def _start(folder: Path, url: str, log: Path, kill_at: str) -> tuple[subprocess.Popen[bytes], httpx.Client]:
    command = [sys.executable, "-m", "tests.acceptance.serving", str(folder), url, str(log), kill_at]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout
    address = f"http://127.0.0.1:{int(process.stdout.readline())}"
    password = json.loads((folder / "keys" / "demo.json").read_text())["password"]
    login = {"email": "student@learnflow.example", "password": password}
    token = httpx.post(f"{address}/api/v1/auth/login", json=login, timeout=30).json()["access_token"]
    return process, httpx.Client(base_url=address, headers={"authorization": f"Bearer {token}"}, timeout=60)

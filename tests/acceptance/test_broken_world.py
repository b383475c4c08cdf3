"""What goes wrong around a running school: each has a clear error, and nothing is lost."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.acceptance.conftest import Serve, running, wait_for_answer
from tests.house.test_rooms import ROOT

SLOW = {"message": "Why does this never end?", "code": "while True:\n    pass\n"}  # as long as the sandbox lets it run


def test_a_taken_port_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "cli.main", "serve", "--port", str(taken.getsockname()[1])]
        environment = {**os.environ, "LEARNFLOW_DATA_DIR": str(tmp_path / "data")}

        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)

    assert done.returncode == 1
    assert "--port" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_client_that_vanishes_loses_nothing(serve: Serve) -> None:
    turn = str(uuid.uuid4())
    with serve().sign_in() as client:
        with client.stream(
            "POST", "/api/v1/debug", json={**SLOW, "turn_id": turn}, headers={"accept": "text/event-stream"}
        ) as reply:
            next(reply.iter_lines())

        done = wait_for_answer(client, turn, seconds=20)

    assert "did not come to an end" in done["answer"]["reply"]


def test_a_database_that_goes_away_in_a_turn_loses_nothing(serve: Serve) -> None:
    turn = str(uuid.uuid4())
    with _own_postgres() as folder:
        url = _start(folder)
        with serve(url=url).sign_in() as client:
            client.post("/api/v1/debug?wait=false", json={**SLOW, "turn_id": turn}).raise_for_status()
            _stop(folder)
            down = client.get(f"/api/v1/turns/{turn}")
            ready = client.get("/ready")
            _start(folder)

            done = wait_for_answer(client, turn, seconds=30)

    assert down.status_code == ready.status_code == 503
    assert down.headers["content-type"] == "application/problem+json"
    assert "database" in ready.text
    assert "did not come to an end" in done["answer"]["reply"]


def test_a_damaged_index_is_built_again(serve: Serve, indexed_dir: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(indexed_dir, data)
    for file in data.rglob("*"):
        if file.is_file() and "models" not in file.parts and "keys" not in file.parts and file.name != "done":
            file.write_bytes(b"not what it was")

    with serve(data_dir=data).sign_in() as client:
        answer = client.post("/api/v1/query", json={"message": "What is a list?"}).json()["answer"]

    assert answer["citations"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422), (b"{", 400), (b"\xff\xfe", 400), (b"[]", 422), (b'{"message": ""}', 422), (b'{"message": 5}', 422),
        (b'{"message": "nul \\u0000"}', 422), (b'{"message": "half \\ud800"}', 400),
        (b'{"message": "x", "thread_id": "nowhere"}', 404), (b'{"message": "' + b"x" * 30_000 + b'"}', 413),
        (b'{"message": "x", "code": "' + b"x" * 10_000_000 + b'"}', 413),
    ],
)  # fmt: skip
def test_a_bad_body_is_a_problem_document(shared_client: httpx.Client, body: bytes, status: int) -> None:
    reply = shared_client.post("/api/v1/query", content=body, headers={"content-type": "application/json"})

    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["status"] == status


@pytest.fixture(scope="module")
def shared_client(indexed_dir: Path, postgres_url: str, template_database: str) -> Iterator[httpx.Client]:
    name = f"shared_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres_url, autocommit=True) as conn:
        conn.execute(f'create database "{name}" template "{template_database}"')
    url = postgres_url.replace("/postgres?", f"/{name}?")
    with running(indexed_dir, url, Path(os.devnull), "") as server, server.sign_in() as client:
        yield client


@contextmanager
def _own_postgres() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="lf-own-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
        _stop(Path(folder))


def _start(folder: Path) -> str:
    """In a process of its own: the embedded server's library believes in what it has started once."""
    script = f"from pathlib import Path; from core import db; print(db.start_embedded(Path({str(folder)!r})))"
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=60
    ).stdout.strip()


def _stop(folder: Path) -> None:
    lock = folder / "postgres" / "postmaster.pid"
    if not lock.exists():
        return
    os.kill(int(lock.read_text().split()[0]), signal.SIGQUIT)
    until = time.monotonic() + 20
    while lock.exists() and time.monotonic() < until:
        time.sleep(0.05)


def test_a_password_in_a_database_url_is_not_shown() -> None:
    environment = {**os.environ, "DATABASE_URL": "postgresql://u:hunter2secret@127.0.0.1:1/x"}

    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "migrate"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert done.returncode == 1
    assert "Postgres does not answer" in done.stderr
    assert "hunter2secret" not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr

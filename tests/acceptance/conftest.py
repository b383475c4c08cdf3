"""A data folder with model and index, made once a run, and whole servers in processes of their own."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from filelock import FileLock

from core.settings import KnowledgeSettings
from knowledge.index import index
from tests.house.test_rooms import ROOT


@pytest.fixture(scope="session")
def indexed_dir(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A data folder in which the shipped course is indexed; workers share it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "indexed"
    with FileLock(f"{folder}.lock"):
        if not (folder / "done").exists():
            asyncio.run(index(KnowledgeSettings(), folder))
            (folder / "done").touch()
    return folder


class Running:
    """A server process and a demo student signed in to it."""

    def __init__(self, process: subprocess.Popen[bytes], data_dir: Path) -> None:
        self.process = process
        assert process.stdout
        line = process.stdout.readline()
        assert line, f"the server did not start; exit code {process.wait(10)}"
        self.url = f"http://127.0.0.1:{int(line)}"
        self.data_dir = data_dir

    def sign_in(self, who: str = "student") -> httpx.Client:
        password = json.loads((self.data_dir / "keys" / "demo.json").read_text())["password"]
        login = {"email": f"{who}@learnflow.example", "password": password}
        token = httpx.post(f"{self.url}/api/v1/auth/login", json=login, timeout=30).json()["access_token"]
        return httpx.Client(base_url=self.url, headers={"authorization": f"Bearer {token}"}, timeout=60)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


Serve = Callable[..., Running]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where servers write the nodes that begin."""
    return tmp_path / "nodes.log"


@pytest.fixture
def serve(indexed_dir: Path, database_url: str, log: Path) -> Iterator[Serve]:
    """Starts a server on this test's database; `kill_at` names the node in which it dies."""
    with ExitStack() as stack:

        def start(kill_at: str = "", data_dir: Path = indexed_dir, url: str = database_url) -> Running:
            return stack.enter_context(_running(data_dir, url, log, kill_at))

        yield start


@contextmanager
def _running(data_dir: Path, url: str, log: Path, kill_at: str) -> Iterator[Running]:
    command = [sys.executable, "-m", "tests.acceptance.serving", str(data_dir), url, str(log), kill_at]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        try:
            yield Running(process, data_dir)
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_for_answer(client: httpx.Client, turn: str, seconds: float) -> dict[str, Any]:
    """The finished turn. Fails when it takes longer."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        reply = client.get(f"/api/v1/turns/{turn}")
        if reply.status_code == 200 and reply.json()["status"] == "done":
            return dict(reply.json())
        time.sleep(0.1)
    raise AssertionError(f"no answer to turn {turn} within {seconds} s: {reply.text}")

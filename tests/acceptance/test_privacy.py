"""A student's rights on a real server: everything they did, exported, then erased, then looked for everywhere."""

import asyncio
import io
import json
import time
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from accounts.privacy.finding import find
from core import db
from core.settings import DatabaseSettings
from tests.acceptance.conftest import Serve

PRIVACY = "/api/v1/privacy"
PASSWORD = "correct horse"


def until(ask: Callable[[], Any], good: Callable[[Any], bool]) -> Any:
    """The first good answer, asked for slowly: receipts are counted. Fails after a hundred seconds."""
    for _ in range(200):
        if good(found := ask()):
            return found
        time.sleep(0.5)
    raise AssertionError(f"it did not come to that: {found}")


def looked_for(url: str, data_dir: Path, words: list[str]) -> dict[str, int]:
    """In every table and every file, the index's among them."""

    async def look() -> dict[str, int]:
        async with db.open_pool(url, DatabaseSettings(pool_min=1, pool_max=2)) as pool:
            return await find(pool, data_dir, words)

    return asyncio.run(look())


def test_everything_is_exported_then_erased_then_nowhere(
    serve: Serve, indexed_dir: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEARNFLOW_PRIVACY__ERASE_GRACE_DAYS", "0")
    server, address = serve(), f"ada.{uuid.uuid4().hex[:8]}@school.org"
    canary = f"canary{uuid.uuid4().hex[:8]}"
    with httpx.Client(base_url=server.url, timeout=60) as http:
        http.post("/api/v1/auth/register", json={"email": address, "name": canary, "password": PASSWORD})
        me = http.post("/api/v1/auth/login", json={"email": address, "password": PASSWORD}).json()
        http.headers["authorization"] = f"Bearer {me['access_token']}"
        asked = {"message": f"I prefer short examples. What is a for loop, {canary}?", "code": f"print('{canary}')"}
        turn = http.post("/api/v1/query", json=asked).json()
        http.post(f"/api/v1/turns/{turn['id']}/feedback", json={"verdict": "up", "words": canary})
        until(lambda: http.get("/api/v1/memories").json()["items"], bool)

        job = http.post(f"{PRIVACY}/export").json()["id"]
        until(lambda: http.get(f"{PRIVACY}/export/{job}").json(), lambda found: found["status"] == "done")
        link = http.post(f"{PRIVACY}/export/{job}/link").json()["url"]
        archive = zipfile.ZipFile(io.BytesIO(httpx.get(server.url + link).content))
        spent = httpx.get(server.url + link)
        words = [me["user"]["id"], address, canary, turn["thread_id"], turn["id"]]
        before = looked_for(database_url, indexed_dir, words)
        erasure = http.post(f"{PRIVACY}/erase", json={"password": PASSWORD}).json()
        receipt = until(lambda: http.get(erasure["receipt"]).json(), lambda found: found["status"] == "done")
        after = looked_for(database_url, indexed_dir, words)
        late = http.post("/api/v1/query", json=asked)

    assert json.loads(archive.read("turns.json"))[0]["ask"]["message"] == asked["message"]
    assert json.loads(archive.read("desk.json"))[0]["thread"] == turn["thread_id"]
    assert spent.status_code == 404
    assert {"turns", "threads", "checkpoints", "store", "users", "feedback"} <= before.keys()
    assert after == {}
    assert receipt["result"]["tables"]["turns"]["deleted"] == 1
    assert receipt["result"]["files_to_look_at"] == []
    assert late.status_code == 401

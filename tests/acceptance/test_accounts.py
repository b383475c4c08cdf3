"""A whole account by HTTP and by letter, on a real server with nothing set: sign up, confirm, forget, reset, sign out."""

import email
import email.policy
import re
import time
import uuid
from pathlib import Path

import httpx
import psycopg

from tests.acceptance.conftest import Serve

AUTH = "/api/v1/auth"
FIRST, SECOND = "correct horse", "another password"


def code(outbox: Path, to: str, subject: str) -> str:
    """The code in the letter, when it has come."""
    for _ in range(200):
        for path in outbox.glob("*.eml"):
            letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if letter["To"] == to and subject in letter["Subject"]:
                return str(re.findall(r"^[\w-]{43}(?=\s)", letter.get_content(), re.MULTILINE)[0])
        time.sleep(0.05)
    raise AssertionError(f"no letter {subject!r} came")


def test_an_account_from_its_first_letter_to_its_last_device(
    serve: Serve, indexed_dir: Path, database_url: str
) -> None:
    server, address = serve(), f"ada.{uuid.uuid4().hex[:8]}@school.org"
    http, outbox = httpx.Client(base_url=server.url + AUTH, timeout=60), indexed_dir / "outbox"

    def login(password: str) -> httpx.Response:
        return http.post("/login", json={"email": address, "password": password, "device": "phone"})

    with http:
        http.post("/register", json={"email": address, "name": "Ada", "password": FIRST})
        reminded = login(FIRST).json()
        confirmed = http.post("/email/confirm", json={"token": code(outbox, address, "Confirm")})
        forgotten = [http.post("/password/forgot", json={"email": to}) for to in (address, "nobody@school.org")]
        secret = code(outbox, address, "new LearnFlow password")
        reset = http.post("/password/reset", json={"token": secret, "password": SECOND})
        again = http.post("/password/reset", json={"token": secret, "password": SECOND})
        ended = http.post("/refresh", json={"refresh_token": reminded["refresh_token"]})
        old, new = login(FIRST), login(SECOND).json()
        mine = {"authorization": f"Bearer {new['access_token']}"}
        devices = http.get("/sessions", headers=mine).json()["items"]
        left = http.delete(f"/sessions/{devices[0]['id']}", headers=mine)
        gone = http.post("/refresh", json={"refresh_token": new["refresh_token"]})

    assert reminded["notice"]
    assert new["notice"] is None
    assert [r.status_code for r in (confirmed, reset, again, ended, old, left, gone)] == [
        204,
        204,
        422,
        401,
        401,
        204,
        401,
    ]
    assert forgotten[0].status_code == forgotten[1].status_code == 202
    assert forgotten[0].content == forgotten[1].content
    assert [(device["label"], device["current"]) for device in devices] == [("phone", True)]
    with psycopg.connect(database_url) as conn:
        kinds = [row[0] for row in conn.execute("select kind from audit_log order by seq")]
    assert [kind for kind in kinds if kind != "class.joined"] == [
        "people.registered", "people.confirmed", "people.reset", "sign_in.failed", "sign_in.ended",
    ]  # fmt: skip

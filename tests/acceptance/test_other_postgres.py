"""Any Postgres 15 or newer will do: Debian's own, which has no pgvector, serves a whole session."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import Serve

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if os.geteuid() == 0 else []


@pytest.fixture
def debian_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not BINARIES:
        pytest.skip("needs root and Debian's postgresql package: apt-get install postgresql")
    folder = Path(f"/tmp/lf-deb-{os.getpid()}")
    folder.mkdir(mode=0o700)
    owner = pwd.getpwnam("postgres")
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    run = ["runuser", "-u", "postgres", "--"]
    options = f"-c listen_addresses='' -k {folder} -c fsync=off"
    try:
        subprocess.run(
            [*run, BINARIES[-1] / "initdb", "-D", folder / "data", "-A", "trust"], check=True, stdout=subprocess.DEVNULL
        )
        start = [BINARIES[-1] / "pg_ctl", "-D", folder / "data", "-w", "-o", options, "-l", folder / "log", "start"]
        subprocess.run([*run, *start], check=True, stdout=subprocess.DEVNULL)
        yield f"postgresql://postgres@/postgres?host={folder}"
        stop = [BINARIES[-1] / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop"]
        subprocess.run([*run, *stop], check=True, stdout=subprocess.DEVNULL)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_a_session_on_postgres_without_vectors(serve: Serve, debian_url: str) -> None:
    with serve(url=debian_url).sign_in() as client:
        asked = client.post("/api/v1/query", json={"message": "What is a dictionary?"}).json()
        item = client.get("/api/v1/exercises", params={"subject": "python"}).json()["items"][0]["id"]
        handed_in = client.post(f"/api/v1/exercises/{item}/submit", json={"code": "x = 1\n"}).json()
        me = client.get("/api/v1/auth/me").json()["id"]
        progress = client.get(f"/api/v1/progress/{me}").json()
        remembered = client.get("/api/v1/memories")

    assert asked["answer"]["citations"]
    assert handed_in["answer"]["mastery"]
    assert progress["attempts"] == 1
    assert remembered.status_code == 200

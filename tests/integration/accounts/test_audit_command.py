"""`learnflow audit` and `learnflow keys`, as an operator runs them."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg

from tests.house.test_rooms import ROOT


def learnflow(*words: str, url: str, data_dir: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATABASE_URL": url, "LEARNFLOW_DATA_DIR": str(data_dir), "COLUMNS": "200"}
    command = [sys.executable, "-m", "cli.main", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


def test_an_operator_sees_the_log_and_who_changed_it(database_url: str, data_dir: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return learnflow(*words, url=database_url, data_dir=data_dir)

    added = run("user", "add", "tina@school.org", "--name", "Tina", "--role", "teacher", "--password", "correct horse",
                "--class", "7a")  # fmt: skip
    assert added.returncode == 0, added.stdout + added.stderr
    listed, whole = run("audit", "list"), run("audit", "verify")
    with psycopg.connect(database_url) as conn:
        conn.execute("set session_replication_role = replica")
        conn.execute("update audit_log set subject = 'someone' where seq = 1")
    changed, junk = run("audit", "verify"), run("audit", "verify", "--noted", "junk")

    assert "people.added" in listed.stdout
    assert "class.joined" in listed.stdout
    assert (whole.returncode, "2 rows" in whole.stdout) == (0, True)
    assert (changed.returncode, "row 1 was changed" in changed.stdout) == (1, True)
    assert (junk.returncode, "NUMBER:HASH" in junk.stderr) == (1, True)


def test_rotating_the_key_says_what_to_do_next(database_url: str, data_dir: Path) -> None:
    done = learnflow("keys", "rotate", url=database_url, data_dir=data_dir)

    assert done.returncode == 0, done.stderr
    assert "restart the servers" in done.stdout
    assert len(list((data_dir / "keys").iterdir())) == 2

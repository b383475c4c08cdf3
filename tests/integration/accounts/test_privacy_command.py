"""`learnflow privacy`, as an operator runs it."""

import stat
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.integration.accounts.test_audit_command import learnflow

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(database_url: str, data_dir: Path) -> Run:
    def act(*words: str) -> "subprocess.CompletedProcess[str]":
        return learnflow(*words, url=database_url, data_dir=data_dir)

    added = act("user", "add", "ada@school.org", "--name", "Ada", "--password", "correct horse", "--class", "7a")
    assert added.returncode == 0, added.stdout + added.stderr
    return act


def test_an_operator_exports_erases_and_finds_nothing(run: Run, tmp_path: Path) -> None:
    to = tmp_path / "ada.zip"

    exported = run("privacy", "export", "ada@school.org", "--to", str(to))
    again = run("privacy", "export", "ada@school.org", "--to", str(to))
    before = run("privacy", "find", "ada@school.org")
    erased = run("privacy", "erase", "ada@school.org", "--yes")
    after = run("privacy", "find", "ada@school.org")
    gone = run("privacy", "erase", "ada@school.org", "--yes")

    assert exported.returncode == 0, exported.stdout + exported.stderr
    assert "users.json" in zipfile.ZipFile(to).namelist()
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    assert (again.returncode, before.returncode, "users: 1" in before.stdout) == (1, 1, True)
    assert (erased.returncode, "erased; receipt" in erased.stdout) == (0, True), erased.stdout + erased.stderr
    assert (after.returncode, gone.returncode) == (0, 1)


def test_a_restored_backup_is_erased_again(run: Run, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        (user,) = conn.execute("select id, email, name, role from users").fetchall()
    run("privacy", "erase", "ada@school.org", "--yes")
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("delete from erased_people")
        conn.execute("insert into users (id, email, name, role) values (%s, %s, %s, %s)", user)

    replayed = run("privacy", "replay")

    assert "1 of 1 were back" in replayed.stdout, replayed.stdout + replayed.stderr
    assert run("privacy", "find", "ada@school.org").returncode == 0


def test_a_dry_run_removes_nothing(run: Run, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("insert into usage select id, 'turns', 'k', 1, '2001-01-01' from users")

    told, kept = run("privacy", "retention", "--dry-run"), _usage(database_url)
    done = run("privacy", "retention")

    assert (told.returncode, done.returncode, kept, _usage(database_url)) == (0, 0, 1, 0), told.stderr + done.stderr
    assert [line.split() for line in told.stdout.splitlines() if "usage" in line] == [
        ["│", "usage", "│", "400", "│", "1", "│"]
    ]


def _usage(url: str) -> int:
    with psycopg.connect(url) as conn:
        return len(conn.execute("select 1 from usage").fetchall())

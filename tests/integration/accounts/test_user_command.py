"""`learnflow user` and `learnflow security`, as an operator runs them."""

import re
import subprocess
from pathlib import Path

import psycopg

from tests.integration.accounts.test_audit_command import learnflow


def test_an_operator_manages_a_person_and_each_change_is_in_the_audit_log(database_url: str, data_dir: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        done = learnflow(*words, url=database_url, data_dir=data_dir)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    run("user", "add", "tina@school.org", "--name", "Tina", "--password", "correct horse")
    run("user", "role", "tina@school.org", "teacher")
    run("user", "enrol", "tina@school.org", "7a")
    shown = run("user", "show", "tina@school.org").stdout
    run("user", "unenrol", "tina@school.org", "7a")
    run("user", "disable", "tina@school.org")
    listed = run("user", "list", "tina", "--role", "teacher").stdout
    run("user", "enable", "tina@school.org")
    run("user", "sessions", "tina@school.org", "--end")
    run("security", "events")

    assert re.search(r"role +teacher", shown)
    assert "7a (teacher)" in shown
    assert "disabled" in listed
    with psycopg.connect(database_url) as conn:
        found = conn.execute("select kind, actor from audit_log order by seq").fetchall()
    assert [kind for kind, _ in found] == [
        "people.added", "people.role", "class.joined", "class.left", "people.disabled", "people.enabled",
    ]  # fmt: skip
    assert {actor for _, actor in found} == {"operator"}


def test_what_cannot_be_done_is_one_readable_line(database_url: str, data_dir: Path) -> None:
    for words in (
        ["user", "show", "nobody@school.org"],
        ["user", "role", "nobody@school.org", "king"],
        ["user", "reset-totp", "nobody@school.org"],
    ):
        done = learnflow(*words, url=database_url, data_dir=data_dir)
        assert done.returncode == 1
        assert done.stderr.startswith("✗ ")
        assert "Traceback" not in done.stderr

"""System calls that are written down first and made later."""

import os
import stat
from pathlib import Path

import pytest

from sandbox.jail.tape import HERE, Tape

pytestmark = pytest.mark.skipif(os.uname().sysname != "Linux", reason="the calls are Linux's")


def test_nothing_happens_before_a_tape_is_played(tmp_path: Path) -> None:
    tape = Tape()

    tape.add("mkdirat", HERE, str(tmp_path / "made"), 0o700)

    assert list(tmp_path.iterdir()) == []


def test_a_tape_makes_its_calls_in_order(tmp_path: Path) -> None:
    tape = Tape()
    tape.add("mkdirat", HERE, str(tmp_path / "made"), 0o700)
    tape.add("mkdirat", HERE, str(tmp_path / "made" / "below"), 0o700)

    tape.play()

    assert stat.S_IMODE((tmp_path / "made" / "below").stat().st_mode) == 0o700


def test_a_refused_call_is_named_and_ends_the_tape(tmp_path: Path) -> None:
    tape = Tape()
    tape.add("mkdirat", HERE, str(tmp_path / "absent" / "below"), 0o700)
    tape.add("mkdirat", HERE, str(tmp_path / "later"), 0o700)

    with pytest.raises(FileNotFoundError, match="mkdirat"):
        tape.play()

    assert list(tmp_path.iterdir()) == []


def test_an_answer_that_was_not_expected_is_a_refusal_too(tmp_path: Path) -> None:
    tape = Tape()
    reader, writer = os.pipe()
    tape.add("write", writer, "four", 4, answer=3)

    with pytest.raises(OSError, match="write"):
        tape.play()

    os.close(reader)
    os.close(writer)

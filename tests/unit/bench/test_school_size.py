"""A school as large as one likes is not begun where the disk cannot hold it."""

import pytest

from bench.learning import disk_bytes, run


def test_the_disk_that_is_needed_grows_with_the_attempts() -> None:
    assert disk_bytes(100_000) < 1e9
    assert 5e9 < disk_bytes(5_000_000) < 10e9


def test_a_school_that_the_disk_cannot_hold_is_refused_before_anything_is_begun(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="TMPDIR"):
        run(students=1, attempts=10**15, seed=1)

    assert "GB free" in capsys.readouterr().err

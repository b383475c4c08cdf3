"""The parts of the reduced walls that need no kernel: how full a folder is, what is cleared, what is shown, who runs."""

import contextlib
import fcntl
import os
import sys
import threading
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="native runs on Linux")

from core.ports import Policy  # noqa: E402
from sandbox.backend import Outcome  # noqa: E402
from sandbox.jail import reduced  # noqa: E402
from sandbox.native import reduced as native_reduced  # noqa: E402
from sandbox.outcome import read_run  # noqa: E402

MIB = 1 << 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "run"
    place.mkdir()
    return place


def test_a_folder_fits_until_its_files_together_are_too_large(folder: Path) -> None:
    for name in "abc":
        (folder / name).write_bytes(bytes(MIB))

    assert reduced.fits(str(folder), 3 * MIB)
    assert not reduced.fits(str(folder), MIB)


def test_holes_in_files_take_no_room(folder: Path) -> None:
    with open(folder / "sparse", "wb") as file:
        file.truncate(1 << 30)

    assert reduced.fits(str(folder), MIB)


def test_a_folder_with_too_many_files_does_not_fit(folder: Path) -> None:
    for number in range(4200):
        (folder / str(number)).touch()

    assert not reduced.fits(str(folder), 1 << 40)


def test_a_folder_too_deep_to_look_into_does_not_fit(folder: Path) -> None:
    _nest(folder, 200)

    assert not reduced.fits(str(folder), 1 << 40)


def test_what_a_link_points_to_is_not_counted(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "large").mkdir()
    (tmp_path / "large" / "file").write_bytes(bytes(4 * MIB))
    (folder / "link").symlink_to(tmp_path / "large")

    assert reduced.fits(str(folder), 0)


def test_a_folder_that_keeps_changing_its_name_fits_only_where_nothing_is_missed(folder: Path) -> None:
    (folder / "a").mkdir()
    over = threading.Event()

    def hide() -> None:
        while not over.is_set():
            os.rename(folder / "a", folder / "b")
            os.rename(folder / "b", folder / "a")

    hider = threading.Thread(target=hide)
    hider.start()
    try:
        deadline = time.monotonic() + 20.0
        while reduced.fits(str(folder), MIB, hide_and_seek=False):
            assert time.monotonic() < deadline, "it was never caught"
        assert all(reduced.fits(str(folder), MIB) for _ in range(100))
    finally:
        over.set()
        hider.join()


def test_clearing_removes_what_is_too_deep_for_any_path(folder: Path) -> None:
    _nest(folder, 6000)

    reduced.clear(str(folder))

    assert not folder.exists()


def test_clearing_removes_what_is_closed_and_touches_nothing_that_links_point_to(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "kept").touch()
    (folder / "in").mkdir()
    (folder / "in" / "file").touch()
    (folder / "in" / "link").symlink_to(tmp_path / "other")
    os.mkfifo(folder / "in" / "pipe")
    (folder / "in" / "closed").mkdir(mode=0)
    (folder / "in").chmod(0)

    reduced.clear(str(folder))

    assert not folder.exists()
    assert (tmp_path / "other" / "kept").exists()


def test_all_is_shown_but_what_is_hidden_and_what_links_lead_to(tmp_path: Path) -> None:
    library = tmp_path / "library"
    (library / "site-packages" / "ours").mkdir(parents=True)
    (library / "json").mkdir()
    (library / "os.py").touch()
    (library / "away").symlink_to("/etc")

    shown = reduced._leave_out([str(library)], [str(library / "site-packages")])

    assert sorted(shown) == [str(library / "json"), str(library / "os.py")]


def test_a_folder_below_one_that_is_closed_is_not_open_to_all(tmp_path: Path) -> None:
    (tmp_path / "closed" / "inner").mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)

    assert not reduced._open_to_all(str(tmp_path / "closed" / "inner"))
    assert reduced._open_to_all("/usr/lib")


def test_a_folder_whose_service_is_gone_is_swept_and_no_other(tmp_path: Path) -> None:
    dead, alive = (tmp_path / f"{native_reduced._PREFIX}{name}" for name in ("dead", "alive"))
    for place in (dead, alive):
        (place / "run").mkdir(parents=True)
        (place / native_reduced._LOCK).touch()

    with open(alive / native_reduced._LOCK) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        native_reduced._sweep(tmp_path)

    assert not dead.exists()
    assert (alive / "run").exists()


@pytest.mark.parametrize(("killed", "status"), [("disk", "error"), ("tasks", "process_limit")])
def test_what_the_watch_stops_is_told_as_the_limit_it_is(killed: str, status: str) -> None:
    outcome = Outcome(
        exit=-9, killed=killed, stdout=b"", stderr=b"", report=b"", truncated=False, wall_s=0.1, cpu_s=0.1,
        memory_bytes=0, out_of_memory=False,
    )  # fmt: skip

    result = read_run(outcome, Policy(), "")

    assert result.status == status
    assert (result.raised is not None and "No space left" in result.raised.message) == (killed == "disk")


def _nest(folder: Path, depth: int) -> None:
    fd = os.open(folder, os.O_RDONLY)
    with contextlib.ExitStack() as stack:
        stack.callback(lambda: os.close(fd))
        for _ in range(depth):
            os.mkdir("d", dir_fd=fd)
            inner = os.open("d", os.O_RDONLY, dir_fd=fd)
            os.close(fd)
            fd = inner


FULL_MAP, CONTAINERS_MAP, NARROW_MAP = "0 0 4294967295", "0 100000 65536", "0 1000 1"


@pytest.mark.parametrize(
    ("capabilities", "uid_map", "numbers"),
    [
        ("00000000a80425fb", FULL_MAP, range(1 << 30, (1 << 30) + (1 << 24))),
        ("00000000a80425fb", CONTAINERS_MAP, range(60_000, 61_000)),
        ("00000000a80425fb", NARROW_MAP, None),
        ("0000000000000000", FULL_MAP, None),
    ],
)
def test_a_root_gives_runs_users_or_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capabilities: str, uid_map: str, numbers: range | None
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "status").write_text(f"Name:\tpython\nCapEff:\t{capabilities}\n")
    (tmp_path / "self" / "uid_map").write_text(f"{uid_map}\n")
    proc = os.open(tmp_path, os.O_RDONLY)

    try:
        if numbers is None:
            with pytest.raises(OSError, match=r"root needs|no number"):
                reduced._users(proc)
        else:
            assert reduced._users(proc) == numbers
    finally:
        os.close(proc)

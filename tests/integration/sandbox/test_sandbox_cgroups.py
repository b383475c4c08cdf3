"""Control groups of version 2 on a real kernel: where a slot's group is made, who is in it, that none is left."""

import json
import os
import secrets
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.integration.sandbox.hosting import everyones_python

pytestmark = pytest.mark.xdist_group("cgroups")  # what one hands on to groups below, another would take back
ROOT = Path(__file__).parents[3]

SCRIPT = """
import json, os, subprocess, sys
from pathlib import Path
from sandbox.native import cgroups

root, user, kinds = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
cgroups._ROOT, cgroups._VERSION_2 = Path(root), kinds
if user:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
group = cgroups.make("1")
process = subprocess.Popen(["/usr/bin/env", "sleep", "100"])
group.add(process.pid)
places = {kind: str(folder) for kind, folder in group.folders.items()}
inside = [(folder / "cgroup.procs").read_text().split() == [str(process.pid)] for folder in group.folders.values()]
process.kill()
process.wait()
group.remove()
left = [place for place in places.values() if os.path.exists(place)]
print(json.dumps({"places": places, "inside": inside, "left": left, "level": group.controllers}))
"""


def _mounted() -> tuple[Path, dict[str, str]]:
    """Where version 2 is, and a file for each controller that it has: memory and pids, unless version 1 holds them;
    then any other, which is made and divided in the same way."""
    for root in (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified")):
        if (root / "cgroup.controllers").exists():
            kinds = (root / "cgroup.controllers").read_text().split()
            usual = {kind: f"{kind}.max" for kind in ("memory", "pids") if kind in kinds}
            return root, usual or {kind: "hugetlb.2MB.max" for kind in kinds if kind == "hugetlb"}
    pytest.skip("NO CONTROL GROUPS OF VERSION 2 HERE")


@pytest.fixture
def service() -> Iterator[tuple[Path, Path, dict[str, str]]]:
    """A group such as a service has that may divide its own, with the group its process is in below it."""
    root, kinds = _mounted()
    own = root / f"learnflow-test-{secrets.token_hex(4)}"
    new = kinds.keys() - (root / "cgroup.subtree_control").read_text().split()
    try:
        (root / "cgroup.subtree_control").write_text(" ".join(f"+{kind}" for kind in kinds))
        (own / "server").mkdir(parents=True)
    except OSError as refusal:
        pytest.skip(f"NO CONTROL GROUP OF VERSION 2 MAY BE MADE HERE: {refusal}")
    if not kinds or not (own / next(iter(kinds.values()))).exists():
        own.joinpath("server").rmdir()
        own.rmdir()
        pytest.skip("version 2 has no controller here that could be divided")
    yield root, own, kinds
    for folder in (*own.glob("*/"), own):
        folder.rmdir()
    for kind in new:
        with suppress(OSError):  # another's groups may have begun to use it
            (root / "cgroup.subtree_control").write_text(f"-{kind}")


def _make(root: Path, own: Path, kinds: dict[str, str], user: int) -> dict[str, object]:
    def enter() -> None:
        (own / "server" / "cgroup.procs").write_text(str(os.getpid()))

    command = [
        everyones_python() if user else sys.executable,
        "-c",
        SCRIPT,
        str(root),
        str(user),
        json.dumps(kinds),
    ]
    environment = {
        "PYTHONPATH": os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    for _ in range(3):
        done = subprocess.run(command, env=environment, preexec_fn=enter, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        told: dict[str, object] = json.loads(done.stdout)
        if told["places"] or kinds.keys() <= set((root / "cgroup.subtree_control").read_text().split()):
            break
        with suppress(OSError):  # somebody else on this machine has taken the controllers back meanwhile
            (root / "cgroup.subtree_control").write_text(" ".join(f"+{kind}" for kind in kinds))
    return told


def test_a_slots_group_is_made_beside_the_group_of_the_server(service: tuple[Path, Path, dict[str, str]]) -> None:
    root, own, kinds = service

    told = _make(root, own, kinds, 0)

    assert isinstance(told["places"], dict)
    assert told["places"].keys() == kinds.keys()
    assert {Path(place).parent for place in told["places"].values()} == {own}
    assert told["inside"] == [True] * len(kinds)
    assert told["left"] == []


def test_an_ordinary_users_service_divides_what_was_delegated_to_it(
    service: tuple[Path, Path, dict[str, str]],
) -> None:
    root, own, kinds = service
    for place in (own, own / "server"):
        for name in (".", "cgroup.procs", "cgroup.subtree_control"):
            os.chown(place / name, 12_345, 12_345)

    told = _make(root, own, kinds, 12_345)

    assert isinstance(told["places"], dict)
    assert {Path(place).parent for place in told["places"].values()} == {own}
    assert told["inside"] == [True] * len(kinds)
    assert told["left"] == []


def test_an_ordinary_users_service_makes_none_where_nothing_was_delegated(
    service: tuple[Path, Path, dict[str, str]],
) -> None:
    told = _make(*service, 12_345)

    assert told["places"] == {}

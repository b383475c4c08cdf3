"""The native backend where no namespace may be made: the folder its runs keep their files in, and its walls in words."""

import fcntl
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sandbox.jail import reduced

# what these walls do not claim; `probes.run` tries other things instead
WAIVED = ("it is the first process of its own namespace",)
FULL_WALLS = (
    "for the full walls let this process make user namespaces (a container: --security-opt seccomp=unconfined "
    "--security-opt apparmor=unconfined; a host: sysctl kernel.unprivileged_userns_clone=1 "
    "kernel.apparmor_restrict_unprivileged_userns=0), or set LEARNFLOW_SANDBOX__BACKEND to docker or remote"
)

_PREFIX = "learnflow-runs-"
_MEMORY_DISK = Path("/dev/shm")  # noqa: S108 a folder of our own is made there
_LOCK = "lock"
_PACKAGES = "packages"


class Scratch:
    """A folder below which each run has one; root of nothing else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def environment(self) -> dict[str, str]:
        """For a zygote: where its packages may keep what they find out while they load."""
        return {"HOME": f"{self._folder}/warm/home", "MPLCONFIGDIR": f"{self._folder}/warm/tmp"}

    def hold(self, packages: Iterable[str]) -> dict[str, Any]:
        """The part of a zygote's setup: programs find those packages, and no others, by links in one folder."""
        links = self._folder / _PACKAGES
        for place in map(Path, packages):
            with suppress(FileExistsError):
                (links / place.name).symlink_to(place)
        return {"scratch": str(self._folder), "paths": [str(links)]}


@contextmanager
def open_scratch() -> Iterator[Scratch]:
    """In memory where the machine offers that: it bounds what all programs together can take, and is fast. The folder
    goes with the block; one whose service was killed goes when the next opens."""
    parent = _parent()
    _sweep(parent)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    lock = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.chmod(folder, 0o755)  # noqa: S103 each run's own folder is closed
        (folder / _PACKAGES).mkdir(mode=0o755)
        for name in ("warm", "warm/home", "warm/tmp"):  # a zygote's own
            (folder / name).mkdir(mode=0o700)
        yield Scratch(folder)
    finally:
        os.close(lock)
        reduced.clear(str(folder))


def _parent() -> Path:
    if os.path.ismount(_MEMORY_DISK) and os.access(_MEMORY_DISK, os.W_OK | os.X_OK):
        return _MEMORY_DISK
    return Path(tempfile.gettempdir())


def _sweep(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if folder.lstat().st_uid != os.geteuid():  # somebody's who could be changing it meanwhile
                continue
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                reduced.clear(str(folder))
            finally:
                os.close(lock)


def describe(claims: Mapping[str, Any], controllers: Iterable[str]) -> str:
    """The level of a backend behind these walls."""
    walls = [f"files by Landlock {claims['landlock']}", "network, signals and processes by seccomp", "rlimits"]
    missing = ["namespaces", "programs of several processes", "a disk limit of the kernel's"]
    (walls if claims["own_user"] else missing).append("a user for each run")
    if claims["own_user"] and not claims["own_files"]:
        missing.append("that user's own files (only root may read Python's library here)")
    for controller in ("memory", "pids"):
        (walls if controller in controllers else missing).append(f"cgroup {controller}")
    return f"native, reduced: no namespaces here; {', '.join(walls)}; missing: {', '.join(missing)}"

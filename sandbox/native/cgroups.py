"""Memory and process limits of the kernel's control groups, version 1 or 2, where this process may make groups."""

import os
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PREFIX = "learnflow-"
_REMOVALS_MAX, _REMOVAL_S = 100, 0.02
_ROOT = Path("/sys/fs/cgroup")


@dataclass(slots=True)
class Group:
    """One slot's groups: the folders that could be made, by controller."""

    folders: dict[str, Path]
    unified: bool
    _memory_max: int = 0
    _tasks_max: int = 0
    _events: int = -1  # open: it is read for every run

    @property
    def controllers(self) -> tuple[str, ...]:
        return tuple(self.folders)

    def add(self, pid: int) -> None:
        """Everything that process starts from now on is counted here. A group that takes nobody in is given up."""
        for kind, folder in list(self.folders.items()):
            try:
                (folder / "cgroup.procs").write_text(str(pid))
            except OSError:
                del self.folders[kind]
                with suppress(OSError):
                    folder.rmdir()

    def limit(self, memory_bytes: int, tasks: int) -> None:
        """Written only when they change: a write costs more than a run's own system calls."""
        if "memory" in self.folders and memory_bytes != self._memory_max:
            name = "memory.max" if self.unified else "memory.limit_in_bytes"
            (self.folders["memory"] / name).write_text(str(memory_bytes))
            self._memory_max = memory_bytes
        if "pids" in self.folders and tasks != self._tasks_max:
            (self.folders["pids"] / "pids.max").write_text(str(tasks))
            self._tasks_max = tasks

    def memory_used(self) -> int:
        """Bytes, 0 where memory is not counted."""
        if "memory" not in self.folders:
            return 0
        name = "memory.current" if self.unified else "memory.usage_in_bytes"
        return int((self.folders["memory"] / name).read_text())

    def kills(self) -> int:
        """How often the kernel has killed a process of this group for its memory."""
        if "memory" not in self.folders:
            return 0
        if self._events < 0:
            name = "memory.events" if self.unified else "memory.oom_control"
            self._events = os.open(self.folders["memory"] / name, os.O_RDONLY | os.O_CLOEXEC)
        found = re.search(rb"^oom_kill (\d+)", os.pread(self._events, 4096, 0), re.MULTILINE)
        return int(found[1]) if found else 0

    def remove(self) -> None:
        """Waits a moment for killed processes to be gone."""
        if self._events >= 0:
            os.close(self._events)
            self._events = -1
        for folder in set(self.folders.values()):
            for _ in range(_REMOVALS_MAX):
                with suppress(OSError):
                    folder.rmdir()
                if not folder.exists():
                    break
                time.sleep(_REMOVAL_S)


def make(name: str) -> Group:
    """A group for one slot; empty where nothing is permitted."""
    label = f"{_PREFIX}{os.getpid()}-{name}"
    if _is_unified():
        return Group(_make_unified(label), True)
    folders = {kind: _make_folder(_ROOT / kind / _own(kind) / label, probe) for kind, probe in _VERSION_1.items()}
    return Group({kind: folder for kind, folder in folders.items() if folder}, False)


def _is_unified() -> bool:
    """Whether version 2 is mounted where it belongs, not beside version 1."""
    return (_ROOT / "cgroup.controllers").exists()


def _make_unified(label: str) -> dict[str, Path]:
    """In the nearest place above our own group that may be divided: a service's own, where it was delegated, or the
    root. Never in our own: a group that holds processes cannot share out memory."""
    for parent in _above():
        _offer_controllers(parent)
        made = next(filter(None, (_make_folder(parent / label, probe) for probe in _VERSION_2.values())), None)
        if made:
            with suppress(OSError):
                (made / "memory.swap.max").write_text("0")  # version 2 counts it apart, and gives all there is
            return {kind: made for kind, probe in _VERSION_2.items() if os.access(made / probe, os.W_OK)}
    return {}


def _above() -> list[Path]:
    own = _ROOT / _own("")
    return [place for place in own.parents if place.is_relative_to(_ROOT)] or [_ROOT]


def _offer_controllers(parent: Path) -> None:
    """Ask for those that its children do not have yet; one refusal does not keep the others out."""
    with suppress(OSError):
        given = (parent / "cgroup.subtree_control").read_text().split()
        for kind in _VERSION_2.keys() - given:
            with suppress(OSError):
                (parent / "cgroup.subtree_control").write_text(f"+{kind}")


_VERSION_2 = {"memory": "memory.max", "pids": "pids.max"}
_VERSION_1 = {"memory": "memory.limit_in_bytes", "pids": "pids.max"}


def sweep() -> None:
    """Remove the empty groups of services that were killed."""
    parents = set(_above()) if _is_unified() else {_ROOT / kind / _own(kind) for kind in _VERSION_1}
    for folder in (entry for parent in parents for entry in parent.glob(f"{_PREFIX}*-*")):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            with suppress(OSError):
                folder.rmdir()


def _own(kind: str) -> str:
    """Where this process is in version 1's tree of `kind`, or with "" in version 2's, without the leading slash."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return ""
    places = {name: path for _, names, path in (line.split(":", 2) for line in lines) for name in names.split(",")}
    return places.get(kind, "").strip("/")


def _make_folder(folder: Path, probe: str) -> Path | None:
    try:
        folder.mkdir(exist_ok=True)
        if not os.access(folder / probe, os.W_OK):
            folder.rmdir()
            return None
    except OSError:
        return None
    return folder

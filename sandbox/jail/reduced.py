"""A zygote for where no namespace may be made: its runs are kept apart by Landlock, filters, and a user each if it can."""

import contextlib
import os
import platform
import random
import resource
import secrets
import signal
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.jail import landlock, linux, seccomp, walls
from sandbox.jail.zygote import Child, Watch, Zygote, be_zygote, spawn

_LANDLOCK_MIN = 3  # before, a file's content could be cut off by its name alone
_LOOK_S = 0.02
_LOOK_SHARE = 4  # of the time between two looks, at most a fourth goes into looking
_DEPTH_MAX = 64
_FILES_MAX = 4096  # as behind the full walls
_UNSEEN_BYTES_MAX = 128 << 20
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_BLOCK = 512  # bytes, whatever the file system's own
_SLACK_BYTES = 1 << 20  # so that one file too large meets its own limit, as an error that a program can catch
_SPARE = 16  # the part of the scratch folder's file system that programs may not use up
_QUEUED_SIGNALS_MAX = 256  # timers count here, by user

# what a first process needs to become another user, and to end and clean up after it
_CHOWN, _DAC_OVERRIDE, _FOWNER, _KILL, _SETGID, _SETUID, _SETPCAP = 0, 1, 3, 5, 6, 7, 8
_NEEDED = sum(1 << bit for bit in (_CHOWN, _DAC_OVERRIDE, _FOWNER, _KILL, _SETGID, _SETUID, _SETPCAP))
_USERS_MANY, _USERS_FEW = (1 << 30, 1 << 24), (60_000, 1_000)  # first and count; nobody's, as far as one can know


def start(setup: dict[str, Any], control: int) -> int:
    """Fork the zygote; its process id. Raises OSError naming what is missing."""
    if landlock.version() < _LANDLOCK_MIN:
        raise OSError(f"Landlock {_LANDLOCK_MIN} (Linux 6.2) or newer is missing")
    proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        be_zygote(ReducedZygote, setup, control, proc)
    os.close(proc)
    return pid


@dataclass(frozen=True, slots=True)
class User:
    """Whom a run becomes. `own_files`: on files too; else files are touched as root, whose library it must read."""

    uid: int
    own_files: bool

    def become(self) -> None:
        """With no capability left."""
        linux.prctl(linux.PR_SET_SECUREBITS, linux.SECURE_ALL_LOCKED)  # capabilities stay until they are dropped
        os.setgroups([])
        os.setresgid(self.uid, self.uid, self.uid)
        os.setresuid(self.uid, self.uid, self.uid)
        if not self.own_files:
            linux.libc().setfsuid(0)
        linux.empty_capabilities()


class ReducedZygote(Zygote):
    """Each run has a folder of its own below the scratch folder, removed with it."""

    def __init__(self, setup: dict[str, Any], control: int, proc: int) -> None:
        self._scratch = setup["scratch"]
        walls.move(f"{self._scratch}/warm")
        super().__init__(setup, control, proc)
        self._shown = [*setup["shown"], *setup["packages"], *setup["paths"]]
        self._folders: dict[int, str] = {}
        self._users = _users(proc)
        self._own_files = self._users is not None and all(map(_open_to_all, self._shown))
        self._libraries = landlock.open_rules(
            landlock.version(),
            readable=_leave_out(self._shown, setup["hidden"]),
            listable=filter(os.path.isdir, self._shown),  # else Python finds no module there; the names are no secret
            devices=("/dev",),
            writable=(self._scratch,),
        )

    def _claims(self) -> dict[str, Any]:
        return {"own_user": self._users is not None, "own_files": self._own_files}

    def _spawn(self, disk: int, forks: bool) -> Child:
        """No forks, whatever is asked for: nothing would hold the processes of one run together."""
        user = None if self._users is None else User(random.choice(self._users), self._own_files)  # noqa: S311 no secret
        folder = f"{self._scratch}/{secrets.token_hex(8)}"
        os.mkdir(folder, 0o700)
        if user is not None and user.own_files:
            os.chown(folder, user.uid, user.uid)
        zygote = os.getpid()
        child = spawn(
            self._language, self._libraries, disk, forks, lambda rules: self._enclose(rules, folder, user, zygote)
        )
        self._folders[child.pid] = folder
        return child

    def _enclose(self, rules: int, folder: str, user: User | None, zygote: int) -> walls.Room:
        def prepare() -> None:
            if user is None:
                linux.empty_capabilities()
            else:
                user.become()
            _die_with(zygote)
            for what, most in ((resource.RLIMIT_SIGPENDING, _QUEUED_SIGNALS_MAX), (resource.RLIMIT_MSGQUEUE, 0)):
                resource.setrlimit(what, (most, most))
            linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
            landlock.enter(rules)
            own_files = user is not None and user.own_files
            seccomp.install(seccomp.keep_to_itself_program(platform.machine(), os.getpid(), own_files=own_files))

        room = walls.enclose_without_namespaces(folder, self._shown, prepare, own_user=user is not None)
        self._language.tell_places()
        return room

    def _watch(self, child: Child, job: dict[str, Any], ready: bool) -> Watch:
        return FolderWatch(child, job, self._control, ready, self._folders[child.pid])

    def _bury(self, dead: list[Child]) -> None:
        pids = [child.pid for child in dead]
        super()._bury(dead)
        for pid in pids:
            clear(self._folders.pop(pid))


class FolderWatch(Watch):
    """A watch that also sees to the disk and the threads, which no limit of the kernel's bounds here."""

    def __init__(self, child: Child, job: dict[str, Any], control: int, ready: bool, folder: str) -> None:
        super().__init__(child, job, control, ready)
        self._folder = folder
        self._in_memory = folder.startswith("/dev/shm/")  # noqa: S108 our own folder there
        self._free_before = os.statvfs(folder).f_bavail
        self._disk = job["policy"]["disk_bytes_max"]
        self._tasks = job["policy"]["processes_max"] + walls.THREADS_MAX

    def _look(self) -> float:
        began = time.monotonic()
        if self._killed is None:
            if self._overfills_the_disk():
                self._kill("disk")
            elif _threads(self._child.pid) > self._tasks:
                self._kill("tasks")
        return max(_LOOK_S, _LOOK_SHARE * (time.monotonic() - began))

    def _overfills_the_disk(self) -> bool:
        """Seen by names, or by what the file system has lost. Others use that too, so on a disk its loss says little
        before it runs short of room; in memory it says enough. So files without a name take `files_max` times the disk
        limit at most."""
        left = os.statvfs(self._folder)
        spent = (self._free_before - left.f_bavail) * left.f_frsize
        if spent > self._disk:
            unseen = min(_UNSEEN_BYTES_MAX, left.f_blocks * left.f_frsize // 2)
            if left.f_bavail < left.f_blocks // _SPARE or (self._in_memory and spent > self._disk + unseen):
                return True
        return not fits(self._folder, self._disk, hide_and_seek=spent <= self._disk)


def fits(folder: str, bytes_max: int, *, hide_and_seek: bool = True) -> bool:
    """Whether it holds no more than that and the usual number of files, and all of it can be seen. A program may be
    changing it meanwhile; without `hide_and_seek` nothing may have gone between being named and being looked at."""
    used = count = 0
    top = os.open(folder, _FOLDER)
    try:
        for seen in _below(top):
            if seen is None and not hide_and_seek:
                return False
            used += seen.st_blocks * _BLOCK if seen else 0
            count += 1
            if used > bytes_max + _SLACK_BYTES or count > _FILES_MAX:
                return False
    except PermissionError:  # it hides what it has written
        return False
    finally:
        os.close(top)
    return True


def _below(folder: int, depth: int = 0) -> Iterator[os.stat_result | None]:
    """Of everything below an open folder, by no symbolic link; None for what has just gone, or changed its name. Raises
    PermissionError where it may not look or would have to look too deep."""
    if depth > _DEPTH_MAX:
        raise PermissionError
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                seen = entry.stat(follow_symlinks=False)
                inner = os.open(entry.name, _FOLDER, dir_fd=folder) if stat.S_ISDIR(seen.st_mode) else None
            except PermissionError:
                raise
            except OSError:
                yield None
                continue
            yield seen
            if inner is not None:
                try:
                    yield from _below(inner, depth + 1)
                finally:
                    os.close(inner)


def clear(folder: str) -> None:
    """Remove it with all below, however deep, when no program can change it any more. Folders are lifted to the top
    before they are emptied: a path could be too long, and so could a row of open ones."""
    with contextlib.suppress(OSError):  # what resists stays until the whole scratch folder goes
        top = os.open(folder, _FOLDER)
        try:
            while inner := _lift(top, top):
                for name in inner:
                    fd = os.open(name, _FOLDER, dir_fd=top)
                    try:
                        _lift(fd, top)
                    finally:
                        os.close(fd)
                    os.rmdir(name, dir_fd=top)
        finally:
            os.close(top)
        os.rmdir(folder)


def _lift(folder: int, top: int) -> list[str]:
    """Remove the files of an open folder and move its folders to the open folder `top`: their names there."""
    names = []
    for name in os.listdir(folder):
        if not stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            os.unlink(name, dir_fd=folder)
            continue
        os.chmod(name, 0o700, dir_fd=folder)
        names.append(secrets.token_hex(8))
        os.rename(name, names[-1], src_dir_fd=folder, dst_dir_fd=top)
    return names


def _threads(pid: int) -> int:
    """0 where it cannot be told."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return int(file.read().rpartition(")")[2].split()[17])
    except OSError:
        return 0


def _die_with(parent: int) -> None:
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was faster
        raise OSError("the zygote has ended")


def _users(proc: int) -> range | None:
    """Numbers of users that nobody is, where this process can become another and end it and clean up after it; None
    for an ordinary user. Raises OSError for a root that cannot: no program runs as root."""
    if os.geteuid() != 0:
        return None
    status = dict(line.split(":", 1) for line in _read(proc, "self/status").splitlines())
    if int(status["CapEff"], 16) & _NEEDED != _NEEDED:
        raise OSError(
            "root needs the capabilities CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID and SETPCAP to give each run "
            "a user of its own; start the server as an ordinary user"
        )
    known = [[int(word) for word in line.split()] for line in _read(proc, "self/uid_map").splitlines()]
    for first, count in (_USERS_MANY, _USERS_FEW):
        if any(inside <= first and first + count <= inside + size for inside, _, size in known):
            return range(first, first + count)
    raise OSError("there is no number here that could be a run's own user")


def _read(folder: int, name: str) -> str:
    with open(os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)) as file:
        return file.read()


def _open_to_all(path: str) -> bool:
    """Whether every user may read that file or enter that folder, by the modes of all folders above."""
    real = os.path.realpath(path)
    if not os.path.exists(real):
        return True
    above = real
    while above != "/":
        above = os.path.dirname(above)
        if not os.stat(above).st_mode & stat.S_IXOTH:
            return False
    return bool(os.stat(real).st_mode & stat.S_IROTH)


def _leave_out(shown: Iterable[str], hidden: Iterable[str]) -> list[str]:
    """All that is shown less what is hidden: Landlock can only allow, and allows everything below."""
    secret = {os.path.realpath(path) for path in hidden}

    def parts(path: str) -> Iterator[str]:
        if path in secret:
            return
        if not any(other.startswith(f"{path}/") for other in secret):
            yield path
            return
        for entry in os.scandir(path):
            if not entry.is_symlink():  # what it points to is shown itself, or is not
                yield from parts(entry.path)

    return [part for path in shown for part in parts(os.path.realpath(path))]

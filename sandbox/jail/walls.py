"""The walls: a small read-only root for a whole zygote, then namespaces, limits and filters of its own for each run."""

import os
import platform
import resource
import signal
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.jail import landlock, linux, seccomp
from sandbox.jail.tape import HERE, Tape

BOX = "/box"  # the only writable place inside
HOME = f"{BOX}/home"
PACKAGES = "/packages"
TEMP = f"{BOX}/tmp"  # noqa: S108 a path inside the walls
PROC = 5  # the number of an open /proc while walls are built

_STAGE = "/sys"  # exists on every Linux and holds no interpreter: where the new root is put together
_DEVICES = ("null", "zero", "full", "random", "urandom")
_READ_ONLY = linux.MS_RDONLY | linux.MS_NOSUID | linux.MS_NODEV
_SCRATCH = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
_STUDENT = 1000
THREADS_MAX = 16  # beside each allowed process
_TASKS_OF_ALL = 1 << 20  # a shared user's: the kernel counts the others' too
_RESERVE = 24 * 1024 * 1024  # kept back so that a MemoryError can still be reported
_INODES_MAX = 4096
_LIMITED = (
    resource.RLIMIT_CPU, resource.RLIMIT_DATA, resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE,
    resource.RLIMIT_NPROC, resource.RLIMIT_CORE, resource.RLIMIT_MEMLOCK,
)  # fmt: skip
_CONTAINER_SHOWN = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/matplotlibrc")


@dataclass(frozen=True, slots=True)
class Room:
    """What one freshly forked run knows about itself before any student code: bytes of address space and of data, and
    how far each limit may go."""

    address_bytes: int
    data_bytes: int
    ceilings: dict[int, int]
    own_user: bool = True  # the kernel counts this user's processes for this run alone


def build_root(shown: Iterable[str], hidden: Iterable[str], packages: Iterable[str]) -> None:
    """Replace this mount namespace's tree by a read-only one that holds only `shown`, less `hidden`, plus `packages`
    in a folder of their own: where they really lie is nobody's business inside, and may be below /tmp."""
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    linux.mount("tmpfs", _STAGE, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=1m,mode=755")
    for path in shown:
        _show(path)
    covers = [_STAGE + path for path in hidden if Path(_STAGE + path).is_dir()]
    for cover in covers:
        linux.mount("tmpfs", cover, "tmpfs", _SCRATCH, "size=64k,mode=755")
    for path in packages:
        _show(path, at=f"{PACKAGES}/{Path(path).name}")
    for cover in covers:
        linux.mount(None, cover, None, linux.MS_REMOUNT | linux.MS_BIND | _READ_ONLY)
    for name in _DEVICES:
        _show(f"/dev/{name}", linux.MS_NOSUID | linux.MS_NOEXEC)
    Path(_STAGE + BOX).mkdir()
    common = Path(_STAGE + "/tmp")  # noqa: S108 a path inside the walls
    if not common.exists():  # it does where the interpreter itself lies in /tmp: then TMPDIR must do
        common.symlink_to(TEMP)
    Path(_STAGE + "/dev/shm").symlink_to(TEMP)  # noqa: S108 a path inside the walls
    os.chdir(_STAGE)
    linux.pivot_root_here()
    linux.mount("tmpfs", BOX, "tmpfs", _SCRATCH, "size=64m,mode=777")
    linux.mount(None, "/", None, linux.MS_REMOUNT | linux.MS_BIND | _READ_ONLY)
    _make_home()
    for path in (HOME, TEMP):  # the zygote is not root by the time it rehearses, and its packages want to cache things
        os.chmod(path, 0o777)  # noqa: S103 no run sees these two: each has its own


def _show(path: str, flags: int = _READ_ONLY, *, at: str | None = None) -> None:
    """Bind one file or folder below the stage, at its own place or `at` another; a symbolic link is copied as one."""
    source, target = Path(path), Path(_STAGE + (at or path))
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_symlink():
        target.symlink_to(source.readlink())
        return
    if not source.exists():
        return
    if source.is_dir():
        target.mkdir(exist_ok=True)
    else:
        target.touch()
    linux.mount(path, str(target), None, linux.MS_BIND | linux.MS_REC)
    kept = os.statvfs(target).f_flag & (linux.MS_RDONLY | linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)
    times = os.statvfs(target).f_flag & (os.ST_NOATIME | os.ST_NODIRATIME | os.ST_RELATIME)
    relatime = (1 << 21) if times & os.ST_RELATIME else 0  # the two tables differ in this one bit
    steady = kept | (times & ~os.ST_RELATIME) | relatime
    linux.mount(None, str(target), None, linux.MS_REMOUNT | linux.MS_BIND | flags | steady)


def enter_namespace_as_nobody(uid: int, proc: int, also: int = 0) -> None:
    """Become root of a user namespace, and of other kinds `also`, that is the unprivileged `uid` outside, or whichever
    ordinary user this is; `proc` is an open /proc."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    new_user_namespace(proc, 0, also)


def new_user_namespace(proc: int, inside: int, also: int = 0) -> None:
    uid, gid = os.geteuid(), os.getegid()
    linux.prctl(linux.PR_SET_DUMPABLE, 1)
    linux.unshare(linux.CLONE_NEWUSER | also)
    linux.prctl(linux.PR_SET_DUMPABLE, 1)  # else /proc/self belongs to the outer root and the maps cannot be written
    _write(proc, "self/setgroups", "deny")
    _write(proc, "self/uid_map", f"{inside} {uid} 1")
    _write(proc, "self/gid_map", f"{inside} {gid} 1")


def _write(folder: int, name: str, text: str) -> None:
    fd = os.open(name, os.O_WRONLY | os.O_CLOEXEC, dir_fd=folder)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def enclosure(forks: bool, disk_bytes_max: int) -> Tape:
    """What a freshly forked first process of a pid namespace does to itself, everything but the limits that a policy
    sets. It is played with /proc open at descriptor `PROC` and nothing above it."""
    tape = Tape()
    tape.add("prctl", linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    # under memory pressure this process goes first, never its zygote
    _add_write(tape, "self/oom_score_adj", "1000")
    tape.add("prctl", linux.PR_SET_DUMPABLE, 1)
    tape.add("unshare", linux.CLONE_NEWUSER | linux.CLONE_NEWNS | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS)
    tape.add("prctl", linux.PR_SET_DUMPABLE, 1)  # as in new_user_namespace
    # no groups either: what the zygote wrote for its own namespace holds below it
    _add_write(tape, "self/uid_map", f"{_STUDENT} {os.geteuid()} 1")
    _add_write(tape, "self/gid_map", f"{_STUDENT} {os.getegid()} 1")
    tape.add("close", PROC)
    scratch = f"size={disk_bytes_max},nr_inodes={_INODES_MAX},mode=755"
    tape.add("mount", "tmpfs", BOX, "tmpfs", _SCRATCH, scratch)
    for path in (HOME, TEMP):
        tape.add("mkdirat", HERE, path, 0o755)
    tape.add("chdir", HOME)
    tape.add("prctl", linux.PR_CAP_AMBIENT, linux.PR_CAP_AMBIENT_CLEAR_ALL)
    tape.add("prctl", linux.PR_SET_SECUREBITS, linux.SECURE_ALL_LOCKED)
    tape.add("capset", linux.CAPABILITY_HEADER, linux.NO_CAPABILITIES)
    tape.add("prctl", linux.PR_SET_DUMPABLE, 0)
    tape.add("prctl", linux.PR_SET_NO_NEW_PRIVS, 1)
    if abi := landlock.version():
        landlock.add_to(tape, PROC, abi, readable="/", device="/dev", writable=BOX)
    program = seccomp.compile_filter(platform.machine(), forks=forks)
    tape.add("prctl", linux.PR_SET_SECCOMP, 2, tape.keep(seccomp.header(tape.keep(program), program)))
    return tape


def _add_write(tape: Tape, name: str, text: str) -> None:
    fd = PROC + 1
    tape.add("openat", PROC, name, os.O_WRONLY | os.O_CLOEXEC, answer=fd)
    tape.add("write", fd, text, len(text), answer=len(text))
    tape.add("close", fd)


def enclose_in_container(proc: int, forks: bool) -> Room:
    """The same for the one child of a container's first process. The container is the namespaces, the root and the
    scratch disk, its engine took the capabilities; what it shows too much of (/proc, /sys, /etc) Landlock hides."""
    os.setsid()
    _write(proc, "self/oom_score_adj", "1000")
    room = measure(proc)
    os.close(proc)
    _make_home()
    seccomp.install(seccomp.spare_first_process_program(platform.machine()))
    devices = [f"/dev/{name}" for name in _DEVICES]
    _seal(forks, readable=_CONTAINER_SHOWN, devices=devices, writable=(BOX, "/dev/shm"))  # noqa: S108 inside the walls
    return room


def enclose_without_namespaces(
    box: str, readable: Iterable[str], prepare: Callable[[], None], *, own_user: bool
) -> Room:
    """The same where no namespace may be made. `box` is the run's own folder; `prepare` becomes another user and obeys
    what rules there are beside these."""
    os.setsid()
    proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    _write(proc, "self/oom_score_adj", "1000")
    room = replace(measure(proc), own_user=own_user)
    os.close(proc)
    prepare()
    move(box)
    _make_home()
    _seal(False, readable=readable, devices=[f"/dev/{name}" for name in _DEVICES], writable=(box,))
    return room


def move(box: str) -> None:
    """From now on the writable place, which no mount can put at `BOX`, is the folder `box`."""
    global HOME, TEMP
    HOME, TEMP = f"{box}/home", f"{box}/tmp"  # noqa: S108 its own


def _seal(forks: bool, *, readable: Iterable[str], devices: Iterable[str], writable: Iterable[str]) -> None:
    linux.prctl(linux.PR_SET_DUMPABLE, 0)
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    if abi := landlock.version():
        landlock.restrict(abi, readable=readable, devices=devices, writable=writable)
    seccomp.install(seccomp.compile_filter(platform.machine(), forks=forks))


def _make_home() -> None:
    os.umask(0o022)
    for path in (HOME, TEMP):
        os.mkdir(path)
    os.chdir(HOME)


def measure(proc: int) -> Room:
    """This process, which those that it forks resemble."""
    fd = os.open("self/statm", os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc)
    try:
        pages = [int(word) for word in os.read(fd, 200).split()]
    finally:
        os.close(fd)
    outer = {what: resource.getrlimit(what)[1] for what in _LIMITED}
    ceilings = {what: sys.maxsize if hard == resource.RLIM_INFINITY else hard for what, hard in outer.items()}
    return Room(pages[0] * resource.getpagesize(), pages[5] * resource.getpagesize(), ceilings)


def limit(room: Room, *, cpu_s: float, memory: int, disk: int, files: int, processes: int) -> None:
    """The limits that a policy sets: seconds, bytes, open files, processes."""
    data, space = room.data_bytes + memory, room.address_bytes + memory + (64 << 20)
    tasks = processes + THREADS_MAX if room.own_user else _TASKS_OF_ALL
    seconds = max(1, int(cpu_s + 0.999))
    ceilings = {
        resource.RLIMIT_CPU: (seconds, seconds),  # soft = hard: a first process ignores SIGXCPU but not SIGKILL
        resource.RLIMIT_DATA: (data, data + _RESERVE),
        resource.RLIMIT_AS: (space, space + _RESERVE),
        resource.RLIMIT_FSIZE: (disk, disk),
        resource.RLIMIT_NOFILE: (files, files),
        resource.RLIMIT_NPROC: (tasks, tasks),  # counted in this run's own user namespace
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_MEMLOCK: (0, 0),
    }
    for what, (soft, hard) in ceilings.items():
        outer = room.ceilings[what]
        resource.setrlimit(what, (min(soft, outer), min(hard, outer)))


def release_reserve() -> None:
    """Let the report of a MemoryError use what was kept back."""
    for what in (resource.RLIMIT_DATA, resource.RLIMIT_AS):
        hard = resource.getrlimit(what)[1]
        resource.setrlimit(what, (hard, hard))

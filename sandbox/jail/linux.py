"""The few Linux calls that Python 3.11 has no name for, through ctypes."""

import contextlib
import ctypes
import functools
import os
import platform
import signal
from collections.abc import Callable
from typing import Any

CLONE_FILES = 0x00000400
CLONE_PARENT = 0x00008000
_CLONE_CHILD_CLEARTID, _CLONE_CHILD_SETTID = 0x00200000, 0x01000000
CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
CLONE_NEW_ANY = 0x7E020080  # every namespace flag, time namespaces (0x80) too

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18
MNT_DETACH = 2

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP = 1, 4, 22
PR_SET_SECUREBITS, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 28, 38, 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
SECURE_ALL_LOCKED = 0x2F  # no-root, no-setuid-fixup, keep-caps off; each locked
CAPABILITY_HEADER = (0x20080522).to_bytes(4, "little") + bytes(4)  # version 3, this process
NO_CAPABILITIES = bytes(24)

_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_CLONE = {"x86_64": 56, "aarch64": 220}
_PR_GET_TID_ADDRESS = 40
_MADV_COLLAPSE, _LARGE = 25, 1 << 21
_CAPSET = {"x86_64": 126, "aarch64": 91}


@functools.cache
def libc() -> Any:
    """The C library already in this process."""
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)
    return library


def _check(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def syscall(number: int, *args: int | ctypes.Array[ctypes.c_char] | bytes | None, what: str = "syscall") -> int:
    """Raises OSError with the call's errno."""
    wide = [ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in args]
    return _check(libc().syscall(ctypes.c_long(number), *wide), what)


def fork() -> int:
    """The C library's fork, for a process of one thread, without what Python does around it: the import lock, fresh
    locks for threads, fresh seeds. These touch, and so copy, two hundred pages in each child."""
    return _check(int(_fork()()), "fork")


def can_clone() -> bool:
    """Whether this kernel tells what `clone` must know (it is built with CONFIG_CHECKPOINT_RESTORE)."""
    try:
        return _clone() is not None
    except OSError:
        return False


def clone(flags: int) -> int:
    """A fork with flags, which the C library offers for fresh stacks only: so the kernel is told here where the library
    keeps the number of its thread, which is another in the child."""
    call, place = _clone()
    return _check(int(call(*place(flags | _CLONE_CHILD_SETTID | _CLONE_CHILD_CLEARTID | signal.SIGCHLD))), "clone")


@functools.cache
def _clone() -> tuple[Any, Callable[[int], tuple[int, ...]]]:
    address = ctypes.c_ulong()
    prctl(_PR_GET_TID_ADDRESS, ctypes.addressof(address))
    call = ctypes.PyDLL(None, use_errno=True).syscall
    call.argtypes, call.restype = (ctypes.c_long,) * 6, ctypes.c_long
    number, tid = _CLONE[platform.machine()], address.value
    if platform.machine() == "x86_64":
        return call, lambda flags: (number, flags, 0, 0, tid, 0)
    return call, lambda flags: (number, flags, 0, 0, 0, tid)


@functools.cache
def _fork() -> Any:
    return ctypes.PyDLL(None, use_errno=True).fork  # keeps the interpreter's lock: parent and child both hold it


def trim() -> None:
    """Give free memory back, where the C library can: each page costs a fork and an exit."""
    with contextlib.suppress(AttributeError):
        libc().malloc_trim(0)


def collapse(proc: int) -> None:
    """Put private memory on large pages, where the kernel can (from 6.1): each is forked and given up as one, not as
    512. `proc` is an open /proc."""
    with open(
        os.open("self/maps", os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc), encoding="ascii", errors="replace"
    ) as maps:
        areas = [line.split(maxsplit=5)[:5] for line in maps]
    for place, rights, _, _, inode in areas:
        if rights == "rw-p" and inode == "0":
            start, end = (int(address, 16) for address in place.split("-"))
            for address in range(-(-start // _LARGE) * _LARGE, end - _LARGE + 1, _LARGE):
                libc().madvise(
                    ctypes.c_ulong(address), ctypes.c_ulong(_LARGE), _MADV_COLLAPSE
                )  # a refusal costs time only


def unshare(flags: int) -> None:
    _check(libc().unshare(ctypes.c_int(flags)), f"unshare {flags:#x}")


def setns(fd: int, flags: int) -> None:
    _check(libc().setns(fd, ctypes.c_int(flags)), "setns")


def prctl(option: int, *args: int) -> int:
    return _check(libc().prctl(option, *(*args, 0, 0, 0, 0)[:4]), f"prctl {option}")


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    def raw(text: str | None) -> bytes | None:
        return None if text is None else os.fsencode(text)

    done = libc().mount(raw(source), raw(target), raw(kind), ctypes.c_ulong(flags), raw(data))
    _check(done, f"mount {target}")


def pivot_root_here() -> None:
    """Make the current directory the root and let go of the old one."""
    syscall(_PIVOT_ROOT[platform.machine()], b".", b".", what="pivot_root")
    _check(libc().umount2(b".", MNT_DETACH), "umount old root")
    os.chdir("/")


def drop_capabilities() -> None:
    """Empty every capability set, for good. The bounding set is left: it only matters when a program is executed,
    which neither the filter, Landlock nor no_new_privs allows, and emptying it takes forty calls."""
    prctl(PR_SET_SECUREBITS, SECURE_ALL_LOCKED)
    empty_capabilities()


def empty_capabilities() -> None:
    """The part of it that needs no capability."""
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = ctypes.create_string_buffer(CAPABILITY_HEADER, 8)
    nothing = ctypes.create_string_buffer(NO_CAPABILITIES)
    syscall(_CAPSET[platform.machine()], header, nothing, what="capset")

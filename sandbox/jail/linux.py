"""The few Linux calls that Python 3.11 has no name for, through ctypes."""

import ctypes
import functools
import os
import platform
from typing import Any

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

_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
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
    header = ctypes.create_string_buffer((0x20080522).to_bytes(4, "little") + bytes(4), 8)
    nothing = ctypes.create_string_buffer(24)
    syscall(_CAPSET[platform.machine()], header, nothing, what="capset")

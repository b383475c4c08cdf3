"""Started as a program: lock this process down as Docker's default profile does, then run a program of Python's in it.

`python locked_down.py USER PYTHON ARGUMENT...`: as that user; 0 keeps the capabilities that a container's root has,
and `0-unfiltered` is a container's root under `--security-opt seccomp=unconfined`.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

X86_64 = platform.machine() == "x86_64"
# unshare, setns, mount, umount2, pivot_root, and the newer ways to mount
REFUSED = (272, 308, 165, 166, 155) if X86_64 else (97, 268, 40, 39, 41)
NEWER = (428, 429, 430, 431, 432, 433, 442)
CLONE, CLONE3 = (56 if X86_64 else 220), 435
NEW_ANY = 0x7E020080
CONTAINERS_OWN = 0x00000000A80425FB  # what CapEff shows in a container by default

LOAD, EQUAL, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
NO_NEW_PRIVS, SECCOMP, BOUNDING_DROP = 38, 22, 24


def filter_program() -> bytes:
    refuse, unknown = (RETURN, 0, 0, ERRNO | errno.EPERM), (RETURN, 0, 0, ERRNO | errno.ENOSYS)
    code = [(LOAD, 0, 0, 0)]
    for number in (*REFUSED, *NEWER):
        code += [(EQUAL, 0, 1, number), refuse]
    code += [(EQUAL, 0, 1, CLONE3), unknown]
    code += [(EQUAL, 0, 3, CLONE), (LOAD, 0, 0, 16), (ANY_BIT, 0, 1, NEW_ANY), refuse, (RETURN, 0, 0, ALLOW)]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in code)


def forbid_namespaces(libc: ctypes.CDLL) -> None:
    program = filter_program()
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    check(libc.prctl(SECCOMP, 2, ctypes.c_char_p(header), 0, 0))


def lock_down(user: int, filtered: bool) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if user or os.geteuid():  # else as an engine does it: without no_new_privs
        check(libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0))
    if filtered:
        forbid_namespaces(libc)
    if os.geteuid() == 0:
        for bit in range(64):
            if not CONTAINERS_OWN >> bit & 1:
                libc.prctl(BOUNDING_DROP, bit, 0, 0, 0)
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
        if not user:
            keep_only(libc, CONTAINERS_OWN)


def keep_only(libc: ctypes.CDLL, capabilities: int) -> None:
    low, high = capabilities & 0xFFFFFFFF, capabilities >> 32
    header = struct.pack("Ii", 0x20080522, 0)
    data = struct.pack("IIIIII", low, low, 0, high, high, 0)
    check(libc.capset(ctypes.c_char_p(header), ctypes.c_char_p(data)))


def check(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    who, _, how = sys.argv[1].partition("-")
    lock_down(int(who), filtered=not how)
    os.execv(sys.argv[2], sys.argv[2:])

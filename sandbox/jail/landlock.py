"""Landlock: the kernel's own list of paths and rights, for when a mount was forgotten."""

import ctypes
import os
import struct
from collections.abc import Iterable

from sandbox.jail import linux
from sandbox.jail.tape import HERE, Tape

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same on every processor
_READ = 0b1100  # files, folders
_LIST = 0b1000
_FILE_WRITE, _TRUNCATE = 1 << 1, 1 << 14
_TREE_WRITE = (
    _FILE_WRITE | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 12
)  # remove, make folder, file, fifo, symlink
_REFER = 1 << 13
_ON_FILES = 1 << 2 | _FILE_WRITE | _TRUNCATE  # the rest means nothing for what is not a folder
_RIGHTS_BY_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
_TCP = 0b11  # bind, connect: from version 4
_SCOPES = 0b11  # abstract sockets, signals: from version 6


def version() -> int:
    """The kernel's Landlock version, 0 where it has none."""
    try:
        return linux.syscall(_CREATE, 0, 0, 1, what="landlock")
    except OSError:
        return 0


def restrict(abi: int, *, readable: Iterable[str], devices: Iterable[str], writable: Iterable[str]) -> None:
    """From now on: read below `readable`, read and write below `devices` and `writable`, make and remove files only
    below `writable`, execute nothing; for good. Paths that do not exist are passed over."""
    enter(open_rules(abi, readable=readable, devices=devices, writable=writable))


def open_rules(
    abi: int,
    *,
    readable: Iterable[str],
    devices: Iterable[str],
    writable: Iterable[str],
    listable: Iterable[str] = (),
) -> int:
    """A descriptor of the rules, for any number of processes to enter. `listable`: folders whose names may be seen, and
    of all below them, but no content."""
    handled = _RIGHTS_BY_VERSION[min(abi, 5)]
    attr = _attributes(abi)
    ruleset = linux.syscall(_CREATE, ctypes.create_string_buffer(attr, 24), len(attr), 0, what="landlock")
    try:
        for paths, rights in (
            (readable, _READ),
            (devices, _READ | _FILE_WRITE | _TRUNCATE),
            (writable, _READ | _TREE_WRITE | _REFER | _TRUNCATE),
            (listable, _LIST),
        ):
            for path in filter(os.path.exists, paths):
                _allow(ruleset, path, handled & (rights if os.path.isdir(path) else rights & _ON_FILES))
    except BaseException:
        os.close(ruleset)
        raise
    return ruleset


def enter(rules: int) -> None:
    """Obey the rules of that descriptor from now on, beside those obeyed already; it is closed."""
    try:
        linux.syscall(_RESTRICT, rules, 0, what="landlock")
    finally:
        os.close(rules)


def add_to(tape: Tape, fd: int, abi: int, *, readable: str, device: str, writable: str) -> None:
    """The same with one folder of each kind, written down; `fd`: the lowest number that is free when it is played."""
    handled, attr = _RIGHTS_BY_VERSION[min(abi, 5)], _attributes(abi)
    tape.add("landlock_create_ruleset", attr, len(attr), answer=fd)
    for path, rights in (
        (readable, _READ),
        (device, _READ | _FILE_WRITE | _TRUNCATE),
        (writable, _READ | _TREE_WRITE | _REFER | _TRUNCATE),
    ):
        tape.add("openat", HERE, path, os.O_PATH | os.O_CLOEXEC, answer=fd + 1)
        tape.add("landlock_add_rule", fd, 1, struct.pack("=Qi", handled & rights, fd + 1), 0)
        tape.add("close", fd + 1)
    tape.add("landlock_restrict_self", fd)
    tape.add("close", fd)


def _attributes(abi: int) -> bytes:
    handled = _RIGHTS_BY_VERSION[min(abi, 5)]
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    return struct.pack("QQQ", handled, _TCP if abi >= 4 else 0, _SCOPES if abi >= 6 else 0)[:size]


def _allow(ruleset: int, path: str, rights: int) -> None:
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", rights, fd)
        linux.syscall(_ADD, ruleset, 1, ctypes.create_string_buffer(rule, 12), 0, what="landlock")
    finally:
        os.close(fd)

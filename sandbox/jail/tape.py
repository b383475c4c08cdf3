"""System calls written down before a fork and made after it: a forked interpreter pays for each page that it touches
for the first time, and a line of Python touches many."""

import ctypes
import functools
import os
import platform
import struct
from typing import Any

_NUMBERS = {  # x86_64, aarch64
    "write": (1, 64), "close": (3, 57), "chdir": (80, 49), "mkdirat": (258, 34), "openat": (257, 56),
    "prctl": (157, 167), "mount": (165, 40), "unshare": (272, 97), "capset": (126, 91),
    "landlock_create_ruleset": (444, 444), "landlock_add_rule": (445, 445), "landlock_restrict_self": (446, 446),
}  # fmt: skip
_CALL = struct.Struct("8q")  # the answer, the call's number, its arguments: one block, since objects lie on many pages
HERE = -100  # AT_FDCWD


class Tape:
    """Calls in their order, each with what it must answer."""

    def __init__(self) -> None:
        self._syscall = _syscall()
        self._column = 0 if platform.machine() == "x86_64" else 1
        self._calls = b""
        self._names: list[str] = []
        self._kept: list[Any] = []

    def add(self, name: str, *args: int | str | bytes | None, answer: int = 0) -> None:
        """A text is passed as C's, bytes as the address of a buffer that holds them."""
        words = [arg if isinstance(arg, int) else self.keep(arg) for arg in args] + [0] * (6 - len(args))
        self._calls += _CALL.pack(answer, _NUMBERS[name][self._column], *words)
        self._names.append(name)

    def keep(self, data: str | bytes | None) -> int:
        """The address of a copy that lives as long as the tape; 0 for None."""
        if data is None:
            return 0
        raw = os.fsencode(data) + b"\0" if isinstance(data, str) else data
        buffer = ctypes.create_string_buffer(raw, len(raw))
        self._kept.append(buffer)
        return ctypes.addressof(buffer)

    def play(self) -> None:
        """Raises OSError naming the call that was refused."""
        syscall = self._syscall
        for place, (answer, *call) in enumerate(_CALL.iter_unpack(self._calls)):
            if syscall(*call) != answer:
                code = ctypes.get_errno()
                raise OSError(code, f"{self._names[place]}: {os.strerror(code)}")


@functools.cache
def _syscall() -> Any:
    """Holds the interpreter's lock, which costs less than letting go of it: nobody else wants it."""
    function = ctypes.PyDLL(None, use_errno=True).syscall
    function.argtypes = (ctypes.c_long,) * 7
    function.restype = ctypes.c_long
    return function

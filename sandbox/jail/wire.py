"""Messages between the server and a zygote: a length, then JSON; bytes travel as latin-1 text."""

import json
import os
import struct
from typing import Any

_HEAD = struct.Struct("!I")
GAVE_UP = 75  # exit code of a grading that has claimed a timeout
GOODBYE = b"\ngoodbye "  # ends a report: exit code and peak memory in KiB follow


def pack(message: dict[str, Any]) -> bytes:
    body = json.dumps(message).encode()
    return _HEAD.pack(len(body)) + body


def read(fd: int) -> dict[str, Any] | None:
    """The next message of a blocking descriptor; None at its end."""
    head = _read_exactly(fd, _HEAD.size)
    if head is None:
        return None
    body = _read_exactly(fd, _HEAD.unpack(head)[0])
    return None if body is None else dict(json.loads(body))


def write(fd: int, message: dict[str, Any]) -> None:
    write_all(fd, pack(message))


def write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _read_exactly(fd: int, count: int) -> bytes | None:
    parts = []
    while count:
        part = os.read(fd, min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)

"""Messages between the server and a zygote: two lengths, JSON, then bytes as they are."""

import json
import marshal
import os
import struct
from typing import Any

HEAD = struct.Struct("!II")
GAVE_UP = 75  # exit code of a grading that has claimed a timeout
GOODBYE = b"\ngoodbye "  # ends a report: exit code and peak memory in KiB follow


def pack(message: dict[str, Any], blob: bytes = b"") -> bytes:
    """`blob` comes out as the message's own entry "blob"."""
    body = json.dumps(message).encode()
    return HEAD.pack(len(body), len(blob)) + body + blob


def unpack(body: bytes, blob: bytes) -> dict[str, Any]:
    return {**json.loads(body), "blob": blob}


def read(fd: int) -> dict[str, Any] | None:
    """The next message of a blocking descriptor; None at its end."""
    head = _read_exactly(fd, HEAD.size)
    if head is None:
        return None
    sizes = HEAD.unpack(head)
    body, blob = (_read_exactly(fd, size) for size in sizes)
    return None if body is None or blob is None else unpack(body, blob)


def give(fd: int, job: dict[str, Any]) -> None:
    """A job, to a fork of this process: what `take` reads in one step, where JSON would touch many more pages."""
    body = marshal.dumps(job)
    write_all(fd, HEAD.pack(len(body), 0) + body)


def take(fd: int) -> dict[str, Any] | None:
    """What the other side has given; None at the end."""
    head = _read_exactly(fd, HEAD.size)
    body = head and _read_exactly(fd, HEAD.unpack(head)[0])
    return marshal.loads(body) if body else None  # noqa: S302 from our own parent


def write(fd: int, message: dict[str, Any], blob: bytes = b"") -> None:
    write_all(fd, pack(message, blob))


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

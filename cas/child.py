"""The child process: it alone imports SymPy, answers one request at a time over pipes, and may be killed at any time."""

import json
import resource
import signal
import struct
import sys
from typing import Any, BinaryIO

MEMORY_BYTES_MAX = 1_500_000_000
MESSAGE_BYTES_MAX = 4_000_000
ALARM_S = 15  # the parent kills long before; this is for when the parent has died


def main() -> None:
    """Serve until the pipe closes. The first message out says that SymPy is loaded."""
    _confine()
    requests, replies = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever prints must not break the protocol
    from cas.algebra import Algebra

    algebra = Algebra()
    algebra.warm_up()
    send(replies, {"ready": True})
    while (request := receive(requests)) is not None:
        signal.alarm(ALARM_S)
        send(replies, _answer(algebra, request))
        signal.alarm(0)


def _confine() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    for limit in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
        try:
            resource.setrlimit(limit, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
        except (ValueError, OSError):
            continue  # macOS refuses some of these; the wall limit still holds
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which closes this process in order
    sys.setrecursionlimit(3_000)


def _answer(algebra: Any, request: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"id": request["id"], "value": algebra.do(request["op"], request["args"])}
    except Exception as e:  # the boundary of a request: whatever SymPy raises, the student's answer is just unproved
        return {"id": request.get("id"), "failed": type(e).__name__}


def send(pipe: BinaryIO, message: dict[str, Any]) -> None:
    body = json.dumps(message).encode()
    pipe.write(struct.pack(">I", len(body)) + body)
    pipe.flush()


def receive(pipe: BinaryIO) -> dict[str, Any] | None:
    """The next message, or None at the end."""
    head = pipe.read(4)
    if len(head) < 4:
        return None
    (length,) = struct.unpack(">I", head)
    if length > MESSAGE_BYTES_MAX:
        return None
    body = pipe.read(length)
    return json.loads(body) if len(body) == length else None

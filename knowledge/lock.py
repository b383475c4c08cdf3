"""One writer at a time in a data folder: the lock goes with its process, however that ends."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import Conflict, CourseUnavailable


@contextmanager
def alone(data_dir: Path, wait_s: float = 0.0) -> Iterator[None]:
    """Raises Conflict when another process still writes after `wait_s`, CourseUnavailable when the folder, or the disk,
    takes nothing."""
    folder = data_dir / "index"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            _take(lock.fileno(), time.monotonic() + wait_s)
            yield
    except OSError as error:
        raise CourseUnavailable(
            f"The course index cannot be written: {error}. The live version is as it was.", file=error.filename
        ) from error


def _take(lock: int, until: float) -> None:
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= until:
                raise Conflict("Another process is indexing the course; wait until it has finished.") from error
        time.sleep(0.1)

"""One or two child processes that do algebra: started when first needed, killed when too slow, started again."""

import asyncio
import contextlib
import json
import os
import struct
import sys
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

from cas.child import MESSAGE_BYTES_MAX
from core.errors import MathematicsUnavailable

_BOOT = "import sys; sys.path.insert(0, {root!r}); from cas.child import main; main()"
START_S = 30.0


class TookTooLong(Exception):
    """The child was killed, or no child was free in time."""


class _Child:
    """A running process; `ready` once SymPy is loaded."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.served = 0

    async def send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        body = json.dumps(message).encode()
        self.process.stdin.write(struct.pack(">I", len(body)) + body)
        await self.process.stdin.drain()

    async def receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        (length,) = struct.unpack(">I", await self.process.stdout.readexactly(4))
        if length > MESSAGE_BYTES_MAX:
            raise ValueError("the child's answer is too long")
        return json.loads(await self.process.stdout.readexactly(length))  # type: ignore[no-any-return]

    async def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        if self.process.stdin is not None:
            self.process.stdin.close()
        await self.process.wait()


class Pool:
    """Calls run in children, at most `size` at a time and `queue_max` waiting."""

    def __init__(self, *, size: int, queue_max: int) -> None:
        self._background: set[asyncio.Task[None]] = set()
        self._size = size
        self._queue_max = queue_max
        self._waiting = 0
        self._started = 0
        self._free: asyncio.Queue[_Child | None] = asyncio.Queue()  # None: this start failed
        self._all: set[_Child] = set()
        self._closed = False
        self.starts = 0

    def warm(self) -> None:
        """Start the children in the background, if they are not yet started."""
        while self._started < self._size and not self._closed:
            self._started += 1
            self._begin(self._start())

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Children start beside whoever asked: a request that gives up must not stop a start. `close` ends them all."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def call(self, op: str, args: Any, *, seconds: float, wait_s: float | None = None) -> Any:
        """The child's answer to `op`, or None where the algebra failed. At most `wait_s` (default: as long as a first
        start takes) goes by until a child is free, `seconds` until it has answered: TookTooLong else. Raises
        MathematicsUnavailable when no child can be started."""
        if self._waiting >= self._queue_max:
            raise TookTooLong
        self._waiting += 1
        try:
            child = await self._take(START_S if wait_s is None else wait_s)
        finally:
            self._waiting -= 1
        return await self._ask(child, op, args, seconds)

    async def _take(self, wait_s: float) -> _Child:
        self.warm()
        try:
            async with asyncio.timeout(wait_s):
                child = await self._free.get()
        except TimeoutError as e:
            raise TookTooLong from e
        if child is None:
            raise MathematicsUnavailable
        return child

    async def _ask(self, child: _Child, op: str, args: Any, seconds: float) -> Any:
        child.served += 1
        done = False
        try:
            async with asyncio.timeout(seconds):
                await child.send({"id": child.served, "op": op, "args": args})
                reply = await child.receive()
            done = reply.get("id") == child.served
        except (TimeoutError, OSError, ValueError, asyncio.IncompleteReadError) as e:
            raise TookTooLong from e
        finally:
            self._release(child, alive=done)
        return reply.get("value")

    def _release(self, child: _Child, *, alive: bool) -> None:
        """Back among the free; one that hangs, died or was cancelled is replaced."""
        if alive and not self._closed:
            self._free.put_nowait(child)
            return
        with contextlib.suppress(ProcessLookupError):
            child.process.kill()
        if not self._closed:
            self._begin(self._replace(child))

    async def _replace(self, child: _Child) -> None:
        self._all.discard(child)
        await child.kill()
        await self._start()

    async def _start(self) -> None:
        try:
            child = await _spawn()
        except OSError:
            self._failed()
            return
        self.starts += 1
        self._all.add(child)
        try:
            async with asyncio.timeout(START_S):
                await child.receive()
        except (TimeoutError, OSError, ValueError, asyncio.IncompleteReadError):
            self._all.discard(child)
            await child.kill()
            self._failed()
            return
        self._free.put_nowait(child)

    def _failed(self) -> None:
        """Whoever waits is told; the next call tries again."""
        self._started -= 1
        if self._waiting:
            self._free.put_nowait(None)

    async def close(self) -> None:
        self._closed = True
        for task in list(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        for child in list(self._all):
            await child.kill()


_ROOT = str(Path(__file__).resolve().parent.parent)


async def _spawn() -> _Child:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-B", "-c", _BOOT.format(root=_ROOT),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        cwd="/", env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}, start_new_session=True,
    )  # fmt: skip
    return _Child(process)


@contextlib.asynccontextmanager
async def open_pool(*, size: int = 1, queue_max: int = 64) -> AsyncIterator[Pool]:
    """A pool whose children end with the block."""
    pool = Pool(size=size, queue_max=queue_max)
    try:
        yield pool
    finally:
        await pool.close()

"""A file run in the sandbox from the terminal, as a student's program would be; who sits there may type to it."""

import asyncio
import os
import signal
import stat
import sys
import threading
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from rich.console import Console

from core.errors import Invalid
from core.ports import Policy, Program, RunResult, Sandbox, Typed
from core.settings import Settings

_KILLED = 130
_PIECE = 4096


async def run(settings: Settings, *, file: Path, stdin: Path | None, seconds: float) -> int:
    """The program's output as it comes, then how it ended; returns its exit code. What is typed or piped in goes to
    the program unless `stdin` names a file; Ctrl-C kills it."""
    from sandbox.open import open_sandbox

    program = await asyncio.to_thread(_program, file, stdin)
    console = Console(stderr=True)
    async with open_sandbox(settings.sandbox) as sandbox:
        result = await _until_interrupted(_run(sandbox, program, seconds, listens=stdin is None))
        if result is None:
            console.print("\n[dim]killed[/dim]", highlight=False)
            return _KILLED
        why = f" ({result.raised.message})" if result.status == "timeout" and result.raised is not None else ""
        console.print(
            f"[dim]{result.status}{why} · {result.wall_s * 1000:.0f} ms · {result.memory_bytes_peak / 1e6:.0f} MB · {result.level}[/dim]",
            highlight=False,
        )
    return result.exit_code if result.exit_code is not None else 1


async def _run(sandbox: Sandbox, program: Program, seconds: float, *, listens: bool) -> RunResult:
    def show(stream: Literal["stdout", "stderr"], data: bytes) -> None:
        target = sys.stdout if stream == "stdout" else sys.stderr
        target.buffer.write(data)
        target.buffer.flush()

    typed = _typed() if listens else None
    return await sandbox.run(program, _policy(seconds, typed), show, typed)


def _policy(seconds: float, typed: Typed | None) -> Policy:
    """A person at a terminal has minutes to answer; a pipe has the seconds of any run."""
    from sandbox.policy import RUN, TALK

    if typed is not None and sys.stdin.isatty():
        return replace(TALK, cpu_s=seconds)
    return replace(RUN, wall_s=seconds, cpu_s=seconds)


async def _until_interrupted(work: Coroutine[Any, Any, RunResult]) -> RunResult | None:
    """What the work gives, or None when Ctrl-C has ended it."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        interrupted = True
        task.cancel()

    with suppress(NotImplementedError):  # on Windows: there Ctrl-C ends us, and the program with us
        loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        return await task
    except asyncio.CancelledError:
        if not interrupted:
            raise
        return None
    finally:
        with suppress(NotImplementedError):
            loop.remove_signal_handler(signal.SIGINT)


def _typed() -> Typed | None:
    """What comes in at our own standard input; None where there is nothing to wait for."""
    try:
        mode = os.fstat(0).st_mode
    except OSError:  # closed
        return None
    if stat.S_ISCHR(mode) and not os.isatty(0):  # /dev/null
        return None
    return _read_stdin()


async def _read_stdin() -> AsyncIterator[bytes]:
    """Read by a thread that nobody waits for: a blocked read of a terminal cannot be cancelled."""
    loop = asyncio.get_running_loop()
    wanted = threading.Semaphore(0)
    pieces: asyncio.Queue[bytes] = asyncio.Queue()

    def read() -> None:
        while wanted.acquire():
            try:
                piece = os.read(0, _PIECE)
            except OSError:  # the terminal has gone
                piece = b""
            with suppress(RuntimeError):  # the loop has ended, and us with it
                loop.call_soon_threadsafe(pieces.put_nowait, piece)
            if not piece:
                return

    threading.Thread(target=read, daemon=True, name="stdin").start()
    while True:
        wanted.release()
        piece = await pieces.get()
        if not piece:
            return
        yield piece


def _program(file: Path, stdin: Path | None) -> Program:
    try:
        return Program(code=file.read_text(), stdin=stdin.read_text() if stdin else "")
    except UnicodeDecodeError as error:
        raise Invalid(f"{file} is not text: {error.reason}") from error

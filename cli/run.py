"""A file run in the sandbox from the terminal, as a student's program would be."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Literal

from rich.console import Console

from core.errors import Invalid
from core.ports import Program
from core.settings import Settings


async def run(settings: Settings, *, file: Path, stdin: Path | None, seconds: float) -> int:
    """The program's output as it comes, then how it ended; returns its exit code."""
    from sandbox.open import open_sandbox
    from sandbox.policy import RUN

    def show(stream: Literal["stdout", "stderr"], data: bytes) -> None:
        target = sys.stdout if stream == "stdout" else sys.stderr
        target.buffer.write(data)
        target.buffer.flush()

    program = await asyncio.to_thread(_program, file, stdin)
    async with open_sandbox(settings.sandbox) as sandbox:
        result = await sandbox.run(program, replace(RUN, wall_s=seconds, cpu_s=seconds), show)
        console = Console(stderr=True)
        console.print(
            f"[dim]{result.status} · {result.wall_s * 1000:.0f} ms · {result.memory_bytes_peak / 1e6:.0f} MB · {result.level}[/dim]",
            highlight=False,
        )
    return result.exit_code if result.exit_code is not None else 1


def _program(file: Path, stdin: Path | None) -> Program:
    try:
        return Program(code=file.read_text(), stdin=stdin.read_text() if stdin else "")
    except UnicodeDecodeError as error:
        raise Invalid(f"{file} is not text: {error.reason}") from error

"""Another language is one file: a copy of the sandbox with one more file in it runs programs in that language."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import Invalid
from core.ports import Program, Sandbox

ROOT = Path(__file__).parents[3]
SHOUT = '''"""A language in which a program is said aloud."""
import os
import signal

from sandbox.jail import program, walls, wire

SLOTS = {"voice": ()}


def slot_of(sources):
    return "voice"


def warm(preload):
    program.open_ready_streams()


def rehearse():
    pass


def serve(job_fd, report_fd, room):
    job = wire.take(job_fd)
    if job is None:
        os._exit(0)
    os.write(1, job["program"]["code"].upper().encode())
    program.leave(report_fd, b"{}", 0)
'''
RUN = """
import asyncio
from core.ports import Program
from core.settings import SandboxSettings
from sandbox import open_sandbox

async def main():
    async with open_sandbox(SandboxSettings(backend="native", slots=1)) as sandbox:
        if not sandbox.level.startswith("native: user"):
            return print("SKIP", sandbox.level)
        said = await sandbox.run(Program(code="hello", language="shout"))
        usual = await sandbox.run(Program(code="print(6 * 7)"))
        assert "reduced" not in sandbox.level, sandbox.level
        print(said.status, said.stdout, usual.stdout, end="")

asyncio.run(main())
"""


def test_another_language_is_one_file(tmp_path: Path) -> None:
    for package in ("core", "sandbox"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "sandbox/jail/languages/shout.py").write_text(SHOUT)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.getuid():
            folder.chmod(folder.stat().st_mode | 0o055)  # the zygote is nobody by the time it reads its files

    done = subprocess.run(
        [sys.executable, "-c", RUN], cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False
    )

    if done.stdout.startswith("SKIP"):
        pytest.skip(f"NO STUDENT CODE CAN BE ISOLATED BY NATIVE HERE: {done.stdout}")
    assert done.stdout == "ok HELLO 42\n", done.stderr


@pytest.mark.asyncio(loop_scope="session")
async def test_a_language_that_is_not_there_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(Invalid, match="python"):
        await sandbox.run(Program(code="x", language="cobol"))

"""What tests of several backends need: a sandbox host within this process, an interpreter that any user may start."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
import uvicorn
from pydantic import SecretStr

from api.sandbox_app import build_sandbox_app
from core.ports import Sandbox
from core.settings import SandboxSettings
from sandbox import open_sandbox
from sandbox.jail import reduced

TOKEN = "a-secret-that-only-tests-share"


@dataclass(frozen=True)
class Host:
    url: str
    sandbox: Sandbox


@asynccontextmanager
async def serving(settings: SandboxSettings) -> AsyncIterator[Host]:
    """A sandbox host on a free port of this machine."""
    async with open_sandbox(settings) as sandbox:
        app = build_sandbox_app(sandbox, SecretStr(TOKEN))
        server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_config=None, access_log=False))
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        task = asyncio.create_task(server.serve())
        try:
            while not server.started:  # noqa: ASYNC110 uvicorn has no event for it
                await asyncio.sleep(0.01)
            port = server.servers[0].sockets[0].getsockname()[1]
            yield Host(f"http://127.0.0.1:{port}", sandbox)
        finally:
            server.should_exit = True
            await task


def everyones_python() -> str:
    """An interpreter of this version that an ordinary user may start."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, shutil.which(name, path="/usr/bin:/usr/local/bin")):
        if python and reduced._open_to_all(python):
            return python
    pytest.skip(f"no {name} that an ordinary user may start")

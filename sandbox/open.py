"""Opens the sandbox that settings and machine allow."""

import platform
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from core.errors import SandboxUnavailable
from core.ports import Sandbox
from core.settings import SandboxSettings
from sandbox.native.pool import open_native
from sandbox.service import Refusing, Service


@asynccontextmanager
async def open_sandbox(settings: SandboxSettings) -> AsyncIterator[Sandbox]:
    """A sandbox that has passed its self-test, or one that refuses every program and says why in its `level`: the
    rest of the school works without it. No process of it is left when the context ends."""
    async with AsyncExitStack() as stack:
        try:
            sandbox: Sandbox = Service(await stack.enter_async_context(_open_backend(settings)))
        except SandboxUnavailable as refusal:
            sandbox = Refusing(refusal.message)
        yield sandbox


def _open_backend(settings: SandboxSettings):  # type: ignore[no-untyped-def]
    if settings.backend == "docker":
        raise SandboxUnavailable("the docker backend is not part of this version; use backend=native on Linux")
    if platform.system() != "Linux":
        raise SandboxUnavailable(f"programs cannot be isolated on {platform.system()}; run LearnFlow in docker")
    return open_native(settings)

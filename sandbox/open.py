"""Opens the sandbox that settings and machine allow."""

import platform
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from core.errors import SandboxUnavailable
from core.ports import Sandbox
from core.settings import SandboxSettings
from sandbox.probes import Breach
from sandbox.service import Refusing, Service


@asynccontextmanager
async def open_sandbox(settings: SandboxSettings) -> AsyncIterator[Sandbox]:
    """A sandbox that has passed its self-test, or one that refuses every program and says why in its `level`: the
    rest of the school works without it. No process or container of it is left when the context ends."""
    async with AsyncExitStack() as stack:
        try:
            sandbox = await _open(settings, stack)
        except SandboxUnavailable as refusal:
            sandbox = Refusing(refusal.message)
        yield sandbox


async def _open(settings: SandboxSettings, stack: AsyncExitStack) -> Sandbox:
    """Raises SandboxUnavailable: it never falls back to less than was asked for."""
    match settings.backend:
        case "native":
            return await _open_native(settings, stack)
        case "docker":
            return await _open_docker(settings, stack)
        case "remote":
            from sandbox.remote import open_remote

            return await stack.enter_async_context(open_remote(settings))
        case "auto":
            return await _open_best(settings, stack)


async def _open_best(settings: SandboxSettings, stack: AsyncExitStack) -> Sandbox:
    """Native first: it is warm in half a second, needs nothing installed, and has proved itself before it is used.
    Where it cannot be (macOS, Windows, a locked-down kernel) a Docker engine, with gVisor if it has it; then native
    behind reduced walls."""
    try:
        return await _open_full(settings, stack)
    except SandboxUnavailable as native:
        try:
            return await _open_docker(settings, stack)
        except SandboxUnavailable as docker:
            both = SandboxUnavailable(f"{native.message}; and {docker.message}")
            return await _open_reduced(settings, stack, native, both)


async def _open_native(settings: SandboxSettings, stack: AsyncExitStack) -> Sandbox:
    try:
        return await _open_full(settings, stack)
    except SandboxUnavailable as refusal:
        return await _open_reduced(settings, stack, refusal, refusal)


async def _open_full(settings: SandboxSettings, stack: AsyncExitStack) -> Sandbox:
    if platform.system() != "Linux":
        raise SandboxUnavailable(f"programs cannot be isolated on {platform.system()} itself, only in Docker")
    from sandbox.native.pool import open_native

    return Service(await stack.enter_async_context(open_native(settings)))


async def _open_reduced(
    settings: SandboxSettings, stack: AsyncExitStack, native: SandboxUnavailable, refusal: SandboxUnavailable
) -> Sandbox:
    """Where the full walls cannot be built for the reason `native`. Raises `refusal`, completed, if these cannot
    either; a machine on which a full wall did not hold is not trusted with fewer."""
    if platform.system() != "Linux" or isinstance(native, Breach):
        raise refusal
    if settings.reduced == "refuse":
        raise SandboxUnavailable(f"{refusal.message}; and reduced walls are refused by the settings") from refusal
    from sandbox.native.pool import open_reduced

    try:
        return Service(await stack.enter_async_context(open_reduced(settings)))
    except SandboxUnavailable as reduced:
        raise SandboxUnavailable(f"{refusal.message}; nor by reduced walls: {reduced.message}") from reduced


async def _open_docker(settings: SandboxSettings, stack: AsyncExitStack) -> Sandbox:
    from sandbox.docker.pool import open_docker

    return Service(await stack.enter_async_context(open_docker(settings)))

"""One sandbox a backend for all tests of this folder, or a loud skip with the reason.

All tests that need the Docker engine go to one worker (a group): two pools of containers would only starve each other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import pytest_asyncio
from pydantic import SecretStr

from core.errors import SandboxUnavailable
from core.ports import Sandbox
from core.settings import SandboxSettings
from sandbox import open_sandbox
from sandbox.docker.pool import Docker, open_docker
from sandbox.native.pool import open_reduced
from sandbox.service import Service
from tests.integration.sandbox.hosting import TOKEN, Host, serving


@asynccontextmanager
async def _opened(settings: SandboxSettings) -> AsyncIterator[Sandbox]:
    async with open_sandbox(settings) as opened:
        if opened.level.startswith("none"):
            pytest.skip(f"NO STUDENT CODE CAN BE ISOLATED BY {settings.backend.upper()} HERE: {opened.level}")
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def native() -> AsyncIterator[Sandbox]:
    async with _opened(SandboxSettings(backend="native", slots=2)) as opened:
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def reduced() -> AsyncIterator[Sandbox]:
    """Native's walls for where no namespaces may be made, wherever this runs."""
    async with AsyncExitStack() as stack:
        try:
            backend = await stack.enter_async_context(open_reduced(SandboxSettings(backend="native", slots=2)))
        except SandboxUnavailable as refusal:
            pytest.skip(f"NO STUDENT CODE CAN BE ISOLATED BY REDUCED WALLS HERE: {refusal.message}")
        yield Service(backend)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def docker() -> AsyncIterator[Sandbox]:
    """`scripts/start-docker.sh` starts an engine, `python -m sandbox.docker` builds the image. On the engine's own
    runtime, for all tests; gVisor has a test of its own."""
    async with _on_engine(gvisor=False) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def gvisor() -> AsyncIterator[Sandbox]:
    async with _on_engine(gvisor=True) as opened:
        if "with gVisor" not in opened.level:
            pytest.skip(f"THE ENGINE HAS NO gVISOR THAT WORKS: {opened.level}")
        yield opened


@asynccontextmanager
async def _on_engine(gvisor: bool) -> AsyncIterator[Sandbox]:
    async with AsyncExitStack() as stack:
        try:
            opened = await stack.enter_async_context(open_docker(SandboxSettings(slots=2), gvisor))
        except SandboxUnavailable as refusal:
            pytest.skip(f"NO STUDENT CODE CAN BE ISOLATED BY DOCKER HERE: {refusal.message}")
        _pools.append(opened)
        yield Service(opened)
        _pools.remove(opened)


_pools: list[Docker] = []  # that are open in this process


@pytest_asyncio.fixture(loop_scope="session")
async def quiet_engine() -> None:
    """A pool that is still filling opens sockets, which a test that counts descriptors would take for its own."""
    for pool in _pools:
        await asyncio.wait_for(pool.until_warm(), 60)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def host() -> AsyncIterator[Host]:
    async with serving(SandboxSettings(backend="native", slots=2)) as opened:
        if opened.sandbox.level.startswith("none"):
            pytest.skip(f"NO STUDENT CODE CAN BE ISOLATED BY NATIVE HERE: {opened.sandbox.level}")
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def remote(host: Host) -> AsyncIterator[Sandbox]:
    async with _opened(SandboxSettings(backend="remote", url=host.url, token=SecretStr(TOKEN))) as opened:
        yield opened


@pytest.fixture(params=["native", "reduced", pytest.param("docker", marks=pytest.mark.xdist_group("engine")), "remote"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """Every test that takes this runs on every backend."""
    opened: Sandbox = request.getfixturevalue(request.param)
    return opened

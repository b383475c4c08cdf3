"""A real sandbox and a real algebra system for all tests of this folder."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cas.checker import open_mathematics
from core.ports import Mathematics, Sandbox
from core.settings import SandboxSettings
from sandbox import open_sandbox


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox(SandboxSettings(slots=2)) as opened:
        if opened.level.startswith("none"):
            pytest.skip(f"NO STUDENT CODE CAN BE ISOLATED ON THIS MACHINE: {opened.level}")
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def mathematics() -> AsyncIterator[Mathematics]:
    async with open_mathematics() as opened:
        yield opened

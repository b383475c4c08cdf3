"""One checker with a warm child for a whole test module: importing SymPy in a child takes over a second."""

from collections.abc import AsyncIterator

import pytest_asyncio

from cas.checker import Checker, open_mathematics


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mathematics() -> AsyncIterator[Checker]:
    async with open_mathematics(children=1) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def patient() -> AsyncIterator[Checker]:
    """For verdicts that must not depend on how busy the machine is."""
    async with open_mathematics(children=1, patience=12) as opened:
        yield opened

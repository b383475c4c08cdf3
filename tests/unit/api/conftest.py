"""The edge in this process, without a socket."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.edge import Edge


@pytest.fixture
def edge() -> Edge:
    return Edge()


@pytest_asyncio.fixture
async def client(edge: Edge) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(edge.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://edge") as opened:
        yield opened

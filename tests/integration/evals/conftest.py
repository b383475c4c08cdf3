"""A data folder in which the shipped course is indexed, made once a run."""

import pytest

from core.settings import Settings
from sandbox.open import open_sandbox
from tests.acceptance.conftest import indexed_dir

__all__ = ["indexed_dir", "isolating"]


@pytest.fixture
async def isolating() -> None:
    """Skips, loudly, where no program can be isolated."""
    async with open_sandbox(Settings().sandbox) as sandbox:
        if sandbox.level.startswith("none"):
            pytest.skip(f"NO STUDENT CODE CAN BE ISOLATED ON THIS MACHINE: {sandbox.level}")

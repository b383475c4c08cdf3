"""The real embedding model, exported once a test run."""

from pathlib import Path

import pytest

from knowledge.embed import Encoder, open_encoder


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that holds nothing but the exported model."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def encoder(models_dir: Path) -> Encoder:
    return open_encoder("all-MiniLM-L6-v2", models_dir)

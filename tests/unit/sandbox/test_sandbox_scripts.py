"""What docs, messages and CI tell people to run is there and can be run."""

import os
import re
from pathlib import Path

import pytest

from sandbox.docker import image

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("where", ["docs/SANDBOX.md", ".ci/run", "sandbox/docker/engine.py"])
def test_every_script_that_is_named_can_be_run(where: str) -> None:
    named = set(re.findall(r"scripts/[\w.-]+\.sh", (ROOT / where).read_text()))

    assert "scripts/start-docker.sh" in named
    assert {script for script in named if not os.access(ROOT / script, os.X_OK)} == set()


def test_the_images_name_changes_with_every_file_of_its_recipe() -> None:
    recipe = {path.name for path in (ROOT / "sandbox/image").iterdir() if path.suffix not in (".py", ".json", ".pyc")}

    assert set(image._RECIPE) == recipe - {"__pycache__"}

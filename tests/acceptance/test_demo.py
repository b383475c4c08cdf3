"""What we show people works, from the first line to the last."""

import os
import subprocess
import sys
from pathlib import Path

from tests.acceptance.conftest import Serve
from tests.house.test_rooms import ROOT


def test_the_demo_plays_every_scene(serve: Serve, indexed_dir: Path, database_url: str) -> None:
    server = serve()
    environment = {**os.environ, "LEARNFLOW_DATA_DIR": str(indexed_dir), "DATABASE_URL": database_url, "COLUMNS": "120"}

    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "demo", "--fast", "--url", server.url],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    played = done.stdout
    scenes = ["[1]", "IndexError", "Here is one on for loops", "Not there yet", "hint 1 of 3", "Well done!", "▲", "⚠"]
    at = [played.find(scene) for scene in scenes]
    assert -1 not in at, dict(zip(scenes, at, strict=True))
    assert at == sorted(at), dict(zip(scenes, at, strict=True))
    assert "that is right" in played

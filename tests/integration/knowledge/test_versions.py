"""Versions of the course: looked at before they are made, published, taken back, kept in bounds, taken over by whoever serves."""

import asyncio
import socket
from pathlib import Path

import numpy as np
import pytest

from core.errors import Conflict, CourseUnavailable, NotFound
from core.ports import Course
from core.settings import KnowledgeSettings
from knowledge.course import LiveCourse, open_course, open_version
from knowledge.embed import find_model, fingerprint_of
from knowledge.index import build, plan, publish_version, roll_back
from knowledge.store import Manifest, open_store
from knowledge.versions import KEPT, find_version, list_versions
from tests.small_course import LOOPS, VARIABLES, CountingEncoder, write_course

LOCAL = KnowledgeSettings()
LOOPS_FILE = "python/01-basics/loops.md"
NEW = "\n## New\n\nA new part.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_course(tmp_path / "course")


@pytest.fixture(scope="session")
def fingerprint() -> str:
    """Of the model that the settings name: a person can publish only what was made with it."""
    return fingerprint_of(find_model(LOCAL.embedding_model))


@pytest.fixture
def encoder(fingerprint: str) -> CountingEncoder:
    return CountingEncoder(fingerprint)


def live(data_dir: Path) -> str | None:
    with open_store(None, data_dir) as store:
        return store.live()


def edition(folder: Path, number: int) -> Path:
    return write_course(folder, {LOOPS_FILE: f"{LOOPS}\n## Edition {number}\n\nThis is edition {number}.\n"})


def test_a_dry_run_tells_the_difference_and_writes_nothing(
    data_dir: Path, folder: Path, encoder: CountingEncoder
) -> None:
    version = build(LOCAL, data_dir, folder, encoder=encoder).version
    more = {"python/01-basics/more.md": LOOPS.replace("basics.loops", "basics.more"), LOOPS_FILE: LOOPS + NEW}
    write_course(folder, {**more, "maths/01-algebra/exercises/square-of-sum.md": None})

    summary = plan(LOCAL, data_dir, folder)

    assert summary.diff.added == ("python/01-basics/more.md",)
    assert summary.diff.changed == (LOOPS_FILE,)
    assert summary.diff.removed == ("maths/01-algebra/exercises/square-of-sum.md",)
    assert len(summary.diff.unchanged) == 5
    assert (summary.added, summary.fresh) == (2, 1), "the other lesson's texts are there already"
    assert [one.manifest.version for one in list_versions(LOCAL, data_dir)] == [version]


def test_what_a_dry_run_says_is_what_a_build_does(data_dir: Path, folder: Path, encoder: CountingEncoder) -> None:
    build(LOCAL, data_dir, folder, encoder=encoder)
    edition(folder, 1)

    said = plan(LOCAL, data_dir, folder)
    did = build(LOCAL, data_dir, folder, encoder=encoder)

    assert (said.version, said.diff, said.added, said.fresh) == (did.version, did.diff, did.added, did.fresh)


def test_a_version_waits_until_it_is_published_and_can_be_taken_back(
    data_dir: Path, folder: Path, encoder: CountingEncoder
) -> None:
    first = build(LOCAL, data_dir, folder, encoder=encoder).version
    second = build(LOCAL, data_dir, edition(folder, 2), encoder=encoder, live=False).version
    assert live(data_dir) == first

    assert publish_version(LOCAL, data_dir, second[:8]) == second
    assert live(data_dir) == second

    assert roll_back(LOCAL, data_dir) == first
    assert live(data_dir) == first
    with pytest.raises(Conflict, match="no earlier version"):
        roll_back(LOCAL, data_dir)


def test_going_back_again_goes_further_back(data_dir: Path, folder: Path, encoder: CountingEncoder) -> None:
    made = [build(LOCAL, data_dir, edition(folder, n), encoder=encoder).version for n in range(3)]

    assert [roll_back(LOCAL, data_dir), roll_back(LOCAL, data_dir)] == [made[1], made[0]]
    assert publish_version(LOCAL, data_dir, made[2]) == made[2]
    assert roll_back(LOCAL, data_dir) == made[0]


def test_old_versions_go_but_never_the_live_one(data_dir: Path, folder: Path, encoder: CountingEncoder) -> None:
    first = build(LOCAL, data_dir, folder, encoder=encoder).version

    for number in range(KEPT + 3):
        build(LOCAL, data_dir, edition(folder, number), encoder=encoder, live=False)

    kept = list_versions(LOCAL, data_dir)
    assert len(kept) == KEPT
    assert [one.manifest.version for one in kept if one.live] == [first]


def test_only_a_finished_version_can_be_published(data_dir: Path, folder: Path, fingerprint: str) -> None:
    first = build(LOCAL, data_dir, folder, encoder=CountingEncoder(fingerprint)).version
    many = "".join(f"\n## Part {i}\n\nThis is part {i}.\n" for i in range(120))
    write_course(folder, {LOOPS_FILE: LOOPS + many})
    with pytest.raises(KeyboardInterrupt):
        build(LOCAL, data_dir, folder, encoder=CountingEncoder(fingerprint, fail_after=70))
    with open_store(None, data_dir) as store:
        half = next(name for name in store.versions() if name != first)

    with pytest.raises(NotFound, match="finished"):
        publish_version(LOCAL, data_dir, half)

    assert [one.manifest.version for one in list_versions(LOCAL, data_dir)] == [first]


def test_the_beginning_of_a_name_must_mean_one_version(data_dir: Path) -> None:
    with open_store(None, data_dir) as store:
        for name in ("abc1", "abc2"):
            store.write(name, [], np.zeros((0, 0), np.float32))
            store.seal(Manifest(version=name, made_at=0, source="a test", files=1, passages=0), {"a.md": "a"})

        assert find_version(store, "abc2").version == "abc2"
        with pytest.raises(Conflict, match="2 versions begin with abc"):
            find_version(store, "abc")
        with pytest.raises(NotFound):
            find_version(store, "")


def test_what_another_model_made_is_not_published(data_dir: Path, folder: Path, encoder: CountingEncoder) -> None:
    build(LOCAL, data_dir, folder, encoder=encoder)
    other = build(LOCAL, data_dir, edition(folder, 2), encoder=CountingEncoder("another"), live=False).version

    with pytest.raises(Conflict, match="another embedding model"):
        publish_version(LOCAL, data_dir, other)


async def test_a_version_that_a_person_chose_outlives_restarts(
    data_dir: Path, folder: Path, encoder: CountingEncoder
) -> None:
    first = build(LOCAL, data_dir, folder, encoder=encoder).version
    build(LOCAL, data_dir, edition(folder, 2), encoder=encoder)
    roll_back(LOCAL, data_dir)

    async with open_course(LOCAL, data_dir, folder, heal=True, encoder=encoder) as course:
        assert course.version == first

    newest = build(LOCAL, data_dir, folder, encoder=encoder).version
    async with open_course(LOCAL, data_dir, folder, heal=True, encoder=encoder) as course:
        assert course.version == newest


async def test_a_chosen_version_is_made_anew_for_another_model(data_dir: Path, folder: Path, tmp_path: Path) -> None:
    build(LOCAL, data_dir, edition(folder, 7), encoder=CountingEncoder("old"), held=True)
    shipped = write_course(tmp_path / "shipped")

    async with open_course(LOCAL, data_dir, shipped, heal=True, encoder=CountingEncoder("new")) as course:
        assert (await course.search("edition"))[0].heading == "Edition 7"


async def until(course: Course, version: str) -> None:
    async with asyncio.timeout(10):
        while course.version != version:  # noqa: ASYNC110 the course tells nobody when it has moved on
            await asyncio.sleep(0.01)


async def test_a_running_course_takes_over_what_is_published(
    data_dir: Path, folder: Path, encoder: CountingEncoder
) -> None:
    build(LOCAL, data_dir, folder, encoder=encoder)
    told: list[str] = []

    async def tell(course: Course) -> None:
        told.append(course.version)

    async with open_course(LOCAL, data_dir, folder, encoder=encoder, look_s=0.02, on_publish=tell) as course:
        before = [passage.heading for passage in await course.search("a new part")]
        write_course(folder, {LOOPS_FILE: LOOPS.replace("basics.loops", "basics.repeating") + NEW})
        version = build(LOCAL, data_dir, folder, encoder=encoder).version
        await until(course, version)
        after = [passage.heading for passage in await course.search("a new part")]
        topics = {str(topic.id) for topic in course.list_topics("python")}

    assert "New" not in before
    assert after[0] == "New", "no result outlives its version"
    assert "python.basics.repeating" in topics
    assert told == [version]


async def test_a_version_that_cannot_be_taken_over_leaves_the_old_one(
    data_dir: Path, folder: Path, encoder: CountingEncoder
) -> None:
    old = build(LOCAL, data_dir, folder, encoder=encoder).version
    tries = 0

    async def refuse(course: Course) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise RuntimeError("the database is away")

    async with open_course(LOCAL, data_dir, folder, encoder=encoder, look_s=0.02, on_publish=refuse) as course:
        new = build(LOCAL, data_dir, edition(folder, 2), encoder=encoder).version
        with pytest.raises(RuntimeError):
            await course.refresh()
        assert course.version == old
        assert await course.search("loop")

        await until(course, new)


async def test_a_course_ends_looking_when_it_is_closed(data_dir: Path, folder: Path, encoder: CountingEncoder) -> None:
    build(LOCAL, data_dir, folder, encoder=encoder)
    running = len(asyncio.all_tasks())

    async with open_course(LOCAL, data_dir, folder, encoder=encoder, look_s=0.01) as course:
        assert isinstance(course, LiveCourse)

    assert len(asyncio.all_tasks()) == running


async def test_any_version_can_be_looked_at(data_dir: Path, folder: Path, encoder: CountingEncoder) -> None:
    build(LOCAL, data_dir, folder, encoder=encoder)
    draft = build(LOCAL, data_dir, edition(folder, 2), encoder=encoder, live=False).version

    found = await open_version(LOCAL, data_dir, draft[:10], encoder=encoder).explain("edition", k=1)

    ((passage, shares),) = found
    assert passage.heading == "Edition 2"
    assert shares["words"] > 0
    assert "Edition 2" not in [
        p.heading for p in await open_version(LOCAL, data_dir, encoder=encoder).search("edition")
    ]
    with pytest.raises(NotFound):
        open_version(LOCAL, data_dir, "nothing", encoder=encoder)


def test_a_curriculum_may_lie_in_several_folders(data_dir: Path, tmp_path: Path, encoder: CountingEncoder) -> None:
    python = write_course(tmp_path / "one", dict.fromkeys(_files_of("maths")))
    maths = write_course(tmp_path / "two", dict.fromkeys(_files_of("python")))

    summary = build(LOCAL, data_dir, [python, maths], encoder=encoder)

    assert len(summary.diff.added) == 7
    write_course(maths, {LOOPS_FILE: VARIABLES})
    assert "holds another file of this name" in str(build(LOCAL, data_dir, [python, maths], encoder=encoder).problems)


def _files_of(subject: str) -> list[str]:
    from tests.small_course import FILES

    return [name for name in FILES if name.startswith(subject)]


async def test_the_last_version_is_served_while_a_chroma_server_is_away(
    data_dir: Path, folder: Path, encoder: CountingEncoder
) -> None:
    build(LOCAL, data_dir, folder, encoder=encoder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        away = KnowledgeSettings(chroma_url=f"http://127.0.0.1:{probe.getsockname()[1]}")

    async with open_course(away, data_dir, folder, encoder=encoder) as course:
        assert await course.search("loop")
    with pytest.raises(CourseUnavailable, match="does not answer"):
        list_versions(away, data_dir)

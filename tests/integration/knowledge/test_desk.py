"""An upload becomes a version beside the live one; nothing is live that nobody published, and nothing bad loses anything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.errors import Invalid, NotFound, RateLimited
from core.markup import as_html
from core.settings import KnowledgeSettings
from knowledge.course import LiveCourse, open_course
from knowledge.desk import Desk, Upload, open_desk, pages_of
from knowledge.embed import find_model, fingerprint_of
from knowledge.index import build
from tests.small_course import FILES, LOOPS, VARIABLES, CountingEncoder, write_course
from tests.unit.knowledge.imports.samples import HTML, QTI, zipped

LOCAL = KnowledgeSettings()
LOOPS_FILE = "python/01-basics/loops.md"
NEW = "\n## New\n\nA new part with <b>HTML</b>, $x^2$ and `code`.\n"


@asynccontextmanager
async def at_the_desk(data_dir: Path, folder: Path) -> AsyncIterator[tuple[Desk, LiveCourse]]:
    encoder = CountingEncoder(fingerprint_of(find_model(LOCAL.embedding_model)))
    build(LOCAL, data_dir, folder, encoder=encoder)
    async with (
        open_course(LOCAL, data_dir, folder, encoder=encoder) as course,
        open_desk(LOCAL, data_dir, course) as desk,
    ):
        yield desk, course


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_course(tmp_path / "course")


async def sent(desk: Desk, name: str, content: bytes, place: str | None = None, replace: bool = False) -> Upload:
    upload = desk.upload(name, content, by="Cara", place=place, replace=replace)
    async with asyncio.timeout(30):
        events = [event async for event in desk.events(upload.id)]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["type"] == ("ready" if upload.state == "ready" else "problem")
    return upload


async def headings(course: LiveCourse, query: str) -> list[str]:
    return [passage.heading for passage in await course.search(query)]


async def test_a_page_goes_from_upload_by_preview_to_students_and_back(data_dir: Path, folder: Path) -> None:
    async with at_the_desk(data_dir, folder) as (desk, course):
        upload = await sent(desk, LOOPS_FILE, (LOOPS + NEW).encode())
        version = upload.version
        assert version is not None
        assert upload.diff is not None
        assert (upload.diff.changed, len(upload.diff.unchanged)) == ((LOOPS_FILE,), 6)
        assert "New" not in await headings(course, "a new part")

        passage, shares, html = (await desk.preview(version, "a new part", k=3, subject="python"))[0]
        assert passage.heading == "New"
        assert shares["words"] > 0
        assert html == "<p>A new part with &lt;b&gt;HTML&lt;/b&gt;, $x^2$ and <code>code</code>.</p>\n"
        assert await desk.diff(version) == upload.diff

        assert await desk.publish(version) == version
        assert (await headings(course, "a new part"))[0] == "New"
        assert [(one.live, one.before) for one in await desk.versions()] == [(True, False), (False, True)]

        await desk.roll_back()
        assert "New" not in await headings(course, "a new part")


async def test_an_archive_is_laid_over_the_course_or_replaces_it(data_dir: Path, folder: Path) -> None:
    python = {f"course/{name}": text for name, text in FILES.items() if name.startswith("python")}
    async with at_the_desk(data_dir, folder) as (desk, _):
        over = await sent(desk, "course.zip", zipped({**python, f"course/{LOOPS_FILE}": LOOPS + NEW}))
        instead = await sent(desk, "course.zip", zipped(python), replace=True)

    assert over.diff is not None
    assert instead.diff is not None
    assert (over.diff.changed, over.diff.removed) == ((LOOPS_FILE,), ())
    assert [name.partition("/")[0] for name in instead.diff.removed] == ["maths"] * 3


async def test_what_is_not_in_our_form_is_imported(data_dir: Path, folder: Path) -> None:
    files = zipped({"loops.html": HTML, "q.xml": QTI})
    async with at_the_desk(data_dir, folder) as (desk, course):
        upload = await sent(desk, "lessons.zip", files, place="python/09-new")
        assert upload.version is not None
        await desk.publish(upload.version)

        assert {"Loops"} <= {topic.title for topic in course.list_topics("python") if topic.module == "python.new"}
        assert any("not carried over" in note.message for note in upload.notes)
        assert "How do I square a sum?" in await headings(course, "square a sum")


@pytest.mark.parametrize(
    ("name", "content", "place", "expected"),
    [
        (LOOPS_FILE, b"no front matter", None, "loops.md:1: a file starts with front matter"),
        (LOOPS_FILE, VARIABLES.encode(), None, "is called"),
        ("python/01-basics/b.md", b"---\nid: \xff\n---\n", None, "b.md:2: not UTF-8 text"),
        ("a.zip", b"no archive", None, "no archive"),
        ("a.zip", zipped({"../../python/01-basics/loops.md": LOOPS}), None, "outside of it"),
        ("a.zip", zipped({"python/a/b.md": b"\0" * 40_000_000}), None, "packed like a trap"),
        ("notes.html", HTML.encode(), None, "say with `place`"),
        ("notes.html", HTML.encode(), "physics/01-force", "module's folder"),
        ("notes.docx", b"PK", "python/09-new", "these forms can"),
    ],
)
async def test_a_bad_upload_is_refused_with_its_reasons_and_loses_nothing(
    data_dir: Path, folder: Path, name: str, content: bytes, place: str | None, expected: str
) -> None:
    async with at_the_desk(data_dir, folder) as (desk, course):
        before = course.version

        upload = await sent(desk, name, content, place)

        assert upload.state == "failed"
        assert upload.problem is not None
        assert expected in upload.problem["detail"]
        assert course.version == before
        assert len(await desk.versions()) == 1
        assert (await sent(desk, LOOPS_FILE, (LOOPS + NEW).encode())).state == "ready"


async def test_the_desk_takes_on_only_so_much_at_once(data_dir: Path, folder: Path) -> None:
    async with at_the_desk(data_dir, folder) as (desk, _):
        for _ in range(4):
            desk.upload(LOOPS_FILE, b"x", by="Cara", place=None, replace=False)

        with pytest.raises(RateLimited):
            desk.upload(LOOPS_FILE, b"x", by="Cara", place=None, replace=False)
        with pytest.raises(NotFound):
            desk.get("nothing")


async def test_closing_the_desk_breaks_work_off_in_order(data_dir: Path, folder: Path) -> None:
    async with at_the_desk(data_dir, folder) as (desk, course):
        desk.upload(LOOPS_FILE, (LOOPS + NEW).encode(), by="Cara", place=None, replace=False)
        version = course.version

    encoder = CountingEncoder(fingerprint_of(find_model(LOCAL.embedding_model)))
    async with open_course(LOCAL, data_dir, folder, encoder=encoder) as again:
        assert again.version == version


@pytest.mark.parametrize("name", ["python/../../x.md", "/python/a/b.md", "python/a/../../../b.md"])
def test_a_page_cannot_lie_outside_the_curriculum(name: str) -> None:
    with pytest.raises(Invalid, match="place"):
        pages_of(name, LOOPS.encode(), None)


def test_html_in_a_lesson_stays_text() -> None:
    assert "<script" not in as_html("<script>alert(1)</script>\n\n[a](javascript:alert(1))")
    assert "javascript:" not in as_html("[a](javascript:alert(1))").partition("href")[2]


async def test_a_bad_page_is_refused_for_its_own_faults_alone(data_dir: Path, folder: Path) -> None:
    async with at_the_desk(data_dir, folder) as (desk, _):
        upload = await sent(desk, "python/01-basics/variables.md", b"---\nid: [\n---\n")

    assert upload.problem is not None
    assert [found["file"] for found in upload.problem["problems"]] == ["python/01-basics/variables.md"]

"""Archives and files that were made to harm, and those that are only broken."""

import io
import stat
import time
import zipfile
from pathlib import Path

import pytest

from core.errors import Conflict, Invalid, NotFound, TooLarge
from knowledge.imports import source
from knowledge.imports.read import convert, import_into
from knowledge.imports.source import open_upload, read_source
from tests.unit.knowledge.imports.samples import CARTRIDGE, HTML, QTI, notebook, pdf, zipped

BOMB = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">{}]><assessmentItem>&lol9;</assessmentItem>""".format(
    "".join(f'<!ENTITY lol{i} "{f"&lol{i - 1 or str()};" * 10}">' for i in range(1, 10))
)
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><assessmentItem>&x;</assessmentItem>"""


@pytest.mark.parametrize(
    "text", [BOMB, OUTSIDE, QTI.replace("?>", '?><!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd">', 1)]
)
def test_xml_with_types_and_entities_of_its_own_is_refused(text: str) -> None:
    started = time.process_time()

    with pytest.raises(Invalid, match="declares types or entities"):
        convert({"q.xml": text.encode()}, place="python/09-new")

    assert time.process_time() - started < 2


def test_a_manifest_with_entities_is_refused() -> None:
    files = {**CARTRIDGE, "imsmanifest.xml": OUTSIDE}

    with pytest.raises(Invalid, match=r"imsmanifest\.xml:1: is refused"):
        convert({name: text.encode() for name, text in files.items()}, place="python/09-new")


def test_entities_in_html_are_not_looked_up() -> None:
    page = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><p>before &x; after</p>'

    assert "root:" not in str(convert({"a.html": page.encode()}, place="python/09-new").pages)


@pytest.mark.parametrize("name", ["../a.md", "a/../../b.md", "/etc/a.md", "..\\a.md", "C:/a.md", "C:\\a.md"])
def test_a_name_that_leads_out_of_an_archive_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="outside of it"):
        open_upload("course.zip", zipped({"ok.md": "Fine.", name: "Not fine."}))


def test_a_link_in_an_archive_is_refused() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        link = zipfile.ZipInfo("a.md")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")

    with pytest.raises(Invalid, match="holds a link"):
        open_upload("course.zip", made.getvalue())


def test_a_zip_bomb_is_refused_while_it_unpacks() -> None:
    bomb = zipped({"a.md": b"\0" * 40_000_000})
    assert len(bomb) < 50_000

    with pytest.raises(TooLarge, match="packed like a trap"):
        open_upload("course.zip", bomb)


def test_an_archive_that_lies_about_its_sizes_is_refused() -> None:
    honest = zipped({"a.md": b"\0" * 40_000_000})
    lying = honest.replace((40_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lying != honest

    with pytest.raises((TooLarge, Invalid)):
        open_upload("course.zip", lying)


def test_an_archive_of_too_many_files_or_bytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooLarge, match="5001 files"):
        open_upload("course.zip", zipped({f"{i}.md": "a" for i in range(5_001)}))
    monkeypatch.setattr(source, "ALL_BYTES_MAX", 10)
    with pytest.raises(TooLarge, match="unpack to more"):
        open_upload("course.zip", zipped({"a.md": "twelve bytes"}))


@pytest.mark.parametrize("content", [b"", b"PK\3\4 garbage", b"no archive", zipped({"a.md": HTML})[:200]])
def test_an_archive_that_is_none_is_said(content: bytes) -> None:
    with pytest.raises(Invalid, match="no archive"):
        open_upload("course.imscc", content)


def test_a_damaged_archive_is_said() -> None:
    good = bytearray(zipped({"a.md": HTML * 20}))
    good[60:160] = b"\xff" * 100

    with pytest.raises(Invalid, match=r"archive|damaged"):
        open_upload("course.zip", bytes(good))


def test_an_archive_in_an_archive_is_not_opened() -> None:
    files = open_upload("course.zip", zipped({"inner.zip": zipped({"a.md": "A."}), "b.md": "Text."}))

    assert "inner.zip:1: is of no form" in str(convert(files, place="python/09-new").notes[0])


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.pdf", pdf([]), "put it through a text recognition"),
        ("a.pdf", b"%PDF-1.4 garbage", "no PDF that can be read"),
        ("a.pdf", b"not at all", "no PDF that can be read"),
        ("a.ipynb", b"{", "no Jupyter notebook"),
        ("a.ipynb", b"[1]", "no Jupyter notebook"),
        ("a.ipynb", b'{"cells": []}', "it has no cells"),
        ("a.ipynb", b"[" * 100_000, "no Jupyter notebook"),
        ("a.html", b"<p> </p>", "has no text"),
        ("a.md", "größer".encode("latin-1"), "not UTF-8 text"),
        ("a.md", b"  \n", "is empty"),
        ("a.xml", b"<assessmentItem", "is no XML"),
        ("a.docx", b"PK", "these forms can"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_fault(name: str, content: bytes, expected: str) -> None:
    with pytest.raises(Invalid, match=expected):
        convert({name: content}, place="python/09-new")


def test_one_bad_file_does_not_stop_the_others() -> None:
    made = convert({"a.pdf": b"garbage", "b.md": b"Text."}, place="python/09-new")

    assert list(made.pages) == ["python/09-new/_module.md", "python/09-new/b.md"]
    assert str(made.notes[0]).startswith("a.pdf:1: is no PDF")


def test_deep_nesting_is_no_danger() -> None:
    page = "<div>" * 3_000 + "deep" + "</div>" * 3_000

    try:
        convert({"a.html": page.encode()}, place="python/09-new")
    except Invalid as error:
        assert "a.html:1:" in error.message  # noqa: PT017 both are answers


def test_an_import_writes_nothing_over(tmp_path: Path) -> None:
    module = tmp_path / "course" / "python" / "09-new"
    (tmp_path / "notes.ipynb").write_text(notebook({"cell_type": "markdown", "source": "# Loops\n\nThey repeat."}))
    import_into(tmp_path / "notes.ipynb", module)
    (module / "loops.md").write_text("my own words")

    with pytest.raises(Conflict, match="is there already"):
        import_into(tmp_path / "notes.ipynb", module)

    assert (module / "loops.md").read_text() == "my own words"


def test_a_folder_is_imported_without_what_links_lead_to(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.md").write_text("Text.")
    (tmp_path / "in" / "round").symlink_to(tmp_path / "in")
    (tmp_path / "secret.md").write_text("secret")
    (tmp_path / "in" / "b.md").symlink_to(tmp_path / "secret.md")

    assert list(read_source(tmp_path / "in")) == ["a.md"]


def test_a_file_of_200_megabytes_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "big.html").open("wb") as file:
        file.truncate(200_000_000)

    with pytest.raises(TooLarge, match="200000000 bytes"):
        read_source(tmp_path / "big.html")
    with pytest.raises(NotFound):
        read_source(tmp_path / "nothing.md")


@pytest.mark.parametrize("place", ["physics/09-new", "python", "python/", "python/a/b", "../python/a", "python/.."])
def test_only_a_modules_folder_can_be_imported_into(place: str) -> None:
    with pytest.raises(Invalid, match="module's folder"):
        convert({"a.md": b"Text."}, place=place)

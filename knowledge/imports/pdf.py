"""The text of a PDF: its headings by the size of their letters, its paragraphs joined again."""

import io
import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot
from typing import Any

from knowledge.frontmatter import Unreadable
from knowledge.imports.document import Document, Notes, fenced, title_of

_PAGES_MAX = 1_000
_HEADING_RATIO = 1.15
_HEADING_CHARS_MAX = 120
_GAP_RATIO = 1.3  # to the usual distance of two lines
_SHORT = 0.6  # to a full line
_EDGE = 0.06  # of a page's height
_FURNITURE = re.compile(
    r"^(?:page )?\d+(?: ?(?:/|of) ?\d+)?$|^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b|^(?:https?|file):|\b\d+/\d+$",
    re.IGNORECASE,
)
_ITEM = re.compile(r"([•◦▪●○‣∙*–-]|\d{1,3}[.)])\s+(?=\S)")
_FILE_NAME = re.compile(r"\.\w{2,5}$|^untitled|^microsoft word", re.IGNORECASE)
_TYPEWRITER = re.compile(r"mono|courier|consol|menlo|typewriter|cmtt|fixed", re.IGNORECASE)
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`size` of its largest letters and the place where it begins, in points from the page's lower left; `code` is set
    in letters of one width."""

    text: str
    size: float
    x: float
    y: float
    code: bool


def read_pdf(content: bytes, file: str) -> Document:
    """Raises Unreadable for one that is damaged, locked, or only pictures of pages."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    notes = Notes(file)
    # it would print to the terminal what it stumbles over; what matters is raised
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable(file, 1, "has a password; save it without one")
        if len(reader.pages) > _PAGES_MAX:
            raise Unreadable(file, 1, f"has {len(reader.pages)} pages; at most {_PAGES_MAX} are read: split it")
        pages = [_lines(page) for page in reader.pages]
        for number, page in enumerate(reader.pages, 1):
            if count := _pictures(page):
                notes.add(1, f"page {number}: {count} picture{'s' if count > 1 else ''} left out")
        title = str((reader.metadata.title if reader.metadata else "") or "").strip()
        title = "" if _FILE_NAME.search(title) else title
    except Unreadable:
        raise
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError) as error:
        # pypdf raises whatever it stumbles over in a damaged file
        raise Unreadable(file, 1, f"is no PDF that can be read: {error}") from error
    lines = _without_running_heads(pages)
    if not lines:
        raise Unreadable(file, 1, "has no text, only pictures of it; put it through a text recognition (OCR) first")
    notes.add(1, "a PDF knows no formulas and tables, and what is code only by its letters: look them through")
    heading, body = _body(lines)
    return Document(title=title or heading or title_of(file), body=body, notes=tuple(notes.found))


def _lines(page: Any) -> list[Line]:
    """Each line with its place and the size of its largest letters; without what a printer puts on every page."""
    lines: list[Line] = []
    pieces: list[Line] = []

    def end() -> None:
        nonlocal pieces
        if said := [piece for piece in pieces if piece.text.strip()]:
            size = max(piece.size for piece in said)
            code = all(piece.code for piece in said)
            written = "".join(piece.text for piece in pieces)
            text = written.rstrip() if code else " ".join(written.split()).translate(_LIGATURES)
            lines.append(Line(text=text, size=size, x=said[0].x, y=said[0].y, code=code))
        pieces = []

    def visit(text: str, cm: Any, tm: Any, font: Any, font_size: float | None) -> None:
        x, y = (float(tm[4] * cm[i] + tm[5] * cm[i + 2] + cm[i + 4]) for i in (0, 1))
        size = abs(float(font_size or 0)) * hypot(tm[2], tm[3]) * hypot(cm[2], cm[3])
        code = bool(font and _TYPEWRITER.search(str(font.get("/BaseFont", ""))))
        for part in re.split(r"(\n)", text):
            if part == "\n":
                end()
            elif part:
                pieces.append(Line(text=part, size=size, x=x, y=y, code=code))

    page.extract_text(visitor_text=visit)
    end()
    bottom, top = float(page.mediabox.bottom), float(page.mediabox.top)
    edge = (top - bottom) * _EDGE
    return [one for one in lines if bottom + edge < one.y < top - edge or not _FURNITURE.search(one.text)]


def _without_running_heads(pages: Sequence[list[Line]]) -> list[Line]:
    """What most pages begin or end with, but for its numbers, is no part of the text."""
    edges = Counter(key for page in pages for key in {_key(line) for line in [*page[:1], *page[-1:]]})
    often = {key for key, count in edges.items() if count >= max(3, len(pages) * 0.6)}
    kept: list[Line] = []
    for page in pages:
        last = len(page) - 1
        kept += [line for i, line in enumerate(page) if i not in (0, last) or _key(line) not in often]
    return kept


def _key(line: Line) -> str:
    return re.sub(r"\d+", "#", line.text)


def _body(lines: Sequence[Line]) -> tuple[str, str]:
    """The largest heading, and Markdown."""
    sizes = Counter[float]()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    usual = sizes.most_common(1)[0][0]
    title, largest, blocks = "", 0.0, list[str]()
    for block in _blocks(lines, usual):
        heading = block[0].size > usual * _HEADING_RATIO and len(block) == 1
        if heading and block[0].size > largest:
            title, largest = block[0].text, block[0].size
        blocks.append(f"## {block[0].text}" if heading else _code(block) if block[0].code else _paragraph(block))
    return title, "\n\n".join(blocks)


def _blocks(lines: Sequence[Line], usual: float) -> list[list[Line]]:
    """Lines that belong together: a heading, a program, a paragraph or an item of a list."""
    gaps = Counter(round(a.y - b.y) for a, b in pairwise(lines) if a.size == b.size and a.y > b.y)
    usual_gap = gaps.most_common(1)[0][0] if gaps else 0
    full = sorted(len(line.text) for line in lines)[len(lines) * 9 // 10]
    blocks: list[list[Line]] = []
    for line in lines:
        last = blocks[-1][-1] if blocks else None
        if last is None or _begins(line, last, usual=usual, usual_gap=usual_gap, full=full):
            blocks.append([line])
        else:
            blocks[-1].append(line)
    return blocks


def _begins(line: Line, last: Line, *, usual: float, usual_gap: float, full: int) -> bool:
    """Whether a line begins something new after `last`."""
    if line.code or last.code:
        return line.code != last.code
    big = usual * _HEADING_RATIO
    if (line.size > big and len(line.text) <= _HEADING_CHARS_MAX) or last.size > big or _ITEM.match(line.text):
        return True
    ends = last.text.endswith((".", ":", "?", "!"))
    if last.y <= line.y:  # a new page or column
        return ends
    # one that stops early was the last of its paragraph
    return last.y - line.y > usual_gap * _GAP_RATIO or (len(last.text) < full * _SHORT and not last.text.endswith("-"))


def _paragraph(block: Sequence[Line]) -> str:
    text = ""
    for line in block:
        text = text[:-1] + line.text if text.endswith("-") else f"{text} {line.text}".strip()
    item = _ITEM.match(text)
    if item and not item[1][0].isdecimal():
        return f"- {text[item.end() :]}"
    return text if item else _escaped(text)


def _code(block: Sequence[Line]) -> str:
    """With its indentation, by where its lines begin."""
    left = min(line.x for line in block)
    return fenced(
        "text", "\n".join(" " * round((line.x - left) / (line.size * 0.6 or 1)) + line.text for line in block)
    )


def _escaped(block: str) -> str:
    return re.sub(r"^([#>+-]|\d+\.)(?=\s)", r"\\\1", block)


def _pictures(page: Any) -> int:
    found = page.get("/Resources", {}).get("/XObject", {})
    objects = found.get_object() if hasattr(found, "get_object") else found
    return sum(objects[name].get("/Subtype") == "/Image" for name in objects)

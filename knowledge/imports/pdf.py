"""The text of a PDF: its headings by the size of their letters, its paragraphs joined again."""

import io
import re
from collections import Counter
from typing import Any

from knowledge.frontmatter import Unreadable
from knowledge.imports.document import Document, Notes, title_of

_PAGES_MAX = 1_000
_HEADING_RATIO = 1.15
_HEADING_CHARS_MAX = 120
Line = tuple[float, str]


def read_pdf(content: bytes, file: str) -> Document:
    """Raises Unreadable for one that is damaged, locked, or only pictures of pages."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    notes = Notes(file)
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
    except Unreadable:
        raise
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError) as error:
        # pypdf raises whatever it stumbles over in a damaged file
        raise Unreadable(file, 1, f"is no PDF that can be read: {error}") from error
    lines = [line for page in pages for line in page]
    if not lines:
        raise Unreadable(file, 1, "has no text, only pictures of it; put it through a text recognition (OCR) first")
    notes.add(1, "a PDF knows no formulas, tables and code: they are plain lines; look them through")
    heading, body = _body(lines)
    return Document(title=title or heading or title_of(file), body=body, notes=tuple(notes.found))


def _lines(page: Any) -> list[Line]:
    """Each line with the size of its largest letters."""
    lines: list[Line] = []
    gathered, size = "", 0.0

    def visit(text: str, _cm: Any, tm: Any, _font: Any, font_size: float | None) -> None:
        nonlocal gathered, size
        for part in re.split(r"(\n)", text):
            if part == "\n":
                lines.append((size, " ".join(gathered.split())))
                gathered, size = "", 0.0
            elif part:
                gathered += part
                if part.strip():
                    size = max(size, abs(float(font_size or 0) * float(tm[3] or 1)))

    page.extract_text(visitor_text=visit)
    lines.append((size, " ".join(gathered.split())))
    return [line for line in lines if line[1]]


def _body(lines: list[Line]) -> tuple[str, str]:
    """The first and largest heading, and Markdown."""
    sizes = Counter[float]()
    for size, text in lines:
        sizes[round(size, 1)] += len(text)
    usual = sizes.most_common(1)[0][0]
    title, blocks, paragraph = "", list[str](), ""
    for size, text in lines:
        if size > usual * _HEADING_RATIO and len(text) <= _HEADING_CHARS_MAX:
            blocks += [paragraph, f"## {text}"]
            title, paragraph = title or text, ""
        elif paragraph.endswith("-"):
            paragraph = paragraph[:-1] + text
        elif paragraph.endswith((".", ":", "?", "!")) and len(paragraph) > 400:
            blocks.append(paragraph)
            paragraph = text
        else:
            paragraph = f"{paragraph} {text}".strip()
    blocks.append(paragraph)
    return title, "\n\n".join(_escaped(block) for block in blocks if block)


def _escaped(block: str) -> str:
    return block if block.startswith("## ") else re.sub(r"^([#>+-]|\d+\.)(?=\s)", r"\\\1", block)


def _pictures(page: Any) -> int:
    found = page.get("/Resources", {}).get("/XObject", {})
    objects = found.get_object() if hasattr(found, "get_object") else found
    return sum(objects[name].get("/Subtype") == "/Image" for name in objects)

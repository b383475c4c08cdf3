"""Markdown of other people to ours: headings in one form, pictures by their words, no HTML."""

import re

from knowledge.imports.document import Document, Notes, title_of
from knowledge.lesson import fence_after

_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)
_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-{2,})\s*$")
_IMAGE = re.compile(r"!\[([^\]]*)\](\([^)]*\)|\[[^\]]*\])")
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?://|mailto:)([^)\s]*)[^)]*\)")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?-->")
_FENCE_LINE = re.compile(r"^( {0,3})(`{3,}|~{3,})\s*\{?\.?([A-Za-z0-9_+-]*)\}?\s*([A-Za-z0-9_+-]*)[^`]*$")
_LANGUAGES = {
    "py": "python",
    "py3": "python",
    "python3": "python",
    "ipython": "python",
    "ipython3": "python",
    "pycon": "text",
}
# MyST says first what a block is, then its language
_DIRECTIVES = frozenset({"code-cell", "code-block", "code", "sourcecode"})
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_DISPLAY = re.compile(r"\\\[(.+?)\\\]", re.DOTALL)
_INLINE = re.compile(r"\\\((.+?)\\\)")


def read_markdown(text: str, file: str, *, title: str = "", first_line: int = 1) -> Document:
    """Front matter gives no more than its title."""
    notes = Notes(file)
    front = _FRONT.match(text)
    if front and not title:
        found = _TITLE.search(front[1])
        title = found[1] if found else ""
        notes.add(1, "of the front matter only the title is kept")
    if front:
        first_line += front[0].count("\n")
        text = text[front.end() :]
    lines = _lines(_without_comments(text), first_line, notes)
    if lines and (first := _HEADING.match(lines[0])) and len(first[1]) == 1:
        title = title or first[2]
    title = title or title_of(file)
    return Document(title=title, body=as_lesson("\n".join(lines), title), notes=tuple(notes.found))


def as_lesson(text: str, title: str) -> str:
    """A lesson's sections begin with headings of the second level; one that only says the title is left out."""
    lines = text.strip().split("\n")
    if (first := _HEADING.match(lines[0])) and (len(first[1]) == 1 or first[2] == title):
        lines = lines[1:]
    levels = [len(match[1]) for line in _outside_fences(lines) if (match := _HEADING.match(line))]
    return "\n".join(_shifted(lines, 2 - min(levels, default=2))).strip()


def _lines(text: str, first_line: int, notes: Notes) -> list[str]:
    done: list[str] = []
    fence = ""
    for number, line in enumerate(text.split("\n"), first_line):
        before, fence = fence, fence_after(_plain_fence(line) if not fence else line, fence)
        if before or fence:
            done.append(_plain_fence(line) if not before else line)
        elif (
            done
            and done[-1].strip()
            and _UNDERLINE.match(line)
            and not done[-1].lstrip().startswith(("#", "|", ">", "-"))
        ):
            done[-1] = ("# " if "=" in line else "## ") + done[-1].strip()
        else:
            done.append(_inline(line, number, notes))
    while done and not done[0].strip():
        done.pop(0)
    if fence:
        notes.add(first_line + text.count("\n"), "a code fence was never closed; it is closed at the end")
        done.append(fence)
    return done


def _plain_fence(line: str) -> str:
    """An opening fence with its language alone, in our name for it."""
    match = _FENCE_LINE.match(line)
    if not match:
        return line
    language = (match[4] if match[3].lower() in _DIRECTIVES else match[3]).lower()
    return f"{match[1]}{match[2]}{_LANGUAGES.get(language, language)}"


def _inline(line: str, number: int, notes: Notes) -> str:
    for image in _IMAGE.finditer(line):
        notes.add(number, f"the picture {image[2][1:-1][:80]} is not carried over, only its words")
        if not image[1].strip():
            notes.add(number, "this picture has no alternative text, so nothing of it is left")
    line = _IMAGE.sub(lambda image: f"*Picture: {image[1].strip()}*" if image[1].strip() else "", line)
    for link in _LINK.finditer(line):
        notes.add(number, f"the link to {link[2][:80] or 'nothing'} leads out of the course; its words are kept")
    line = _LINK.sub(r"\1", line)
    bare = re.sub(r"`[^`]*`", "", line)
    for tag in _TAG.findall(bare):
        if not tag.startswith("<!--"):
            notes.add(number, f"the HTML {tag[:40]} is not carried over; what stands in it is")
    parts = re.split(r"(`[^`]*`)", line)
    return "".join(part if part.startswith("`") else _formulas(_TAG.sub("", part)) for part in parts)


def _formulas(text: str) -> str:
    """In dollars, also where a page has them in TeX's brackets."""
    text = _DISPLAY.sub(lambda found: f"$${found[1].strip()}$$", text)
    return _INLINE.sub(lambda found: f"${found[1].strip()}$", text)


def _without_comments(text: str) -> str:
    """Outside of code; their lines stay, so that remarks name the right one."""
    code = re.compile(r"^( {0,3})(`{3,}|~{3,})[\s\S]*?^ {0,3}\2|`[^`\n]*`", re.MULTILINE)
    done, at = "", 0
    for kept in code.finditer(text):
        done += _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text[at : kept.start()]) + kept[0]
        at = kept.end()
    return done + _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text[at:])


def _shifted(lines: list[str], shift: int) -> list[str]:
    done: list[str] = []
    fence = ""
    for line in lines:
        before, fence = fence, fence_after(line, fence)
        match = None if before or fence else _HEADING.match(line)
        done.append(f"{'#' * min(max(len(match[1]) + shift, 2), 6)} {match[2]}" if match else line)
    return done


def _outside_fences(lines: list[str]) -> list[str]:
    kept: list[str] = []
    fence = ""
    for line in lines:
        before, fence = fence, fence_after(line, fence)
        if not before and not fence:
            kept.append(line)
    return kept

"""HTML to Markdown of our form: headings, lists, tables, code and formulas stay what they are; the rest is told."""

import re
from collections.abc import Iterable
from typing import Any

from knowledge.frontmatter import Unreadable
from knowledge.imports.document import Document, Notes, decoded, fenced, table, title_of
from knowledge.imports.markdown import as_lesson

_DEPTH_MAX = 200
_LEFT_OUT = {
    "script": "a script", "iframe": "a frame", "object": "an embedded object", "embed": "an embedded object",
    "video": "a video", "audio": "a recording", "form": "a form", "canvas": "a drawing", "svg": "a drawing",
    "input": "a field", "select": "a field", "textarea": "a field", "button": "a button",
}  # fmt: skip
_SILENT = frozenset({"head", "style", "nav", "template", "noscript", "link", "meta", "footer"})
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "ul",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "math",
    ]
)
_MARGINS = frozenset({"navigation", "banner", "contentinfo", "complementary", "search"})
# names that the common makers of pages give to what is not the text: skip links, ¶ beside headings, readers' comments
_BESIDE = frozenset(
    ("skip-link", "screen-reader-text", "sr-only", "headerlink", "anchor-link", "breadcrumb", "breadcrumbs", "comments",
     "comments-area", "comment-respond", "entry-meta", "post-meta", "sharedaddy", "site-header", "site-footer", "toc")
)  # fmt: skip
_BOX = re.compile(r"admonition|note|tip|warning|callout|citation")
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "dfn": "*", "cite": "*"}
_LANGUAGE = re.compile(r"(?:language-|lang-|highlight-|code |^)(python3?|py|ipython3?|console|text|bash)\b")
_DISPLAY = re.compile(r"\\\[(.+?)\\\]", re.DOTALL)
_EQUATION = re.compile(r"\\begin\{equation\*?\}(.+?)\\end\{equation\*?\}", re.DOTALL)
_INLINE = re.compile(r"\\\((.+?)\\\)", re.DOTALL)


def read_html(content: bytes | str, file: str) -> Document:
    """Raises Unreadable. Nothing is fetched, no entity of its own is known."""
    from lxml import etree, html  # type: ignore[import-untyped]

    # what is no Unicode says itself what it is, and is taken for Latin-1 where it says nothing
    text = content if isinstance(content, str) else decoded(content)
    content, encoding = (content, None) if text is None else (text.encode(), "utf-8")
    try:
        parser = html.HTMLParser(no_network=True, huge_tree=False, encoding=encoding)
        root: Any = html.document_fromstring(content, parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise Unreadable(file, 1, f"is no HTML: {error}") from error
    reader = _Reader(Notes(file))
    blocks = reader.blocks(_content_of(root), 0)
    if not any(block.strip() for block in blocks):
        raise Unreadable(file, 1, "has no text")
    title = " ".join((root.findtext(".//title") or "").split())
    heading = next(root.iter("h1"), None)
    first = _one_line("".join(heading.itertext())) if heading is not None else ""
    title = first or title or title_of(file)
    return Document(title=title, body=as_lesson("\n\n".join(blocks), title), notes=tuple(reader.notes.found))


def _content_of(root: Any) -> Any:
    """The page's own text, where it says which part that is: without the site's head, menus and margins."""
    for found in (root.findall(".//main"), root.findall(".//*[@role='main']"), root.findall(".//article")):
        if len(found) == 1 and "".join(found[0].itertext()).strip():
            inner = found[0].findall(".//article")
            return inner[0] if len(inner) == 1 else found[0]
    return root


class _Reader:
    def __init__(self, notes: Notes) -> None:
        self.notes = notes

    def blocks(self, element: Any, depth: int) -> list[str]:
        """An element's content as paragraphs and other blocks."""
        if depth > _DEPTH_MAX:
            self.notes.add(_line(element), "is nested too deeply; what lies further in is left out")
            return []
        found: list[str] = []
        inline = _words(element.text)
        for child in element:
            if _is_aside(child):
                pass
            elif _is_block(child):
                found += [_tidy(inline), *self._block(child, depth + 1)]
                inline = ""
            else:
                inline += self._inline(child, depth + 1)
            inline += _words(child.tail)
        return [block for block in [*found, _tidy(inline)] if block.strip()]

    def _block(self, element: Any, depth: int) -> list[str]:
        match element.tag:
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                return [f"{'#' * int(element.tag[1])} {_one_line(self._inside(element, depth))}"]
            case "pre":
                code = "".join(element.itertext())
                return [fenced("text" if code.lstrip().startswith(">>>") else _language(element), code)]
            case "ul" | "ol":
                return ["\n".join(self._items(element, depth))]
            case "table":
                return [self._table(element, depth)]
            case "blockquote":
                return ["\n>\n".join("> " + block.replace("\n", "\n> ") for block in self.blocks(element, depth))]
            case "hr":
                return []
            case "math":
                return [self._formula(element)]
            case "dt":
                return [f"**{_one_line(self._inside(element, depth))}**"]
        if "math" in _classes(element) and (tex := _tex(element)):
            return [f"$${tex}$$"]
        return self.blocks(element, depth)

    def _items(self, element: Any, depth: int) -> list[str]:
        lines: list[str] = []
        start = str(element.get("start", "1"))
        first = int(start) if start.isdecimal() and len(start) < 9 else 1  # the most digits that Markdown allows
        for number, item in enumerate((child for child in element if child.tag == "li"), first):
            mark = f"{number}. " if element.tag == "ol" else "- "
            inside = "".join(self._in_item(item, depth)).strip()
            lines.append(mark + re.sub(r"\n(?!\n)", "\n" + " " * len(mark), inside))
        return lines

    def _in_item(self, item: Any, depth: int) -> Iterable[str]:
        """A list goes on right below its words; a second paragraph needs an empty line."""
        for block in self.blocks(item, depth):
            yield "\n" if re.match(r"- |\d+\. ", block) else "\n\n"
            yield block

    def _table(self, element: Any, depth: int) -> str:
        rows = []
        for row in element.iter("tr"):
            cells = [cell for cell in row if cell.tag in {"td", "th"}]
            if any(cell.get("colspan", "1") != "1" or cell.get("rowspan", "1") != "1" for cell in cells):
                self.notes.add(_line(row), "cells of this table that were joined are not joined any more")
            rows.append([self._inside(cell, depth) for cell in cells])
        return table([row for row in rows if row])

    def _inside(self, element: Any, depth: int) -> str:
        return " ".join(self.blocks(element, depth))

    def _inline(self, element: Any, depth: int) -> str:
        """Markdown without paragraphs."""
        tag = element.tag if isinstance(element.tag, str) else ""
        if not tag or tag in _SILENT or depth > _DEPTH_MAX:
            return ""
        if tag == "script" and str(element.get("type", "")).startswith("math/tex"):
            return _dollars(element.text or "", display="mode=display" in element.get("type", ""))
        if tag in _LEFT_OUT:
            self.notes.add(_line(element), f"{_LEFT_OUT[tag]} is left out")
            return ""
        if tag == "img":
            return self._picture(element)
        if tag == "math":
            return self._formula(element)
        if tag == "br":
            return "\n"
        if "math" in _classes(element) and (tex := _tex(element)):
            return _dollars(tex)
        inside = _words(element.text)
        for child in element:
            if _is_aside(child):
                inside += _words(child.tail)
                continue
            block = _is_block(child) and child.tag != "math"
            inside += self._inside(child, depth + 1) if block else self._inline(child, depth + 1)
            inside += _words(child.tail)
        return self._marked(tag, element, inside)

    def _marked(self, tag: str, element: Any, inside: str) -> str:
        if not inside.strip():
            return inside
        if tag in _MARKS:
            before, after = (" " if inside != inside.lstrip() else ""), (" " if inside != inside.rstrip() else "")
            return f"{before}{_MARKS[tag]}{inside.strip()}{_MARKS[tag]}{after}"
        if tag in {"code", "kbd", "samp", "tt", "var"} or "literal" in _classes(element):
            return f"`{''.join(element.itertext()).strip()}`"
        if tag == "a" and str(element.get("href", "")).startswith(("https://", "http://")):
            return f"[{inside.strip()}]({element.get('href').replace(' ', '%20').replace(')', '%29')})"
        if tag == "a" and element.get("href") and not element.get("href").startswith("#"):
            self.notes.add(
                _line(element), f"the link to {element.get('href')[:80]} leads out of the course; its words are kept"
            )
        if tag in {"sub", "sup"}:
            self.notes.add(_line(element), "raised and lowered letters are written with ^ and _")
            return f"{'_' if tag == 'sub' else '^'}{inside.strip()}"
        return inside

    def _picture(self, element: Any) -> str:
        words = _one_line(element.get("alt", ""))
        self.notes.add(_line(element), f"the picture {element.get('src', '')[:80]} is not carried over, only its words")
        if not words:
            self.notes.add(_line(element), "this picture has no alternative text, so nothing of it is left")
        return f"*Picture: {words}*" if words else ""

    def _formula(self, element: Any) -> str:
        """MathML, by the LaTeX that its maker left in it."""
        for note in element.iter("annotation"):
            if "tex" in str(note.get("encoding", "")).lower():
                return _dollars(note.text or "", display=element.get("display") == "block")
        if element.get("alttext"):
            return _dollars(element.get("alttext"), display=element.get("display") == "block")
        self.notes.add(_line(element), "a formula in MathML without LaTeX is kept as plain letters: write it anew")
        return f"`{_one_line(''.join(element.itertext()))}`"


def _is_aside(element: Any) -> bool:
    """What a page holds beside its text: menus, margins, comments of readers, what nobody sees."""
    if not isinstance(element.tag, str):
        return False
    return (
        element.tag == "nav"
        or (element.tag == "aside" and not _BOX.search(str(element.get("class", ""))))
        or element.get("role") in _MARGINS
        or element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        # formulas are often laid under their picture
        or bool(_UNSEEN.search(str(element.get("style", ""))) and element.find(".//math") is None)
        or not _BESIDE.isdisjoint([*_classes(element), str(element.get("id", ""))])
    )


def _is_block(element: Any) -> bool:
    return isinstance(element.tag, str) and (
        element.tag in _BLOCKS
        and not (element.tag == "math" and element.get("display") != "block" and _among_words(element))
    )


def _among_words(element: Any) -> bool:
    parent = element.getparent()
    return parent is not None and bool((parent.text or "").strip() or (element.tail or "").strip() or len(parent) > 1)


def _language(element: Any) -> str:
    """What a block of code says it is written in; a block that says nothing is text."""
    for one in [element, *element.iter("code"), *_around(element)]:
        if found := _LANGUAGE.search(str(one.get("class", ""))):
            return "python" if found[1].startswith(("py", "ipy")) else "text"
    return "text"


def _around(element: Any) -> Iterable[Any]:
    above = element.getparent()
    return [] if above is None else [above] if above.getparent() is None else [above, above.getparent()]


def _tex(element: Any) -> str:
    text = "".join(element.itertext()).strip()
    found = _DISPLAY.fullmatch(text) or _INLINE.fullmatch(text) or _EQUATION.fullmatch(text)
    return found[1].strip() if found else ""


def _dollars(tex: str, *, display: bool = False) -> str:
    return f"$${tex.strip()}$$" if display else f"${tex.strip()}$"


def _words(text: str | None) -> str:
    """Text as a browser shows it, with TeX in dollars."""
    # a bracket that was written as text must not become a tag in Markdown
    text = re.sub(r"<(?=[A-Za-z/!])", "< ", re.sub(r"[ \t\r\n\f]+", " ", text or ""))
    text = _DISPLAY.sub(lambda found: f"$${found[1].strip()}$$", text)
    return _INLINE.sub(lambda found: f"${found[1].strip()}$", text)


def _tidy(inline: str) -> str:
    """A paragraph; what would make it a heading, a quote or a list does not."""
    text = re.sub(r" *\n *", "\n", inline).strip()
    return re.sub(r"^(#{1,6}|[>+*-]|\d+(?=[.)]))(?=[.)]?\s)", _escaped, text, flags=re.MULTILINE)


def _escaped(mark: re.Match[str]) -> str:
    return f"{mark[0]}\\" if mark[0].isdecimal() else f"\\{mark[0]}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _classes(element: Any) -> list[str]:
    return str(element.get("class", "")).split()


def _line(element: Any) -> int:
    return int(element.sourceline or 1)

"""What a reader would stumble over in a page: dead links, images without words, formulas left open, prose too hard."""

import re
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

from knowledge.frontmatter import Problem, Unreadable, read_bytes, read_page
from knowledge.lesson import Section, fence_after

GRADE_MAX = 9.0
"""School year, by Flesch-Kincaid (1975); a student of 14 is in the ninth."""
_WORDS_MIN = 80  # the measure says nothing about a few sentences

_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_IMAGE = re.compile(r"!\[([^\]]*)\]\(\s*<?([^)\s>]*)[^)]*\)")
_HTML_IMAGE = re.compile(r"<img\b([^>]*)(?:>|$)", re.IGNORECASE)
_HTML_LINK = re.compile(r"""<a\b[^>]*?\bhref\s*=\s*["']([^"']*)""", re.IGNORECASE)
_NAMED = re.compile(r"(?<![\w\])])(!?)\[([^\[\]]*)\]\[([^\[\]]*)\]")
# `[4, 7][1]` is a list and a place in it
_PLACE = re.compile(r"\s*-?\d+\s*")
# words that stand for any picture are no words for this one
_EMPTY_ALT = re.compile(
    r"\W*(?:(?:an?|the) )?(?:image|picture|img|photo|figure|screenshot|alt(?: text)?|todo)?\W*\d*", re.IGNORECASE
)
_ALT = re.compile(r"""\balt\s*=\s*["']\s*[^"'\s]""", re.IGNORECASE)
_SRC = re.compile(r"""\bsrc\s*=\s*["']([^"']*)""", re.IGNORECASE)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(\s*<?([^)\s>]*)[^)]*\)")
_DEFINITION = re.compile(r"^\s{0,3}\[([^\]]+)\]:\s*<?([^\s>]+)")
_ELSEWHERE = re.compile(r"^(?:https?|mailto):", re.IGNORECASE)
_FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$]+)\$", re.DOTALL)
_BRACE = re.compile(r"(?<!\\)[{}]")
_NOT_A_SENTENCE = re.compile(r"^\s*(?:#|\|)")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_SENTENCE_END = re.compile(r"[.!?:](?=\s|$)")
_WORD = re.compile(r"[A-Za-z][A-Za-z']*")


def find_faults(text: str, *, file: str, line: int, folder: Path) -> list[Problem]:
    """Of Markdown that starts on `line` of `file`, a path inside the curriculum `folder`."""
    lines = list(enumerate(_with_whole_tags(_without_code(text)), line))
    named = {match[1].casefold() for _, written in lines if (match := _DEFINITION.match(written))}
    found = [
        (number, fault)
        for number, written in lines
        for fault in (*_images(written, file, folder), *_links(written, file, folder), *_names(written, named))
    ]
    if file.startswith("maths/"):
        found += _open_formulas(lines)
    return [Problem(file=file, line=number, message=fault) for number, fault in found]


def formula_fault(text: str) -> str | None:
    """Why KaTeX could not set the formulas of a short text."""
    bare = text.replace(r"\$", "")
    if bare.count("$") % 2:
        return "a formula is never closed: there is an odd number of $"
    for match in _FORMULA.finditer(bare):
        if not _balanced(match[1] or match[2]):
            return f"the braces of ${(match[1] or match[2]).strip()[:40]}$ do not pair"
    return None


def find_hard_section(sections: tuple[Section, ...]) -> tuple[Section, float] | None:
    """When a lesson is harder than GRADE_MAX: the section that is hardest, and the grade of the whole lesson."""
    texts = [_plain(section.text) for section in sections]
    grade = _grade("\n".join(texts))
    if grade <= GRADE_MAX:
        return None
    hardest = max(range(len(sections)), key=lambda i: _grade(texts[i], words_min=20))
    return sections[hardest], grade


def reading_grade(text: str, *, words_min: int = 30) -> float:
    """School year by Flesch-Kincaid, of Markdown without its code and formulas; 0 for a text of fewer words."""
    return _grade(_plain(text), words_min)


# --- links and images


def _images(written: str, file: str, folder: Path) -> Iterator[str]:
    for alt, target in _IMAGE.findall(written):
        if _EMPTY_ALT.fullmatch(alt):
            yield f"the image {target} has no alternative text for who cannot see it"
        yield from _dead(target, file, folder)
    for attributes in _HTML_IMAGE.findall(written):
        source = _SRC.search(attributes)
        if not _ALT.search(attributes):
            yield f"the image {source[1] if source else ''} has no alternative text for who cannot see it"
        if source:
            yield from _dead(source[1], file, folder)


def _links(written: str, file: str, folder: Path) -> Iterator[str]:
    defined = [match[2]] if (match := _DEFINITION.match(written)) else []
    for target in (*_LINK.findall(written), *_HTML_LINK.findall(written), *defined):
        yield from _dead(target, file, folder)


def _names(written: str, named: Container[str]) -> Iterator[str]:
    """Links and images that say by a name where they lead."""
    for image, words, name in _NAMED.findall(written):
        if image and _EMPTY_ALT.fullmatch(words):
            yield f"the image {name or words} has no alternative text for who cannot see it"
        if not _PLACE.fullmatch(name) and (name or words).casefold() not in named:
            yield f"the link to {name or words or 'nothing'} leads nowhere: no line begins with [{name or words}]:"


def _with_whole_tags(lines: Sequence[str]) -> list[str]:
    """A tag that goes over several lines stands on its first one."""
    whole = re.sub(
        r"<(?:img|a)\b[^<>]*>", lambda tag: " ".join(tag[0].split("\n")) + "\n" * tag[0].count("\n"), "\n".join(lines)
    )
    return whole.split("\n")


def _dead(target: str, file: str, folder: Path) -> Iterator[str]:
    """Addresses on the web are not visited: a check must say the same without a network."""
    if _ELSEWHERE.match(target):
        return
    name, _, anchor = target.partition("#")
    path = (folder / file).parent / unquote(name) if name else folder / file
    if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
        yield f"the link to {target or 'nothing'} leads nowhere"
    elif anchor and path.suffix == ".md" and anchor not in _anchors(path):
        yield f"the link to {target} leads to no heading of that page"


def _anchors(path: Path) -> set[str]:
    """The headings of a page as browsers and GitHub name them in addresses."""
    try:
        body = read_page(read_bytes(path, path.name), path.name).body
    except Unreadable:
        return set()
    headings = [line.lstrip("#") for line in _without_code(body, keep_spans=True) if re.match(r"#{1,6}\s", line)]
    return {re.sub(r"[^\w\s-]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


# --- formulas


def _open_formulas(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Paragraph by paragraph, since no formula goes on over an empty line."""
    found: list[tuple[int, str]] = []
    paragraph: list[tuple[int, str]] = []
    for number, written in [*lines, (0, "")]:
        if written.strip():
            paragraph.append((number, written))
            continue
        fault = formula_fault("\n".join(text for _, text in paragraph))
        if fault:
            found.append((next((n for n, text in paragraph if formula_fault(text)), paragraph[0][0]), fault))
        paragraph = []
    return found


def _balanced(formula: str) -> bool:
    depth = 0
    for brace in _BRACE.findall(formula):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


# --- reading level


def _without_code(text: str, *, keep_spans: bool = False) -> list[str]:
    """The lines as they were, with fenced blocks and `code` blanked: what looks like a link there is none."""
    lines: list[str] = []
    fence = ""
    for written in text.split("\n"):
        before, fence = fence, fence_after(written, fence)
        bare = "" if before or fence else written
        lines.append(bare if keep_spans else _CODE.sub("`it`", bare))
    return lines


def _plain(text: str) -> str:
    """Sentences alone: a formula or a piece of code counts as one short word."""
    lines = [line for line in _without_code(text) if not _NOT_A_SENTENCE.match(line)]
    items = [f"{_ITEM.sub('', line)}." if _ITEM.match(line) else line for line in lines]
    return _FORMULA.sub("it", "\n".join(items))


def _grade(text: str, words_min: int = _WORDS_MIN) -> float:
    """Flesch-Kincaid grade; 0 for too short a text."""
    words = _WORD.findall(text)
    if len(words) < words_min:
        return 0.0
    sentences = max(1, len(_SENTENCE_END.findall(text)))
    syllables = sum(map(_syllables, words))
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


def _syllables(word: str) -> int:
    return max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", word.lower()))))

"""A lesson's Markdown body, taken apart into sections and worked examples."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.ports import Example
from knowledge.frontmatter import Problem

_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*\s*$")
# what stands after the language is for other programs, but opens a fence all the same
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})\s*([A-Za-z0-9_+-]*)(?:[\s{,:][^`]*)?$")
_NEVER_RUN = frozenset({"py", "py3", "python2", "python3", "ipython", "ipython3", "pycon", "math", "latex"})
_TITLE = re.compile(r"^#\s*title:\s*(.+?)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """A fenced block; `line` is 1-based in its file."""

    language: str
    lines: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What stands under one heading; `text` is Markdown as written, fences included."""

    heading: str
    text: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    sections: tuple[Section, ...]
    examples: tuple[Example, ...]


def read_lesson(body: str, *, file: str, first_line: int, title: str) -> tuple[Lesson, list[Problem]]:
    """`title` names the section before the first heading."""
    problems: list[Problem] = []
    sections: list[Section] = []
    examples: list[Example] = []
    for section in _split(body, first_line, title):
        fences, open_at = read_fences(section)
        if open_at:
            problems.append(Problem(file=file, line=open_at, message="this code fence is never closed"))
        found, wrong = _examples(section, fences, file)
        examples += found
        problems += wrong
        sections.append(section)
    return Lesson(sections=tuple(sections), examples=tuple(examples)), problems


def anchors_of(headings: Sequence[str]) -> list[str]:
    """A name for each heading that a link may carry: its words in lower case with hyphens, the second of two alike with
    a -2."""
    anchors: list[str] = []
    for heading in headings:
        plain = "-".join(re.findall(r"[^\W_]+", heading.casefold())) or "section"
        number = 1
        while (anchor := plain if number == 1 else f"{plain}-{number}") in anchors:
            number += 1
        anchors.append(anchor)
    return anchors


def _split(body: str, first_line: int, title: str) -> list[Section]:
    """By first- and second-level headings outside fences; a section without text is left out."""
    sections: list[Section] = []
    heading, start, gathered, fence = title, first_line, list[str](), ""
    for number, line in enumerate(body.split("\n"), first_line):
        fence = fence_after(line, fence)
        match = None if fence else _HEADING.match(line)
        if match and len(match[1]) <= 2:
            _close(sections, heading, gathered, start)
            heading, start, gathered = match[2], number + 1, []
        else:
            gathered.append(line)
    _close(sections, heading, gathered, start)
    return sections


def _close(sections: list[Section], heading: str, gathered: list[str], start: int) -> None:
    if any(line.strip() for line in gathered):
        sections.append(Section(heading=heading, text="\n".join(gathered), line=start))


def fence_after(line: str, fence: str) -> str:
    """The fence that is open after this line, '' when none is."""
    if fence:
        bare = line.strip()
        return "" if bare.startswith(fence) and not bare.strip(fence[0]) else fence
    match = _FENCE.match(line)
    return match[1] if match else ""


def read_fences(section: Section) -> tuple[list[Fence], int]:
    """The fenced blocks, and the line of one that is never closed (0 when all are)."""
    fences: list[Fence] = []
    fence, language, opened, gathered = "", "", 0, list[str]()
    for number, line in enumerate(section.text.split("\n"), section.line):
        before, fence = fence, fence_after(line, fence)
        if before and not fence:
            fences.append(Fence(language=language, lines=tuple(gathered), line=opened))
        elif before:
            gathered.append(line)
        elif fence:
            match = _FENCE.match(line)
            language, opened, gathered = (match[2].lower() if match else ""), number, []
    return fences, opened if fence else 0


def _examples(section: Section, fences: list[Fence], file: str) -> tuple[list[Example], list[Problem]]:
    examples: list[Example] = []
    problems: list[Problem] = []
    for i, fence in enumerate(fences):
        before = fences[i - 1] if i else None
        if fence.language in _NEVER_RUN:
            fault = f"`{fence.language}` is never run: write python, or text for what is no whole program"
            problems.append(Problem(file=file, line=fence.line, message=fault))
        if fence.language == "output" and before and before.language == "python":
            examples.append(_python_example(section, before, fence))
        elif fence.language == "output":
            problems.append(Problem(file=file, line=fence.line, message="an output fence follows a python fence"))
        elif fence.language == "maths" and any(line.strip() for line in fence.lines):
            examples.append(_maths_example(section, fence))
        elif fence.language == "maths":
            problems.append(Problem(file=file, line=fence.line, message="a maths fence holds at least one line"))
    return examples, problems


def _python_example(section: Section, code: Fence, output: Fence) -> Example:
    title, lines = _titled(section, code)
    return Example(title=title, code="\n".join(lines), output="\n".join(output.lines), subject="python")


def _maths_example(section: Section, working: Fence) -> Example:
    title, lines = _titled(section, working)
    return Example(title=title, code="\n".join(line for line in lines if line.strip()), output="", subject="maths")


def _titled(section: Section, fence: Fence) -> tuple[str, tuple[str, ...]]:
    match = _TITLE.match(fence.lines[0]) if fence.lines else None
    return (match[1], fence.lines[1:]) if match else (section.heading, fence.lines)

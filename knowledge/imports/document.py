"""What every reader of a foreign format gives: Markdown in our form, quiz questions, and what was left behind."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from knowledge.frontmatter import Problem

_TICKS = re.compile(r"`{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    label: str
    correct: bool
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question in Markdown, with its options in the right order, or with the answers that may be typed. Without a
    `kind` they are chosen from."""

    name: str
    prompt: str
    choices: tuple[Choice, ...]
    kind: Literal["multiple", "ordering", "numeric", "text"] | None = None
    tolerance: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One lesson to be. `body` has no first-level heading; `notes` say by line what could not be carried over."""

    title: str
    body: str
    quiz: tuple[Asked, ...] = ()
    notes: tuple[Problem, ...] = ()


@dataclass(slots=True)
class Notes:
    """Gathers what could not be carried over from one file."""

    file: str
    found: list[Problem] = field(default_factory=list)

    def add(self, line: int, message: str) -> None:
        problem = Problem(file=self.file, line=max(line, 1), message=message)
        if problem not in self.found:
            self.found.append(problem)


def fenced(language: str, code: str) -> str:
    """A block of code, in a fence that nothing in it closes."""
    longest = max((len(ticks) for ticks in _TICKS.findall(code)), default=2)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code.strip(chr(10))}\n{fence}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first row is its head. Cells lose their line breaks."""
    width = max((len(row) for row in rows), default=0)
    cells = [[" ".join(cell.split()).replace("|", r"\|") for cell in row] + [""] * (width - len(row)) for row in rows]
    if not width:
        return ""
    lines = ["| " + " | ".join(row) + " |" for row in cells]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def decoded(content: bytes) -> str | None:
    """UTF-8, or UTF-16 that says so; None for anything else."""
    encoding = "utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text.replace("\r\n", "\n").replace("\r", "\n")


def title_of(file: str) -> str:
    """From a file's name, where nothing in the file is better."""
    stem = file.rpartition("/")[2].rpartition(".")[0] or file
    return re.sub(r"[\W_]+", " ", re.sub(r"^\d+[\W_]+", "", stem)).strip().capitalize() or "Imported"

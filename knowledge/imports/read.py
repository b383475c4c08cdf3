"""Brings files of other forms into ours: every one becomes a topic of a module, and what is lost on the way is told."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, get_args

import yaml

from core.errors import Conflict, Invalid
from core.ports import Subject
from knowledge.frontmatter import Problem, Unreadable
from knowledge.imports.cartridge import manifest_of, ordered
from knowledge.imports.document import Asked, Choice, Document, decoded, title_of
from knowledge.imports.html import read_html
from knowledge.imports.markdown import read_markdown
from knowledge.imports.notebook import read_notebook
from knowledge.imports.pdf import read_pdf
from knowledge.imports.qti import is_qti, read_qti
from knowledge.imports.rst import read_rst
from knowledge.imports.source import read_source

READ = (".md", ".markdown", ".txt", ".ipynb", ".rst", ".html", ".htm", ".xhtml", ".pdf", ".xml", ".qti")
_SUBJECTS: tuple[Subject, ...] = get_args(Subject)
_SILENT = frozenset(
    {".css", ".js", ".xsd", ".dtd", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".woff", ".woff2"}
)
_SUMMARY_CHARS = 200
_OBJECTIVES_MAX = 4
_NO_REASON = "Whoever wrote this question gave no reason."


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """Pages of a curriculum by their path in it, and what could not be carried over."""

    pages: Mapping[str, str]
    notes: tuple[Problem, ...]


class _Dumper(yaml.SafeDumper):
    """Text of several lines as a person would write it."""


def _lines_as_they_are(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _lines_as_they_are)


def import_into(source: Path, module: Path) -> Imported:
    """Write what `source` holds as topics into a module's folder, which is made when it is new. Raises NotFound, TooLarge,
    Invalid when nothing in it can be read, Conflict when a file is there already: nothing is written then."""
    subject, folder = module.resolve().parent.name, module.resolve().name
    made = convert(read_source(source), place=f"{subject}/{folder}", order_from=len(list(module.glob("[!_]*.md"))))
    root = module.resolve().parent.parent
    taken = [name for name in made.pages if (root / name).exists() and not name.endswith("/_module.md")]
    if taken:
        raise Conflict(f"{taken[0]} is there already; nothing was written.")
    for name, text in made.pages.items():
        path = root / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return made


def convert(files: Mapping[str, bytes], *, place: str, order_from: int = 0) -> Imported:
    """`place` is a module's folder in the curriculum, as `python/09-imported`. Raises Invalid."""
    subject, _, folder = place.partition("/")
    if subject not in _SUBJECTS or not folder or "/" in folder or not _slug(folder):
        raise Invalid(f"Import into a module's folder, such as FOLDER/{_SUBJECTS[0]}/09-imported; {place} is none.")
    documents, notes = _documents(files)
    if not documents:
        told = "\n".join(map(str, notes))
        if len(files) == 1 and notes and PurePosixPath(next(iter(files))).suffix.lower() in READ:
            raise Invalid(told, problems=[{"file": n.file, "line": n.line, "message": n.message} for n in notes])
        raise Invalid(
            f"Nothing here can be imported; these forms can: {', '.join(READ)}, .zip, .imscc.\n{told}".strip()
        )
    module = f"{subject}.{_slug(re.sub(r'^[0-9]+-', '', folder)) or 'imported'}"
    pages = {f"{place}/_module.md": _module_page(module, subject, folder)}
    for number, document in enumerate(documents, order_from + 1):
        slug = _free(_slug(document.title) or "topic", place, pages)
        pages[f"{place}/{slug}.md"] = _topic_page(document, f"{module}.{slug}", number)
    return Imported(pages=pages, notes=tuple(notes))


def _documents(files: Mapping[str, bytes]) -> tuple[list[Document], list[Problem]]:
    notes: list[Problem] = []
    manifest = manifest_of(files)
    try:
        listed, wrong = ordered(files, manifest) if manifest else ([(name, "") for name in files], [])
    except Unreadable as error:
        raise Invalid(f"{error.problem}", file=error.problem.file) from error
    notes += wrong
    documents: list[Document] = []
    for name, title in listed:
        try:
            document = _read(name, files[name])
        except Unreadable as error:
            notes.append(error.problem)
            continue
        if document is None:
            if PurePosixPath(name).suffix.lower() not in _SILENT:
                notes.append(Problem(file=name, line=1, message="is of no form that can be imported; it is left out"))
            continue
        notes += document.notes
        if document.body or document.quiz:
            documents.append(replace(document, title=title) if title else document)
        else:
            notes.append(Problem(file=name, line=1, message="holds nothing that could be carried over"))
    return _gathered(documents), notes


def _gathered(documents: Sequence[Document]) -> list[Document]:
    """Items of a test that lie in files of their own are one topic."""
    lessons = [document for document in documents if document.body]
    tests = [document for document in documents if not document.body]
    singles = [asked for document in tests if len(document.quiz) == 1 for asked in document.quiz]
    whole = [document for document in tests if len(document.quiz) > 1]
    if len(singles) > 1:
        return [*lessons, *whole, Document(title="Questions", body="", quiz=tuple(singles))]
    return list(documents)


def _read(name: str, content: bytes) -> Document | None:
    """None for a form that nobody reads here. Raises Unreadable."""
    if not content.strip():
        raise Unreadable(name, 1, "is empty")
    match PurePosixPath(name).suffix.lower():
        case ".pdf":
            return read_pdf(content, name)
        case ".html" | ".htm" | ".xhtml":
            return read_html(content, name)
        case ".xml" | ".qti":
            return read_qti(content, name) if is_qti(content) else None
        case ".md" | ".markdown" | ".txt":
            return read_markdown(_text(name, content), name)
        case ".ipynb":
            return read_notebook(_text(name, content), name)
        case ".rst":
            return read_rst(_text(name, content), name)
    return None


def _text(name: str, content: bytes) -> str:
    text = decoded(content)
    if text is None:
        raise Unreadable(name, 1, "not UTF-8 text; save it as UTF-8")
    return text


def _module_page(module: str, subject: str, folder: str) -> str:
    number = re.match(r"\d+", folder)
    front = {"id": module, "title": title_of(folder), "subject": subject, "order": int(number[0]) if number else 99}
    return _page(front, f"{title_of(folder)}, imported.")


def _topic_page(document: Document, identity: str, order: int) -> str:
    body = document.body or _listed(document.quiz)
    front: dict[str, Any] = {
        "id": identity,
        "title": document.title,
        "order": order,
        "summary": _summary(body, document.title),
        "objectives": _objectives(body, document.title),
        "skills": [identity],
    }
    if document.quiz:
        front["quiz"] = [_question(asked, identity, number) for number, asked in enumerate(document.quiz, 1)]
    return _page(front, body if body.startswith("## ") else f"## {document.title}\n\n{body}")


def _listed(quiz: Sequence[Asked]) -> str:
    return "These questions were imported:\n\n" + "\n".join(f"- {asked.prompt.partition(chr(10))[0]}" for asked in quiz)


def _question(asked: Asked, topic: str, number: int) -> dict[str, Any]:
    return {
        # once in the whole course, so that it begins with its topic
        "id": f"{topic}.{_slug(asked.name) or 'q'}-{number}",
        "prompt": asked.prompt,
        "skill": topic,
        **({"kind": asked.kind} if asked.kind else {}),
        **({"tolerance": asked.tolerance} if asked.tolerance else {}),
        **({"why": asked.why} if asked.why else {}),
        "options": [
            {"label": choice.label, "correct": choice.correct, "why": choice.why or _reason(asked, choice)}
            for choice in asked.choices
        ],
    }


def _reason(asked: Asked, choice: Choice) -> str:
    return asked.why if choice.correct and asked.why and asked.kind != "ordering" else _NO_REASON


def _summary(body: str, title: str) -> str:
    for paragraph in body.split("\n\n"):
        if re.match(r"[A-Za-zÀ-ÿ]", paragraph):
            bare = re.sub(r"\*Picture: [^*]*\*|\*+", "", " ".join(paragraph.split()))
            bare = " ".join(re.sub(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])", r"\1", bare).split())
            first = re.split(r"(?<=[.!?])\s", bare)[0]
            return first if len(first) <= _SUMMARY_CHARS else f"{first[:_SUMMARY_CHARS].rstrip()} …"
    return title


def _objectives(body: str, title: str) -> list[str]:
    """What its headings promise: somebody who knows the lesson will say it better."""
    found = re.findall(r"^## (.+)$", body, re.MULTILINE)
    return list(dict.fromkeys(found))[:_OBJECTIVES_MAX] or [title]


def _page(front: Mapping[str, Any], body: str) -> str:
    text = yaml.dump(dict(front), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
    return f"---\n{text}---\n\n{body.strip()}\n"


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60].strip("-")


def _free(slug: str, place: str, pages: Mapping[str, str]) -> str:
    number = 2
    free = slug
    while f"{place}/{free}.md" in pages:
        free = f"{slug}-{number}"
        number += 1
    return free

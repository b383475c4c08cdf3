"""Jupyter notebooks: text cells as they are, code cells as examples where they run by themselves."""

import ast
import builtins
import json
import sys
from typing import Any

from knowledge.frontmatter import Problem, Unreadable
from knowledge.imports.document import Document, Notes, fenced, title_of
from knowledge.imports.markdown import read_markdown

_OUTPUT_CHARS_MAX = 4_000


def read_notebook(text: str, file: str) -> Document:
    """Formats 3 and 4. Raises Unreadable."""
    try:
        book = json.loads(text)
        cells = _cells(book)
    except (ValueError, RecursionError, AttributeError, TypeError) as error:
        raise Unreadable(file, getattr(error, "lineno", 1), f"is no Jupyter notebook: {error}") from error
    notes = Notes(file)
    places = _places(text)
    parts: list[str] = []
    starts: list[tuple[int, int]] = []  # the line of the Markdown that each cell begins on, and its own
    python = _is_python(book)
    for number, cell in enumerate(cells):
        line = places[number] if number < len(places) else 1
        starts.append((sum(part.count("\n") + 2 for part in parts) + 1, line))
        parts += _cell(cell, number + 1, line, notes, python=python)
    document = read_markdown("\n\n".join(parts), file)
    notes.found += [
        Problem(file=file, line=_line_of(found.line, starts), message=found.message) for found in document.notes
    ]
    title = document.title if document.title != title_of(file) else _title(book) or document.title
    return Document(title=title, body=document.body, notes=tuple(dict.fromkeys(notes.found)))


def _cells(book: Any) -> list[dict[str, Any]]:
    cells = book["cells"] if "cells" in book else [c for sheet in book.get("worksheets", []) for c in sheet["cells"]]
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise ValueError("it has no list of cells")
    if not cells:
        raise ValueError("it has no cells")
    return cells


def _places(text: str) -> list[int]:
    """The line of each cell: a stream of JSON tells none."""
    return [number for number, line in enumerate(text.split("\n"), 1) for _ in range(line.count('"cell_type"'))]


def _line_of(line: int, starts: list[tuple[int, int]]) -> int:
    return max((start for start in starts if start[0] <= line), default=(1, 1))[1]


def _is_python(book: dict[str, Any]) -> bool:
    """What says nothing is."""
    about = book.get("metadata", {})
    named = [about.get(key, {}) for key in ("language_info", "kernelspec")]
    languages = [one.get("name" if i == 0 else "language") for i, one in enumerate(named) if isinstance(one, dict)]
    found = next((language for language in languages if isinstance(language, str)), "python")
    return found.lower().startswith(("python", "ipython"))


def _title(book: dict[str, Any]) -> str:
    found = book.get("metadata", {}).get("title", "")
    return found if isinstance(found, str) else ""


def _cell(cell: dict[str, Any], number: int, line: int, notes: Notes, *, python: bool) -> list[str]:
    source = _joined(cell.get("source", cell.get("input", "")))
    match cell.get("cell_type"):
        case "markdown":
            return [source]
        case "heading":
            return [f"{'#' * int(cell.get('level', 2))} {source}"]
        case "code" if source.strip():
            reason = why_not_alone(source) if python else "is in another language than Python"
            return _code(source, cell.get("outputs", []), number, line, notes, reason=reason)
        case "code":
            return []
        case kind:
            notes.add(line, f"cell {number} is {kind}, neither text nor code; it is left out")
            return []


def _code(source: str, outputs: Any, number: int, line: int, notes: Notes, *, reason: str) -> list[str]:
    outputs = [one for one in outputs if isinstance(one, dict)] if isinstance(outputs, list) else []
    if any(one.get("output_type") in {"error", "pyerr"} for one in outputs):
        reason = reason or "ended in an error"
    if reason:
        notes.add(line, f"cell {number} {reason}; it is shown as text and not checked by running")
    parts = [fenced("text" if reason else "python", source)]
    printed = ""
    for output in outputs:
        match output.get("output_type"):
            case "stream" if output.get("name", output.get("stream")) != "stderr":
                printed += _joined(output.get("text", ""))
            case "execute_result" | "pyout":
                parts.append(fenced("text", _joined(_data(output).get("text/plain", output.get("text", "")))))
            case "error" | "pyerr":
                parts.append(fenced("text", f"{output.get('ename', '')}: {output.get('evalue', '')}"))
            case kind:
                what = "what it wrote as errors" if kind == "stream" else "its picture"
                notes.add(line, f"cell {number}: {what} is not carried over")
    if printed.strip() and len(printed) <= _OUTPUT_CHARS_MAX:
        parts.insert(1, fenced("text" if reason else "output", printed))
    elif printed.strip():
        notes.add(line, f"cell {number}: what it prints is too long and left out")
    return parts


def why_not_alone(source: str) -> str:
    """Why a program cannot run by itself; '' when it can: an example of ours is run alone."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "is no plain Python"
    made = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.ClassDef() | ast.AsyncFunctionDef():
                made.add(node.name)
            case ast.arg():
                made.add(node.arg)
            case ast.alias():
                made.add((node.asname or node.name).partition(".")[0])
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                made.add(name)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    missing = sorted(used - made - set(dir(builtins)) - {"__name__", "__file__"})
    if missing:
        return f"uses {', '.join(missing[:3])} of an earlier one"
    if foreign := sorted(_imported(tree) - sys.stdlib_module_names):
        return f"needs {', '.join(foreign[:3])}, which is not everywhere"
    return "waits for input" if "input" in used else ""


def _imported(tree: ast.AST) -> set[str]:
    """The packages that a program names."""
    found = set[str]()
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                found.update(alias.name.partition(".")[0] for alias in node.names)
            case ast.ImportFrom(module=str(name), level=0):
                found.add(name.partition(".")[0])
            case ast.ImportFrom():
                found.add("a file beside it")
    return found


def _data(output: dict[str, Any]) -> dict[str, Any]:
    data = output.get("data", {})
    return data if isinstance(data, dict) else {}


def _joined(source: Any) -> str:
    return "".join(map(str, source)) if isinstance(source, list) else str(source)

"""Draws how a program's values change, row by row, from a trace of its run: the table one would make on paper."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from core.ports import Step, Trace
from tools import _svg as svg
from tools.parse_program import parse_program

ROWS_MAX = 14
NAMES_MAX = 5
CELL_CHARS_MAX = 18
SOURCE_CHARS_MAX = 30
ROW = 22.0
PAD = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """`svg` is a whole document; `alt` says the same in words."""

    svg: str
    alt: str


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    depth: int
    held: dict[str, str]
    fresh: frozenset[str]


def draw_trace(trace: Trace, code: str, *, lines: Sequence[int] = ()) -> Picture | None:
    """One row for each executed line that changed a value; `lines` are marked. None when there is nothing to see: no
    value changes twice, or the run is too long for a picture."""
    rows = _rows(trace.steps)
    names = _names(rows)
    if not names or len(rows) > ROWS_MAX or not _something_moves(rows, names):
        return None
    return Picture(svg=_drawn(rows, names, code.split("\n"), set(lines)), alt=_told(rows, names))


def _rows(steps: Sequence[Step]) -> list[_Row]:
    """What each frame holds after every step that changed something. A step tells what the line did before it goes on."""
    frames: dict[tuple[str, int], dict[str, str]] = {}
    rows = []
    for step in steps:
        changed = {
            name: value
            for name, value in step.changed.items()
            if name.isidentifier() and not value.startswith(("<function", "<class", "<module"))
        }
        frame = frames.setdefault((step.function, step.depth), {})
        frame.update(changed)
        if changed:
            rows.append(_Row(step.line, step.depth, dict(frame), frozenset(changed)))
    return rows


def _names(rows: Sequence[_Row]) -> list[str]:
    """The names that change, in the order in which they appear; the busiest when there are too many."""
    times = {name: sum(name in row.fresh for row in rows) for row in rows for name in row.fresh}
    kept = sorted(times, key=lambda name: -times[name])[:NAMES_MAX]
    return [name for name in times if name in kept]


def _something_moves(rows: Sequence[_Row], names: Sequence[str]) -> bool:
    return any(len({row.held[name] for row in rows if name in row.held}) > 1 for name in names)


def _drawn(rows: Sequence[_Row], names: Sequence[str], source: Sequence[str], marked: set[int]) -> str:
    texts = ["  " * max(0, row.depth - 1) + _source(source, row.line) for row in rows]
    left = PAD + 5 * svg.CHAR
    first = left + svg.CHAR * (max(map(len, texts)) + 2)
    widths = [svg.CHAR * (max(len(name), *(len(_cell(row, name)) for row in rows)) + 2) for name in names]
    starts = [first + sum(widths[:n]) for n in range(len(names))]
    width, height = first + sum(widths) + PAD, PAD * 2 + ROW * (len(rows) + 1)
    parts = [svg.text(PAD, PAD + 15, "line", color=svg.FAINT)]
    parts += [svg.text(x, PAD + 15, name, bold=True) for x, name in zip(starts, names, strict=True)]
    for n, (row, words) in enumerate(zip(rows, texts, strict=True), 1):
        y = PAD + ROW * n
        if row.line in marked:
            parts.append(svg.box(PAD / 2, y, width - PAD, ROW))
        parts += [
            svg.line(PAD, y, width - PAD, y),
            svg.text(PAD, y + 15, str(row.line), color=svg.FAINT),
            svg.text(left, y + 15, words, color=svg.FAINT),
        ]
        for x, name in zip(starts, names, strict=True):
            fresh = name in row.fresh
            parts.append(svg.text(x, y + 15, _cell(row, name), color=svg.ACCENT if fresh else svg.FAINT, bold=fresh))
    return svg.document(width, height, _told(rows, names), parts)


def _source(source: Sequence[str], line: int) -> str:
    return _short(source[line - 1].strip(), SOURCE_CHARS_MAX) if 0 < line <= len(source) else ""


def _cell(row: _Row, name: str) -> str:
    return _short(row.held.get(name, ""), CELL_CHARS_MAX)


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"


def _told(rows: Sequence[_Row], names: Sequence[str]) -> str:
    said = [
        f"line {row.line}: " + ", ".join(f"{name} = {_cell(row, name)}" for name in names if name in row.fresh)
        for row in rows
        if any(name in row.fresh for name in names)
    ]
    return "How the values change. " + "; ".join(said) + "."


def worth_drawing(code: str) -> bool:
    """Whether the program goes round or calls itself, so that a table of its values shows something."""
    tree = parse_program(code)
    if isinstance(tree, SyntaxError):
        return False
    return any(isinstance(node, (ast.For, ast.While)) or _calls_itself(node) for node in ast.walk(tree))


def _calls_itself(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and any(
        isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id == node.name
        for inner in ast.walk(node)
    )

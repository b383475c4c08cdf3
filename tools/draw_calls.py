"""Draws a function that calls itself as the tree of its calls: which call waits for which, and what each gives back."""

from collections.abc import Sequence

from tools import _svg as svg
from tools.draw_trace import Picture
from tools.watch_program import CALLS_MAX, Call

ROWS_MAX = 15
ROW, PAD, INDENT = 26.0, 12.0, 26.0


def draw_calls(calls: Sequence[Call]) -> Picture | None:
    """The first call that leads to a call of its own function, with all below it. None without one, or when the tree is
    too large for a picture or was not seen to its end."""
    if len(calls) >= CALLS_MAX:
        return None
    start = next((n for n in range(len(calls)) if _comes_back(calls, n)), None)
    if start is None:
        return None
    rows = _below(calls, start)
    if not 1 < len(rows) <= ROWS_MAX:
        return None
    alt = _told(calls, rows)
    return Picture(svg=_drawn(calls, rows, alt), alt=alt)


def _comes_back(calls: Sequence[Call], start: int) -> bool:
    return any(calls[n].function == calls[start].function for n, _ in _below(calls, start)[1:])


def _below(calls: Sequence[Call], start: int) -> list[tuple[int, int]]:
    """The call and all that it leads to, in the order in which they began, with their depths."""
    depths = {start: 0}
    for n in range(start + 1, len(calls)):  # a call is noted after its caller
        if calls[n].caller in depths:
            depths[n] = depths[calls[n].caller] + 1
    return list(depths.items())


def _drawn(calls: Sequence[Call], rows: Sequence[tuple[int, int]], alt: str) -> str:
    texts = {n: _name(calls[n]) for n, _ in rows}
    results = {n: f"gives back {calls[n].returned}" for n, _ in rows}
    edge = max(PAD + INDENT * depth + svg.CHAR * (len(texts[n]) + 2) for n, depth in rows) + INDENT
    width = edge + svg.CHAR * max(map(len, results.values())) + PAD
    height = PAD * 2 + ROW * len(rows)
    place = {n: (PAD + INDENT * depth, PAD + ROW * row) for row, (n, depth) in enumerate(rows)}
    parts: list[str] = []
    for n, depth in rows:
        x, y = place[n]
        if depth:
            above = place[calls[n].caller]
            elbow = above[0] + INDENT / 2
            parts.append(svg.line(elbow, above[1] + ROW - 4, elbow, y + ROW / 2))
            parts.append(svg.line(elbow, y + ROW / 2, x, y + ROW / 2))
        parts += [
            svg.box(x, y + 2, svg.CHAR * (len(texts[n]) + 2), ROW - 6, stroke=svg.FAINT),
            svg.text(x + svg.CHAR, y + 17, texts[n], bold=True),
            svg.text(edge, y + 17, results[n], color=svg.ACCENT),
        ]
    return svg.document(width, height, alt, parts)


def _name(call: Call) -> str:
    return f"{call.function}({', '.join(call.given)})"


def _told(calls: Sequence[Call], rows: Sequence[tuple[int, int]]) -> str:
    told = []
    for n, _ in rows:
        callees = [_name(calls[m]) for m, _ in rows if calls[m].caller == n and m != n]
        waits = f" calls {' and '.join(callees)}, then" if callees else ""
        told.append(f"{_name(calls[n])}{waits} gives back {calls[n].returned}")
    return "Which call waits for which. " + "; ".join(told) + "."

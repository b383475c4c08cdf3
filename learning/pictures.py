"""A class's heat map as SVG: every level is also written as a number, and told in words for those who cannot see it."""

from html import escape

from core.ports import StudentId, TopicId
from learning.dashboard import Cell, Dashboard

_CELL_W, _CELL_H, _NAMES_W, _HEAD_H, _MARGIN = 44, 24, 170, 150, 12
_SHADES = (
    "#b2182b",
    "#ef8a62",
    "#fddbc7",
    "#d1e5f0",
    "#67a9cf",
    "#2166ac",
)  # red to blue: told apart by the colour-blind
_LIGHT_ON = ("#b2182b", "#2166ac")
_INK, _FAINT = "#1f2a44", "#d0d5de"
_NAME_CHARS_MAX, _TOPIC_CHARS_MAX = 22, 24
_TOLD_MAX = 3


def heat_map(found: Dashboard) -> str:
    """Topics across, students down; an empty cell was not tried, one in brackets is on thin data."""
    width = _NAMES_W + max(1, len(found.topics)) * _CELL_W + 2 * _MARGIN + 60  # the last slanted heading reaches out
    height = _HEAD_H + max(1, len(found.students)) * _CELL_H + 2 * _MARGIN
    cells = {(cell.student, cell.topic): cell for cell in found.cells}
    parts = [_heading(n, title) for n, (_, title) in enumerate(found.topics)]
    for row, (student, name) in enumerate(found.students):
        y = _HEAD_H + row * _CELL_H
        parts.append(_words(_NAMES_W - 8, y + 16, _short(name, _NAME_CHARS_MAX), anchor="end"))
        parts += [_square(n, y, cells.get((student, topic))) for n, (topic, _) in enumerate(found.topics)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-labelledby="t d" font-family="sans-serif" font-size="12"><title id="t">{_plain(f"Mastery in {found.name}")}'
        f'</title><desc id="d">{_plain(alternative(found))}</desc><rect width="{width}" height="{height}" fill="#ffffff"/>'
        f"{''.join(parts)}</svg>"
    )


def alternative(found: Dashboard) -> str:
    """The heat map in words: its size, the lowest topics, and the students with the most low cells."""
    head = f"Heat map of {found.name}: {len(found.students)} students by {len(found.topics)} topics."
    if not found.cells:
        return f"{head} Nothing was tried yet."
    levels: dict[TopicId, list[float]] = {}
    for cell in found.cells:
        levels.setdefault(cell.topic, []).append(cell.level)
    means = {topic: sum(own) / len(own) for topic, own in levels.items()}
    titles, names = dict(found.topics), dict(found.students)
    lowest = sorted(means, key=lambda topic: means[topic])[:_TOLD_MAX]
    low: dict[StudentId, int] = {}
    for cell in found.cells:
        if cell.level < 0.4:
            low[cell.student] = low.get(cell.student, 0) + 1
    told = ", ".join(f"{titles[topic]} {means[topic]:.0%}" for topic in lowest)
    most = sorted(low, key=lambda student: (-low[student], names[student]))[:_TOLD_MAX]
    struggling = ", ".join(f"{names[student]} ({low[student]})" for student in most)
    return f"{head} Lowest on average: {told}." + (f" Most topics below 40%: {struggling}." if struggling else "")


def _heading(column: int, title: str) -> str:
    x, y = _NAMES_W + column * _CELL_W + _CELL_W / 2, _HEAD_H - 8
    turned = f' transform="rotate(-50 {x:g} {y})"'
    return _words(x, y, _short(title, _TOPIC_CHARS_MAX), more=turned)


def _square(column: int, y: int, cell: Cell | None) -> str:
    x = _NAMES_W + column * _CELL_W
    shade = _SHADES[min(int(cell.level * len(_SHADES)), len(_SHADES) - 1)] if cell else "#ffffff"
    box = f'<rect x="{x}" y="{y}" width="{_CELL_W - 2}" height="{_CELL_H - 2}" fill="{shade}" stroke="{_FAINT}"/>'
    if cell is None:
        return box
    percent = f"{cell.level * 100:.0f}"
    ink = "#ffffff" if shade in _LIGHT_ON else _INK
    words = percent if cell.enough else f"({percent})"
    return box + _words(x + _CELL_W / 2 - 1, y + 15, words, anchor="middle", color=ink)


def _words(x: float, y: float, words: str, *, anchor: str = "start", color: str = _INK, more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{color}"{more}>{_plain(words)}</text>'


def _plain(words: str) -> str:
    """Escaped, and without what XML does not allow at all."""
    return escape("".join(c if c.isprintable() else " " for c in words))


def _short(words: str, chars_max: int) -> str:
    return words if len(words) <= chars_max else words[: chars_max - 1] + "…"

"""Bars as SVG: each has its number beside it, and the whole is told in words for those who cannot see it."""

from collections.abc import Sequence
from html import escape

_ROW_H, _NAMES_W, _BAR_W, _NUMBER_W, _MARGIN, _HEAD_H = 22, 210, 300, 70, 12, 34
_NAME_CHARS_MAX = 32
_INK, _BAR, _PART = "#1f2a44", "#d1e5f0", "#2166ac"


def bars(title: str, alt: str, rows: Sequence[tuple[str, float, float, str]]) -> str:
    """Of (name, length, part of it that is shaded, number in words); lengths are drawn to the longest."""
    width = _NAMES_W + _BAR_W + _NUMBER_W + 2 * _MARGIN
    height = _HEAD_H + max(1, len(rows)) * _ROW_H + 2 * _MARGIN
    longest = max((length for _, length, _, _ in rows), default=0.0) or 1.0
    drawn = "".join(
        _row(n, name, length / longest, part / longest, words) for n, (name, length, part, words) in enumerate(rows)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-labelledby="t d" font-family="sans-serif" font-size="12"><title id="t">{_plain(title)}</title>'
        f'<desc id="d">{_plain(alt)}</desc><rect width="{width}" height="{height}" fill="#ffffff"/>'
        f'<text x="{_MARGIN}" y="{_MARGIN + 12}" font-size="14" fill="{_INK}">{_plain(title)}</text>{drawn}</svg>'
    )  # fmt: skip


def _row(number: int, name: str, length: float, part: float, words: str) -> str:
    y = _MARGIN + _HEAD_H + number * _ROW_H
    short = name if len(name) <= _NAME_CHARS_MAX else name[: _NAME_CHARS_MAX - 1] + "…"
    return (
        f'<text x="{_NAMES_W}" y="{y + 13}" text-anchor="end" fill="{_INK}">{_plain(short)}</text>'
        f'<rect x="{_NAMES_W + 6}" y="{y}" width="{length * _BAR_W:.1f}" height="{_ROW_H - 6}" fill="{_BAR}"/>'
        f'<rect x="{_NAMES_W + 6}" y="{y}" width="{part * _BAR_W:.1f}" height="{_ROW_H - 6}" fill="{_PART}"/>'
        f'<text x="{_NAMES_W + 12 + length * _BAR_W:.1f}" y="{y + 13}" fill="{_INK}">{_plain(words)}</text>'
    )


def _plain(words: str) -> str:
    """Escaped, and without what XML does not allow at all."""
    return escape("".join(c if c.isprintable() else " " for c in words))

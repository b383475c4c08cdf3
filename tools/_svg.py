"""Small pictures as SVG text: they read on light and dark ground, need no script and no font, and escape what is shown."""

from collections.abc import Sequence
from html import escape

FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"
CHAR = 8.0
"""Width of a character at 13 pixels, in pixels."""
INK, FAINT, ACCENT, FILL = "#1f2a44", "#8a93a6", "#c2410c", "#fff7ed"


def document(width: float, height: float, alt: str, parts: Sequence[str]) -> str:
    """A whole picture, with its own ground and its words for those who cannot see it."""
    body = "".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" role="img" '
        f'aria-label="{_plain(alt)}" font-family="{FONT}" font-size="13"><title>{_plain(alt)}</title>'
        f'<rect width="{width:g}" height="{height:g}" rx="6" fill="#ffffff"/>{body}</svg>'
    )


def text(x: float, y: float, words: str, *, color: str = INK, anchor: str = "start", bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}" fill="{color}" text-anchor="{anchor}"{weight} xml:space="preserve">{_plain(words)}</text>'


def _plain(words: str) -> str:
    """Escaped, and without what XML does not allow at all."""
    return escape("".join(c if c.isprintable() else " " for c in words))


def line(x1: float, y1: float, x2: float, y2: float, *, color: str = FAINT, width: float = 1) -> str:
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{color}" stroke-width="{width:g}"/>'


def box(x: float, y: float, width: float, height: float, *, fill: str = FILL, stroke: str = "none") -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}" stroke="{stroke}"/>'


def dot(x: float, y: float, *, radius: float = 4, fill: str = ACCENT, stroke: str = ACCENT) -> str:
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{fill}" stroke="{stroke}" stroke-width="1.5"/>'


def path(points: Sequence[tuple[float, float]], *, color: str = ACCENT, width: float = 2) -> str:
    drawn = " ".join(f"{'M' if n == 0 else 'L'}{x:.1f} {y:.1f}" for n, (x, y) in enumerate(points))
    return f'<path d="{drawn}" fill="none" stroke="{color}" stroke-width="{width:g}" stroke-linejoin="round"/>'

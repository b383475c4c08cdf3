"""Draws what was worked out of a question: a curve over its axes, or the numbers that fit on a line."""

import math
from collections.abc import Sequence

from core.ports import Curve, NumberLine
from tools import _svg as svg
from tools.draw_trace import Picture

WIDTH, HEIGHT = 440.0, 300.0
PAD = 28.0
TICKS = 6
LINE_HEIGHT = 70.0
SKETCHED = "the curve"
"""How a curve is called of which all that is special is marked."""
SPARE = 0.12
"""Empty room above and below the curve, as a share of its height."""


def draw_graph(shown: Curve | NumberLine) -> Picture:
    return _curve(shown) if isinstance(shown, Curve) else _number_line(shown)


# --- curves --------------------------------------------------------------------------------------------------------


class _Frame:
    """From numbers to pixels."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        self.x, self.y = x, y

    def at(self, x: float, y: float) -> tuple[float, float]:
        (x0, x1), (y0, y1) = self.x, self.y
        return PAD + (x - x0) / (x1 - x0) * (WIDTH - 2 * PAD), HEIGHT - PAD - (y - y0) / (y1 - y0) * (HEIGHT - 2 * PAD)

    def holds(self, y: float) -> bool:
        return self.y[0] <= y <= self.y[1]


def _curve(curve: Curve) -> Picture:
    points = [point for piece in curve.pieces for point in piece]
    frame = _Frame((points[0][0], points[-1][0]), _heights(curve, [y for _, y in points]))
    parts = [*_shade(curve, frame), *_axes(frame)]
    parts += [svg.path([frame.at(x, y) for x, y in run]) for piece in curve.pieces for run in _inside(piece, frame)]
    for x, y, words in curve.marks:
        px, py = frame.at(x, y)
        parts += [svg.dot(px, py), svg.text(px + 6, py - 8, words, bold=True)]
    alt = _curve_told(curve)
    return Picture(svg=svg.document(WIDTH, HEIGHT, alt, parts), alt=alt)


def _heights(curve: Curve, ys: list[float]) -> tuple[float, float]:
    """What to show of the y axis: the bulk of the curve, its marks and the x axis; a pole may leave the picture."""
    ordered = sorted(ys)
    cut = len(ordered) // 20
    kept = [*ordered[cut : len(ordered) - cut], 0.0, *(y for _, y, _ in curve.marks)]
    low, high = min(kept), max(kept)
    spare = SPARE * (high - low) or 1.0
    return low - spare, high + spare


def _inside(piece: Sequence[tuple[float, float]], frame: _Frame) -> list[list[tuple[float, float]]]:
    """The runs of a piece that lie within the picture."""
    runs: list[list[tuple[float, float]]] = [[]]
    for x, y in piece:
        if frame.holds(y):
            runs[-1].append((x, y))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if len(run) > 1]


def _axes(frame: _Frame) -> list[str]:
    parts = []
    x0 = min(max(0.0, frame.x[0]), frame.x[1])
    for x in _ticks(*frame.x):
        px, py = frame.at(x, 0.0)
        parts += [svg.line(px, py - 3, px, py + 3), svg.text(px, py + 16, _number(x), color=svg.FAINT, anchor="middle")]
    for y in _ticks(*frame.y):
        if y:
            px, py = frame.at(x0, y)
            parts += [svg.line(px - 3, py, px + 3, py), svg.text(px + 7, py + 4, _number(y), color=svg.FAINT)]
    own = svg.INK if x0 == 0 else svg.FAINT  # at the edge it only carries the numbers
    across = svg.line(*frame.at(frame.x[0], 0.0), *frame.at(frame.x[1], 0.0), color=svg.INK)
    up = svg.line(*frame.at(x0, frame.y[0]), *frame.at(x0, frame.y[1]), color=own)
    return [across, up, *parts]


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers between the two, about TICKS of them."""
    rough = (high - low) / TICKS
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)
    first = math.ceil(low / step)
    return [round(n * step, 10) for n in range(first, math.floor(high / step) + 1)]


def _shade(curve: Curve, frame: _Frame) -> list[str]:
    if curve.shade is None:
        return []
    a, b = curve.shade
    under = [(x, y) for piece in curve.pieces for x, y in piece if a <= x <= b]
    if not under:
        return []
    corners = [(under[0][0], 0.0), *under, (under[-1][0], 0.0)]
    drawn = " ".join(
        f"{x:.1f},{y:.1f}" for x, y in (frame.at(x, min(max(y, frame.y[0]), frame.y[1])) for x, y in corners)
    )
    return [f'<polygon points="{drawn}" fill="#fed7aa"/>']


def _curve_told(curve: Curve) -> str:
    if curve.shade is not None:
        a, b = curve.shade
        return (
            f"Graph of {curve.label}; the area between it and the x axis from {_number(a)} to {_number(b)} is shaded."
        )
    crosses = all(y == 0 for _, y, _ in curve.marks)
    if not curve.marks:
        return f"Graph of {curve.label}."
    crosses = crosses and curve.label != SKETCHED
    places = _listed([f"x = {_number(x)}" if crosses else words for x, _, words in curve.marks])
    verb = "passes through" if curve.label == SKETCHED else "meets the x axis at" if crosses else "turns at"
    return f"Graph of {curve.label}; it {verb} {places}."


# --- number lines --------------------------------------------------------------------------------------------------


def _number_line(shown: NumberLine) -> Picture:
    ends = sorted({end for low, _, high, _ in shown.spans for end in (low, high) if end is not None})
    beyond = 0.5 * (ends[-1] - ends[0]) or 4.0
    low, high = ends[0] - beyond, ends[-1] + beyond
    y = LINE_HEIGHT / 2

    def at(x: float) -> float:
        return PAD + (x - low) / (high - low) * (WIDTH - 2 * PAD)

    parts = [svg.line(PAD / 2, y, WIDTH - PAD / 2, y, color=svg.INK)]
    for x in sorted({*_ticks(low, high), *ends}):
        if x in ends or min(abs(at(x) - at(end)) for end in ends) > 30:
            words = svg.text(
                at(x), y + 22, _number(x), color=svg.INK if x in ends else svg.FAINT, anchor="middle", bold=x in ends
            )
            parts += [svg.line(at(x), y - 4, at(x), y + 4), words]
    for start, _, stop, _ in shown.spans:
        x1, x2 = at(start) if start is not None else PAD / 2, at(stop) if stop is not None else WIDTH - PAD / 2
        parts.append(svg.line(x1, y, x2, y, color=svg.ACCENT, width=5))
    for start, start_in, stop, stop_in in shown.spans:
        parts += [
            svg.dot(at(x), y, radius=6, fill=svg.ACCENT if closed else "#ffffff")
            for x, closed in ((start, start_in), (stop, stop_in))
            if x is not None
        ]
    alt = _line_told(shown)
    return Picture(svg=svg.document(WIDTH, LINE_HEIGHT, alt, parts), alt=alt)


def _line_told(shown: NumberLine) -> str:
    return f"Number line for {shown.name}: " + "; ".join(_span_told(*span) for span in shown.spans) + "."


def _span_told(low: float | None, low_in: bool, high: float | None, high_in: bool) -> str:
    ends = [f"from {_number(low)} ({'included' if low_in else 'left out'})" if low is not None else "everything"]
    ends.append(f"up to {_number(high)} ({'included' if high_in else 'left out'})" if high is not None else "upwards")
    return " ".join(ends)


def _number(value: float) -> str:
    return f"{round(value, 2):g}".replace("-", "\u2212")


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"

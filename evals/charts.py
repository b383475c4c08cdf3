"""Charts as SVG text, with no script and no font of their own: they take their colours from the page."""

import html
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evals.metrics import Line

_WIDTH = 560
_ROW = 26
_LABEL = 190
_AMOUNTS = ("_ms", "_count", "_usd", "_bytes", "tokens", "words")  # not shares, however small


def _svg(width: float, height: float, body: str, about: str) -> str:
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{html.escape(about, quote=True)}">{body}</svg>'
    )


def _words(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{html.escape(words)}</text>'


def shares(metrics: Mapping[str, float], intervals: Mapping[str, Sequence[float]]) -> str:
    """Each share as a point with its interval on a line from 0 to 1; empty when there is none."""
    rows = [
        (name, value) for name, value in metrics.items() if 0 <= value <= 1 and not name.endswith(("_ms", "_count"))
    ]
    if not rows:
        return ""
    left, right = _LABEL, _WIDTH - 60
    height = 24 + _ROW * len(rows)

    def at(value: float) -> float:
        return left + value * (right - left)

    body = "".join(
        f'<line x1="{at(tick):.1f}" x2="{at(tick):.1f}" y1="18" y2="{height - 4}" class="grid"/>'
        + _words(at(tick), 12, f"{tick:g}", "quiet", "middle")
        for tick in (0, 0.25, 0.5, 0.75, 1)
    )
    for number, (name, value) in enumerate(rows):
        y = 24 + _ROW * number + _ROW / 2
        low, high = intervals.get(name, (value, value))
        body += _words(left - 10, y + 4, name, "", "end")
        body += f'<line x1="{at(low):.1f}" x2="{at(high):.1f}" y1="{y}" y2="{y}" class="interval"/>'
        body += f'<circle cx="{at(value):.1f}" cy="{y}" r="4.5" class="point"><title>{value:.4f}</title></circle>'
        body += _words(right + 10, y + 4, f"{value:.3f}", "number")
    return _svg(_WIDTH, height, body, "shares with 95 % intervals")


def bars(rows: Sequence[tuple[str, float, int]], about: str) -> str:
    """A bar from 0 to 1 for each (label, value, cases)."""
    if not rows:
        return ""
    left, right = _LABEL, _WIDTH - 90
    body = ""
    for number, (label, value, count) in enumerate(rows):
        y = 6 + _ROW * number
        body += _words(left - 10, y + 15, label if len(label) < 28 else label[:26] + "…", "", "end")
        body += f'<rect x="{left}" y="{y + 3}" width="{right - left}" height="16" rx="3" class="track"/>'
        body += f'<rect x="{left}" y="{y + 3}" width="{max(0.0, value) * (right - left):.1f}" height="16" rx="3" class="bar"/>'
        body += _words(right + 10, y + 15, f"{value:.2f}", "number") + _words(
            _WIDTH, y + 15, f"n {count}", "quiet", "end"
        )
    return _svg(_WIDTH, 12 + _ROW * len(rows), body, about)


def by_group(lines: Sequence[Line], metric: str) -> str:
    """The mean of a score for each group of cases, the weakest first; empty where most groups hold a single case."""
    found: dict[str, list[float]] = {}
    for line in lines:
        value = line["scores"].get(metric)
        if line.get("group") and value is not None:
            found.setdefault(str(line["group"]), []).append(float(value))
    rows = sorted(((name, sum(v) / len(v), len(v)) for name, v in found.items()), key=lambda row: row[1])
    return (
        bars(rows[:24], f"{metric} by group")
        if len(rows) > 1 and len(rows) * 2 <= sum(map(len, found.values())) and all(0 <= row[1] <= 1 for row in rows)
        else ""
    )


def histogram(values: Sequence[float], about: str) -> str:
    """How many cases took how long, on a logarithmic scale of milliseconds."""
    kept = np.asarray([value for value in values if value > 0])
    if len(kept) < 5:
        return ""
    low, high = np.floor(np.log10(kept.min()) * 2) / 2, np.ceil(np.log10(kept.max()) * 2) / 2
    edges = np.logspace(low, max(high, low + 0.5), 25)
    counts, _ = np.histogram(kept, edges)
    width, height = (_WIDTH - 20) / len(counts), 120
    body = ""
    for number, count in enumerate(counts):
        tall = 88 * count / max(1, counts.max())
        body += (
            f'<rect x="{10 + number * width:.1f}" y="{96 - tall:.1f}" width="{width - 2:.1f}" height="{tall:.1f}" class="bar">'
            f"<title>{edges[number]:.3g} to {edges[number + 1]:.3g} ms: {count}</title></rect>"
        )
    for number in range(0, len(edges), 6):
        body += _words(
            10 + number * width,
            114,
            f"{edges[number]:,.0f} ms" if edges[number] >= 10 else f"{edges[number]:.2g} ms",
            "quiet",
            "start" if not number else "end" if number == len(edges) - 1 else "middle",
        )
    return _svg(_WIDTH, height, body, about)


def confusion(lines: Sequence[Line]) -> str:
    """Labelled against said, as a table of squares; empty where cases have no labels."""
    pairs = Counter(
        (line["expected"], line["predicted"])
        for line in lines
        if line.get("expected") is not None and "predicted" in line
    )
    labels = sorted({label for pair in pairs for label in pair})
    if len(labels) < 2:
        return ""
    cell, left, top = 30, 150, 128
    totals = Counter(expected for (expected, _), count in pairs.items() for _ in range(count))
    body = ""
    for row, expected in enumerate(labels):
        body += _words(left - 8, top + row * cell + 20, expected, "", "end")
        x = left + row * cell + 19
        body += f'<text transform="translate({x},{top - 8}) rotate(-55)">{html.escape(expected)}</text>'
        for column, said in enumerate(labels):
            count = pairs[expected, said]
            strength = count / max(1, totals[expected])
            kind = "right" if row == column else "wrong"
            place = f'x="{left + column * cell}" y="{top + row * cell}" width="{cell - 2}" height="{cell - 2}" rx="3"'
            body += f'<rect {place} class="track"/>'
            if count:
                body += f'<rect {place} class="{kind}" opacity="{0.25 + 0.75 * strength:.2f}"><title>{html.escape(expected)} as {html.escape(said)}: {count}</title></rect>'
                body += _words(left + column * cell + 14, top + row * cell + 19, str(count), "cell", "middle")
    size = len(labels) * cell
    return _svg(left + size + 90, top + size + 8, body, "labelled (rows) against said (columns)")


def calibration(lines: Sequence[Line]) -> str:
    """Forecasts against outcomes in ten bins; on the diagonal they mean what they say."""
    found = [line["foreseen"] for line in lines if "foreseen" in line]
    if not found:
        return ""
    forecasts = np.asarray([value for pair in found for value in pair[0]])
    outcomes = np.asarray([value for pair in found for value in pair[1]])
    places = np.minimum((forecasts * 10).astype(int), 9)
    side, edge = 240, 34

    def at(x: float, y: float) -> tuple[float, float]:
        return edge + x * side, 8 + (1 - y) * side

    (x0, y0), (x1, y1) = at(0, 0), at(1, 1)
    body = f'<rect x="{x0}" y="{y1}" width="{side}" height="{side}" class="frame"/><line x1="{x0}" y1="{y0}" x2="{x1}" y2="{y1}" class="grid"/>'
    points = []
    for place in range(10):
        inside = places == place
        if inside.any():
            x, y = at(float(forecasts[inside].mean()), float(outcomes[inside].mean()))
            points.append(f"{x:.1f},{y:.1f}")
            radius = 3 + 6 * float(inside.mean()) ** 0.5
            body += f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" class="point"><title>{int(inside.sum())} answers</title></circle>'
    body += f'<polyline points="{" ".join(points)}" class="path"/>'
    body += (
        _words(edge + side / 2, side + 32, "forecast", "quiet", "middle")
        + _words(4, 20, "1", "quiet")
        + _words(4, side + 8, "0", "quiet")
    )
    return _svg(side + edge + 12, side + 40, body, "forecasts against outcomes")


def history(runs: Sequence[Mapping[str, Any]], metric: str) -> str:
    """A metric over the runs, oldest first; empty for fewer than two."""
    values = [float(run["metrics"][metric]) for run in runs if metric in run.get("metrics", {})]
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    spread = high - low or 1.0
    step = (_WIDTH - 100) / (len(values) - 1)
    places = [(20 + number * step, 70 - 50 * (value - low) / spread) for number, value in enumerate(values)]
    body = f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}" class="path"/>'
    for (x, y), value, run in zip(places, values, runs, strict=False):
        about = html.escape(f"{run.get('at', '')} {run.get('name', '')}: {value:.4f}")
        body += f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" class="point"><title>{about}</title></circle>'
    body += _words(_WIDTH - 70, places[-1][1] + 4, f"{values[-1]:.3f}", "number")
    return _svg(_WIDTH, 90, body, f"{metric} over the last runs")

"""Draws names as labels with arrows to the objects they stand for, so that two names of one object can be seen."""

from collections.abc import Sequence

from tools import _svg as svg
from tools.draw_trace import Picture
from tools.watch_program import Held, Memory, Thing

NAMES_MAX = 9
THINGS_MAX = 8
COPIED = ("list", "dict", "set")
ROW, PAD, GAP, BETWEEN = 22.0, 14.0, 14.0, 70.0
CHARS_MAX = 22


def draw_memory(memory: Memory) -> Picture | None:
    """None when there is nothing to see (no object with two names, and none equal to another), or too much of it."""
    frames = [(name, [one for one in names if one.held is not None]) for name, names in memory.frames]
    frames = [(name, names) for name, names in frames if names]
    if not frames or not _shows_something(memory, [one for _, names in frames for one in names]):
        return None
    if sum(len(names) for _, names in frames) > NAMES_MAX or len(memory.things) > THINGS_MAX:
        return None
    alt = _told(memory, frames)
    return Picture(svg=_Sheet(memory, frames).drawn(alt), alt=alt)


def _shows_something(memory: Memory, names: Sequence[Held]) -> bool:
    held = [one.held for one in [*names, *(part for thing in memory.things for part in thing.parts)]]
    shared = any(
        n is not None and held.count(n) > 1 and memory.things[n].type != "tuple" for n in set(held) if n is not None
    )
    looks = [(thing.type, thing.shown) for thing in memory.things if thing.type in COPIED and len(thing.shown) > 2]
    return shared or len(set(looks)) < len(looks)


class _Sheet:
    """Where everything lies: names to the left, the objects they point to beside them, what those hold further right."""

    def __init__(self, memory: Memory, frames: Sequence[tuple[str, Sequence[Held]]]) -> None:
        self.things, self.frames = memory.things, frames
        self.columns = self._columns()
        self.names_width = svg.CHAR * (max(len(one.name) for _, names in frames for one in names) + 2)
        self.widths = [max(_width(self.things[n]) for n in column) for column in self.columns]
        self.places = self._places()

    def _columns(self) -> list[list[int]]:
        depth = {one.held: 0 for _, names in self.frames for one in names if one.held is not None}
        waiting = list(depth)
        while waiting:
            n = waiting.pop(0)
            for part in self.things[n].parts:
                if part.held is not None and part.held not in depth:
                    depth[part.held] = depth[n] + 1
                    waiting.append(part.held)
        return [[n for n, d in depth.items() if d == column] for column in range(max(depth.values()) + 1)]

    def _places(self) -> dict[int, tuple[float, float]]:
        places, x = {}, PAD + self.names_width + BETWEEN
        for column, width in zip(self.columns, self.widths, strict=True):
            y = PAD
            for n in column:
                places[n] = (x, y)
                y += _height(self.things[n]) + GAP
            x += width + BETWEEN
        return places

    def drawn(self, alt: str) -> str:
        parts, y = [], PAD
        for frame, names in self.frames:
            if frame:
                parts.append(svg.text(PAD, y + 15, f"in {frame}", color=svg.FAINT))
                y += ROW
            for one in names:
                parts.append(svg.text(PAD, y + 15, one.name, bold=True))
                start = PAD + svg.CHAR * (len(one.name) + 1)
                parts += self._arrow(start, y + 10, one.held)
                y += ROW
        for n, (x, top) in self.places.items():
            parts += self._thing(self.things[n], x, top)
        bottom = max([y, *(top + _height(self.things[n]) for n, (_, top) in self.places.items())])
        width = PAD * 2 + self.names_width + sum(self.widths) + BETWEEN * len(self.widths)
        return svg.document(width, bottom + PAD, alt, parts)

    def _thing(self, thing: Thing, x: float, top: float) -> list[str]:
        width = _width(thing)
        parts = [svg.box(x, top, width, _height(thing), stroke=svg.INK), svg.text(x + 6, top + 15, thing.type, color=svg.FAINT)]  # fmt: skip
        if not _points_on(thing):
            return [*parts, svg.text(x + 6, top + 15 + ROW, _short(thing.shown))]
        for row, part in enumerate(thing.parts, 1):
            words = f"{part.name}: {_short(part.value)}" if part.held is None else f"{part.name}:"
            parts.append(svg.text(x + 6, top + 15 + ROW * row, words))
            if part.held is not None:
                parts += self._arrow(x + 6 + svg.CHAR * (len(words) + 1), top + 10 + ROW * row, part.held)
        return parts

    def _arrow(self, x: float, y: float, thing: int | None) -> list[str]:
        if thing is None or thing not in self.places:
            return []
        x2, y2 = self.places[thing][0], self.places[thing][1] + 11
        return [svg.line(x, y, x2, y2, color=svg.ACCENT, width=1.5), svg.dot(x2, y2, radius=3)]


def _points_on(thing: Thing) -> bool:
    """Whether it holds other objects, or has names for what it holds, so that its parts are shown one by one."""
    return any(part.held is not None for part in thing.parts) or (thing.type not in _BUILT_IN and bool(thing.parts))


_BUILT_IN = {"list", "dict", "set", "tuple", "frozenset", "deque"}


def _height(thing: Thing) -> float:
    return ROW * (1 + (len(thing.parts) if _points_on(thing) else 1))


def _width(thing: Thing) -> float:
    words = [f"{p.name}: {_short(p.value)}" for p in thing.parts] if _points_on(thing) else [_short(thing.shown)]
    return svg.CHAR * (max(map(len, [thing.type, *words])) + 3)


def _short(words: str) -> str:
    return words if len(words) <= CHARS_MAX else words[: CHARS_MAX - 1] + "…"


def _told(memory: Memory, frames: Sequence[tuple[str, Sequence[Held]]]) -> str:
    pointing: dict[int, list[str]] = {}
    for frame, names in frames:
        for one in names:
            if one.held is not None:
                pointing.setdefault(one.held, []).append(f"{one.name} in {frame}" if frame else one.name)
    for n, thing in enumerate(memory.things):
        for part in thing.parts:
            if part.held is not None:
                pointing.setdefault(part.held, []).append(f"{part.name} in the {thing.type} of {_first(pointing, n)}")
    told = [_sentence(memory.things[n], who) for n, who in pointing.items()]
    return "Names and the objects they stand for. " + "; ".join(told) + "."


def _first(pointing: dict[int, list[str]], thing: int) -> str:
    return pointing.get(thing, ["an outer object"])[0]


def _sentence(thing: Thing, who: Sequence[str]) -> str:
    what = f"{thing.type} {thing.shown}" if thing.type in _BUILT_IN else thing.type
    if len(who) == 1:
        return f"{who[0]} stands for the {what}"
    return f"{', '.join(who[:-1])} and {who[-1]} stand for one and the same {what}"

"""Counters and histograms in this process, with few labels, readable as Prometheus text without any collector."""

import bisect
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

_LABEL = re.compile(r"[A-Za-z0-9_.:/-]{1,64}")
_SERIES_MAX = 200  # a label that turns out to have many values must not fill the memory
_OTHER = "other"

Labels = tuple[str, ...]
Forward = Callable[[float, dict[str, str]], None]


class _Instrument:
    """`forward` is set while a collector wants the same measurements."""

    kind = ""

    def __init__(self, name: str, about: str, *, labels: Sequence[str] = ()) -> None:
        self.name = name
        self.about = about
        self.labels = tuple(labels)
        self.forward: Forward | None = None
        self._lock = threading.Lock()
        self._series: dict[Labels, Any] = {}

    def _record(self, value: float, given: dict[str, str]) -> None:
        if len(given) != len(self.labels):
            raise ValueError(f"{self.name} has the labels {self.labels}, not {tuple(given)}")
        labels = tuple(_label(given[name]) for name in self.labels)
        with self._lock:
            if labels not in self._series and len(self._series) >= _SERIES_MAX:
                labels = (_OTHER,) * len(labels)
            self._keep(labels, value)
        if self.forward is not None:
            self.forward(value, dict(zip(self.labels, labels, strict=True)))

    def _keep(self, labels: Labels, value: float) -> None:
        raise NotImplementedError

    def _lines(self) -> Iterable[str]:
        raise NotImplementedError

    def render(self) -> str:
        """This instrument in the Prometheus text format 0.0.4."""
        with self._lock:
            lines = list(self._lines())
        head = (f"# HELP {self.title} {self.about}", f"# TYPE {self.title} {self.kind}")
        return "\n".join((*head, *lines)) + "\n"

    @property
    def title(self) -> str:
        return f"learnflow_{self.name}"

    def _with(self, labels: Labels, **more: str) -> str:
        pairs = (*zip(self.labels, labels, strict=True), *more.items())
        return "{" + ",".join(f'{name}="{value}"' for name, value in pairs) + "}" if pairs else ""


class Counter(_Instrument):
    """Only grows."""

    kind = "counter"

    def add(self, amount: float = 1, **labels: str) -> None:
        self._record(amount, labels)

    def value(self, **labels: str) -> float:
        return float(self._series.get(tuple(labels[name] for name in self.labels), 0))

    @property
    def title(self) -> str:
        return f"learnflow_{self.name}_total"

    def _keep(self, labels: Labels, value: float) -> None:
        self._series[labels] = self._series.get(labels, 0) + value

    def _lines(self) -> Iterable[str]:
        for labels, value in sorted(self._series.items()):
            yield f"{self.title}{self._with(labels)} {value}"


class Histogram(_Instrument):
    """How often a value fell under each of `bounds`, with the sum of all; seconds unless the name says otherwise."""

    kind = "histogram"

    def __init__(self, name: str, about: str, *, labels: Sequence[str] = (), bounds: Sequence[float]) -> None:
        super().__init__(name, about, labels=labels)
        self.bounds = tuple(bounds)

    def observe(self, value: float, **labels: str) -> None:
        self._record(value, labels)

    def _keep(self, labels: Labels, value: float) -> None:
        counts, total = self._series.get(labels) or ([0] * (len(self.bounds) + 1), 0.0)
        counts[bisect.bisect_left(self.bounds, value)] += 1
        self._series[labels] = (counts, total + value)

    def _lines(self) -> Iterable[str]:
        for labels, (counts, total) in sorted(self._series.items()):
            running = 0
            for bound, count in zip((*self.bounds, "+Inf"), counts, strict=True):
                running += count
                yield f"{self.title}_bucket{self._with(labels, le=str(bound))} {running}"
            yield f"{self.title}_sum{self._with(labels)} {total}"
            yield f"{self.title}_count{self._with(labels)} {running}"


def _label(value: str) -> str:
    """Whatever does not look like a word of ours is one value, so that no student's text becomes a label."""
    return value if _LABEL.fullmatch(value) else _OTHER


_SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

TURNS = Counter("turns", "Turns that ended", labels=("intent", "outcome"))
TURN_SECONDS = Histogram(
    "turn_seconds", "Seconds from a turn's acceptance to its end", labels=("intent",), bounds=_SECONDS
)
NODE_SECONDS = Histogram("node_seconds", "Seconds in one node of the graph", labels=("node",), bounds=_SECONDS)
SANDBOX_RUNS = Counter("sandbox_runs", "Programs run", labels=("status",))
EXPLANATIONS = Counter("explanations", "Explanations put together, or taken from the shelf", labels=("source",))
MODEL_TOKENS = Counter("model_tokens", "Tokens read and written by language models", labels=("model", "direction"))
EXPERIMENT_STOPS = Counter("experiment_stops", "Experiments that a guard has stopped", labels=("experiment",))
SECURITY_EVENTS = Counter("security_events", "What looked like an attack", labels=("kind",))
ATTEMPTS_QUARANTINED = Counter(
    "attempts_quarantined", "Attempts set aside because something was wrong with them", labels=("field",)
)

ALL: tuple[Counter | Histogram, ...] = (
    TURNS, TURN_SECONDS, NODE_SECONDS, SANDBOX_RUNS, EXPLANATIONS, MODEL_TOKENS, EXPERIMENT_STOPS, SECURITY_EVENTS,
    ATTEMPTS_QUARANTINED,
)  # fmt: skip


def render() -> str:
    """Everything measured since this process began, as Prometheus text 0.0.4 (`text/plain; version=0.0.4`)."""
    return "".join(instrument.render() for instrument in ALL)

"""Real turns: what each intent costs beside the empty graph, and how 1, 16 and 100 students at once are served."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.load import crowd, percentile
from bench.report import Row
from bench.turns import Server, database, postgres, serve

_BUG = "def total(numbers):\n    result = 0\n    for i in range(len(numbers) + 1):\n        result += numbers[i]\n    return result\n\nprint(total([1, 2]))\n"
_WRONG = "def add_all(numbers):\n    total = 0\n    for n in numbers:\n        total = n\n    return total\n"
INTENTS: dict[str, dict[str, Any]] = {
    "concept": {"message": "What is the difference between a list and a tuple?"},
    "debugging": {"message": "Why does this crash?", "code": _BUG, "path": "/api/v1/debug"},
    "review": {"message": "Is this good style?", "code": _BUG, "path": "/api/v1/review"},
    "exercise": {"message": "Can I have an exercise on dictionaries?"},
    "submission": {"code": _WRONG, "path": "/api/v1/exercises/python.control-flow.sum-list/submit"},
    "maths": {"message": "Factorise x^2 - 5x + 6"},
    "progress": {"message": "How am I doing?"},
    "social": {"message": "Thank you, that helped!"},
}


def bench() -> Iterator[Row]:
    with (
        tempfile.TemporaryDirectory(prefix="lf-bench-", ignore_cleanup_errors=True) as folder,
        postgres() as url,
        serve("bench.trivial", database(url, "empty"), "node", "1", "0") as empty,
        serve("bench.real", folder, database(url, "real"), "100") as real,
    ):
        yield from _by_intent(empty, real)
        yield from _crowds(real, Path(folder))


def _by_intent(empty: Server, real: Server) -> Iterator[Row]:
    hello = [{"message": "hello"}]
    asyncio.run(crowd(empty.port, empty.tokens, 20, hello))
    before = empty.cpu_s()
    base = asyncio.run(crowd(empty.port, empty.tokens, 100, hello))
    base_ms = (empty.cpu_s() - before) * 10
    yield Row("the empty graph, node-level", f"{base_ms:.1f} ms CPU, p50 {percentile(base.done_s, 0.5) * 1000:.0f} ms")
    for name, body in INTENTS.items():
        asyncio.run(crowd(real.port, real.tokens[:1], 3, [body]))
        before = real.cpu_s()
        seen = asyncio.run(crowd(real.port, real.tokens[:1], 20, [body]))
        cpu_ms = (real.cpu_s() - before) * 50
        figure = f"{cpu_ms:.1f} ms CPU = {cpu_ms / base_ms:.1f}x, p50 {percentile(seen.done_s, 0.5) * 1000:.0f} ms"
        yield Row(
            f"  {name}",
            figure + (f", {len(seen.errors)} ERRORS {seen.errors[0]}" if seen.errors else ""),
            "0 errors",
            not seen.errors,
        )


def _crowds(real: Server, folder: Path) -> Iterator[Row]:
    bodies = list(INTENTS.values())
    for at_once, turns in ((1, 24), (16, 8), (100, 4)):
        seen = asyncio.run(crowd(real.port, real.tokens[:at_once], turns, bodies))
        first, done = ([percentile(times, p) for p in (0.5, 0.95)] for times in (seen.first_s, seen.done_s))
        figure = (
            f"{seen.turns_s:.0f} turns/s, first event {first[0] * 1000:.0f}/{first[1] * 1000:.0f} ms, "
            f"done {done[0]:.2f}/{done[1]:.2f} s"
        )
        yield Row(f"{at_once} at once, all intents (p50/p95)", figure, "done p95 ≤ 5 s", done[1] <= 5)
        shown = str(len(seen.errors)) + (f": {seen.errors[0]}" if seen.errors else "")
        yield Row("  errors", shown, "0", not seen.errors)

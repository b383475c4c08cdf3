"""Finds where a program that fails its tests is wrong: a small change there that passes all tests, found by running."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from core.ports import Test
from tools._compare import differences, line_count
from tools._mutate import Change, mutations
from tools.run_code import Runner
from tools.try_programs import PROGRAMS_MAX, Tried, runnable, try_programs

SIZE_MAX = 0.4
"""A change of more than this share of the program's lines is another program, not its fault."""
NEAREST_MAX = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`lines` are 1-based lines of the student's program; `kind` is what sort of change mends it; `size` is changed
    lines by all lines. `fixed` passes every test: it is never shown to the student."""

    lines: tuple[int, ...]
    kind: str
    size: float
    fixed: str


async def locate_fault(
    runner: Runner,
    code: str,
    tests: Sequence[Test],
    *,
    accepted: Sequence[str] = (),
    entry: str = "",
    failing: Sequence[str] = (),
    seconds: float = 4.0,
) -> Fault | None:
    """None when no small change was found in time. `failing` names tests that fail: they are tried first, so that a
    wrong change is dropped after one run. Raises SandboxUnavailable and BudgetSpent."""  # fmt: skip
    ordered = sorted(runnable(tests), key=lambda test: test.name not in failing)
    if not ordered:
        return None
    total = max(1, line_count(code))
    between = [change for change in differences(code, accepted, entry) if change.size <= max(2, SIZE_MAX * total)]
    single = mutations(code)
    search = _Search(runner, code, ordered, seconds)
    half = PROGRAMS_MAX // 2
    best = await search.among([*between[:half], *single[:half]])
    best = best or await search.among([*between[half : 2 * half], *single[half:]][:PROGRAMS_MAX])
    best = best or await search.among(search.further())
    return Fault(lines=best.lines, kind=best.kind, size=min(1.0, best.size / total), fixed=best.code) if best else None


class _Search:
    """Tries changes batch by batch, and remembers which of them brought the program nearer."""

    def __init__(self, runner: Runner, code: str, tests: Sequence[Test], seconds: float) -> None:
        self._runner, self._code, self._tests = runner, code, tests
        self._seconds = seconds / 3
        self._nearer: list[tuple[int, Change]] = []

    async def among(self, batch: Sequence[Change]) -> Change | None:
        programs = [self._code, *(change.code for change in batch)]
        tried = await try_programs(self._runner, programs, self._tests, seconds=self._seconds, every=True)
        before = sum(tried[0].passed) if tried and tried[0] is not None else 0
        passed = [
            (sum(outcome.passed), change)
            for change, outcome in zip(batch, tried[1:], strict=False)
            if outcome is not None
        ]
        self._nearer += [(count, change) for count, change in passed if count > before]
        return _smallest(self._code, batch, tried[1:])

    def further(self) -> list[Change]:
        """A second change on top of each of those that brought the program nearest."""
        nearest = sorted(self._nearer, key=lambda found: (-found[0], found[1].size))[:NEAREST_MAX]
        found: dict[str, Change] = {}
        for _, first in nearest:
            for second in mutations(first.code)[: PROGRAMS_MAX // len(nearest)]:
                found.setdefault(
                    second.code, Change(code=second.code, lines=first.lines, kind="several", size=first.size + 1)
                )
        return list(found.values())[: PROGRAMS_MAX - 1]


def _smallest(code: str, batch: Sequence[Change], tried: Sequence[Tried | None]) -> Change | None:
    passing = [
        change for change, outcome in zip(batch, tried, strict=False) if outcome is not None and outcome.all_passed
    ]
    if not passing:
        return None
    return min(passing, key=lambda change: (change.size, -difflib.SequenceMatcher(None, code, change.code).ratio()))

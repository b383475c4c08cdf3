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
    single = mutations(code)[:PROGRAMS_MAX]
    between = [change for change in differences(code, accepted, entry) if change.size <= max(2, SIZE_MAX * total)]
    for batch in (
        _mixed(single, between),
        [*single[PROGRAMS_MAX // 2 :], *between[PROGRAMS_MAX // 2 :]][:PROGRAMS_MAX],
    ):
        tried = await try_programs(runner, [change.code for change in batch], ordered, seconds=seconds / 2)
        if best := _smallest(code, batch, tried):
            return Fault(lines=best.lines, kind=best.kind, size=min(1.0, best.size / total), fixed=best.code)
    return None


def _mixed(single: list[Change], between: list[Change]) -> list[Change]:
    half = PROGRAMS_MAX // 2
    return [*between[:half], *single[:half]]


def _smallest(code: str, batch: Sequence[Change], tried: Sequence[Tried | None]) -> Change | None:
    passing = [
        change for change, outcome in zip(batch, tried, strict=False) if outcome is not None and outcome.all_passed
    ]
    if not passing:
        return None
    return min(passing, key=lambda change: (change.size, -difflib.SequenceMatcher(None, code, change.code).ratio()))

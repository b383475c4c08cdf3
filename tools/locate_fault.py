"""Finds where a program that fails its tests is wrong: a small change there that passes all tests, found by running."""

import asyncio
import difflib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.ports import Policy, Program, Test
from tools._distance import shape
from tools.parse_program import parse_program
from tools.run_code import Runner
from tools.try_programs import runnable, same

SIZE_MAX = 0.6
"""A change of more than this share of the program's nodes is another program, not its fault."""
SMALL = 0.25
NEAREST_MAX = 6
ROUND_S, ROUND_MIN_S = 1.3, 0.3
"""A round ends early enough to look at what it found and go on from there."""
POOL_MIN = 5
MARK = "\x1e"
_SENT = ("_align", "_distance", "_edits", "_trial")
_MAIN = """
import sys, types
package = types.ModuleType("tools")
package.__path__ = ["."]
sys.modules["tools"] = package
from tools._trial import main
main()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`lines` are 1-based lines of the student's program; `kind` is what sort of change mends it; `size` is changed
    nodes by all nodes. `fixed` passes every test: it is never shown to the student."""

    lines: tuple[int, ...]
    kind: str
    size: float
    fixed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    """A version that was run: `base` are the numbers of its edits, None for one made from an accepted program."""

    code: str
    base: tuple[int, ...] | None
    lines: tuple[int, ...]
    kind: str
    size: int
    cost: float
    got: tuple[str, ...]


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
    """None when no small change was found in time. `failing` names tests that fail: what a version does there is looked
    at first. Raises SandboxUnavailable and BudgetSpent."""
    chosen = runnable(tests)
    if not chosen or isinstance(parse_program(code), SyntaxError):
        return None
    search = _Search(runner, code, chosen, accepted, entry, failing)
    began = time.monotonic()
    best: _Version | None = None
    bases: list[_Version] = []
    while (left := began + search.seconds(best, seconds) - time.monotonic()) > ROUND_MIN_S:
        best = search.better(best, await search.round(bases, min(ROUND_S, left)))
        if not (bases := search.further()):
            break
    return search.fault(best) if best is not None else None


class _Search:
    """Round by round, each on top of the versions that the round before brought nearest to what is expected."""

    def __init__(
        self, runner: Runner, code: str, tests: Sequence[Test], accepted: Sequence[str], entry: str, failing: Sequence[str]
    ) -> None:  # fmt: skip
        self._runner, self._code, self._tests, self._accepted, self._entry = runner, code, tests, accepted, entry
        self._failing = [k for k, test in enumerate(tests) if test.name in failing] or list(range(len(tests)))
        tree = parse_program(code)
        self._nodes = 1 if isinstance(tree, SyntaxError) else len(shape(tree).labels)
        self._open: dict[tuple[str, ...], tuple[float, _Version]] = {}
        self._closed: set[tuple[str, ...]] = set()
        self._known: dict[tuple[str, int], float] = {}

    def seconds(self, best: _Version | None, most: float) -> float:
        """How long to go on: not at all with a small repair, a while for a smaller one than this, and where many
        accepted programs did not help, changes of our own seldom do."""
        if best is not None and best.size <= SMALL * self._nodes:
            return 0.0
        return most * (0.5 if best is not None or len(self._accepted) >= POOL_MIN else 1.0)

    def better(self, *versions: _Version | None) -> _Version | None:
        """Among small ones the likeliest change, else the smallest."""

        def rank(version: _Version) -> tuple[bool, float]:
            large = version.size > SMALL * self._nodes
            return large, version.size if large else version.cost + 0.1 * version.size

        return min((v for v in versions if v is not None), key=rank, default=None)

    async def round(self, bases: Sequence[_Version], seconds: float) -> _Version | None:
        policy = Policy(wall_s=seconds + 0.5, cpu_s=seconds + 0.5, output_bytes_max=4 * 1024 * 1024)
        files = {f"{name}.py": text for name, text in _sources().items()} | {"work.json": self._work(bases, seconds)}
        result = await self._runner.run_program(Program(code=_MAIN, files=files), policy)
        # What was found is judged in a thread: some hundred versions would hold up everyone else's turn.
        return await asyncio.to_thread(self._judge, result.stdout)

    def _judge(self, output: str) -> _Version | None:
        """The best version that passes every test; the others are kept to go on from."""
        passing = []
        for version in _read(output, len(self._tests), self._code.count("\n") + 1):
            near = [self._near(got, number) for number, got in enumerate(version.got)]
            if all(share == 1.0 for share in near):
                passing.append(version)
            elif version.base is not None and version.got not in self._closed and version.got not in self._open:
                self._open[version.got] = sum(near) / len(near) - 0.02 * version.cost, version
        return self.better(*(version for version in passing if version.size <= SIZE_MAX * self._nodes))

    def _near(self, got: str, number: int) -> float:
        if (got, number) not in self._known:
            self._known[got, number] = _nearness(got, self._tests[number])
        return self._known[got, number]

    def _work(self, bases: Sequence[_Version], seconds: float) -> bytes:
        work = {
            "code": self._code, "accepted": [] if bases else list(self._accepted), "entry": self._entry, "failing": self._failing, "seconds": 0.9 * seconds,
            "tests": [{"call": t.call if t.mode == "call" else "", "stdin": t.stdin, "chars": max(200, 2 * len(t.expect))} for t in self._tests],
            "bases": [{"edits": base.base, "got": base.got, "lines": base.lines, "cost": base.cost} for base in bases],
        }  # fmt: skip
        return json.dumps(work).encode()

    def further(self) -> list[_Version]:
        """The versions nearest to what is expected that nothing was built on yet."""
        ranked = sorted(self._open.values(), key=lambda found: -found[0])[:NEAREST_MAX]
        for _, version in ranked:
            self._closed.add(version.got)
            del self._open[version.got]
        return [version for _, version in ranked]

    def fault(self, version: _Version) -> Fault:
        kind = "several" if version.base and len(version.base) > 1 else version.kind
        return Fault(lines=version.lines, kind=kind, size=min(1.0, version.size / self._nodes), fixed=version.code)


def _nearness(got: str, test: Test) -> float:
    """1 for a test passed, less for a result that is only like what is expected, nothing for none."""
    if got[:1] != "=":
        return 0.0
    if same(got[1:], test):
        return 1.0
    return 0.1 + 0.4 * difflib.SequenceMatcher(None, got[1:200], test.expect[:200], autojunk=False).ratio()


def _read(output: str, tests: int, lines: int) -> Iterator[_Version]:
    """What a round wrote. A program under trial may write such lines too: what does not fit is passed over, and what
    does is only ever a hint."""
    for line in output.split("\n"):
        if not line.startswith(MARK):
            continue
        try:
            told = json.loads(line[len(MARK) :])
            if "own" in told:
                continue
            version = _Version(
                code=str(told["source"]), base=None if told["base"] is None else tuple(int(n) for n in told["base"]), kind=str(told["kind"]),
                lines=tuple(int(n) for n in told["lines"]), size=int(told["size"]), cost=float(told["cost"]), got=tuple(str(x) for x in told["got"]),
            )  # fmt: skip
        except (ValueError, TypeError, KeyError):
            continue
        if len(version.got) == tests and version.lines and all(0 < line <= lines for line in version.lines):
            yield version


@cache
def _sources() -> dict[str, bytes]:
    return {name: Path(__file__).with_name(f"{name}.py").read_bytes() for name in _SENT}

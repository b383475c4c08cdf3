"""Finds where a program that fails its tests is wrong: a small change there that passes all tests, found by running."""

import ast
import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from core.ports import Policy, Program, Test
from tools._distance import at_least, distance, shape
from tools._nearness import DIGEST, brief, likeness
from tools._paths import Paths, Steps
from tools.parse_program import parse_program
from tools.run_code import Runner
from tools.try_programs import runnable, same

SIZE_MAX = 0.6
"""A change of more than this share of the program's nodes is another program, not its fault."""
SMALL = 0.25
BASES_MAX = 8
PULL = 5.0
"""What all failing tests passed are worth, in the cost of changes: a change costs about 2."""
CROWDED = 0.25
RIVAL = 1.0
"""What a change may cost more than the likeliest and still be what was meant. Of 357 programs whose fault is known, the
line of the likeliest was the wrong one in 21 % where another line had one so near, and in 4 % where none had."""
FIRST_S, ROUND_S, ROUND_MIN_S = 1.3, 0.7, 0.25
"""A round ends early enough to look at what it found and go on from there."""
SLACK_S = 1.0
"""A round ends by itself; one that is killed because a busy machine was slow to start it tells nothing."""
POOL_MIN = 5
MEASURED_MAX = 12
WRITTEN_MAX = 40
STEPS_MAX = 8
GRADED_MAX, GRADE_S = 3, 2.0
TEXTS_MAX, TEXT_MAX, SIGNS_MAX = 12, 20, 8
MARK = "\x1e"
_SENT = ("_align", "_distance", "_edits", "_nearness", "_paths", "_slips", "_trial")
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
    nodes by all nodes. `fixed` passes every test: it is never shown to the student. `elsewhere`: further lines at each of
    which a change about as likely passes every test too."""

    lines: tuple[int, ...]
    kind: str
    size: float
    fixed: str
    elsewhere: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    """A version that was run, as the path of changes to it; without one it was made from an accepted program, and
    `code` tells it. `parts` are the changes: what each cost, and at which line."""

    code: str
    path: Steps
    parts: tuple[tuple[float, int], ...]
    kind: str
    cost: float
    got: tuple[str, ...]
    size: int = 0

    @property
    def lines(self) -> tuple[int, ...]:
        """Of the student's, each once; that of the likeliest change first."""
        return tuple(dict.fromkeys(line for _, line in sorted(self.parts)))


@dataclass(slots=True)
class _Base:
    """A version to go on from: which tests it fails, how far its own changes were tried, what the next one costs."""

    version: _Version
    failing: tuple[int, ...]
    offset: float
    start: int = 0
    following: float = 0.0


@dataclass(slots=True)
class _Found:
    """What a round wrote."""

    versions: list[_Version] = field(default_factory=list)
    donors: list[str] = field(default_factory=list)
    reached: list[tuple[int, float | None]] = field(default_factory=list)


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
    bases = search.further()
    while (left := began + search.seconds(best, seconds) - time.monotonic()) > ROUND_MIN_S:
        best = search.better(
            [best, await search.round(bases, min(left, FIRST_S if accepted and not search.begun else ROUND_S))]
        )
        if not (bases := search.further()):
            break
    return await search.verified(tests)


class _Search:
    """Round by round, each on top of the versions that the rounds before brought nearest to what is expected."""

    def __init__(
        self, runner: Runner, code: str, tests: Sequence[Test], accepted: Sequence[str], entry: str, failing: Sequence[str]
    ) -> None:  # fmt: skip
        self._runner, self._code, self._accepted, self._entry = runner, code, accepted, entry
        parts = [(part, test.name in failing) for test in tests for part in claims(test)]
        self._tests = [part for part, _ in parts]
        self._failing = [k for k, (_, fails) in enumerate(parts) if fails] or list(range(len(parts)))
        tree = parse_program(code)
        self._shape = shape(tree if isinstance(tree, ast.AST) else ast.Module(body=[], type_ignores=[]))
        self.begun = False
        self._donors: list[str] = []
        root = _Version(code=code, path=(), parts=(), kind="", cost=0.0, got=())
        self._bases = [_Base(version=root, failing=tuple(self._failing), offset=0.0)]
        self._in_turn: list[_Base] = []
        self._behaviours: set[tuple[str, ...]] = set()
        self._opened: Counter[tuple[int, ...]] = Counter()
        self._known: dict[tuple[str, int], float] = {}
        self._passing: list[_Version] = []
        self._paths: Paths | None = None

    def seconds(self, best: _Version | None, most: float) -> float:
        """How long to go on: not at all with a small repair, a while for a smaller one than this, and where many
        accepted programs did not help, changes of our own seldom do."""
        if best is not None and best.size <= SMALL * len(self._shape.labels):
            return 0.0
        return most * (0.45 if best is not None or len(self._accepted) >= POOL_MIN else 1.0)

    def better(self, versions: Iterable[_Version | None]) -> _Version | None:
        """Among small ones the likeliest change, else the smallest."""

        return min((v for v in versions if v is not None), key=self._rank, default=None)

    def _rank(self, version: _Version) -> tuple[bool, float]:
        large = version.size > SMALL * len(self._shape.labels)
        return large, version.size if large else version.cost + 0.1 * version.size

    async def round(self, bases: Sequence[_Base], seconds: float) -> _Version | None:
        policy = Policy(wall_s=seconds + SLACK_S, cpu_s=seconds + SLACK_S, output_bytes_max=4 * 1024 * 1024)
        files = {f"{name}.py": text for name, text in _sources().items()} | {"work.json": self._work(bases, seconds)}
        self.begun = True
        result = await self._runner.run_program(Program(code=_MAIN, files=files), policy)
        # What was found is judged in a thread: some hundred versions would hold up everyone else's turn.
        return await asyncio.to_thread(self._judge, result.stdout)

    def _work(self, bases: Sequence[_Base], seconds: float) -> bytes:
        work = {
            "code": self._code, "accepted": [] if self.begun else list(self._accepted), "entry": self._entry, "failing": self._failing,
            "seconds": 0.9 * seconds, "donors": self._donors, "right": [version.got for version in self._passing[:1]], "texts": _texts(self._tests),
            "tests": [{"call": t.call if t.mode == "call" else "", "stdin": t.stdin} for t in self._tests],
            "bases": [_asked(base) for base in bases],
        }  # fmt: skip
        return json.dumps(work).encode()

    def _judge(self, output: str) -> _Version | None:
        """The best version that passes every test; the others are kept to go on from."""
        found = _read(output, len(self._tests), self._code.count("\n") + 1)
        self._donors = found.donors or self._donors
        for base, (start, following) in zip(self._in_turn, found.reached, strict=False):
            if following is not None:
                base.start, base.following = start, following
                self._bases.append(base)
        passing = []
        for version in found.versions:
            near = [self._near(got, number) for number, got in enumerate(version.got)]
            if min(near) == 1.0:
                passing.append(version)
            elif version.path and version.got not in self._behaviours:
                self._behaviours.add(version.got)
                self._keep(version, near)
        small = list(self._measured(self._told(passing)))
        self._passing += small
        return self.better(small)

    def _keep(self, version: _Version, near: Sequence[float]) -> None:
        failing = tuple(number for number, share in enumerate(near) if share < 1.0)
        # Those that passed before and fail now count against it.
        progress = sum(near[k] for k in self._failing) - sum(k not in self._failing for k in failing)
        offset = version.cost - PULL * progress / len(self._failing)
        self._bases.append(_Base(version=version, failing=failing, offset=offset))

    def _near(self, got: str, number: int) -> float:
        """1 for a test passed, less for a result that is only like what is expected, nothing for none."""
        if (got, number) not in self._known:
            self._known[got, number] = _nearness(got[1:], self._tests[number]) if got[:1] == "=" else 0.0
        return self._known[got, number]

    def _told(self, versions: Sequence[_Version]) -> Iterator[_Version]:
        """The likeliest of them, written out."""
        for version in sorted(versions, key=lambda version: version.cost)[:WRITTEN_MAX]:
            if version.code:
                yield version
                continue
            self._paths = self._paths or Paths(self._code, self._donors, _texts(self._tests))
            try:
                yield replace(version, code=self._paths.written(version.path))
            except (IndexError, ValueError, RecursionError):
                continue  # a program under trial wrote it

    def _measured(self, versions: Iterable[_Version]) -> Iterator[_Version]:
        """Those small enough, with their size. Measuring takes long, so those that seem small come first."""
        most = SIZE_MAX * len(self._shape.labels)
        shapes = [(version, shape(ast.parse(version.code))) for version in dict.fromkeys(versions)]
        ranked = sorted(shapes, key=lambda found: at_least(self._shape, found[1]))
        for version, other in ranked[:MEASURED_MAX]:
            size = distance(self._shape, other)
            if size <= most:
                yield replace(version, size=size)

    def further(self) -> list[_Base]:
        """The bases with the cheapest changes left, those in a crowd that passes the same tests one after the other."""
        self._in_turn = []
        waiting = list(self._bases)
        while waiting and len(self._in_turn) < BASES_MAX:
            base = min(waiting, key=lambda base: base.offset + base.following + CROWDED * self._opened[base.failing])
            waiting.remove(base)
            self._opened[base.failing] += 1
            self._in_turn.append(base)
        self._bases = waiting
        return self._in_turn

    async def verified(self, tests: Sequence[Test]) -> Fault | None:
        """The best version; where some tests could not be tried in the search, the first that is graded right."""
        for version in sorted(self._passing, key=self._rank)[:GRADED_MAX]:
            if len(runnable(tests)) == len(tests):
                return self._fault(version, tests)
            grade = await self._runner.grade(version.code, tests, Policy(wall_s=GRADE_S, cpu_s=GRADE_S))
            if grade.passed:
                return self._fault(version, tests)
        return None

    def _fault(self, version: _Version, tests: Sequence[Test]) -> Fault:
        kind = "several" if version.path and len(version.lines) > 1 else version.kind
        return Fault(
            lines=version.lines, kind=kind, size=min(1.0, version.size / len(self._shape.labels)), fixed=version.code, elsewhere=self._elsewhere(version, tests)
        )  # fmt: skip

    def _elsewhere(self, version: _Version, tests: Sequence[Test]) -> tuple[int, ...]:
        """Not claimed where some tests could not be tried in the search."""
        large, least = self._rank(version)
        if large or len(runnable(tests)) < len(tests):
            return ()
        near = [other for other in self._passing if self._rank(other) <= (False, least + RIVAL)]
        return tuple(sorted({v.lines[0] for v in near if len(v.lines) == 1} - set(version.lines)))


def _nearness(got: str, test: Test) -> float:
    if same(got, test) or (DIGEST in got and got == brief(test.expect, printed=test.mode == "stdin")):
        return 1.0
    return likeness(got, test.expect)


def claims(test: Test) -> list[Test]:
    """A test that says that something is equal to something, as tests that tell what came out instead; any other alone."""
    if test.mode != "call" or test.expect != "True":
        return [test]
    try:
        return [_claim(part, test) for part in _parts(ast.parse(test.call, mode="eval").body)]
    except (SyntaxError, ValueError, RecursionError):
        return [test]


def _parts(node: ast.expr) -> list[ast.expr]:
    match node:
        case ast.Call(func=ast.Name(id="all"), args=[ast.List(elts=parts) | ast.Tuple(elts=parts)]) if parts:
            return [one for part in parts for one in _parts(part)]
        case ast.Call(func=ast.Name(id="bool"), args=[only]):
            return _parts(only)
        case ast.BoolOp(op=ast.And(), values=parts):
            return [one for part in parts for one in _parts(part)]
    return [node]


def _claim(node: ast.expr, test: Test) -> Test:
    match node:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
            for shown, value in ((left, right), (right, left)):
                try:
                    return replace(test, call=ast.unparse(shown), expect=repr(ast.literal_eval(value)))
                except ValueError:
                    continue
    return replace(test, call=f"bool({ast.unparse(node)})", expect="True")


def _texts(tests: Sequence[Test]) -> list[str]:
    """Short texts that the input of several tests holds, and signs that stand in texts there."""
    inside = [re.findall(r"['\"]([^'\"\n]*)['\"]", test.call) for test in tests]
    words = [{text for text in found if 0 < len(text) <= TEXT_MAX} for found in inside]
    lines = [{line for line in test.stdin.split() if line.isalpha() and len(line) <= TEXT_MAX} for test in tests]
    seen = Counter(text for found in (*words, *lines) for text in found)
    signs = Counter(sign for found in inside for text in found for sign in text if not (sign.isalnum() or sign == "\\"))
    shared = [text for text, count in seen.most_common(TEXTS_MAX) if count > 1]
    return list(dict.fromkeys([*shared, *(sign for sign, _ in signs.most_common(SIGNS_MAX))]))


def _asked(base: _Base) -> dict[str, Any]:
    version = base.version
    return {
        "path": version.path, "got": version.got, "failing": base.failing, "parts": version.parts,
        "cost": version.cost, "offset": base.offset, "start": base.start,
    }  # fmt: skip


def _read(output: str, tests: int, lines: int) -> _Found:
    """What a round wrote. A program under trial may write such lines too: what does not fit is passed over, and what
    does is only ever a hint."""
    found = _Found()
    for line in output.split("\n"):
        if not line.startswith(MARK):
            continue
        try:
            told = json.loads(line[len(MARK) :])
            if "donors" in told:
                found.donors = [str(text) for text in told["donors"]]
            elif "reached" in told:
                found.reached = [(int(n), None if cost is None else float(cost)) for n, cost in told["reached"]]
            else:
                version = _version(told)
                if len(version.got) == tests and version.lines and all(0 < line <= lines for line in version.lines):
                    found.versions.append(version)
        except (ValueError, TypeError, KeyError):
            continue
    return found


def _version(told: dict[str, Any]) -> _Version:
    return _Version(
        code=str(told.get("source", "")), path=tuple(int(n) for n in told["path"][:STEPS_MAX]), kind=str(told["kind"]),
        parts=tuple((float(cost), int(line)) for cost, line in told["parts"]), cost=float(told["cost"]), got=tuple(str(x) for x in told["got"]),
    )  # fmt: skip


@cache
def _sources() -> dict[str, bytes]:
    return {name: Path(__file__).with_name(f"{name}.py").read_bytes() for name in _SENT}

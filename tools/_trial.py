"""Tries thousands of versions of a student's program in one process. Runs inside the sandbox, on the standard library only.

The expected values stay outside: what is known here is what the program itself and accepted programs give. What comes
back is a hint for a search, never a verdict.
"""

import __future__

import ast
import gc
import heapq
import io
import json
import math
import signal
import sys
import time
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import CodeType, FrameType, TracebackType
from typing import Any

from tools._align import Rewriting, nearer, nearest, renamed, rewritings, strip
from tools._distance import at_least, distance, shape
from tools._edits import Edit, applied, undo
from tools._nearness import brief
from tools._paths import Paths, Steps

MARK = "\x1e"
LIMIT_MIN_S, LIMIT_MAX_S = 0.02, 0.25
ROUNDS_MIN, ROUNDS_MAX = 1_000, 1_000_000
SLACK = 20
"""A version may go round its loops this many times as often as the program itself, and take as many times as long: a
loop without end must not eat the budget. Rounds are counted, since a clock is slow to ring and a busy machine moves it."""
REFINED_MAX = 4
MEASURED_MAX = 6
REPORTED_MAX, MENDED_MAX = 2, 8
"""Versions told for each behaviour, and for one that may be right: the likeliest come first."""
DONORS_MAX = 2
ENOUGH, CLOSE = 20, 0.1
"""After so many of the nearest programs a repair of this share of the nodes will do."""
TRACED_MAX = 4
HOPELESS_AFTER = 3
"""So many failing tests that a version leaves as they were, or breaks down on, and it is given up."""
OUTPUT_MAX = 3_000_000
TICK = "__tick__"
ANNOTATIONS = __future__.annotations.compiler_flag
"""A statement compiled alone does not know of the import that puts annotations off."""
NOTHING: Mapping[int, CodeType] = {}
Outcomes = list[str]
Code = tuple[CodeType, ...]
"""A statement of the program's top level after the other: most versions differ from their base in one of them."""


class Late(BaseException):
    """A version ran out of its time."""


def ring(signum: int, frame: FrameType | None) -> None:
    raise Late


class Tests:
    """Runs a version on every test. An outcome is `=` with what came out, `!` with an error's type and its line, `?`
    too late."""

    def __init__(self, work: dict[str, Any]) -> None:
        self.tests: list[dict[str, Any]] = work["tests"]
        self.failing: list[int] = work["failing"]
        self.limit, self.rounds, self.rounds_max = LIMIT_MIN_S, 0, 20 * ROUNDS_MIN
        self.calls = [compile(test["call"], "call", "eval") if test["call"] else None for test in self.tests]

    def tick(self) -> None:
        self.rounds += 1
        if self.rounds > self.rounds_max:
            raise Late

    def one(self, code: Code, number: int) -> str:
        names: dict[str, Any] = {"__name__": "__main__", TICK: self.tick}
        self.rounds = 0
        real, out = sys.stdin, sys.stdout
        test, call = self.tests[number], self.calls[number]
        sys.stdin, sys.stdout = (io.StringIO(), io.StringIO()) if call else _streams(test["stdin"])
        # Time on the processor: a busy machine must not make a version late. The second clock is for one that sleeps.
        signal.setitimer(signal.ITIMER_PROF, self.limit, 0.02)
        signal.setitimer(signal.ITIMER_REAL, 1.0, 0.02)
        try:
            for part in code:
                exec(part, names)  # noqa: S102 - this is the sandbox
            return "=" + brief(repr(eval(call, names)) if call else _written(sys.stdout), printed=not call)  # noqa: S307
        except Late:
            return "?"
        except SystemExit:
            return "!SystemExit:0" if call else "=" + brief(_written(sys.stdout), printed=True)
        except BaseException as error:
            return f"!{type(error).__name__}:{_line(error.__traceback__)}"
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)
            sys.stdin, sys.stdout = real, out

    def guarded(self, code: Code, number: int) -> str:
        """As `one`, with the bell that rings while the bells are being put away."""
        try:
            return self.one(code, number)
        except Late:
            return "?"

    def all(self, code: Code) -> Outcomes:
        return [self.guarded(code, number) for number in range(len(self.tests))]

    def changed(self, code: Code, own: Outcomes, failing: Sequence[int]) -> Outcomes | None:
        """None for a version that does on the failing tests what the program itself does, or nothing better."""
        got = ["-"] * len(self.tests)
        moved = 0
        for place, number in enumerate(failing):
            outcome = got[number] = self.guarded(code, number)
            if outcome == "?" and own[number][0] == "=":
                return None
            moved += outcome != own[number] and (outcome[0] == "=" or own[number][0] != "=")
            if not moved and place + 1 >= HOPELESS_AFTER:
                return None
        if not moved:
            return None
        for number in range(len(self.tests)):
            if got[number] == "-":
                got[number] = self.guarded(code, number)
                if got[number] == "?" and own[number][0] == "=":
                    return None
        return got

    def measure(self, code: Code) -> Outcomes:
        """What a program does, and from how long it takes, how long its versions may."""
        longest, rounds = 0.0, 0
        outcomes = []
        for number in range(len(self.tests)):
            began = time.process_time()
            outcomes.append(self.guarded(code, number))
            if outcomes[-1] != "?":
                longest, rounds = max(longest, time.process_time() - began), max(rounds, self.rounds)
        if outcomes and all(outcome == "?" for outcome in outcomes) and self.limit < LIMIT_MAX_S:
            self.limit, self.rounds_max = LIMIT_MAX_S, ROUNDS_MAX
            outcomes[0] = self.guarded(code, 0)
            if outcomes[0] != "?":
                return self.measure(code)
        self.limit = min(LIMIT_MAX_S, max(LIMIT_MIN_S, SLACK * longest))
        self.rounds_max = min(ROUNDS_MAX, max(ROUNDS_MIN, SLACK * rounds))
        return outcomes

    def lines(self, code: Code, failing: Sequence[int]) -> dict[int, float]:
        """How suspect each line is that a failing test comes by: Ochiai's measure (Abreu et al. 2007)."""
        passing = [number for number in range(len(self.tests)) if number not in failing]
        bad = [self.seen(code, number) for number in failing[:TRACED_MAX]]
        good = [self.seen(code, number) for number in passing[:TRACED_MAX]]
        suspect = {}
        for line in set().union(*bad):
            failed, passed = sum(line in seen for seen in bad), sum(line in seen for seen in good)
            suspect[line] = failed / math.sqrt(len(bad) * (failed + passed))
        most = max(suspect.values(), default=1.0)
        return {line: share / most for line, share in suspect.items()}

    def seen(self, code: Code, number: int) -> set[int]:
        seen: set[int] = set()

        def note(frame: FrameType, event: str, value: object) -> Any:
            if frame.f_code.co_filename != "main.py":
                return None
            seen.add(frame.f_lineno)
            return note

        sys.settrace(note)
        try:
            self.guarded(code, number)
        finally:
            sys.settrace(None)
        return seen


def _streams(text: str) -> tuple[io.TextIOWrapper, io.TextIOWrapper]:
    """Real ones, with bytes below, since programs that read quickly ask for `sys.stdin.buffer`."""
    source = io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8")
    return source, io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)


def _written(out: Any) -> str:
    return str(out.buffer.getvalue().decode("utf-8", "replace"))


def _line(trace: TracebackType | None) -> int:
    """Where in the program it broke down."""
    line = 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "main.py":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


class Teller:
    """Writes down each behaviour that is new, with the version that shows it."""

    def __init__(self, out: Any) -> None:
        self._out, self._written = out, 0
        self._told: dict[tuple[str, ...], int] = {}

    def say(self, **facts: Any) -> None:
        self._write(facts)

    def wanted(self, outcomes: Outcomes, most: int) -> bool:
        return self._told.get(tuple(outcomes), 0) < most

    def tell(self, outcomes: Outcomes, **facts: Any) -> None:
        self._told[tuple(outcomes)] = self._told.get(tuple(outcomes), 0) + 1
        self._write({"got": outcomes, **facts})

    def _write(self, facts: dict[str, Any]) -> None:
        text = MARK + json.dumps(facts) + "\n"
        self._written += len(text)
        if self._written < OUTPUT_MAX:
            self._out.write(text)
            self._out.flush()


def compiled(tree: ast.Module, known: Mapping[int, CodeType] = NOTHING, changed: Collection[int] = ()) -> Code | None:
    """`known` is the code of statements by their id, good for those that did not change."""
    parts = []
    for step in tree.body:
        part = known.get(id(step)) if id(step) not in changed else None
        if part is None and (part := _compiled(step)) is None:
            return None
        parts.append(part)
    return tuple(parts)


def _compiled(step: ast.stmt) -> CodeType | None:
    """With a bell in every loop, which is taken out of the tree again."""
    loops = list(_loops([step]))
    bodies = [loop.body for loop in loops]
    for loop in loops:
        loop.body = [_bell(loop.lineno), *loop.body]
    try:
        code: CodeType = compile(ast.Module(body=[step], type_ignores=[]), "main.py", "exec", ANNOTATIONS)
        return code
    except (SyntaxError, ValueError, TypeError, RecursionError, AttributeError):
        return None
    finally:
        for loop, body in zip(loops, bodies, strict=True):
            loop.body = body


def _loops(block: list[ast.stmt]) -> Iterator[ast.For | ast.While]:
    for statement in block:
        if isinstance(statement, ast.For | ast.While):
            yield statement
        for name in ("body", "orelse", "finalbody", "handlers"):
            if inner := getattr(statement, name, None):
                yield from _loops(inner)


@lru_cache(maxsize=1000)
def _bell(line: int) -> ast.stmt:
    call = ast.Call(func=ast.Name(id=TICK, ctx=ast.Load()), args=[], keywords=[])
    return ast.fix_missing_locations(
        ast.copy_location(ast.Expr(value=call), ast.Pass(lineno=line, end_lineno=line, col_offset=0, end_col_offset=0))
    )


@dataclass(slots=True)
class _Base:
    """A program to change further: what it does, which tests it fails, what each change to it cost and at which
    of the student's lines, what all did, and from which of its changes on to try. `offset` orders the bases."""

    path: Steps
    got: Outcomes
    failing: list[int]
    parts: list[tuple[float, int]]
    cost: float
    offset: float
    start: int
    opened: bool = False
    found: list[tuple[int, Edit]] = field(default_factory=list)
    ranked: list[tuple[float, int]] = field(default_factory=list)
    codes: dict[int, CodeType] = field(default_factory=dict)
    owner: dict[int, int] = field(default_factory=dict)


class Search:
    """One round: accepted programs brought near, then changes to the bases that the round was given."""

    def __init__(self, work: dict[str, Any], out: Any) -> None:
        self.work, self.tests, self.teller = work, Tests(work), Teller(out)
        self.tree = strip(ast.parse(work["code"]))
        self.until = time.monotonic() + work["seconds"]
        code = compiled(self.tree) or (compile(self.tree, "main.py", "exec"),)
        self.own = self.tests.measure(code)
        self.suspect = self.tests.lines(code, self.tests.failing) if work["accepted"] else {}
        self.shape = shape(self.tree)
        self.best = len(self.shape.labels) + 1
        self.mended: list[tuple[int, int, ast.Module, Outcomes, dict[str, Any]]] = []
        self.donors: list[str] = work["donors"]
        self.right: set[tuple[str, ...]] = {tuple(got) for got in work["right"]}
        self.least = self.best

    def late(self) -> bool:
        return bool(time.monotonic() > self.until)

    def run(self) -> None:
        if self.work["accepted"]:
            began, seconds = time.monotonic(), self.work["seconds"]
            self.until = began + seconds * 0.7
            self.compare()
            self.until = max(began + seconds, time.monotonic() + 0.3 * seconds)
            self.teller.say(donors=self.donors)
        self.explore()

    def compare(self) -> None:
        others = nearest(self.tree, self.work["accepted"])
        self.donors = [ast.unparse(renamed(other, self.tree, self.work["entry"])) for other in others[:DONORS_MAX]]
        for count, other in enumerate(others):
            if count >= ENOUGH and self.mended and min(self.mended)[0] <= CLOSE * len(self.shape.labels):
                break
            for change in rewritings(self.tree, other, self.work["entry"]):
                if self.late() or self.minimise(change):
                    break
            if self.late():
                break
        self.settle()

    def minimise(self, change: Rewriting) -> bool:
        """Leaves out every part of the difference that the accepted program's results do not need."""
        chosen = list(range(change.count))
        right = self.result(change.patched(chosen))
        if right is None or "?" in right:
            return False
        before: list[int] = []
        while before != chosen:
            before = chosen
            for part in sorted(chosen, key=change.weight, reverse=True):
                fewer = [k for k in chosen if k != part]
                if self.result(change.patched(fewer)) == right:
                    chosen = fewer
        self.refine(change, chosen, right)
        source = change.patched(chosen)
        facts = {
            "parts": [(-self.suspect.get(line, 0.0), line) for line in change.lines(chosen)],
            "cost": 1.1 + 0.5 * len(chosen),
            "kind": change.kind(chosen),
            "source": source,
        }
        tree = ast.parse(source)
        self.mended.append((at_least(self.shape, shape(tree)), len(self.mended), tree, right, facts))
        self.right.add(tuple(right))
        return True

    def settle(self) -> None:
        """Tells the smallest of what was found. Measuring takes long, so those that seem small come first."""
        unlike = {found[-1]["source"]: found for found in reversed(self.mended)}
        for _, _, tree, right, facts in sorted(unlike.values(), key=lambda found: found[:2])[:MEASURED_MAX]:
            size = self.smaller(tree)
            if size is not None:
                self.teller.tell(right, path=[], **facts)

    def refine(self, change: Rewriting, chosen: list[int], right: Outcomes) -> None:
        """Leaves of each changed line as much as it was as the results allow."""
        for a, b in (change.parts[part] for part in chosen):
            if a is None or b is None:
                continue
            for _ in range(REFINED_MAX):
                kept = change.other[b]
                for line in nearer(change.own[a], kept):
                    change.other[b] = line
                    if self.result(change.patched(chosen)) == right:
                        break
                    change.other[b] = kept
                if change.other[b] == kept:
                    break

    def smaller(self, tree: ast.Module) -> int | None:
        """The size of a repair, when it is the smallest so far."""
        other = shape(strip(tree))
        if at_least(self.shape, other) >= self.best:
            return None
        size = distance(self.shape, other)
        if size >= self.best:
            return None
        self.best = size
        return size

    def result(self, source: str) -> Outcomes | None:
        try:
            code = compiled(ast.parse(source))
        except (SyntaxError, ValueError, RecursionError):
            return None
        return None if code is None else self.tests.all(code)

    def smallest(self, tree: ast.Module) -> bool:
        """Whether no smaller version did what accepted programs do: large ones must not keep it from being told."""
        size = at_least(self.shape, shape(tree))
        wanted = size < self.least
        self.least = min(self.least, size)
        return wanted

    def explore(self) -> None:
        """The cheapest change that was not tried yet, of whichever base, and the next, until time is up."""
        self.paths = Paths(self.work["code"], self.donors, self.work["texts"])
        bases = [_Base(**{**told, "path": tuple(told["path"])}) for told in self.work["bases"]]
        for base in bases:
            base.got = base.got or self.own
        queue = [(base.offset, number) for number, base in enumerate(bases)]
        heapq.heapify(queue)
        while queue and not self.late():
            _, number = heapq.heappop(queue)
            base = bases[number]
            with self.paths.along(base.path):
                if not base.opened:
                    self.open(base)
                self.go_on(base)
            if base.start < len(base.ranked):
                heapq.heappush(queue, (base.offset + base.ranked[base.start][0], number))
        self.teller.say(reached=[self.left(base) for base in bases])

    def go_on(self, base: _Base) -> None:
        for cost, place in base.ranked[base.start : base.start + AT_ONCE]:
            if self.late():
                break
            base.start += 1
            step, edit = base.found[place]
            self.attempt(base, step, edit, cost)

    def left(self, base: _Base) -> tuple[int, float | None]:
        """How far a base's changes were tried and what the next costs, None when there is none."""
        if not base.opened:
            return base.start, 0.0
        return base.start, base.ranked[base.start][0] if base.start < len(base.ranked) else None

    def open(self, base: _Base) -> None:
        base.opened = True
        body = self.paths.tree.body
        code = compiled(self.paths.tree)
        if code is None:
            return
        base.codes = {id(step): part for step, part in zip(body, code, strict=True)}
        base.owner = {id(node): id(step) for step in body for node in ast.walk(step)}
        base.found = self.paths.further(base.path)
        base.ranked = self.rank(base, self.tests.lines(code, base.failing))

    def rank(self, base: _Base, suspect: dict[int, float]) -> list[tuple[float, int]]:
        """Changes by cost, less where failing tests come by; a line none comes by is left alone."""
        broken = {int(got.split(":")[1]) for got in (base.got[k] for k in base.failing) if got[0] == "!"}
        places = []
        for place, (_, edit) in enumerate(base.found):
            share = suspect.get(edit.line, 0.0) if suspect else 1.0
            if share or edit.kind in ("missing-return", "indentation", "missing-part", "flow", "missing-statement"):
                places.append((edit.cost - 0.5 * share - 0.4 * (edit.line in broken), place))
        return sorted(places)

    def tell(self, got: Outcomes, path: list[int], parts: list[tuple[float, int]], kind: str, cost: float) -> None:
        mends = self.mends(got)
        known = tuple(got) in self.right
        if self.smallest(self.paths.tree) if known else self.teller.wanted(got, MENDED_MAX if mends else REPORTED_MAX):
            written = {"source": ast.unparse(self.paths.tree)} if mends or known else {}
            self.teller.tell(got, path=path, parts=parts, kind=kind, cost=cost, **written)

    def mends(self, got: Outcomes) -> bool:
        """Whether it may be right, as far as can be told here: writing a version out takes as long as trying five."""
        failing = set(self.tests.failing)
        return all(
            (got[k] != own and got[k][0] == "=") if k in failing else got[k] == own for k, own in enumerate(self.own)
        )

    def attempt(self, base: _Base, step: int, edit: Edit, cost: float) -> None:
        taken = applied(edit)
        try:
            changed = {base.owner.get(id(node), 0) for node, _, _ in edit.sets}
            code = compiled(self.paths.tree, base.codes, changed)
            got = None if code is None else self.tests.changed(code, base.got, base.failing)
            if got:
                cost = max(0.3, cost)
                self.tell(got, [*base.path, step], [*base.parts, (cost, edit.line)], edit.kind, base.cost + cost)
        finally:
            undo(taken)


AT_ONCE = 40


def main(path: str = "work.json") -> None:
    gc.disable()
    warnings.simplefilter("ignore")
    with open(path) as file:
        work = json.load(file)
    signal.signal(signal.SIGPROF, ring)
    signal.signal(signal.SIGALRM, ring)
    Search(work, sys.stdout).run()

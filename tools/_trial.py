"""Tries thousands of versions of a student's program in one process. Runs inside the sandbox, on the standard library only.

The expected values stay outside: what is known here is what the program itself and accepted programs give. What comes
back is a hint for a search, never a verdict.
"""

import ast
import gc
import io
import json
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

from tools._align import Rewriting, nearer, nearest, rewritings, strip
from tools._distance import at_least, distance, shape
from tools._edits import Edit, applied, edits, undo

MARK = "\x1e"
LIMIT_MIN_S, LIMIT_MAX_S = 0.02, 0.25
ROUNDS_MIN, ROUNDS_MAX = 1_000, 1_000_000
SLACK = 20
"""A version may go round its loops this many times as often as the program itself, and take as many times as long: a
loop without end must not eat the budget. Rounds are counted, since a clock is slow to ring and a busy machine moves it."""
REFINED_MAX = 4
MEASURED_MAX = 6
REPORTED_MAX = 3
"""Versions told for each behaviour: the likeliest come first."""
OUTPUT_MAX = 3_000_000
TICK = "__tick__"
Outcomes = list[str]


class Late(BaseException):
    """A version ran out of its time."""


def ring(signum: int, frame: FrameType | None) -> None:
    raise Late


class Tests:
    """Runs a version on every test. An outcome is `=` with what came out, `!` with an error's type, `?` too late."""

    def __init__(self, work: dict[str, Any]) -> None:
        self.tests: list[dict[str, Any]] = work["tests"]
        self.failing: list[int] = work["failing"]
        self.order = [*self.failing, *(k for k in range(len(self.tests)) if k not in self.failing)]
        self.limit, self.rounds, self.rounds_max = LIMIT_MIN_S, 0, 20 * ROUNDS_MIN
        self.calls = [compile(test["call"], "call", "eval") if test["call"] else None for test in self.tests]

    def tick(self) -> None:
        self.rounds += 1
        if self.rounds > self.rounds_max:
            raise Late

    def one(self, code: CodeType, number: int) -> str:
        names: dict[str, Any] = {"__name__": "__main__", TICK: self.tick}
        self.rounds = 0
        real, out = sys.stdin, sys.stdout
        test, call = self.tests[number], self.calls[number]
        sys.stdin, sys.stdout = io.StringIO(test["stdin"]), io.StringIO()
        # Time on the processor: a busy machine must not make a version late. The second clock is for one that sleeps.
        signal.setitimer(signal.ITIMER_PROF, self.limit, 0.02)
        signal.setitimer(signal.ITIMER_REAL, 1.0, 0.02)
        try:
            exec(code, names)  # noqa: S102 - this is the sandbox
            got = repr(eval(call, names)) if call else sys.stdout.getvalue()  # noqa: S307
            return "=" + got[: test["chars"]]
        except Late:
            return "?"
        except BaseException as error:
            return "!" + type(error).__name__
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)
            sys.stdin, sys.stdout = real, out

    def guarded(self, code: CodeType, number: int) -> str:
        """As `one`, with the bell that rings while the bells are being put away."""
        try:
            return self.one(code, number)
        except Late:
            return "?"

    def all(self, code: CodeType, own: Outcomes | None = None) -> Outcomes | None:
        """None for a version that does on every failing test what the program itself does."""
        got = ["-"] * len(self.tests)
        for place, number in enumerate(self.order):
            if own and place == len(self.failing) and all(got[k] in (own[k], "?", "-") for k in self.failing):
                return None
            got[number] = self.guarded(code, number)
            if got[number] == "?" and own:
                break
        return None if own and all(got[k] in (own[k], "?", "-") for k in self.failing) else got

    def measure(self, code: CodeType) -> Outcomes:
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

    def lines(self, code: CodeType) -> dict[int, int]:
        """How many failing tests come through each line."""
        counts: dict[int, int] = {}
        for number in self.failing[:4]:
            seen: set[int] = set()

            def note(frame: FrameType, event: str, value: object, seen: set[int] = seen) -> Any:
                if frame.f_code.co_filename != "main.py":
                    return None
                seen.add(frame.f_lineno)
                return note

            sys.settrace(note)
            try:
                self.guarded(code, number)
            finally:
                sys.settrace(None)
            for line in seen:
                counts[line] = counts.get(line, 0) + 1
        return counts


class Teller:
    """Writes down each behaviour that is new, with the version that shows it."""

    def __init__(self, out: Any) -> None:
        self._out, self._written = out, 0
        self._told: dict[tuple[str, ...], int] = {}

    def own(self, outcomes: Outcomes) -> None:
        self._write({"own": outcomes})

    def wanted(self, outcomes: Outcomes) -> bool:
        return self._told.get(tuple(outcomes), 0) < REPORTED_MAX

    def tell(self, outcomes: Outcomes, **facts: Any) -> None:
        self._told[tuple(outcomes)] = self._told.get(tuple(outcomes), 0) + 1
        self._write({"got": outcomes, **facts})

    def _write(self, facts: dict[str, Any]) -> None:
        text = MARK + json.dumps(facts) + "\n"
        self._written += len(text)
        if self._written < OUTPUT_MAX:
            self._out.write(text)
            self._out.flush()


def compiled(tree: ast.Module) -> CodeType | None:
    """With a bell in every loop, which is taken out of the tree again."""
    loops = list(_loops(tree.body))
    bodies = [loop.body for loop in loops]
    for loop in loops:
        loop.body = [_bell(loop.lineno), *loop.body]
    try:
        return compile(tree, "main.py", "exec")
    except (SyntaxError, ValueError, TypeError, RecursionError, AttributeError):
        return None
    finally:
        for loop, body in zip(loops, bodies, strict=True):
            loop.body = body


def _loops(block: list[ast.stmt]) -> Iterator[ast.For | ast.While]:
    for statement in block:
        if isinstance(statement, ast.For | ast.While):
            yield statement
        for field in ("body", "orelse", "finalbody", "handlers"):
            if inner := getattr(statement, field, None):
                yield from _loops(inner)


def _bell(line: int) -> ast.stmt:
    call = ast.Call(func=ast.Name(id=TICK, ctx=ast.Load()), args=[], keywords=[])
    return ast.fix_missing_locations(
        ast.copy_location(ast.Expr(value=call), ast.Pass(lineno=line, end_lineno=line, col_offset=0, end_col_offset=0))
    )


@dataclass(frozen=True, slots=True)
class _Base:
    """What a further change is tried on: the numbers of edits, what they lead to, where they are, what they cost."""

    edits: list[int]
    got: Outcomes
    lines: list[int]
    cost: float


class Search:
    """One round: accepted programs brought near, then edits on top of the bases that the round was given."""

    def __init__(self, work: dict[str, Any], out: Any) -> None:
        self.work, self.tests, self.teller = work, Tests(work), Teller(out)
        self.tree = strip(ast.parse(work["code"]))
        self.until = time.monotonic() + work["seconds"]
        code = compiled(self.tree) or compile(self.tree, "main.py", "exec")
        self.own = self.tests.measure(code)
        self.teller.own(self.own)
        self.shape = shape(self.tree)
        self.best = len(self.shape.labels) + 1
        self.mended: list[tuple[int, int, ast.Module, Outcomes, dict[str, Any]]] = []
        self.right: set[tuple[str, ...]] = set()
        self.lines = self.tests.lines(code)

    def late(self) -> bool:
        return bool(time.monotonic() > self.until)

    def run(self) -> None:
        if self.work["accepted"]:
            self.until = time.monotonic() + self.work["seconds"] * 0.7
            self.compare()
            self.until = time.monotonic() + self.work["seconds"] * 0.3
        if self.work["bases"]:
            self.deepen(self.work["bases"])
        else:
            self.mutate()

    def compare(self) -> None:
        for other in nearest(self.tree, self.work["accepted"]):
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
        for part in sorted(chosen, key=change.weight, reverse=True):
            fewer = [k for k in chosen if k != part]
            if self.result(change.patched(fewer)) == right:
                chosen = fewer
        self.refine(change, chosen, right)
        source = change.patched(chosen)
        facts = {"lines": change.lines(chosen), "kind": change.kind(chosen), "source": source}
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
                self.teller.tell(right, base=None, size=size, cost=1.5, **facts)

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
        return self.tests.all(code) if code else None

    def mutate(self) -> None:
        for number, edit in self.ranked(edits(self.tree)):
            if self.late():
                return
            self.attempt(_Base([], self.own, [], 0.0), number, edit)

    def ranked(self, found: list[Edit]) -> Iterator[tuple[int, Edit]]:
        """Edits with their numbers, those first that failing tests come by; a line none comes by is left alone."""
        most = max(self.lines.values(), default=0)
        places = []
        for number, edit in enumerate(found):
            share = self.lines.get(edit.line, 0) / most if most else 1.0
            if share or edit.kind in ("missing-return", "indentation", "missing-part", "flow"):
                places.append((edit.cost - 0.5 * share, number))
        return ((number, found[number]) for _, number in sorted(places))

    def attempt(self, base: _Base, number: int, edit: Edit) -> None:
        taken = applied(edit)
        try:
            code = compiled(self.tree)
            got = self.tests.all(code, base.got) if code else None
            if got and (self.teller.wanted(got) or tuple(got) in self.right):
                right = tuple(got) in self.right
                size = self.smaller(self.tree) if right else at_least(self.shape, shape(self.tree))
                if size is None:
                    return
                source = ast.unparse(self.tree)
                self.teller.tell(
                    got, base=[*base.edits, number], lines=[*dict.fromkeys([*base.lines, edit.line])], kind=edit.kind,
                    size=size, cost=base.cost + edit.cost, source=source,
                )  # fmt: skip
        finally:
            undo(taken)

    def deepen(self, bases: list[dict[str, Any]]) -> None:
        """A further change on top of each base, all bases by turns so that none eats the time of another."""
        turns = [self.tries(_Base(**base)) for base in bases]
        while turns and not self.late():
            turns = [turn for turn in turns if next(turn, None) is not None]

    def tries(self, base: _Base, at_once: int = 150) -> Iterator[int]:
        ranked: list[int] = []
        start = 0
        while not start or start < len(ranked):
            taken = [applied(edits(self.tree)[number]) for number in base.edits]
            found = edits(self.tree)
            ranked = ranked or [number for number, _ in self.ranked(found)]
            for number in ranked[start : start + at_once]:
                if self.late():
                    break
                self.attempt(base, number, found[number])
            for before in reversed(taken):
                undo(before)
            start += at_once
            yield start


def main(path: str = "work.json") -> None:
    gc.disable()
    with open(path) as file:
        work = json.load(file)
    signal.signal(signal.SIGPROF, ring)
    signal.signal(signal.SIGALRM, ring)
    Search(work, sys.stdout).run()

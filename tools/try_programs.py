"""Runs many versions of one program on a few tests in a single sandboxed process, to find out which of them pass.

The expected values stay outside. What comes back is a hint for a search, never a verdict: those come from `grade`.
"""

import ast
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.ports import Policy, Program, Test
from tools.run_code import Runner

PROGRAMS_MAX = 400
SECONDS_PER_TEST = 0.15
MARK = "\x1e"

_DRIVER = """
import io, json, signal, sys
sys.setrecursionlimit(400)
class Late(BaseException): pass
def ring(*_): raise Late()
signal.signal(signal.SIGALRM, ring)
work = json.load(open("work.json"))
real, out = sys.stdin, sys.stdout
def quiet(code, test):
    names = {"__name__": "__main__"}
    sys.stdin, sys.stdout = io.StringIO(test["stdin"]), io.StringIO()
    signal.setitimer(signal.ITIMER_REAL, work["seconds"], 0.02)
    try:
        exec(code, names)
        got = repr(eval(test["call"], names)) if test["call"] else sys.stdout.getvalue()
        return ["ok", got[:2000]]
    except Late: return ["timeout", ""]
    except BaseException as error: return ["error", type(error).__name__]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.stdin, sys.stdout = real, out
for number, source in enumerate(work["programs"]):
    try: code = compile(source, "main.py", "exec")
    except Exception: continue
    row = []
    for test in work["tests"]:
        try: row.append(quiet(code, test))
        except Late: row.append(["timeout", ""])
        if row[-1][0] != "ok": break
    out.write(work["mark"] + json.dumps([number, row]) + "\\n"); out.flush()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How one version fared: `passed` tells, test by test, whether it did; `got` what it gave (repr or printed)."""

    passed: tuple[bool, ...]
    got: tuple[str, ...]

    @property
    def all_passed(self) -> bool:
        return bool(self.passed) and all(self.passed)


def runnable(tests: Sequence[Test]) -> list[Test]:
    """Those that can be tried in a batch: calls and stdin, not properties."""
    return [test for test in tests if test.mode in ("call", "stdin")]


async def try_programs(
    runner: Runner, programs: Sequence[str], tests: Sequence[Test], *, seconds: float = 4.0
) -> list[Tried | None]:
    """One entry a program, None for one that was not reached or does not compile. Raises SandboxUnavailable and
    BudgetSpent."""
    chosen = runnable(tests)
    tried: list[Tried | None] = [None] * len(programs)
    if not chosen or not programs:
        return tried
    work = {
        "programs": list(programs[:PROGRAMS_MAX]), "seconds": SECONDS_PER_TEST, "mark": MARK,
        "tests": [{"call": t.call if t.mode == "call" else "", "stdin": t.stdin} for t in chosen],
    }  # fmt: skip
    policy = Policy(wall_s=seconds, cpu_s=seconds, output_bytes_max=4 * 1024 * 1024)
    result = await runner.run_program(Program(code=_DRIVER, files={"work.json": json.dumps(work).encode()}), policy)
    for line in result.stdout.split("\n"):
        if line.startswith(MARK):
            _note(line, chosen, tried)
    return tried


def _note(line: str, tests: Sequence[Test], tried: list[Tried | None]) -> None:
    try:
        number, row = json.loads(line[len(MARK) :])
        outcomes = [(str(status), str(got)) for status, got in row]
    except (ValueError, TypeError):
        return  # the program under trial wrote the mark itself: that line tells nothing
    if not isinstance(number, int) or not 0 <= number < len(tried):
        return
    passed = tuple(status == "ok" and same(got, test) for (status, got), test in zip(outcomes, tests, strict=False))
    # The driver stops a version at its first failure, so what was not reached has not passed.
    passed += (False,) * (len(tests) - len(passed))
    tried[number] = Tried(passed=passed, got=tuple(got if status == "ok" else status for status, got in outcomes))


def same(got: str, test: Test) -> bool:
    """Whether what came out is what the test expects: literals by value, within its tolerance; printed text by words."""
    if test.mode == "stdin":
        return got.split() == test.expect.split()
    if got == test.expect:
        return True
    try:
        return _equal(ast.literal_eval(got), ast.literal_eval(test.expect), test.tolerance)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return False


def _equal(a: object, b: object, tolerance: float) -> bool:
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b or math.isclose(a, b, rel_tol=1e-9, abs_tol=tolerance)
    if isinstance(a, (list, tuple)) and type(a) is type(b):
        return len(a) == len(b) and all(_equal(x, y, tolerance) for x, y in zip(a, b, strict=True))
    return type(a) is type(b) and a == b

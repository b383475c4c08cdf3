"""Runs many versions of one program on a few tests in a single sandboxed process, to find out which of them pass.

The expected values stay outside. What comes back is a hint for a search, never a verdict: those come from `grade`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from core.ports import Policy, Program, Test
from tools._nearness import agrees
from tools.run_code import Runner

PROGRAMS_MAX = 400
SECONDS_PER_TEST = 0.1
ENDS_EARLY = 0.85
"""The share of the time after which no other version is begun: a run that ends by itself keeps what it printed."""
MARK = "\x1e"

_DRIVER = """
import io, json, signal, sys, time
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
until = time.monotonic() + work["until"]
for number, source in enumerate(work["programs"]):
    if time.monotonic() > until: break
    try: code = compile(source, "main.py", "exec")
    except Exception: continue
    row = []
    for test in work["tests"]:
        try: row.append(quiet(code, test))
        except Late: row.append(["timeout", ""])
        if row[-1][0] == "timeout" or row[-1][0] == "error" and not work["all"]: break
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
    runner: Runner, programs: Sequence[str], tests: Sequence[Test], *, seconds: float = 4.0, every: bool = False
) -> list[Tried | None]:
    """One entry a program, None for one that was not reached or does not compile. `every`: go on after a test at which
    a version raised or came too late, so that the passed ones can be counted. Raises SandboxUnavailable and
    BudgetSpent."""
    chosen = runnable(tests)
    tried: list[Tried | None] = [None] * len(programs)
    if not chosen or not programs:
        return tried
    work = {
        "programs": list(programs[:PROGRAMS_MAX]), "seconds": SECONDS_PER_TEST, "mark": MARK, "all": every, "until": ENDS_EARLY * seconds,
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
    return agrees(got, test.expect, printed=test.mode == "stdin", tolerance=test.tolerance)

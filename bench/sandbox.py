"""What isolation costs, as ratios to starting a bare interpreter that isolates nothing; all in one run.

python -m bench.sandbox [runs]
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from core.ports import Program, Sandbox, Test
from core.settings import SandboxSettings
from sandbox import open_sandbox

HELLO = Program(code="print('hi')")
SCIENCE = Program(code="import numpy, sympy\nprint('hi')")
LOOP = Program(code="n = 0\nwhile n < 499:\n    n += 1\nprint(n)\n")
SQUARE = Program(code="def square(n):\n    return n * n\n")
TESTS = [Test(name=str(n), call=f"square({n})", expect=str(n * n)) for n in range(20)]
PAUSE_S = 0.02  # between two measurements, so that each finds the standby ready, as a student's run does


async def bare() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-I", "-c", HELLO.code, stdout=subprocess.PIPE)
    await process.communicate()


async def measure(runs: int, acts: dict[str, Callable[[], Awaitable[object]]]) -> dict[str, list[float]]:
    """Seconds of each act, taken in turn so that all meet the same machine; sorted."""
    seconds: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(runs):
        for name, act in acts.items():
            started = time.perf_counter()
            await act()
            seconds[name].append(time.perf_counter() - started)
            await asyncio.sleep(PAUSE_S)
    return {name: sorted(found) for name, found in seconds.items()}


async def sustained(act: Callable[[], Awaitable[object]], seconds: float = 3.0) -> float:
    """Acts a second, two at a time."""
    done = 0
    until = time.perf_counter() + seconds

    async def work() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await act()
            done += 1

    await asyncio.gather(work(), work())
    return done / seconds


def memory() -> str:
    """RSS and PSS of every process below this one, MiB."""
    lines = []
    todo = [Path("/proc/self")]
    while todo:
        process = todo.pop()
        for pid in (process / f"task/{process.resolve().name}/children").read_text().split():
            child = Path("/proc") / pid
            todo.append(child)
            facts = dict(line.split(":", 1) for line in (child / "smaps_rollup").read_text().splitlines()[1:])
            lines.append("/".join(str(int(facts[key].split()[0]) // 1024) for key in ("Rss", "Pss")))
    return ", ".join(lines)


async def report(sandbox: Sandbox, runs: int) -> None:
    acts: dict[str, Callable[[], Awaitable[object]]] = {
        "bare python, nothing isolated": bare,
        "print": lambda: sandbox.run(HELLO),
        "print after importing numpy and sympy": lambda: sandbox.run(SCIENCE),
        "20 hidden tests": lambda: sandbox.grade(SQUARE, TESTS),
        "a trace of 1,000 steps": lambda: sandbox.trace(LOOP),
    }
    found = await measure(runs, acts)
    unit = found["bare python, nothing isolated"][runs // 2]
    for name, seconds in found.items():
        p50, p95 = seconds[runs // 2], seconds[runs * 95 // 100]
        print(f"{name:40} p50 {p50 * 1e3:7.2f} ms {p50 / unit:5.2f}x   p95 {p95 * 1e3:7.2f} ms {p95 / unit:5.2f}x")
    tests, run = found["20 hidden tests"][runs // 2], found["print"][runs // 2]
    print(f"20 hidden tests against one run: {tests / run:.2f}x")
    many, few = await sustained(lambda: sandbox.run(HELLO)), await sustained(bare)
    print(f"sustained: {many:.0f}/s, bare {few:.0f}/s, {many / few:.2f}x")
    print(f"RSS/PSS of each process, MiB: {memory()}")


async def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    async with open_sandbox(SandboxSettings(slots=2)) as sandbox:
        print(sandbox.level)
        await asyncio.sleep(5.0)  # let every slot warm up
        await report(sandbox, runs)


if __name__ == "__main__":
    asyncio.run(main())

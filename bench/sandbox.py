"""What isolation costs, as ratios to starting a bare interpreter that isolates nothing; all measured in one run."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from bench.report import Row
from core.errors import SandboxUnavailable
from core.ports import Program, Sandbox, Test
from core.settings import SandboxSettings
from sandbox import open_sandbox
from sandbox.docker.pool import open_docker
from sandbox.service import Service

HELLO = Program(code="print('hi')")
SCIENCE = Program(code="import numpy, sympy\nprint('hi')")
LOOP = Program(code="n = 0\nwhile n < 499:\n    n += 1\nprint(n)\n")
SQUARE = Program(code="def square(n):\n    return n * n\n")
TESTS = [Test(name=str(n), call=f"square({n})", expect=str(n * n)) for n in range(20)]
RUNS = 200
WARM_S = 5.0
PAUSE_S = 0.02  # between two measurements, so that each finds the standby ready, as a student's run does
SUSTAINED_S = 2.0
ROUNDS = 5
CLIENTS = 3  # one more than slots, so that somebody always waits

Act = Callable[[], Awaitable[object]]


def bench() -> Iterator[Row]:
    yield from asyncio.run(_measure_all())
    yield from asyncio.run(_measure_docker())


async def _measure_all() -> list[Row]:
    async with open_sandbox(SandboxSettings(backend="native", slots=2)) as sandbox:
        if sandbox.level.startswith("none"):
            return [Row("programs cannot be isolated here", sandbox.level)]
        await asyncio.sleep(WARM_S)
        latency = await _latency(sandbox)
        return [
            Row("walls", sandbox.level),
            *latency,
            await _throughput(sandbox),
            *_memory(),
        ]


async def _measure_docker() -> list[Row]:
    """Each run takes a container of its own; the next one waits until the pool is as warm as a student finds it."""
    try:
        async with open_docker(SandboxSettings(backend="docker", slots=2)) as docker:
            sandbox = Service(docker)
            acts: dict[str, Act] = {"bare": _bare, "print": lambda: sandbox.run(HELLO)}
            found = await _in_turn(acts, docker.until_warm)
            unit, p50, p95 = found["bare"][RUNS // 2], found["print"][RUNS // 2], found["print"][RUNS * 95 // 100]
            return [
                Row("walls", docker.level),
                _ratio("docker, a warm container for each program: p50", p50, unit, 6.0),
                Row("docker, a warm container for each program: p95", f"{p95 * 1e3:.2f} ms, {p95 / unit:.2f}x"),
                Row("docker, sustained", f"{await _sustained(lambda: sandbox.run(HELLO)):.1f}/s"),
            ]
    except SandboxUnavailable as refusal:
        return [Row("docker cannot be measured here", refusal.message)]


async def _latency(sandbox: Sandbox) -> list[Row]:
    acts: dict[str, Act] = {
        "bare": _bare,
        "print": lambda: sandbox.run(HELLO),
        "science": lambda: sandbox.run(SCIENCE),
        "tests": lambda: sandbox.grade(SQUARE, TESTS),
        "trace": lambda: sandbox.trace(LOOP),
    }
    found = await _in_turn(acts)
    p50 = {name: seconds[RUNS // 2] for name, seconds in found.items()}
    p95 = {name: seconds[RUNS * 95 // 100] for name, seconds in found.items()}
    unit = p50["bare"]
    return [
        Row("bare python3 -I -c \"print('hi')\", nothing isolated", f"p50 {unit * 1e3:.1f} ms"),
        _ratio("the same program, fully isolated: p50", p50["print"], unit, 0.35),
        _ratio("the same program, fully isolated: p95", p95["print"], unit, 0.6),
        _ratio("a program that imports numpy and sympy: p50", p50["science"], unit, 0.7),
        _ratio("20 hidden tests, against one run: p50", p50["tests"], p50["print"], 2.0),
        Row("a trace of 1,000 steps: p50", f"{p50['trace']:.3f} s", "≤ 0.5 s", p50["trace"] <= 0.5),
    ]


async def _in_turn(acts: dict[str, Act], ready: Act | None = None) -> dict[str, list[float]]:
    """Seconds of each act, sorted; taken in turn, so that all meet the same machine, each when it is `ready`."""
    seconds: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(RUNS):
        for name, act in acts.items():
            if ready is not None:
                await ready()
            started = time.perf_counter()
            await act()
            seconds[name].append(time.perf_counter() - started)
            await asyncio.sleep(PAUSE_S)
    return {name: sorted(found) for name, found in seconds.items()}


async def _throughput(sandbox: Sandbox) -> Row:
    rounds = [(await _sustained(lambda: sandbox.run(HELLO)), await _sustained(_bare)) for _ in range(ROUNDS)]
    many, few = (sum(rates) / ROUNDS for rates in zip(*rounds, strict=True))
    return Row("sustained on all cores, against bare", f"{many:.0f}/s, {many / few:.2f}x", "≥ 3x", many >= 3 * few)


async def _sustained(act: Act) -> float:
    """Acts a second, when there is always one more waiting."""
    done = 0
    until = time.perf_counter() + SUSTAINED_S

    async def work() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await act()
            done += 1

    await asyncio.gather(*(work() for _ in range(CLIENTS)))
    return done / SUSTAINED_S


async def _bare() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-I", "-c", HELLO.code, stdout=subprocess.PIPE)
    await process.communicate()


def _ratio(what: str, seconds: float, unit: float, bound: float) -> Row:
    return Row(what, f"{seconds * 1e3:.2f} ms, {seconds / unit:.2f}x", f"≤ {bound}x", seconds <= bound * unit)


def _memory() -> list[Row]:
    """A row a kind of slot: each of its processes, and all together. PSS shares a page among those who share it."""
    slots: dict[str, list[dict[str, tuple[float, float]]]] = {"plain": [], "science": []}
    for launcher in _children(os.getpid()):
        for zygote in _children(launcher):
            below = _children(zygote)
            if len(below) < 2:  # not warm yet
                continue
            processes = {"launcher": launcher, "zygote": zygote, "mother": below[0], "standby": below[-1]}
            kind = "science" if "numpy" in Path(f"/proc/{zygote}/maps").read_text() else "plain"
            slots[kind].append({name: _mebibytes(pid) for name, pid in processes.items()})
    return [_memory_row(kind, found) for kind, found in slots.items() if found]


def _memory_row(kind: str, slots: list[dict[str, tuple[float, float]]]) -> Row:
    def mean(name: str, which: int) -> float:
        return sum(slot[name][which] for slot in slots) / len(slots)

    parts = [f"{name} {mean(name, 0):.0f}/{mean(name, 1):.0f}" for name in slots[0]]
    together = sum(mean(name, 1) for name in slots[0])
    return Row(f"memory of a warm {kind} slot, RSS/PSS in MiB", f"{', '.join(parts)}; PSS together {together:.0f}")


def _children(pid: int) -> list[int]:
    """In the order of their birth; not the dead."""
    found = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    return sorted(child for child in found if Path(f"/proc/{child}/maps").read_text())


def _mebibytes(pid: int) -> tuple[float, float]:
    """Resident, and its share of what is resident."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    facts = dict(line.split(":", 1) for line in lines)
    rss, pss = (int(facts[key].split()[0]) / 1024 for key in ("Rss", "Pss"))
    return rss, pss


if __name__ == "__main__":
    from rich.console import Console

    for row in bench():
        row.show(Console())

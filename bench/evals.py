"""What a suite costs beside its turns: a thousand cases offline, alone and as a suite, on one core and on all.

`python -m bench.evals DATA` answers the turns of a dataset one after another and prints the seconds that took.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.report import Row
from core.settings import Settings
from evals.classroom import open_classroom
from evals.datasets import Files
from evals.suites import find_suite
from evals.task import find_task
from evals.tasks.turns import ask_of

CASES = int(os.environ.get("BENCH_CASES", "1000"))
TIMES = 1.2


def bench() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="lf-bench-") as folder:
        data = Path(folder) / "turns.jsonl"
        lines = find_suite("latency").files.data.read_text().splitlines()
        rows = [json.loads(lines[n % len(lines)]) | {"id": f"case-{n}"} for n in range(CASES)]
        data.write_text("".join(json.dumps(row) + "\n" for row in rows))
        one = min(os.sched_getaffinity(0))
        alone = float(_measured([sys.executable, "-m", "bench.evals", str(data)], {one})[1])
        pinned, _ = _measured(_suite(data, Path(folder) / "one"), {one})
        free, _ = _measured(_suite(data, Path(folder) / "all"), None)
    yield Row(f"{CASES} turns one after another, one core", f"{alone:.1f} s ({alone / CASES * 1000:.0f} ms a turn)")
    ratio = pinned / alone
    yield Row(
        "the same as a suite, one core, from start to result.json",
        f"{pinned:.1f} s, {ratio:.2f} times",
        f"at most {TIMES} times",
        ratio <= TIMES,
    )
    yield Row(
        "the same as a suite, every core",
        f"{free:.1f} s, {free / pinned:.2f} of the suite on one",
        "less: it uses both",
        free < pinned,
    )


def _suite(data: Path, out: Path) -> list[str]:
    return [sys.executable, "-m", "cli.main", "evals", "run", "--task", "turns", "--data", str(data), "--out", str(out)]


def _measured(command: list[str], cores: set[int] | None) -> tuple[float, str]:
    """Seconds and standard output; `cores` are those on which it and its children may run, the database's too."""
    began = time.monotonic()
    keep = os.sched_getaffinity(0)
    if cores:
        os.sched_setaffinity(0, cores)  # children inherit it
    try:
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    finally:
        os.sched_setaffinity(0, keep)
    return time.monotonic() - began, done.stdout.strip()


async def alone(data: Path) -> float:
    cases = find_task("turns").read(Files(data=data))
    async with open_classroom(Settings(), lambda done, total, what: None) as room:
        began = time.perf_counter()
        for case in cases:
            student, thread = await room.add_student(), None
            for turn in case.row.turns:
                _, thread = await room.say(student, ask_of(turn), thread)
        return time.perf_counter() - began


if __name__ == "__main__":
    print(asyncio.run(alone(Path(sys.argv[1]))))

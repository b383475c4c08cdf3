"""Many inputs for one program: a few at a time, so that a batch neither waits in line nor fills it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from core.errors import Invalid
from core.ports import Given, Program, RunResult

INPUTS_MAX = 200
AT_ONCE = 4  # a student's batch shares that student's turn in the queue; more would only wait there


def check(inputs: Sequence[Given]) -> None:
    """Raises Invalid."""
    if len(inputs) > INPUTS_MAX:
        raise Invalid("a batch has too many inputs", inputs_max=INPUTS_MAX)


def programs(program: Program, inputs: Sequence[Given]) -> list[Program]:
    return [replace(program, stdin=given.stdin, args=given.args) for given in inputs]


async def side_by_side(
    run: Callable[[Program], Awaitable[RunResult]], given: Sequence[Program]
) -> tuple[RunResult, ...]:
    """The results in order. What one raises is raised, and the others are killed."""
    results: dict[int, RunResult] = {}
    waiting = iter(enumerate(given))

    async def work() -> None:
        for i, program in waiting:
            results[i] = await run(program)

    workers = [asyncio.ensure_future(work()) for _ in range(min(AT_ONCE, len(given)))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return tuple(results[i] for i in range(len(given)))

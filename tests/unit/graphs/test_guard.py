"""A node that fails, dawdles or has nothing left to spend costs its part of the answer, told plainly, and no more."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from langgraph.runtime import Runtime

from agents.spec import Spec
from agents.turn import Budget, Context, Turn
from core.clock import FakeClock
from core.errors import LeaseLost, SandboxUnavailable
from graphs.guard import guard
from tests.fakes import Fakes

STATE: Turn = {"plan": [{"agent": "debugging", "intent": "debugging", "focus": ""}], "evidence": [], "problems": []}


def spec(node: Any, stage: str = "plan") -> Spec:
    return Spec(name="debugging", doing="Running your program", node=node, stage=stage)


async def run(node: Any, *, stage: str = "plan", runtime: Runtime[Context] | None = None, seconds: float = 1.0) -> Turn:
    return await guard(spec(node, stage), seconds)(STATE, runtime=runtime or Fakes().runtime())


async def test_a_failing_tool_is_told_in_its_own_words() -> None:
    async def node(state: Turn, *, runtime: Any) -> None:
        raise SandboxUnavailable

    update = await run(node)

    (found,) = update["evidence"]
    assert found["missing"] == [
        "I could not finish one part of this (running your program): "
        "No sandbox that isolates enough is available, so no code is run."
    ]


async def test_a_node_that_dawdles_is_stopped() -> None:
    async def node(state: Turn, *, runtime: Any) -> None:
        await asyncio.sleep(60)

    update = await run(node, seconds=0.05)

    assert "it took too long" in update["evidence"][0]["missing"][0]


async def test_a_lost_lease_is_no_failure_of_the_node() -> None:
    async def node(state: Turn, *, runtime: Any) -> None:
        raise LeaseLost

    with pytest.raises(LeaseLost):
        await run(node)


async def test_the_last_node_always_leaves_an_answer() -> None:
    async def node(state: Turn, *, runtime: Any) -> None:
        raise ZeroDivisionError

    update = await run(node, stage="after")

    assert "something went wrong on our side" in update["answer"]["reply"]


@pytest.mark.parametrize(("seconds", "steps", "why"), [(10, 0, "all its steps"), (0, 5, "all its time")])
async def test_a_spent_budget_is_asked_before_the_node_runs(seconds: float, steps: int, why: str) -> None:
    ran = False

    async def node(state: Turn, *, runtime: Any) -> Turn:
        nonlocal ran
        ran = True
        return {}

    runtime = Fakes().runtime()
    runtime.context = replace(runtime.context, budget=Budget(clock=FakeClock(), seconds=seconds, steps=steps, tokens=0))
    update = await run(node, runtime=runtime)

    assert why in update["evidence"][0]["missing"][0]
    assert not ran

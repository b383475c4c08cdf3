"""Who works next: pure decisions over the state. They are coroutines because LangGraph would send a plain function to a
thread, and say what they read because it would copy the whole state for them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from typing_extensions import TypedDict

from agents.spec import Spec
from agents.turn import AskState, Evidence, PlannedStep


class Walked(TypedDict, total=False):
    plan: list[PlannedStep]
    evidence: list[Evidence]


class Found(TypedDict, total=False):
    evidence: list[Evidence]


class Spoken(TypedDict):
    ask: AskState


Router = Callable[[Any], Awaitable[str]]


def plan_router(specs: Mapping[str, Spec], after: str) -> Router:
    """A router that walks the plan, one agent for each piece of evidence still missing, then goes to `after`."""
    planned = {name for name, spec in specs.items() if spec.stage == "plan"}

    async def next_agent(state: Walked) -> str:
        plan, had = state.get("plan", []), len(state.get("evidence", []))
        if had < len(plan) and plan[had]["agent"] in planned:
            return plan[had]["agent"]
        return after

    return next_agent


def speaker_router(tutor: str, person: str) -> Router:
    """A router at the door: a person's words go to `person`, a student's to `tutor`."""

    async def who_speaks(state: Spoken) -> str:
        return person if state["ask"].get("teacher") else tutor

    return who_speaks


def waiting_router(person: str, end: str) -> Router:
    """A router at the end: to `person` when one was asked, so that the thread waits there."""

    async def waits(state: Found) -> str:
        return person if any(found.get("waits") for found in state.get("evidence", [])) else end

    return waits

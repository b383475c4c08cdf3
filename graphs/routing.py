"""Who works next: pure decisions over the state."""

from collections.abc import Callable, Mapping

from agents.spec import Spec
from agents.turn import Turn


def plan_router(specs: Mapping[str, Spec], after: str) -> Callable[[Turn], str]:
    """A router that walks the plan, one agent for each piece of evidence still missing, then goes to `after`."""
    planned = {name for name, spec in specs.items() if spec.stage == "plan"}

    def next_agent(state: Turn) -> str:
        plan, had = state.get("plan", []), len(state.get("evidence", []))
        if had < len(plan) and plan[had]["agent"] in planned:
            return plan[had]["agent"]
        return after

    return next_agent


def speaker_router(tutor: str, person: str) -> Callable[[Turn], str]:
    """A router at the door: a person's words go to `person`, a student's to `tutor`."""

    def who_speaks(state: Turn) -> str:
        return person if state["ask"].get("teacher") else tutor

    return who_speaks


def waiting_router(person: str, end: str) -> Callable[[Turn], str]:
    """A router at the end: to `person` when one was asked, so that the thread waits there."""

    def waits(state: Turn) -> str:
        return person if any(found.get("waits") for found in state.get("evidence", [])) else end

    return waits

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

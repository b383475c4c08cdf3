"""The whole state machine: what comes before the plan, the agents the plan names, what comes after."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from agents.spec import Spec, load_specs
from agents.turn import Context, Turn
from graphs.guard import guard
from graphs.routing import plan_router

Tutor = CompiledStateGraph[Turn, Context, Turn, Turn]


def build_tutor(
    saver: BaseCheckpointSaver[Any] | None = None,
    *,
    specs: Mapping[str, Spec] | None = None,
    node_seconds_max: float = 12.0,
) -> Tutor:
    """Compile the graph from the agents in the folder (or `specs`): before → the plan's agents, in turn → after."""
    specs = load_specs() if specs is None else specs
    graph: StateGraph[Turn, Context, Turn, Turn] = StateGraph(Turn, context_schema=Context)
    for name, spec in specs.items():
        graph.add_node(name, guard(spec, node_seconds_max))

    before, planned, after = (_names(specs, stage) for stage in ("before", "plan", "after"))
    graph.add_edge(START, before[0])
    for one, next_one in pairwise(before):
        graph.add_edge(one, next_one)

    route = plan_router(specs, after[0])
    for name in [before[-1], *planned]:
        graph.add_conditional_edges(name, route, [*planned, after[0]])

    for one, next_one in pairwise(after):
        graph.add_edge(one, next_one)
    graph.add_edge(after[-1], END)
    return graph.compile(checkpointer=saver)


def draw(tutor: Tutor) -> str:
    """The compiled graph as Mermaid text, as README shows it."""
    return tutor.get_graph().draw_mermaid()


def _names(specs: Mapping[str, Spec], stage: str) -> list[str]:
    return [name for name, spec in specs.items() if spec.stage == stage]

"""The whole state machine: what comes before the plan, the agents the plan names, what comes after; and a person's turn."""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from agents.spec import Spec, load_specs
from agents.turn import Context, Turn
from graphs.guard import guard
from graphs.routing import plan_router, speaker_router, waiting_router

_ROUTER = "next_step"
_TWO_WAYS = 2  # who speaks, and whether the thread waits
Tutor = CompiledStateGraph[Turn, Context, Turn, Turn]


def build_tutor(
    saver: BaseCheckpointSaver[Any] | None = None,
    *,
    specs: Mapping[str, Spec] | None = None,
    node_seconds_max: float = 12.0,
) -> Tutor:
    """Compile the graph from the agents in the folder (or `specs`): before → the plan's agents, in turn → after. Where a
    person was asked the thread waits before its end; a person's own words go straight there."""
    specs = load_specs() if specs is None else specs
    graph: StateGraph[Turn, Context, Turn, Turn] = StateGraph(Turn, context_schema=Context)
    for name, spec in specs.items():
        graph.add_node(name, guard(spec, node_seconds_max))

    before, planned, after, person = (_names(specs, stage) for stage in ("before", "plan", "after", "person"))
    _let_in(graph, before[0], person)
    for one, next_one in pairwise(before):
        graph.add_edge(one, next_one)

    route = plan_router(specs, after[0])
    for name in [before[-1], *planned]:
        graph.add_conditional_edges(name, route, [*planned, after[0]])

    for one, next_one in pairwise(after):
        graph.add_edge(one, next_one)
    _let_out(graph, after[-1], person)
    return graph.compile(checkpointer=saver)


def _let_in(graph: StateGraph[Turn, Context, Turn, Turn], first: str, person: list[str]) -> None:
    if not person:
        graph.add_edge(START, first)
        return
    graph.add_conditional_edges(START, speaker_router(first, person[0]), [first, person[0]])


def _let_out(graph: StateGraph[Turn, Context, Turn, Turn], last: str, person: list[str]) -> None:
    if not person:
        graph.add_edge(last, END)
        return
    graph.add_conditional_edges(last, waiting_router(person[0], END), [person[0], END])
    graph.add_edge(person[0], END)


def draw(tutor: Tutor) -> str:
    """The compiled graph as Mermaid text, as README shows it. The plan's edges are one router's: they are drawn through
    it, since every agent to every other would be a ball of wool."""
    graph = tutor.get_graph()
    router = graph.add_node(None, _ROUTER)
    ways = Counter(edge.source for edge in graph.edges if edge.conditional)
    plain = [edge for edge in graph.edges if ways[edge.source] <= _TWO_WAYS]
    chosen = [edge for edge in graph.edges if ways[edge.source] > _TWO_WAYS]
    graph.edges = plain
    for source in dict.fromkeys(edge.source for edge in chosen):
        graph.add_edge(graph.nodes[source], router)
    for target in dict.fromkeys(edge.target for edge in chosen):
        graph.add_edge(router, graph.nodes[target], conditional=True)
    return graph.draw_mermaid()


def _names(specs: Mapping[str, Spec], stage: str) -> list[str]:
    return [name for name, spec in specs.items() if spec.stage == stage]

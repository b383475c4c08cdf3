"""The way to a goal through the course, in an order in which nothing comes before what it needs; pure."""

from dataclasses import dataclass

from core.ports import TopicId
from learning.gaps import Standings, titles


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One topic of a path, with why it is on it."""

    topic: TopicId
    title: str
    why: str


def path_to(goal: TopicId, standings: Standings) -> tuple[Stop, ...]:
    """What lies between the student and `goal`, which is last; what they know is skipped. Empty when they know the goal,
    or when there is no such topic."""
    graph = standings.graph
    if goal not in graph.topics or standings.of[goal] == "known":
        return ()
    needed = {goal}
    waiting = [goal]
    while waiting:
        for name in graph.needs(waiting.pop()):
            # what is known carries what builds on it: nothing behind it has to be walked again, unless it is missing
            if name not in needed and standings.of[name] != "known":
                needed.add(name)
                waiting.append(name)
    needed.update(standings.missing_before(goal))
    return tuple(_stop(topic, goal, standings) for topic in graph.order if topic in needed)


def _stop(topic: TopicId, goal: TopicId, standings: Standings) -> Stop:
    graph = standings.graph
    title = graph.topics[topic].title
    if topic == goal:
        return Stop(topic=topic, title=title, why="This is your goal.")
    heirs = [name for name in graph.order if topic in graph.needs(name) and name in graph.before(goal) | {goal}]
    why = f"because {titles(graph, heirs)} needs it" if len(heirs) == 1 else f"because {titles(graph, heirs)} need it"
    match standings.of[topic]:
        case "missing":
            return Stop(topic=topic, title=title, why=f"You miss it; it comes first {why}.")
        case "thin" | "between":
            return Stop(topic=topic, title=title, why=f"It is not sure yet; it is here {why}.")
        case _:
            return Stop(topic=topic, title=title, why=f"It is new to you; it is here {why}.")

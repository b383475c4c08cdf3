"""A turn can be followed from outside without a word of the student's in what is seen."""

import io

from agents.turn import Turn
from core import metrics
from core.log import open_logging
from core.ports import Ask, Student
from core.settings import TelemetrySettings
from tests.integration.graphs.conftest import OpenRunner

CANARY = "xylophone-canary-4711"


async def test_logs_and_metrics_of_a_failing_turn_hold_none_of_its_words(
    open_runner: OpenRunner, student: Student
) -> None:
    async def fail(node: str, state: Turn) -> None:
        if node == "explanation":
            raise ValueError(state["ask"]["message"])

    turns = await open_runner(fail)
    lines = io.StringIO()
    with open_logging(TelemetrySettings(log_level="debug"), lines):
        view = await turns.submit(student, Ask(message=CANARY, code=CANARY))
        await turns.wait(student, view.id, timeout_s=5)

    assert "graphs.broke" in lines.getvalue()
    assert "ValueError" in lines.getvalue()
    assert CANARY not in lines.getvalue() + metrics.render()


async def test_turns_are_counted_by_intent_and_nodes_timed(open_runner: OpenRunner, student: Student) -> None:
    turns = await open_runner()
    view = await turns.submit(student, Ask(message="hello"))
    await turns.wait(student, view.id, timeout_s=5)

    shown = metrics.render()

    assert 'learnflow_turns_total{intent="concept",outcome="done"}' in shown
    assert 'learnflow_node_seconds_count{node="explanation"}' in shown

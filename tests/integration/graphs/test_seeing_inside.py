"""A turn can be followed from outside without a word of the student's in what is seen."""

import io

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from agents.turn import Turn
from core import metrics
from core.log import open_logging
from core.ports import Ask, Student
from core.settings import TelemetrySettings
from core.telemetry import open_telemetry
from tests.integration.collector import open_collector
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


async def test_a_trace_leads_from_the_turn_to_its_nodes_and_their_sql(
    open_runner: OpenRunner, student: Student
) -> None:
    with open_collector() as collector:
        with open_telemetry(TelemetrySettings(otlp_endpoint=collector.url)):
            turns = await open_runner()
            view = await turns.submit(student, Ask(message=CANARY))
            await turns.wait(student, view.id)
        sent = collector.received["/v1/traces"]

    found = ExportTraceServiceRequest.FromString(sent).resource_spans[0].scope_spans[0].spans
    turn = next(span for span in found if span.name == "graphs.turn")
    nodes = {span.name for span in found if span.parent_span_id == turn.span_id}
    assert {"agents.triage", "agents.explanation", "agents.verification", "db.connection"} <= nodes
    assert {span.trace_id for span in found if span.name.startswith("agents.")} == {turn.trace_id}
    assert CANARY.encode() not in sent

"""A real collector on loopback gets traces and metrics; a dead one delays nobody."""

import time
from collections.abc import Iterator

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from core import db, metrics
from core.db import Pool
from core.settings import TelemetrySettings
from core.telemetry import incoming, open_telemetry, span
from tests.integration.collector import Collector, open_collector

CANARY = "canary is yellow"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with open_collector() as opened:
        yield opened


async def test_a_collector_gets_the_turn_down_to_its_sql_and_no_words(collector: Collector, pool: Pool) -> None:
    with open_telemetry(TelemetrySettings(otlp_endpoint=collector.url + "/")):
        with incoming({}) as trace, span("turn.run", turn="t-1", message=CANARY):
            async with db.connection(pool) as conn:
                await conn.execute("select %s::text", (CANARY,))
        metrics.SANDBOX_RUNS.add(status="ok")

    traces = ExportTraceServiceRequest.FromString(collector.received["/v1/traces"])
    spans = {found.name: found for found in traces.resource_spans[0].scope_spans[0].spans}
    assert set(spans) == {"turn.run", "db.connection"}
    assert spans["turn.run"].trace_id.hex() == trace
    assert spans["db.connection"].parent_span_id == spans["turn.run"].span_id
    sent = ExportMetricsServiceRequest.FromString(collector.received["/v1/metrics"])
    assert "learnflow.sandbox_runs" in str(sent)
    assert CANARY.encode() not in b"".join(collector.received.values())


def test_a_dead_collector_delays_nobody() -> None:
    began = time.monotonic()

    with open_telemetry(TelemetrySettings(otlp_endpoint="http://127.0.0.1:9")):
        work_began = time.monotonic()
        for _ in range(100):
            with span("turn.run"):
                pass
        worked_s = time.monotonic() - work_began

    assert worked_s < 1
    assert time.monotonic() - began < 15

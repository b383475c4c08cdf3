"""Spans cost nothing until someone listens, join one trace, and never hold a person's words."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from core import metrics
from core.errors import NotFound
from core.settings import TelemetrySettings
from core.telemetry import incoming, open_telemetry, outgoing, span, tell, trace_id

CANARY = "my secret canary is yellow"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture
def sent() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    with open_telemetry(TelemetrySettings(), span_exporter=exporter):
        yield exporter


def only(sent: InMemorySpanExporter) -> ReadableSpan:
    (found,) = sent.get_finished_spans()
    return found


def test_nothing_of_opentelemetry_is_loaded_until_a_collector_is_named() -> None:
    script = """
import sys
from core.settings import TelemetrySettings
from core.telemetry import incoming, open_telemetry, outgoing, span
with open_telemetry(TelemetrySettings()), incoming({}), span("turn.run", turn="t-1") as work:
    work.set(tokens=3)
    outgoing()
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"


def test_a_span_that_no_one_hears_costs_less_than_two_microseconds() -> None:
    def thousand() -> float:
        began = time.perf_counter()
        for _ in range(1_000):
            with span("turn.run", turn="t-1", step=2):
                pass
        return (time.perf_counter() - began) / 1_000

    assert min(thousand() for _ in range(20)) < 2e-6


def test_a_span_has_its_name_and_facts(sent: InMemorySpanExporter) -> None:
    with span("turn.run", turn="t-1", step=2) as work:
        work.set(seconds=0.5, resumed=True, nothing=None)

    found = only(sent)
    assert found.name == "turn.run"
    assert dict(found.attributes or {}) == {"turn": "t-1", "step": 2, "seconds": 0.5, "resumed": True}


async def test_spans_nest_over_awaits_and_do_not_mix_between_tasks(sent: InMemorySpanExporter) -> None:
    async def turn(n: int) -> None:
        async with span("turn.run", n=n):
            await asyncio.sleep(0)
            async with span("node.run", n=n):
                await asyncio.sleep(0)

    await asyncio.gather(*(turn(n) for n in range(5)))

    spans = sent.get_finished_spans()
    turns = {s.context.span_id: s for s in spans if s.name == "turn.run"}
    for node in (s for s in spans if s.name == "node.run"):
        assert node.parent
        assert turns[node.parent.span_id].attributes == node.attributes


def test_of_a_failure_only_the_type_is_told(sent: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="canary"), span("turn.run"):
        raise ValueError(CANARY)

    found = only(sent)
    assert found.attributes == {"error.type": "ValueError"}
    assert found.status.status_code is StatusCode.ERROR
    assert CANARY not in found.to_json()


@pytest.mark.parametrize("error", [NotFound(), asyncio.CancelledError()])
def test_a_refusal_or_a_cancellation_is_no_failure_of_ours(sent: InMemorySpanExporter, error: BaseException) -> None:
    with pytest.raises(type(error)), span("turn.run"):
        raise error

    assert only(sent).status.status_code is StatusCode.UNSET


@pytest.mark.parametrize(
    "name", ["message", "student_code", "access_token", "Authorization", "password", "turn", "note"]
)
def test_a_span_never_holds_a_students_words(sent: InMemorySpanExporter, name: str) -> None:
    with span("turn.run", **{name: CANARY}) as work:
        work.set(**{name: CANARY})

    assert "canary" not in only(sent).to_json()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("turn", "0198c0de-1111-7000-8000-000000000000", "0198c0de-1111-7000-8000-000000000000"),
        ("path", "/api/v1/threads", "/api/v1/threads"),
        ("status_code", 404, 404),
        ("model_tokens", 12, 12),
        ("code", "x=1", "[withheld]"),
        ("refresh_token", "abc", "[withheld]"),
        ("who", "ada@school.org", "[withheld]"),
        ("turn", "two words", "[withheld]"),
        ("turn", "new\nline", "[withheld]"),
        ("turn", "x" * 129, "[withheld]"),
        ("turn", ["list"], "[withheld]"),
    ],
)
def test_only_ids_and_numbers_are_told(name: str, value: object, told: object) -> None:
    assert tell(name, value) == told


@pytest.mark.parametrize(
    "header",
    [
        "", "junk", f"00-{'0' * 32}-{PARENT}-01", f"00-{TRACE}-{'0' * 16}-01", f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01\nx", f"00-{TRACE}-{PARENT}", "x" * 100_000,
    ],
)  # fmt: skip
def test_a_request_without_a_true_traceparent_begins_a_trace(header: str) -> None:
    with incoming({"traceparent": header}) as begun:
        assert begun == trace_id() != TRACE
        assert len(begun) == 32
    assert trace_id() is None


def test_a_request_goes_on_with_the_trace_it_names() -> None:
    with incoming({"traceparent": f"00-{TRACE}-{PARENT}-00"}) as joined:
        _, trace, _, recorded = outgoing()["traceparent"].split("-")
        assert joined == TRACE == trace
        assert recorded == "00"
    assert outgoing() == {}


def test_spans_hang_on_the_span_that_the_caller_named(sent: InMemorySpanExporter) -> None:
    with incoming({"traceparent": f"00-{TRACE}-{PARENT}-00"}), span("api.request"):
        caller = outgoing()["traceparent"]

    found = only(sent)
    assert f"{found.context.trace_id:032x}" == TRACE
    assert found.parent
    assert f"{found.parent.span_id:016x}" == PARENT
    assert caller == f"00-{TRACE}-{found.context.span_id:016x}-01"


def test_a_trace_that_begins_here_has_one_id_in_logs_and_spans(sent: InMemorySpanExporter) -> None:
    with incoming({}) as begun, span("api.request"):
        pass

    assert f"{only(sent).context.trace_id:032x}" == begun
    assert only(sent).parent is None


def test_work_that_is_taken_up_later_stays_in_its_trace(sent: InMemorySpanExporter) -> None:
    with incoming({}) as begun, span("api.request"):
        kept = outgoing()
    with incoming(kept) as resumed, span("turn.run"):
        pass

    assert resumed == begun
    request, turn = sent.get_finished_spans()
    assert turn.parent
    assert turn.parent.span_id == request.context.span_id


def test_after_closing_nothing_is_sent() -> None:
    exporter = InMemorySpanExporter()
    with open_telemetry(TelemetrySettings(), span_exporter=exporter):
        pass

    with span("turn.run"):
        pass

    assert exporter.get_finished_spans() == ()


def test_a_collector_gets_the_same_measurements() -> None:
    reader = InMemoryMetricReader()

    with open_telemetry(TelemetrySettings(), metric_reader=reader):
        metrics.SANDBOX_RUNS.add(status="ok")
        metrics.NODE_SECONDS.observe(0.3, node="triage")
        read = reader.get_metrics_data()

    assert read
    told = {
        metric.name: [dict(point.attributes or {}) for point in metric.data.data_points]
        for metric in read.resource_metrics[0].scope_metrics[0].metrics
    }
    assert told == {"learnflow.sandbox_runs": [{"status": "ok"}], "learnflow.node_seconds": [{"node": "triage"}]}
    assert metrics.SANDBOX_RUNS.forward is None

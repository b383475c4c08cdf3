"""Traces of what the tutor did, for whoever runs it: names, ids, counts and durations, never a person's words.

The only home of OpenTelemetry. Nothing of it is imported until a collector is named in settings; until then a span
costs a fraction of a microsecond, and a trace is only an id that joins the lines of the log."""

import asyncio
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from core import metrics
from core.errors import Refused
from core.settings import TelemetrySettings

if TYPE_CHECKING:
    from opentelemetry import trace
    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace.export import SpanExporter

Fact = str | int | float | bool | None

_EXPORT_TIMEOUT_S = 3
_METRICS_EVERY_MS = 15_000
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_ID = re.compile(r"[A-Za-z0-9_.:/+-]{1,128}")
_PRIVATE = frozenset(
    {
        *("message", "messages", "text", "body", "content", "title", "query", "prompt", "draft", "answer", "reply"),
        *("code", "source", "program", "input", "stdin", "stdout", "stderr", "output", "args", "arguments"),
        *("password", "token", "authorization", "cookie", "secret", "key", "email", "mail", "name"),
        *("error", "exception"),
    }
)

_trace: ContextVar[str | None] = ContextVar("trace", default=None)
_tracer: "trace.Tracer | None" = None


class Span(Protocol):
    """A stretch of work; a context manager for `with` as for `async with`."""

    def set(self, **ids: Fact) -> None:
        """Facts that are known only now."""
        ...

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...


def span(name: str, **ids: Fact) -> Span:
    """Work named `room.verb`. Facts are ids, counts and durations: a text that is none of these is left out."""
    return _NOTHING if _tracer is None else _Live(_tracer, name, ids)


def trace_id() -> str | None:
    """The 32 hex digits of the trace that this is part of, if any."""
    return _trace.get()


@contextmanager
def incoming(headers: Mapping[str, str]) -> Iterator[str]:
    """Join the trace that a W3C `traceparent` header names, or begin one; gives its id. What is stored with a detached
    turn is joined the same way: `incoming({"traceparent": stored})`."""
    found = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    trace_id = found[1] if found else secrets.token_hex(16)
    token = _trace.set(trace_id)
    try:
        with _remote_parent(trace_id, found[2]) if found and _tracer else _NOTHING:
            yield trace_id
    finally:
        _trace.reset(token)


def outgoing() -> dict[str, str]:
    """The `traceparent` header for a request that we make, or to keep with work that goes on later; empty outside of
    any trace."""
    trace_id = _trace.get()
    if trace_id is None:
        return {}
    recorded = "00" if _tracer is None else "01"
    return {"traceparent": f"00-{trace_id}-{_current_span_id() or secrets.token_hex(8)}-{recorded}"}


def tell(name: str, value: object) -> Fact:
    """A fact as it may leave the process: numbers as they are, short ids as they are, everything else withheld."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    if _PRIVATE.isdisjoint(re.split(r"[^a-z]+", name.lower())) and _ID.fullmatch(text):
        return text
    return "[withheld]"


@contextmanager
def open_telemetry(
    settings: TelemetrySettings,
    *,
    span_exporter: "SpanExporter | None" = None,
    metric_reader: "MetricReader | None" = None,
) -> Iterator[None]:
    """Send traces and metrics to the collector at `otlp_endpoint` (OTLP over HTTP) while this is open; without one,
    nothing is sent and nothing is loaded. Leaving sends what is left, within a few seconds even if no one listens."""
    if settings.otlp_endpoint is None and span_exporter is None and metric_reader is None:
        yield
        return
    from opentelemetry.sdk.resources import Resource

    resource = Resource.create({"service.name": "learnflow"})
    with ExitStack() as opened:
        if settings.otlp_endpoint or metric_reader:
            opened.enter_context(_metrics_sent(settings.otlp_endpoint, resource, metric_reader))
        if settings.otlp_endpoint or span_exporter:
            opened.enter_context(_spans_sent(settings.otlp_endpoint, resource, span_exporter))
        yield


@contextmanager
def _spans_sent(endpoint: str | None, resource: "Resource", exporter: "SpanExporter | None") -> Iterator[None]:
    global _tracer
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider, sampling
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

    class Ids(RandomIdGenerator):
        """A trace's first span takes the id that the log lines have already."""

        def generate_trace_id(self) -> int:
            known = _trace.get()
            return int(known, 16) if known else super().generate_trace_id()

    provider = TracerProvider(resource=resource, sampler=sampling.ALWAYS_ON, id_generator=Ids(), shutdown_on_exit=False)
    if exporter is not None:
        provider.add_span_processor(SimpleSpanProcessor(exporter))
    else:
        http = OTLPSpanExporter(endpoint=_url(endpoint, "traces"), timeout=_EXPORT_TIMEOUT_S)
        provider.add_span_processor(BatchSpanProcessor(http))
    _tracer = provider.get_tracer("learnflow")
    try:
        yield
    finally:
        _tracer = None
        provider.shutdown()


@contextmanager
def _metrics_sent(endpoint: str | None, resource: "Resource", reader: "MetricReader | None") -> Iterator[None]:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    if reader is None:
        http = OTLPMetricExporter(endpoint=_url(endpoint, "metrics"), timeout=_EXPORT_TIMEOUT_S)
        reader = PeriodicExportingMetricReader(http, export_interval_millis=_METRICS_EVERY_MS)
    provider = MeterProvider(metric_readers=[reader], resource=resource, shutdown_on_exit=False)
    meter = provider.get_meter("learnflow")
    for instrument in metrics.ALL:
        name = f"learnflow.{instrument.name}"
        match instrument:
            case metrics.Counter():
                instrument.forward = meter.create_counter(name, description=instrument.about).add
            case metrics.Histogram(bounds=bounds):
                instrument.forward = meter.create_histogram(
                    name, unit="s", description=instrument.about, explicit_bucket_boundaries_advisory=bounds
                ).record
    try:
        yield
    finally:
        for instrument in metrics.ALL:
            instrument.forward = None
        provider.shutdown(timeout_millis=1000 * _EXPORT_TIMEOUT_S)


def _url(endpoint: str | None, signal: str) -> str:
    return f"{(endpoint or '').rstrip('/')}/v1/{signal}"


@contextmanager
def _remote_parent(trace_id: str, span_id: str) -> Iterator[None]:
    from opentelemetry import context, trace

    remote = trace.SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=trace.TraceFlags(1))
    token = context.attach(trace.set_span_in_context(trace.NonRecordingSpan(remote), context.Context()))
    try:
        yield
    finally:
        context.detach(token)


def _current_span_id() -> str | None:
    if _tracer is None:
        return None
    from opentelemetry import trace

    found = trace.get_current_span().get_span_context()
    return trace.format_span_id(found.span_id) if found.is_valid else None


class _Nothing:
    """The span of a process that sends none."""

    __slots__ = ()

    def set(self, **ids: Fact) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, at: object) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: object, error: object, at: object) -> None:
        pass


_NOTHING = _Nothing()


class _Live:
    """A span that is sent. Of a failure it tells the type alone: a message may quote what a student wrote."""

    __slots__ = ("_ids", "_name", "_span", "_token", "_tracer")

    def __init__(self, tracer: "trace.Tracer", name: str, ids: Mapping[str, Fact]) -> None:
        self._tracer = tracer
        self._name = name
        self._ids = ids

    def set(self, **ids: Fact) -> None:
        self._span.set_attributes(_attributes(ids))

    def __enter__(self) -> Self:
        from opentelemetry import context, trace

        self._span = self._tracer.start_span(self._name, attributes=_attributes(self._ids))
        self._token = context.attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, at: object) -> None:
        from opentelemetry import context
        from opentelemetry.trace import StatusCode

        context.detach(self._token)
        if kind is not None:
            self._span.set_attribute("error.type", kind.__qualname__)
            if not issubclass(kind, (Refused, asyncio.CancelledError, GeneratorExit)):
                self._span.set_status(StatusCode.ERROR)
        self._span.end()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: object, at: object) -> None:
        self.__exit__(kind, error, at)


def _attributes(ids: Mapping[str, Fact]) -> dict[str, str | int | float | bool]:
    told = {name: tell(name, value) for name, value in ids.items()}
    return {name: value for name, value in told.items() if value is not None and value != "[withheld]"}

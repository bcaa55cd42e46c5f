"""Traces, where an installation asks for them: a span for each request, each SQL statement in it, each call outwards.

A span says what the program knows of itself: a route's rule, a statement with its places left open, the host of a
case system, a status, a kind of error. Never a path, a query string, a parameter, an address, a message of an error.
A trace begins here: whoever sends a `traceparent` from outside decides nothing. It is carried to the case systems.

OpenTelemetry is an optional library. Without OTEL_TRACES_EXPORTER nothing of it is loaded; where it sends to, and how
many of the traces, is said by its own variables (`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_TRACES_SAMPLER`, …).
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from sqlalchemy import Engine, event

from portal import log
from portal.config import ConfigError, Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Span, Tracer

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_LONGEST = 2000
_SPANS = "doudi_spans"  # of a database connection, the statements that run
_tracer: Tracer | None = None


def init_app(app: Flask, settings: Settings) -> None:
    """Trace this application if its settings ask for it; raises ConfigError where the library is missing."""
    if not settings.traces:
        return
    try:
        tracer = _begin(processor(settings.traces))
    except ImportError as missing:
        raise ConfigError(
            f"OTEL_TRACES_EXPORTER is {settings.traces}, and {missing.name} is not installed. "
            "Install opentelemetry-sdk and opentelemetry-exporter-otlp-proto-http, or set it to none."
        ) from missing
    app.before_request(partial(_request_begins, tracer))
    app.after_request(_request_answered)
    app.teardown_request(_request_ends)
    _watch(app.extensions["doudi_engine"], tracer)


def processor(exporter: str) -> SpanProcessor:
    """What brings spans away: `otlp` sends them in the background, `console` prints each on standard output."""
    from opentelemetry.sdk.trace import export

    if exporter == "console":
        return export.SimpleSpanProcessor(export.ConsoleSpanExporter())
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return export.BatchSpanProcessor(OTLPSpanExporter())


def _begin(bringing: SpanProcessor) -> Tracer:
    global _tracer
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider

    resource = Resource.create({"service.name": "doudi"}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(bringing)
    _tracer = provider.get_tracer("portal")
    log.also(_ids)
    return _tracer


def _ids() -> dict[str, str]:
    """What a log line says so that it is found beside its trace."""
    from opentelemetry.trace import format_trace_id, get_current_span

    found = get_current_span().get_span_context()
    return {"trace_id": format_trace_id(found.trace_id)} if found.is_valid else {}


def _request_begins(tracer: Tracer) -> None:
    from opentelemetry import context, trace

    if request.endpoint in log.QUIET:
        return
    method = request.method if request.method in _METHODS else "_OTHER"
    rule = request.url_rule.rule if request.url_rule else None
    told = {"http.request.method": method, "doudi.request_id": log.request_id()}
    span = tracer.start_span(
        f"{method} {rule}" if rule else method,
        context=context.Context(),
        kind=trace.SpanKind.SERVER,
        attributes={**told, **({"http.route": rule} if rule else {})},
    )
    g.doudi_span = span, context.attach(trace.set_span_in_context(span))


def _request_answered(response: Response) -> Response:
    if "doudi_span" in g:
        _answered(g.doudi_span[0], response.status_code, failed=response.status_code >= 500)
    return response


def _request_ends(error: BaseException | None) -> None:
    from opentelemetry import context

    span, token = g.pop("doudi_span", (None, None))
    if span is None:
        return
    if error is not None:
        _failed(span, type(error).__name__)
    span.end()
    context.detach(token)


def _watch(engine: Engine, tracer: Tracer) -> None:
    """A span for each statement of a request; what a relay asks every second is nobody's trace."""
    from opentelemetry import trace

    def begins(link: Any, _cursor: object, statement: str, *_more: object) -> None:
        span: Span = trace.INVALID_SPAN
        if trace.get_current_span().get_span_context().is_valid:
            told = {"db.system.name": engine.dialect.name, "db.query.text": statement[:_LONGEST]}
            span = tracer.start_span(statement.split(None, 1)[0], kind=trace.SpanKind.CLIENT, attributes=told)
        link.info.setdefault(_SPANS, []).append(span)

    def ends(link: Any, *_more: object) -> None:
        link.info[_SPANS].pop().end()

    def fails(failure: Any) -> None:
        under_way = failure.connection.info.get(_SPANS) if failure.connection is not None else None
        if under_way:
            span = under_way.pop()
            _failed(span, type(failure.original_exception).__name__)
            span.end()

    event.listen(engine, "before_cursor_execute", begins)
    event.listen(engine, "after_cursor_execute", ends)
    event.listen(engine, "handle_error", fails)


class Call:
    """A call to another system: `headers` carry the trace along; say how it ended."""

    def __init__(self, span: Span | None = None) -> None:
        self._span = span
        self.headers: MutableMapping[str, str] = {}

    def answered(self, status: int) -> None:
        if self._span is not None:
            _answered(self._span, status, failed=status >= 400)

    def failed(self, problem: str) -> None:
        """`problem` is a short type, never a text from the wire."""
        if self._span is not None:
            _failed(self._span, problem)


@contextmanager
def calling(method: str, url: str) -> Iterator[Call]:
    """The span of a call outwards; of the address only the host is told."""
    if _tracer is None:
        yield Call()
        return
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    told = {"http.request.method": method, "server.address": urlsplit(url).hostname or ""}
    with _tracer.start_as_current_span(
        method, kind=SpanKind.CLIENT, attributes=told, record_exception=False, set_status_on_exception=False
    ) as span:
        call = Call(span)
        TraceContextTextMapPropagator().inject(call.headers)
        yield call


def _answered(span: Span, status: int, *, failed: bool) -> None:
    span.set_attribute("http.response.status_code", status)
    if failed:
        _failed(span, str(status))


def _failed(span: Span, kind: str) -> None:
    from opentelemetry.trace import StatusCode

    span.set_attribute("error.type", kind)
    span.set_status(StatusCode.ERROR)

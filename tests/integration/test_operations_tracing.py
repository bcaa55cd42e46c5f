"""Traces, where they are asked for, tell how the portal works and nothing about anybody."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import text

from portal import clock, db, log, tracing
from portal.config import ConfigError, Settings, load_settings
from portal.factory import create_app
from portal.handoff import case_system
from portal.handoff.relay import Pace, Relay
from tests.integration.test_apply_canaries import canaries
from tests.support import applying, papers
from tests.support.handoff import sandbox
from tests.support.pages import LintedClient, Page
from tests.support.portal import running

SECRETS = {"DOUDI_SECRET_KEY": "x", "DOUDI_DATA_KEYS": "y"}


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Where spans arrive; tracing is off again afterwards."""
    exporter = InMemorySpanExporter()
    monkeypatch.setattr(tracing, "processor", lambda _exporter: SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_tracer", None)
    monkeypatch.setattr(log, "_more", [])
    yield exporter
    exporter.shutdown()


@pytest.fixture
def traced(settings: Settings, kept: InMemorySpanExporter) -> Iterator[Flask]:
    settings.instance.mkdir(exist_ok=True)
    with running(replace(settings, traces="otlp")) as portal:
        kept.clear()
        yield portal


def browser(app: Flask) -> LintedClient:
    client = app.test_client()
    assert isinstance(client, LintedClient)
    return client


def seen(exporter: InMemorySpanExporter) -> tuple[ReadableSpan, ...]:
    return exporter.get_finished_spans()


def of_requests(exporter: InMemorySpanExporter) -> list[ReadableSpan]:
    return [span for span in seen(exporter) if span.kind is trace.SpanKind.SERVER]


def test_a_family_applies_and_no_span_knows_them(
    traced: Flask, kept: InMemorySpanExporter, settings: Settings
) -> None:
    person, mother = canaries(20261122, 2)
    client = browser(traced)
    applying.start_filled(client)
    own = ("name", "id_number", "phone", "account", "holder", "address", "hukou_place")
    applying.tell(client, "applicant", **{key: person[key] for key in own})
    applying.tell(client, "member:m2", **{key: mother[key] for key in ("name", "id_number")})
    applying.tell(client, "reason", text=f"{person['illness']} {person['diagnosis']}")
    shown = Page(client.get("/apply/papers").get_data(as_text=True))
    token = next(form for form in shown.forms if "kind" in form.fields).fields["csrf_token"][0]
    photo = (io.BytesIO(papers.jpeg()), f"{person['name']}.jpg")
    sent = {"csrf_token": token, "kind": "diagnosis", "member": "m1", "file": photo}
    handed_in = client.post("/apply/papers", data=sent)
    assert handed_in.status_code == 303
    applying.sign_own(client, person["name"])
    path, code = applying.give_link(client, "m2")
    page = applying.open_link(browser(traced), path, code, mother["id_number"])
    assert page.status_code == 200
    client.get(f"/ask?q={person['phone']}")
    client.get(f"/{person['phone']}/{person['name']}")
    client.open(f"/policies?q={person['phone']}", method=f"M{person['phone']}")
    client.submit("/apply/signatures/m2/paper", button="好，到窗口签")
    answer = applying.send(client)
    number, query_code = applying.receipt_codes(answer)
    with sandbox(settings, clock.now) as system:
        sending = replace(settings, case_system_url=system.url)
        Relay(traced.extensions["doudi_engine"], sending, Pace()).drain()
    told = "\n".join(span.to_json() for span in seen(kept))
    assert {"GET /sign/<token>", "POST /apply/send"} <= {span.name for span in seen(kept)}
    assert len(of_requests(kept)) > 40
    assert len(seen(kept)) > 3 * len(of_requests(kept))
    draft_path = path.rsplit("/", 1)[-1]
    secrets = {"link": draft_path, "code": code, "number": number, "key": query_code}
    for trait, value in {**person, "mother": mother["name"], "hers": mother["id_number"], **secrets}.items():
        assert value not in told, trait
        assert json.dumps(value)[1:-1] not in told, trait


def test_a_span_is_named_by_its_rule_and_says_how_it_ended(traced: Flask, kept: InMemorySpanExporter) -> None:
    client = browser(traced)
    client.get("/sign/a-secret-token?phone=13900001111")
    client.get("/nowhere/13900001111")
    client.get("/healthz")
    rule, nowhere = of_requests(kept)
    assert (rule.name, nowhere.name) == ("GET /sign/<token>", "GET")
    assert rule.attributes is not None
    assert rule.attributes["http.route"] == "/sign/<token>"
    assert nowhere.attributes is not None
    assert nowhere.attributes["http.response.status_code"] == 404
    for span in seen(kept):
        assert set(span.attributes or {}) <= {
            "http.request.method", "http.route", "http.response.status_code", "doudi.request_id",
            "db.system.name", "db.query.text", "server.address", "error.type",
        }  # fmt: skip
        assert not span.events
        assert not span.status.description


def test_statements_lie_within_their_request_and_their_places_are_open(
    traced: Flask, kept: InMemorySpanExporter
) -> None:
    browser(traced).get("/sign/a-secret-token")
    with db.writing(traced.extensions["doudi_engine"]) as session:
        session.execute(text("SELECT 1"))  # as a relay does every second: nobody's trace
    (request,) = of_requests(kept)
    statements = [span for span in seen(kept) if "db.query.text" in (span.attributes or {})]
    assert statements
    for span in statements:
        assert span.parent is not None
        assert span.parent.span_id == request.context.span_id
        assert span.name in ("BEGIN", "SELECT")
    assert any("?" in str((span.attributes or {})["db.query.text"]) for span in statements)


def test_a_failed_statement_tells_its_kind_and_not_its_values(
    traced: Flask, kept: InMemorySpanExporter
) -> None:
    @traced.get("/failing")
    def failing() -> str:
        with db.transaction() as session:
            session.connection().exec_driver_sql(
                "INSERT INTO chore (name, done_at) VALUES (?, NULL)", ("13900001111",)
            )
        return ""

    assert browser(traced).get("/failing").status_code == 500
    failed = [span for span in seen(kept) if (span.attributes or {}).get("error.type") == "IntegrityError"]
    assert len(failed) == 1
    assert all("13900001111" not in span.to_json() for span in seen(kept))
    (request,) = of_requests(kept)
    assert request.status.status_code is trace.StatusCode.ERROR


def test_a_stranger_begins_no_trace_and_a_case_system_gets_ours(
    traced: Flask, kept: InMemorySpanExporter, settings: Settings
) -> None:
    theirs = "0af7651916cd43dd8448eb211c80319c"
    got: list[str] = []

    with sandbox(settings, clock.now) as system:

        @traced.get("/calls")
        def calls() -> str:
            held = case_system.call("GET", f"{system.url}/receipts/x", {}, b"")
            assert isinstance(held, case_system.Reply)
            return ""

        exchange = case_system._exchange
        case_system._exchange = lambda method, url, headers, *rest: (  # type: ignore[assignment]
            got.append(headers["traceparent"]) or exchange(method, url, headers, *rest)  # type: ignore[func-returns-value]
        )
        try:
            headers = {"traceparent": f"00-{theirs}-b7ad6b7169203331-01", "baggage": "phone=13900001111"}
            assert browser(traced).get("/calls", headers=headers).status_code == 200
        finally:
            case_system._exchange = exchange
    (request,) = of_requests(kept)
    (call,) = [span for span in seen(kept) if "server.address" in (span.attributes or {})]
    assert request.parent is None
    assert (call.attributes or {})["server.address"] == "127.0.0.1"
    ours = trace.format_trace_id(request.context.trace_id)
    assert ours != theirs
    assert [one.rpartition("-")[0] for one in got] == [
        f"00-{ours}-{trace.format_span_id(call.context.span_id)}"
    ]


def test_log_lines_of_a_request_name_its_trace(
    traced: Flask, kept: InMemorySpanExporter, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("doudi").propagate = True
    try:
        browser(traced).get("/policies")
        log.event("outside")
    finally:
        logging.getLogger("doudi").propagate = False
    lines = [json.loads(record.getMessage()) for record in caplog.records if record.name == "doudi"]
    (request,) = of_requests(kept)
    within = next(line for line in lines if line["event"] == "request")
    assert within["trace_id"] == trace.format_trace_id(request.context.trace_id)
    assert (request.attributes or {})["doudi.request_id"] == within["request_id"]
    assert "trace_id" not in lines[-1]


def test_unasked_nothing_is_traced(app: Flask) -> None:
    assert tracing._tracer is None
    with tracing.calling("GET", "https://case.example/") as call:
        call.answered(200)
        call.failed("x")
        assert call.headers == {}


@pytest.mark.parametrize(
    ("said", "means"), [("", ""), ("none", ""), ("otlp", "otlp"), ("console", "console")]
)
def test_it_is_asked_for_by_the_standard_variable(said: str, means: str) -> None:
    assert load_settings({**SECRETS, "OTEL_TRACES_EXPORTER": said}).traces == means
    with pytest.raises(ConfigError, match="OTEL_TRACES_EXPORTER"):
        load_settings({**SECRETS, "OTEL_TRACES_EXPORTER": "zipkin"})


def test_asked_for_and_not_installed_it_says_what_to_install(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(
        ConfigError, match="Install opentelemetry-sdk and opentelemetry-exporter-otlp-proto-http"
    ):
        create_app(replace(settings, traces="otlp"))

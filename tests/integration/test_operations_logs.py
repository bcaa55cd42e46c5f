"""Every line of the log is one JSON object with the id of its request, and holds nothing about a person."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from flask import Flask

from portal import clock, log
from tests.support.pages import LintedClient


@pytest.fixture
def lines(app: Flask) -> Iterator[list[dict[str, object]]]:
    """What is logged from here on, parsed."""
    told: list[dict[str, object]] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            text = record.getMessage()
            assert "\n" not in text
            told.append(json.loads(text))

    keeping = Keeping()
    logging.getLogger("doudi").addHandler(keeping)
    yield told
    logging.getLogger("doudi").removeHandler(keeping)


def test_a_request_leaves_one_line_with_its_rule_and_not_its_path(
    client: LintedClient, lines: list[dict[str, object]]
) -> None:
    client.get("/sign/a-secret-token?phone=13900001111")
    requests = [line for line in lines if line["event"] == "request"]
    assert [(one["method"], one["rule"]) for one in requests] == [("GET", "/sign/<token>")]
    assert isinstance(requests[0]["ms"], float)
    assert "a-secret-token" not in str(lines)
    assert "13900001111" not in str(lines)


def test_health_checks_and_files_leave_no_line(client: LintedClient, lines: list[dict[str, object]]) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/static/doudi.css"):
        with client.get(path) as answer:
            assert answer.status_code == 200
    assert lines == []


def test_the_id_of_a_request_comes_from_the_proxy_where_it_is_well_formed(client: LintedClient) -> None:
    answer = client.get("/", headers={"X-Request-ID": "from-nginx_0123456789"})
    assert answer.headers["X-Request-ID"] == "from-nginx_0123456789"


@pytest.mark.parametrize("odd", ["", "short", "a" * 65, "forged line", 'quote"quote"', "号码号码号码号码"])
def test_an_odd_id_is_replaced_by_our_own(client: LintedClient, odd: str) -> None:
    answer = client.get("/", headers={"X-Request-ID": odd.encode().decode("latin-1")})
    given = answer.headers["X-Request-ID"]
    assert given != odd
    assert len(given) == 16
    assert given != client.get("/").headers["X-Request-ID"]


def test_every_event_of_a_request_carries_its_id(app: Flask, lines: list[dict[str, object]]) -> None:
    @app.get("/two-events")
    def two_events() -> str:
        log.event("first", number=1)
        log.event("second", forged='x"\n{"event": "forged"}\u2028')
        return ""

    answer = app.test_client(use_cookies=False).get("/two-events")
    assert [line["event"] for line in lines] == ["first", "second", "request"]
    assert {line["request_id"] for line in lines} == {answer.headers["X-Request-ID"]}
    assert all({"level", "timestamp"} <= line.keys() for line in lines)


def test_a_failure_names_its_kind_and_place_but_not_its_values(
    app: Flask, lines: list[dict[str, object]]
) -> None:
    @app.get("/failing")
    def failing() -> str:
        clock.local("王小梅 13900001111")  # type: ignore[arg-type]
        return ""

    answer = app.test_client().get("/failing", headers={"X-Request-ID": "told-on-the-phone"})
    assert answer.status_code == 500
    assert "told-on-the-phone" in answer.text
    failed = next(line for line in lines if line["event"] == "request.failed")
    assert failed["error"] == "AttributeError"
    assert "portal/clock.py:" in str(failed["where"])
    assert "王小梅" not in str(lines)
    assert "13900001111" not in str(lines)
    assert next(line for line in lines if line["event"] == "request")["status"] == 500


def test_outside_of_a_request_an_event_has_no_id(app: Flask, lines: list[dict[str, object]]) -> None:
    log.event("relay.started", owner="here")
    assert "request_id" not in lines[0]
    assert lines[0]["level"] == "info"

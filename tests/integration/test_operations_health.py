"""What the monitoring sees: figures of every answer, and only where it may look."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask

from portal import chores, db
from portal.config import ConfigError, Settings, load_settings
from portal.factory import create_app
from tests.support.pages import LintedClient

FORWARDED = {"X-Forwarded-For": "203.0.113.9"}


def figure(client: LintedClient, sample: str) -> float:
    """One sample of `/metrics`; 0 where it is not there yet."""
    text = client.get("/metrics").get_data(as_text=True)
    found = re.search(rf"^{re.escape(sample)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_every_answer_is_counted_by_endpoint_and_status(client: LintedClient) -> None:
    home = 'doudi_responses_total{endpoint="guidance.home",status="200"}'
    missing = 'doudi_responses_total{endpoint="none",status="404"}'
    before, lost = figure(client, home), figure(client, missing)
    client.get("/")
    client.get("/no-such-page")
    assert figure(client, home) == before + 1
    assert figure(client, missing) == lost + 1
    assert figure(client, 'doudi_request_seconds_count{endpoint="guidance.home"}') >= 1


def test_a_failure_is_counted_as_a_500(app: Flask, client: LintedClient) -> None:
    @app.get("/failing")
    def failing() -> str:
        raise RuntimeError

    sample = 'doudi_responses_total{endpoint="failing",status="500"}'
    before = figure(client, sample)
    client.get("/failing")
    assert figure(client, sample) == before + 1


def test_the_last_good_end_of_a_chore_is_told(app: Flask, client: LintedClient) -> None:
    sample = 'doudi_chore_last_success_timestamp_seconds{chore="backup"}'
    assert figure(client, sample) == 0
    with pytest.raises(SystemExit), chores.recorded(app.extensions["doudi_engine"], "backup"):
        raise SystemExit(1)
    assert figure(client, sample) == 0
    with chores.recorded(app.extensions["doudi_engine"], "backup"):
        pass
    assert figure(client, sample) > 1_700_000_000
    with app.app_context():
        assert [chore.name for chore in chores.done(db.session())] == ["backup"]


def test_the_figures_are_for_this_machine_only(client: LintedClient) -> None:
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers=FORWARDED).status_code == 403
    assert client.get("/metrics", headers={"Forwarded": "for=203.0.113.9"}).status_code == 403
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 403
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "::1"}).status_code == 200
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "nonsense"}).status_code == 403


def test_with_a_token_the_figures_are_for_whoever_has_it(settings: Settings, app: Flask) -> None:
    portal = create_app(replace(settings, metrics_token="a long token"))
    client = portal.test_client()
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer a long"}).status_code == 403
    answer = client.get("/metrics", headers={**FORWARDED, "Authorization": "Bearer a long token"})
    assert answer.status_code == 200
    portal.extensions["doudi_engine"].dispose()


def test_readiness_needs_the_tables(settings: Settings, client: LintedClient) -> None:
    assert client.get("/readyz").get_json() == {"status": "ready", "read_only": False}
    empty = replace(settings, database_url=settings.database_url.replace("doudi.", "empty."))
    portal = create_app(empty)
    assert portal.test_client().get("/readyz").status_code == 503
    assert portal.test_client().get("/healthz").status_code == 200
    portal.extensions["doudi_engine"].dispose()


def test_yes_or_no_is_meant_literally() -> None:
    secrets = {"DOUDI_SECRET_KEY": "x", "DOUDI_DATA_KEYS": "y"}
    assert not load_settings({**secrets, "DOUDI_LOG_REQUESTS": "no"}).log_requests
    assert load_settings(secrets).log_requests
    with pytest.raises(ConfigError, match="DOUDI_LOG_REQUESTS must be yes or no"):
        load_settings({**secrets, "DOUDI_LOG_REQUESTS": "1"})

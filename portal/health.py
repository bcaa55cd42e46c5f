"""Whether the portal lives (`/healthz`), can serve (`/readyz`) and how it fares (`/metrics`).

Under gunicorn each worker counts for itself in files of `PROMETHEUS_MULTIPROC_DIR`; whichever answers adds them up.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
import time
from collections.abc import Iterable
from functools import cache

from flask import Blueprint, Flask, Response, current_app, g, make_response, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import text

from portal import chores, db, errors, handoff
from portal.config import Settings

routes = Blueprint("health", __name__)

_OWN = CollectorRegistry()
_SECONDS = Histogram(
    "doudi_request_seconds",
    "Time until the answer was ready, by endpoint",
    ["endpoint"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0),
    registry=_OWN,
)
_ANSWERS = Counter("doudi_responses", "Answers by endpoint and status", ["endpoint", "status"], registry=_OWN)


class _Standing:
    """What the database says when it is asked, so that every worker tells the same truth."""

    def collect(self) -> Iterable[Metric]:
        session = db.session()
        figures = handoff.figures(session)
        yield _gauge(
            "doudi_outbox_messages",
            "Messages by state",
            "state",
            sorted(figures.by_state.items()),
        )
        yield _gauge(
            "doudi_outbox_routes",
            "Routes that do not deliver",
            "condition",
            [("stopped", figures.stopped_routes), ("open", figures.open_routes)],
        )
        for name, words, value in (
            (
                "oldest_undelivered_seconds",
                "Age of the oldest undelivered message",
                figures.oldest_undelivered_seconds,
            ),
            (
                "receipt_lag_seconds",
                "From sending to receipt, 95th percentile of the last thousand",
                figures.receipt_lag_seconds,
            ),
            ("attempts", "Calls made to case systems", figures.attempts),
        ):
            yield _gauge(f"doudi_outbox_{name}", words, "", [("", value)])
        yield _gauge(
            "doudi_chore_last_success_timestamp_seconds",
            "When each daily chore last went well",
            "chore",
            [(chore.name, chore.done_at.timestamp()) for chore in chores.done(session)],
        )
        yield _gauge("doudi_read_only", "1 while nothing can be sent", "", [("", int(_settings().read_only))])


def _gauge(name: str, words: str, label: str, values: Iterable[tuple[str, float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=[label] if label else [])
    for key, value in values:
        family.add_metric([key] if label else [], value)
    return family


def init_app(app: Flask) -> None:
    app.register_blueprint(routes)
    app.after_request(_count)


def _settings() -> Settings:
    found: Settings = current_app.extensions["doudi_settings"]
    return found


def _count(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    began = g.get("request_began")
    if began is not None:
        _seconds(endpoint).observe(time.perf_counter() - began)
    _answers(endpoint, response.status_code).inc()
    return response


@cache
def _seconds(endpoint: str) -> Histogram:
    return _SECONDS.labels(endpoint)


@cache
def _answers(endpoint: str, status: int) -> Counter:
    return _ANSWERS.labels(endpoint, str(status))


@routes.get("/healthz")
def alive() -> Response:
    return make_response({"status": "ok"})


@routes.get("/readyz")
def ready() -> Response:
    try:
        db.session().execute(text("SELECT 1 FROM draft WHERE 1 = 0"))
    except Exception:  # whatever the driver raises, the answer is the same: not ready
        return errors.problem(503, "database not ready")
    return make_response({"status": "ready", "read_only": _settings().read_only})


@routes.get("/metrics")
def metrics() -> Response:
    """For the monitoring on this machine, or elsewhere with the token of the settings."""
    if not _may_read_metrics():
        return errors.problem(403, "Forbidden", "set DOUDI_METRICS_TOKEN and send it as a bearer token")
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library has no types here
        told = generate_latest(registry)
    else:
        told = generate_latest(_OWN)
    standing = CollectorRegistry()
    standing.register(_Standing())
    answer = make_response(told + generate_latest(standing))
    answer.headers["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8"
    return answer


def _may_read_metrics() -> bool:
    token = _settings().metrics_token
    if token:
        return hmac.compare_digest(
            request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()
        )
    # A proxy on this machine has a loopback address, too; whoever comes through one is not from here.
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return request.remote_addr == ""  # a Unix socket: only this machine reaches it

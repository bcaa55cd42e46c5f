"""Whether the portal lives (`/healthz`), can serve (`/readyz`) and how it fares (`/metrics`)."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, make_response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import text

from portal import db, errors, handoff

routes = Blueprint("health", __name__)


class _HandOffFigures:
    """Reads the outbox when scraped, so that every worker tells the same truth."""

    def collect(self) -> list[GaugeMetricFamily]:
        figures = handoff.figures(db.session())
        states = GaugeMetricFamily("doudi_outbox_messages", "Messages by state", labels=["state"])
        for state, count in sorted(figures.by_state.items()):
            states.add_metric([state], count)
        oldest = GaugeMetricFamily(
            "doudi_outbox_oldest_undelivered_seconds", "Age of the oldest undelivered message"
        )
        oldest.add_metric([], figures.oldest_undelivered_seconds)
        lag = GaugeMetricFamily(
            "doudi_outbox_receipt_lag_seconds", "From sending to receipt, 95th percentile of the last thousand"
        )
        lag.add_metric([], figures.receipt_lag_seconds)
        attempts = GaugeMetricFamily("doudi_outbox_attempts", "Calls made to case systems")
        attempts.add_metric([], figures.attempts)
        routes = GaugeMetricFamily("doudi_outbox_routes", "Routes that do not deliver", labels=["condition"])
        routes.add_metric(["stopped"], figures.stopped_routes)
        routes.add_metric(["open"], figures.open_routes)
        return [states, oldest, lag, attempts, routes]


def init_app(app: Flask) -> None:
    app.register_blueprint(routes)


@routes.get("/healthz")
def alive() -> Response:
    return make_response({"status": "ok"})


@routes.get("/readyz")
def ready() -> Response:
    try:
        db.session().execute(text("SELECT 1 FROM draft WHERE 1 = 0"))
    except Exception:  # whatever the driver raises, the answer is the same: not ready
        return errors.problem(503, "database not ready")
    return make_response({"status": "ready"})


@routes.get("/metrics")
def metrics() -> Response:
    registry = CollectorRegistry()
    registry.register(_HandOffFigures())
    answer = make_response(generate_latest(registry))
    answer.headers["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8"
    return answer

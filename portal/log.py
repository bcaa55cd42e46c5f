"""Logs: one JSON object a line, an event name with facts; never names, numbers of people, free text or payloads.

Every request has an id. It stands in each of its lines, in the header `X-Request-ID` and on error pages.
"""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, has_request_context, request

HEADER = "X-Request-ID"
_LOGGER = logging.getLogger("doudi")
_WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{8,64}")
_told: dict[tuple[str, str], float] = {}
_more: list[Callable[[], Mapping[str, str]]] = []
QUIET = frozenset({"static", "bootstrap.static", "health.alive", "health.ready", "health.metrics"})


def configure(level: int = logging.INFO) -> None:
    """Send events to standard error, once per process."""
    if not _LOGGER.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(message)s"))
        _LOGGER.addHandler(handler)
        _LOGGER.propagate = False
    _LOGGER.setLevel(level)


def init_app(app: Flask, *, requests: bool = True) -> None:
    """Give every request its id and, unless unwanted, one line when it ends."""
    configure()
    app.extensions["doudi_log_requests"] = requests
    app.before_request(_begin)
    app.after_request(_end)


def event(name: str, *, level: int = logging.INFO, **facts: str | int | float | bool | None) -> None:
    """Log one event; what JSON escapes cannot forge a second line."""
    if _LOGGER.isEnabledFor(level):
        _events.log(level, name, **facts)


def seldom(name: str, *, level: int = logging.INFO, limit: str, **facts: str | None) -> None:
    """Log an event at most once a minute for each `limit`: a flood must not flood the log as well."""
    now = time.monotonic()
    if now - _told.get((name, limit), -60.0) >= 60:
        _told[name, limit] = now
        event(name, level=level, limit=limit, **facts)


def also(facts: Callable[[], Mapping[str, str]]) -> None:
    """Have every line say these facts, too."""
    if facts not in _more:
        _more.append(facts)


def request_id() -> str:
    """The id of this request; empty outside of one."""
    return str(g.get("request_id", "")) if has_request_context() else ""


def _begin() -> None:
    given = request.headers.get(HEADER, "")
    g.request_id = given if _WELL_FORMED.fullmatch(given) else secrets.token_hex(8)
    g.request_began = time.perf_counter()


def _end(response: Response) -> Response:
    if "request_id" not in g:  # refused before anything could begin, such as by the host name
        _begin()
    response.headers[HEADER] = g.request_id
    if request.endpoint not in QUIET and current_app.extensions["doudi_log_requests"]:
        # The rule, never the path: paths hold codes of links. The query string is nobody's business either.
        event(
            "request",
            method=request.method,
            rule=request.url_rule.rule if request.url_rule else None,
            status=response.status_code,
            ms=round((time.perf_counter() - g.request_began) * 1000, 1),
        )
    return response


def _with_request(_logger: object, _method: str, facts: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    found = request_id()
    if found:
        facts["request_id"] = found
    for more in _more:
        facts.update(more())
    return facts


_events = structlog.wrap_logger(
    _LOGGER,
    wrapper_class=structlog.stdlib.BoundLogger,
    processors=[
        _with_request,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.JSONRenderer(),
    ],
    cache_logger_on_first_use=True,
)

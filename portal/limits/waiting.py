"""Whoever has waited in line too long is told kindly to come back, at once and before any work is done for them.

When more comes than can be answered, answering all in turn only makes everybody wait. The proxy says when a request
arrived (`X-Request-Start: t=` and seconds since 1970, as nginx's `$msec`); without a trusted proxy nobody is shed.
"""

from __future__ import annotations

import logging
import math
import random
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, Response, request, session

from portal import clock, errors, log
from portal.config import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ARRIVED, WAITED = "HTTP_X_REQUEST_START", "doudi.waited"  # where a WSGI environment holds them
PAUSE = 0.05  # seconds without a request, after which nobody can be waiting
# Pressing "send", the signed calls of case systems, people on the telephone, health: these wait as long as it takes.
NEVER = ("apply.send", "handoff.", "hotline_", "health.", "static", "bootstrap.static")
# Who is filling in or signing an application goes on when others are already sent away.
SIGNING = "consent."
DRAFT = "application_draft"
LONGER = 10
COME_BACK = (5, 15)  # seconds, drawn for each, so that they do not all return at once


class Line:
    """How long each request has waited for this process, whatever the clocks of proxy and portal say.

    A request that finds the process at rest cannot have waited: what it claims is by how much the clocks differ.
    Those that queued while the process started count from the first of them, so a restart sends nobody away.
    """

    def __init__(self, inner: WSGIApplication) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self._running = 0
        self._ended = -math.inf
        self._differ = 0.0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self._lock:
            at_rest = not self._running and time.monotonic() - self._ended >= PAUSE
            self._running += 1
        claimed = _claimed(environ.get(ARRIVED, ""))
        if at_rest and claimed is not None:
            self._differ = claimed
        environ[WAITED] = 0.0 if claimed is None else claimed - self._differ
        try:
            return self._inner(environ, start_response)
        finally:
            with self._lock:
                self._running -= 1
                self._ended = time.monotonic()


def _claimed(header: str) -> float | None:
    """Seconds since the moment in the header; None where it says none."""
    try:
        moment = float(header.removeprefix("t="))
    except ValueError:
        return None
    return clock.now().timestamp() - moment if math.isfinite(moment) else None


def init_app(app: Flask, settings: Settings) -> None:
    """Shed before anything is done for a request; needs the proxy that the settings trust."""
    if not (settings.trusted_proxies and settings.limits_wait):
        return
    app.wsgi_app = Line(app.wsgi_app)  # type: ignore[method-assign]  # Flask's way to put something around it
    patience = settings.limits_wait / 1000

    @app.before_request
    def shed() -> Response | None:
        waited = request.environ.get(WAITED, 0.0)
        if waited <= patience or (request.endpoint or "").startswith(NEVER):
            return None
        if waited <= LONGER * patience and _under_way():
            return None
        log.seldom("limits.shed", level=logging.WARNING, limit="wait", endpoint=request.endpoint)
        return errors.busy(random.randint(*COME_BACK))  # noqa: S311  # no secret


def _under_way() -> bool:
    return DRAFT in session or (request.endpoint or "").startswith(SIGNING)

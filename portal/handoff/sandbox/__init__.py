"""The sandbox case system: receives applications as a real one must, shows its cases, misbehaves on request.

It is a small application of its own with its own database file, meant for trying and for conformance tests.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask import Flask
from flask_bootstrap import Bootstrap5
from jinja2 import StrictUndefined
from werkzeug.serving import make_server

from portal import clock, encryption, i18n, log, security
from portal.config import ROOT, Settings
from portal.handoff.sandbox import pages, receiving
from portal.handoff.sandbox.faults import Faults
from portal.handoff.sandbox.store import Store


def create_sandbox(
    settings: Settings, file: Path | None = None, now: Callable[[], datetime] = clock.now
) -> Flask:
    """The sandbox as a WSGI application; cases are kept in `file` (default: in the instance folder)."""
    app = Flask("portal.handoff.sandbox", root_path=str(ROOT / "portal"))
    app.jinja_env.undefined = StrictUndefined
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    encryption.configure(settings.data_keys)
    security.init_app(app, settings)
    app.config["SESSION_COOKIE_NAME"] = "doudi-sandbox"  # cookies know no ports: the portal's must survive
    i18n.init_app(app)
    Bootstrap5(app)
    app.extensions["doudi_settings"] = settings
    app.extensions["sandbox_store"] = Store(file or settings.instance / "sandbox.sqlite")
    app.extensions["sandbox_clock"] = now
    app.extensions["sandbox_faults"] = Faults()
    security.csrf.exempt(receiving.routes)
    app.register_blueprint(receiving.routes)
    app.register_blueprint(pages.routes)
    return app


def run_sandbox(settings: Settings, port: int) -> None:
    """Serve the sandbox on the loopback address until the process is told to end."""
    log.configure()
    settings.instance.mkdir(parents=True, exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = make_server("127.0.0.1", port, create_sandbox(settings), threaded=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    log.event("sandbox.started", port=port)
    server.serve_forever()

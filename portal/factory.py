"""Puts the portal together: settings in, a ready Flask application out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask, Response, request, url_for
from flask.sessions import SecureCookieSessionInterface
from flask_babel import format_date, format_datetime
from flask_bootstrap import Bootstrap5
from flask_compress import Compress
from itsdangerous import URLSafeTimedSerializer
from jinja2 import StrictUndefined
from sqlalchemy.exc import ArgumentError

from portal import (
    apply,
    attachments,
    cli,
    consent,
    counts,
    db,
    encryption,
    errors,
    guidance,
    handoff,
    health,
    hotline,
    i18n,
    limits,
    log,
    progress,
    security,
    tracing,
)
from portal.config import ConfigError, Settings, load_settings

View = TypeVar("View", bound=Callable[..., Any])
PARTS = (attachments, guidance, apply, consent, handoff, progress, hotline, health)


class _Cookie(SecureCookieSessionInterface):
    """The visit's cookie, with one signer for the whole life of the process instead of two a request."""

    _signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer


class Portal(Flask):
    """Flask whose views and hooks are plain functions: it need not look, at every call, whether one is async."""

    def __init__(self) -> None:
        super().__init__("portal", root_path=str(Path(__file__).parent))
        self.session_interface = _Cookie()

    def ensure_sync(self, func: View) -> View:
        return func


def create_app(settings: Settings | None = None) -> Flask:
    """The portal for these settings (default: from the environment); raises ConfigError or DataError."""
    settings = settings or load_settings()
    app = Portal()
    app.jinja_env.undefined = StrictUndefined
    app.extensions["doudi_settings"] = settings
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    app.config["COMPRESS_LEVEL"] = 3  # a page of text comes out a tenth longer, in half the time
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 365 * 24 * 3600
    log.init_app(app, requests=settings.log_requests)
    _open(app, settings)
    tracing.init_app(app, settings)
    counts.init_app(app)
    limits.init_app(app, settings)  # before anything that costs more than counting
    security.init_app(app, settings)
    i18n.init_app(app)
    errors.init_app(app)
    Bootstrap5(app)
    Compress(app)
    for part in PARTS:
        part.init_app(app)
    cli.init_app(app)
    _template_helpers(app, settings)
    return app


def _open(app: Flask, settings: Settings) -> None:
    """Keys and database; what is written wrongly is said in words that show neither."""
    try:
        encryption.configure(settings.data_keys)
    except ValueError:
        raise ConfigError(
            "DOUDI_DATA_KEYS: one of the keys is not whole (44 characters each, parted by spaces)."
        ) from None
    try:
        db.init_app(app, settings.database_url, read_only=settings.read_only)
    except (ArgumentError, ImportError):
        raise ConfigError(
            "DOUDI_DATABASE_URL must be sqlite:///file or postgresql+psycopg://user:password@host/name."
        ) from None


def _template_helpers(app: Flask, settings: Settings) -> None:
    digests: dict[tuple[str, str], str] = {}

    def asset(name: str, endpoint: str = "static") -> str:
        """The address of a file of ours or of a part, changing with its content so that it can be cached for good."""
        if (endpoint, name) not in digests:
            owner = app.blueprints[endpoint.removesuffix(".static")] if "." in endpoint else app
            content = (Path(owner.static_folder or "") / name).read_bytes()
            digests[endpoint, name] = hashlib.sha256(content).hexdigest()[:12]
        return url_for(endpoint, filename=name, v=digests[endpoint, name])

    def keep_for_good(response: Response) -> Response:
        """A file under an address that holds its digest never changes, so nobody need ask for it twice."""
        if request.endpoint in ("static", "bootstrap.static") and request.args.get("v"):
            response.cache_control.immutable = True
        return response

    app.after_request(keep_for_good)
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.globals["hotline"] = settings.hotline
    app.jinja_env.globals["read_only"] = settings.read_only
    app.jinja_env.filters["day"] = lambda value: format_date(value, "long")
    app.jinja_env.filters["moment"] = lambda value: format_datetime(value, "medium")

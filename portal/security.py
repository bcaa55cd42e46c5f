"""Cookies, headers and CSRF: what every response carries and every form must bring along."""

from __future__ import annotations

import ipaddress
import secrets
from datetime import timedelta

from flask import Flask, Response, abort, request, session
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.config import Settings

csrf = CSRFProtect()

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"
LARGEST_FORM = 1024 * 1024  # without files: the largest is a signature drawn by hand, 400,000 signs
MOST_FIELDS = 1000  # as many as werkzeug takes of a form with files
PROGRAMS, LARGEST_CALL = ("/api/", "/handoff/"), 256 * 1024  # however a program frames its body


def init_app(app: Flask, settings: Settings) -> None:
    """Fix cookie attributes, CSRF and response headers."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME=settings.cookie_name("doudi"),
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_REFRESH_EACH_REQUEST=False,  # set anew by every page that saves something, as a draft's life is
        PERMANENT_SESSION_LIFETIME=timedelta(days=settings.draft_days),
        WTF_CSRF_TIME_LIMIT=None,  # a page left open over night must still save what was typed
        WTF_CSRF_SSL_STRICT=settings.secure_cookies,
        MAX_CONTENT_LENGTH=12 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
    )
    if settings.trusted_proxies:
        trusted = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted, x_proto=trusted)  # type: ignore[method-assign]
    app.before_request(_bound_bodies)
    csrf.init_app(app)
    headers = dict(HEADERS)
    if settings.secure_cookies:
        headers["Strict-Transport-Security"] = STRICT_TRANSPORT

    @app.after_request
    def protect(response: Response) -> Response:
        present = {name.lower() for name, _value in response.headers}
        missing = [(name, value) for name, value in headers.items() if name.lower() not in present]
        if "cache-control" not in present:
            # Shared phones: Back shows nothing after the end. A digest is asked for again, nothing else is kept.
            missing.append(("Cache-Control", "no-cache" if "etag" in present else "no-store"))
        response.headers.extend(missing)
        return response


def _bound_bodies() -> None:
    """What no page of ours sends and what costs much to read; before the CSRF library reads it.

    Werkzeug bounds neither size nor fields of a plain form: one of 12 MB kept a worker busy for 13 seconds.
    """
    if request.path.startswith(PROGRAMS):
        request.max_content_length = LARGEST_CALL
    elif request.mimetype == "application/x-www-form-urlencoded":
        request.max_content_length = LARGEST_FORM
        if request.get_data().count(b"&") >= MOST_FIELDS:
            abort(413)
    elif request.mimetype == "multipart/form-data" and (None in request.form or None in request.files):
        abort(400)  # a part without a name is nobody's field, and the CSRF library stumbles over it


def visitor() -> tuple[str, str]:
    """(opaque id of this visit, network the request came from), for counting wrong tries."""
    visit = session.setdefault("visit", secrets.token_urlsafe(12))
    return str(visit), network(request.remote_addr or "")


def network(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 that one IPv6 household is given."""
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    return str(found.ipv4_mapped or ipaddress.ip_network((found.packed, 64), strict=False))

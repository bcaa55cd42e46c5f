"""How many requests one visit and one address may make a minute, so that one crowd cannot push the others out.

Forty families behind one village committee's address must all finish, so an address is allowed far more than a
visit. Counts live in memory (one process) or in Redis (several machines), never in the database, and hold keyed
hashes instead of addresses. A store that is lost stops nobody: each process then counts for itself.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import Flask, Response, request, session
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.errors import ConfigurationError, StorageError
from limits.storage import Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from portal import clock, codes, errors, log, security
from portal.config import ConfigError, Settings
from portal.limits.memory import OwnMemory

SENDING = ("apply.send",)
# The calls of case systems are signed, come in bursts after an outage, and are refused before they cost anything.
NOT_COUNTED = ("handoff.", "health.", "static", "bootstrap.static")
STORE_SECONDS = 0.3  # a store that answers later is as good as lost
ASK_AGAIN = timedelta(seconds=5)


class Counter:
    """Counts in the store of the installation, or in this process while that store does not answer."""

    def __init__(self, url: str) -> None:
        self._shared = FixedWindowRateLimiter(_storage(url))
        self._own = FixedWindowRateLimiter(OwnMemory())
        self._lost_at: datetime | None = None

    def wait(self, limit: RateLimitItem, *who: str) -> int:
        """Count one request; 0 where it may pass, else the seconds until the next one may."""
        now = clock.now()
        if self._lost_at is None or now - self._lost_at >= ASK_AGAIN:
            try:
                seconds = _count(self._shared, limit, who, now)
            except StorageError:
                self._lost_at = now
                log.event("limits.store_lost", level=logging.ERROR)
            else:
                if self._lost_at is not None:
                    self._lost_at = None
                    log.event("limits.store_back")
                return seconds
        return _count(self._own, limit, who, now)


def init_app(app: Flask, settings: Settings) -> None:
    """Count every request before anything else looks at it; raises ConfigError for an unknown kind of store."""
    counter = Counter(settings.limits_url)
    most = {
        name: RateLimitItemPerMinute(number)
        for name, number in (
            ("visit", settings.limits_visit),
            ("address", settings.limits_address),
            ("api", settings.limits_api),
            ("send", settings.limits_send),
        )
        if number  # 0 means: not limited
    }

    def count() -> Response | None:
        for name, who in _counted(settings.secret_key):
            seconds = counter.wait(most[name], name, who) if name in most else 0
            if seconds:
                log.seldom("limits.shed", level=logging.WARNING, limit=name, endpoint=request.endpoint)
                return errors.busy(seconds)
        return None

    if most:
        app.before_request(count)


def _counted(key: str) -> Iterator[tuple[str, str]]:
    """The limits this request falls under, each with whom it is counted for."""
    endpoint = request.endpoint
    if endpoint is not None and endpoint.startswith(NOT_COUNTED):
        return
    address = codes.keyed_hash(security.network(request.remote_addr or ""), key=key, purpose="limits")
    if request.path.startswith("/api/"):
        yield "api", address
        return
    yield "address", address
    visit = session.get("visit") or session.get(
        "csrf_token"
    )  # opaque ids; without a cookie the address counts
    if visit:
        yield "visit", str(visit)
        if endpoint in SENDING:
            yield "send", str(visit)


def _count(limiter: FixedWindowRateLimiter, limit: RateLimitItem, who: tuple[str, ...], now: datetime) -> int:
    if limiter.hit(limit, "doudi", *who):
        return 0
    until = limiter.get_window_stats(limit, "doudi", *who).reset_time
    return max(1, min(60, int(until - now.timestamp()) + 1))


def _storage(url: str) -> Storage:
    if url == "memory://":
        return OwnMemory()
    patience = {"socket_connect_timeout": STORE_SECONDS, "socket_timeout": STORE_SECONDS}
    try:
        found = storage_from_string(
            url, wrap_exceptions=True, **({} if url.startswith("memory:") else patience)
        )
    except (ConfigurationError, ValueError, ImportError) as unknown:
        raise ConfigError("DOUDI_LIMITS_URL: must be memory:// or redis://host:port/number") from unknown
    if not isinstance(found, Storage):
        raise ConfigError("DOUDI_LIMITS_URL: must be memory:// or redis://host:port/number, without async")
    return found

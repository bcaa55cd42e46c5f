"""Which case system an application goes to, how we prove ourselves there, and who may report back.

One route named `default` comes from the settings; a routes file (TOML) sends counties elsewhere:
each `[[route]]` has name, url, regions (division code prefixes), and keys (signature) or token (bearer).
"""

from __future__ import annotations

import hmac
import tomllib
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from portal.config import ConfigError, Settings
from portal.handoff import case_system, keys

DEFAULT = "default"
_KEYS = {"name", "url", "regions", "keys", "token", "plain_http"}


@dataclass(frozen=True, slots=True)
class Route:
    """One case system. With `token` it speaks the simple profile (bearer), else signatures with `keys`."""

    name: str
    url: str
    regions: tuple[str, ...] = ()
    keys: dict[str, Ed25519PublicKey] = field(default_factory=dict)
    token: str | None = None


@cache
def table(settings: Settings) -> dict[str, Route]:
    """All routes by name; raises ConfigError naming the file and the route."""
    trusted = keys.read_public(settings.case_system_keys, "DOUDI_CASE_SYSTEM_KEYS")
    if not trusted:
        trusted = keys.public(keys.of_sandbox(settings))
    _check_address(settings.case_system_url, "DOUDI_CASE_SYSTEM_URL", plain_http=False)
    routes = {DEFAULT: Route(DEFAULT, settings.case_system_url, keys=trusted)}
    if settings.routes_file is not None:
        for row in _rows(settings):
            route = _read(row, str(settings.routes_file))
            if route.name in routes and route.name != DEFAULT:
                raise ConfigError(f"{settings.routes_file}: two routes are named {route.name!r}.")
            routes[route.name] = route
    _refuse_shared_keys(routes)
    return routes


def route_of(settings: Settings, region: str) -> str:
    """The name of the route for a six-digit region: the longest prefix that fits, else `default`."""
    fitting = [
        (len(prefix), route.name)
        for route in table(settings).values()
        for prefix in route.regions
        if region.startswith(prefix)
    ]
    return max(fitting)[1] if fitting else DEFAULT


def by_key(settings: Settings) -> dict[str, tuple[Ed25519PublicKey, str]]:
    """Every key that may sign callbacks: key id to key and route name."""
    return {
        key_id: (key, route.name) for route in table(settings).values() for key_id, key in route.keys.items()
    }


def by_token(settings: Settings, authorization: str | None) -> str | None:
    """The route whose bearer token an Authorization header carries; compared in constant time."""
    given = (authorization or "").encode("utf-8", "surrogateescape")
    found = None
    for route in table(settings).values():
        if route.token and hmac.compare_digest(given, f"Bearer {route.token}".encode()):
            found = route.name
    return found


def _rows(settings: Settings) -> list[dict[str, object]]:
    file = settings.routes_file
    if file is None:
        return []
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as broken:  # also bytes that are no UTF-8
        raise ConfigError(f"DOUDI_ROUTES: {file} cannot be read: {broken}") from broken
    rows = found.get("route")
    if (
        not isinstance(rows, list)
        or set(found) != {"route"}
        or not all(isinstance(row, dict) for row in rows)
    ):
        raise ConfigError(f"{file}: needs one or more [[route]] and nothing else.")
    return rows


def _read(row: dict[str, object], file: str) -> Route:
    name, url = row.get("name"), row.get("url")
    if not isinstance(name, str) or not isinstance(url, str) or not name or len(name) > 40:
        raise ConfigError(f"{file}: a route needs name (at most 40 characters) and url.")
    where = f"{file}: route {name!r}"
    if unknown := set(row) - _KEYS:
        raise ConfigError(f"{where}: unknown key {sorted(unknown)[0]!r}.")
    _check_address(url, where, plain_http=row.get("plain_http") is True)
    regions = _texts(row.get("regions", []), where, "regions")
    if any(not prefix.isdigit() or len(prefix) > 6 for prefix in regions):
        raise ConfigError(f'{where}: regions are division codes or their beginnings, e.g. "2224".')
    token = row.get("token")
    trusted = keys.read_public(_texts(row.get("keys", []), where, "keys"), f"{where}: keys")
    if not (isinstance(token, str) and len(token) >= 32) and not trusted:
        raise ConfigError(
            f"{where}: needs keys (public keys of the case system) or token (32 characters or more)."
        )
    return Route(name, url.rstrip("/"), regions, trusted, token if isinstance(token, str) else None)


def _check_address(url: str, where: str, *, plain_http: bool) -> None:
    """Only an address that an operator would write on purpose: https, or http on this machine or where allowed."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError as broken:
        raise ConfigError(f"{where}: url cannot be read: {broken}") from None
    if parts.scheme != "https" and not (
        parts.scheme == "http" and (plain_http or case_system.is_loopback(host))
    ):
        raise ConfigError(
            f"{where}: url must be https (plain_http = true in a routes file allows http inside a closed network)."
        )
    if not host or parts.username is not None or parts.query or parts.fragment:
        raise ConfigError(f"{where}: url must be scheme, host and path, without name, password, ? or #.")
    if not case_system.may_be_called(host, host):
        raise ConfigError(f"{where}: {host} is an address that no case system can have.")


def _texts(found: object, where: str, key: str) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(entry, str) for entry in found):
        raise ConfigError(f"{where}: {key} is a list of texts.")
    return tuple(found)


def _refuse_shared_keys(routes: dict[str, Route]) -> None:
    owners: dict[str, str] = {}
    for route in routes.values():
        for key_id in route.keys:
            if owners.setdefault(key_id, route.name) != route.name:
                raise ConfigError(
                    f"Routes {owners[key_id]!r} and {route.name!r} share the key id {key_id!r}."
                )

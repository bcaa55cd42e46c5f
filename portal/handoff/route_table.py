"""Which case system an application goes to; one route, named `default`, unless the installation says more."""

from __future__ import annotations

from portal.config import Settings

DEFAULT = "default"


def route_of(settings: Settings, region: str) -> str:
    """The name of the route for a six-digit region."""
    return DEFAULT


def address_of(settings: Settings, route: str) -> str:
    """The base URL of the case system behind a route."""
    return settings.case_system_url

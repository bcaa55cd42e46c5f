"""While nothing can be written, the answers of an estimate travel with the visitor, encrypted, in a cookie.

It ends with the browser; the first answer saved afterwards brings it into an ordinary draft.
"""

from __future__ import annotations

import json
import zlib
from typing import Any

from cryptography.fernet import InvalidToken
from flask import Response, after_this_request, current_app, g, request

from portal import db, encryption
from portal.config import Settings
from portal.guidance.household import Household

NAME = "estimate"
LONGEST = 3800  # browsers drop a cookie of more than four kilobytes, name and attributes included


def answers() -> dict[str, Any] | None:
    """What this visitor's browser brought along or was just given; None where there is nothing to read."""
    if "travelling" in g:
        found: dict[str, Any] | None = g.travelling
        return found
    sealed = request.cookies.get(_name())
    if not sealed:
        return None
    try:
        read = json.loads(zlib.decompress(encryption.decrypt(sealed.encode())))
    except (InvalidToken, zlib.error, ValueError):
        return None
    return read if isinstance(read, dict) else None


def keep(household: Household) -> dict[str, Any]:
    """Give the browser the answers with this response and return them; raises ReadOnly where no cookie holds them."""
    told = {
        "facts": household.facts,
        "unsure": sorted(household.unsure),
        "trail": household.trail,
        "helping": household.helping,
    }
    sealed = encryption.encrypt(zlib.compress(json.dumps(told, ensure_ascii=False).encode(), 9)).decode()
    if len(sealed) > LONGEST:
        raise db.ReadOnly
    g.travelling = told
    secure = _settings().secure_cookies

    @after_this_request
    def give(response: Response) -> Response:
        response.set_cookie(_name(), sealed, httponly=True, samesite="Lax", secure=secure)
        return response

    return told


def drop() -> None:
    """Take the answers off the browser with this response."""
    g.travelling = None
    if _name() not in request.cookies:
        return
    secure = _settings().secure_cookies

    @after_this_request
    def take(response: Response) -> Response:
        response.delete_cookie(_name(), httponly=True, samesite="Lax", secure=secure)
        return response


def _name() -> str:
    return _settings().cookie_name(NAME)


def _settings() -> Settings:
    found: Settings = current_app.extensions["doudi_settings"]
    return found

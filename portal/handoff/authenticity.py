"""Who is calling: signs our calls for a route and names the route whose case system calls us.

A caller proves itself by signature; the simple profile (bearer token) holds only for routes that say so.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.handoff import keys, route_table, signatures
from portal.handoff.case_system import Sign
from portal.handoff.models import SeenNonce
from portal.handoff.signatures import SignatureError, Verified


def for_route(settings: Settings, route: str, clock: Callable[[], datetime]) -> Sign:
    """Headers that prove ourselves to the case system of a route."""
    token = route_table.table(settings)[route].token
    if token is None:
        return signatures.signer(keys.own(settings), clock)

    def bear(_method: str, _url: str, _headers: dict[str, str], _body: bytes) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"}

    return bear


def caller(
    settings: Settings,
    method: str,
    path: str,
    headers: list[tuple[str, str]],
    body: bytes,
    *,
    now: datetime,
) -> tuple[str, Verified | None]:
    """The route that calls, and its nonce to be used up (`use_nonce`); raises SignatureError.

    `path` is taken relative to our public address, so neither a proxy nor a forged Host header matters.
    """
    names = {name.lower() for name, _value in headers}
    if not names & {"signature", "signature-input"}:
        token = next((value for name, value in headers if name.lower() == "authorization"), None)
        route = route_table.by_token(settings, token)
        if route is None:
            raise SignatureError("not-signed")
        return route, None
    known = route_table.by_key(settings)
    required = ("content-type",) if method == "POST" else ()
    found = signatures.verify(
        method,
        settings.public_url + path,
        headers,
        body,
        keys={key_id: key for key_id, (key, _route) in known.items()},
        now=now,
        required=required,
    )
    return known[found.key_id][1], found


def use_nonce(session: Session, found: Verified | None, *, now: datetime) -> None:
    """Use the nonce up in the caller's transaction; raises SignatureError where it came before.

    A nonce is kept a while longer than its signature is good, and of two that come together one gets through.
    """
    if found is None:
        return
    session.execute(delete(SeenNonce).where(SeenNonce.expires_at < now - signatures.SKEW))
    if session.get(SeenNonce, (found.key_id, found.nonce)) is not None:
        raise SignatureError("nonce-replayed")
    try:
        with session.begin_nested():
            session.add(SeenNonce(key_id=found.key_id, nonce=found.nonce, expires_at=found.expires))
    except IntegrityError:
        raise SignatureError("nonce-replayed") from None

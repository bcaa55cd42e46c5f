"""Who is calling: the shared secret of the simple profile, checked in constant time."""

from __future__ import annotations

import hmac

from portal.config import Settings
from portal.handoff.case_system import Sign


def bearer(settings: Settings) -> Sign:
    """Headers of a call that prove we hold the shared secret."""

    def sign(_method: str, _url: str, _headers: dict[str, str], _body: bytes) -> dict[str, str]:
        return {"Authorization": f"Bearer {settings.hand_off_token}"}

    return sign


def holds_secret(settings: Settings, authorization: str | None) -> bool:
    """Whether an Authorization header carries the shared secret."""
    wanted = f"Bearer {settings.hand_off_token}".encode()
    return hmac.compare_digest((authorization or "").encode("utf-8", "surrogateescape"), wanted)

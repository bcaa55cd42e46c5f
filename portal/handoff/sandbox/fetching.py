"""How a case system fetches attachments: by their links, signed, each checked against its announced hash."""

from __future__ import annotations

import hashlib
from datetime import datetime

from portal import clock
from portal.config import Settings
from portal.db import writing
from portal.handoff import keys, signatures
from portal.handoff.case_system import NoReply, call
from portal.handoff.sandbox import store
from portal.handoff.sandbox.store import FetchedFile, Store

LARGEST = 64 * 1024 * 1024


def fetch(held: Store, settings: Settings, number: str, *, now: datetime) -> int:
    """Fetch what was announced of an application and has not come yet; returns how many came."""
    with held.reading() as session:
        here = store.fetched(session, number)
        wanted = [e for id_, e in store.announced(session, number).items() if id_ not in here and "url" in e]
    sign = signatures.signer(keys.of_sandbox(settings), clock.now)
    came = 0
    for entry in wanted:
        url = str(entry["url"])
        if not url.startswith(f"{settings.public_url}/"):
            continue  # a link elsewhere is none of our portal's
        reply = call("GET", url, sign("GET", url, {}, b""), b"", largest=LARGEST)
        if isinstance(reply, NoReply) or reply.status != 200:
            continue
        if hashlib.sha256(reply.body).hexdigest() != entry["sha256"]:
            continue
        with writing(held.engine) as session:
            session.merge(FetchedFile(id=str(entry["id"]), application_number=number, received_at=now))
        came += 1
    return came

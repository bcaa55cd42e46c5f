"""The pull list for recovery: a case system reads its events in order without gaps and acknowledges them."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.handoff.events import write
from portal.handoff.models import OutboxMessage, OutboxState, Submission

MOST = 500
_CODE = re.compile(r"[a-z0-9-]{1,60}")


class CursorError(Exception):
    """The cursor is none of ours."""


class Acknowledgement(StrEnum):
    """How an acknowledgement or a problem report was taken."""

    TAKEN = "taken"
    UNKNOWN = "unknown"
    HASH_DIFFERS = "hash_differs"


@dataclass(frozen=True, slots=True)
class Page:
    """Events in the order in which they were written, and where to go on."""

    events: list[dict[str, Any]]
    after: str
    more: bool


def read(session: Session, route: str, *, after: str | None, limit: int = MOST) -> Page:
    """Up to 500 events of a route after a cursor, superseded ones left out; raises CursorError."""
    start = _position(after)
    limit = max(1, min(limit, MOST))
    messages = session.scalars(
        select(OutboxMessage)
        .where(
            OutboxMessage.route == route,
            OutboxMessage.position > start,
            OutboxMessage.state != OutboxState.SUPERSEDED,
        )
        .order_by(OutboxMessage.position)
        .limit(limit + 1)
    ).all()
    shown = messages[:limit]
    events = []
    for message in shown:
        submission = session.get_one(Submission, (message.application_number, message.application_version))
        events.append(json.loads(write(message, submission.document)))
    last = shown[-1].position if shown else start
    return Page(events, _cursor(last), len(messages) > limit)


def acknowledge(
    session: Session, route: str, id_: str, *, case_number: str, content_hash: str, now: datetime
) -> Acknowledgement:
    """The case system holds the event under `case_number`, with that hash of its data."""
    found = _find(session, route, id_)
    if found is None:
        return Acknowledgement.UNKNOWN
    submission = session.get_one(Submission, (found.application_number, found.application_version))
    if submission.content_hash != content_hash:
        return Acknowledgement.HASH_DIFFERS
    found.case_number, found.received_hash = case_number, content_hash
    found.received_at = found.received_at or now
    found.delivered_at = found.delivered_at or now
    found.state, found.state_since, found.problem = OutboxState.ACKNOWLEDGED, now, None
    found.lease_until = found.lease_owner = None
    return Acknowledgement.TAKEN


def report_problem(session: Session, route: str, id_: str, *, code: str, now: datetime) -> Acknowledgement:
    """The case system cannot work with the event after all: it is open again, for a person to look at."""
    found = _find(session, route, id_)
    if found is None:
        return Acknowledgement.UNKNOWN
    found.state, found.state_since = OutboxState.PARKED, now
    found.problem = f"receiver:{code if _CODE.fullmatch(code) else 'other'}"
    found.lease_until = found.lease_owner = None
    return Acknowledgement.TAKEN


def sent_to(session: Session, route: str, number: str) -> bool:
    """Whether an application went to the case system of this route."""
    sent = select(OutboxMessage.position).where(
        OutboxMessage.application_number == number, OutboxMessage.route == route
    )
    return session.scalar(sent.limit(1)) is not None


def _find(session: Session, route: str, id_: str) -> OutboxMessage | None:
    return session.scalar(
        select(OutboxMessage).where(OutboxMessage.id == id_, OutboxMessage.route == route).with_for_update()
    )


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"p{position}".encode()).decode().rstrip("=")


def _position(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        raise CursorError(cursor) from None
    if not re.fullmatch(r"p\d{1,18}", text):
        raise CursorError(cursor)
    return int(text[1:])

"""Comparing our list of what was sent with the case system's list of what it holds, and closing every gap.

Wanted is zero differences. What they miss is sent again under its old key; what we miss (a restored backup)
is fetched back, checked by its hash and written again.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.handoff import canonical, events, schedule
from portal.handoff.models import OutboxMessage, OutboxState, Submission
from portal.handoff.snapshot import TEST_PREFIX

SPAN = timedelta(days=35)
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Differences:
    """Keys are (application number, version)."""

    agreed: list[Key] = field(default_factory=list)
    missing_there: list[Key] = field(default_factory=list)
    missing_here: list[Key] = field(default_factory=list)
    hash_differs: list[Key] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.missing_there) + len(self.missing_here) + len(self.hash_differs)


def read_list(found: object) -> dict[Key, str]:
    """The case system's list without test cases; raises ValueError where it is not in the agreed shape."""
    rows = found.get("applications") if isinstance(found, dict) else None
    if not isinstance(rows, list):
        raise ValueError("the list has no applications")
    held: dict[Key, str] = {}
    for row in rows:
        number, version, digest = (
            (row.get("applicationNumber"), row.get("applicationVersion"), row.get("contentHash"))
            if isinstance(row, dict)
            else (None, None, None)
        )
        if not isinstance(number, str) or not isinstance(version, int) or not isinstance(digest, str):
            raise ValueError("an entry needs applicationNumber, applicationVersion and contentHash")
        if not number.startswith(TEST_PREFIX):
            held[number, version] = digest
    return held


def compare(session: Session, route: str, held: Mapping[Key, str], *, now: datetime) -> Differences:
    """What differs within the last 35 days; what is still on its way is no difference."""
    rows = session.execute(
        select(
            OutboxMessage.application_number,
            OutboxMessage.application_version,
            OutboxMessage.state,
            Submission.content_hash,
        )
        .join(
            Submission,
            (Submission.number == OutboxMessage.application_number)
            & (Submission.version == OutboxMessage.application_version),
        )
        .where(OutboxMessage.route == route, OutboxMessage.created_at >= now - SPAN)
    ).all()
    ours = {(number, version): (state, digest) for number, version, state, digest in rows}
    found = Differences()
    for key, (state, digest) in ours.items():
        if key in held:
            (found.agreed if held[key] == digest else found.hash_differs).append(key)
        elif state in (OutboxState.DELIVERED, OutboxState.ACKNOWLEDGED):
            found.missing_there.append(key)
    elsewhere = [key for key in held if key not in ours]
    known = _known(session, elsewhere)
    found.missing_here.extend(key for key in elsewhere if key not in known)
    return found


def mark_agreed(session: Session, keys: Iterable[Key], *, now: datetime) -> None:
    """Only what both sides hold alike may ever be deleted by a retention job."""
    for number, version in keys:
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.application_number == number, OutboxMessage.application_version == version)
            .values(reconciled_at=now)
        )


def send_again(session: Session, keys: Iterable[Key], *, now: datetime) -> int:
    """Reopen what the case system does not hold: the relay asks for its receipt, then sends the old key."""
    count = 0
    for number, version in keys:
        message = session.scalar(
            select(OutboxMessage).where(
                OutboxMessage.application_number == number, OutboxMessage.application_version == version
            )
        )
        if message is not None:
            message.state, message.state_since = OutboxState.UNKNOWN, now
            message.problem = "missing-at-case-system"
            message.next_attempt_at, message.give_up_at = now, now + schedule.GIVE_UP_AFTER
            count += 1
    return count


def write_back(
    session: Session, event: Mapping[str, Any], expected_hash: str, route: str, *, now: datetime
) -> bool:
    """Write an application again that the case system holds and we lost; False where its hash is wrong.

    The query code cannot be known again: the citizen gets a new one from the hotline.
    """
    document, number, version = event.get("data"), event.get("subject"), event.get("applicationversion")
    if not isinstance(document, dict) or not isinstance(number, str) or not isinstance(version, int):
        return False
    if canonical.content_hash(document) != expected_hash:
        return False
    at = _moment(event.get("time"), now)
    region = str(document.get("region", ""))[:6]
    first = session.get(Submission, (number, 1))
    session.add(
        Submission(
            number=number,
            version=version,
            draft_id=None,
            region=region or (first.region if first else ""),
            query_code_hash=first.query_code_hash if first else secrets.token_hex(32),
            document=document,
            content_hash=expected_hash,
            submitted_at=at,
        )
    )
    session.flush()
    session.add(
        OutboxMessage(
            id=str(event.get("id")),
            application_number=number,
            application_version=version,
            type=str(event.get("type", events.PREFIX + events.SUBMITTED)).removeprefix(events.PREFIX),
            source=str(event.get("source", "")),
            route=route,
            state=OutboxState.ACKNOWLEDGED,
            attempts=0,
            created_at=at,
            next_attempt_at=at,
            give_up_at=at + schedule.GIVE_UP_AFTER,
            state_since=now,
            received_hash=expected_hash,
            delivered_at=now,
            problem="written-back",
        )
    )
    session.flush()
    return True


def _known(session: Session, keys: Iterable[Key]) -> set[Key]:
    return {key for key in keys if session.get(Submission, key) is not None}


def _moment(text: object, now: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        found = None
    return found if found is not None and found.tzinfo is not None else now

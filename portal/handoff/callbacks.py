"""What a case system reports: stored once, applied when it is newer and possible, flagged otherwise."""

from __future__ import annotations

import tomllib
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.handoff.events import CaseEvent
from portal.handoff.models import CallbackEvent, CaseRecord, OutboxMessage, OutboxState

_STATES = Path(__file__).with_name("case_states.toml")
NONE = "none"


class Verdict(StrEnum):
    """What became of a reported event."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    STALE = "stale"
    IMPOSSIBLE = "impossible"
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_CASE = "unknown_case"
    NO_REASON = "no_reason"


class CaseStatesError(Exception):
    """The table of case states is broken; the text says where."""


@cache
def transitions() -> dict[str, frozenset[str]]:
    """Allowed next states by state; raises CaseStatesError for a state that no row defines."""
    with _STATES.open("rb") as file:
        table: dict[str, list[str]] = tomllib.load(file)["next"]
    for state, following in table.items():
        for other in following:
            if other not in table:
                raise CaseStatesError(f"{_STATES.name}: next.{state} names {other!r}, which has no row")
    return {state: frozenset(following) for state, following in table.items()}


def case_states() -> tuple[str, ...]:
    """Every state a case system may report."""
    return tuple(state for state in transitions() if state != NONE)


def receive(session: Session, event: CaseEvent, *, now: datetime, route: str | None = None) -> Verdict:
    """Store and apply an event in the caller's transaction; answer 2xx only after its commit.

    A refusal without a written reason is not taken (社会救助法 art. 45), nor an event about an application
    we never sent to this caller's `route`; the sender learns of both and can mend them.
    """
    if event.state not in case_states():
        return Verdict.UNKNOWN_TYPE
    if session.scalar(_stored(event)) is not None:
        return Verdict.DUPLICATE
    sent = select(OutboxMessage.position).where(OutboxMessage.application_number == event.application_number)
    if route is not None:
        sent = sent.where(OutboxMessage.route == route)
    if session.scalar(sent.limit(1)) is None:
        return Verdict.UNKNOWN_CASE
    if event.state == "rejected" and not reason(event.details):
        return Verdict.NO_REASON
    record = session.get(CaseRecord, event.application_number, with_for_update=True)
    verdict = _judge(record, event)
    at = min(event.at or now, now)
    if verdict == Verdict.APPLIED:
        _apply(session, record, event, at)
    session.add(
        CallbackEvent(
            source=event.source,
            event_id=event.id,
            application_number=event.application_number,
            case_state=event.state,
            sequence=event.sequence,
            verdict=verdict,
            at=at,
            received_at=now,
            details=event.details,
        )
    )
    if verdict != Verdict.IMPOSSIBLE:
        _acknowledge(session, event, now)
    session.flush()
    return verdict


def reason(details: dict[str, object]) -> str:
    """The written reason of a refusal; empty where there is none."""
    found = details.get("reason")
    if isinstance(found, dict):
        found = found.get("text")
    return found.strip() if isinstance(found, str) else ""


def _stored(event: CaseEvent):  # type: ignore[no-untyped-def]  # the type of a select is longer than the select
    return select(CallbackEvent.id).where(
        CallbackEvent.source == event.source, CallbackEvent.event_id == event.id
    )


def _judge(record: CaseRecord | None, event: CaseEvent) -> Verdict:
    if record is None:
        return Verdict.APPLIED if event.state in transitions()[NONE] else Verdict.IMPOSSIBLE
    if event.sequence <= record.sequence:
        return Verdict.STALE
    return Verdict.APPLIED if event.state in transitions()[record.state] else Verdict.IMPOSSIBLE


def _apply(session: Session, record: CaseRecord | None, event: CaseEvent, at: datetime) -> None:
    number = event.details.get("caseNumber")
    case_number = number if isinstance(number, str) and 0 < len(number) <= 80 else None
    if record is None:
        session.add(
            CaseRecord(
                application_number=event.application_number,
                case_number=case_number,
                state=event.state,
                sequence=event.sequence,
                since=at,
                details=event.details,
            )
        )
        return
    record.case_number = case_number or record.case_number
    record.state, record.sequence, record.since, record.details = (
        event.state,
        event.sequence,
        at,
        event.details,
    )


def _acknowledge(session: Session, event: CaseEvent, now: datetime) -> None:
    """The case system speaks about the application, so it has it: the earliest version at least arrived."""
    for message in session.scalars(
        select(OutboxMessage).where(
            OutboxMessage.application_number == event.application_number,
            OutboxMessage.state == OutboxState.DELIVERED,
        )
    ):
        message.state, message.state_since = OutboxState.ACKNOWLEDGED, now

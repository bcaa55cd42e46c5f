"""Deleting what may be deleted: only applications that both sides hold, agreed at night, and whose term is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal import attachments
from portal.handoff.models import (
    CallbackEvent,
    CaseRecord,
    DeliveryAttempt,
    OutboxMessage,
    OutboxState,
    Submission,
)

_DONE = (OutboxState.ACKNOWLEDGED, OutboxState.SUPERSEDED)
_CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Retention:
    """Application numbers whose term is over: those to delete, and those held back because something is open."""

    deletable: tuple[str, ...]
    held_back: tuple[str, ...]


def due(session: Session, *, now: datetime, term: timedelta) -> Retention:
    """Sort what is older than the term, counted from its newest version or status event.

    An application is held back unless every message is acknowledged and reconciled and its case is closed:
    an undelivered one is never deleted.
    """
    old = session.scalars(
        select(OutboxMessage.application_number)
        .group_by(OutboxMessage.application_number)
        .having(func.max(OutboxMessage.created_at) < now - term)
    ).all()
    deletable: list[str] = []
    held_back: list[str] = []
    for number in old:
        messages = session.scalars(
            select(OutboxMessage).where(OutboxMessage.application_number == number)
        ).all()
        record = session.get(CaseRecord, number)
        settled = all(
            m.state == OutboxState.SUPERSEDED or (m.state in _DONE and m.reconciled_at is not None)
            for m in messages
        )
        closed = record is not None and record.state == _CLOSED and record.since < now - term
        (deletable if settled and closed else held_back).append(number)
    return Retention(tuple(deletable), tuple(held_back))


def remove(session: Session, number: str) -> None:
    """Delete everything about one application, its files too; only for numbers that `due` found deletable."""
    ids = select(OutboxMessage.id).where(OutboxMessage.application_number == number)
    session.execute(delete(DeliveryAttempt).where(DeliveryAttempt.message_id.in_(ids)))
    for table in (OutboxMessage, CallbackEvent, CaseRecord):
        session.execute(delete(table).where(table.application_number == number))
    attachments.forget_number(session, number)
    session.execute(delete(Submission).where(Submission.number == number))

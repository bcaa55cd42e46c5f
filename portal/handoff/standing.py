"""What people may know about an application that was sent: how far it got and what the case system said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal import clock
from portal.handoff import outbox
from portal.handoff.callbacks import Verdict
from portal.handoff.events import WITHDRAWN
from portal.handoff.models import (
    SETTLED,
    CallbackEvent,
    CaseRecord,
    DeliveryAttempt,
    OutboxMessage,
    OutboxState,
    RouteHealth,
    Submission,
)
from portal.handoff.snapshot import COMPLETE

_RECENT = 1000
_MESSAGES = (
    select(OutboxMessage)
    .where(OutboxMessage.application_number == bindparam("number"))
    .order_by(OutboxMessage.application_version)
)
_DOCUMENT = select(Submission.document).where(
    Submission.number == bindparam("number"), Submission.version == bindparam("version")
)
_STEPS = (
    select(CallbackEvent.case_state, CallbackEvent.at, CallbackEvent.details)
    .where(CallbackEvent.application_number == bindparam("number"), CallbackEvent.verdict == Verdict.APPLIED)
    .order_by(CallbackEvent.sequence)
)


class Standing(StrEnum):
    """The four words a citizen gets about delivery: 已保存, 正在送达, 已送达, 送达受阻."""

    SAVED = "saved"
    ON_THE_WAY = "on_the_way"
    DELIVERED = "delivered"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Step:
    """One state of the case and since when."""

    state: str
    at: datetime
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where an application stands. `case_state` is None until the case system has reported one."""

    number: str
    programmes: tuple[str, ...]
    state: OutboxState
    standing: Standing
    submitted_at: datetime
    delivered_at: datetime | None
    case_number: str | None
    case_state: str | None
    since: datetime
    details: dict[str, Any]
    timeline: tuple[Step, ...]
    attempts: int
    problem: str | None
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts for operators. Ages and lags in seconds; the lag is the 95th percentile of the last thousand."""

    by_state: dict[str, int]
    oldest_undelivered_seconds: float
    attempts: int = 0
    receipt_lag_seconds: float = 0.0
    stopped_routes: int = 0
    open_routes: int = 0


def delivery(session: Session, number: str) -> Delivery | None:
    """Everything about the application with that number; None where there is none."""
    messages = session.scalars(_MESSAGES, {"number": number}).all()
    if not messages:
        return None
    telling = _telling(messages)
    record = session.get(CaseRecord, number)
    standing = _standing_of(messages, telling)
    if record is not None and standing in (Standing.SAVED, Standing.ON_THE_WAY):
        standing = Standing.DELIVERED  # the case system speaks of it, so it has it
    case_number = next((m.case_number for m in reversed(messages) if m.case_number), None)
    return Delivery(
        number=number,
        programmes=_programmes(session, messages),
        state=OutboxState(telling.state),
        standing=standing,
        submitted_at=messages[0].created_at,
        delivered_at=messages[0].delivered_at,
        case_number=(record.case_number if record else None) or case_number,
        case_state=record.state if record else None,
        since=record.since if record else telling.state_since,
        details=record.details if record else {},
        timeline=_timeline(session, number),
        attempts=telling.attempts,
        problem=telling.problem,
        withdrawn=any(message.type == WITHDRAWN for message in messages),
    )


def attempts(session: Session, number: str) -> Sequence[DeliveryAttempt]:
    """Every call made for an application, oldest first; for the hotline and operators."""
    return session.scalars(
        select(DeliveryAttempt)
        .join(OutboxMessage, OutboxMessage.id == DeliveryAttempt.message_id)
        .where(OutboxMessage.application_number == number)
        .order_by(DeliveryAttempt.id)
    ).all()


def figures(session: Session) -> Figures:
    """The outbox in numbers."""
    counted = session.execute(select(OutboxMessage.state, func.count()).group_by(OutboxMessage.state)).all()
    by_state = {state.value: 0 for state in OutboxState} | {str(state): count for state, count in counted}
    oldest = outbox.oldest_undelivered(session)
    lags = [
        (delivered - created).total_seconds()
        for delivered, created in session.execute(
            select(OutboxMessage.delivered_at, OutboxMessage.created_at)
            .where(OutboxMessage.delivered_at.is_not(None))
            .order_by(OutboxMessage.delivered_at.desc())
            .limit(_RECENT)
        )
        if delivered is not None
    ]
    routes = session.scalars(select(RouteHealth)).all()
    return Figures(
        by_state=by_state,
        oldest_undelivered_seconds=max(0.0, (clock.now() - oldest).total_seconds()) if oldest else 0.0,
        attempts=session.scalar(select(func.count()).select_from(DeliveryAttempt)) or 0,
        receipt_lag_seconds=sorted(lags)[int(len(lags) * 0.95)] if lags else 0.0,
        stopped_routes=sum(route.stopped_at is not None for route in routes),
        open_routes=sum(route.opened_at is not None for route in routes),
    )


def _programmes(session: Session, messages: Sequence[OutboxMessage]) -> tuple[str, ...]:
    """Programme ids of the newest complete version (a withdrawal names none)."""
    complete = [message for message in messages if message.type in COMPLETE]
    if not complete:
        return ()
    newest = {"number": complete[-1].application_number, "version": complete[-1].application_version}
    document = session.scalar(_DOCUMENT, newest) or {}
    return tuple(str(programme) for programme in document.get("programmes") or ())


def _telling(messages: Sequence[OutboxMessage]) -> OutboxMessage:
    """The message that decides what is said: the first that is not settled, else the newest that counts."""
    for message in messages:
        if message.state not in SETTLED:
            return message
    counting = [message for message in messages if message.state != OutboxState.SUPERSEDED]
    return counting[-1] if counting else messages[-1]


def _standing_of(messages: Sequence[OutboxMessage], telling: OutboxMessage) -> Standing:
    """A later event on its way does not make a delivered application undelivered; a stuck one is said."""
    arrived = any(message.state in (OutboxState.DELIVERED, OutboxState.ACKNOWLEDGED) for message in messages)
    if arrived and telling.state != OutboxState.PARKED:
        return Standing.DELIVERED
    return _standing(telling)


def _standing(message: OutboxMessage) -> Standing:
    match OutboxState(message.state):
        case OutboxState.PENDING:
            return Standing.SAVED
        case OutboxState.SENDING | OutboxState.ACCEPTED | OutboxState.RETRY_WAIT | OutboxState.UNKNOWN:
            return Standing.ON_THE_WAY
        case OutboxState.DELIVERED | OutboxState.ACKNOWLEDGED | OutboxState.SUPERSEDED:
            return Standing.DELIVERED
        case OutboxState.PARKED:
            return Standing.BLOCKED


def _timeline(session: Session, number: str) -> tuple[Step, ...]:
    return tuple(Step(*step) for step in session.execute(_STEPS, {"number": number}))

"""Claiming, settling and sweeping outbox messages; the caller owns the transaction and the clock.

A claim is a lease that is won by compare-and-set; on PostgreSQL several relays skip each other's rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from cryptography.fernet import InvalidToken
from sqlalchemy import and_, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from portal.handoff import breaker, schedule
from portal.handoff.canonical import content_hash
from portal.handoff.case_system import Answer, Outcome
from portal.handoff.events import write
from portal.handoff.models import (
    SETTLED,
    UNSETTLED,
    DeliveryAttempt,
    OutboxMessage,
    OutboxState,
    Submission,
)

LEASE = timedelta(seconds=60)
# In the order in which they are served: first what may already be there, then what waits longest.
DUE = (OutboxState.UNKNOWN, OutboxState.ACCEPTED, OutboxState.RETRY_WAIT, OutboxState.PENDING)


@dataclass(frozen=True, slots=True)
class Job:
    """One call to make: an event to send, or (`ask`) a receipt to ask for."""

    message_id: str
    route: str
    attempt: int
    ask: bool
    body: bytes
    content_hash: str


def has_due(session: Session, route: str, now: datetime) -> bool:
    """Whether a route has something to do, asked without taking the write lock."""
    return any(
        session.scalar(
            select(OutboxMessage.position)
            .where(
                OutboxMessage.route == route,
                OutboxMessage.state == state,
                OutboxMessage.next_attempt_at <= now,
            )
            .limit(1)
        )
        for state in DUE
    )


def claim(
    session: Session, route: str, *, owner: str, now: datetime, limit: int, lease: timedelta = LEASE
) -> list[Job]:
    """Lease up to `limit` due messages of a route and count the attempt; commit before calling anybody.

    Per application only the earliest unsettled message may go, so a case system sees versions in order.
    """
    earlier = aliased(OutboxMessage)
    blocked = exists().where(
        earlier.application_number == OutboxMessage.application_number,
        earlier.application_version < OutboxMessage.application_version,
        earlier.state.not_in(SETTLED),
    )
    jobs: list[Job] = []
    for state in DUE:  # one state at a time keeps to the index, however long the queue is
        if len(jobs) >= limit:
            break
        candidates = session.scalars(
            select(OutboxMessage)
            .where(
                OutboxMessage.route == route,
                OutboxMessage.state == state,
                OutboxMessage.next_attempt_at <= now,
                ~blocked,
            )
            .order_by(OutboxMessage.next_attempt_at)
            .limit(limit - len(jobs))
            .with_for_update(skip_locked=True, of=OutboxMessage)
        ).all()
        for message in candidates:
            job = _lease(session, message, owner, now, lease)
            if job is not None:
                jobs.append(job)
    return jobs


def _lease(
    session: Session, message: OutboxMessage, owner: str, now: datetime, lease: timedelta
) -> Job | None:
    ask = message.state in (OutboxState.UNKNOWN, OutboxState.ACCEPTED)
    try:
        submission = session.get_one(Submission, (message.application_number, message.application_version))
        intact = content_hash(submission.document) == submission.content_hash
    except (InvalidToken, ValueError):
        # One snapshot that no key opens must not stop all the others; after the cure it can be replayed.
        _move(message, OutboxState.PARKED, now, "snapshot-unreadable")
        return None
    if not intact:
        _move(message, OutboxState.PARKED, now, "snapshot-hash-differs")
        return None
    body = b"" if ask else write(message, submission.document)
    won = session.connection().execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.position == message.position,
            OutboxMessage.state == message.state,
            OutboxMessage.attempts == message.attempts,
        )
        .values(
            state=OutboxState.SENDING,
            state_since=now,
            attempts=message.attempts + 1,
            lease_until=now + lease,
            lease_owner=owner,
        )
    )
    attempt = message.attempts + 1
    session.expire(message)
    if won.rowcount != 1:
        return None
    return Job(message.id, message.route, attempt, ask, body, submission.content_hash)


def settle(
    session: Session, job: Job, answer: Answer, *, owner: str, now: datetime, chance: float
) -> OutboxState | None:
    """Write down how a call ended; None where the lease was lost meanwhile and somebody else decides."""
    session.add(
        DeliveryAttempt(
            message_id=job.message_id,
            attempt=job.attempt,
            call="receipt" if job.ask else "send",
            at=now,
            outcome=answer.outcome,
            status=answer.status,
            milliseconds=answer.milliseconds,
            problem=answer.problem,
        )
    )
    breaker.record(session, job.route, answer.outcome, now)
    message = session.scalar(
        select(OutboxMessage).where(OutboxMessage.id == job.message_id).with_for_update()
    )
    if message is None or (message.state, message.lease_owner, message.attempts) != (
        OutboxState.SENDING,
        owner,
        job.attempt,
    ):
        return None
    message.lease_until = message.lease_owner = None
    pause = schedule.delay(job.attempt, chance)
    if answer.retry_after is not None:
        pause = max(pause, answer.retry_after)
    match answer.outcome:
        case Outcome.STORED:
            if answer.receipt is not None:
                message.case_number = answer.receipt.case_number
                message.received_at = answer.receipt.received_at
                message.received_hash = answer.receipt.content_hash
            message.delivered_at = now
            _move(message, OutboxState.DELIVERED, now, None)
        case Outcome.ACCEPTED:
            _wait(message, OutboxState.ACCEPTED, now, pause, None)
        case Outcome.REFUSED:
            _move(message, OutboxState.PARKED, now, answer.problem)
        case Outcome.ABSENT:
            # It never arrived: the same key goes out again, now.
            _wait(message, OutboxState.RETRY_WAIT, now, timedelta(0), "not-received")
        case Outcome.RETRY | Outcome.UNAUTHORISED:
            waiting = OutboxState.UNKNOWN if job.ask else OutboxState.RETRY_WAIT
            _wait(message, waiting, now, pause, answer.problem)
        case Outcome.UNKNOWN:
            _wait(message, OutboxState.UNKNOWN, now, pause, answer.problem)
        case _:
            assert_never(answer.outcome)
    return message.state


def sweep(session: Session, now: datetime) -> tuple[int, int]:
    """Expired leases become unknown, and what is undelivered for too long is parked: (expired, parked)."""
    expired = session.connection().execute(
        update(OutboxMessage)
        .where(OutboxMessage.state == OutboxState.SENDING, OutboxMessage.lease_until < now)
        .values(
            state=OutboxState.UNKNOWN,
            state_since=now,
            next_attempt_at=now,
            problem="lease-expired",
            lease_until=None,
            lease_owner=None,
        )
    )
    given_up = session.connection().execute(
        update(OutboxMessage)
        .where(OutboxMessage.state.in_(DUE), OutboxMessage.give_up_at <= now)
        .values(state=OutboxState.PARKED, state_since=now, problem="not-delivered-in-time")
    )
    return expired.rowcount, given_up.rowcount


def needs_sweep(session: Session, now: datetime) -> bool:
    """Whether a sweep would change anything, asked without taking the write lock."""
    stale = or_(
        and_(OutboxMessage.state == OutboxState.SENDING, OutboxMessage.lease_until < now),
        and_(OutboxMessage.state.in_(DUE), OutboxMessage.give_up_at <= now),
    )
    return session.scalar(select(OutboxMessage.position).where(stale).limit(1)) is not None


def oldest_undelivered(session: Session) -> datetime | None:
    """When the oldest message was written that has not arrived; parked ones count, a person is needed there."""
    return session.scalar(
        select(func.min(OutboxMessage.created_at)).where(OutboxMessage.state.in_(UNSETTLED))
    )


def next_due(session: Session) -> datetime | None:
    """When the next message is due; None where nothing waits."""
    return session.scalar(select(func.min(OutboxMessage.next_attempt_at)).where(OutboxMessage.state.in_(DUE)))


def _wait(
    message: OutboxMessage, state: OutboxState, now: datetime, pause: timedelta, problem: str | None
) -> None:
    _move(message, state, now, problem)
    message.next_attempt_at = now + pause


def _move(message: OutboxMessage, state: OutboxState, now: datetime, problem: str | None) -> None:
    if message.state != state:
        message.state, message.state_since = state, now
    message.problem = problem

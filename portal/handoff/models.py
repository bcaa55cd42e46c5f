"""Tables of the hand-off: immutable snapshots, the outbox, every attempt, what the case system said back.

Personal data stands only in encrypted columns; an outbox row and an attempt carry none at all.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, UtcDateTime
from portal.encryption import EncryptedJson

_Serial = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only in INTEGER keys


class OutboxState(StrEnum):
    """Where a message stands; `parked` is the dead letter, which a person must look at."""

    PENDING = "pending"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"
    RETRY_WAIT = "retry_wait"
    UNKNOWN = "unknown"
    PARKED = "parked"
    SUPERSEDED = "superseded"


SETTLED = (OutboxState.DELIVERED, OutboxState.ACKNOWLEDGED, OutboxState.SUPERSEDED)
UNSETTLED = tuple(state for state in OutboxState if state not in SETTLED)


class Submission(Base):
    """One version of an application as it was sent, never changed. `document` is the event's data.

    `applicant_hash` finds the applications of one identity number without storing the number in clear.
    """

    __tablename__ = "submission"

    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[str | None] = mapped_column(String(36), unique=True)
    region: Mapped[str] = mapped_column(String(6))
    query_code_hash: Mapped[str] = mapped_column(String(64))
    applicant_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    document: Mapped[dict[str, Any]] = mapped_column(EncryptedJson)
    content_hash: Mapped[str] = mapped_column(String(64))
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OutboxMessage(Base):
    """One event on its way. `id` is event id and idempotency key alike, fixed when the row is written."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        UniqueConstraint("application_number", "application_version"),
        ForeignKeyConstraint(
            ["application_number", "application_version"], ["submission.number", "submission.version"]
        ),
        Index(None, "route", "state", "next_attempt_at"),
        Index(None, "state", "created_at"),
    )

    position: Mapped[int] = mapped_column(_Serial, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(36), unique=True)
    application_number: Mapped[str] = mapped_column(String(20))
    application_version: Mapped[int]
    type: Mapped[str] = mapped_column(String(80))
    source: Mapped[str] = mapped_column(String(300))
    route: Mapped[str] = mapped_column(String(40))
    state: Mapped[OutboxState] = mapped_column(String(20))
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    give_up_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state_since: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_owner: Mapped[str | None] = mapped_column(String(80))
    problem: Mapped[str | None] = mapped_column(String(200))
    case_number: Mapped[str | None] = mapped_column(String(80))
    received_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    received_hash: Mapped[str | None] = mapped_column(String(64))
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reconciled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DeliveryAttempt(Base):
    """One call to a case system: when, how it ended, how long it took; never a body."""

    __tablename__ = "delivery_attempt"

    id: Mapped[int] = mapped_column(_Serial, primary_key=True, autoincrement=True)
    message_id: Mapped[str] = mapped_column(String(36), index=True)
    attempt: Mapped[int]
    call: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(20))
    status: Mapped[int | None]
    milliseconds: Mapped[int]
    problem: Mapped[str | None] = mapped_column(String(200))


class RouteHealth(Base):
    """How a route to a case system fares; shared by all relays, so that one probe tests it for all."""

    __tablename__ = "route_health"

    route: Mapped[str] = mapped_column(String(40), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    refusals: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    probe_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CaseRecord(Base):
    """The state of an application as the case system last reported it."""

    __tablename__ = "case_record"

    application_number: Mapped[str] = mapped_column(String(20), primary_key=True)
    case_number: Mapped[str | None] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(30))
    sequence: Mapped[int]
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    details: Mapped[dict[str, Any]] = mapped_column(EncryptedJson)


class CallbackEvent(Base):
    """Every event a case system ever sent, also the late and the impossible ones."""

    __tablename__ = "callback_event"
    __table_args__ = (
        UniqueConstraint("source", "event_id"),
        Index(None, "application_number", "sequence"),
    )

    id: Mapped[int] = mapped_column(_Serial, primary_key=True, autoincrement=True)
    source: Mapped[str] = mapped_column(String(300))
    event_id: Mapped[str] = mapped_column(String(200))
    application_number: Mapped[str] = mapped_column(String(20))
    case_state: Mapped[str] = mapped_column(String(30))
    sequence: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    details: Mapped[dict[str, Any]] = mapped_column(EncryptedJson)


class SeenNonce(Base):
    """Nonces of signatures that are still alive; each counts once."""

    __tablename__ = "seen_nonce"

    key_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

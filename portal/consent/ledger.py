"""The ledger: adds records and events, tells the state of each, and proves that nothing was changed.

Every event's hash covers the event, its record and the hash before it (SHA-256 of canonical JSON).
"""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.consent.models import ConsentChain, ConsentEvent, ConsentRecord
from portal.consent.notices import Notice

SCHEMA_VERSION = "doudi-consent-1"
_START = "0" * 64


class Event(Enum):
    """What can happen to a record (ISO/IEC TS 27560 event types, and 告知 as acknowledged)."""

    ACKNOWLEDGED = "acknowledged"
    REQUESTED = "requested"  # on paper at the counter, not given yet
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    INVALIDATED = "invalidated"  # what was signed about has changed


class Method(Enum):
    """How a person acted, told as it was; none of these is a reliable e-signature (电子签名法 art. 13)."""

    TICK_APPLICANT_DEVICE = "tick_applicant_device"
    TICK_AND_LINK_CODE = "tick_and_link_code"
    TICK_AND_CODE_APPLICANT_DEVICE = "tick_and_code_applicant_device"
    NUMBER_AND_QUERY_CODE = "number_and_query_code"
    HOTLINE_VERBAL = "hotline_verbal"
    PAPER_AT_COUNTER = "paper_at_counter"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a record is about, within one application."""

    application_id: str
    member_id: str
    subject_id: str
    role: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the ledger: the subject's pseudonym, the place in the chain, what does not fit."""

    subject_id: str
    sequence: int
    text: str


def subject_id(application_id: str, member_id: str) -> str:
    """The pseudonym of a person within one application."""
    return str(uuid.uuid5(uuid.UUID(application_id), member_id))


def add_record(
    session: Session,
    person: Person,
    notice: Notice,
    locale: str,
    *,
    now: datetime,
) -> ConsentRecord:
    """A new record of one person and one purpose; it supersedes the person's last one for that purpose."""
    before = session.scalars(
        select(ConsentRecord)
        .where(ConsentRecord.subject_id == person.subject_id, ConsentRecord.purpose == notice.purpose)
        .order_by(ConsentRecord.created_at.desc())
    ).first()
    record = ConsentRecord(
        id=str(uuid.uuid4()),
        schema_version=SCHEMA_VERSION,
        receipt_id=str(uuid.uuid4()),
        application_id=person.application_id,
        subject_id=person.subject_id,
        member_id=person.member_id,
        role=person.role,
        purpose=notice.purpose,
        act=notice.act.value,
        notice_id=notice.id,
        notice_version=notice.version,
        notice_locale=notice.locale(locale),
        notice_sha256=notice.sha256[notice.locale(locale)],
        lawful_basis=notice.lawful_basis,
        processing=notice.processing(),
        supersedes=before.id if before else None,
        created_at=now,
    )
    session.add(record)
    session.flush()
    return record


def add_event(
    session: Session,
    record: ConsentRecord,
    kind: Event,
    method: Method,
    *,
    actor: str,
    actor_subject_id: str,
    now: datetime,
    details: Mapping[str, Any] | None = None,
    channel: str = "web",
) -> ConsentEvent:
    """Append an event to the subject's chain. Personal details are encrypted and salted before hashing."""
    chain = session.get(ConsentChain, record.subject_id, with_for_update=True)
    length, head = (chain.seal["length"], chain.seal["head"]) if chain else (0, _START)
    event = ConsentEvent(
        id=str(uuid.uuid4()),
        record_id=record.id,
        subject_id=record.subject_id,
        sequence=length + 1,
        type=kind.value,
        at=now,
        actor=actor,
        actor_subject_id=actor_subject_id,
        method=method.value,
        channel=channel,
        details={**(details or {}), "salt": secrets.token_hex(16)},
        previous_hash=head,
        hash="",
    )
    event.hash = _hash(event, record)
    session.add(event)
    seal = {"length": event.sequence, "head": event.hash}
    if chain is None:
        session.add(ConsentChain(subject_id=record.subject_id, seal=seal))
    else:
        chain.seal = seal
    session.flush()
    return event


def history(session: Session, application_id: str) -> list[tuple[ConsentRecord, list[ConsentEvent]]]:
    """Every record of an application with its events, in the order they were made."""
    records = session.scalars(
        select(ConsentRecord)
        .where(ConsentRecord.application_id == application_id)
        .order_by(ConsentRecord.created_at, ConsentRecord.member_id, ConsentRecord.purpose)
    ).all()
    events: dict[str, list[ConsentEvent]] = defaultdict(list)
    ids = [record.id for record in records]
    for event in session.scalars(
        select(ConsentEvent).where(ConsentEvent.record_id.in_(ids)).order_by(ConsentEvent.sequence)
    ):
        events[event.record_id].append(event)
    return [(record, events[record.id]) for record in records]


def standing(
    session: Session, application_id: str
) -> dict[tuple[str, str], tuple[ConsentRecord, ConsentEvent]]:
    """The newest event for each (subject, purpose) of an application, with its record."""
    newest: dict[tuple[str, str], tuple[ConsentRecord, ConsentEvent]] = {}
    for record, events in history(session, application_id):
        if not events:
            continue
        key = (record.subject_id, record.purpose)
        if key not in newest or newest[key][1].sequence < events[-1].sequence:
            newest[key] = (record, events[-1])
    return newest


def verify(session: Session) -> list[Problem]:
    """Everything in the ledger that does not fit its hashes; empty when nothing was changed or removed."""
    records = {record.id: record for record in session.scalars(select(ConsentRecord))}
    chains = {chain.subject_id: chain.seal for chain in session.scalars(select(ConsentChain))}
    events: dict[str, list[ConsentEvent]] = defaultdict(list)
    for event in session.scalars(
        select(ConsentEvent).order_by(ConsentEvent.subject_id, ConsentEvent.sequence)
    ):
        events[event.subject_id].append(event)
    problems: list[Problem] = []
    with_event = {event.record_id for chain in events.values() for event in chain}
    for record in records.values():
        if record.id not in with_event:
            problems.append(Problem(record.subject_id, 0, "a record without any event"))
    for subject in sorted(set(events) | set(chains)):
        problems += _chain_problems(subject, events[subject], chains.get(subject), records)
    return problems


def _chain_problems(
    subject: str,
    events: list[ConsentEvent],
    seal: dict[str, Any] | None,
    records: Mapping[str, ConsentRecord],
) -> list[Problem]:
    found: list[Problem] = []
    previous = _START
    for expected, event in enumerate(events, start=1):
        record = records.get(event.record_id)
        if event.sequence != expected or event.previous_hash != previous:
            found.append(Problem(subject, event.sequence, "the event before it is missing or was replaced"))
        if record is None:
            found.append(Problem(subject, event.sequence, "its record is missing"))
        elif event.hash != _hash(event, record):
            found.append(Problem(subject, event.sequence, "the event or its record was changed"))
        previous = event.hash
    if seal is None:
        found.append(Problem(subject, len(events), "the seal of the chain is missing"))
    elif (seal["length"], seal["head"]) != (len(events), previous):
        found.append(Problem(subject, len(events), "the end of the chain does not match its seal"))
    return found


def _hash(event: ConsentEvent, record: ConsentRecord) -> str:
    def plain(row: ConsentEvent | ConsentRecord, leave: tuple[str, ...]) -> dict[str, Any]:
        values = {column.key: getattr(row, column.key) for column in row.__table__.columns}
        return {
            key: value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
            for key, value in values.items()
            if key not in leave
        }

    body = {"event": plain(event, ("hash",)), "record": plain(record, ())}
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()

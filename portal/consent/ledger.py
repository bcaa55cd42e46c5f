"""The ledger: adds records and events, tells the state of each, and proves that nothing was changed.

Every event's hash covers the event, its record and the hash before it (SHA-256 of canonical JSON).
"""

from __future__ import annotations

import secrets
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, defer

from portal import chain
from portal.consent.models import ConsentChain, ConsentEvent, ConsentRecord
from portal.consent.notices import Notice

SCHEMA_VERSION = "doudi-consent-1"


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
    DRAWN = "drawn"  # by hand on the screen; how its owner came in stands in the details
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
class Last:
    """What last happened about one person and purpose: an event type in the ledger's word, and when."""

    member_id: str
    type: str
    at: datetime


States = Mapping[tuple[str, str], Last]  # by (subject, purpose)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the ledger: the subject's pseudonym, the place in the chain, what does not fit."""

    subject_id: str
    sequence: int
    text: str


# Written down once: putting a statement together costs more than running it.
_OF_APPLICATION = (
    select(ConsentRecord, ConsentEvent)
    .outerjoin(ConsentEvent, ConsentEvent.record_id == ConsentRecord.id)
    .where(ConsentRecord.application_id == bindparam("application"))
    .order_by(ConsentRecord.created_at, ConsentRecord.member_id, ConsentRecord.purpose, ConsentEvent.sequence)
)
_SEALED = _OF_APPLICATION.options(defer(ConsentEvent.details))
_STATES = (
    select(
        ConsentRecord.subject_id,
        ConsentRecord.purpose,
        ConsentRecord.member_id,
        ConsentEvent.type,
        ConsentEvent.at,
    )
    .join(ConsentEvent, ConsentEvent.record_id == ConsentRecord.id)
    .where(ConsentRecord.application_id == bindparam("application"))
    .order_by(ConsentEvent.sequence)
)
_NEWEST_RECORD = (
    select(ConsentRecord.id)
    .where(
        ConsentRecord.application_id == bindparam("application"),
        ConsentRecord.subject_id == bindparam("subject"),
        ConsentRecord.purpose == bindparam("purpose"),
    )
    .order_by(ConsentRecord.created_at.desc())
    .limit(1)
)


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
    about = {
        "application": person.application_id, "subject": person.subject_id, "purpose": notice.purpose,
    }  # fmt: skip
    before = session.scalar(_NEWEST_RECORD, about)
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
        supersedes=before,
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
    end = session.get(ConsentChain, record.subject_id, with_for_update=True)
    length, head = (end.seal["length"], end.seal["head"]) if end else (0, chain.START)
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
    seal = chain.seal(event.sequence, event.hash)
    if end is None:
        session.add(ConsentChain(subject_id=record.subject_id, seal=seal))
    else:
        end.seal = seal
    session.flush()
    return event


def history(
    session: Session, application_id: str, *, sealed: bool = False
) -> list[tuple[ConsentRecord, list[ConsentEvent]]]:
    """Every record of an application with its events, in the order they were made.

    `sealed` leaves the events' details encrypted, for whoever does not look at them.
    """
    wanted = _SEALED if sealed else _OF_APPLICATION
    found: dict[ConsentRecord, list[ConsentEvent]] = {}
    for record, event in session.execute(wanted, {"application": application_id}):
        events = found.setdefault(record, [])
        if event is not None:
            events.append(event)
    return list(found.items())


def states(session: Session, application_id: str) -> States:
    """What last happened about each (subject, purpose) of an application; nothing is decrypted for it."""
    rows = session.execute(_STATES, {"application": application_id})
    return {(row.subject_id, row.purpose): Last(row.member_id, row.type, row.at) for row in rows}


def standing(
    session: Session, application_id: str
) -> dict[tuple[str, str], tuple[ConsentRecord, ConsentEvent]]:
    """The newest event for each (subject, purpose) of an application, with its record."""
    return newest(history(session, application_id))


def newest(
    told: Iterable[tuple[ConsentRecord, list[ConsentEvent]]],
) -> dict[tuple[str, str], tuple[ConsentRecord, ConsentEvent]]:
    """The same of a history that was read already."""
    newest: dict[tuple[str, str], tuple[ConsentRecord, ConsentEvent]] = {}
    for record, events in told:
        if not events:
            continue
        key = (record.subject_id, record.purpose)
        if key not in newest or newest[key][1].sequence < events[-1].sequence:
            newest[key] = (record, events[-1])
    return newest


def last(newest: Mapping[tuple[str, str], tuple[ConsentRecord, ConsentEvent]]) -> States:
    """What `states` tells, of the newest events that were read already."""
    return {key: Last(record.member_id, event.type, event.at) for key, (record, event) in newest.items()}


def verify(session: Session) -> list[Problem]:
    """Everything in the ledger that does not fit its hashes; empty when nothing was changed or removed."""
    records = {record.id: record for record in session.scalars(select(ConsentRecord))}
    ends = {end.subject_id: end.seal for end in session.scalars(select(ConsentChain))}
    events: dict[str, list[ConsentEvent]] = defaultdict(list)
    for event in session.scalars(
        select(ConsentEvent).order_by(ConsentEvent.subject_id, ConsentEvent.sequence)
    ):
        events[event.subject_id].append(event)
    problems: list[Problem] = []
    with_event = {event.record_id for links in events.values() for event in links}
    for record in records.values():
        if record.id not in with_event:
            problems.append(Problem(record.subject_id, 0, "a record without any event"))
    for subject in sorted(set(events) | set(ends)):
        missing = [event for event in events[subject] if event.record_id not in records]
        problems += [Problem(subject, event.sequence, "its record is missing") for event in missing]
        links = (_link(event, records.get(event.record_id)) for event in events[subject])
        problems += [Problem(subject, at, words) for at, words in chain.problems(links, ends.get(subject))]
    return problems


def _link(event: ConsentEvent, record: ConsentRecord | None) -> chain.Link:
    computed = _hash(event, record) if record is not None else None
    return chain.Link(event.sequence, event.previous_hash, event.hash, computed)


def _hash(event: ConsentEvent, record: ConsentRecord) -> str:
    return chain.digest({"event": chain.values(event, leave=("hash",)), "record": chain.values(record)})

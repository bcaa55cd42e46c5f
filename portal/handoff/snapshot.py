"""Sending an application: an immutable snapshot and its outbox message, both in the caller's transaction."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, defer

from portal import clock, codes
from portal.config import Settings
from portal.handoff import events, schedule, wake_up
from portal.handoff.canonical import content_hash
from portal.handoff.models import OutboxMessage, OutboxState, Submission
from portal.handoff.route_table import route_of

NUMBER_LENGTH = 10
QUERY_CODE_LENGTH = 8
TEST_PREFIX = "TEST"  # numbers of the conformance kit; no citizen gets one, no comparison counts one
QUERY_CODE = "query-code"
ID_NUMBER = "id-number"
COMPLETE = (events.SUBMITTED, events.AMENDED)
_NEWEST = (
    select(Submission)
    .options(defer(Submission.document))
    .where(Submission.number == bindparam("number"))
    .order_by(Submission.version.desc())
    .limit(1)
)
_OF_APPLICANT = (
    select(Submission)
    .where(Submission.applicant_hash == bindparam("applicant"))
    .order_by(Submission.submitted_at.desc(), Submission.version.desc())
)
_DRAFT = select(Submission.draft_id).where(Submission.number == bindparam("number"), Submission.version == 1)


def submit(
    session: Session,
    settings: Settings,
    *,
    draft_id: str,
    document: dict[str, Any],
    region: str,
    query_code: str,
    now: datetime,
) -> Submission:
    """Write the application once per draft; a second call returns the first submission unchanged.

    `document` is the event's data without applicationNumber, applicationVersion and submittedAt, which are
    set here. The caller owns the transaction: rolled back, nothing was sent.
    """
    while True:
        number = codes.new_code(NUMBER_LENGTH)
        if number.startswith(TEST_PREFIX):
            continue
        try:
            with session.begin_nested():  # the keys of the table decide, whoever else writes at this moment
                return _write(
                    session,
                    settings,
                    number=number,
                    version=1,
                    type_=events.SUBMITTED,
                    draft_id=draft_id,
                    document=document,
                    region=region,
                    query_code_hash=hash_query_code(query_code, settings.secret_key),
                    now=now,
                )
        except IntegrityError:
            # Sent before, or two tabs at the same moment: the other one was first, its receipt is the receipt.
            if (earlier := find_by_draft(session, draft_id)) is not None:
                return earlier
            if session.get(Submission, (number, 1)) is None:
                raise  # nobody has that number: it is something else


def find_submission(session: Session, number: str) -> Submission | None:
    """The newest version of the application with that number; its document is opened once it is asked for."""
    return session.scalar(_NEWEST, {"number": number})


def draft_of(session: Session, number: str) -> str | None:
    """The draft an application grew from: under its id stand the consents."""
    return session.scalar(_DRAFT, {"number": number})


def hash_query_code(typed: str, key: str) -> str:
    """What is stored and compared instead of a query code."""
    return codes.keyed_hash(codes.normalise(typed), key=key, purpose=QUERY_CODE)


def renew_query_code(session: Session, settings: Settings, number: str) -> str | None:
    """A fresh query code for an application whose owner lost hers; the one before is dead. None where unknown.

    What was sent does not change by it: the code is no part of the document.
    """
    versions = session.scalars(select(Submission).where(Submission.number == number).with_for_update()).all()
    if not versions:
        return None
    code = codes.new_code(QUERY_CODE_LENGTH)
    for version in versions:
        version.query_code_hash = hash_query_code(code, settings.secret_key)
    session.flush()
    return code


def find_by_id_number(session: Session, settings: Settings, id_number: str) -> list[Submission]:
    """The newest complete version of each application whose applicant has that number, newest first."""
    digest = codes.keyed_hash(codes.normalise(id_number), key=settings.secret_key, purpose=ID_NUMBER)
    found: dict[str, Submission] = {}
    for submission in session.scalars(_OF_APPLICANT, {"applicant": digest}):
        found.setdefault(submission.number, submission)
    return list(found.values())


def _applicant_hash(document: dict[str, Any], key: str) -> str | None:
    number = document.get("applicant", {}).get("idNumber")
    return codes.keyed_hash(codes.normalise(number), key=key, purpose=ID_NUMBER) if number else None


def amend(
    session: Session, settings: Settings, first: Submission, document: dict[str, Any], *, now: datetime
) -> Submission:
    """A complete new version of the application, delivered in order after the others.

    It replaces versions that the case system refused for good: they become superseded, and if it never took
    any version, the new one goes out as the application itself.
    """
    untaken = _supersede_refused(session, first.number, now)
    type_ = events.SUBMITTED if untaken else events.AMENDED
    return _write(
        session,
        settings,
        number=first.number,
        version=_next_version(session, first.number),
        type_=type_,
        draft_id=None,
        document=document,
        region=first.region,
        query_code_hash=first.query_code_hash,
        now=now,
    )


def notify(
    session: Session,
    settings: Settings,
    first: Submission,
    facts: dict[str, Any],
    *,
    type_: str,
    now: datetime,
) -> Submission:
    """A further event that is no application (withdrawn, consent withdrawn …), delivered in order."""
    return _write(
        session,
        settings,
        number=first.number,
        version=_next_version(session, first.number),
        type_=type_,
        draft_id=None,
        document=facts,
        region=first.region,
        query_code_hash=first.query_code_hash,
        now=now,
    )


def withdraw(session: Session, settings: Settings, number: str, *, now: datetime) -> Submission | None:
    """The withdrawal of an application, written once however often it is asked for; None for an unknown number."""
    first = session.get(Submission, (number, 1), with_for_update=True)
    if first is None:
        return None
    earlier = session.scalar(
        select(OutboxMessage.application_version).where(
            OutboxMessage.application_number == number, OutboxMessage.type == events.WITHDRAWN
        )
    )
    if earlier is not None:
        return session.get(Submission, (number, earlier))
    return notify(session, settings, first, {"reason": ""}, type_=events.WITHDRAWN, now=now)


def find_by_draft(session: Session, draft_id: str) -> Submission | None:
    """The first version of the application that grew from that draft."""
    return session.scalar(select(Submission).where(Submission.draft_id == draft_id))


def newest_application(session: Session, draft_id: str) -> Submission | None:
    """The newest complete version of the application that grew from that draft; None once it was withdrawn."""
    first = find_by_draft(session, draft_id)
    if first is None:
        return None
    messages = session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.application_number == first.number)
        .order_by(OutboxMessage.application_version)
    ).all()
    if any(message.type == events.WITHDRAWN for message in messages):
        return None
    newest = max(m.application_version for m in messages if m.type in COMPLETE)
    return session.get(Submission, (first.number, newest))


def _next_version(session: Session, number: str) -> int:
    return (session.scalar(select(func.max(Submission.version)).where(Submission.number == number)) or 0) + 1


def _supersede_refused(session: Session, number: str, now: datetime) -> bool:
    """Retire parked complete versions; True where the case system holds none at all."""
    messages = session.scalars(select(OutboxMessage).where(OutboxMessage.application_number == number)).all()
    for message in messages:
        if message.state == OutboxState.PARKED and message.type in COMPLETE:
            message.state, message.state_since = OutboxState.SUPERSEDED, now
    return all(message.state == OutboxState.SUPERSEDED for message in messages)


def _write(
    session: Session,
    settings: Settings,
    *,
    number: str,
    version: int,
    type_: str,
    draft_id: str | None,
    document: dict[str, Any],
    region: str,
    query_code_hash: str,
    now: datetime,
) -> Submission:
    complete = {
        **document,
        "applicationNumber": number,
        "applicationVersion": version,
        "submittedAt" if type_ in COMPLETE else "occurredAt": clock.local(now).isoformat(timespec="seconds"),
    }
    submission = Submission(
        number=number,
        version=version,
        draft_id=draft_id,
        region=region,
        query_code_hash=query_code_hash,
        applicant_hash=_applicant_hash(document, settings.secret_key),
        document=complete,
        content_hash=content_hash(complete),
        submitted_at=now,
    )
    session.add(submission)
    session.flush()
    wake_up.stand_in_line(session)
    session.add(
        OutboxMessage(
            id=str(uuid.uuid4()),
            application_number=number,
            application_version=version,
            type=type_,
            source=settings.public_url,
            route=route_of(settings, region),
            state=OutboxState.PENDING,
            attempts=0,
            created_at=now,
            next_attempt_at=now,
            give_up_at=now + schedule.GIVE_UP_AFTER,
            state_since=now,
        )
    )
    session.flush()
    return submission

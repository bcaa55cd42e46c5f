"""Consents once the application is sent: who may still sign, what the applicant may see and take back himself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.clock import local
from portal.consent import acting, drawing, ledger, signing, verbal
from portal.consent.ledger import Event, Method
from portal.consent.models import ConsentEvent, ConsentRecord, SigningRequest
from portal.consent.notices import Act, current
from portal.consent.signing import OWNERS, State

_HOUSEHOLD = (
    select(SigningRequest)
    .where(SigningRequest.application_id == bindparam("application"), SigningRequest.role != "supporter")
    .order_by(SigningRequest.member_id)
)


@dataclass(frozen=True, slots=True)
class Own:
    """One consent of the applicant: purpose, state in the ledger's word, since when."""

    purpose: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Unsigned:
    """Somebody who was to sign on paper and may still sign by link; the name is masked."""

    member_id: str
    name: str
    links: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The applicant's own consents, how many of the household signed, who has not yet, and what was spoken."""

    own: tuple[Own, ...]
    can_withdraw: bool
    signed: int
    everybody: int
    unsigned: tuple[Unsigned, ...]
    spoken: verbal.Verbal


def close(
    session: Session,
    application_id: str,
    *,
    now: datetime,
    withheld: Mapping[str, Any] | None = None,
    states: ledger.States | None = None,
    days: int = 366,
) -> None:
    """The application was sent: links stay for receipts and withdrawal, but sign nothing any more.

    Whoever was to sign at the counter, and a relative who has not answered, may still sign by link.
    `withheld` are health facts by member id that stayed behind; they wait with the person who may release them.
    `states` is what the ledger says, where it was read already.
    """
    known = ledger.states(session, application_id) if states is None else states
    for request in signing.requests_of(session, application_id):
        state = signing.state_among(known, request)
        late = state is State.PAPER or (request.role == "supporter" and state is State.WAITING)
        request.acts = {**request.acts, signing.SENT if late else signing.CLOSED: now.isoformat()}
        kept = {
            person.member_id: withheld[person.member_id]
            for person, _health in signing.persons(request)
            if withheld and person.member_id in withheld
        }
        if kept and late:
            request.terms = {**request.terms, "withheld": kept}
        request.expires_at = now + timedelta(days=days)
    session.flush()


def overview(session: Session, application_id: str) -> Overview:
    """What stands in the ledger for an application that was sent. Names nobody but by his first character."""
    requests = _household(session, application_id)
    own = next((request for request in requests if request.role in OWNERS), None)
    history = ledger.history(session, application_id, sealed=True)
    newest = ledger.newest(history)
    mine = [
        (record, event)
        for (subject, _purpose), (record, event) in newest.items()
        if own is not None and subject == own.subject_id
    ]
    known = ledger.last(newest)
    states = {request.id: signing.state_among(known, request) for request in requests}
    return Overview(
        own=tuple(Own(record.purpose, event.type, event.at) for record, event in mine),
        can_withdraw=any(
            event.type == Event.GIVEN.value and record.processing["withdrawable"] for record, event in mine
        ),
        signed=sum(state is State.GIVEN for state in states.values()),
        everybody=len(requests),
        unsigned=tuple(
            Unsigned(request.member_id, signing.masked(request.terms["name"]), request.link_count)
            for request in requests
            if states[request.id] is State.PAPER and _may_sign(request)
        ),
        spoken=verbal.standing_among(own, history) if own is not None else verbal.Verbal(None, None),
    )


def may_still_sign(session: Session, application_id: str, member_id: str) -> SigningRequest | None:
    """The request of somebody who was to sign on paper and has not, locked for writing."""
    request = session.scalar(
        select(SigningRequest)
        .where(SigningRequest.application_id == application_id, SigningRequest.member_id == member_id)
        .with_for_update()
    )
    if request is None or not _may_sign(request) or signing.state_of(session, request) is not State.PAPER:
        return None
    return request


def withdraw_own(
    session: Session,
    application_id: str,
    *,
    now: datetime,
    method: Method = Method.NUMBER_AND_QUERY_CODE,
    details: Mapping[str, Any] | None = None,
) -> list[ConsentRecord]:
    """The applicant takes back what he gave himself; nothing of anybody else is touched."""
    own = next((r for r in _household(session, application_id) if r.role in OWNERS), None)
    if own is None:
        return []
    return acting.withdraw(session, own, now=now, method=method, details=details)


def may_agree_to_health(session: Session, application_id: str) -> set[str]:
    """The member ids of the applicant and of his wards: about their health he may agree by number and code.

    Not where somebody else filled in: he may hold number and code, and must not agree for the applicant.
    """
    own = next((r for r in _household(session, application_id) if r.role == "applicant"), None)
    return {person.member_id for person, _health in signing.persons(own)} if own is not None else set()


def may_release_late(session: Session, application_id: str) -> set[str]:
    """The member ids whose health papers wait, since they or their guardian may still sign about them."""
    return {
        person.member_id
        for request in _household(session, application_id)
        if _may_sign(request)
        for person, health in signing.persons(request)
        if health
    }


def agree_to_health(
    session: Session, application_id: str, member_id: str, *, locale: str, now: datetime
) -> ConsentRecord | None:
    """The applicant agrees separately to the use of health papers, his own or a ward's (PIPL art. 29, 31)."""
    own = next((r for r in _household(session, application_id) if r.role == "applicant"), None)
    person = next((p for p, _ in signing.persons(own) if p.member_id == member_id), None) if own else None
    if own is None or person is None:
        return None
    notice = current(Act.SENSITIVE, "adult", local(now).date())
    record = ledger.add_record(session, person, notice, locale, now=now)
    ledger.add_event(
        session,
        record,
        Event.GIVEN,
        Method.NUMBER_AND_QUERY_CODE,
        actor="self" if person.subject_id == own.subject_id else "guardian",
        actor_subject_id=own.subject_id,
        now=now,
    )
    return record


def withheld(session: Session, application_id: str) -> dict[str, Any]:
    """Health facts that stayed behind when the application was sent, by member id."""
    found: dict[str, Any] = {}
    for request in _household(session, application_id):
        found |= request.terms.get("withheld", {})
    return found


def _may_sign(request: SigningRequest) -> bool:
    """A ward's guardian from elsewhere shows his papers at the counter; there is no link for him."""
    return signing.SENT in request.acts and signing.CLOSED not in request.acts and request.role != "ward"


def _household(session: Session, application_id: str) -> list[SigningRequest]:
    return list(session.scalars(_HOUSEHOLD, {"application": application_id}))


def of_person(session: Session, application_id: str, member_id: str) -> list[dict[str, Any]]:
    """Every record of one person with its whole history, for his own copy (PIPL art. 45)."""
    return [
        {
            "recordId": record.id,
            "receiptId": record.receipt_id,
            "purpose": record.purpose,
            "lawfulBasis": record.lawful_basis,
            "processing": record.processing,
            "notice": [record.notice_id, record.notice_version, record.notice_locale, record.notice_sha256],
            "events": [
                {
                    "type": e.type,
                    "at": local(e.at).isoformat(),
                    "actor": e.actor,
                    "method": e.method,
                    **_picture(session, e),
                }
                for e in events
            ],
        }
        for record, events in ledger.history(session, application_id)
        if record.member_id == member_id
    ]


def _picture(session: Session, event: ConsentEvent) -> dict[str, Any]:
    """The drawing a person signed with, in his own copy; never what another drew for him."""
    digest = event.details.get("drawing")
    if not digest or event.actor_subject_id != event.subject_id:
        return {}
    return {"signature": drawing.shown(session, event.subject_id, digest)}


def forget_requests(session: Session, application_id: str) -> None:
    """Remove links, names and what stayed behind; the ledger keeps what was signed."""
    for request in signing.requests_of(session, application_id):
        session.delete(request)
    drawing.forget(session, application_id)

"""Consent on the telephone: frozen scripts are read out, the answers recorded as spoken, and confirmed later by code.

Only the applicant answers so, for himself and for wards he is guardian of; other adults sign as always.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import local
from portal.consent import ledger, signing
from portal.consent.ledger import Event, Method
from portal.consent.models import ConsentEvent, ConsentRecord, SigningRequest
from portal.consent.notices import Act, Notice, current

History = Sequence[tuple[ConsentRecord, list[ConsentEvent]]]
CHANNEL = "phone"
# In the order in which they are read; each is asked by itself.
ORDER = (Act.NOTICE, Act.MANDATE, Act.AUTHORISATION, Act.SENSITIVE, Act.DECLARATION)


@dataclass(frozen=True, slots=True)
class Script:
    """One text to read out, and of whom it is asked: (member id, ward's name or None for the caller)."""

    act: Act
    notice: Notice
    persons: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """Who took the answers down: the operator's pseudonym, the reference of the call, its language."""

    operator: str
    call: str
    locale: str


@dataclass(frozen=True, slots=True)
class Verbal:
    """How the spoken consents of an application stand: since when, and when she confirmed them herself."""

    given_at: datetime | None
    confirmed_at: datetime | None

    @property
    def waits(self) -> bool:
        """Whether a confirmation by herself is still to come."""
        return self.given_at is not None and self.confirmed_at is None


def scripts(request: SigningRequest, now: datetime) -> tuple[Script, ...]:
    """What is to be read to this applicant, in order."""
    names = {ward["member_id"]: ward["name"] for ward in request.terms["wards"]}
    found = []
    for act in ORDER:
        persons = tuple(
            (person.member_id, names.get(person.member_id))
            for person, health in signing.persons(request)
            if act in signing.acts_for(request, person, health=health)
        )
        if act is Act.NOTICE:
            persons = persons[:1]
        if persons:
            found.append(Script(act, current(act, "hotline", local(now).date()), persons))
    return tuple(found)


def give(
    session: Session,
    request: SigningRequest,
    answers: Mapping[tuple[Act, str], bool],
    taken: Taken,
    *,
    now: datetime,
) -> bool:
    """Record what was answered, one record for each person and purpose. True where the application may go on.

    A missing answer is no. Raises PermissionError for anybody but an applicant for whom somebody fills in.
    """
    if request.role != "represented":
        raise PermissionError("only an applicant for whom somebody fills in answers on the telephone")
    if signing.state_of(session, request) is signing.State.GIVEN:
        return True
    details = {"operator": taken.operator, "call": taken.call, "openedAt": now.isoformat()}
    for script in scripts(request, now):
        own = {person.member_id: person for person, _health in signing.persons(request)}
        about = own if script.act is Act.NOTICE else dict.fromkeys(member for member, _ward in script.persons)
        for member_id in about:
            heard = answers.get(
                (script.act, script.persons[0][0] if script.act is Act.NOTICE else member_id), False
            )
            kind = Event.ACKNOWLEDGED if script.act is Act.NOTICE else Event.GIVEN if heard else Event.REFUSED
            record = ledger.add_record(session, own[member_id], script.notice, taken.locale, now=now)
            ledger.add_event(
                session,
                record,
                kind,
                Method.HOTLINE_VERBAL,
                actor="self" if record.subject_id == request.subject_id else "guardian",
                actor_subject_id=request.subject_id,
                now=now,
                details=details,
                channel=CHANNEL,
            )
    session.flush()
    return signing.state_of(session, request) is signing.State.GIVEN


def standing(session: Session, application_id: str) -> Verbal:
    """Whether consents of the applicant were spoken, and whether she confirmed them by number and code."""
    request = _applicant(session, application_id)
    if request is None:
        return Verbal(None, None)
    return standing_among(request, ledger.history(session, application_id, sealed=True))


def standing_among(applicant: SigningRequest, history: History) -> Verbal:
    """The same where the applicant's request and the ledger were read already."""
    given = confirmed = None
    for record, events in _own(applicant, history):
        spoken = [event for event in events if event.method == Method.HOTLINE_VERBAL.value]
        if record.purpose != signing.FINANCE_CHECK or not spoken or spoken[-1].type != Event.GIVEN.value:
            continue
        last = events[-1]
        if last.type != Event.GIVEN.value:
            return Verbal(None, None)
        given = spoken[-1].at
        confirmed = last.at if last.method != Method.HOTLINE_VERBAL.value else None
    return Verbal(given, confirmed)


def confirm(session: Session, application_id: str, *, now: datetime) -> int:
    """She confirms by number and query code what she said on the telephone; returns how many records."""
    request = _applicant(session, application_id)
    if request is None:
        return 0
    done = 0
    for record, events in _own(request, ledger.history(session, application_id)):
        last = events[-1]
        if last.type != Event.GIVEN.value or last.method != Method.HOTLINE_VERBAL.value:
            continue
        ledger.add_event(
            session,
            record,
            Event.GIVEN,
            Method.NUMBER_AND_QUERY_CODE,
            actor="self" if record.subject_id == request.subject_id else "guardian",
            actor_subject_id=request.subject_id,
            now=now,
            details={"confirms": last.id},
        )
        done += 1
    return done


def _applicant(session: Session, application_id: str) -> SigningRequest | None:
    return session.scalar(
        select(SigningRequest).where(
            SigningRequest.application_id == application_id, SigningRequest.role.in_(signing.OWNERS)
        )
    )


def _own(applicant: SigningRequest, history: History) -> list[tuple[ConsentRecord, list[ConsentEvent]]]:
    """The applicant's and her wards' newest record of each purpose, with its events."""
    mine = {person.subject_id for person, _health in signing.persons(applicant)}
    newest = {
        (record.subject_id, record.purpose): (record, events)
        for record, events in history
        if record.subject_id in mine and events
    }
    return list(newest.values())

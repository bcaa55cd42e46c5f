"""Who must sign an application, how each is asked, and whether all have: the gate before sending.

The applicant asks; only the person who opened the request (own session, or link and code) can answer it.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, defer

from portal import codes
from portal.clock import local
from portal.consent import drawing, ledger
from portal.consent.ledger import Event, Method, Person
from portal.consent.models import SigningRequest
from portal.consent.notices import Act, Asked, current

CODE_LENGTH = 6
FINANCE_CHECK = "finance_check"
HEALTH_INFORMATION = "health_information"
OWNERS = ("applicant", "represented")  # the applicant, whoever filled in
SENT = "sent"  # the application is on its way, and this person may still sign
CLOSED = "closed"  # nothing can be signed here any more


@dataclass(frozen=True, slots=True)
class Ward:
    """A minor, or one who cannot decide for himself, whose guardian signs. `health`: such facts are told."""

    member_id: str
    name: str
    health: bool


@dataclass(frozen=True, slots=True)
class Signer:
    """An adult who signs. `role` is applicant, represented, member, ward (on paper) or supporter.

    A represented applicant has somebody else fill in; `id_number` may be None for a supporter.
    """

    member_id: str
    role: str
    name: str
    id_number: str | None
    health: bool
    wards: tuple[Ward, ...] = ()


@dataclass(frozen=True, slots=True)
class Family:
    """What a signer is told about the application: nothing but this. `filled_by` names who fills in for him."""

    head: str
    programmes: tuple[str, ...]
    filled_by: str | None = None


class State(Enum):
    """How far one signer is."""

    WAITING = "waiting"
    GIVEN = "given"
    PAPER = "paper"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Standing:
    """One signer's state as the applicant may see it: no more than whether and when."""

    signer: Signer
    state: State
    at: datetime | None
    links: int
    locked: bool
    changed: bool


@dataclass(frozen=True, slots=True)
class Link:
    """Shown once: the secret part of the address, and the code that goes another way."""

    token: str
    code: str


_REQUESTS = select(SigningRequest).where(SigningRequest.application_id == bindparam("application"))
_WITHOUT_ACTS = _REQUESTS.options(defer(SigningRequest.acts))  # what is answered so far may be left encrypted
_HOW_FAR = select(
    SigningRequest.member_id, SigningRequest.terms, SigningRequest.link_count, SigningRequest.wrong_codes
).where(SigningRequest.application_id == bindparam("application"))


def masked(name: str) -> str:
    """`王某某`: enough to know whose family it is."""
    return f"{name[:1]}某某" if name else ""


def ask(
    session: Session, application_id: str, signer: Signer, family: Family, *, now: datetime, days: int
) -> SigningRequest:
    """The one request for this person, made or brought up to date; a signature about other terms falls."""
    request = _request(session, application_id, signer.member_id)
    terms = _terms(signer, family)
    if request is None:
        request = SigningRequest(
            id=str(uuid.uuid4()),
            application_id=application_id,
            member_id=signer.member_id,
            subject_id=ledger.subject_id(application_id, signer.member_id),
            role=signer.role,
            terms=terms,
            acts={},
            expires_at=now + timedelta(days=days),
            created_at=now,
        )
        session.add(request)
    elif not _covers(request.terms, terms):
        _invalidate(session, request, now)
        request.terms, request.acts, request.entry, request.role = terms, {}, None, signer.role
    request.expires_at = now + timedelta(days=days)
    session.flush()
    return request


def give_link(session: Session, request: SigningRequest, *, key: str) -> Link:
    """A fresh link and code; what was given before stops working."""
    link = Link(token=secrets.token_urlsafe(16), code=codes.new_code(CODE_LENGTH))
    request.link_hash = codes.keyed_hash(link.token, key=key, purpose="sign-link")
    request.code_hash = codes.keyed_hash(link.code, key=key, purpose=f"sign-code:{request.id}")
    request.link_count += 1
    request.wrong_codes = 0
    request.entry = None
    session.flush()
    return link


def open_own(session: Session, request: SigningRequest, *, now: datetime) -> str:
    """The applicant opens his own request in his own session; nobody else's can be opened so."""
    if request.role != "applicant":
        raise PermissionError("only the applicant's own request opens without a link")
    return admit(session, request, Method.TICK_APPLICANT_DEVICE, now=now)


def choose_paper(session: Session, request: SigningRequest, *, actor_member_id: str, now: datetime) -> bool:
    """Note that this person will sign on paper at the counter; not over his own refusal or signature."""
    if state_of(session, request) not in (State.WAITING, State.WITHDRAWN):
        return False
    for person, health in persons(request):
        for act in acts_for(request, person, health=health):
            if act is Act.NOTICE:
                continue
            notice = current(act, asked_of(request), local(now).date())
            record = ledger.add_record(session, person, notice, "zh_Hans", now=now)
            ledger.add_event(
                session,
                record,
                Event.REQUESTED,
                Method.PAPER_AT_COUNTER,
                actor="applicant",
                actor_subject_id=ledger.subject_id(request.application_id, actor_member_id),
                now=now,
            )
    request.entry = None
    session.flush()
    return True


def refresh(
    session: Session, application_id: str, signers: Sequence[Signer], family: Family, *, now: datetime
) -> list[str]:
    """Bring every request in line with the household; the names of those who must sign again."""
    requests = session.scalars(_WITHOUT_ACTS, {"application": application_id}).all()
    if not requests:
        return []
    by_member = {signer.member_id: signer for signer in signers}
    states = ledger.states(session, application_id)
    again: list[str] = []
    for request in requests:
        signer = by_member.get(request.member_id)
        before = state_among(states, request)
        if signer is None:
            _invalidate(session, request, now)
            states = ledger.states(session, application_id)
            drawing.forget(session, application_id, request.subject_id)
            session.delete(request)
            continue
        terms = _terms(signer, family)
        if not _covers(request.terms, terms):
            if before in (State.GIVEN, State.PAPER):
                again.append(signer.name)
            _invalidate(session, request, now)
            states = ledger.states(session, application_id)
            request.acts, request.entry = {}, None
        elif before is State.GIVEN:
            continue  # keep what was signed: it covers more than is asked now
        request.terms = terms
        request.role = signer.role
    session.flush()
    return again


def standings(
    session: Session, application_id: str, signers: Sequence[Signer], family: Family
) -> list[Standing]:
    """Where each signer stands, checked against the ledger and against what is to be signed now."""
    requests = {row.member_id: row for row in session.execute(_HOW_FAR, {"application": application_id})}
    states = ledger.states(session, application_id)
    found = []
    for signer in signers:
        request = requests.get(signer.member_id)
        own = states.get((ledger.subject_id(application_id, signer.member_id), FINANCE_CHECK))
        state = State.WAITING
        if request is not None and _covers(request.terms, _terms(signer, family)):
            state = _state(
                states, application_id, signer.member_id, [ward.member_id for ward in signer.wards]
            )
        found.append(
            Standing(
                signer=signer,
                state=state,
                at=own.at if own and state is not State.WAITING else None,
                links=request.link_count if request else 0,
                locked=bool(request and request.wrong_codes >= 5),
                changed=state is State.WAITING and own is not None and own.type == Event.INVALIDATED.value,
            )
        )
    return found


def may_send(found: Sequence[Standing]) -> bool:
    """The gate: everyone of the household has authorised himself, or signs on paper; supporters are free."""
    return all(
        standing.signer.role == "supporter"
        or standing.state is State.GIVEN
        or (standing.state is State.PAPER and standing.signer.role != "applicant")
        for standing in found
    )


def state_of(session: Session, request: SigningRequest) -> State:
    """The state of one request by the ledger."""
    return state_among(ledger.states(session, request.application_id), request)


def state_among(states: ledger.States, request: SigningRequest) -> State:
    """The same where the ledger was read already (`ledger.states`)."""
    wards = [ward["member_id"] for ward in request.terms["wards"]]
    return _state(states, request.application_id, request.member_id, wards)


def health_allowed(session: Session, application_id: str) -> set[str]:
    """The member ids whose health facts may be passed on (own or guardian's separate consent)."""
    return {
        last.member_id
        for (_subject, purpose), last in ledger.states(session, application_id).items()
        if purpose == HEALTH_INFORMATION and last.type == Event.GIVEN.value
    }


def forget_expired(session: Session, *, now: datetime) -> None:
    """Remove requests whose time is over; the ledger keeps what was signed."""
    for request in session.scalars(select(SigningRequest).where(SigningRequest.expires_at <= now)):
        if CLOSED not in request.acts and SENT not in request.acts:
            drawing.forget(session, request.application_id, request.subject_id)
        session.delete(request)
    session.flush()


def _state(states: ledger.States, application_id: str, member_id: str, wards: Sequence[str]) -> State:
    types = set()
    for person in (member_id, *wards):
        last = states.get((ledger.subject_id(application_id, person), FINANCE_CHECK))
        types.add(Event(last.type) if last else None)
    for event, state in ((Event.REFUSED, State.REFUSED), (Event.WITHDRAWN, State.WITHDRAWN)):
        if event in types:
            return state
    if types == {Event.GIVEN}:
        return State.GIVEN
    return State.PAPER if types == {Event.REQUESTED} else State.WAITING


def admit(session: Session, request: SigningRequest, method: Method, *, now: datetime) -> str:
    """Let this browser answer for the person: a fresh opaque entry, all acts still to be answered."""
    request.entry = str(uuid.uuid4())
    request.entry_method = method.value
    if CLOSED not in request.acts:
        request.acts = {**begun(request), "opened": now.isoformat()}
    session.flush()
    return request.entry


def begun(request: SigningRequest) -> dict[str, Any]:
    """What a request starts with when its acts are to be answered afresh: that the application was sent."""
    return {SENT: request.acts[SENT]} if SENT in request.acts else {}


def _invalidate(session: Session, request: SigningRequest, now: datetime) -> None:
    newest = ledger.standing(session, request.application_id)
    for person, _health in persons(request):
        for purpose in (FINANCE_CHECK, HEALTH_INFORMATION):
            entry = newest.get((person.subject_id, purpose))
            if entry and entry[1].type in (Event.GIVEN.value, Event.REQUESTED.value):
                ledger.add_event(
                    session,
                    entry[0],
                    Event.INVALIDATED,
                    Method.SYSTEM,
                    actor="system",
                    actor_subject_id=request.subject_id,
                    now=now,
                )


def persons(request: SigningRequest) -> list[tuple[Person, bool]]:
    """The signer and his wards, each with whether health facts are in play."""
    own = Person(request.application_id, request.member_id, request.subject_id, request.role)
    found = [(own, bool(request.terms["health"]))]
    for ward in request.terms["wards"]:
        pseudonym = ledger.subject_id(request.application_id, ward["member_id"])
        person = Person(request.application_id, ward["member_id"], pseudonym, "ward")
        found.append((person, bool(ward["health"])))
    return found


def asked_of(request: SigningRequest) -> Asked:
    """Which wording this person is shown."""
    match request.role:
        case "supporter":
            return "supporter"
        case "represented":
            return "represented"
        case _:
            return "adult"


def acts_for(request: SigningRequest, person: Person, *, health: bool) -> list[Act]:
    """The acts about one person: himself or a ward. Who has another fill in declares the truth himself."""
    own = person.subject_id == request.subject_id
    found = [Act.NOTICE, Act.AUTHORISATION]
    if health:
        found.append(Act.SENSITIVE)
    if own and request.role == "represented":
        found += [Act.MANDATE, Act.DECLARATION]
    return found


def _terms(signer: Signer, family: Family) -> dict[str, Any]:
    return {
        "name": signer.name,
        "id_number": signer.id_number,
        "health": signer.health,
        "wards": [{"member_id": w.member_id, "name": w.name, "health": w.health} for w in signer.wards],
        "head": family.head,
        "programmes": list(family.programmes),
        "filled_by": family.filled_by if signer.role == "represented" else None,
    }


def _covers(signed: dict[str, Any], asked: dict[str, Any]) -> bool:
    """Whether what was signed about includes what is asked now; less is fine, other or more is not."""
    wards = {ward["member_id"]: ward for ward in signed["wards"]}
    return (
        signed["name"] == asked["name"]
        and signed["id_number"] == asked["id_number"]
        and signed["health"] >= asked["health"]
        and signed["filled_by"] == asked["filled_by"]
        and set(asked["programmes"]) <= set(signed["programmes"])
        and all(
            (before := wards.get(ward["member_id"])) is not None
            and before["name"] == ward["name"]
            and before["health"] >= ward["health"]
            for ward in asked["wards"]
        )
    )


def _request(session: Session, application_id: str, member_id: str) -> SigningRequest | None:
    return session.scalar(
        select(SigningRequest).where(
            SigningRequest.application_id == application_id, SigningRequest.member_id == member_id
        )
    )


def requests_of(session: Session, application_id: str) -> list[SigningRequest]:
    """Everybody of an application who is asked to sign."""
    return list(session.scalars(_REQUESTS, {"application": application_id}))

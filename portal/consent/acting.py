"""What the signer himself does: opens his request, answers each act, signs, refuses, withdraws.

Every function takes the request that the signer's own entry found; none takes an applicant's word for it.
"""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import codes
from portal.clock import local
from portal.consent import drawing, ledger, signing
from portal.consent.ledger import Event, Method
from portal.consent.models import ConsentRecord, SigningRequest
from portal.consent.notices import Act, Notice, current, find
from portal.consent.signing import CODE_LENGTH, State, acts_for, asked_of, persons, state_of

WRONG_CODES = 5


class Entry(Enum):
    """How an attempt to open a link ended."""

    OPENED = "opened"
    WRONG = "wrong"
    LOCKED = "locked"


def find_by_link(session: Session, token: str, *, key: str, now: datetime) -> SigningRequest | None:
    """The request behind a link, unless the link was renewed or has expired."""
    digest = codes.keyed_hash(token, key=key, purpose="sign-link")
    request = session.scalar(select(SigningRequest).where(SigningRequest.link_hash == digest))
    return None if request is None or request.expires_at <= now else request


def enter(
    session: Session,
    request: SigningRequest,
    typed_code: str,
    typed_tail: str,
    *,
    applicant_device: bool,
    key: str,
    now: datetime,
) -> Entry:
    """Open the request with the code and, where an ID number is known, its last four signs.

    Wrong tries are counted in the caller's transaction; after five only a new link helps.
    """
    if request.wrong_codes >= WRONG_CODES:
        return Entry.LOCKED
    code = codes.normalise(typed_code)
    digest = codes.keyed_hash(code, key=key, purpose=f"sign-code:{request.id}")
    right = len(code) == CODE_LENGTH and hmac.compare_digest(digest, request.code_hash or "")
    id_number = request.terms["id_number"]
    if id_number:
        right &= hmac.compare_digest(codes.normalise(typed_tail).encode(), str(id_number)[-4:].encode())
    if not right:
        request.wrong_codes += 1
        session.flush()
        return Entry.LOCKED if request.wrong_codes >= WRONG_CODES else Entry.WRONG
    request.wrong_codes = 0
    method = Method.TICK_AND_CODE_APPLICANT_DEVICE if applicant_device else Method.TICK_AND_LINK_CODE
    signing.admit(session, request, method, now=now)
    return Entry.OPENED


def by_entry(
    session: Session, entry: str | None, *, now: datetime, lock: bool = False
) -> SigningRequest | None:
    """The request that this browser has opened; a renewed link or another device ends it.

    `lock` makes writers of one request wait for each other, so that a signature pressed twice is one.
    """
    if not entry:
        return None
    wanted = select(SigningRequest).where(SigningRequest.entry == entry)
    request = session.scalar(wanted.with_for_update() if lock else wanted)
    return None if request is None or request.expires_at <= now else request


def leave(session: Session, entry: str, *, now: datetime) -> None:
    """What this browser has opened is closed, for every copy of its cookie too; link and code open it again."""
    request = by_entry(session, entry, now=now, lock=True)
    if request is not None:
        request.entry = None
        session.flush()


def is_closed(request: SigningRequest) -> bool:
    """Whether the application was sent, so that nothing can be signed here any more."""
    return signing.CLOSED in request.acts


def acts_of(request: SigningRequest) -> list[Act]:
    """The acts this person goes through, in order."""
    about = [acts_for(request, person, health=health) for person, health in persons(request)]
    return [act for act in Act if any(act in acts for acts in about)]


def next_act(request: SigningRequest) -> Act | None:
    """The first act not answered yet; None when only the name is missing."""
    return next((act for act in acts_of(request) if act.value not in request.acts), None)


def notice_for(request: SigningRequest, act: Act, now: datetime) -> Notice:
    """The wording in force today for this person."""
    return current(act, asked_of(request), local(now).date())


def answer(
    session: Session,
    request: SigningRequest,
    act: Act,
    given: Mapping[str, bool],
    locale: str,
    *,
    now: datetime,
) -> None:
    """Keep what the person answered on one page, with the wording that page showed; nothing is signed yet."""
    notice = notice_for(request, act, now)
    request.acts = {
        **request.acts,
        act.value: {
            "given": dict(given),
            "notice": [notice.id, notice.version, notice.locale(locale)],
            "at": now.isoformat(),
        },
    }
    session.flush()


def sign(
    session: Session, request: SigningRequest, typed_name: str, *, now: datetime, drawn: bytes | None = None
) -> bool:
    """Write the records of this person and his wards. False if an act is missing or the name another's.

    `drawn` is his signature by hand, a PNG that `drawing.read` made.
    """
    if (
        is_closed(request)
        or next_act(request) is not None
        or not same_name(typed_name, request.terms["name"])
    ):
        return False
    if state_of(session, request) is State.GIVEN:
        return True  # pressed twice: the first signature stands
    by_hand = None
    if drawn is not None:
        by_hand = drawing.keep(session, request.application_id, request.subject_id, drawn, now=now)
    for act in acts_of(request):
        answered = request.acts[act.value]
        for person, health in persons(request):
            if act not in acts_for(request, person, health=health):
                continue
            agreed = act is not Act.SENSITIVE or answered["given"].get(person.member_id, False)
            kind = Event.ACKNOWLEDGED if act is Act.NOTICE else Event.GIVEN if agreed else Event.REFUSED
            _write(session, request, person, answered, kind, typed_name, now, by_hand)
    if signing.SENT in request.acts:
        request.acts = {**request.acts, signing.CLOSED: now.isoformat()}
    session.flush()
    return True


def refuse(session: Session, request: SigningRequest, *, now: datetime) -> bool:
    """Record that this person does not authorise the check; he can still change his mind by the same link."""
    if is_closed(request) or state_of(session, request) is State.GIVEN:
        return False
    notice = notice_for(request, Act.AUTHORISATION, now)
    shown = request.acts.get(Act.AUTHORISATION.value) or {
        "notice": [notice.id, notice.version, "zh_Hans"],
        "at": now.isoformat(),
    }
    for person, _health in persons(request):
        _write(session, request, person, shown, Event.REFUSED, "", now)
    request.acts = signing.begun(request)
    session.flush()
    return True


def withdraw(
    session: Session,
    request: SigningRequest,
    *,
    now: datetime,
    method: Method | None = None,
    details: Mapping[str, Any] | None = None,
) -> list[ConsentRecord]:
    """Withdraw everything this person gave that can be withdrawn; returns the records concerned.

    `method` says how he showed who he is, where it was not by opening his own request; `details` by whom it was
    taken down.
    """
    newest = ledger.standing(session, request.application_id)
    withdrawn = []
    for person, _health in persons(request):
        for (subject, _purpose), (record, event) in newest.items():
            if subject != person.subject_id or event.type != Event.GIVEN.value:
                continue
            if not record.processing["withdrawable"]:
                continue
            _event(session, request, record, Event.WITHDRAWN, details or {}, now, method)
            withdrawn.append(record)
    if not is_closed(request):
        request.acts = signing.begun(request)
    session.flush()
    return withdrawn


def same_name(typed: str, declared: str) -> bool:
    """Whether two ways of writing mean the same name (blanks, middle dots, full width, case)."""

    def plain(name: str) -> str:
        return "".join(c for c in codes.normalise(name) if c not in "·•・．")

    return bool(plain(typed)) and plain(typed) == plain(declared)


def _write(
    session: Session,
    request: SigningRequest,
    person: ledger.Person,
    shown: Mapping[str, Any],
    kind: Event,
    typed_name: str,
    now: datetime,
    by_hand: str | None = None,
) -> None:
    notice_id, version, locale = shown["notice"]
    notice = find(notice_id, version)
    if notice is None:
        raise LookupError(f"notice {notice_id} {version} is gone")
    record = ledger.add_record(session, person, notice, locale, now=now)
    details = {"typedName": typed_name, "answeredAt": shown["at"], "openedAt": request.acts.get("opened")}
    if by_hand is not None:
        details |= {"drawing": by_hand, "entryMethod": request.entry_method}
    _event(session, request, record, kind, details, now, Method.DRAWN if by_hand is not None else None)


def _event(
    session: Session,
    request: SigningRequest,
    record: ConsentRecord,
    kind: Event,
    details: Mapping[str, Any],
    now: datetime,
    method: Method | None = None,
) -> None:
    ledger.add_event(
        session,
        record,
        kind,
        method or Method(request.entry_method),
        actor="self" if record.subject_id == request.subject_id else "guardian",
        actor_subject_id=request.subject_id,
        now=now,
        details=details,
    )


def receipt(session: Session, request: SigningRequest) -> dict[str, Any]:
    """What this person has agreed to or not, for the receipt page and its JSON; no names, no numbers."""
    mine = {person.subject_id for person, _health in persons(request)}
    records = [
        {
            "receiptId": record.receipt_id,
            "recordId": record.id,
            "subjectId": record.subject_id,
            "role": record.role,
            "purpose": record.purpose,
            "notice": {
                "id": record.notice_id,
                "version": record.notice_version,
                "locale": record.notice_locale,
                "sha256": record.notice_sha256,
            },
            "lawfulBasis": record.lawful_basis,
            "processing": record.processing,
            "state": event.type,
            "at": event.at.isoformat(),
            "method": event.method,
            **drawing.of(event),
            "eventHash": event.hash,
        }
        for (subject, _purpose), (record, event) in ledger.standing(session, request.application_id).items()
        if subject in mine
    ]
    return {"schema": ledger.SCHEMA_VERSION, "receipt": str(uuid.UUID(request.id)), "records": records}

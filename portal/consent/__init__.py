"""Consent: each adult signs for himself, and an append-only ledger keeps what was shown and answered.

Other parts use what is named here; signing itself happens only on this part's own pages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, current_app
from sqlalchemy.orm import Session

from portal.clock import local
from portal.consent import afterwards, drawing, ledger, notices, signing, verbal
from portal.consent.afterwards import (
    Overview,
    close,
    forget_requests,
    may_agree_to_health,
    may_release_late,
    may_still_sign,
    of_person,
    overview,
    withheld,
)
from portal.consent.commands import commands
from portal.consent.ledger import Problem
from portal.consent.models import ConsentEvent, ConsentRecord, SigningRequest
from portal.consent.routes import AFTER_SIGNING, ENTRY, PURPOSES, STATES, routes
from portal.consent.signing import (
    Family,
    Link,
    Signer,
    Standing,
    State,
    Ward,
    ask,
    choose_paper,
    forget_expired,
    give_link,
    health_allowed,
    masked,
    may_send,
    open_own,
    refresh,
    standings,
)

__all__ = [
    "AFTER_SIGNING",
    "ENTRY",
    "PURPOSES",
    "STATES",
    "Family",
    "Given",
    "Link",
    "Overview",
    "Problem",
    "Signer",
    "SigningRequest",
    "Standing",
    "State",
    "Ward",
    "agree_to_health",
    "ask",
    "choose_paper",
    "close",
    "confirm_verbal",
    "declare",
    "for_application",
    "forget_expired",
    "forget_requests",
    "give_link",
    "given",
    "health_allowed",
    "init_app",
    "masked",
    "may_agree_to_health",
    "may_release_late",
    "may_send",
    "may_still_sign",
    "of_person",
    "on_late_signature",
    "on_withdrawal",
    "open_own",
    "overview",
    "refresh",
    "standings",
    "up_to_date",
    "verbal_standing",
    "verify",
    "withdraw_own",
    "withheld",
]

Told = Callable[[Session, str, Sequence[str], datetime], None]
Signed = Callable[[Session, str, datetime], None]


def init_app(app: Flask) -> None:
    """Load the notices (a changed text stops the start) and add the signer's pages."""
    notices.load()
    app.extensions.setdefault("doudi_consent_withdrawn", [])
    app.extensions.setdefault("doudi_consent_late", [])
    app.register_blueprint(routes)
    app.cli.add_command(commands)


def on_withdrawal(app: Flask, tell: Told) -> None:
    """Have `tell(session, application_id, record_ids, now)` called in the transaction of every withdrawal."""
    app.extensions.setdefault("doudi_consent_withdrawn", []).append(tell)


def on_late_signature(app: Flask, tell: Signed) -> None:
    """Have `tell(session, application_id, now)` called when somebody signs after the application was sent."""
    app.extensions.setdefault("doudi_consent_late", []).append(tell)


def withdraw_own(
    session: Session,
    application_id: str,
    *,
    now: datetime,
    method: ledger.Method = ledger.Method.NUMBER_AND_QUERY_CODE,
    details: dict[str, str] | None = None,
) -> int:
    """The applicant takes back his own consents; returns how many.

    He is known by number and query code, or to the hotline (`method`), whose operator stands in `details`.
    """
    withdrawn = afterwards.withdraw_own(session, application_id, now=now, method=method, details=details)
    for tell in current_app.extensions["doudi_consent_withdrawn"]:
        tell(session, application_id, [record.id for record in withdrawn], now)
    return len(withdrawn)


def confirm_verbal(session: Session, application_id: str, *, now: datetime) -> int:
    """She confirms by number and code what she said on the telephone; the case system is told. Returns how many."""
    confirmed = verbal.confirm(session, application_id, now=now)
    for tell in current_app.extensions["doudi_consent_late"] if confirmed else ():
        tell(session, application_id, now)
    return confirmed


def verbal_standing(session: Session, application_id: str) -> verbal.Verbal:
    """How consents given on the telephone stand (`verbal.standing`)."""
    return verbal.standing(session, application_id)


def agree_to_health(
    session: Session, application_id: str, member_id: str, *, locale: str, now: datetime
) -> bool:
    """The applicant, known by number and query code, agrees to the use of his or a ward's health papers."""
    record = afterwards.agree_to_health(session, application_id, member_id, locale=locale, now=now)
    for tell in current_app.extensions["doudi_consent_late"] if record is not None else ():
        tell(session, application_id, now)
    return record is not None


def verify(session: Session) -> list[Problem]:
    """Everything in the ledger that was changed or removed, drawn signatures among it."""
    return [*ledger.verify(session), *drawing.problems(session)]


def declare(session: Session, application_id: str, member_id: str, *, locale: str, now: datetime) -> None:
    """Record the declaration of truth of an applicant who fills in himself (社会救助法 art. 40)."""
    notice = notices.current(notices.Act.DECLARATION, "applicant", local(now).date())
    pseudonym = ledger.subject_id(application_id, member_id)
    person = ledger.Person(application_id, member_id, pseudonym, "applicant")
    record = ledger.add_record(session, person, notice, locale, now=now)
    ledger.add_event(
        session,
        record,
        ledger.Event.GIVEN,
        ledger.Method.TICK_APPLICANT_DEVICE,
        actor="self",
        actor_subject_id=pseudonym,
        now=now,
    )


@dataclass(frozen=True, slots=True)
class Given:
    """What the ledger gives to the document of an application.

    `consents`: the newest record of each person and purpose. `declarations` of truth; none where the applicant
    will sign on paper. `health_allowed`: the member ids whose health facts may be passed on. `states`: what
    last happened about each person and purpose.
    """

    consents: list[dict[str, Any]]
    declarations: list[dict[str, Any]]
    health_allowed: set[str]
    states: ledger.States


def given(session: Session, application_id: str) -> Given:
    """What goes into the document of an application, by one look into the ledger."""
    standing = ledger.standing(session, application_id)
    by_person = sorted(standing.values(), key=lambda pair: (pair[0].member_id, pair[0].purpose))
    now_given = [pair for pair in standing.values() if pair[1].type == ledger.Event.GIVEN.value]
    return Given(
        consents=[_consent(record, event) for record, event in by_person],
        declarations=[
            {
                "id": record.notice_id,
                "version": record.notice_version,
                "sha256": record.notice_sha256,
                "acceptedAt": local(event.at).isoformat(timespec="seconds"),
            }
            for record, event in now_given
            if record.purpose == "truth_declaration"
        ],
        health_allowed={r.member_id for r, _event in now_given if r.purpose == signing.HEALTH_INFORMATION},
        states=ledger.last(standing),
    )


def for_application(session: Session, application_id: str) -> list[dict[str, Any]]:
    """The newest record of each person and purpose, as it goes into the document of the application."""
    return given(session, application_id).consents


def _consent(record: ConsentRecord, event: ConsentEvent) -> dict[str, Any]:
    return {
        "recordId": record.id,
        "receiptId": record.receipt_id,
        "schema": record.schema_version,
        "subjectId": record.subject_id,
        "memberId": record.member_id,
        "role": record.role,
        "purpose": record.purpose,
        "lawfulBasis": record.lawful_basis,
        "notice": {
            "id": record.notice_id,
            "version": record.notice_version,
            "locale": record.notice_locale,
            "sha256": record.notice_sha256,
        },
        "state": event.type,
        "at": event.at.isoformat(),
        "actor": event.actor,
        "actorSubjectId": event.actor_subject_id,
        "method": event.method,
        **drawing.of(event),
        "sequence": event.sequence,
        "eventHash": event.hash,
    }


def up_to_date(session: Session, application_id: str, document: dict[str, Any]) -> dict[str, Any]:
    """The document of an application that was sent, with the consents as they stand now.

    Health facts that were released since go in, those whose consent was withdrawn come out.
    """
    told = given(session, application_id)
    state = {r["memberId"]: r["state"] for r in told.consents if r["purpose"] == signing.HEALTH_INFORMATION}
    behind = afterwards.withheld(session, application_id)

    def member(entry: dict[str, Any]) -> dict[str, Any]:
        name = entry["memberId"]
        if name in behind and state.get(name) == ledger.Event.GIVEN.value:
            return {**entry, "health": behind[name], "healthWithheld": False}
        if state.get(name) == ledger.Event.WITHDRAWN.value:
            return {**entry, "health": None, "healthWithheld": True}
        return entry

    return {
        **document,
        "consents": told.consents,
        "declarations": told.declarations,
        "members": [member(one) for one in document["members"]],
    }

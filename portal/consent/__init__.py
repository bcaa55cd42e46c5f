"""Consent: each adult signs for himself, and an append-only ledger keeps what was shown and answered.

Other parts use what is named here; signing itself happens only on this part's own pages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from portal.clock import local
from portal.consent import ledger, notices
from portal.consent.commands import commands
from portal.consent.ledger import Problem, verify
from portal.consent.models import SigningRequest
from portal.consent.routes import ENTRY, routes
from portal.consent.signing import (
    Family,
    Link,
    Signer,
    Standing,
    State,
    Ward,
    ask,
    choose_paper,
    close,
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
    "ENTRY",
    "Family",
    "Link",
    "Problem",
    "Signer",
    "SigningRequest",
    "Standing",
    "State",
    "Ward",
    "ask",
    "choose_paper",
    "close",
    "declarations",
    "declare",
    "for_application",
    "forget_expired",
    "give_link",
    "health_allowed",
    "init_app",
    "masked",
    "may_send",
    "on_withdrawal",
    "open_own",
    "refresh",
    "standings",
    "verify",
]

Told = Callable[[Session, str, Sequence[str], datetime], None]


def init_app(app: Flask) -> None:
    """Load the notices (a changed text stops the start) and add the signer's pages."""
    notices.load()
    app.extensions.setdefault("doudi_consent_withdrawn", [])
    app.register_blueprint(routes)
    app.cli.add_command(commands)


def on_withdrawal(app: Flask, tell: Told) -> None:
    """Have `tell(session, application_id, record_ids, now)` called in the transaction of every withdrawal."""
    app.extensions.setdefault("doudi_consent_withdrawn", []).append(tell)


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


def declarations(session: Session, application_id: str) -> list[dict[str, Any]]:
    """The declarations of truth that were given; empty where the applicant will sign on paper."""
    return [
        {
            "id": record.notice_id,
            "version": record.notice_version,
            "sha256": record.notice_sha256,
            "acceptedAt": local(event.at).isoformat(timespec="seconds"),
        }
        for (_subject, purpose), (record, event) in ledger.standing(session, application_id).items()
        if purpose == "truth_declaration" and event.type == ledger.Event.GIVEN.value
    ]


def for_application(session: Session, application_id: str) -> list[dict[str, Any]]:
    """The newest record of each person and purpose, as it goes into the document of the application."""
    return [
        {
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
            "sequence": event.sequence,
            "eventHash": event.hash,
        }
        for record, event in sorted(
            ledger.standing(session, application_id).values(),
            key=lambda pair: (pair[0].member_id, pair[0].purpose),
        )
    ]

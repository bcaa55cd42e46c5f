"""The hand-off: an application, once sent, reaches its case system exactly once, and its answers come back.

Submissions are immutable snapshots with an outbox message in the same transaction; a relay carries them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Flask, current_app
from sqlalchemy.orm import Session

from portal import security
from portal.config import Settings
from portal.handoff import events, keys, route_table, snapshot, working_days
from portal.handoff.callbacks import case_states, reason, transitions
from portal.handoff.commands import handoff as commands
from portal.handoff.documents import pages
from portal.handoff.models import OutboxState, Submission
from portal.handoff.relay import run_relay
from portal.handoff.routes import routes
from portal.handoff.sandbox import run_sandbox
from portal.handoff.snapshot import (
    NUMBER_LENGTH,
    draft_of,
    find_submission,
    hash_query_code,
    newest_application,
)
from portal.handoff.standing import Delivery, Figures, Standing, Step, attempts, delivery, figures

__all__ = [
    "DECIDED",
    "NUMBER_LENGTH",
    "Delivery",
    "Figures",
    "OutboxState",
    "Standing",
    "Step",
    "Submission",
    "amend",
    "attachment_available",
    "attempts",
    "case_states",
    "consent_withdrawn",
    "delivery",
    "draft_of",
    "figures",
    "find_by_id_number",
    "find_submission",
    "hash_query_code",
    "init_app",
    "newest_application",
    "reason",
    "renew_query_code",
    "run_relay",
    "run_sandbox",
    "submit",
    "withdraw",
    "working_days",
]

DECIDED = ("approved", "rejected", "closed")


def init_app(app: Flask) -> None:
    """Register the callbacks; a broken table, key or route stops the start."""
    transitions()
    working_days.table()
    settings: Settings = app.extensions["doudi_settings"]
    keys.own(settings)
    route_table.table(settings)
    security.csrf.exempt(routes)
    app.register_blueprint(routes)
    app.register_blueprint(pages)
    app.cli.add_command(commands)


def submit(
    session: Session, *, draft_id: str, document: dict[str, Any], region: str, query_code: str, now: datetime
) -> Submission:
    """Hand over an application, once per draft (`snapshot.submit`)."""
    return snapshot.submit(
        session,
        _settings(),
        draft_id=draft_id,
        document=document,
        region=region,
        query_code=query_code,
        now=now,
    )


def find_by_id_number(session: Session, id_number: str) -> list[Submission]:
    """The applications whose applicant has that identity number (`snapshot.find_by_id_number`)."""
    return snapshot.find_by_id_number(session, _settings(), id_number)


def renew_query_code(session: Session, number: str) -> str | None:
    """A fresh query code, shown once; the one before is dead (`snapshot.renew_query_code`)."""
    return snapshot.renew_query_code(session, _settings(), number)


def amend(session: Session, first: Submission, document: dict[str, Any], *, now: datetime) -> Submission:
    """Hand over a complete new version of an application (`snapshot.amend`)."""
    return snapshot.amend(session, _settings(), first, document, now=now)


def withdraw(session: Session, number: str, *, now: datetime) -> Submission | None:
    """Tell the case system, once, that the applicant takes the application back; None for an unknown number."""
    return snapshot.withdraw(session, _settings(), number, now=now)


def consent_withdrawn(
    session: Session, *, draft_id: str, consents: Sequence[dict[str, Any]], now: datetime
) -> Submission | None:
    """Tell the case system which consents ended; None where the application of that draft was never sent."""
    first = snapshot.find_by_draft(session, draft_id)
    if first is None:
        return None
    facts = {"consents": list(consents)}
    return snapshot.notify(session, _settings(), first, facts, type_=events.CONSENT_WITHDRAWN, now=now)


def attachment_available(
    session: Session, number: str, entry: dict[str, Any], *, now: datetime
) -> Submission | None:
    """Tell the case system of a file that came later or was decided about; None for an unknown number."""
    first = session.get(Submission, (number, 1), with_for_update=True)
    if first is None:
        return None
    facts = {"attachment": entry}
    return snapshot.notify(session, _settings(), first, facts, type_=events.ATTACHMENT_AVAILABLE, now=now)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["doudi_settings"]
    return settings

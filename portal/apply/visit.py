"""The draft of this visit: found by the opaque id in the session, saved inside one write transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask import abort, current_app, session, url_for
from werkzeug.utils import redirect

from portal import clock, consent, db, drafts
from portal.apply import service
from portal.config import Settings
from portal.drafts import Draft

DRAFT = "application_draft"
KIND = "application"


def settings() -> Settings:
    found: Settings = current_app.extensions["doudi_settings"]
    return found


def today() -> date:
    return clock.today()


def current() -> Draft | None:
    """The draft this browser works on, sent or not."""
    return drafts.find(db.session(), session.get(DRAFT), KIND, now=clock.now())


def open_draft() -> Draft:
    """The unsent draft of this visit; otherwise the answer is the page where one begins, or the receipt."""
    draft = current()
    if draft is None:
        session.pop(DRAFT, None)
        abort(redirect(url_for("apply.start", gone=1), 303))
    if draft.closed_at is not None:
        abort(redirect(url_for("apply.receipt"), 303))
    return draft


def save(changes: Mapping[str, Any]) -> None:
    """Merge a page's answers; whoever signed about something that no longer holds must sign again."""
    now = clock.now()
    with db.transaction() as writing:
        draft = locked(writing, now)
        drafts.save(writing, draft, changes, now=now, days=settings().draft_days)
        on = clock.local(now).date()
        consent.refresh(
            writing, draft.id, service.signers(draft.answers, on), service.family_of(draft.answers), now=now
        )


def locked(writing: Any, now: datetime) -> Draft:
    """The unsent draft inside a write transaction."""
    draft = drafts.find(writing, session.get(DRAFT), KIND, now=now)
    if draft is None:
        abort(redirect(url_for("apply.start", gone=1), 303))
    writing.refresh(draft, with_for_update=True)
    if draft.closed_at is not None:
        abort(redirect(url_for("apply.receipt"), 303))
    return draft

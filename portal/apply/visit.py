"""The draft of this visit: found by the opaque id in the session, saved inside one write transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from flask import abort, current_app, session, url_for
from sqlalchemy.orm import Session
from werkzeug.utils import redirect

from portal import clock, consent, counts, db, drafts, log
from portal.apply import service
from portal.config import Settings
from portal.drafts import Draft

DRAFT = "application_draft"
KIND = "application"
# How far people come: counted when the first answer of a section is saved.
STEPS = ("programmes", "place", "applicant", "family_complete", "income", "property", "reason")


def settings() -> Settings:
    found: Settings = current_app.extensions["doudi_settings"]
    return found


def today() -> date:
    return clock.today()


def begin(answers: Mapping[str, Any]) -> None:
    """A new application in this browser."""
    now = clock.now()
    with db.transaction() as writing:
        draft, _code = drafts.start(
            writing, KIND, answers, now=now, days=settings().draft_days, key=settings().secret_key
        )
        service.forget_sent(writing, now=now)
    take_up(draft)
    counts.add("application.started", place_of(answers))
    log.event("application.started", emergency="emergency" in answers, assisted="proxy" in answers)


def take_up(draft: Draft) -> None:
    """This browser works on that draft from now on."""
    session[DRAFT] = drafts.handle(draft)
    session.pop(consent.ENTRY, None)
    session.permanent = True


def leave() -> None:
    """Take the draft off this browser, and from whoever copied its cookie."""
    if DRAFT in session and not settings().read_only:
        with db.transaction() as writing:
            drafts.end_visits(writing, session[DRAFT], KIND, now=clock.now())
    session.pop(DRAFT, None)
    session.pop(consent.ENTRY, None)


def current() -> Draft | None:
    """The draft this browser works on, sent or not."""
    return drafts.find_by_handle(db.session(), session.get(DRAFT), KIND, now=clock.now())


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
    with changing() as (writing, draft, now):
        merge(writing, draft, changes, now)


@contextmanager
def changing() -> Iterator[tuple[Session, Draft, datetime]]:
    """A write transaction with the unsent draft, locked."""
    now = clock.now()
    with db.transaction() as writing:
        yield writing, locked(writing, now), now


def merge(writing: Session, draft: Draft, changes: Mapping[str, Any], now: datetime) -> None:
    """What `save` does, inside a transaction that changes something else too."""
    reached = _reached(draft.answers, changes)
    drafts.save(writing, draft, changes, now=now, days=settings().draft_days)
    on = clock.local(now).date()
    consent.refresh(
        writing, draft.id, service.signers(draft.answers, on), service.family_of(draft.answers), now=now
    )

    for step in reached:
        counts.add(f"application.{step}", place_of(draft.answers))


def place_of(answers: Mapping[str, Any]) -> str | None:
    """The county an application is for, once it is told: for the counters."""
    return (answers.get("place") or answers.get("suggested_place") or {}).get("region")


def _reached(before: Mapping[str, Any], changes: Mapping[str, Any]) -> list[str]:
    """The sections begun with these changes, to count how far people come."""
    held = {key.partition(":")[0] for key, value in before.items() if value}
    told = {key.partition(":")[0] for key, value in changes.items() if value}
    return [step for step in STEPS if step in told - held]


def locked(writing: Session, now: datetime) -> Draft:
    """The unsent draft inside a write transaction."""
    draft = drafts.find_by_handle(writing, session.get(DRAFT), KIND, now=now, lock=True)
    if draft is None:
        abort(redirect(url_for("apply.start", gone=1), 303))
    if draft.closed_at is not None:
        abort(redirect(url_for("apply.receipt"), 303))
    return draft

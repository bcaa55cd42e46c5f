"""An application in the caller's name: started from the call, marked as such, and out of reach when the call ends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Flask, g, request, session
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock, consent, db, drafts, errors
from portal.apply import service
from portal.config import Settings
from portal.consent import SigningRequest
from portal.drafts import Draft
from portal.hotline import access, audit, calls
from portal.hotline.access import Staff
from portal.hotline.calls import HotlineCall

KIND = "application"
DRAFT = "application_draft"  # the citizens' own key: the same pages serve the operator
ASSISTED = "assisted_call"
MARK = "hotline"
UNIT = "社会救助热线"
OPERATOR = "热线接线员"


def init_app(app: Flask) -> None:
    """Watch every request of a browser that fills in for a caller, and mark its pages."""
    app.before_request(_let_go)

    @app.context_processor
    def _mark() -> dict[str, object]:
        return {"assisted_call": g.get("assisted_call", "")}


def first_answers(
    estimate: Mapping[str, Any] | None, staff: Staff, call: HotlineCall, hotline: str
) -> dict[str, Any]:
    """What such an application begins with: the estimate of the call, and who fills in, by pseudonym."""
    answers = service.from_estimate(estimate) if estimate else {}
    operator = audit.pseudonym(staff.login)[:12]
    return {
        **answers,
        "proxy": {"name": OPERATOR, "phone": hotline, "kind": "other", "unit": UNIT, "seen": "yes"},
        MARK: {"operator": operator, "call": call.reference},
    }


def start(writes: Session, staff: Staff, call: HotlineCall, settings: Settings, *, now: datetime) -> Draft:
    """A new application of this call, or the one begun before in it."""
    known = drafts.find(writes, call.application_id, KIND, now=now)
    if known is not None:
        return known
    estimate = calls.estimate_of(writes, call, now=now)
    answers = first_answers(estimate.answers if estimate else None, staff, call, settings.hotline)
    draft, _code = drafts.start(
        writes, KIND, answers, now=now, days=settings.draft_days, key=settings.secret_key
    )
    call.application_id = draft.id
    audit.record(
        writes,
        staff=staff,
        action="application.started",
        subject=draft.id,
        fields=["estimate"] if estimate else [],
        reason=call.reference,
        now=now,
    )
    return draft


def request_of(writes: Session, draft: Draft, *, now: datetime, days: int) -> SigningRequest | None:
    """The caller's own request to sign; None until it is written who she is and what she applies for."""
    on = clock.local(now).date()
    if not draft.answers.get("applicant") or not draft.answers.get("programmes"):
        return None
    signer = next((one for one in service.signers(draft.answers, on) if one.role == "represented"), None)
    if signer is None:
        return None
    return consent.ask(writes, draft.id, signer, service.family_of(draft.answers), now=now, days=days)


def asked_before(session_: Session, draft: Draft) -> SigningRequest | None:
    """The same request where it was made already; for pages that only read."""
    return session_.scalar(
        select(SigningRequest).where(
            SigningRequest.application_id == draft.id, SigningRequest.role == "represented"
        )
    )


def _let_go() -> None:
    """Take an application off a browser of the staff unless it is in the very call it was started from."""
    endpoint = request.endpoint or "static"
    if endpoint.endswith("static") or request.path.startswith(errors.MACHINE_PATHS):
        return  # the same for all: whose session it is must not be asked
    held = session.get(DRAFT)
    staff = access.signed_in() if held else None
    if not held or (ASSISTED not in session and staff is None):
        return
    draft = drafts.find_by_handle(db.session(), held, KIND, now=clock.now())
    of_call = ASSISTED in session or (draft is not None and MARK in draft.answers)
    if not of_call:
        return
    call = calls.current(db.session(), staff.id, now=clock.now()) if staff is not None else None
    if call is None or draft is None or call.application_id != draft.id:
        session.pop(DRAFT, None)
        session.pop(ASSISTED, None)
        session.pop(consent.ENTRY, None)
        return
    g.assisted_call = call.reference

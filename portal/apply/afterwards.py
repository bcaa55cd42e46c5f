"""What was sent before: what signers still do about it, passed on in the same transaction; whether it is under way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal import consent, handoff


def pass_on_withdrawal(
    session: Session, application_id: str, withdrawn: Sequence[str], now: datetime
) -> None:
    """Tell the case system which consents ended, if the application was sent."""
    records = [r for r in consent.for_application(session, application_id) if r["recordId"] in withdrawn]
    if records:
        handoff.consent_withdrawn(session, draft_id=application_id, consents=records, now=now)


def pass_on_answer(session: Session, application_id: str, now: datetime) -> None:
    """Somebody signed, or said no, after sending: a new version of the application with his consents.

    Health facts that had stayed behind go along once their owner has released them.
    """
    newest = handoff.newest_application(session, application_id)
    if newest is None:
        return
    handoff.amend(session, newest, consent.up_to_date(session, application_id, newest.document), now=now)


def under_way(session: Session, answers: Mapping[str, Any]) -> datetime | None:
    """When this applicant sent another application for one of these programmes that is not decided yet.

    Told only where name and telephone are the same too, so that a number alone finds nothing out about anybody.
    """
    applicant = answers["applicant"]
    for earlier in handoff.find_by_id_number(session, applicant["id_number"]):
        told = earlier.document
        same = all(told["applicant"].get(key) == applicant.get(key) for key in ("name", "phone"))
        if not same or not set(told["programmes"]) & set(answers["programmes"]):
            continue
        known = handoff.delivery(session, earlier.number)
        if known and not known.withdrawn and known.case_state not in handoff.DECIDED:
            return known.submitted_at
    return None

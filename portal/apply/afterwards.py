"""What signers still do after an application was sent, passed on to the case system in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

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

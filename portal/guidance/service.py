"""Keeps what helps to answer better: votes on answers and scrubbed open questions. Never commits."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from portal.guidance.models import AnswerFeedback, OpenQuestion
from portal.guidance.scrub import scrubbed

_LONGEST_ID = 80


def vote(session: Session, *, entry: str, useful: bool, day: date) -> None:
    """Count one “useful” or “not useful” for an entry."""
    session.add(AnswerFeedback(entry=entry[:_LONGEST_ID], useful=useful, given_on=day))
    session.flush()


def keep_open_question(
    session: Session, *, kind: str, entry: str | None, region: str | None, text: str, day: date
) -> None:
    """Keep a question nobody answered, scrubbed; of the place only the province, so that nobody is found by it."""
    kept = scrubbed(text)
    if not kept:
        return
    session.add(
        OpenQuestion(
            kind=kind,
            entry=entry[:_LONGEST_ID] if entry else None,
            region=region[:2] + "0000" if region else None,
            text=kept,
            asked_on=day,
        )
    )
    session.flush()

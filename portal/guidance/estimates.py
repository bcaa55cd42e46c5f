"""The estimate draft of a visitor: found, started, saved with a fresh estimate at every step. Never commits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from portal import drafts
from portal.config import Settings
from portal.drafts import Draft
from portal.guidance.advice import Advice
from portal.guidance.household import Household

KIND = "estimate"


def start(
    session: Session, household: Household, advice: Advice, *, now: datetime, today: date, settings: Settings
) -> Draft:
    """A new draft that holds the household."""
    draft, _code = drafts.start(
        session,
        KIND,
        contents(household, advice, today=today),
        now=now,
        days=settings.draft_days,
        key=settings.secret_key,
    )
    return draft


def save(
    session: Session,
    draft: Draft,
    household: Household,
    advice: Advice,
    *,
    now: datetime,
    today: date,
    settings: Settings,
) -> None:
    """Save the answers and what they amount to today."""
    changes = contents(household, advice, today=today)
    drafts.save(session, draft, changes, now=now, days=settings.draft_days)


def contents(household: Household, advice: Advice, *, today: date) -> dict[str, Any]:
    """What a draft keeps: facts, what was not known, the way taken, and the short result an application starts from."""
    return {
        "facts": household.facts,
        "unsure": sorted(household.unsure),
        "trail": household.trail,
        "result": short_result(advice.page_estimate(household.facts, as_of=today)),
    }


def short_result(estimate: Mapping[str, Any]) -> dict[str, Any]:
    """Which programmes came out how, by which rulebook, on which day."""
    return {
        "programmes": [
            {"id": programme["id"], "subject": programme["subject"], "outcome": programme["outcome"]}
            for programme in estimate["programmes"]
        ],
        "rulebook": estimate["rulebook"],
        "as_of": estimate["as_of"],
    }

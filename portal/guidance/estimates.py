"""The estimate draft of a visitor: found, started, saved with a fresh estimate at every step. Never commits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from portal import drafts
from portal.config import Settings
from portal.drafts import Draft
from portal.guidance import questions
from portal.guidance.advice import Advice
from portal.guidance.household import Asked, Household

KIND = "estimate"


@dataclass(frozen=True, slots=True)
class Ahead:
    """What can still change an outcome, and the page to ask now (None when nothing can)."""

    open: tuple[Asked, ...]
    page: str | None


def start(session: Session, told: Mapping[str, Any], *, now: datetime, settings: Settings) -> Draft:
    """A new draft with these contents, which are made before others have to wait for the transaction."""
    draft, _code = drafts.start(
        session, KIND, told, now=now, days=settings.draft_days, key=settings.secret_key
    )
    return draft


def save(
    session: Session, draft: Draft, told: Mapping[str, Any], *, now: datetime, settings: Settings
) -> None:
    """Save the contents of the draft as they are now."""
    drafts.save(session, draft, told, now=now, days=settings.draft_days)


def contents(household: Household, advice: Advice, *, today: date) -> dict[str, Any]:
    """What a draft keeps: facts, what was not known, the way taken, and the short result an application starts from.

    `ahead` is what that estimate leaves to ask, so that the next page needs no estimate of its own.
    """
    estimate = advice.page_estimate(household.facts, as_of=today)
    seen = _look(estimate, household, advice)
    return {
        "facts": household.facts,
        "unsure": sorted(household.unsure),
        "trail": household.trail,
        "helping": household.helping,
        "result": short_result(estimate),
        "ahead": {"open": [[asked.fact, asked.person] for asked in seen.open], "page": seen.page},
    }


def ahead(answers: Mapping[str, Any], household: Household, advice: Advice, *, today: date) -> Ahead:
    """What is left to ask: as saved with these answers, or found anew on another day and with other tables."""
    kept, result = answers.get("ahead"), answers.get("result") or {}
    tables = {"version": advice.rulebook.version, "sha256": advice.rulebook.sha256}
    if kept and result.get("as_of") == today.isoformat() and result.get("rulebook") == tables:
        return Ahead(tuple(Asked(fact, person) for fact, person in kept["open"]), kept["page"])
    return _look(advice.page_estimate(household.facts, as_of=today), household, advice)


def _look(estimate: Mapping[str, Any], household: Household, advice: Advice) -> Ahead:
    still = questions.Open(estimate, household, advice.rulebook.facts)
    page = questions.next_page(still, household, advice) if household.facts.get("region") else None
    return Ahead(tuple(still.facts), page)


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

"""Keeps what helps to answer better: votes on answers and scrubbed open questions. Never commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Any

from sqlalchemy.orm import Session

from portal import counts
from portal.guidance.advice import Advice
from portal.guidance.models import AnswerFeedback, OpenQuestion
from portal.guidance.scrub import scrubbed

_LONGEST_ID = 80


class Outcome(Enum):
    """How a question ended, for the figures: each ends in exactly one way."""

    ANSWER = "answer"
    RULE_ONLY = "rule_only"
    CLARIFY = "clarify"
    OTHER_OFFICE = "other_office"
    DISTRESS = "distress"
    UNKNOWN = "unknown"
    NO_QUESTION = "no_question"


def outcome(answer: Mapping[str, Any], advice: Advice) -> Outcome:
    """What a question came to. Thanks, insults and tricks are no questions; distress counts before its answer."""
    knowledge, led_to = advice.bot.knowledge, answer["trace"]["entry"]
    if advice.is_distress(answer):
        return Outcome.DISTRESS
    if led_to in knowledge.guards or answer["trace"]["why"] == "empty":
        return Outcome.NO_QUESTION
    if led_to in knowledge.doors:
        return Outcome.OTHER_OFFICE
    match answer["kind"]:
        case "answer":
            return Outcome.ANSWER
        case "rule_only":
            return Outcome.RULE_ONLY
        case "clarify":
            return Outcome.CLARIFY
        case _:
            return Outcome.UNKNOWN


def count_question(answer: Mapping[str, Any], advice: Advice) -> None:
    """Count a question's outcome and the entry or door that answered it, for its place."""
    region = answer["trace"]["slots"]["region"]
    counts.add(f"question.{outcome(answer, advice).value}", region)
    led_to = answer["trace"]["entry"]
    if led_to in advice.bot.knowledge.owners:
        counts.add(f"entry.{led_to}", region)


def open_kind(answers: Sequence[Mapping[str, Any]], advice: Advice) -> str | None:
    """As what the last question is to be kept open: refused, or asked back a second time; None where it need not.

    Where life is at stake nothing is kept.
    """
    last = outcome(answers[-1], advice)
    if last is Outcome.CLARIFY:
        return "clarify" if len(answers) > 1 and answers[-2]["kind"] == "clarify" else None
    if last in (Outcome.UNKNOWN, Outcome.OTHER_OFFICE):
        asked_back = len(answers) > 1 and answers[-2]["kind"] == "clarify"
        return "clarify" if asked_back and last is Outcome.UNKNOWN else "refusal"
    return None


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

"""What an application still needs, and sending it: once per draft, with every consent, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import attachments, clock, codes, consent, drafts, handoff
from portal.apply import document, handing_over, household, programmes, questions
from portal.apply.household import APPLICANT, ELSEWHERE, Member
from portal.consent import Family, Signer, Standing, State
from portal.drafts import Draft

QUERY_CODE_LENGTH = 8
RECEIPT_KEPT = timedelta(hours=24)
WORKING_AGE = 16


class Progress(Enum):
    """How far a section is."""

    OPEN = "open"
    BEGUN = "begun"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the task list; `endpoint` with `values` opens it."""

    id: str
    title: LazyString
    progress: Progress
    endpoint: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sent:
    """What the receipt shows. `query_code` is None once the day is over."""

    number: str
    query_code: str | None
    at: datetime


class NotReady(Exception):
    """The application cannot be sent yet; the page says what is missing."""


def family_of(answers: Mapping[str, Any]) -> Family:
    """What signers are told about the application."""
    proxy = answers.get("proxy")
    return Family(
        head=consent.masked(answers.get("applicant", {}).get("name", "")),
        programmes=tuple(answers.get("programmes", ())),
        filled_by="，".join(proxy[key] for key in ("name", "unit") if proxy.get(key)) if proxy else None,
    )


def tasks(answers: Mapping[str, Any], standings: Sequence[Standing], on: date) -> list[Task]:
    """The sections this application needs, in order, each with its progress."""
    wanted = answers.get("programmes", ())
    urgent = bool(answers.get("emergency"))

    def asked(name: str, *, when_urgent: bool = False) -> list[Task]:
        section = questions.table()[name]
        if not section.wanted(wanted) or (urgent and not when_urgent):
            return []
        if urgent:
            told = Progress.DONE if answers.get(name) else Progress.OPEN
            return [Task(name, _l(section.title), told, "apply.emergency")]
        told = _progress(questions.sheet(name, answers, on))
        return [Task(name, _l(section.title), told, "apply.section", {"name": name})]

    applied = Progress.DONE if wanted else Progress.OPEN
    by_another = answers.get("proxy") and not answers.get("hotline")  # of an operator all is known
    found = asked("proxy", when_urgent=True) if by_another else []
    found.append(Task("programmes", _l("申请什么"), applied, "apply.programmes_page"))
    found += [*asked("place", when_urgent=True), *asked("applicant", when_urgent=True)]
    found.append(Task("family", _l("家里人"), _family_progress(answers, on, urgent), "apply.family"))
    if questions.table()["income"].wanted(wanted) and not urgent:
        found.append(Task("income", _l("收入"), _income_progress(answers, on), "apply.income"))
    found += [*asked("property"), *asked("spending"), *asked("tekun", when_urgent=True)]
    found += [*asked("event", when_urgent=True), *asked("reason", when_urgent=True), *asked("more")]
    found.append(Task("signatures", _l("告知和签字"), _signing_progress(standings), "apply.signatures"))
    return found


def ready(found: Sequence[Task]) -> bool:
    return all(task.progress is Progress.DONE for task in found)


def signers(answers: Mapping[str, Any], on: date) -> list[Signer]:
    """Who is asked to sign, once the applicant is known."""
    return household.signers(answers, on) if answers.get("applicant") else []


def standings(session: Session, draft: Draft, on: date) -> list[Standing]:
    return consent.standings(session, draft.id, signers(draft.answers, on), family_of(draft.answers))


def send(session: Session, draft: Draft, *, accepted: bool, locale: str, now: datetime) -> Sent:
    """Hand the application over, once; a second call gives the same receipt. Raises NotReady.

    Runs in the caller's write transaction: application, consents and outbox message stand or fall together.
    """
    drafts.hold(session, draft)
    if (earlier := sent(draft, now)) is not None:
        return earlier
    on = clock.local(now).date()
    found = standings(session, draft, on)
    if not accepted or not ready(tasks(draft.answers, found, on)) or not consent.may_send(found):
        raise NotReady
    if not draft.answers.get("proxy"):  # who has another fill in declares on his own signing pages
        consent.declare(session, draft.id, APPLICANT, locale=locale, now=now)
    given = consent.given(session, draft.id)
    files = attachments.of_draft(session, draft.id)
    body = document.build(
        draft.answers,
        on=on,
        consents=given.consents,
        declarations=given.declarations,
        health_allowed=given.health_allowed,
        attachments=handing_over.references(files, given.health_allowed, now=now),
    )
    behind = document.health_left_behind(draft.answers, on, given.health_allowed)
    consent.close(session, draft.id, now=now, withheld=behind, states=given.states)
    query_code = codes.new_code(QUERY_CODE_LENGTH)
    submission = handoff.submit(
        session, draft_id=draft.id, document=body, region=body["region"], query_code=query_code, now=now
    )
    handing_over.keep(files, submission.number)
    draft.answers = {
        **draft.answers,
        "sent": {"number": submission.number, "query_code": query_code, "at": now.isoformat()},
    }
    draft.closed_at = now
    session.flush()
    return Sent(submission.number, query_code, now)


def sent(draft: Draft, now: datetime) -> Sent | None:
    """The receipt of a draft that was sent, with the query code for a day."""
    told = draft.answers.get("sent")
    if not told:
        return None
    at = datetime.fromisoformat(told["at"])
    fresh = now - at < RECEIPT_KEPT
    return Sent(told["number"], told.get("query_code") if fresh else None, at)


def forget_sent(session: Session, *, now: datetime, at_most: int = 50) -> int:
    """Empty drafts sent more than a day ago: the submission holds it all, the code is gone."""
    old = session.scalars(
        select(Draft)
        .where(Draft.kind == "application", Draft.closed_at < now - RECEIPT_KEPT, Draft.expires_at > now)
        .limit(at_most)
    ).all()
    for draft in old:
        told = draft.answers["sent"]
        draft.answers = {"sent": {"number": told["number"], "at": told["at"]}}
        draft.expires_at = now  # nothing is left to resume
    session.flush()
    return len(old)


def delete(session: Session, draft: Draft, *, now: datetime) -> None:
    """Throw an unsent application away: links die, signatures here no longer count, answers are gone."""
    consent.refresh(session, draft.id, [], family_of(draft.answers), now=now)
    attachments.forget_draft(session, draft.id)
    session.delete(draft)
    session.flush()


def tidy(session: Session, *, now: datetime) -> int:
    """Remove expired drafts and links; what was sent lives on in its submission. Returns the drafts removed."""
    forget_sent(session, now=now, at_most=1000)
    consent.forget_expired(session, now=now)
    old = session.scalars(select(Draft).where(Draft.expires_at <= now)).all()
    for draft in old:
        attachments.forget_draft(session, draft.id)
        session.delete(draft)
    session.flush()
    return len(old)


def from_estimate(answers: Mapping[str, Any]) -> dict[str, Any]:
    """What an estimate says that an application asks too; nothing is taken over silently as final."""
    facts: Mapping[str, Any] = answers.get("facts", {})
    result: Mapping[str, Any] = answers.get("result") or {}
    likely = [p["id"] for p in result.get("programmes", ()) if p.get("outcome") == "likely"]
    taken: dict[str, Any] = {"suggested": programmes.from_estimate(likely)}
    place = {key: facts[key] for key in ("region", "area") if facts.get(key)}
    if place:
        taken["suggested_place"] = place
    if result.get("rulebook"):
        taken["estimate"] = {
            "rulebook": result["rulebook"],
            "asOf": result.get("as_of"),
            "programmes": list(result.get("programmes", ())),
        }
    taken["suggested_members"] = list(facts.get("members", ()))
    taken["suggested_household"] = dict(facts.get("household", {}))
    return taken


def numbered(person: Member, on: date) -> bool:
    """Whether enough is known of a person's age: a number of adults who count as family, of a child his birth date."""
    if person.id_number:
        return True
    counts = person.verdict(on).counts
    if person.birth_date is None:
        return not counts and person.relation != "child"
    return person.minor(on) or not counts


def described(person: Member, answers: Mapping[str, Any], on: date) -> bool:
    """Whether everything that must be told about a person besides his income is told."""
    sheets = questions.person_sheets(answers, on, person)
    return numbered(person, on) and all(sheet.done() for sheet in sheets)


def _progress(sheet: questions.Sheet) -> Progress:
    if sheet.done():
        return Progress.DONE
    return Progress.BEGUN if sheet.begun() else Progress.OPEN


def _family_progress(answers: Mapping[str, Any], on: date, urgent: bool) -> Progress:
    if not answers.get("applicant"):
        return Progress.OPEN
    missing = [
        member.id
        for member in household.family(answers, on)
        if (not urgent and not described(member, answers, on))
        or (
            member.id != APPLICANT
            and not member.signs_himself(on)
            and not _has_guardian(member.guardian, answers, on)
        )
    ]
    said_all = bool(answers.get("family_complete"))
    if not missing and said_all:
        return Progress.DONE
    begun = said_all or any(key.startswith(("member:", "situation:")) for key in answers)
    return Progress.BEGUN if begun else Progress.OPEN


def _has_guardian(guardian: str | None, answers: Mapping[str, Any], on: date) -> bool:
    return guardian == ELSEWHERE or guardian in {m.id for m in household.possible_guardians(answers, on)}


def _income_progress(answers: Mapping[str, Any], on: date) -> Progress:
    if not answers.get("applicant"):
        return Progress.OPEN
    asked = [
        questions.sheet("income", answers, on, m)
        for m in household.family(answers, on)
        if (age := m.age(on)) is None or age >= WORKING_AGE
    ]
    if all(sheet.done() for sheet in asked):
        return Progress.DONE
    return Progress.BEGUN if any(sheet.begun() for sheet in asked) else Progress.OPEN


def _signing_progress(found: Sequence[Standing]) -> Progress:
    if not found:
        return Progress.OPEN
    if consent.may_send(found):
        return Progress.DONE
    return Progress.BEGUN if any(s.state is not State.WAITING for s in found) else Progress.OPEN

"""Is this the applicant? Number with query code, or two of three facts; tries are counted, and nothing tells why not.

Never commits. An unknown number, a wrong fact and another county's application all end alike.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal import codes, handoff, throttle
from portal.handoff import Submission
from portal.throttle import Limit, Visitor

# An operator may mistype; one application is tried by nobody for long.
TRIES = Limit("hotline-caller", visit=20, address=5, window=timedelta(minutes=15))
QUERY_CODE, NAME, TAIL, PHONE = "query_code", "name", "tail", "phone"
NEEDED = 2
_NOBODY = "0" * 64


@dataclass(frozen=True, slots=True)
class Told:
    """What the caller said; empty where she did not."""

    number: str = ""
    id_number: str = ""
    query_code: str = ""
    name: str = ""
    tail: str = ""
    phone: str = ""

    @property
    def target(self) -> str:
        """Whose application is tried, for counting."""
        return codes.normalise(self.number) or codes.normalise(self.id_number)


@dataclass(frozen=True, slots=True)
class Checked:
    """How a check ended: the application and by which facts, or neither; whether one must wait."""

    submission: Submission | None = None
    by: tuple[str, ...] = ()
    must_wait: bool = False


def check(
    session: Session,
    told: Told,
    *,
    staff: str,
    serves: Callable[[str | None], bool],
    key: str,
    now: datetime,
) -> Checked:
    """Check the caller in a write transaction; a failure is counted for the operator and for the application."""
    who = Visitor(visit=staff, address=told.target)
    if throttle.blocked(session, TRIES, who, key=key, now=now, lock=True):
        return Checked(must_wait=True)
    for submission in _candidates(session, told):
        by = proofs(submission, told, key=key)
        if by and serves(submission.region):
            return Checked(submission, by)
    throttle.count_wrong(session, TRIES, who, key=key, now=now)
    return Checked()


def _candidates(session: Session, told: Told) -> list[Submission]:
    """The application of that number, or those of that identity number; its first complete version holds the facts."""
    if told.number:
        found = session.get(Submission, (codes.normalise(told.number), 1))
        return [found] if found else []
    if told.id_number:
        return handoff.find_by_id_number(session, told.id_number)
    return []


def proofs(submission: Submission, told: Told, *, key: str) -> tuple[str, ...]:
    """The facts that prove it: the query code with the application number, or two that fit and none that does not.

    Who gives the whole identity number has told its last four signs already: they prove nothing more.
    """
    if told.query_code:
        wanted = handoff.hash_query_code(told.query_code, key)
        fits = bool(told.number) and hmac.compare_digest(submission.query_code_hash or _NOBODY, wanted)
        return (QUERY_CODE,) if fits else ()
    applicant: Mapping[str, str] = submission.document.get("applicant") or {}
    said = {
        NAME: (_name(told.name), _name(applicant.get("name") or "")),
        TAIL: (codes.normalise(told.tail), codes.normalise(applicant.get("idNumber") or "")[-4:]),
        PHONE: (_phone(told.phone), _phone(applicant.get("phone") or "")),
    }
    if not told.number:
        del said[TAIL]
    given = {fact: pair for fact, pair in said.items() if pair[0]}
    fit = tuple(
        fact for fact, (typed, kept) in given.items() if hmac.compare_digest(typed.encode(), kept.encode())
    )
    return fit if len(fit) >= NEEDED and len(fit) == len(given) else ()


def _name(text: str) -> str:
    return "".join(sign for sign in codes.normalise(text) if sign not in "·•・．")


def _phone(text: str) -> str:
    digits = "".join(sign for sign in codes.normalise(text) if sign.isdigit())
    return digits.removeprefix("86") if len(digits) == 13 else digits

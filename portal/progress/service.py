"""Signing in with number and query code (constant in time and words, locked after five wrong tries),
and reporting that something at home has changed (社会救助法 art. 46)."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal import clock, codes, consent, db, handoff
from portal.progress.models import SignInCount

TRIES = 5
LOCK = timedelta(minutes=15)
_FORGET = timedelta(days=1)
_NOBODY = "0" * 64
MOST_REPORTS = 20


@dataclass(frozen=True, slots=True)
class SignIn:
    """How a try ended: the application's number, or None; and until when further tries are refused."""

    number: str | None
    locked_until: datetime | None = None


def sign_in(session: Session, number: str, query_code: str, *, key: str, now: datetime) -> SignIn:
    """Check number and code. An unknown number is treated, counted and locked like a known one."""
    wanted = codes.normalise(number)
    count = _count(session, wanted, key, now)
    if count.locked_until is not None and count.locked_until > now:
        return SignIn(None, count.locked_until)
    submission = handoff.find_submission(session, wanted)
    stored = submission.query_code_hash if submission else _NOBODY
    right = hmac.compare_digest(stored, handoff.hash_query_code(query_code, key))
    if right and submission is not None:
        count.wrong = 0
        return SignIn(submission.number)
    count.wrong += 1
    count.last_at = now
    if count.wrong >= TRIES:
        count.wrong, count.locked_until = 0, now + LOCK
        return SignIn(None, count.locked_until)
    return SignIn(None)


def unlock(session: Session, number: str, *, key: str) -> None:
    """Forget the wrong tries for an application, once its owner has been checked in another way."""
    count = session.get(SignInCount, _hashed(number, key), with_for_update=True)
    if count is not None:
        count.wrong, count.locked_until = 0, None
    session.flush()


def leave(session: Session, number: str, *, key: str, now: datetime) -> None:
    """Close the application for every browser that has opened it; number and query code open it again."""
    count = _count(session, number, key, now)
    count.left_at = count.last_at = now
    session.flush()


def left_at(session: Session, number: str, *, key: str) -> datetime | None:
    """When somebody signed out last; forgotten after a day, when nothing opened before it is open anyway."""
    count = session.get(SignInCount, _hashed(number, key))
    return count.left_at if count is not None else None


def locked_until(session: Session, number: str, *, key: str, now: datetime) -> datetime | None:
    """Until when signing in to that application is refused, if it is."""
    count = session.get(SignInCount, _hashed(number, key))
    return count.locked_until if count and count.locked_until and count.locked_until > now else None


def is_tail_of(session: Session, number: str, typed: str) -> bool:
    """Whether these are the last four signs of the applicant's identity number."""
    first = session.get(handoff.Submission, (number, 1))
    kept = codes.normalise((first.document.get("applicant") or {}).get("idNumber") or "") if first else ""
    return len(kept) >= 4 and hmac.compare_digest(codes.normalise(typed).encode(), kept[-4:].encode())


def open_to_changes(delivery: handoff.Delivery) -> bool:
    """Whether a change can still matter: the aid is being decided or paid."""
    return not delivery.withdrawn and delivery.case_state not in ("rejected", "closed")


def report_change(session: Session, number: str, kinds: Sequence[str], text: str, *, now: datetime) -> bool:
    """Hand over a new version that says what has changed; the same report twice is one. False if refused."""
    first = session.get(handoff.Submission, (number, 1), with_for_update=True)
    newest = handoff.newest_application(session, str(first.draft_id)) if first is not None else None
    if first is None or newest is None:
        return False
    reason = newest.document["reason"]
    before = list(reason.get("changes", ()))
    report = {"kinds": list(kinds), "text": text}
    if any({key: told[key] for key in report} == report for told in before[-1:]):
        return True
    if len(before) >= MOST_REPORTS:
        return False
    at = clock.local(now).isoformat(timespec="seconds")
    body = consent.up_to_date(session, str(first.draft_id), newest.document)
    body["reason"] = {**reason, "changes": [*before, {**report, "reportedAt": at}]}
    handoff.amend(session, newest, body, now=now)
    return True


def _count(session: Session, number: str, key: str, now: datetime) -> SignInCount:
    session.execute(delete(SignInCount).where(SignInCount.last_at < now - _FORGET))
    hashed = _hashed(number, key)
    count = db.locked_row(session, SignInCount(number_hash=hashed, wrong=0, last_at=now), hashed)
    if count.locked_until is not None and count.locked_until <= now:
        count.locked_until = None
    return count


def _hashed(number: str, key: str) -> str:
    return codes.keyed_hash(codes.normalise(number), key=key, purpose="progress-sign-in")

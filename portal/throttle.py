"""Wrong tries at secret codes, counted per visit and per address, so that nobody can try them all.

Many families may sit behind one address (a village committee, a mobile network), so an address is allowed
far more than a visit. Addresses and visits are kept only as keyed hashes, for an hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal import codes, db
from portal.db import Base, UtcDateTime

_FORGET = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `visit` wrong tries of one visit and `address` of one address within `window`."""

    purpose: str
    visit: int
    address: int
    window: timedelta


RESUME = Limit(
    "resume", visit=3, address=120, window=timedelta(minutes=1)
)  # forty families, three tries each
SIGN_IN = Limit("sign-in", visit=10, address=400, window=timedelta(minutes=10))


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who tries: the opaque id of the visit, and the address the request came from."""

    visit: str
    address: str


class WrongTries(Base):
    """Wrong tries since `since` under one keyed hash."""

    __tablename__ = "wrong_tries"

    who: Mapped[str] = mapped_column(String(64), primary_key=True)
    tries: Mapped[int]
    since: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


def may_know(limit: Limit, visitor: Visitor, *, right: bool, key: str, now: datetime) -> bool:
    """Whether the visitor may be told how his try ended; counts a wrong one, in a transaction of its own.

    Tries that come together wait for each other, so that a crowd of them gets no more answers than one by one.
    While nothing can be written a right code is told and a wrong one raises ReadOnly.
    """
    try:
        with db.transaction() as writing:
            if blocked(writing, limit, visitor, key=key, now=now, lock=True):
                return False
            if not right:
                count_wrong(writing, limit, visitor, key=key, now=now)
    except db.ReadOnly:
        if not right:
            raise
    return True


def blocked(
    session: Session, limit: Limit, visitor: Visitor, *, key: str, now: datetime, lock: bool = False
) -> bool:
    """Whether this visitor must wait; `lock`, in a write transaction, keeps others from trying until it ends."""
    for who, most in _counted(limit, visitor, key):
        if lock:
            found = db.locked_row(session, WrongTries(who=who, tries=0, since=now), who)
        else:
            found = session.get(WrongTries, who)  # type: ignore[assignment]  # only here it may be missing
        if found is not None and found.since > now - limit.window and found.tries >= most:
            return True
    return False


def count_wrong(session: Session, limit: Limit, visitor: Visitor, *, key: str, now: datetime) -> None:
    """Count a wrong try, in the caller's write transaction."""
    session.execute(delete(WrongTries).where(WrongTries.since < now - _FORGET))
    for who, _most in _counted(limit, visitor, key):
        found = db.locked_row(session, WrongTries(who=who, tries=0, since=now), who)
        if found.since <= now - limit.window:
            found.tries, found.since = 0, now
        found.tries += 1
    session.flush()


def _counted(limit: Limit, visitor: Visitor, key: str) -> Sequence[tuple[str, int]]:
    return [
        (codes.keyed_hash(who, key=key, purpose=f"throttle:{limit.purpose}:{kind}"), most)
        for kind, who, most in (
            ("address", visitor.address, limit.address),
            ("visit", visitor.visit, limit.visit),
        )
    ]

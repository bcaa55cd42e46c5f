"""The call an operator is in: place and language kept as default, and what the call may reach until it ends.

Nothing in the row says who calls. What it points to (an estimate, an application in the making, an application
that was checked) is let go of when the call ends. Never commits.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal import codes, drafts
from portal.db import Base, UtcDateTime
from portal.drafts import Draft

REFERENCE_LENGTH = 8
# Nobody speaks longer: a call left open over lunch lets go of everything too.
LONGEST = timedelta(hours=3)
KEPT_DAYS = 365  # as long as the notes that name their reference
ESTIMATE = "estimate"


class HotlineCall(Base):
    """One call. `staff` is the account's id as text; `reference` is what is read out and written in records.

    `estimate_id`, `application_id` (drafts) and `checked_number` (an application whose caller was checked, by
    `checked_by` which facts) are emptied when the call ends.
    """

    __tablename__ = "hotline_call"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    staff: Mapped[str] = mapped_column(String(64), index=True)
    region: Mapped[str | None] = mapped_column(String(6))
    lang: Mapped[str] = mapped_column(String(10))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    estimate_id: Mapped[str | None] = mapped_column(String(36))
    estimate_given: Mapped[bool] = mapped_column(default=False)
    application_id: Mapped[str | None] = mapped_column(String(36), index=True)
    checked_number: Mapped[str | None] = mapped_column(String(20))
    checked_by: Mapped[str | None] = mapped_column(String(60))


def current(session: Session, staff: str, *, now: datetime) -> HotlineCall | None:
    """The call this account is in, or None between calls."""
    return session.scalar(
        select(HotlineCall)
        .where(
            HotlineCall.staff == staff, HotlineCall.ended_at.is_(None), HotlineCall.started_at > now - LONGEST
        )
        .order_by(HotlineCall.started_at.desc())
        .limit(1)
    )


def begin(
    session: Session, staff: str, *, lang: str, now: datetime, region: str | None = None
) -> HotlineCall:
    """A new call; the one before ends with it."""
    end(session, staff, now=now)
    call = HotlineCall(
        id=str(uuid.uuid4()),
        reference=codes.new_code(REFERENCE_LENGTH),
        staff=staff,
        region=region,
        lang=lang,
        started_at=now,
        estimate_given=False,
    )
    session.add(call)
    session.flush()
    return call


def going_on(session: Session, staff: str, *, lang: str, now: datetime) -> HotlineCall:
    """The call this account is in; the first thing done between calls begins one."""
    return current(session, staff, now=now) or begin(session, staff, lang=lang, now=now)


def end(session: Session, staff: str, *, now: datetime) -> None:
    """End whatever call of this account is open: it reaches nothing of the caller's any more.

    An estimate whose number nobody was given is thrown away, since nobody could open it.
    """
    left = session.scalars(
        select(HotlineCall).where(HotlineCall.staff == staff, HotlineCall.ended_at.is_(None))
    ).all()
    for call in left:
        let_go(session, call, now=now)
    session.flush()


def let_go(session: Session, call: HotlineCall, *, now: datetime) -> None:
    """End one call."""
    if call.estimate_id and not call.estimate_given:
        draft = drafts.find(session, call.estimate_id, ESTIMATE, now=now)
        if draft is not None:
            session.delete(draft)
    call.ended_at = now
    call.estimate_id = call.application_id = call.checked_number = call.checked_by = None


def estimate_of(session: Session, call: HotlineCall, *, now: datetime) -> Draft | None:
    """The estimate of this call, if one was begun."""
    return drafts.find(session, call.estimate_id, ESTIMATE, now=now)


def holds(session: Session, application_id: str, staff: str, *, now: datetime) -> bool:
    """Whether this account is in the call from which that application was started."""
    call = current(session, staff, now=now)
    return call is not None and call.application_id == application_id


def forget_old(session: Session, *, now: datetime, days: int = KEPT_DAYS) -> int:
    """End the calls that were left open, and remove those that ended so many days ago; returns how many."""
    left = session.scalars(
        select(HotlineCall).where(HotlineCall.ended_at.is_(None), HotlineCall.started_at <= now - LONGEST)
    ).all()
    for call in left:
        let_go(session, call, now=now)
    session.flush()
    gone = session.execute(delete(HotlineCall).where(HotlineCall.ended_at < now - timedelta(days=days)))
    return int(gone.rowcount)  # type: ignore[attr-defined]  # a DELETE has one

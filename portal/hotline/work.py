"""The work around calls: notes, call-backs, what is handed to the county, and calls from people in distress.

Free text is scrubbed before it is stored, and encrypted; only the number to ring back is kept as it was told,
encrypted too, and forgotten when the call-back is done. Never commits.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import ColumnElement, String, delete, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from portal.db import Base, UtcDateTime
from portal.encryption import EncryptedText
from portal.guidance.scrub import scrubbed

KEPT_DAYS = 365


class State(Enum):
    """Whether somebody must still do something."""

    OPEN = "open"
    DONE = "done"


class Reason(Enum):
    """Why the county must take something over."""

    VISIT = "visit"
    URGENT = "urgent"
    RULE = "rule"
    STUCK = "stuck"
    COMPLAINT = "complaint"
    OTHER = "other"


class Outcome(Enum):
    """How a call with somebody in distress went on."""

    PUT_THROUGH = "put_through"
    CARED_FOR = "cared_for"


@dataclass(frozen=True, slots=True)
class Bound:
    """What a piece of work belongs to: the call, the application that was spoken of, the place."""

    reference: str | None = None
    number: str | None = None
    region: str | None = None


class CallNote(Base):
    """What an operator wrote down about a call or a delivery."""

    __tablename__ = "call_note"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    reference: Mapped[str | None] = mapped_column(String(20), index=True)
    number: Mapped[str | None] = mapped_column(String(20), index=True)
    region: Mapped[str | None] = mapped_column(String(6))
    text: Mapped[str] = mapped_column(EncryptedText)
    staff: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class CallBack(Base):
    """A promise to ring somebody at a time. `owner` is the account that keeps it; `told` how it ended."""

    __tablename__ = "call_back"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    reference: Mapped[str | None] = mapped_column(String(20))
    number: Mapped[str | None] = mapped_column(String(20))
    region: Mapped[str | None] = mapped_column(String(6))
    phone: Mapped[str | None] = mapped_column(EncryptedText)
    about: Mapped[str] = mapped_column(EncryptedText)
    lang: Mapped[str] = mapped_column(String(10))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    owner: Mapped[str] = mapped_column(String(40), index=True)
    state: Mapped[str] = mapped_column(String(20), index=True)
    moved: Mapped[int] = mapped_column(default=0)
    told: Mapped[str | None] = mapped_column(EncryptedText)
    made_by: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class HandOver(Base):
    """Something the county must see to; nobody there has it before `taken_at`.

    It is a list in this portal: the hand-off to the case system has no event for it.
    """

    __tablename__ = "hand_over"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    reference: Mapped[str | None] = mapped_column(String(20))
    number: Mapped[str | None] = mapped_column(String(20))
    region: Mapped[str] = mapped_column(String(6), index=True)
    reason: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(EncryptedText)
    staff: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    taken_by: Mapped[str | None] = mapped_column(String(40))
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DistressCall(Base):
    """A call in which life may be at stake; it stays on top of every page until somebody says how it went on."""

    __tablename__ = "distress_call"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    reference: Mapped[str | None] = mapped_column(String(20))
    region: Mapped[str | None] = mapped_column(String(6))
    staff: Mapped[str] = mapped_column(String(40), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    outcome: Mapped[str | None] = mapped_column(String(20))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def note(session: Session, bound: Bound, text: str, *, by: str, now: datetime) -> CallNote | None:
    """Write a note down, scrubbed; None where nothing is left of it."""
    kept = scrubbed(text)
    if not kept:
        return None
    row = CallNote(
        id=str(uuid.uuid4()),
        reference=bound.reference,
        number=bound.number,
        region=bound.region,
        text=kept,
        staff=by,
        at=now,
    )
    session.add(row)
    session.flush()
    return row


def notes(session: Session, *, reference: str | None = None, number: str | None = None) -> list[CallNote]:
    """The notes of a call or about an application, oldest first; of neither none."""
    wanted = [
        column == value
        for column, value in ((CallNote.reference, reference), (CallNote.number, number))
        if value is not None
    ]
    if not wanted:
        return []
    return list(session.scalars(select(CallNote).where(or_(*wanted)).order_by(CallNote.at)))


def promise(
    session: Session,
    bound: Bound,
    *,
    phone: str,
    about: str,
    lang: str,
    due_at: datetime,
    by: str,
    now: datetime,
) -> CallBack:
    """Promise to ring back."""
    row = CallBack(
        id=str(uuid.uuid4()),
        reference=bound.reference,
        number=bound.number,
        region=bound.region,
        phone=phone,
        about=scrubbed(about),
        lang=lang,
        due_at=due_at,
        owner=by,
        state=State.OPEN.value,
        moved=0,
        made_by=by,
        made_at=now,
    )
    session.add(row)
    session.flush()
    return row


def call_backs(session: Session, seen: Sequence[str] | None, *, owner: str | None = None) -> list[CallBack]:
    """Open call-backs of these places (None: of all) or of this account, the earliest due first."""
    reach = _within(CallBack.region, seen) if owner is None else CallBack.owner == owner
    query = select(CallBack).where(CallBack.state == State.OPEN.value, reach)
    return list(session.scalars(query.order_by(CallBack.due_at, CallBack.id)))


def find_call_back(session: Session, id_: str, *, lock: bool = False) -> CallBack | None:
    """An open call-back."""
    row = session.get(CallBack, id_, with_for_update=lock)
    return row if row is not None and row.state == State.OPEN.value else None


def finish(session: Session, row: CallBack, told: str, *, now: datetime) -> None:
    """The call-back is done; the number that was rung is forgotten."""
    row.state, row.done_at, row.told, row.phone = State.DONE.value, now, scrubbed(told), None
    session.flush()


def move(session: Session, row: CallBack, due_at: datetime) -> None:
    """Ring later; how often that happened is counted."""
    row.due_at, row.moved = due_at, row.moved + 1
    session.flush()


def give(session: Session, row: CallBack, owner: str) -> None:
    """Let a colleague keep the promise."""
    row.owner = owner
    session.flush()


def due(session: Session, seen: Sequence[str] | None, *, owner: str | None, now: datetime) -> int:
    """How many call-backs should have been made by now."""
    return sum(row.due_at <= now for row in call_backs(session, seen, owner=owner))


def hand_over(
    session: Session, bound: Bound, region: str, reason: Reason, text: str, *, by: str, now: datetime
) -> HandOver:
    """Put something before the county of that place."""
    row = HandOver(
        id=str(uuid.uuid4()),
        reference=bound.reference,
        number=bound.number,
        region=region,
        reason=reason.value,
        text=scrubbed(text),
        staff=by,
        at=now,
    )
    session.add(row)
    session.flush()
    return row


def handed_over(session: Session, seen: Sequence[str] | None) -> list[HandOver]:
    """What nobody in these places has taken yet: the urgent first, then the oldest."""
    query = select(HandOver).where(HandOver.taken_at.is_(None), _within(HandOver.region, seen))
    rows = session.scalars(query.order_by(HandOver.at)).all()
    return sorted(rows, key=lambda row: row.reason != Reason.URGENT.value)


def take(session: Session, id_: str, *, by: str, now: datetime) -> HandOver | None:
    """Take a matter on at the county; None where somebody has it already."""
    row = session.get(HandOver, id_, with_for_update=True)
    if row is None or row.taken_at is not None:
        return None
    row.taken_by, row.taken_at = by, now
    session.flush()
    return row


def region_of_hand_over(session: Session, id_: str) -> str | None:
    row = session.get(HandOver, id_)
    return row.region if row else None


def distress(session: Session, staff: str) -> DistressCall | None:
    """The distress call this account has not settled."""
    return session.scalar(
        select(DistressCall)
        .where(DistressCall.staff == staff, DistressCall.outcome.is_(None))
        .order_by(DistressCall.at)
        .limit(1)
    )


def raise_distress(session: Session, bound: Bound, *, by: str, now: datetime) -> DistressCall:
    """Put the distress protocol before this account; one at a time, and once a call."""
    found = distress(session, by)
    if found is None and bound.reference is not None:
        found = session.scalar(
            select(DistressCall).where(DistressCall.staff == by, DistressCall.reference == bound.reference)
        )
    if found is not None:
        return found
    row = DistressCall(id=str(uuid.uuid4()), reference=bound.reference, region=bound.region, staff=by, at=now)
    session.add(row)
    session.flush()
    return row


def settle_distress(session: Session, staff: str, outcome: Outcome, *, now: datetime) -> int:
    """Say how it went on; returns how many were open."""
    rows = session.scalars(
        select(DistressCall).where(DistressCall.staff == staff, DistressCall.outcome.is_(None))
    ).all()
    for row in rows:
        row.outcome, row.settled_at = outcome.value, now
    session.flush()
    return len(rows)


def forget_old(session: Session, *, now: datetime, days: int = KEPT_DAYS) -> int:
    """Remove notes and settled work older than that many days; what is open stays."""
    before = now - timedelta(days=days)
    removed = 0
    for statement in (
        delete(CallNote).where(CallNote.at < before),
        delete(CallBack).where(CallBack.state == State.DONE.value, CallBack.made_at < before),
        delete(HandOver).where(HandOver.taken_at.is_not(None), HandOver.at < before),
        delete(DistressCall).where(DistressCall.outcome.is_not(None), DistressCall.at < before),
    ):
        removed += int(session.execute(statement).rowcount)  # type: ignore[attr-defined]  # a DELETE has one
    return removed


def waiting_at_counties(session: Session, seen: Sequence[str] | None) -> int:
    """How many matters nobody at these counties has taken."""
    query = select(func.count()).select_from(HandOver)
    return session.scalar(query.where(HandOver.taken_at.is_(None), _within(HandOver.region, seen))) or 0


def _within(
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], seen: Sequence[str] | None
) -> ColumnElement[bool]:
    """Rows of these places; None is everywhere."""
    if seen is None:
        return or_(column.is_(None), column.is_not(None))
    return column.in_(list(seen))

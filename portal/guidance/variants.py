"""Variants that a supervisor added: kept in a table, known to the bot of every process within a second.

The row with the highest `revision` tells whether anything changed; asking for it is one index look-up.
"""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Flask, current_app
from sqlalchemy import Engine, String, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from faq.variants import LONGEST, Objection, Refusal, Variant
from portal import log
from portal.db import Base, UtcDateTime
from portal.encryption import EncryptedText

if TYPE_CHECKING:
    from faq import Bot

__all__ = [
    "LONGEST", "FaqVariant", "NotTaken", "Objection", "add", "bot", "init_app", "living", "notice_now", "take_back",
    "withdrawn",
]  # fmt: skip

KEY = "doudi_variants"
CHECK_EVERY_SECONDS = 1.0


class FaqVariant(Base):
    """A question given to an entry or door by a person; it counts until it is taken back.

    `revision` rises with every change of any row. The text was scrubbed before it came here.
    """

    __tablename__ = "faq_variant"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    owner: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(EncryptedText)
    revision: Mapped[int] = mapped_column(unique=True)
    added_by: Mapped[str] = mapped_column(String(40))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[str | None] = mapped_column(String(40))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class NotTaken(Exception):
    """A variant that the check refuses; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.variant.owner}: {refusal.why.value} {refusal.other}".strip())
        self.refusal = refusal


@dataclass
class Known:
    """What this process knows of the table."""

    shipped: Bot
    bot: Bot
    revision: int = 0
    check_at: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


def init_app(app: Flask, bot: Bot) -> None:
    app.extensions[KEY] = Known(shipped=bot, bot=bot)


def bot() -> Bot:
    """The bot with every living variant. Without a database it stays as it was: answers go on."""
    known = _known()
    if time.monotonic() < known.check_at:
        return known.bot
    with known.lock:
        if time.monotonic() >= known.check_at:
            known.check_at = time.monotonic() + CHECK_EVERY_SECONDS
            try:
                _catch_up(known, current_app.extensions["doudi_engine"])
            except SQLAlchemyError as failed:
                log.event("variants.not_read", problem=type(failed).__name__)
    return known.bot


def notice_now() -> None:
    """Look at the table at the next question, not in a second: after a change of our own."""
    _known().check_at = 0.0


def living(session: Session) -> list[FaqVariant]:
    """The variants that count, oldest first."""
    return list(
        session.scalars(
            select(FaqVariant).where(FaqVariant.withdrawn_at.is_(None)).order_by(FaqVariant.added_at)
        )
    )


def withdrawn(session: Session, most: int = 50) -> list[FaqVariant]:
    """The variants that were taken back, newest first."""
    taken_back = select(FaqVariant).where(FaqVariant.withdrawn_at.is_not(None))
    return list(session.scalars(taken_back.order_by(FaqVariant.withdrawn_at.desc()).limit(most)))


def add(session: Session, owner: str, text: str, *, by: str, now: datetime) -> FaqVariant:
    """Give a question to an entry or door; raises NotTaken where the check of the entries refuses it."""
    wanted = Variant(owner, " ".join(text.split()))
    beside = [Variant(row.owner, row.text) for row in living(session)]
    refused = _known().shipped.refused_variants([wanted], beside)
    if refused:
        raise NotTaken(refused[0])
    row = FaqVariant(
        id=str(uuid.uuid4()),
        owner=owner,
        text=wanted.text,
        revision=_next_revision(session),
        added_by=by,
        added_at=now,
    )
    session.add(row)
    session.flush()
    return row


def take_back(session: Session, id_: str, *, by: str, now: datetime) -> FaqVariant | None:
    """Let a variant no longer count; None where there is no living one of that id."""
    row = session.get(FaqVariant, id_, with_for_update=True)
    if row is None or row.withdrawn_at is not None:
        return None
    row.withdrawn_by, row.withdrawn_at, row.revision = by, now, _next_revision(session)
    session.flush()
    return row


def _next_revision(session: Session) -> int:
    return (session.scalar(select(func.max(FaqVariant.revision))) or 0) + 1


def _catch_up(known: Known, engine: Engine) -> None:
    with Session(bind=engine) as session:
        newest = session.scalar(select(func.max(FaqVariant.revision))) or 0
        if newest != known.revision:
            rows = [Variant(row.owner, row.text) for row in living(session)]
            shipped = set(known.shipped.knowledge.variants())
            added = [row for row in rows if row not in shipped]
            known.bot = known.shipped.with_variants(added) if added else known.shipped
            known.revision = newest
            log.event("variants.read", revision=newest, living=len(rows))


def _known() -> Known:
    found: Known = current_app.extensions[KEY]
    return found

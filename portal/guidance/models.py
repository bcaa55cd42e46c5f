"""What people found useful and what they asked in vain: counts and scrubbed questions, nothing about persons."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base
from portal.encryption import EncryptedText


class AnswerFeedback(Base):
    """One press on “useful: yes or no” under an answer. Only the day is kept, not the time."""

    __tablename__ = "answer_feedback"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry: Mapped[str] = mapped_column(String(80), index=True)
    useful: Mapped[bool]
    given_on: Mapped[date] = mapped_column(Date)


class OpenQuestion(Base):
    """A question that got no answer or an unhelpful one, scrubbed before it is stored.

    `kind` is `refusal`, `clarify` (asked back twice) or `not_useful`; `region` at most a province's code.
    `entry` is what answered all the same: an entry that did not help, or the door to another office.
    A supervisor settles it: `attached` to an entry, or `dismissed`.
    """

    __tablename__ = "open_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    entry: Mapped[str | None] = mapped_column(String(80))
    region: Mapped[str | None] = mapped_column(String(6))
    text: Mapped[str] = mapped_column(EncryptedText)
    asked_on: Mapped[date] = mapped_column(Date, index=True)
    settled_on: Mapped[date | None] = mapped_column(Date)
    settled_as: Mapped[str | None] = mapped_column(String(20))

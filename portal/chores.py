"""Chores: what an installation does by itself every day, and when each of them last went well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Engine, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal import clock, db
from portal.db import Base, UtcDateTime


class Chore(Base):
    """A chore and its last good end."""

    __tablename__ = "chore"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    done_at: Mapped[datetime] = mapped_column(UtcDateTime)


@contextmanager
def recorded(engine: Engine, name: str) -> Iterator[None]:
    """Remember that this chore went well, if it does; an error or a non-zero exit leaves the old day."""
    yield
    with db.writing(engine) as session:
        session.merge(Chore(name=name, done_at=clock.now()))


def done(session: Session) -> Sequence[Chore]:
    """Every chore that ever went well."""
    return session.scalars(select(Chore).order_by(Chore.name)).all()

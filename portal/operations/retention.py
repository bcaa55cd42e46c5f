"""Retention: everything whose time is over goes, in one command; what is undelivered is never touched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from portal import attachments, clock, db
from portal.apply import service
from portal.attachments import StorageError
from portal.handoff import retention as applications
from portal.handoff.models import SeenNonce
from portal.hotline import calls, learning, sessions, work
from portal.throttle import WrongTries

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """What one part let go, and what it had to hold back although its term is over."""

    what: str
    removed: int
    held_back: int = 0
    trouble: str = ""


def run(engine: Engine, *, now: datetime, applications_after_days: int | None) -> list[Kept]:
    """Let go of what is over, each part in a transaction of its own; sent applications only where days are given."""
    done: list[Kept] = []
    with db.writing(engine) as session:
        done.append(Kept("expired drafts, links and shown codes", service.tidy(session, now=now)))
    with db.writing(engine) as session:
        done.append(Kept("open questions", learning.forget_old(session, today=clock.local(now).date())))
    with db.writing(engine) as session:
        done.append(Kept("settled work of the hotline", work.forget_old(session, now=now)))
    with db.writing(engine) as session:
        done.append(Kept("old calls of the hotline", calls.forget_old(session, now=now)))
    with db.writing(engine) as session:
        done.append(Kept("old sessions of staff", sessions.forget_old(session, now=now)))
    with db.writing(engine) as session:
        tries = session.connection().execute(delete(WrongTries).where(WrongTries.since < now - HOUR)).rowcount
        nonces = session.connection().execute(delete(SeenNonce).where(SeenNonce.expires_at < now)).rowcount
        done.append(Kept("counters of wrong tries and used nonces", tries + nonces))
    if applications_after_days is not None:
        done.append(_applications(engine, now, timedelta(days=applications_after_days)))
    done.append(_files(engine, now))
    return done


def _applications(engine: Engine, now: datetime, term: timedelta) -> Kept:
    with db.writing(engine) as session:
        found = applications.due(session, now=now, term=term)
        for number in found.deletable:
            applications.remove(session, number)
    return Kept("closed applications", len(found.deletable), len(found.held_back))


def _files(engine: Engine, now: datetime) -> Kept:
    try:
        with Session(bind=engine) as reading:
            return Kept("files without an application", attachments.sweep(reading, now=now))
    except StorageError as failed:
        return Kept("files without an application", 0, trouble=str(failed))

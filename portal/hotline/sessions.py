"""Signed-in browsers as rows: started anew at each sign-in, ended by time, by the person or by a supervisor.

The browser holds a random token of which only a keyed hash is stored; it is no part of the citizens' cookie.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal import codes
from portal.hotline.models import StaffAccount, StaffSession

IDLE = timedelta(minutes=15)
WARN = timedelta(minutes=2)  # before the idle end
LONGEST = timedelta(hours=12)
SETTING_UP = timedelta(minutes=30)
KEEP = timedelta(days=90)
TOUCH = timedelta(minutes=1)  # the last use is written at most this often


class Stage(Enum):
    """What a session is good for: only setting up the account, or everything the role allows."""

    SETTING_UP = "setting_up"
    FULL = "full"


class End(Enum):
    """Why a session ended."""

    SIGNED_OUT = "signed_out"
    REVOKED = "revoked"
    REPLACED = "replaced"
    ACCOUNT = "account"  # disabled, reset, or its rights changed


@dataclass(frozen=True, slots=True)
class Found:
    """A live session with its account; `stale` when its last use should be written down."""

    session: StaffSession
    account: StaffAccount
    stale: bool


def start(
    opened: Session,
    account: StaffAccount,
    *,
    stage: Stage,
    method: str,
    browser: str,
    key: str,
    now: datetime,
) -> str:
    """Open a session and return the token for the browser."""
    token = secrets.token_urlsafe(32)
    opened.add(
        StaffSession(
            id=str(uuid.uuid4()),
            account_id=account.id,
            token_hash=_hashed(token, key),
            stage=stage.value,
            method=method,
            browser=browser[:80],
            pending=None,
            created_at=now,
            last_seen_at=now,
            until=now + (LONGEST if stage is Stage.FULL else SETTING_UP),
        )
    )
    opened.flush()
    return token


def find(opened: Session, token: str, *, key: str, now: datetime) -> Found | None:
    """The live session of this token, or None: unknown, ended, idle too long, too old, account disabled."""
    row = opened.execute(
        select(StaffSession, StaffAccount)
        .join(StaffAccount, StaffAccount.id == StaffSession.account_id)
        .where(StaffSession.token_hash == _hashed(token, key))
    ).one_or_none()
    if row is None:
        return None
    session, account = row
    if not alive(session, now) or account.disabled_at is not None:
        return None
    return Found(session, account, now - session.last_seen_at >= TOUCH)


def by_token(opened: Session, token: str, *, key: str) -> StaffSession | None:
    """The session of this token, also one that is over."""
    return opened.scalar(select(StaffSession).where(StaffSession.token_hash == _hashed(token, key)))


def alive(session: StaffSession, now: datetime) -> bool:
    return session.ended_at is None and now < session.until and now - session.last_seen_at < IDLE


def touch(opened: Session, session_id: str, now: datetime) -> None:
    """Write down that the session was used; one that ended meanwhile stays ended."""
    opened.execute(
        update(StaffSession)
        .where(StaffSession.id == session_id, StaffSession.ended_at.is_(None))
        .values(last_seen_at=now)
    )


def living(opened: Session, account_id: str, now: datetime) -> list[StaffSession]:
    """The sessions of an account that can still be used, newest first."""
    rows = opened.scalars(
        select(StaffSession)
        .where(
            StaffSession.account_id == account_id, StaffSession.ended_at.is_(None), StaffSession.until > now
        )
        .order_by(StaffSession.created_at.desc())
    )
    return [row for row in rows if alive(row, now)]


def end(opened: Session, session_id: str, why: End, *, now: datetime) -> None:
    opened.execute(
        update(StaffSession)
        .where(StaffSession.id == session_id, StaffSession.ended_at.is_(None))
        .values(ended_at=now, end_reason=why.value, pending=None)
    )


def end_all(opened: Session, account_id: str, why: End, *, now: datetime, leave: str | None = None) -> int:
    """End every session of an account but `leave`; returns how many were open."""
    wanted = update(StaffSession).where(
        StaffSession.account_id == account_id, StaffSession.ended_at.is_(None)
    )
    if leave is not None:
        wanted = wanted.where(StaffSession.id != leave)
    done = opened.execute(wanted.values(ended_at=now, end_reason=why.value, pending=None))
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE has one


def forget_old(opened: Session, *, now: datetime) -> int:
    """Remove sessions that ended ninety days ago (that they were is in the audit), and what waited in idle ones."""
    waited = StaffSession.last_seen_at < now - timedelta(days=1), StaffSession.pending.is_not(None)
    opened.execute(update(StaffSession).where(*waited).values(pending=None))
    over = delete(StaffSession).where(StaffSession.until < now - KEEP)
    return int(opened.execute(over).rowcount)  # type: ignore[attr-defined]  # a DELETE has one


def _hashed(token: str, key: str) -> str:
    return codes.keyed_hash(token, key=key, purpose="staff-session")

"""Accounts of staff: made by command or by a supervisor, entered first with a start code, never deleted.

Services: they take the session and commit nothing.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import codes, regions
from portal.hotline import sessions
from portal.hotline.access import EVERYWHERE, Role, Staff, serves
from portal.hotline.models import RecoveryCode, StaffAccount
from portal.hotline.sessions import End

LOGIN = re.compile(r"[a-z][a-z0-9._-]{1,39}")
START_CODE_LENGTH = 12
START_CODE_TERM = timedelta(hours=72)


class AccountError(Exception):
    """What was asked cannot be done; the text says why, in words for the command line."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """A new or reset account and the start code, which is shown once."""

    account: StaffAccount
    start_code: str


def add(
    session: Session,
    *,
    login: str,
    name: str,
    role: Role,
    counties: Sequence[str],
    key: str,
    now: datetime,
    email: str | None = None,
) -> Fresh:
    """A new account that is entered with the start code; raises AccountError."""
    login = login.strip().lower()
    if not LOGIN.fullmatch(login):
        raise AccountError(f"{login!r} is no account name: 2 to 40 of a-z, 0-9, dot, dash; a letter first")
    if by_login(session, login) is not None:
        raise AccountError(f"there is an account {login!r} already")
    email = (email or "").strip().lower() or None
    if email and session.scalar(select(StaffAccount.id).where(StaffAccount.email == email)):
        raise AccountError("there is an account with this e-mail address already")
    account = StaffAccount(
        id=str(uuid.uuid4()),
        login=login,
        name=name.strip(),
        role=role.value,
        counties=known_places(counties),
        email=email,
        totp_step=0,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError:  # somebody else made it at the same moment
        raise AccountError(f"there is an account {login!r} already") from None
    return Fresh(account, _new_start_code(session, account, key, now))


def known_places(counties: Sequence[str]) -> list[str]:
    """The codes in order and once each; raises AccountError for one that is no place."""
    if EVERYWHERE in counties:
        return [EVERYWHERE]
    for code in counties:
        if regions.place(code) is None:
            raise AccountError(f"{code!r} is no place code; take six digits such as 222401, or * for all")
    return sorted({found.code for code in counties if (found := regions.place(code))})


def by_login(session: Session, login: str) -> StaffAccount | None:
    return session.scalars(
        select(StaffAccount).where(StaffAccount.login == login.strip().lower()).with_for_update()
    ).one_or_none()


def everybody(session: Session) -> list[StaffAccount]:
    return list(session.scalars(select(StaffAccount).order_by(StaffAccount.login)))


def reset(session: Session, account: StaffAccount, *, key: str, now: datetime) -> str:
    """Take away password, telephone and sessions; returns a new start code."""
    account.password_hash = None
    account.totp_secret = None
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    sessions.end_all(session, account.id, End.ACCOUNT, now=now)
    return _new_start_code(session, account, key, now)


def disable(session: Session, account: StaffAccount, *, now: datetime) -> None:
    account.disabled_at = account.disabled_at or now
    sessions.end_all(session, account.id, End.ACCOUNT, now=now)


def enable(account: StaffAccount) -> None:
    account.disabled_at = None


def change_rights(
    session: Session, account: StaffAccount, *, role: Role, counties: Sequence[str], now: datetime
) -> bool:
    """Give another role or other places; open sessions end so that the new rights hold at once."""
    places = known_places(counties)
    if (account.role, account.counties) == (role.value, places):
        return False
    account.role, account.counties = role.value, places
    sessions.end_all(session, account.id, End.ACCOUNT, now=now)
    return True


def may_manage(staff: Staff, account: StaffAccount) -> bool:
    """A supervisor manages others within the own places; never himself, never an auditor."""
    return (
        staff.role is Role.SUPERVISOR
        and account.id != staff.id
        and account.role != Role.AUDITOR.value
        and may_give(staff, account.counties)
    )


def may_give(staff: Staff, counties: Sequence[str]) -> bool:
    """Whether all these places lie within the person's own."""
    if EVERYWHERE in staff.counties:
        return True
    return (
        bool(counties)
        and EVERYWHERE not in counties
        and all(serves(staff.counties, code) for code in counties)
    )


def start_code_hash(code: str, key: str) -> str:
    return codes.keyed_hash(codes.normalise(code), key=key, purpose="staff-start")


def _new_start_code(session: Session, account: StaffAccount, key: str, now: datetime) -> str:
    code = codes.new_code(START_CODE_LENGTH)
    account.start_code_hash = start_code_hash(code, key)
    account.start_code_until = now + START_CODE_TERM
    session.flush()
    return codes.grouped(code)

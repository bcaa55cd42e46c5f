"""Signing in: every try is counted before it is judged, so that many at once gain nothing; five wrong ones lock
the account name for a quarter of an hour, whether there is such an account or not.

A browser in which the person has signed in before is counted apart: strangers who lock her name from outside do
not keep her from her desk.

The route calls `count_try`, compares the slow password outside any transaction, then calls `enter`.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal import codes, db
from portal.hotline import accounts, audit, credentials, sessions
from portal.hotline.access import Staff
from portal.hotline.models import StaffAccount, StaffSession, StaffSignInCount
from portal.hotline.sessions import End, Stage
from portal.throttle import Limit

TRIES = 5
LOCK = timedelta(minutes=15)
_FORGET = timedelta(days=1)
# A whole office may sit behind one address.
ADDRESS = Limit("staff-sign-in", visit=20, address=60, window=timedelta(minutes=10))


@dataclass(frozen=True, slots=True)
class Counted:
    """A try that may be judged (`locked_until` None), with the stored password to compare."""

    locked_until: datetime | None
    password_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """Who came in and how far."""

    account: StaffAccount
    stage: Stage
    by_recovery_code: bool = False


def count_try(session: Session, login: str, *, key: str, now: datetime, device: str = "") -> Counted:
    """Count this try as wrong until it proves right; `device` is the known browser it comes from, if any."""
    count = _count(session, login, device, key, now)
    if count.locked_until is not None and count.locked_until > now:
        return Counted(count.locked_until)
    if count.locked_until is not None:
        count.wrong, count.locked_until = 0, None
    count.wrong += 1
    count.last_at = now
    if count.wrong >= TRIES:
        count.locked_until = now + LOCK
    account = accounts.by_login(session, login)
    return Counted(None, account.password_hash if account else None)


def enter(
    session: Session,
    login: str,
    *,
    password_right: bool,
    typed: str,
    code: str,
    key: str,
    now: datetime,
    device: str = "",
) -> Entered | None:
    """Judge the try: password and code of the telephone (or a recovery code), or the start code alone."""
    account = accounts.by_login(session, login)
    entered = None
    if account is not None and account.disabled_at is None:
        entered = _judge(session, account, password_right, typed, code, key, now)
    if entered is not None:
        forgive(session, login, key=key, now=now, device=device)
    elif account is not None:
        audit.record(
            session,
            staff=account.login,
            action="staff.sign_in_failed",
            subject=None,
            fields=[f"account:{account.login}"],
            reason="密码或动态码不对",
            now=now,
        )
    return entered


def forgive(session: Session, login: str, *, key: str, now: datetime, device: str = "") -> None:
    """Forget the wrong tries of an account whose password proved right."""
    session.delete(_count(session, login, device, key, now))


def device_mark(login: str, key: str) -> str:
    """What a browser keeps in which this person has signed in: a random id, bound to the name."""
    device = secrets.token_urlsafe(12)
    return f"{device}.{_bound(login, device, key)}"


def known_device(mark: str, login: str, key: str) -> str:
    """The id of a browser that bears this person's mark, else an empty string."""
    device, _dot, bound = mark.partition(".")
    return device if hmac.compare_digest(bound.encode(), _bound(login, device, key).encode()) else ""


def _bound(login: str, device: str, key: str) -> str:
    return codes.keyed_hash(f"{login.strip().lower()}:{device}", key=key, purpose="staff-device")


def open_session(
    session: Session,
    entered: Entered,
    *,
    method: str,
    browser: str,
    key: str,
    now: datetime,
    instead_of: str | None = None,
) -> str:
    """A fresh session and its token; the one this browser had before is ended."""
    if instead_of is not None:
        sessions.end(session, instead_of, End.REPLACED, now=now)
    token = sessions.start(
        session, entered.account, stage=entered.stage, method=method, browser=browser, key=key, now=now
    )
    _log(
        session, entered.account, "staff.signed_in", [f"method:{method}", f"stage:{entered.stage.value}"], now
    )
    return token


def finish_set_up(session: Session, staff: Staff, code: str, *, key: str, now: datetime) -> list[str] | None:
    """Make password and telephone valid once the telephone's code is right; returns the recovery codes."""
    row = session.get(StaffSession, staff.session_id, with_for_update=True)
    account = session.get(StaffAccount, staff.id, with_for_update=True)
    pending = row.pending if row is not None and row.ended_at is None else None
    if account is None or row is None or not pending or "totp_secret" not in pending:
        return None
    step = credentials.accepted_step(pending["totp_secret"], code, after=0, now=now)
    if step is None:
        return None
    if "password_hash" in pending:
        account.password_hash = pending["password_hash"]
        account.start_code_hash = account.start_code_until = None
    account.totp_secret, account.totp_step = pending["totp_secret"], step
    row.pending = None
    sessions.end_all(session, account.id, End.ACCOUNT, now=now, leave=row.id)
    _log(session, account, "staff.phone_bound", [], now)
    return credentials.new_recovery_codes(session, account, key=key)


def browser_words(agent: str) -> str:
    """`Firefox, Windows`: enough to know one's own browser again in the list of sessions."""
    family = next((words for sign, words in _FAMILIES if sign in agent), "?")
    system = next((words for sign, words in _SYSTEMS if sign in agent), "?")
    return f"{family}, {system}"


_FAMILIES = (
    ("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("QQBrowser", "QQ"), ("Firefox", "Firefox"), ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


def _judge(
    session: Session,
    account: StaffAccount,
    password_right: bool,
    typed: str,
    code: str,
    key: str,
    now: datetime,
) -> Entered | None:
    if account.password_hash and account.totp_secret:
        if not password_right:
            return None
        step = credentials.accepted_step(account.totp_secret, code, after=account.totp_step, now=now)
        if step is not None:
            account.totp_step = step
            return Entered(account, Stage.FULL)
        if credentials.use_recovery_code(session, account, code, key=key, now=now):
            _log(session, account, "staff.recovery_code_used", [], now)
            return Entered(account, Stage.FULL, by_recovery_code=True)
        return None
    if account.start_code_hash is None or account.start_code_until is None or account.start_code_until <= now:
        return None
    if hmac.compare_digest(accounts.start_code_hash(typed, key), account.start_code_hash):
        return Entered(account, Stage.SETTING_UP)
    return None


def _log(session: Session, account: StaffAccount, action: str, fields: list[str], now: datetime) -> None:
    about = [f"account:{account.login}", *fields]
    audit.record(session, staff=account.login, action=action, subject=None, fields=about, reason="", now=now)


def _count(session: Session, login: str, device: str, key: str, now: datetime) -> StaffSignInCount:
    session.execute(delete(StaffSignInCount).where(StaffSignInCount.last_at < now - _FORGET))
    hashed = codes.keyed_hash(f"{login.strip().lower()}:{device}", key=key, purpose="staff-sign-in")
    return db.locked_row(session, StaffSignInCount(login_hash=hashed, wrong=0, last_at=now), hashed)

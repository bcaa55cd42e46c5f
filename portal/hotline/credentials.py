"""Passwords (argon2id), one-time codes of the telephone (TOTP, RFC 6238) and recovery codes.

Nothing here is kept in clear, and an account that does not exist costs as much time as one that does.
"""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime
from functools import cache

import pyotp
import segno
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal import codes
from portal.forms import plain_digits
from portal.hotline.models import RecoveryCode, StaffAccount

SHORTEST, LONGEST = 12, 128
STEP_SECONDS = 30
RECOVERY_CODES = 10
RECOVERY_LENGTH = 10
_hasher = PasswordHasher()  # argon2id with the parameters of RFC 9106 for little memory


def hashed(password: str) -> str:
    return _hasher.hash(password)


def matches(stored: str | None, typed: str) -> bool:
    """Whether the password is right; without a stored hash it takes as long and is wrong."""
    try:
        right = _hasher.verify(stored or _nobody(), typed[: LONGEST * 4])
    except (VerificationError, InvalidHashError):
        return False
    return right and stored is not None


@cache
def _nobody() -> str:
    return _hasher.hash(codes.new_code(20))


def new_secret() -> str:
    """A fresh TOTP secret in base32 (160 bits)."""
    return pyotp.random_base32()


def accepted_step(secret: str, typed: str, *, after: int, now: datetime) -> int | None:
    """The time step of a right code: this one, the one before or behind, but newer than `after`; else None."""
    code = plain_digits(typed).replace(" ", "")
    if not re.fullmatch(r"[0-9]{6}", code):
        return None
    generator = pyotp.TOTP(secret)
    this = int(now.astimezone(UTC).timestamp()) // STEP_SECONDS
    found = None
    for step in (this - 1, this, this + 1):
        if hmac.compare_digest(generator.generate_otp(step), code) and step > after:
            found = step
    return found


def picture(secret: str, login: str) -> str:
    """The QR code an authenticator application reads, as a data address."""
    address = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name="Doudi 12345")
    return segno.make(address, error="m").svg_data_uri(scale=4, border=3)


def new_recovery_codes(session: Session, account: StaffAccount, *, key: str) -> list[str]:
    """Ten fresh codes, shown once; the old ones are worth nothing any more."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    fresh = [codes.new_code(RECOVERY_LENGTH) for _ in range(RECOVERY_CODES)]
    session.add_all(
        RecoveryCode(code_hash=_recovery_hash(code, account.id, key), account_id=account.id) for code in fresh
    )
    session.flush()
    return [codes.grouped(code, 5) for code in fresh]


def use_recovery_code(
    session: Session, account: StaffAccount, typed: str, *, key: str, now: datetime
) -> bool:
    """Take a recovery code; each works once."""
    code = codes.normalise(typed)
    if not codes.is_well_formed(code, RECOVERY_LENGTH):
        return False
    found = session.get(RecoveryCode, _recovery_hash(code, account.id, key), with_for_update=True)
    if found is None or found.account_id != account.id or found.used_at is not None:
        return False
    found.used_at = now
    return True


def recovery_left(session: Session, account_id: str) -> int:
    wanted = select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return session.scalar(wanted) or 0


def _recovery_hash(code: str, account_id: str, key: str) -> str:
    return codes.keyed_hash(f"{account_id}:{code}", key=key, purpose="staff-recovery")

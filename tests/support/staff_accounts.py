"""Ready accounts for tests of the door: with password and telephone, and a clock that can be set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from flask import Flask
from werkzeug.test import TestResponse

from portal import clock, db
from portal.hotline import accounts, credentials
from portal.hotline.access import Role
from portal.hotline.models import StaffAccount
from tests.support.pages import LintedClient

PASSWORD = "鸭绿江边 purple 雨伞 42"
MONDAY = datetime(2026, 11, 23, 1, 0, 5, tzinfo=UTC)


class Clock:
    """The portal's clock, in the test's hand."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now = MONDAY
        patch.setattr(clock, "now", lambda: self.now)
        # As argon2 as the real one, at a price that a test can pay.
        patch.setattr(credentials, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        credentials._nobody.cache_clear()

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Person:
    """An account that is ready, and what its owner knows."""

    login: str
    secret: str
    recovery: list[str]

    def code(self, at: datetime) -> str:
        return pyotp.TOTP(self.secret).at(at)


def ready(
    app: Flask, login: str = "li.na", role: Role = Role.OPERATOR, counties: tuple[str, ...] = ("222401",)
) -> Person:
    key, secret = app.extensions["doudi_settings"].secret_key, credentials.new_secret()
    with db.writing(app.extensions["doudi_engine"]) as session:
        account: StaffAccount = accounts.add(
            session, login=login, name="李娜", role=role, counties=counties, key=key, now=clock.now()
        ).account
        account.password_hash = credentials.hashed(PASSWORD)
        account.totp_secret = secret
        account.start_code_hash = account.start_code_until = None
        recovery = credentials.new_recovery_codes(session, account, key=key)
    return Person(login, secret, recovery)


def sign_in(
    browser: LintedClient, login: str, password: str = PASSWORD, code: str = "", follow: bool = True
) -> TestResponse:
    """Through the page, as a person does."""
    values = {"login": login, "password": password, "code": code}
    return browser.submit("/hotline/sign-in", values, button="登录", follow=follow)

"""Staff for tests: accounts made and signed in without the pages, and things that belong to a county."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

from flask import Flask, current_app
from sqlalchemy.orm import Session

from portal import clock, db
from portal.config import Settings
from portal.hotline import access, accounts, sessions
from portal.hotline.access import Role
from portal.hotline.sessions import Stage
from tests.support.hotline_work import THINGS
from tests.support.pages import LintedClient

YANJI, NANGUAN = "222401", "220102"
_NUMBERS = count(1)


def staff_client(app: Flask, role: Role = Role.OPERATOR, counties: Sequence[str] = ("*",)) -> LintedClient:
    """A browser in which a new person of this role is signed in."""
    browser = app.test_client()
    assert isinstance(browser, LintedClient)
    sign_in(app, browser, role, counties)
    return browser


def sign_in(
    app: Flask,
    browser: LintedClient,
    role: Role = Role.OPERATOR,
    counties: Sequence[str] = ("*",),
    stage: Stage = Stage.FULL,
) -> str:
    """Sign a new person in without the page; returns the account's name."""
    login = f"{role.value}{next(_NUMBERS)}"
    settings: Settings = app.extensions["doudi_settings"]
    now, key = clock.now(), settings.secret_key
    with db.writing(app.extensions["doudi_engine"]) as session:
        fresh = accounts.add(session, login=login, name=login, role=role, counties=counties, key=key, now=now)
        token = sessions.start(
            session,
            fresh.account,
            stage=stage,
            method="password",
            browser="test",
            key=key,
            now=now,
        )
    browser.set_cookie(access.cookie_name(settings), token)
    return login


def _account(session: Session, region: str) -> str:
    key = current_app.extensions["doudi_settings"].secret_key
    name = f"made{next(_NUMBERS)}"
    return accounts.add(
        session, login=name, name=name, role=Role.OPERATOR, counties=[region], key=key, now=clock.now()
    ).account.id


# What a path of the matrix needs: makes one in this county (in a write transaction, within an app context)
# and returns what stands in the path.
OBJECTS: dict[str, Callable[[Session, str], str]] = {"account": _account, **THINGS}

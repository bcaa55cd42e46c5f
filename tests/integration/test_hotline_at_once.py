"""Many at once on PostgreSQL: no more wrong tries than allowed, one use a code, one unbroken chain of the audit."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import pytest
from alembic import command
from flask import Flask
from sqlalchemy.orm import Session

from portal import clock, db
from portal.cli import migrations
from portal.config import Settings
from portal.factory import create_app
from portal.hotline import accounts, audit, credentials, signing_in
from portal.hotline.access import Role
from tests.support import crowds
from tests.support.staff_accounts import PASSWORD, ready

pytestmark = pytest.mark.postgres
CROWD = 16


@pytest.fixture
def app(settings: Settings, postgres_url: str) -> Iterator[Flask]:
    made = create_app(dataclasses.replace(settings, database_url=postgres_url))
    command.upgrade(migrations(postgres_url), "head")
    yield made
    made.extensions["doudi_engine"].dispose()


def together(app: Flask, work: Callable[[Session, str], object]) -> list[object]:
    """What each of a crowd got, all beginning at the same moment."""

    def one() -> object:
        with db.writing(app.extensions["doudi_engine"]) as session:
            return work(session, app.extensions["doudi_settings"].secret_key)

    return crowds.together(app, CROWD, one)


@pytest.mark.parametrize("login", ["li.na", "nobody"])
def test_five_tries_are_judged_however_many_come_at_once(app: Flask, login: str) -> None:
    ready(app)
    got = together(app, lambda session, key: signing_in.count_try(session, login, key=key, now=clock.now()))
    assert sum(counted.locked_until is None for counted in got) == signing_in.TRIES  # type: ignore[attr-defined]


def test_one_code_of_the_telephone_lets_one_in(app: Flask) -> None:
    person, now = ready(app), clock.now()

    def enter(session: Session, key: str) -> object:
        return signing_in.enter(
            session, "li.na", password_right=True, typed=PASSWORD, code=person.code(now), key=key, now=now
        )

    assert sum(entered is not None for entered in together(app, enter)) == 1


def test_one_recovery_code_works_once(app: Flask) -> None:
    person = ready(app)

    def use(session: Session, key: str) -> object:
        account = accounts.by_login(session, "li.na")
        assert account is not None
        return credentials.use_recovery_code(session, account, person.recovery[0], key=key, now=clock.now())

    assert sum(bool(used) for used in together(app, use)) == 1


def test_the_chain_of_the_audit_stays_whole(app: Flask) -> None:
    together(
        app,
        lambda session, _key: (
            audit.record(session, staff="command", action="x.y", subject="N", fields=[], reason="").sequence
        ),
    )
    with Session(bind=app.extensions["doudi_engine"]) as session:
        assert audit.verify(session) == []
        assert audit.end(session)[0] == CROWD


def test_an_account_is_made_once(app: Flask) -> None:
    def make(session: Session, key: str) -> object:
        try:
            with session.begin_nested():
                return accounts.add(
                    session,
                    login="zhao.min",
                    name="赵敏",
                    role=Role.OPERATOR,
                    counties=[],
                    key=key,
                    now=clock.now(),
                )
        except accounts.AccountError:
            return None

    assert sum(made is not None for made in together(app, make)) == 1

"""New keys: everything kept comes over to them, in batches, as often as it is started; the ledger stays whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet, InvalidToken
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import attachments, consent, encryption
from portal.config import Settings
from portal.consent.models import ConsentEvent
from portal.handoff import Submission
from tests.support import applying
from tests.support.pages import LintedClient

NEW = Fernet.generate_key().decode()


@pytest.fixture(autouse=True)
def keys_as_before(settings: Settings) -> Iterator[None]:
    yield
    encryption.configure(settings.data_keys)


def kept(app: Flask, client: LintedClient) -> None:
    """A sent application and an unfinished one, with a file in the storage."""
    applying.start_filled(client)
    applying.sign_own(client)
    client.submit("/apply/signatures/m2/paper", button="好，到窗口签")
    applying.send(client)
    applying.start_filled(client)
    app.extensions["doudi_files"].write("a" * 32, b"a picture")


def rotate(app: Flask, *options: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["keys", "rotate", *options])
    return done.exit_code, done.output


def test_after_a_rotation_the_new_key_alone_reads_everything(
    app: Flask, client: LintedClient, settings: Settings
) -> None:
    kept(app, client)
    encryption.configure((NEW, *settings.data_keys))
    code, told = rotate(app, "--batch", "3")
    assert code == 0
    assert told.endswith("The old keys can go.\n")
    encryption.configure((NEW,))
    with Session(bind=app.extensions["doudi_engine"]) as session:
        assert consent.verify(session) == []
        assert session.scalars(select(ConsentEvent)).first() is not None
        assert session.scalars(select(Submission)).one().document["members"][1]["name"] == "李桂兰"
    assert app.extensions["doudi_files"].read("a" * 32) == b"a picture"
    with app.app_context():
        assert [one for one in encryption.rotate(app.extensions["doudi_engine"]) if one.renewed] == []
        assert attachments.renew_files() == (1, 0, 0)


def test_without_a_rotation_the_new_key_alone_reads_nothing(app: Flask, client: LintedClient) -> None:
    kept(app, client)
    encryption.configure((NEW,))
    with Session(bind=app.extensions["doudi_engine"]) as session, pytest.raises(InvalidToken):
        session.scalars(select(Submission)).one()


def test_a_rotation_that_was_stopped_goes_on_where_it_was(
    app: Flask, client: LintedClient, settings: Settings
) -> None:
    kept(app, client)
    engine = app.extensions["doudi_engine"]
    encryption.configure((NEW, *settings.data_keys))
    stopped = next(one for one in encryption.rotate(engine, 2) if one.renewed)
    again = {one.table: one for one in encryption.rotate(engine, 2)}
    assert again[stopped.table].renewed == 0
    assert again[stopped.table].seen == stopped.seen
    assert sum(one.renewed for one in again.values()) > 0
    assert all(one.unreadable == 0 for one in again.values())


def test_what_no_key_reads_is_counted_and_the_old_keys_must_stay(app: Flask, client: LintedClient) -> None:
    kept(app, client)
    encryption.configure((NEW,))
    code, told = rotate(app)
    assert code == 1
    assert "keep the old keys" in told


def test_both_keys_serve_while_the_rotation_runs(
    app: Flask, client: LintedClient, settings: Settings
) -> None:
    kept(app, client)
    both = replace(settings, data_keys=(NEW, *settings.data_keys))
    encryption.configure(both.data_keys)
    assert "李桂兰" in client.get("/apply/family").text
    next(encryption.rotate(app.extensions["doudi_engine"], 1))
    assert "李桂兰" in client.get("/apply/family").text

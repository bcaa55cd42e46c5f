"""One command lets go of everything that is over, and of nothing that is undelivered or still wanted."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import chores, clock, db, drafts, throttle
from portal.chores import Chore
from portal.config import Settings
from portal.drafts import Draft
from portal.guidance.models import OpenQuestion
from portal.handoff import Submission
from portal.handoff.models import OutboxMessage, SeenNonce
from portal.throttle import WrongTries
from tests.support import applying
from tests.support.pages import LintedClient

KINDS: tuple[type[db.Base], ...] = (Draft, OpenQuestion, WrongTries, SeenNonce)


@pytest.fixture
def filled(app: Flask, client: LintedClient, settings: Settings) -> Flask:
    """A sent, undelivered application; one of each other kind that is over one day, and one that is not."""
    applying.start_filled(client)
    applying.sign_own(client)
    client.submit("/apply/signatures/m2/paper", button="好，到窗口签")
    applying.send(client)
    now = clock.now()
    visitor = throttle.Visitor("visit", "192.0.2.1")
    with app.app_context(), db.transaction() as session:
        drafts.start(session, "estimate", {}, now=now, days=30, key=settings.secret_key)
        session.add(OpenQuestion(kind="refusal", text="问题", asked_on=clock.today()))
        throttle.count_wrong(session, throttle.SIGN_IN, visitor, key="k", now=now)
        session.add(SeenNonce(key_id="k", nonce="n", expires_at=now + timedelta(minutes=5)))
    return app


def counts(app: Flask) -> dict[str, int]:
    with Session(bind=app.extensions["doudi_engine"]) as session:
        return {
            kind.__tablename__: session.scalar(select(func.count()).select_from(kind)) or 0
            for kind in (*KINDS, Submission, OutboxMessage, Chore)
        }


def run(app: Flask, *options: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["retention", "run", *options])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def turn_clock(monkeypatch: pytest.MonkeyPatch, days: int) -> datetime:
    later = clock.now() + timedelta(days=days)
    monkeypatch.setattr(clock, "now", lambda: later)
    monkeypatch.setattr(clock, "today", lambda: later.date())
    return later


def test_today_nothing_goes(filled: Flask) -> None:
    before = counts(filled)
    assert run(filled)[0] == 0
    assert counts(filled) == {**before, "chore": 1}


def test_in_two_years_everything_goes_but_the_undelivered_application(
    filled: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = turn_clock(monkeypatch, 730)
    code, told = run(filled, "--applications-after-days", "365")
    after = counts(filled)
    assert [after[kind.__tablename__] for kind in KINDS] == [0, 0, 0, 0]
    assert (after["submission"], after["outbox_message"]) == (1, 1)
    assert (code, "1 held back" in told) == (1, True)
    with Session(bind=filled.extensions["doudi_engine"]) as session:
        assert [chore for chore in chores.done(session) if chore.done_at == later] == []


def test_sent_applications_stay_unless_a_term_is_given(
    filled: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn_clock(monkeypatch, 730)
    code, told = run(filled)
    assert (code, "closed applications" in told) == (0, False)
    assert counts(filled)["submission"] == 1


def test_a_term_below_a_year_is_refused(filled: Flask) -> None:
    assert run(filled, "--applications-after-days", "30")[0] == 2

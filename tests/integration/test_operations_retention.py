"""One command lets go of everything that is over, and of nothing that is undelivered or still wanted."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from portal import chores, clock, db, drafts, throttle
from portal.chores import Chore
from portal.config import Settings
from portal.drafts import Draft
from portal.guidance.models import OpenQuestion
from portal.handoff import Submission
from portal.handoff.models import SETTLED, CaseRecord, OutboxMessage, OutboxState, SeenNonce
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


def settled(message: OutboxMessage, at: datetime) -> None:
    message.state, message.delivered_at, message.reconciled_at = OutboxState.ACKNOWLEDGED, at, at


@pytest.fixture
def changed(filled: Flask) -> Flask:
    """The sent application with a second version, both delivered and reconciled, its case closed: all of today."""
    now = clock.now()
    with db.writing(filled.extensions["doudi_engine"]) as session:
        sent, message = session.scalars(select(Submission)).one(), session.scalars(select(OutboxMessage)).one()
        settled(message, now)
        for row, more in (
            (sent, {"version": 2, "draft_id": None}),
            (message, {"application_version": 2, "id": str(uuid.uuid4()), "position": None}),
        ):
            columns = {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}
            session.add(type(row)(**{**columns, **more}))
            session.flush()
        case = {"case_number": "X1", "state": "closed", "sequence": 9, "since": now, "details": {}}
        session.add(CaseRecord(application_number=sent.number, **case))
    return filled


def second(session: Session) -> OutboxMessage:
    return session.scalars(select(OutboxMessage).where(OutboxMessage.application_version == 2)).one()


def test_an_application_goes_when_all_its_versions_are_over(
    changed: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn_clock(monkeypatch, 400)
    code, told = run(changed, "--applications-after-days", "365")
    assert (code, "closed applications: 1 removed\n" in told) == (0, True)
    after = counts(changed)
    assert (after["submission"], after["outbox_message"]) == (0, 0)


@pytest.mark.parametrize("state", [state for state in OutboxState if state not in SETTLED])
def test_one_version_on_its_way_holds_the_whole_application_back(
    changed: Flask, monkeypatch: pytest.MonkeyPatch, state: OutboxState
) -> None:
    with db.writing(changed.extensions["doudi_engine"]) as session:
        second(session).state = state
        second(session).reconciled_at = None
    turn_clock(monkeypatch, 400)
    code, told = run(changed, "--applications-after-days", "365")
    assert (code, "closed applications: 0 removed, 1 held back" in told) == (1, True)
    assert counts(changed)["submission"] == 2


def test_one_version_that_was_never_compared_holds_the_whole_application_back(
    changed: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.writing(changed.extensions["doudi_engine"]) as session:
        second(session).reconciled_at = None
    turn_clock(monkeypatch, 400)
    assert run(changed, "--applications-after-days", "365")[0] == 1
    assert counts(changed)["submission"] == 2


@pytest.mark.parametrize("newer", ["message", "case", "case still open"])
def test_the_term_counts_from_what_came_last(
    changed: Flask, monkeypatch: pytest.MonkeyPatch, newer: str
) -> None:
    with db.writing(changed.extensions["doudi_engine"]) as session:
        case = session.scalars(select(CaseRecord)).one()
        match newer:
            case "message":
                second(session).created_at += timedelta(days=100)
            case "case":
                case.since += timedelta(days=100)
            case _:
                case.state = "decided"
    turn_clock(monkeypatch, 400)
    _code, told = run(changed, "--applications-after-days", "365")
    assert "closed applications: 0 removed" in told
    assert counts(changed)["submission"] == 2

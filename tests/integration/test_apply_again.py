"""Whoever applies a second time for the same is told so kindly and may still send; strangers are told nothing."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock, db, handoff
from portal.handoff import Submission
from tests.support import applying
from tests.support.applying import WANG
from tests.support.pages import LintedClient, page_text

TOLD = "发过一份，还在办"


def ready(app: Flask) -> LintedClient:
    """A new device with the family's application ready to be sent."""
    device = app.test_client()
    assert isinstance(device, LintedClient)
    applying.start_filled(device)
    applying.sign_own(device)
    device.submit("/apply/signatures/m2/paper", button="好，到窗口签")
    return device


def test_a_second_application_for_the_same_is_mentioned_and_not_hindered(app: Flask) -> None:
    first = ready(app)
    assert TOLD not in page_text(first.get("/apply/check"))
    applying.send(first)
    second = ready(app)
    assert TOLD in page_text(second.get("/apply/check"))
    assert "申请已经发出" in page_text(applying.send(second))
    with Session(bind=app.extensions["doudi_engine"]) as session:
        assert len(session.scalars(select(Submission)).all()) == 2


def test_after_taking_it_back_nothing_is_mentioned(app: Flask) -> None:
    applying.send(ready(app))
    with app.app_context(), db.transaction() as session:
        (sent,) = handoff.find_by_id_number(session, WANG)
        handoff.withdraw(session, sent.number, now=clock.now())
    assert TOLD not in page_text(ready(app).get("/apply/check"))


def test_another_telephone_with_the_same_number_learns_nothing(app: Flask) -> None:
    applying.send(ready(app))
    stranger = ready(app)
    applying.tell(stranger, "applicant", phone="13711112222", address="别处")
    page = stranger.get("/apply/check", follow_redirects=True)
    assert page.request.path == "/apply/check"
    assert TOLD not in page_text(page)


def test_the_number_is_found_and_stands_nowhere_in_clear(app: Flask) -> None:
    applying.send(ready(app))
    with app.app_context():
        assert len(handoff.find_by_id_number(db.session(), WANG.lower())) == 1
        assert handoff.find_by_id_number(db.session(), applying.LI) == []
        stored = db.session().connection().exec_driver_sql("SELECT * FROM submission").all()
        assert WANG not in str(stored)

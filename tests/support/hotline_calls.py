"""Calls for tests: an operator in a call, a caller whose application was sent, an application filled in for her."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal import clock, db, drafts
from portal.hotline.calls import HotlineCall
from tests.support import applying
from tests.support.applying import FAMILY
from tests.support.pages import LintedClient


def sent_application(app: Flask, **applicant: str) -> tuple[str, str]:
    """Number and query code of an application that a family sent from its own browser."""
    client = app.test_client()
    assert isinstance(client, LintedClient)
    mother = applying.start_filled(client)
    if applicant:
        change_draft(app, client, {"applicant": {**FAMILY["applicant"], **applicant}})
    applying.sign_own(client, applicant.get("name", "王小梅"))
    client.submit(f"/apply/signatures/{mother}/paper")
    number, code = applying.receipt_codes(applying.send(client))
    return number.replace("-", ""), code.replace("-", "")


def change_draft(app: Flask, client: LintedClient, changes: dict[str, Any]) -> str:
    """Write answers into the draft this browser works on, as its pages would; returns the draft's id."""
    with client.session_transaction() as cookie:
        id_ = cookie["application_draft"]
    with app.app_context(), db.transaction() as session:
        draft = drafts.find(session, id_, "application", now=clock.now())
        assert draft is not None
        drafts.save(session, draft, changes, now=clock.now(), days=30)
    return str(id_)


def call_of(app: Flask) -> HotlineCall:
    """The newest call."""
    with app.app_context():
        found = db.session().scalars(select(HotlineCall).order_by(HotlineCall.started_at.desc())).first()
        assert found is not None
        return found


def check(operator: LintedClient, **told: str) -> TestResponse:
    """Fill in what the caller says."""
    return operator.submit("/hotline/call/caller", told, button="核对")


def fill_for_her(app: Flask, operator: LintedClient) -> str:
    """Start in the caller's name and fill in everything of the family of two; returns the draft's id."""
    operator.submit("/hotline/call/assisted", button="开始填")
    return change_draft(app, operator, FAMILY)


def read_out(operator: LintedClient, **answers: str) -> TestResponse:
    """Read every script; she agrees to all but what is told otherwise."""
    page = operator.submit("/hotline/call/assisted", button="念同意书，记下回答")
    said = dict.fromkeys(("notice-m1", "mandate-m1", "authorisation-m1", "declaration-m1"), "yes")
    return operator.submit(page, {**said, **answers}, button="都念完了，记下来")

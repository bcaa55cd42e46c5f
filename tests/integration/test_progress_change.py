"""Reports of what has changed at home reach the case system as a new version, once, and only while they matter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask
from jsonschema import Draft202012Validator, FormatChecker
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock, db, handoff
from portal.handoff import Submission, callbacks
from portal.handoff.events import CaseEvent
from portal.progress import service
from tests.support import applying
from tests.support.pages import LintedClient, page_text

SCHEMA = Path(handoff.__file__).parent / "schemas" / "application.amended.v1.json"
CHANGE = {"kinds": ["income"], "text": "我上个月找到工作了"}


@pytest.fixture
def number(client: LintedClient) -> str:
    """An application that was sent, its applicant signed in at progress."""
    applying.start_filled(client)
    applying.sign_own(client)
    client.submit("/apply/signatures/m2/paper", button="好，到窗口签")
    sent, code = applying.receipt_codes(applying.send(client))
    client.submit("/progress/", {"number": sent, "query_code": code})
    return sent.replace("-", "")


def versions(app: Flask) -> list[Submission]:
    with Session(bind=app.extensions["doudi_engine"]) as session:
        return list(session.scalars(select(Submission).order_by(Submission.version)))


def report(app: Flask, number: str, state: str) -> None:
    event = CaseEvent("urn:c", f"{number}-{state}", number, state, 1, clock.now(), {"reason": "收入高"})
    with db.writing(app.extensions["doudi_engine"]) as session:
        assert callbacks.receive(session, event, now=clock.now()) == callbacks.Verdict.APPLIED


def test_a_change_is_a_new_version_that_conforms(app: Flask, client: LintedClient, number: str) -> None:
    page = client.submit("/progress/change", CHANGE, button="报给部门")
    assert "记下了" in page_text(page)
    assert "记下了" not in page_text(client.get("/progress/application"))
    first, second = versions(app)
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    errors = Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(second.document)
    assert [error.message for error in errors] == []
    (told,) = second.document["reason"]["changes"]
    assert (told["kinds"], told["text"]) == (["income"], "我上个月找到工作了")
    assert "changes" not in first.document["reason"]


def test_the_same_report_twice_is_one_and_another_is_another(
    app: Flask, client: LintedClient, number: str
) -> None:
    client.submit("/progress/change", CHANGE, button="报给部门")
    client.submit("/progress/change", CHANGE, button="报给部门")
    assert len(versions(app)) == 2
    client.submit("/progress/change", {"kinds": ["contact"], "text": "换了电话"}, button="报给部门")
    assert len(versions(app)[-1].document["reason"]["changes"]) == 2


def test_an_empty_report_says_what_is_missing(app: Flask, client: LintedClient, number: str) -> None:
    page = client.submit("/progress/change", {}, button="报给部门")
    assert page.status_code == 422
    assert "请至少选一个" in page_text(page)
    assert len(versions(app)) == 1


@pytest.mark.parametrize(
    ("state", "open_to_it"), [("approved", True), ("rejected", False), ("closed", False)]
)
def test_a_change_matters_while_aid_is_decided_or_paid(
    app: Flask, client: LintedClient, number: str, state: str, open_to_it: bool
) -> None:
    report(app, number, state)
    assert (client.get("/progress/change").status_code == 200) == open_to_it
    page = client.get("/progress/application").get_data(as_text=True)
    assert ("家里情况变了" in page) == open_to_it


def test_after_many_reports_one_is_asked_to_telephone(
    app: Flask, client: LintedClient, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_REPORTS", 1)
    client.submit("/progress/change", CHANGE, button="报给部门")
    page = client.submit("/progress/change", {"kinds": ["other"], "text": "又变了"}, button="报给部门")
    assert "请打电话说" in page_text(page)
    assert len(versions(app)) == 2

"""An application in the caller's name: marked, her consents read out, out of reach after the call, confirmed by her."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator, FormatChecker
from sqlalchemy import select

from portal import db, handoff
from portal.consent import ledger
from portal.consent.models import ConsentEvent, ConsentRecord
from portal.handoff import Submission
from portal.handoff.models import OutboxMessage
from portal.hotline.access import Role
from tests.support import applying, hotline_calls
from tests.support.applying import WANG
from tests.support.hotline import staff_client
from tests.support.hotline_calls import read_out
from tests.support.pages import LintedClient, page_text

SCHEMA = Path(handoff.__file__).parent / "schemas/application.submitted.v1.json"
MARK = "热线协助办理"
HUB = "/hotline/call/assisted"


@pytest.fixture
def operator(app: Flask) -> LintedClient:
    return staff_client(app, Role.OPERATOR)


@pytest.fixture
def filled(app: Flask, operator: LintedClient) -> str:
    """An application filled in for a caller, nothing read out yet; its draft's id."""
    return hotline_calls.fill_for_her(app, operator)


def rows(app: Flask, kind: Any) -> list[Any]:
    with app.app_context():
        return list(db.session().scalars(select(kind)))


def send(operator: LintedClient) -> tuple[str, str]:
    """The mother signs on paper, the operator sends; number and query code as they are read out."""
    operator.submit("/apply/signatures/m2/paper")
    applying.send(operator)
    html = operator.get(HUB).get_data(as_text=True)
    shown = [part.split("<")[0].replace("-", "") for part in html.split('class="code-shown">')[1:]]
    return shown[0], shown[1]


def test_every_page_of_it_is_marked_with_the_call(app: Flask, operator: LintedClient, filled: str) -> None:
    reference = hotline_calls.call_of(app).reference
    for path in (
        "/apply/tasks",
        "/apply/family",
        "/apply/signatures",
        "/apply/property/money",
        "/apply/papers",
    ):
        answer = operator.get(path, follow_redirects=True)
        text = page_text(answer)
        assert MARK in text, path
        assert reference in text, path
        # Whoever types there stays signed in, and a page left alone is cleared.
        assert answer.text.count('id="stay"') == 1, path
        assert "/hotline.js" in answer.text, path


def test_nobody_elses_pages_are_marked(app: Flask, client: LintedClient) -> None:
    applying.start_filled(client)
    answer = client.get("/apply/tasks")
    assert MARK not in page_text(answer)
    assert "stay" not in answer.text


def test_the_scripts_are_read_one_by_one_and_every_answer_is_recorded_as_spoken(
    app: Flask, operator: LintedClient, filled: str
) -> None:
    page = read_out(operator)
    assert "都答应了" in page_text(page)
    records = {record.id: record for record in rows(app, ConsentRecord)}
    events = rows(app, ConsentEvent)
    assert {records[event.record_id].notice_id for event in events} == {
        "hotline-privacy", "hotline-mandate", "hotline-authorisation", "hotline-declaration",
    }  # fmt: skip
    call = hotline_calls.call_of(app)
    for event in events:
        assert event.method == "hotline_verbal"
        assert event.channel == "phone"
        assert event.details["call"] == call.reference
        assert len(event.details["operator"]) == 12
        assert records[event.record_id].notice_version == "1.0.0"
    with app.app_context():
        assert ledger.verify(db.session()) == []


def test_an_answer_that_is_missing_or_unheard_records_nothing(
    app: Flask, operator: LintedClient, filled: str
) -> None:
    assert read_out(operator, **{"authorisation-m1": ""}).status_code == 422
    assert read_out(operator, **{"notice-m1": "no"}).status_code == 422
    assert rows(app, ConsentEvent) == []


def test_who_says_no_to_the_check_is_recorded_so_and_the_application_cannot_be_sent(
    app: Flask, operator: LintedClient, filled: str
) -> None:
    read_out(operator, **{"authorisation-m1": "no"})
    operator.submit("/apply/signatures/m2/paper")
    applying.post(operator, "/apply/send", {"accept": "y"})
    assert rows(app, Submission) == []
    assert "refused" in {event.type for event in rows(app, ConsentEvent)}


def test_health_is_asked_by_itself_and_a_no_keeps_it_back(app: Flask, operator: LintedClient) -> None:
    hotline_calls.fill_for_her(app, operator)
    ill = {"situation:m1": {**applying.FAMILY["situation:m1"], "health": "severe"}}
    hotline_calls.change_draft(app, operator, ill)
    assert read_out(operator).status_code == 422
    read_out(operator, **{"sensitive-m1": "no"})
    send(operator)
    member = rows(app, Submission)[0].document["members"][0]
    assert member["health"] is None
    assert member["healthWithheld"] is True


def test_the_operator_signs_for_nobody_else(app: Flask, operator: LintedClient, filled: str) -> None:
    read_out(operator)
    applying.post(operator, "/apply/send", {"accept": "y"})
    assert rows(app, Submission) == []
    assert applying.post(operator, "/apply/signatures/own", {}).status_code == 404


def test_the_document_says_assisted_operator_and_call(
    app: Flask, operator: LintedClient, filled: str
) -> None:
    read_out(operator)
    send(operator)
    document = rows(app, Submission)[0].document
    call = hotline_calls.call_of(app)
    channel = document["channel"]
    assert (channel["mode"], channel["by"], channel["call"]) == ("assisted", "hotline", call.reference)
    assert channel["operator"] not in (call.staff, "")
    assert {c["method"] for c in document["consents"] if c["memberId"] == "m1"} == {"hotline_verbal"}
    assert [d["id"] for d in document["declarations"]] == ["hotline-declaration"]
    schema = Draft202012Validator(
        json.loads(SCHEMA.read_text(encoding="utf-8")), format_checker=FormatChecker()
    )
    assert [error.message for error in schema.iter_errors(document)] == []


def test_when_the_call_ends_the_operator_reaches_nothing_of_it(
    app: Flask, operator: LintedClient, filled: str
) -> None:
    with operator.session_transaction() as cookie:
        kept = dict(cookie)
    operator.submit(HUB, button="通话结束")
    for path in ("/apply/tasks", "/apply/family", "/apply/check", "/apply/receipt", "/apply/signatures"):
        assert operator.get(path).headers["Location"].startswith("/apply/?gone"), path
    with operator.session_transaction() as cookie:  # an old cookie put back opens nothing either
        cookie.clear()
        cookie.update(kept)
    assert operator.get("/apply/tasks").status_code == 303
    operator.submit("/hotline/", button="新来电")
    assert "开始填" in page_text(operator.get(HUB))


def test_another_operator_with_the_same_cookie_reaches_nothing(
    app: Flask, operator: LintedClient, filled: str
) -> None:
    with operator.session_transaction() as cookie:
        kept = dict(cookie)
    other = staff_client(app, Role.OPERATOR)
    with other.session_transaction() as cookie:
        cookie.update(kept)
    assert other.get("/apply/tasks").status_code == 303
    stranger = app.test_client()
    with stranger.session_transaction() as cookie:
        cookie.update(kept)
    assert stranger.get("/apply/tasks").status_code == 303


def test_the_caller_goes_on_by_herself_with_a_code(app: Flask, operator: LintedClient, filled: str) -> None:
    page = operator.submit("/apply/tasks", button="给我编码")
    code = page.get_data(as_text=True).split('class="code-shown"')[1].split(">")[1].split("<")[0]
    operator.submit(HUB, button="通话结束")
    caller = app.test_client()
    assert isinstance(caller, LintedClient)
    caller.submit("/apply/resume", {"code": code})
    assert caller.get("/apply/tasks").status_code == 200


def test_an_operator_who_kept_the_code_opens_nothing_with_it(
    app: Flask, operator: LintedClient, filled: str
) -> None:
    page = operator.submit("/apply/tasks", button="给我编码")
    code = page.get_data(as_text=True).split('class="code-shown"')[1].split(">")[1].split("<")[0]
    operator.submit(HUB, button="通话结束")
    operator.submit("/apply/resume", {"code": code}, follow=False)
    assert operator.get("/apply/tasks").status_code == 303


def test_she_confirms_herself_what_she_said_and_the_case_system_hears_of_it(
    app: Flask, operator: LintedClient, filled: str
) -> None:
    read_out(operator)
    number, query_code = send(operator)
    caller = app.test_client()
    assert isinstance(caller, LintedClient)
    page = caller.submit("/progress/", {"number": number, "query_code": query_code})
    assert "您在电话里同意了" in page_text(page)
    wrong = caller.submit("/progress/consent/confirm", {"tail": "0000"}, button="确认，是我答应的")
    assert wrong.status_code == 422
    page = caller.submit("/progress/consent/confirm", {"tail": WANG[-4:]}, button="确认，是我答应的")
    assert "您已在" in page_text(page)
    with app.app_context():
        newest = handoff.find_submission(db.session(), number)
        assert newest is not None
        own = [c for c in newest.document["consents"] if c["memberId"] == "m1" and c["state"] == "given"]
        assert {c["method"] for c in own} == {"number_and_query_code"}
        assert ledger.verify(db.session()) == []
    assert [message.type.rsplit(".", 2)[-2] for message in rows(app, OutboxMessage)][-1] in (
        "amended",
        "submitted",
    )
    assert caller.get("/progress/consent/confirm").status_code == 303


def test_confirming_with_many_wrong_ends_must_wait(app: Flask, operator: LintedClient, filled: str) -> None:
    read_out(operator)
    number, query_code = send(operator)
    caller = app.test_client()
    assert isinstance(caller, LintedClient)
    caller.submit("/progress/", {"number": number, "query_code": query_code})
    for _ in range(5):
        caller.submit("/progress/consent/confirm", {"tail": "0000"}, button="确认，是我答应的")
    last = caller.submit("/progress/consent/confirm", {"tail": WANG[-4:]}, button="确认，是我答应的")
    assert last.status_code == 429


def test_the_scripts_are_read_in_the_language_of_the_call(app: Flask, operator: LintedClient) -> None:
    operator.submit("/hotline/", {"lang": "ko"}, button="记住")
    hotline_calls.fill_for_her(app, operator)
    page = operator.submit(HUB, button="念同意书，记下回答")
    html = page.get_data(as_text=True)
    assert "본인의 수입과 재산을 대조확인하는데 동의하십니까?" in html
    assert 'lang="ko"' in html
    read_out(operator)
    assert {record.notice_locale for record in rows(app, ConsentRecord)} == {"ko"}


def test_the_estimate_of_the_call_is_brought_along(app: Flask, operator: LintedClient) -> None:
    operator.submit("/hotline/", {"place": "延吉"}, button="记住")
    operator.submit("/hotline/call/estimate", {":area": "urban", "m1:member.age": "78"}, button="更新结果")
    operator.submit("/hotline/call/estimate", button="带着这些回答，替对方填申请")
    page = operator.get("/apply/place/where")
    assert 'value="222401" selected' in page.get_data(as_text=True)

"""Somebody fills in for a family (代办): he never signs for them, and the application says who he is."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Flask
from jsonschema import Draft202012Validator, FormatChecker
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import handoff
from portal.handoff import Submission
from tests.support import applying
from tests.support.applying import LI, WANG
from tests.support.pages import LintedClient, Page, page_text

OFFICER = {"name": "赵主任", "kind": "committee", "unit": "南湖社区居委会", "phone": "043188880000"}
SCHEMAS = Path(handoff.__file__).parent / "schemas"


def submissions(app: Flask) -> list[Submission]:
    with Session(bind=app.extensions["doudi_engine"]) as session:
        return list(session.scalars(select(Submission).order_by(Submission.submitted_at)))


def conforms(submission: Submission) -> None:
    schema = json.loads((SCHEMAS / "application.submitted.v1.json").read_text(encoding="utf-8"))
    errors = Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(submission.document)
    assert [error.message for error in errors] == []


def officer_fills(client: LintedClient) -> str:
    page = client.submit("/apply/", button="替别人填")
    assert page.request.path == "/apply/proxy/who"
    applying.tell(client, "proxy", **OFFICER)
    client.submit("/apply/programmes", {"programmes": ["dibao"]})
    applying.fill_applicant(client)
    mother = applying.add_mother(client, health="severe")
    applying.fill_rest(client, mother)
    return mother


def test_the_officer_cannot_sign_for_the_applicant(app: Flask, client: LintedClient) -> None:
    officer_fills(client)
    assert "代办" in page_text(client.get("/apply/tasks"))
    buttons = [
        words
        for form in Page(client.get("/apply/signatures").get_data(as_text=True)).forms
        for *_n, words in form.buttons
    ]
    assert "我来签" not in buttons
    assert applying.post(client, "/apply/signatures/own", {}).status_code == 404
    applying.post(client, "/apply/send", {"accept": "y"})
    assert submissions(app) == []


def test_the_applicant_reads_who_filled_in_mandates_and_declares_himself(
    app: Flask, client: LintedClient
) -> None:
    mother = officer_fills(client)
    phone = app.test_client()
    assert isinstance(phone, LintedClient)
    path, code = applying.give_link(client, "m1")
    assert "赵主任，南湖社区居委会 替您填了申请" in page_text(phone.get(path))
    done = applying.finish_signing(phone, applying.open_link(phone, path, code, WANG), "m1", "王小梅")
    assert "委托别人代办" in page_text(done)
    path, code = applying.give_link(client, mother)
    applying.finish_signing(phone, applying.open_link(phone, path, code, LI), mother, "李桂兰")
    applying.send(client)
    (sent,) = submissions(app)
    conforms(sent)
    assert sent.document["channel"] == {
        "mode": "assisted",
        "emergency": False,
        "by": "committee",
        "proxy": {"name": "赵主任", "phone": "043188880000", "unit": "南湖社区居委会"},
    }
    own = {
        c["purpose"]: (c["state"], c["method"], c["actor"])
        for c in sent.document["consents"]
        if c["memberId"] == "m1"
    }
    by_link = ("given", "tick_and_link_code", "self")
    assert own["mandate"] == own["truth_declaration"] == own["finance_check"] == by_link
    assert [d["id"] for d in sent.document["declarations"]] == ["declaration"]


def test_a_family_without_phones_signs_everything_on_paper(app: Flask, client: LintedClient) -> None:
    mother = officer_fills(client)
    for member in ("m1", mother):
        client.submit(f"/apply/signatures/{member}/paper", button="好，到窗口签")
    receipt = applying.send(client)
    assert "王小梅、李桂兰" in page_text(receipt)
    (sent,) = submissions(app)
    conforms(sent)
    assert sent.document["declarations"] == []
    assert {c["state"] for c in sent.document["consents"]} == {"requested"}
    assert {"mandate", "truth_declaration", "finance_check"} <= {
        c["purpose"] for c in sent.document["consents"] if c["memberId"] == "m1"
    }


def test_the_next_family_does_not_ask_the_officer_who_he_is_again(app: Flask, client: LintedClient) -> None:
    mother = officer_fills(client)
    for member in ("m1", mother):
        client.submit(f"/apply/signatures/{member}/paper", button="好，到窗口签")
    applying.send(client)
    page = client.submit("/apply/receipt", button="再替一家填")
    assert page.request.path == "/apply/programmes"
    assert "赵主任" in client.get("/apply/proxy", follow_redirects=True).get_data(as_text=True)
    assert "李桂兰" not in client.get("/apply/tasks").get_data(as_text=True)


def test_what_a_family_sends_itself_conforms_too(app: Flask, client: LintedClient) -> None:
    mother = applying.start_filled(client, health="severe", illness="尿毒症")
    client.submit("/apply/programmes", {"programmes": ["dibao", "tekun", "linshi", "zhichuxing"]})
    applying.tell(
        client, "tekun", self_care=["eat", "walk"], ground=["nobody"], livelihood="none", wish="home"
    )
    applying.tell(
        client, "event", event="illness", event_date="2026年3月8日", patient="m2", diagnosis="尿毒症晚期",
        other_aid="no",
    )  # fmt: skip
    applying.tell(client, "spending", kinds=["medical"], medical="3600", medical_per="year")
    applying.add_member(client, "王大强", "sibling", living="apart")
    applying.tell(client, "support:m3", able="unclear", monthly="100")
    child = applying.add_member(client, "王乐乐", "child", birth_date="2016年3月8日")
    applying.child_situation(client, child)
    client.submit("/apply/family", button="就这些人")
    applying.sign_own(client, wards=(child,))
    path, code = applying.give_link(client, mother)
    phone = app.test_client()
    assert isinstance(phone, LintedClient)
    applying.finish_signing(
        phone, applying.open_link(phone, path, code, LI), mother, "李桂兰", sensitive="no"
    )
    shown = page_text(client.get("/apply/check"))
    assert "2016年3月8日" in shown
    assert "吃饭、屋里走动" in shown
    applying.send(client)
    (sent,) = submissions(app)
    conforms(sent)
    assert sent.document["reason"]["event"]["date"] == "2026-03-08"
    wards = [c for c in sent.document["consents"] if c["memberId"] == child]
    assert {(c["purpose"], c["actor"]) for c in wards} == {
        ("application_information", "guardian"),
        ("finance_check", "guardian"),
    }


def test_an_emergency_conforms_too(app: Flask, client: LintedClient) -> None:
    page = client.submit("/apply/", button="急难救助")
    page = client.submit(page, {"name": "王小梅", "phone": "13900001111", "id_number": WANG})
    client.submit(page, {"region": applying.NANGUAN, "address": "火车站", "event": "no_food"})
    applying.sign_own(client)
    applying.send(client)
    conforms(submissions(app)[0])

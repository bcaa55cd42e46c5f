"""What is no longer needed goes: deleted applications, expired drafts and links; what was sent stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock, db
from portal.apply import service
from portal.consent import ledger
from portal.consent.models import SigningRequest
from portal.drafts import Draft
from portal.handoff import Submission
from tests.support import applying
from tests.support.applying import id_number
from tests.support.pages import LintedClient, Page, page_text


def read(app: Flask) -> Session:
    return Session(bind=app.extensions["doudi_engine"])


def test_deleting_takes_the_answers_and_ends_links_and_signatures(app: Flask, client: LintedClient) -> None:
    mother = applying.start_filled(client)
    applying.sign_own(client)
    path, _code = applying.give_link(client, mother)
    with read(app) as session:
        draft_id = session.scalars(select(Draft)).one().id
    client.submit("/apply/delete", button="删掉")
    assert app.test_client().get(path).status_code == 410
    with read(app) as session:
        assert session.scalars(select(Draft)).all() == []
        assert session.scalars(select(SigningRequest)).all() == []
        finance = [
            event.type
            for (_s, purpose), (_r, event) in ledger.standing(session, draft_id).items()
            if purpose == "finance_check"
        ]
        assert finance == ["invalidated"]
        assert ledger.verify(session) == []


def test_expired_drafts_go_and_what_was_sent_stays(app: Flask, client: LintedClient) -> None:
    applying.start_filled(client)
    applying.sign_own(client)
    client.submit("/apply/signatures/m2/paper", button="好，到窗口签")
    applying.send(client)
    other = app.test_client()
    assert isinstance(other, LintedClient)
    applying.start_filled(other)
    with app.app_context(), db.transaction() as session:
        assert service.tidy(session, now=clock.now()) == 0
        assert service.tidy(session, now=clock.now() + timedelta(days=2)) == 1  # the sent one, emptied
        assert service.tidy(session, now=clock.now() + timedelta(days=31)) == 1
        assert session.scalars(select(Draft)).all() == []
        assert len(session.scalars(select(Submission)).all()) == 1
        assert len(session.scalars(select(SigningRequest)).all()) == 2  # withdrawal stays possible for a year


def test_the_daily_command_says_what_it_did(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["applications", "tidy"])
    assert (done.exit_code, done.output) == (
        0,
        "0 expired drafts removed, 0 files without an application removed.\n",
    )


@pytest.mark.parametrize(
    ("relation", "number", "said"),
    [
        ("mother", id_number("19550101"), "李桂兰 已经选了这个关系"),
        ("child", id_number("19800101"), "孩子的年纪比您还大"),
        ("grandparent", id_number("19900101"), "长辈的年纪比您还小"),
        ("sibling", applying.LI, "李桂兰 的一样"),
        ("spouse", "", "请填身份证号"),
    ],
)
def test_contradictions_about_people_are_said_kindly_and_nothing_typed_is_lost(
    client: LintedClient, relation: str, number: str, said: str
) -> None:
    applying.start_filled(client)
    told = {"name": "某人", "relation": relation, "living": "together"}
    page = client.submit("/apply/family/new", told)
    if page.request.path != "/apply/family/new":
        told = {"id_number": number}
        page = client.submit(page, told)
    assert said in page_text(page)
    kept = Page(page.get_data(as_text=True)).forms[0].fields
    assert {key: kept[key] for key in told} == {key: [value] for key, value in told.items()}


def test_an_adult_needs_a_number_and_a_child_only_a_birth_date(client: LintedClient) -> None:
    applying.start_filled(client)
    page = client.submit("/apply/family/new", {"name": "某人", "relation": "sibling", "living": "together"})
    assert "大人要填身份证号" in page_text(client.submit(page, {"birth_date": "1990年1月1日"}))
    child = applying.add_member(client, "王乐乐", "child", birth_date="2016年3月8日")
    applying.child_situation(client, child)
    assert "签字的监护人：王小梅" in page_text(client.get("/apply/family")).replace(" ", "")

"""Checking the caller: what proves it and what does not, how often one may try, what an operator then sees and does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock, db, handoff
from portal.consent.models import ConsentEvent
from portal.handoff.models import OutboxMessage
from portal.hotline import audit, calls
from portal.hotline.access import Role
from portal.hotline.models import AuditEntry
from tests.support import hotline_calls
from tests.support.applying import PHONE, WANG
from tests.support.hotline import NANGUAN, YANJI, staff_client
from tests.support.hotline_calls import check
from tests.support.pages import LintedClient, page_text

SHOWN = "/hotline/call/application"
PROVED = [
    {"name": "王小梅", "tail": WANG[-4:]},
    {"name": "王 小梅", "phone": PHONE},
    {"tail": WANG[-4:].lower(), "phone": "139 0000 1111"},
    {"name": "王小梅", "tail": WANG[-4:], "phone": "+86" + PHONE},
]
NOT_PROVED = [
    {"name": "王小梅"},
    {"tail": WANG[-4:]},
    {"name": "王小梅", "tail": "0000"},
    {"name": "李桂兰", "phone": PHONE},
    {"name": "王小梅", "tail": WANG[-4:], "phone": "13900002222"},
    {},
]


@pytest.fixture
def operator(app: Flask) -> LintedClient:
    return staff_client(app, Role.OPERATOR)


@pytest.fixture
def sent(app: Flask) -> tuple[str, str]:
    return hotline_calls.sent_application(app)


def entries(app: Flask) -> list[tuple[str, str | None]]:
    with app.app_context():
        rows = db.session().scalars(select(AuditEntry).order_by(AuditEntry.sequence))
        return [(row.action, row.subject) for row in rows]


def test_number_and_query_code_open_it(operator: LintedClient, sent: tuple[str, str]) -> None:
    page = check(operator, number=sent[0], query_code=sent[1])
    assert page.request.path == SHOWN
    text = page_text(page)
    assert "已保存。" in text
    assert "2 人中 1 人已签" in text


@pytest.mark.parametrize("told", PROVED)
def test_two_of_three_facts_open_it(
    operator: LintedClient, sent: tuple[str, str], told: dict[str, str]
) -> None:
    assert check(operator, number=sent[0], **told).request.path == SHOWN


@pytest.mark.parametrize("told", NOT_PROVED)
def test_one_fact_or_a_wrong_one_beside_it_opens_nothing(
    operator: LintedClient, sent: tuple[str, str], told: dict[str, str]
) -> None:
    page = check(operator, number=sent[0], **told)
    assert page.status_code == 422
    assert operator.get(SHOWN).status_code == 303


def test_the_whole_id_number_does_not_prove_its_own_end(
    operator: LintedClient, sent: tuple[str, str]
) -> None:
    assert check(operator, id_number=WANG, tail=WANG[-4:], name="王小梅").status_code == 422
    assert check(operator, id_number=WANG, phone=PHONE, name="王小梅").request.path == SHOWN


def test_a_code_of_another_application_opens_nothing(
    app: Flask, operator: LintedClient, sent: tuple[str, str]
) -> None:
    other = hotline_calls.sent_application(app, name="王大梅")
    assert check(operator, number=sent[0], query_code=other[1]).status_code == 422


def test_an_unknown_number_and_another_county_end_in_the_same_words(
    app: Flask, sent: tuple[str, str]
) -> None:
    there = staff_client(app, Role.OPERATOR, (YANJI,))
    elsewhere = check(there, number=sent[0], query_code=sent[1])
    unknown = check(there, number="23456789AB", query_code=sent[1])
    assert elsewhere.status_code == unknown.status_code == 422
    assert page_text(elsewhere).count("没有对上") == page_text(unknown).count("没有对上") > 0
    here = staff_client(app, Role.OPERATOR, (NANGUAN,))
    assert check(here, number=sent[0], query_code=sent[1]).request.path == SHOWN


def test_after_five_wrong_tries_even_the_right_code_must_wait(
    operator: LintedClient, sent: tuple[str, str]
) -> None:
    for _ in range(5):
        assert check(operator, number=sent[0], query_code="WRONGCOD").status_code == 422
    page = check(operator, number=sent[0], query_code=sent[1])
    assert page.status_code == 429
    assert "等一刻钟" in page_text(page)


def test_every_try_and_every_look_stands_in_the_audit_under_a_pseudonym(
    app: Flask, operator: LintedClient, sent: tuple[str, str]
) -> None:
    check(operator, number=sent[0], name="王小梅")
    check(operator, number=sent[0], query_code=sent[1])
    operator.get(SHOWN)
    with app.app_context():
        who = audit.pseudonym(sent[0])
        assert audit.verify(db.session()) == []
    assert entries(app)[-4:] == [
        ("caller.refused", who),
        ("caller.checked", who),
        ("application.read", who),
        ("application.read", who),
    ]


def test_the_page_says_nothing_that_the_call_does_not_need(
    operator: LintedClient, sent: tuple[str, str]
) -> None:
    html = check(operator, number=sent[0], query_code=sent[1]).get_data(as_text=True)
    for secret in ("王小梅", "李桂兰", WANG, PHONE, "南湖街道 3 号", "母亲看病"):
        assert secret not in html


def test_the_next_caller_starts_with_nothing_checked(operator: LintedClient, sent: tuple[str, str]) -> None:
    page = check(operator, number=sent[0], query_code=sent[1])
    operator.submit(page, button="新来电")
    assert operator.get(SHOWN).headers["Location"].endswith("/hotline/call/caller")


def test_a_fresh_query_code_is_read_out_once_and_the_old_one_is_dead(
    app: Flask, operator: LintedClient, sent: tuple[str, str]
) -> None:
    citizen = app.test_client()
    assert isinstance(citizen, LintedClient)
    citizen.submit("/progress/", {"number": sent[0], "query_code": sent[1]})
    assert citizen.get("/progress/application").status_code == 200
    page = check(operator, number=sent[0], name="王小梅", phone=PHONE)
    page = operator.submit(page, button="对方丢了查询码：给新的")
    fresh = page.get_data(as_text=True).split('class="code-shown">')[1].split("<")[0].replace("-", "")
    assert fresh not in operator.get(SHOWN).get_data(as_text=True).replace("-", "")
    assert citizen.get("/progress/application").status_code == 303
    assert citizen.submit("/progress/", {"number": sent[0], "query_code": sent[1]}).status_code == 422
    citizen.submit("/progress/", {"number": sent[0], "query_code": fresh})
    assert citizen.get("/progress/application").status_code == 200


def test_a_locked_sign_in_is_opened_again(app: Flask, operator: LintedClient, sent: tuple[str, str]) -> None:
    citizen = app.test_client()
    assert isinstance(citizen, LintedClient)
    for _ in range(5):
        citizen.submit("/progress/", {"number": sent[0], "query_code": "WRONGCOD"})
    assert citizen.submit("/progress/", {"number": sent[0], "query_code": sent[1]}).status_code == 429
    page = check(operator, number=sent[0], name="王小梅", phone=PHONE)
    operator.submit(page, button="解锁，让对方再试")
    citizen.submit("/progress/", {"number": sent[0], "query_code": sent[1]})
    assert citizen.get("/progress/application").status_code == 200


def test_consents_are_taken_back_by_telephone_after_the_effect_was_read(
    app: Flask, operator: LintedClient, sent: tuple[str, str]
) -> None:
    page = check(operator, number=sent[0], name="王小梅", phone=PHONE)
    assert "对方要撤回同意" in page_text(page)
    effect = operator.get("/hotline/call/application/withdraw-consent")
    assert "不再核对您的收入和财产" in page_text(effect)
    operator.submit(effect, button="对方要撤回，记下并通知部门")
    with app.app_context():
        events = db.session().scalars(select(ConsentEvent).where(ConsentEvent.type == "withdrawn")).all()
        assert {event.method for event in events} == {"hotline_verbal"}
        assert events[0].details["call"] == hotline_calls.call_of(app).reference
        types = db.session().scalars(
            select(OutboxMessage.type).where(OutboxMessage.application_number == sent[0])
        )
        assert any("consent.withdrawn" in type_ for type_ in types)
        assert handoff.delivery(db.session(), sent[0]) is not None


def test_a_call_left_open_lets_go_by_itself(
    app: Flask, operator: LintedClient, sent: tuple[str, str]
) -> None:
    check(operator, number=sent[0], query_code=sent[1])
    call, later = hotline_calls.call_of(app), clock.now() + calls.LONGEST
    with app.app_context(), db.transaction() as session:
        assert calls.current(session, call.staff, now=later) is None
        assert calls.forget_old(session, now=later) == 0
    assert hotline_calls.call_of(app).checked_number is None
    with app.app_context(), db.transaction() as session:
        assert calls.forget_old(session, now=later + timedelta(days=calls.KEPT_DAYS + 1)) == 1

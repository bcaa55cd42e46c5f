"""A code that was read out is heard by two: its use at the desk is seen, and the applicant is told of a fresh one."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock, db
from portal.consent.models import ConsentEvent
from portal.hotline import access
from portal.hotline.models import AuditEntry
from tests.support import applying, hotline_calls
from tests.support.hotline import staff_client
from tests.support.hotline_calls import check
from tests.support.pages import LintedClient, page_text

SEEN = "application.opened_at_desk"
OFFICE, HOME = "192.0.2.7", "198.51.100.9"


@pytest.fixture
def operator(app: Flask) -> LintedClient:
    return staff_client(app)


@pytest.fixture
def fresh(app: Flask, operator: LintedClient) -> tuple[str, str]:
    """Number and the fresh code an operator has just read out, in the office."""
    number, code = hotline_calls.sent_application(app)
    operator.environ_base["REMOTE_ADDR"] = OFFICE
    check(operator, number=number, query_code=code)
    page = operator.submit("/hotline/call/application", button="对方丢了查询码：给新的")
    return number, page.text.split('class="code-shown">')[1].split("<")[0]


def elsewhere(app: Flask, address: str) -> LintedClient:
    browser = app.test_client()
    assert isinstance(browser, LintedClient)
    browser.environ_base["REMOTE_ADDR"] = address
    return browser


def opens(browser: LintedClient, codes: tuple[str, str]) -> str:
    shown = browser.submit("/progress/", {"number": codes[0], "query_code": codes[1]}, button="查看")
    assert shown.request.path == "/progress/application"
    return page_text(shown)


def seen(app: Flask, action: str = SEEN) -> list[tuple[str, list[str]]]:
    with app.app_context():
        rows = db.session().scalars(select(AuditEntry).where(AuditEntry.action == action))
        return [(row.staff, row.details["fields"]) for row in rows]


def test_she_reads_on_her_page_that_the_hotline_gave_a_fresh_code(app: Flask, fresh: tuple[str, str]) -> None:
    assert "热线给了新的查询码。不是您要的，请打电话" in opens(elsewhere(app, HOME), fresh)


def test_who_lost_no_code_reads_nothing_of_it(app: Flask) -> None:
    assert "热线给了新的查询码" not in opens(elsewhere(app, HOME), hotline_calls.sent_application(app))


def test_at_home_the_code_that_was_read_out_raises_nothing(app: Flask, fresh: tuple[str, str]) -> None:
    opens(elsewhere(app, HOME), fresh)
    assert seen(app) == []


def test_used_in_the_network_where_it_was_read_out_it_stands_in_the_audit_with_who_saw_it(
    app: Flask, fresh: tuple[str, str]
) -> None:
    opens(elsewhere(app, OFFICE), fresh)
    [(who, fields)] = seen(app)
    assert who == "desk"
    assert fields[0] == "network"
    assert fields[2].startswith("shown_to:operator")
    assert OFFICE not in str(fields)


def test_a_day_later_the_network_is_not_looked_at(
    app: Flask, fresh: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    later: datetime = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    opens(elsewhere(app, OFFICE), fresh)
    assert seen(app) == []


@pytest.mark.parametrize("cookie", ["doudi-desk", "doudi-staff"])
def test_used_in_a_browser_of_the_staff_it_stands_in_the_audit_whoever_sits_there(
    app: Flask, cookie: str
) -> None:
    browser = elsewhere(app, HOME)
    browser.set_cookie(cookie, "whatever stands in it")
    opens(browser, hotline_calls.sent_application(app))
    assert seen(app) == [("desk", ["browser"])]


def test_what_she_said_on_the_telephone_is_not_confirmed_in_a_browser_of_the_staff(
    app: Flask, operator: LintedClient
) -> None:
    hotline_calls.fill_for_her(app, operator)
    hotline_calls.read_out(operator)
    operator.submit("/apply/signatures/m2/paper")
    applying.send(operator)
    shown = operator.get("/hotline/call/assisted").text.split('class="code-shown">')
    number, code = (part.split("<")[0] for part in shown[1:3])
    assert [who.startswith("operator") for who, _fields in seen(app, "application.code_shown")] == [True]
    desk = elsewhere(app, HOME)
    desk.set_cookie(access.DEVICE, "whatever stands in it")
    opens(desk, (number, code))
    refused = desk.submit(
        "/progress/consent/confirm", {"tail": applying.WANG[-4:]}, button="确认，是我答应的"
    )
    assert refused.status_code == 403
    assert "要来电人自己确认" in page_text(refused)
    assert len(seen(app, "consent.confirmation_refused")) == 1
    with app.app_context():
        methods = set(db.session().scalars(select(ConsentEvent.method)))
    assert "number_and_query_code" not in methods

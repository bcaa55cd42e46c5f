"""A long call outlives the session: what was typed waits for the same person, and for nobody and nothing else."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.hotline import sessions
from portal.hotline.access import Role
from portal.hotline.models import AuditEntry, StaffSession
from portal.hotline.work import CallBack, CallNote, HandOver
from tests.support.pages import LintedClient, Page, page_text
from tests.support.staff_accounts import PASSWORD, Clock, Person, ready, sign_in

TOLD = "她说房子漏雨，下周二请村里去看"
NOTE = "/hotline/todo/note"


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def person(app: Flask, hands: Clock) -> Person:
    return ready(app)


@pytest.fixture
def desk(client: LintedClient, person: Person, hands: Clock) -> LintedClient:
    """Li Na at her desk."""
    sign_in(client, person.login, code=person.code(hands.now))
    return client


def after_a_long_call(desk: LintedClient, hands: Clock, path: str, told: dict[str, str]) -> TestResponse:
    """The page was open when the call began; save is pressed when it is over."""
    page = desk.get(path)
    hands.forward(minutes=40)
    return press(desk, page, told)


def press(desk: LintedClient, page: TestResponse, told: dict[str, str]) -> TestResponse:
    """Fill the form that asks for these and send it, whatever its button says."""
    named = [form.asks for form in Page(page.text).forms]
    at = next(index for index, asks in enumerate(named) if set(told) - {"keep_only"} <= set(asks))
    return desk.submit(page, told, form=at)


def back_again(browser: LintedClient, person: Person, hands: Clock) -> TestResponse:
    hands.forward(minutes=1)
    return sign_in(browser, person.login, code=person.code(hands.now))


def rows(app: Flask, table: type) -> list:  # type: ignore[type-arg]  # rows of whatever table is asked for
    with Session(bind=app.extensions["doudi_engine"]) as session:
        return list(session.scalars(select(table)))


def waiting(app: Flask) -> int:
    return sum(row.pending is not None for row in rows(app, StaffSession))


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (NOTE, {"text": TOLD}),
        (
            "/hotline/todo/call-back",
            {"phone": "13812345678", "about": TOLD, "when": "own", "at": "11-30 15:00"},
        ),
        ("/hotline/todo/hand-over", {"place": "延吉市", "reason": "visit", "text": TOLD}),
        ("/hotline/learning/flag/dibao.tiaojian", {"kind": "unclear", "note": TOLD}),
    ],
)
def test_what_was_typed_before_the_idle_end_stands_in_its_fields_after_signing_in(
    app: Flask, desk: LintedClient, person: Person, hands: Clock, path: str, told: dict[str, str]
) -> None:
    asked = after_a_long_call(desk, hands, path, told)
    assert asked.request.path == "/hotline/sign-in"
    assert "您写的字还在" in page_text(asked)
    assert TOLD not in asked.text
    shown = back_again(desk, person, hands)
    assert shown.request.path == path
    assert "还没有存" in page_text(shown)
    filled = next(form.fields for form in Page(shown.text).forms if set(told) <= set(form.fields))
    assert {name: filled[name] for name in told} == {name: [value] for name, value in told.items()}


def test_nothing_is_saved_before_she_presses_again_and_then_it_waits_no_longer(
    app: Flask, desk: LintedClient, person: Person, hands: Clock
) -> None:
    after_a_long_call(desk, hands, NOTE, {"text": TOLD})
    shown = back_again(desk, person, hands)
    assert not rows(app, CallNote)
    done = desk.submit(shown, button="记下")
    assert ["房子漏雨" in row.text for row in rows(app, CallNote)] == [True]
    assert "还没有存" not in page_text(done)
    assert waiting(app) == 0


def test_who_comes_back_with_a_recovery_code_sees_first_how_many_are_left(
    desk: LintedClient, person: Person, hands: Clock
) -> None:
    after_a_long_call(desk, hands, NOTE, {"text": TOLD})
    assert sign_in(desk, person.login, code=person.recovery[0]).request.path == "/hotline/me"
    assert TOLD in desk.get(NOTE).text


def test_a_colleague_who_signs_in_at_the_same_desk_does_not_see_it_and_it_is_gone(
    app: Flask, desk: LintedClient, person: Person, hands: Clock
) -> None:
    after_a_long_call(desk, hands, NOTE, {"text": TOLD})
    colleague = ready(app, "zhao.min")
    shown = back_again(desk, colleague, hands)
    assert shown.request.path == "/hotline/"
    assert TOLD not in desk.get(NOTE).text
    assert waiting(app) == 0


def test_it_waits_in_this_browser_only(app: Flask, desk: LintedClient, person: Person, hands: Clock) -> None:
    after_a_long_call(desk, hands, NOTE, {"text": TOLD})
    elsewhere = app.test_client()
    assert isinstance(elsewhere, LintedClient)
    assert back_again(elsewhere, person, hands).request.path == "/hotline/"
    assert TOLD not in elsewhere.get(NOTE).text


def test_it_waits_two_hours_and_the_daily_tidying_takes_away_what_nobody_fetched(
    app: Flask, desk: LintedClient, person: Person, hands: Clock
) -> None:
    after_a_long_call(desk, hands, NOTE, {"text": TOLD})
    hands.forward(hours=2)
    assert back_again(desk, person, hands).request.path == "/hotline/"
    assert TOLD not in desk.get(NOTE).text
    assert waiting(app) == 1
    hands.forward(days=1)
    with Session(bind=app.extensions["doudi_engine"]) as session, session.begin():
        sessions.forget_old(session, now=hands.now)
    assert waiting(app) == 0


@pytest.mark.parametrize("how", ["signed out", "sent out", "disabled"])
def test_who_was_signed_out_keeps_nothing(
    app: Flask, desk: LintedClient, person: Person, hands: Clock, how: str
) -> None:
    page = desk.get(NOTE)
    if how == "signed out":
        token = desk.get_cookie("doudi-staff")
        assert token is not None
        desk.submit("/hotline/", button="退出")
        desk.set_cookie("doudi-staff", token.value)
    else:
        supervisor = app.test_client()
        assert isinstance(supervisor, LintedClient)
        chief = ready(app, "chief", Role.SUPERVISOR, ("*",))
        sign_in(supervisor, "chief", code=chief.code(hands.now))
        account_id = rows(app, StaffSession)[0].account_id
        button = "停用账号" if how == "disabled" else "让这位同事退出"
        supervisor.submit(f"/hotline/people/{account_id}", button=button)
    answer = press(desk, page, {"text": TOLD})
    assert answer.request.path == "/hotline/sign-in"
    assert "您写的字还在" not in page_text(answer)
    assert waiting(app) == 0


def test_facts_that_prove_who_rings_and_passwords_are_never_kept(
    app: Flask, desk: LintedClient, hands: Clock
) -> None:
    told = {"number": "2345678923", "name": "王小梅", "tail": "1234"}
    answer = after_a_long_call(desk, hands, "/hotline/call/caller", told)
    assert "您写的字还在" not in page_text(answer)
    assert waiting(app) == 0


def test_it_lies_encrypted_and_the_audit_says_which_page_and_not_what(
    app: Flask, desk: LintedClient, hands: Clock
) -> None:
    after_a_long_call(desk, hands, NOTE, {"text": TOLD})
    with app.extensions["doudi_engine"].connect() as connection:
        lying = connection.exec_driver_sql("SELECT pending FROM staff_session").scalars().all()
    kept = [bytes(one) for one in lying if one]
    assert kept
    assert not any("漏雨".encode() in one or b"text" in one for one in kept)
    entry = next(row for row in rows(app, AuditEntry) if row.action == "staff.typing_kept")
    assert entry.staff == "li.na"
    assert entry.details["fields"] == ["page:hotline_work.note", "text"]


def test_a_page_that_sends_itself_when_the_time_is_over_changes_nothing_even_while_she_is_signed_in(
    app: Flask, desk: LintedClient
) -> None:
    told = {"place": "延吉市", "reason": "urgent", "text": TOLD, "keep_only": "1"}
    shown = press(desk, desk.get("/hotline/todo/hand-over"), told)
    assert shown.request.path == "/hotline/todo/hand-over"
    assert not rows(app, HandOver)
    assert TOLD in shown.text


def test_what_needs_no_form_is_never_kept_such_as_looking_at_a_number(
    app: Flask, desk: LintedClient, person: Person, hands: Clock
) -> None:
    press(desk, desk.get("/hotline/todo/call-back"), {"phone": "13812345678", "about": TOLD})
    row = rows(app, CallBack)[0]
    page = desk.get(f"/hotline/todo/call-back/{row.id}")
    hands.forward(minutes=40)
    answer = desk.submit(page, button="看号码，现在打")
    assert "您写的字还在" not in page_text(answer)
    assert "13812345678" not in back_again(desk, person, hands).text
    assert PASSWORD not in answer.text


def test_every_page_says_until_when_one_stays_signed_in(desk: LintedClient, hands: Clock) -> None:
    assert "不操作的话，09:15 自动退出" in page_text(desk.get(NOTE))
    hands.forward(minutes=7)
    assert "不操作的话，09:22 自动退出" in page_text(desk.get(NOTE))

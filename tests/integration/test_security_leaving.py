"""Leaving ends it: a cookie copied before opens nothing after; and many at once get no more tries at a code."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal import clock, db, drafts, throttle
from portal.config import Settings
from portal.consent.models import SigningRequest
from portal.progress import service
from portal.progress.models import SignInCount
from tests.support import applying
from tests.support.attacking import stranger
from tests.support.crowds import together
from tests.support.pages import LintedClient, Page
from tests.support.portal import running

CROWD = 24


def copied(browser: LintedClient) -> LintedClient:
    """Another browser that holds the same cookie, as somebody took it from the phone."""
    cookie = browser.get_cookie("doudi")
    assert cookie is not None
    thief = stranger(browser.application)
    thief.set_cookie("doudi", cookie.value)
    return thief


def pressed(browser: LintedClient, path: str) -> TestResponse:
    """A button that stands on another page, pressed with this browser's token."""
    token = Page(browser.get("/apply/").get_data(as_text=True)).forms[0].fields["csrf_token"][0]
    return browser.post(path, data={"csrf_token": token})


def test_a_copy_of_the_cookie_opens_no_application_after_leaving_and_the_code_does(
    client: LintedClient,
) -> None:
    applying.start_filled(client)
    code = applying.code_shown(client.submit("/apply/tasks", button="给我编码"))
    thief = copied(client)
    assert thief.get("/apply/tasks").status_code == 200, "the copy is good while the visit lasts"
    pressed(client, "/apply/leave")
    for path in ("/apply/tasks", "/apply/check", "/apply/papers", "/apply/receipt"):
        assert thief.get(path).status_code == 303, path
    assert client.submit("/apply/resume", {"code": code}).request.path == "/apply/tasks"
    assert client.get("/apply/tasks").status_code == 200
    assert thief.get("/apply/tasks").status_code == 303, "the way back is not open to the copy"
    again = copied(client)
    pressed(client, "/apply/leave")
    assert again.get("/apply/tasks").status_code == 303, "each leaving counts"


def test_a_copy_of_the_cookie_saves_and_sends_nothing_after_leaving(app: Flask, client: LintedClient) -> None:
    mother = applying.start_filled(client)
    applying.sign_own(client)
    client.submit(f"/apply/signatures/{mother}/paper", button="好，到窗口签")
    thief = copied(client)
    with Session(bind=app.extensions["doudi_engine"]) as session:
        before = session.scalars(select(drafts.Draft)).one().updated_at
    pressed(client, "/apply/leave")
    for path in ("/apply/send", "/apply/code", "/apply/delete", "/apply/property/money"):
        assert pressed(thief, path).status_code == 303, path
    with Session(bind=app.extensions["doudi_engine"]) as session:
        draft = session.scalars(select(drafts.Draft)).one()
        assert (draft.updated_at, draft.closed_at) == (before, None)


def test_a_copy_of_the_cookie_reads_no_estimate_after_it_was_taken_off_the_phone(
    client: LintedClient,
) -> None:
    client.submit("/estimate/place?city=220100", {"region": applying.NANGUAN, "area": "urban"})
    thief = copied(client)
    assert thief.get("/estimate/result").status_code == 200
    pressed(client, "/estimate/forget")
    assert thief.get("/estimate/result").status_code == 303


def test_a_copy_of_the_cookie_signs_nothing_after_the_signer_left(app: Flask, client: LintedClient) -> None:
    member = applying.start_filled(client)
    path, code = applying.give_link(client, member)
    signer = stranger(app)
    applying.open_link(signer, path, code, applying.LI)
    thief = copied(signer)
    assert thief.get("/sign/start").status_code == 303
    pressed(signer, "/sign/leave")
    assert thief.get("/sign/start").status_code == 410
    assert applying.open_link(signer, path, code, applying.LI).request.path.startswith("/sign/act/")


def sent(client: LintedClient) -> tuple[str, str]:
    mother = applying.start_filled(client)
    applying.sign_own(client)
    client.submit(f"/apply/signatures/{mother}/paper", button="好，到窗口签")
    return applying.receipt_codes(applying.send(client))


def test_a_copy_of_the_cookie_shows_no_progress_after_signing_out(app: Flask, client: LintedClient) -> None:
    number, code = sent(client)
    viewer = stranger(app)
    viewer.submit("/progress/", {"number": number, "query_code": code})
    thief = copied(viewer)
    assert thief.get("/progress/application").status_code == 200
    viewer.submit("/progress/application", button="退出")
    assert thief.get("/progress/application").status_code == 303
    assert thief.get("/progress/withdraw").status_code == 303
    viewer.submit("/progress/", {"number": number, "query_code": code})
    assert viewer.get("/progress/application").status_code == 200, "signing in again opens at once"
    assert thief.get("/progress/application").status_code == 303, "signing in again does not open the copy"


def test_what_signing_out_closed_stays_closed_when_wrong_tries_are_forgotten(
    app: Flask, client: LintedClient
) -> None:
    number, code = sent(client)
    viewer = stranger(app)
    viewer.submit("/progress/", {"number": number, "query_code": code})
    thief = copied(viewer)
    viewer.submit("/progress/application", button="退出")
    key = app.extensions["doudi_settings"].secret_key
    with db.writing(app.extensions["doudi_engine"]) as session:
        service.unlock(session, number, key=key)  # the hotline helped her in
    assert thief.get("/progress/application").status_code == 303


def test_while_nothing_can_be_written_the_phone_is_emptied_all_the_same(
    settings: Settings, client: LintedClient
) -> None:
    applying.start_filled(client)
    with running(dataclasses.replace(settings, read_only=True)) as resting:
        browser = stranger(resting)
        cookie = client.get_cookie("doudi")
        assert cookie is not None
        browser.set_cookie("doudi", cookie.value)
        assert pressed(browser, "/apply/leave").status_code == 303
        with browser.session_transaction() as visit:
            assert "application_draft" not in visit


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def crowded(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """A portal that many call at the same moment."""
    if request.param == "postgres":
        settings = dataclasses.replace(settings, database_url=request.getfixturevalue("postgres_url"))
    with running(settings) as portal:
        yield portal


def test_a_crowd_gets_no_more_answers_about_codes_than_tries_are_allowed(crowded: Flask) -> None:
    visitor = throttle.Visitor("one visit", "192.0.2.1")

    def may() -> bool:
        return throttle.may_know(throttle.RESUME, visitor, right=False, key="k", now=clock.now())

    assert together(crowded, CROWD, may).count(True) == throttle.RESUME.visit


def test_a_crowd_gets_no_more_tries_at_a_query_code_than_five(crowded: Flask) -> None:
    def locked() -> bool:
        with db.transaction() as session:
            found = service.sign_in(session, "2026AAAAAA", "AAAAAAAA", key="k", now=clock.now())
        return found.locked_until is not None

    assert together(crowded, CROWD, locked).count(False) == service.TRIES - 1, "the fifth is told of the lock"
    with Session(bind=crowded.extensions["doudi_engine"]) as session:
        assert session.scalars(select(SignInCount)).one().locked_until is not None


def test_a_crowd_gets_no_more_tries_at_a_signing_code_than_five(crowded: Flask) -> None:
    browser = stranger(crowded)
    path, _code = applying.give_link(browser, applying.start_filled(browser))
    doors = [stranger(crowded) for _ in range(CROWD)]
    tokens = [Page(door.get(path).get_data(as_text=True)).forms[0].fields["csrf_token"][0] for door in doors]

    def one() -> int:
        number = numbers.pop()
        form = {"csrf_token": tokens[number], "code": "AAAAAA", "tail": applying.LI[-4:]}
        return doors[number].post(path, data=form).status_code

    numbers = list(range(CROWD))
    told = together(crowded, CROWD, one)
    assert told.count(200) == 4, "the fifth wrong code locks the link"
    assert told.count(423) == CROWD - 4
    with Session(bind=crowded.extensions["doudi_engine"]) as session:
        assert session.scalars(select(SigningRequest.wrong_codes)).all() == [5]

"""Pressed in several tabs at once, on both databases: one application, one signature, no id twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from alembic import command
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cli import migrations
from portal.config import Settings
from portal.consent import ledger
from portal.drafts import Draft
from portal.factory import create_app
from portal.handoff import Submission
from tests.support import applying
from tests.support.applying import LI
from tests.support.pages import LintedClient, Page

TABS = 4


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def client(settings: Settings, request: pytest.FixtureRequest) -> Iterator[LintedClient]:
    if request.param == "postgres":
        settings = replace(settings, database_url=request.getfixturevalue("postgres_url"))
    app = create_app(settings)
    command.upgrade(migrations(settings.database_url), "head")
    app.test_client_class = LintedClient
    browser = app.test_client()
    assert isinstance(browser, LintedClient)
    yield browser
    app.extensions["doudi_engine"].dispose()


def at_once(client: LintedClient, page: str, target: str, values: dict[str, str]) -> list[int]:
    """The same form sent from several tabs of one browser at the same moment; the answers' statuses."""
    app: Flask = client.application
    token = Page(client.get(page).get_data(as_text=True)).forms[0].fields["csrf_token"][0]
    cookie = client.get_cookie("doudi")
    assert cookie is not None
    start = threading.Barrier(TABS)
    seen: list[int] = []

    def tab() -> None:
        browser = app.test_client()
        browser.set_cookie("doudi", cookie.value)
        start.wait()
        seen.append(browser.post(target, data={**values, "csrf_token": token}).status_code)

    threads = [threading.Thread(target=tab) for _n in range(TABS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def read(client: LintedClient) -> Session:
    return Session(bind=client.application.extensions["doudi_engine"])


def test_sending_from_several_tabs_makes_one_application(client: LintedClient) -> None:
    mother = applying.start_filled(client)
    applying.sign_own(client)
    client.submit(f"/apply/signatures/{mother}/paper", button="好，到窗口签")
    assert at_once(client, "/apply/check", "/apply/send", {"accept": "y"}) == [303] * TABS
    with read(client) as session:
        (sent,) = session.scalars(select(Submission)).all()
        assert ledger.verify(session) == []
    shown = applying.receipt_codes(client.get("/apply/receipt"))[0]
    assert shown.replace("-", "") == sent.number


def test_signing_from_several_tabs_makes_one_signature(client: LintedClient) -> None:
    mother = applying.start_filled(client)
    path, code = applying.give_link(client, mother)
    page = applying.open_link(client, path, code, LI)
    while not page.request.path.endswith("/name"):
        page = client.submit(page, {f"person_{mother}": "y"})
    assert at_once(client, "/sign/name", "/sign/name", {"name": "李桂兰"}) == [303] * TABS
    with read(client) as session:
        draft = session.scalars(select(Draft)).one()
        events = [event for _record, events in ledger.history(session, draft.id) for event in events]
        assert sorted(event.type for event in events) == ["acknowledged", "given"]
        assert ledger.verify(session) == []


def test_members_added_from_several_tabs_all_stay(client: LintedClient) -> None:
    applying.start_filled(client)
    told = {"name": "王大强", "relation": "sibling", "living": "apart"}
    assert at_once(client, "/apply/family/new", "/apply/family/new", told) == [303] * TABS
    with read(client) as session:
        answers = session.scalars(select(Draft)).one().answers
    assert {key for key in answers if key.startswith("member:")} == {
        f"member:m{n}" for n in range(2, 3 + TABS)
    }

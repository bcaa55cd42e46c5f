"""What a page of an application costs the database: as many statements for one person as for a family of four.

Whoever adds a statement on purpose changes the number here; a statement a person, or a row read again, is found out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import Engine

from portal import clock, consent, db, drafts
from portal.apply import service
from portal.config import Settings
from portal.consent import acting
from tests.support import applying
from tests.support.crowds import statements
from tests.support.pages import LintedClient, Page
from tests.support.portal import running

KEPT_APART = "daily_count"  # sums over everybody, written when it is time
AT_EASE = {"health": "healthy", "disability": "none", "labour": "full", "work": "none"}
FATHER = applying.id_number("19500305", "017")
CHILD = applying.id_number("20150308", "026")
FOUR = {
    **applying.FAMILY,
    "member:m3": {"name": "李大山", "relation": "father", "living": "together", "id_number": FATHER},
    "situation:m3": {**AT_EASE, "decides": "yes"},
    "income:m3": {"kinds": ["none"]},
    "member:m4": {"name": "王小宝", "relation": "child", "living": "together", "id_number": CHILD},
    "situation:m4": {"health": "healthy", "disability": "none", "student": "full_time"},
    "guardian:m4": {"guardian": "m1"},
    "members_added": 4,
}
WITHOUT_PARENTS = {
    key: told for key, told in applying.FAMILY.items() if not key.endswith(":m2")
} | {"members_added": 1}  # fmt: skip


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def client(settings: Settings, request: pytest.FixtureRequest) -> Iterator[LintedClient]:
    if request.param == "postgres":
        settings = replace(settings, database_url=request.getfixturevalue("postgres_url"))
    with running(settings) as app:
        browser = app.test_client()
        assert isinstance(browser, LintedClient)
        yield browser


def signed(client: LintedClient, answers: dict[str, object]) -> None:
    """An application that is filled in and signed by everybody himself, opened in this browser."""
    app: Flask = client.application
    now, today = clock.now(), clock.today()
    with app.app_context(), db.transaction() as session:
        key = app.extensions["doudi_settings"].secret_key
        draft, _code = drafts.start(session, "application", answers, now=now, days=30, key=key)
        about = service.family_of(answers)
        for signer in service.signers(answers, today):
            asked = consent.ask(session, draft.id, signer, about, now=now, days=30)
            consent.signing.admit(session, asked, consent.ledger.Method.TICK_AND_LINK_CODE, now=now)
            for act in acting.acts_of(asked):
                given = {person.member_id: True for person, _health in consent.signing.persons(asked)}
                acting.answer(session, asked, act, given, "zh_Hans", now=now)
            assert acting.sign(session, asked, signer.name, now=now)
        id_ = draft.id
    with client.session_transaction() as cookie:
        cookie["application_draft"] = id_


def counted(client: LintedClient) -> AbstractContextManager[list[str]]:
    """The statements that reach the database, without the beginning of a transaction."""
    return statements(
        client.application, lambda statement: KEPT_APART not in statement and not statement.startswith("BEGIN")
    )


def asked(client: LintedClient, path: str) -> list[str]:
    """The statements of a page."""
    with counted(client) as seen:
        assert client.get(path).status_code == 200
    return seen


def pressed(client: LintedClient, path: str, target: str, values: dict[str, str]) -> list[str]:
    """The statements of a button, without those of the page it stands on and of the one it leads to."""
    token = Page(client.get(path).get_data(as_text=True)).forms[0].fields["csrf_token"][0]
    with counted(client) as seen:
        assert client.post(target, data={**values, "csrf_token": token}).status_code == 303
    return seen


def of_postgresql(client: LintedClient) -> bool:
    engine: Engine = client.application.extensions["doudi_engine"]
    return engine.dialect.name == "postgresql"


def told(statements: list[str]) -> str:
    """What a failing test shows: each statement's beginning."""
    return "\n" + "\n".join(" ".join(statement.split())[:90] for statement in statements)


@pytest.mark.parametrize("answers", [WITHOUT_PARENTS, FOUR], ids=["one", "four"])
def test_pages_of_an_application_cost_the_same_however_large_the_family_is(
    client: LintedClient, answers: dict[str, object]
) -> None:
    signed(client, answers)
    why = {"codes": "illness", "text": "母亲看病"}
    costs = {
        "a question": asked(client, "/apply/reason/why"),  # the draft
        "the task list": asked(client, "/apply/tasks"),  # and requests, ledger, number of files
        "the family": asked(client, "/apply/family"),
        "the check page": asked(client, "/apply/check"),  # and what the same person sent before
        # the draft before and under its lock, its writing, requests, ledger
        "an answer": pressed(client, "/apply/reason/why", "/apply/reason/why", why),
    }
    found = {name: len(statements) for name, statements in costs.items()}
    assert found == {
        "a question": 1,
        "the task list": 4,
        "the family": 3,
        "the check page": 5,
        "an answer": 5,
    }, {name: told(statements) for name, statements in costs.items()}


@pytest.mark.parametrize("answers", [WITHOUT_PARENTS, FOUR], ids=["one", "four"])
def test_sending_costs_the_same_however_many_have_signed(
    client: LintedClient, answers: dict[str, object]
) -> None:
    signed(client, answers)
    sending = pressed(client, "/apply/check", "/apply/send", {"accept": "y"})
    # draft, requests, ledger; the declaration (5); ledger, files, requests; requests written; the submission in its
    # savepoint with its message (4), on PostgreSQL with its place in line; the draft
    assert len(sending) == 17 + of_postgresql(client), told(sending)
    again = pressed(client, "/apply/", "/apply/send", {"accept": "y"})
    assert len(again) == 1, told(again)


@pytest.mark.parametrize("answers", [WITHOUT_PARENTS, FOUR], ids=["one", "four"])
def test_the_progress_page_costs_the_same_however_many_have_signed(
    client: LintedClient, answers: dict[str, object]
) -> None:
    signed(client, answers)
    number, code = applying.receipt_codes(applying.send(client))
    client.submit("/progress/", {"number": number, "query_code": code})
    seen = asked(client, "/progress/application")
    # query code, leaving, messages, case, document, steps, draft, requests, ledger, codes given by the hotline
    assert len(seen) == 10, told(seen)

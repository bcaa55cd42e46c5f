"""Codes cannot be tried out: few wrong tries a visit, many an address, and it passes by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal import clock, codes, db, throttle
from portal.throttle import RESUME, Visitor, WrongTries
from tests.support import applying
from tests.support.pages import LintedClient, page_text

WRONG = "AAAAAAAAA"


@pytest.mark.parametrize("page", ["/apply/resume", "/estimate/resume"])
def test_a_visit_has_three_wrong_tries_a_minute(client: LintedClient, page: str) -> None:
    for _try in range(3):
        assert client.submit(page, {"code": WRONG}).status_code == 200
    refused = client.submit(page, {"code": WRONG})
    assert refused.status_code == 429
    assert "请等一分钟再填" in page_text(refused)


def test_the_right_code_works_after_the_minute(app: Flask, client: LintedClient) -> None:
    applying.start_filled(client)
    code = applying.code_shown(client.submit("/apply/tasks", button="给我编码"))
    other = app.test_client()
    assert isinstance(other, LintedClient)
    for _try in range(3):
        other.submit("/apply/resume", {"code": WRONG})
    assert other.submit("/apply/resume", {"code": code}).status_code == 429
    with db.writing(app.extensions["doudi_engine"]) as session:
        session.execute(update(WrongTries).values(since=clock.now() - timedelta(minutes=1)))
    assert other.submit("/apply/resume", {"code": code}).request.path == "/apply/tasks"


def test_forty_families_behind_one_address_all_get_in(app: Flask, client: LintedClient) -> None:
    applying.start_filled(client)
    code = applying.code_shown(client.submit("/apply/tasks", button="给我编码"))
    for _family in range(39):
        device = app.test_client()
        assert isinstance(device, LintedClient)
        assert device.submit("/apply/resume", {"code": WRONG}).status_code == 200
        assert device.submit("/apply/resume", {"code": WRONG}).status_code == 200
    fortieth = app.test_client()
    assert isinstance(fortieth, LintedClient)
    assert fortieth.submit("/apply/resume", {"code": code}).request.path == "/apply/tasks"


def test_one_address_with_ever_new_visits_is_stopped_too(session: Session) -> None:
    now = clock.now()
    for visit in range(RESUME.address):
        someone = Visitor(str(visit), "192.0.2.1")
        assert not throttle.blocked(session, RESUME, someone, key="k", now=now)
        throttle.count_wrong(session, RESUME, someone, key="k", now=now)
    assert throttle.blocked(session, RESUME, Visitor("fresh", "192.0.2.1"), key="k", now=now)
    assert not throttle.blocked(session, RESUME, Visitor("fresh", "192.0.2.2"), key="k", now=now)
    assert not throttle.blocked(session, throttle.SIGN_IN, Visitor("fresh", "192.0.2.1"), key="k", now=now)


def test_addresses_are_kept_as_keyed_hashes_for_an_hour(session: Session) -> None:
    now = clock.now()
    throttle.count_wrong(session, RESUME, Visitor("v", "192.0.2.1"), key="k", now=now)
    assert all("192" not in row.who for row in session.scalars(select(WrongTries)))
    later = now + timedelta(hours=1, seconds=1)
    throttle.count_wrong(session, RESUME, Visitor("w", "192.0.2.9"), key="k", now=later)
    assert len(session.scalars(select(WrongTries)).all()) == 2


def test_ten_wrong_sign_ins_of_one_visit_make_it_wait_whatever_the_numbers(
    client: LintedClient,
) -> None:
    for _try in range(10):
        answer = client.submit("/progress/", {"number": codes.new_code(10), "query_code": "WRONG2"})
        assert answer.status_code == 422
    refused = client.submit("/progress/", {"number": codes.new_code(10), "query_code": "WRONG2"})
    assert refused.status_code == 429
    assert "请等十分钟再填" in page_text(refused)

"""A copy of one's own data shows nothing of the others; an end comes only when nothing can be lost by it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal import clock, consent, db
from portal.consent.models import SigningRequest
from portal.handoff import Submission
from portal.handoff.models import CaseRecord, OutboxMessage, OutboxState
from tests.support import applying
from tests.support.applying import LI, PHONE, WANG
from tests.support.pages import LintedClient


@pytest.fixture
def number(client: LintedClient) -> str:
    """A sent application of a daughter with a sick mother who has yet to sign."""
    applying.start_filled(client, health="severe", illness="尿毒症")
    applying.sign_own(client)
    client.submit("/apply/signatures/m2/paper", button="好，到窗口签")
    return applying.receipt_codes(applying.send(client))[0]


def run(app: Flask, *args: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["applications", *args])
    return done.exit_code, done.output


def copy_of(app: Flask, number: str, member: str) -> dict[str, object]:
    code, told = run(app, "export", number, "--member", member, "--by", "hotline-7")
    assert code == 0
    found: dict[str, object] = json.loads(told[told.index("{") :])
    return found


def test_the_applicants_copy_has_all_he_told_and_of_his_mother_only_that_she_is_his_mother(
    app: Flask, number: str
) -> None:
    found = copy_of(app, number, "m1")
    text = json.dumps(found, ensure_ascii=False)
    for own in (WANG, PHONE, "王小梅", "5000.00", "母亲看病花钱多", "tick_applicant_device"):
        assert own in text
    for others in (LI, "李桂兰", "尿毒症"):
        assert others not in text
    assert found["versions"][0]["data"]["others"] == [{"memberId": "m2", "relation": "mother"}]  # type: ignore[index]


def test_the_mothers_copy_has_her_entry_and_nothing_of_her_daughter(app: Flask, number: str) -> None:
    text = json.dumps(copy_of(app, number, "m2"), ensure_ascii=False)
    assert LI in text
    assert "李桂兰" in text
    assert "尿毒症" in text, "what waits for her consent is hers too"
    for others in (WANG, PHONE, "王小梅", "5000.00", "母亲看病花钱多"):
        assert others not in text


def test_nobody_is_made_up(app: Flask, number: str) -> None:
    assert run(app, "export", number, "--member", "m9", "--by", "x")[0] == 1
    assert run(app, "export", "2222222222", "--by", "x")[0] == 1
    assert run(app, "export", number)[0] == 2


def settle(app: Flask, number: str) -> None:
    """As after delivery, the nightly comparison and the closing of the case."""
    now, plain = clock.now(), number.replace("-", "")
    with db.writing(app.extensions["doudi_engine"]) as session:
        session.execute(
            update(OutboxMessage).values(
                state=OutboxState.ACKNOWLEDGED, reconciled_at=now, created_at=now - timedelta(hours=1)
            )
        )
        session.add(
            CaseRecord(
                application_number=plain,
                state="closed",
                sequence=1,
                since=now - timedelta(minutes=1),
                details={},
            )
        )


def test_an_application_that_is_not_settled_is_not_erased(app: Flask, number: str) -> None:
    code, told = run(app, "erase", number, "--by", "x", "--yes")
    assert code == 1
    assert "is not settled" in told
    with Session(bind=app.extensions["doudi_engine"]) as session:
        assert len(session.scalars(select(Submission)).all()) == 1


def test_a_settled_one_goes_when_it_is_said_twice_and_the_ledger_stays_whole(app: Flask, number: str) -> None:
    settle(app, number)
    assert "would erase" in run(app, "erase", number, "--by", "x")[1]
    with Session(bind=app.extensions["doudi_engine"]) as session:
        assert len(session.scalars(select(Submission)).all()) == 1
    assert run(app, "erase", number, "--by", "x", "--yes")[0] == 0
    with Session(bind=app.extensions["doudi_engine"]) as session:
        assert session.scalars(select(Submission)).all() == []
        assert session.scalars(select(SigningRequest)).all() == []
        assert consent.verify(session) == []

"""After sending: withdrawal reaches the case system through the outbox; the ledger proves itself to operators."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.handoff import Submission
from portal.handoff.models import OutboxMessage
from tests.support import applying
from tests.support.applying import LI
from tests.support.pages import LintedClient, page_text


def signed_and_sent(app: Flask, client: LintedClient) -> LintedClient:
    """The application is sent; the mother's phone, still open at her receipt."""
    mother = applying.start_filled(client, health="severe")
    applying.sign_own(client)
    path, code = applying.give_link(client, mother)
    phone = app.test_client()
    assert isinstance(phone, LintedClient)
    applying.finish_signing(phone, applying.open_link(phone, path, code, LI), mother, "李桂兰")
    applying.send(client)
    return phone


def test_a_withdrawal_after_sending_goes_through_the_outbox(app: Flask, client: LintedClient) -> None:
    phone = signed_and_sent(app, client)
    warned = page_text(phone.get("/sign/withdraw"))
    assert "申请或者救助可能停下来" in warned
    assert "已经撤回" in page_text(phone.submit("/sign/withdraw", button="撤回"))
    with Session(bind=app.extensions["doudi_engine"]) as session:
        messages = session.scalars(select(OutboxMessage).order_by(OutboxMessage.application_version)).all()
        assert [message.type for message in messages] == ["application.submitted.v1", "consent.withdrawn.v1"]
        told = session.get_one(Submission, (messages[1].application_number, 2)).document["consents"]
    assert {(one["purpose"], one["state"]) for one in told} == {
        ("finance_check", "withdrawn"),
        ("health_information", "withdrawn"),
    }
    assert "李桂兰" not in str(told)


def test_withdrawing_twice_tells_once(app: Flask, client: LintedClient) -> None:
    phone = signed_and_sent(app, client)
    phone.submit("/sign/withdraw", button="撤回")
    phone.submit("/sign/withdraw", button="撤回")
    with Session(bind=app.extensions["doudi_engine"]) as session:
        assert len(session.scalars(select(OutboxMessage)).all()) == 2


def test_after_sending_the_link_still_shows_the_receipt_but_signs_nothing(
    app: Flask, client: LintedClient
) -> None:
    phone = signed_and_sent(app, client)
    assert phone.get("/sign/act/authorisation").status_code == 404
    assert phone.get("/sign/name", follow_redirects=True).request.path == "/sign/receipt"


def test_operators_can_have_the_ledger_prove_itself(app: Flask, client: LintedClient) -> None:
    signed_and_sent(app, client)
    runner = app.test_cli_runner()
    whole = runner.invoke(args=["consent", "verify"])
    assert (whole.exit_code, whole.output.strip()) == (0, "The ledger is whole.")
    with app.extensions["doudi_engine"].begin() as connection:
        connection.exec_driver_sql("UPDATE consent_event SET type = 'given' WHERE type = 'acknowledged'")
    broken = runner.invoke(args=["consent", "verify"])
    assert broken.exit_code == 1
    assert "the event or its record was changed" in broken.output

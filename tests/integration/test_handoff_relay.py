"""The relay against the sandbox case system, on both databases: the right state, and never a second case."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, select, type_coerce, update
from sqlalchemy.orm import Session

from portal import db
from portal.handoff import breaker, events, outbox, snapshot
from portal.handoff.models import DeliveryAttempt, OutboxState, Submission
from tests.support.handoff import Desk, Sandbox, document, office, sandbox, settings_for


@pytest.fixture
def cases(tmp_path: Path) -> Iterator[Sandbox]:
    with sandbox(settings_for(tmp_path)) as running:
        yield running


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def desk(tmp_path: Path, cases: Sandbox, request: pytest.FixtureRequest) -> Iterator[Desk]:
    settings = settings_for(tmp_path, case_system_url=cases.url)
    if request.param == "postgres":
        settings = replace(settings, database_url=request.getfixturevalue("postgres_url"))
    with office(settings) as engine:
        yield Desk(engine, settings, cases.clock)


def test_an_application_becomes_one_case_with_a_number_and_a_matching_receipt(
    desk: Desk, cases: Sandbox
) -> None:
    sent = desk.submit()
    desk.deliver()
    message = desk.message(sent.number)
    assert message.state == OutboxState.DELIVERED
    assert [case.case_number for case in cases.cases()] == [message.case_number]
    assert message.received_hash == sent.content_hash == cases.events()[0].content_hash


def test_sending_the_same_draft_again_returns_the_first_submission(desk: Desk, cases: Sandbox) -> None:
    first, second = desk.submit(), desk.submit(programmes=["tekun"])
    assert (first.number, first.content_hash) == (second.number, second.content_hash)
    desk.deliver()
    assert len(cases.cases()) == 1


def test_a_rolled_back_submission_leaves_nothing_to_send(desk: Desk, cases: Sandbox) -> None:
    def submit_and_fail() -> None:
        with db.writing(desk.engine) as session:
            desk.submit_in(session)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        submit_and_fail()
    desk.deliver()
    assert cases.cases() == []


@pytest.mark.parametrize("fault", ["lost_answer", "garbage", "slow", "drip", "huge"])
def test_an_ambiguous_outcome_is_resolved_by_the_receipt_without_a_second_case(
    desk: Desk, cases: Sandbox, fault: str
) -> None:
    cases.fault(fault, seconds=3)
    sent = desk.submit()
    desk.deliver()
    assert desk.message(sent.number).state == OutboxState.UNKNOWN
    desk.clock.turn(seconds=6)
    desk.deliver()
    message = desk.message(sent.number)
    while message.state in (OutboxState.UNKNOWN, OutboxState.ACCEPTED):  # the slow call may still be running
        time.sleep(0.2)
        desk.clock.turn(hours=1)
        desk.deliver()
        message = desk.message(sent.number)
    assert message.state == OutboxState.DELIVERED
    assert len(cases.events()) == 1


def test_a_request_that_never_arrived_is_sent_again_under_the_same_key(desk: Desk, cases: Sandbox) -> None:
    cases.fault("reset")
    sent = desk.submit()
    desk.deliver()
    assert desk.message(sent.number).state == OutboxState.UNKNOWN
    desk.clock.turn(seconds=6)
    desk.deliver()
    message = desk.message(sent.number)
    assert message.state == OutboxState.DELIVERED
    assert [event.key for event in cases.events()] == [message.id]
    with Session(desk.engine) as session:
        calls = session.scalars(select(DeliveryAttempt.call).order_by(DeliveryAttempt.id)).all()
    assert calls == ["send", "receipt", "send"]


def test_a_wrong_hash_is_never_taken_for_delivered(desk: Desk, cases: Sandbox) -> None:
    cases.fault("wrong_hash")
    cases.fault("wrong_hash", target="receipts", times=2)
    sent = desk.submit()
    desk.deliver()
    message = desk.message(sent.number)
    assert (message.state, message.problem) == (OutboxState.UNKNOWN, "content-hash-differs")
    for _ in range(2):
        desk.clock.turn(minutes=5)
        desk.deliver()
        assert desk.message(sent.number).state == OutboxState.UNKNOWN
    desk.clock.turn(hours=1)
    desk.deliver()
    assert desk.message(sent.number).state == OutboxState.DELIVERED


def test_202_is_accepted_until_a_receipt_confirms_it(desk: Desk, cases: Sandbox) -> None:
    cases.fault("unconfirmed")
    cases.fault("unconfirmed", target="receipts")
    sent = desk.submit()
    desk.deliver()
    assert desk.message(sent.number).state == OutboxState.ACCEPTED
    desk.clock.turn(seconds=6)
    desk.deliver()
    assert desk.message(sent.number).state == OutboxState.ACCEPTED
    desk.clock.turn(minutes=1)
    desk.deliver()
    assert desk.message(sent.number).state == OutboxState.DELIVERED
    assert len(cases.cases()) == 1


def test_409_waits_and_asks_instead_of_sending_twice(desk: Desk, cases: Sandbox) -> None:
    cases.fault("status", status=409)
    sent = desk.submit()
    desk.deliver()
    assert desk.message(sent.number).state == OutboxState.UNKNOWN


def test_a_redirect_is_not_followed(desk: Desk, cases: Sandbox) -> None:
    cases.fault("redirect")
    sent = desk.submit()
    desk.deliver()
    message = desk.message(sent.number)
    assert (message.state, message.problem) == (OutboxState.RETRY_WAIT, "redirect-not-followed")


def test_three_refusals_of_our_key_stop_the_route_until_a_person_starts_it(
    desk: Desk, cases: Sandbox
) -> None:
    cases.fault("status", status=401, times=3)
    sent = desk.submit()
    for _ in range(5):
        desk.deliver()
        desk.clock.turn(minutes=20)
    message = desk.message(sent.number)
    assert message.attempts == 3
    assert message.state == OutboxState.RETRY_WAIT
    with db.writing(desk.engine) as session:
        assert breaker.restart(session, "default", desk.clock())
    desk.deliver()
    assert desk.message(sent.number).state == OutboxState.DELIVERED


def test_ten_failures_open_the_circuit_and_attempts_are_not_used_up_while_it_is_open(
    desk: Desk, cases: Sandbox
) -> None:
    cases.fault("status", status=503, times=1000)
    sent = [desk.submit(f"draft-{n}") for n in range(20)]
    for _ in range(3):
        desk.deliver()
        desk.clock.turn(seconds=10)
    before = sum(desk.message(s.number).attempts for s in sent)
    for _ in range(30):
        desk.deliver()
        desk.clock.turn(seconds=60)
    after = sum(desk.message(s.number).attempts for s in sent)
    assert 25 <= after - before <= 31
    cases.clear()
    for _ in range(3):
        desk.deliver()
        desk.clock.turn(seconds=60)
    assert {desk.message(s.number).state for s in sent} == {OutboxState.DELIVERED}
    assert len(cases.cases()) == 20


def test_eight_days_without_a_case_system_park_the_message_and_lose_nothing(
    desk: Desk, cases: Sandbox
) -> None:
    away = Desk(desk.engine, replace(desk.settings, case_system_url="http://127.0.0.1:9"), desk.clock)
    sent = away.submit()
    for _ in range(24 * 8):
        away.deliver()
        away.clock.turn(hours=1)
    message = desk.message(sent.number)
    assert message.state == OutboxState.PARKED
    assert message.attempts <= 100
    with Session(desk.engine) as session:
        assert session.get(Submission, (sent.number, 1)) is not None


def test_versions_of_one_application_go_in_order(desk: Desk, cases: Sandbox) -> None:
    cases.fault("status", status=503)
    first = desk.submit()
    desk.clock.turn(seconds=1)
    with db.writing(desk.engine) as session:
        amended = document(area="rural")
        snapshot.amend(session, desk.settings, first, amended, now=desk.clock())
    desk.deliver()
    assert [event.application_version for event in cases.events()] == []
    desk.clock.turn(seconds=10)
    desk.deliver()
    desk.deliver()
    assert [event.application_version for event in cases.events()] == [1, 2]
    assert len(cases.cases()) == 1


def test_an_amended_version_replaces_one_that_was_refused_for_good(desk: Desk, cases: Sandbox) -> None:
    cases.fault("status", status=422)
    first = desk.submit()
    desk.deliver()
    with db.writing(desk.engine) as session:
        amended = document(area="rural")
        snapshot.amend(session, desk.settings, first, amended, now=desk.clock())
    desk.deliver()
    assert desk.message(first.number, 1).state == OutboxState.SUPERSEDED
    assert desk.message(first.number, 2).state == OutboxState.DELIVERED
    assert [event.type for event in cases.events()] == [events.SUBMITTED]


def test_a_lease_that_expired_becomes_unknown_and_the_late_settler_changes_nothing(
    desk: Desk, cases: Sandbox
) -> None:
    sent = desk.submit()
    slow = desk.relay()
    with db.writing(desk.engine) as session:
        [job] = outbox.claim(session, "default", owner=slow.owner, now=desk.clock(), limit=5)
    answer = slow._call(job)
    desk.clock.turn(seconds=61)
    desk.deliver()
    assert desk.message(sent.number).state == OutboxState.DELIVERED
    with db.writing(desk.engine) as session:
        assert outbox.settle(session, job, answer, owner=slow.owner, now=desk.clock(), chance=0) is None
    assert len(cases.events()) == 1


def test_a_snapshot_that_was_tampered_with_is_parked_and_not_sent(desk: Desk, cases: Sandbox) -> None:
    sent = desk.submit()
    with db.writing(desk.engine) as session:
        stored = session.get_one(Submission, (sent.number, 1))
        stored.document = {**stored.document, "region": "220105"}
    desk.deliver()
    message = desk.message(sent.number)
    assert (message.state, message.problem) == (OutboxState.PARKED, "snapshot-hash-differs")
    assert cases.cases() == []


def test_a_snapshot_that_no_key_opens_does_not_stop_the_others(desk: Desk, cases: Sandbox) -> None:
    unreadable, fine = desk.submit("draft-1"), desk.submit("draft-2")
    with desk.engine.begin() as link:
        link.execute(
            update(Submission.__table__)
            .where(Submission.__table__.c.number == unreadable.number)
            .values(document=type_coerce(b"no token", LargeBinary))
        )
    desk.deliver()
    assert desk.message(unreadable.number).problem == "snapshot-unreadable"
    assert desk.message(fine.number).state == OutboxState.DELIVERED

"""The ledger is append-only: whatever is changed, removed or cut off afterwards is noticed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal import consent
from portal.consent import ledger, notices
from portal.consent.ledger import Event, Method, Person
from tests.support.tables import fresh_session

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
APPLICATION = str(uuid.UUID(int=7))


@pytest.fixture
def session() -> Iterator[Session]:
    with fresh_session() as opened:
        yield opened


def person(member: str = "m1") -> Person:
    return Person(APPLICATION, member, ledger.subject_id(APPLICATION, member), "member")


def write(session: Session, kind: Event = Event.GIVEN, member: str = "m1", minute: int = 0) -> None:
    notice = notices.current(notices.Act.AUTHORISATION, "adult", date(2026, 11, 22))
    now = NOW + timedelta(minutes=minute)
    record = ledger.add_record(session, person(member), notice, "zh_Hans", now=now)
    ledger.add_event(
        session,
        record,
        kind,
        Method.TICK_AND_LINK_CODE,
        actor="self",
        actor_subject_id=record.subject_id,
        now=now,
        details={"typedName": "李桂兰"},
    )


@pytest.fixture
def filled(session: Session) -> Session:
    for minute, kind in enumerate((Event.REFUSED, Event.GIVEN, Event.WITHDRAWN)):
        write(session, kind, minute=minute)
    write(session, member="m2")
    return session


def test_an_untouched_ledger_has_no_problem(filled: Session) -> None:
    assert consent.verify(filled) == []


def change(statement: str) -> Callable[[Session], None]:
    def apply(session: Session) -> None:
        found = session.execute(text(statement.replace("{m1}", f"subject_id = '{M1}'")))
        assert found.rowcount >= 1  # type: ignore[attr-defined]
        session.expire_all()

    return apply


M1 = ledger.subject_id(APPLICATION, "m1")


@pytest.mark.parametrize(
    "tamper",
    [
        change("UPDATE consent_event SET type = 'given' WHERE {m1} AND sequence = 1"),
        change("UPDATE consent_event SET method = 'tick_applicant_device' WHERE {m1} AND sequence = 2"),
        change("UPDATE consent_event SET actor_subject_id = 'x' WHERE {m1} AND sequence = 2"),
        change("UPDATE consent_event SET at = '2026-11-21 00:00:00.000000' WHERE {m1} AND sequence = 2"),
        change("UPDATE consent_record SET notice_version = '0.9.0'"),
        change("UPDATE consent_record SET purpose = 'research'"),
        change("DELETE FROM consent_event WHERE {m1} AND sequence = 1"),
        change("DELETE FROM consent_event WHERE {m1} AND sequence = 2"),
        change("DELETE FROM consent_event WHERE {m1} AND sequence = 3"),
        change("DELETE FROM consent_event WHERE {m1}"),
        change("DELETE FROM consent_chain WHERE {m1}"),
        change("UPDATE consent_event SET hash = '0' WHERE {m1} AND sequence = 3"),
    ],
)
def test_every_change_of_a_row_is_noticed(filled: Session, tamper: Callable[[Session], None]) -> None:
    filled.flush()
    tamper(filled)
    assert consent.verify(filled)
    filled.rollback()


def test_a_swapped_encrypted_detail_is_noticed(filled: Session) -> None:
    filled.flush()
    change(
        "UPDATE consent_event SET details = (SELECT details FROM consent_event WHERE {m1} AND sequence = 2) "
        "WHERE {m1} AND sequence = 3"
    )(filled)
    assert [problem.sequence for problem in consent.verify(filled)] == [3]
    filled.rollback()


def test_a_withdrawal_cut_off_again_is_noticed(session: Session) -> None:
    write(session)
    (record, _events), *_rest = ledger.history(session, APPLICATION)
    ledger.add_event(
        session,
        record,
        Event.WITHDRAWN,
        Method.TICK_AND_LINK_CODE,
        actor="self",
        actor_subject_id=M1,
        now=NOW,
    )
    session.flush()
    change("DELETE FROM consent_event WHERE type = 'withdrawn'")(session)
    assert [problem.text for problem in consent.verify(session)] == [
        "the end of the chain does not match its seal"
    ]
    session.rollback()


def test_the_last_event_tells_the_state(filled: Session) -> None:
    newest = ledger.standing(filled, APPLICATION)
    assert newest[(person().subject_id, "finance_check")][1].type == "withdrawn"
    assert newest[(person("m2").subject_id, "finance_check")][1].type == "given"


def test_a_new_record_supersedes_the_one_before(filled: Session) -> None:
    records = [record for record, _events in ledger.history(filled, APPLICATION) if record.member_id == "m1"]
    assert records[0].supersedes is None
    assert [record.supersedes for record in records[1:]] == [records[0].id, records[1].id]


def test_names_of_signers_stand_in_no_clear_column(filled: Session) -> None:
    filled.flush()
    for table in ("consent_event", "consent_record", "consent_chain"):
        for row in filled.execute(text(f"SELECT * FROM {table}")):  # noqa: S608  # names of our own tables
            assert "李桂兰" not in str(row)

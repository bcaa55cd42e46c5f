"""What a case system reports is stored once, applied in order, and never applied when it is impossible."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import db, handoff
from portal.handoff import callbacks, events
from portal.handoff.callbacks import Verdict
from portal.handoff.events import CaseEvent, EventError
from portal.handoff.models import CallbackEvent
from tests.support.handoff import START, Desk, office, settings_for


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    settings = settings_for(tmp_path)
    with office(settings) as engine:
        yield Desk(engine, settings)


def event(number: str, state: str, sequence: int, **details: object) -> CaseEvent:
    return CaseEvent(
        "urn:case-system",
        f"event-{state}-{sequence}",
        number,
        state,
        sequence,
        START + timedelta(minutes=sequence),
        dict(details),
    )


def tell(desk: Desk, told: CaseEvent) -> Verdict:
    with db.writing(desk.engine) as session:
        return callbacks.receive(session, told, now=desk.clock.turn(hours=1))


def state(desk: Desk, number: str) -> str | None:
    with Session(desk.engine) as session:
        found = handoff.delivery(session, number)
        assert found is not None
        return found.case_state


def test_states_are_applied_in_rising_sequence(desk: Desk) -> None:
    number = desk.submit().number
    for sequence, name in enumerate(("accepted", "under_review", "public_notice", "approved", "closed")):
        assert tell(desk, event(number, name, sequence)) == Verdict.APPLIED
        assert state(desk, number) == name


def test_the_same_event_twice_counts_once(desk: Desk) -> None:
    number = desk.submit().number
    assert tell(desk, event(number, "accepted", 1)) == Verdict.APPLIED
    assert tell(desk, event(number, "accepted", 1)) == Verdict.DUPLICATE
    with Session(desk.engine) as session:
        assert session.scalar(select(func.count()).select_from(CallbackEvent)) == 1


def test_a_late_event_is_kept_but_does_not_turn_the_state_back(desk: Desk) -> None:
    number = desk.submit().number
    tell(desk, event(number, "approved", 9))
    assert tell(desk, event(number, "under_review", 3)) == Verdict.STALE
    assert state(desk, number) == "approved"


def test_nothing_follows_a_closed_case(desk: Desk) -> None:
    number = desk.submit().number
    tell(desk, event(number, "closed", 1))
    assert tell(desk, event(number, "under_review", 2)) == Verdict.IMPOSSIBLE
    assert state(desk, number) == "closed"


def test_an_event_about_an_application_we_never_sent_is_unknown(desk: Desk) -> None:
    assert tell(desk, event("ABCDEFGH23", "accepted", 1)) == Verdict.UNKNOWN_CASE


def test_a_state_we_do_not_know_is_no_error(desk: Desk) -> None:
    assert tell(desk, event(desk.submit().number, "blessed", 1)) == Verdict.UNKNOWN_TYPE
    assert tell(desk, event(desk.submit().number, "none", 1)) == Verdict.UNKNOWN_TYPE


@pytest.mark.parametrize(
    "details", [{}, {"reason": ""}, {"reason": "  "}, {"reason": 5}, {"reason": {"code": "x"}}]
)
def test_a_refusal_without_a_written_reason_is_not_taken(desk: Desk, details: dict[str, object]) -> None:
    number = desk.submit().number
    assert tell(desk, event(number, "rejected", 1, **details)) == Verdict.NO_REASON
    assert state(desk, number) is None


def test_the_case_number_is_kept_when_a_later_event_leaves_it_out(desk: Desk) -> None:
    number = desk.submit().number
    tell(desk, event(number, "accepted", 1, caseNumber="SB-1"))
    tell(desk, event(number, "under_review", 2))
    with Session(desk.engine) as session:
        found = handoff.delivery(session, number)
        assert found is not None
        assert found.case_number == "SB-1"


BODY = (
    '{{"specversion":"1.0","id":"e1","source":"s","type":"{type}","subject":"ABC",'
    '"sequence":{sequence},"data":{data}}}'
)


@pytest.mark.parametrize(
    "kind", ["doudi.case.accepted.v1", "case.accepted.v1", "case.accepted", "cn.gov.case.accepted.v1"]
)
def test_the_type_may_carry_any_prefix(kind: str) -> None:
    told = events.read_case_event(BODY.format(type=kind, sequence=1, data="{}").encode(), {})
    assert told is not None
    assert told.state == "accepted"


def test_another_kind_of_event_is_none_of_ours() -> None:
    assert (
        events.read_case_event(BODY.format(type="weather.rain", sequence=1, data="{}").encode(), {}) is None
    )


@pytest.mark.parametrize("sequence", ["-1", "1.5", '"x"', "true", "null", "1e30", '"１"', "[1]"])
def test_a_sequence_that_is_no_whole_number_is_refused(sequence: str) -> None:
    with pytest.raises(EventError):
        events.read_case_event(
            BODY.format(type="case.accepted.v1", sequence=sequence, data="{}").encode(), {}
        )


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"a":' * 3000, b'{"specversion":"1.0"}', b'{"time":"never"}',
     b'{"specversion":"0.3","id":"1","source":"s","type":"case.closed.v1"}',
     b'{"specversion":"1.0","id":1,"source":"s","type":"case.closed.v1","subject":"A","sequence":1}',
     b'{"specversion":"1.0","id":"1","source":"s\\u0000","type":"case.closed.v1","subject":"A","sequence":1}',
     b'{"specversion":"1.0","id":"1","source":"s","type":"case.closed.v1","subject":"A B","sequence":1}',
     b'{"specversion":"1.0","id":"1","source":"s","type":"case.closed.v1","subject":"A","sequence":1,"data":[1]}',
     b'{"specversion":"1.0","id":"1","source":"s","type":"case.closed.v1","subject":"A","sequence":1,"data":{"a":"\\ud800"}}'],
)  # fmt: skip
def test_a_body_that_is_no_event_is_an_error_of_the_sender(body: bytes) -> None:
    with pytest.raises(EventError):
        events.read_case_event(body, {})


def test_every_next_state_has_a_row_of_its_own() -> None:
    table = callbacks.transitions()
    assert set().union(*table.values()) | {"none"} == set(table)
    assert table["closed"] == frozenset()

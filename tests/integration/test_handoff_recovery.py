"""Replay, reconciliation, the pull list and the conformance kit: every gap between both sides can be closed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from portal import db
from portal.handoff import conformance, feed, keys, operations, reconciliation, standing
from portal.handoff.feed import Acknowledgement
from portal.handoff.models import OutboxMessage, OutboxState
from portal.handoff.operations import OperationError, Selection
from portal.handoff.sandbox.store import Case, StoredEvent
from tests.support.handoff import Desk, Sandbox, document, office, sandbox, settings_for


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def cases(tmp_path: Path) -> Iterator[Sandbox]:
    with sandbox(settings_for(tmp_path), now) as running:
        yield running


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def desk(tmp_path: Path, cases: Sandbox, request: pytest.FixtureRequest) -> Iterator[Desk]:
    settings = settings_for(tmp_path, case_system_url=cases.url)
    if request.param == "postgres":
        settings = replace(settings, database_url=request.getfixturevalue("postgres_url"))
    with office(settings) as engine:
        yield Desk(engine, settings, now)  # type: ignore[arg-type]  # real time: operations read the clock


def park_all(desk: Desk, attempts: int = 1) -> None:
    with db.writing(desk.engine) as session:
        session.execute(
            update(OutboxMessage).values(state=OutboxState.PARKED, problem="status-422", attempts=attempts)
        )


def test_a_replayed_message_keeps_its_key_and_makes_no_second_case(desk: Desk, cases: Sandbox) -> None:
    sent = desk.submit()
    desk.deliver()
    key = desk.message(sent.number).id
    park_all(desk)
    with db.writing(desk.engine) as session:
        assert operations.replay(session, Selection(number=sent.number), ["Li"], now=now()) == 1
    desk.deliver()
    message = desk.message(sent.number)
    assert (message.id, message.state) == (key, OutboxState.DELIVERED)
    assert len(cases.events()) == 1


def test_more_than_a_hundred_need_two_people(desk: Desk) -> None:
    with db.writing(desk.engine) as session:
        for n in range(101):
            desk.submit_in(session, f"draft-{n}")
    park_all(desk)
    for by in ([], [""], ["Li"], ["Li", " Li "]):
        with db.writing(desk.engine) as session, pytest.raises(OperationError, match="--by"):
            operations.replay(session, Selection(), by, now=now())
    with db.writing(desk.engine) as session:
        assert operations.replay(session, Selection(), ["Li", "Jin"], now=now()) == 101


def test_an_operator_selects_by_reason_and_time(desk: Desk) -> None:
    desk.submit()
    park_all(desk)
    with Session(desk.engine) as session:
        for wanted, count in (
            (Selection(problem="status-422"), 1),
            (Selection(problem="status-400"), 0),
            (Selection(since=now() + timedelta(hours=1)), 0),
            (Selection(until=now() + timedelta(hours=1)), 1),
            (Selection(route="default"), 1),
            (Selection(route="yanbian"), 0),
        ):
            assert len(operations.parked(session, wanted)) == count


def test_what_the_case_system_lost_is_sent_again(desk: Desk, cases: Sandbox) -> None:
    sent = [desk.submit(f"draft-{n}") for n in range(5)]
    desk.deliver()
    with db.writing(cases.store.engine) as session:
        session.execute(delete(StoredEvent).where(StoredEvent.application_number == sent[0].number))
        session.execute(delete(Case).where(Case.application_number == sent[0].number))
    found = operations.reconcile(desk.engine, desk.settings, "default", mend=True)
    assert (found.missing_there, len(found.agreed)) == ([(sent[0].number, 1)], 4)
    desk.deliver()
    desk.deliver()
    assert len(cases.cases()) == 5
    assert operations.reconcile(desk.engine, desk.settings, "default", mend=True).count == 0
    assert desk.message(sent[0].number).reconciled_at is not None


def test_a_dry_run_changes_nothing(desk: Desk, cases: Sandbox) -> None:
    sent = desk.submit()
    desk.deliver()
    with db.writing(cases.store.engine) as session:
        session.execute(delete(StoredEvent))
        session.execute(delete(Case))
    assert operations.reconcile(desk.engine, desk.settings, "default", mend=False).count == 1
    assert desk.message(sent.number).state == OutboxState.DELIVERED


def test_a_different_content_is_reported_and_left_to_people(desk: Desk, cases: Sandbox) -> None:
    sent = desk.submit()
    desk.deliver()
    with db.writing(cases.store.engine) as session:
        session.execute(update(StoredEvent).values(content_hash="0" * 64))
    found = operations.reconcile(desk.engine, desk.settings, "default", mend=True)
    assert found.hash_differs == [(sent.number, 1)]
    assert desk.message(sent.number).reconciled_at is None


def test_what_is_still_on_its_way_is_no_difference(desk: Desk) -> None:
    desk.submit()
    assert operations.reconcile(desk.engine, desk.settings, "default", mend=True).count == 0


def test_a_portal_restored_from_an_old_backup_gets_every_application_back(
    tmp_path: Path, cases: Sandbox
) -> None:
    """F13: the backup is older than the last applications; both versions of them come back, hashes checked."""
    settings = settings_for(tmp_path, case_system_url=cases.url)
    with office(settings) as engine:
        desk = Desk(engine, settings, now)  # type: ignore[arg-type]  # real time
        desk.submit("before")
        desk.deliver()
    shutil.copy(tmp_path / "doudi.sqlite", tmp_path / "backup.sqlite")
    with office(settings) as engine:
        desk = Desk(engine, settings, now)  # type: ignore[arg-type]  # real time
        lost = [desk.submit(f"after-{n}") for n in range(20)]
        with db.writing(engine) as session:
            from portal.handoff import snapshot

            snapshot.amend(session, settings, lost[0], document(area="rural"), now=now())
        desk.deliver()
        desk.deliver()
    for leftover in tmp_path.glob("doudi.sqlite-*"):
        leftover.unlink()
    shutil.copy(tmp_path / "backup.sqlite", tmp_path / "doudi.sqlite")
    with office(settings) as engine:
        found = operations.reconcile(engine, settings, "default", mend=True)
        assert len(found.missing_here) == 21
        assert operations.reconcile(engine, settings, "default", mend=True).count == 0
        with Session(engine) as session:
            for sent in lost:
                back = standing.delivery(session, sent.number)
                assert back is not None
                assert back.state == OutboxState.ACKNOWLEDGED
    assert len(cases.events()) == 22


@pytest.mark.parametrize(
    "answer", [None, [], {}, {"applications": [1]}, {"applications": [{"applicationNumber": 1}]}]
)
def test_a_list_in_another_shape_is_refused(answer: object) -> None:
    with pytest.raises(ValueError, match="application"):
        reconciliation.read_list(answer)


def test_the_pull_list_gives_every_event_once_in_order(desk: Desk) -> None:
    numbers = [desk.submit(f"draft-{n}").number for n in range(7)]
    seen: list[str] = []
    after: str | None = None
    with Session(desk.engine) as session:
        while True:
            page = feed.read(session, "default", after=after, limit=3)
            seen += [event["subject"] for event in page.events]
            after = page.after
            if not page.more:
                break
        assert seen == numbers
        assert feed.read(session, "default", after=after).events == []
        assert feed.read(session, "yanbian", after=None).events == []


@pytest.mark.parametrize("cursor", ["x", "cA", "cDE!", "é", "cC0x", "A" * 200])
def test_a_made_up_cursor_is_refused(desk: Desk, cursor: str) -> None:
    with Session(desk.engine) as session, pytest.raises(feed.CursorError):
        feed.read(session, "default", after=cursor)


def test_an_acknowledgement_settles_the_message_only_with_the_right_hash(desk: Desk) -> None:
    sent = desk.submit()
    key = desk.message(sent.number).id

    def acknowledge(id_: str, digest: str, route: str = "default") -> Acknowledgement:
        with db.writing(desk.engine) as session:
            return feed.acknowledge(session, route, id_, case_number="C-7", content_hash=digest, now=now())

    assert acknowledge("no-such-event", sent.content_hash) == Acknowledgement.UNKNOWN
    assert acknowledge(key, sent.content_hash, "yanbian") == Acknowledgement.UNKNOWN
    assert acknowledge(key, "0" * 64) == Acknowledgement.HASH_DIFFERS
    assert desk.message(sent.number).state == OutboxState.PENDING
    assert acknowledge(key, sent.content_hash) == Acknowledgement.TAKEN
    message = desk.message(sent.number)
    assert (message.state, message.case_number) == (OutboxState.ACKNOWLEDGED, "C-7")


def test_a_problem_reported_later_opens_the_message_again_without_its_free_text(desk: Desk) -> None:
    sent = desk.submit()
    desk.deliver()
    key = desk.message(sent.number).id
    with db.writing(desk.engine) as session:
        assert (
            feed.report_problem(session, "default", key, code="张三的身份证", now=now())
            == Acknowledgement.TAKEN
        )
    assert desk.message(sent.number).problem == "receiver:other"
    assert desk.message(sent.number).state == OutboxState.PARKED


def test_the_sandbox_passes_its_own_conformance_kit_and_no_comparison_counts_its_tests(
    desk: Desk, cases: Sandbox
) -> None:
    results = conformance.check(desk.settings, cases.url, now)
    assert [(r.name, r.seen) for r in results if not r.passed] == []
    assert len(results) >= 18
    assert all(case.application_number.startswith("TEST") for case in cases.cases())
    assert operations.reconcile(desk.engine, desk.settings, "default", mend=True).count == 0


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ({"kind": "wrong_hash"}, "contentHash"),
        ({"kind": "status", "status": 500}, "stored or accepted"),
        ({"kind": "garbage"}, "receipt has"),
        ({"kind": "status", "status": 404, "target": "receipts"}, "can be asked for"),
    ],
)
def test_the_kit_finds_what_a_case_system_does_wrong(
    tmp_path: Path, cases: Sandbox, fault: dict[str, object], rule: str
) -> None:
    cases.fault(**fault)  # type: ignore[arg-type]  # kind and its parameters
    results = conformance.check(settings_for(tmp_path), cases.url, now)
    assert any(rule in result.name for result in results if not result.passed)


def test_a_stranger_passes_no_check_of_the_sandbox(tmp_path: Path, cases: Sandbox) -> None:
    stranger = replace(settings_for(tmp_path), secret_key="another secret, of somebody else entirely")
    assert keys.own(stranger).keys().isdisjoint(keys.own(settings_for(tmp_path)))
    results = conformance.check(stranger, cases.url, now)
    assert not results[0].passed
    assert cases.cases() == []

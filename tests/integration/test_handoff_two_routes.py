"""Two counties with case systems of their own: each gets its applications and may report only on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal import clock, db
from portal.factory import create_app
from portal.handoff import callbacks, keys, operations, snapshot
from portal.handoff.callbacks import Verdict
from portal.handoff.events import CaseEvent
from portal.handoff.models import OutboxState
from portal.handoff.sandbox.store import StoredEvent
from tests.support.handoff import START, Desk, Sandbox, document, office, sandbox, settings_for


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Desk, Sandbox, Sandbox]]:
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    with (
        sandbox(settings_for(tmp_path / "first")) as changchun,
        sandbox(settings_for(tmp_path / "second")) as yanbian,
    ):
        stranger = Ed25519PrivateKey.generate().public_key()
        file = tmp_path / "routes.toml"
        file.write_text(
            f'[[route]]\nname = "yanbian"\nurl = "{yanbian.url}"\nregions = ["2224"]\n'
            f'keys = ["{keys.written("yanbian", stranger)}"]\n'
        )
        settings = settings_for(tmp_path, case_system_url=changchun.url, routes_file=file)
        with office(settings) as engine:
            yield Desk(engine, settings), changchun, yanbian


def send(desk: Desk, draft: str, region: str) -> str:
    with db.writing(desk.engine) as session:
        return snapshot.submit(
            session, desk.settings, draft_id=draft, document=document(region=region), region=region,
            query_code="X", now=desk.clock(),
        ).number  # fmt: skip


def test_each_case_system_gets_the_applications_of_its_region(both: tuple[Desk, Sandbox, Sandbox]) -> None:
    desk, changchun, yanbian = both
    here, there = send(desk, "a", "220104"), send(desk, "b", "222401")
    desk.deliver()
    assert [case.application_number for case in changchun.cases()] == [here]
    assert [case.application_number for case in yanbian.cases()] == [there]


def test_a_county_that_is_down_does_not_hold_up_the_other(both: tuple[Desk, Sandbox, Sandbox]) -> None:
    desk, changchun, yanbian = both
    yanbian.fault("slow", seconds=3, times=20)
    stuck = [send(desk, f"b{n}", "222401") for n in range(12)]
    free = [send(desk, f"a{n}", "220104") for n in range(12)]
    desk.deliver()
    assert {desk.message(number).state for number in free} == {OutboxState.DELIVERED}
    assert len(changchun.cases()) == 12
    assert OutboxState.UNKNOWN in {desk.message(number).state for number in stuck}


def test_one_county_cannot_report_on_an_application_of_the_other(both: tuple[Desk, Sandbox, Sandbox]) -> None:
    desk, _changchun, _yanbian = both
    number = send(desk, "a", "220104")
    told = CaseEvent("urn:c", "e1", number, "approved", 1, START, {})
    with db.writing(desk.engine) as session:
        assert callbacks.receive(session, told, now=desk.clock(), route="yanbian") == Verdict.UNKNOWN_CASE
        assert callbacks.receive(session, told, now=desk.clock(), route="default") == Verdict.APPLIED


def test_every_night_both_lists_are_compared_and_what_agrees_is_noted(
    both: tuple[Desk, Sandbox, Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, _changchun, yanbian = both
    here, there = send(desk, "a", "220104"), send(desk, "b", "222401")
    desk.deliver()
    monkeypatch.setattr(clock, "now", desk.clock)
    app = create_app(desk.settings)
    done = app.test_cli_runner().invoke(args=["handoff", "reconcile"])
    assert (done.exit_code, done.output.count(": agreed 1\n")) == (0, 2), done.output
    assert all(desk.message(number).reconciled_at for number in (here, there))

    with db.writing(yanbian.store.engine) as session:
        session.execute(delete(StoredEvent))
    app.extensions["doudi_engine"].dispose()
    app = create_app(replace(desk.settings, case_system_url="http://127.0.0.1:9"))
    done = app.test_cli_runner().invoke(args=["handoff", "reconcile"])
    assert done.exit_code == 1
    assert "default: The case system gave no list" in done.output
    assert f"missing at the case system: {there} v1" in done.output
    app.extensions["doudi_engine"].dispose()


def test_before_anything_was_sent_every_case_system_is_asked(both: tuple[Desk, Sandbox, Sandbox]) -> None:
    desk, _changchun, _yanbian = both
    with Session(desk.engine) as session:
        assert operations.routes_in_use(session, desk.settings) == ["default", "yanbian"]
    send(desk, "b", "222401")
    with Session(desk.engine) as session:
        assert operations.routes_in_use(session, desk.settings) == ["yanbian"]

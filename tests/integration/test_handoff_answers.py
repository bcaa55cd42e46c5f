"""Every answer a case system can give, and what it asks us to wait."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.handoff.models import OutboxState
from tests.support.handoff import Desk, Sandbox, office, sandbox, settings_for


@pytest.fixture
def cases(tmp_path: Path) -> Iterator[Sandbox]:
    with sandbox(settings_for(tmp_path)) as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, cases: Sandbox) -> Iterator[Desk]:
    settings = settings_for(tmp_path, case_system_url=cases.url)
    with office(settings) as engine:
        yield Desk(engine, settings, cases.clock)


PERMANENT = {
    400,
    402,
    404,
    405,
    406,
    410,
    411,
    412,
    413,
    414,
    415,
    416,
    417,
    418,
    422,
    423,
    424,
    426,
    428,
    431,
    451,
}


@pytest.mark.parametrize(
    "status", [*sorted(PERMANENT), 408, 425, 429, 500, 501, 502, 503, 504, 507, 511, 599]
)
def test_a_permanent_refusal_parks_at_once_and_a_passing_one_waits(
    desk: Desk, cases: Sandbox, status: int
) -> None:
    cases.fault("status", status=status)
    sent = desk.submit()
    desk.deliver()
    message = desk.message(sent.number)
    assert message.state == (OutboxState.PARKED if status in PERMANENT else OutboxState.RETRY_WAIT)
    assert message.problem == f"status-{status}"
    desk.clock.turn(seconds=6)
    desk.deliver()
    assert len(cases.cases()) == (0 if status in PERMANENT else 1)


@pytest.mark.parametrize(
    ("header", "seconds"), [("60", 60), ("0", 5), ("999999999", 7200), ("soon", 5), ("-5", 5), ("", 5)]
)
def test_retry_after_lengthens_the_pause_within_reason(
    desk: Desk, cases: Sandbox, header: str, seconds: int
) -> None:
    cases.fault("status", status=503, retryAfter=header)
    sent = desk.submit()
    desk.deliver()
    assert (desk.message(sent.number).next_attempt_at - desk.clock()).total_seconds() == seconds

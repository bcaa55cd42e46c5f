"""The relay is killed with SIGKILL while it works; afterwards there is one case for each application."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from portal.handoff.models import OutboxState
from portal.handoff.relay import Pace
from tests.support import relay_process
from tests.support.handoff import Desk, Sandbox, office, sandbox, settings_for

HASTY = Pace(lease=1.0, poll=0.05, connect=0.5, total=0.9)
ROUNDS = 20


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def cases(tmp_path: Path) -> Iterator[Sandbox]:
    with sandbox(settings_for(tmp_path), now) as running:
        yield running


def until(condition: object, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    assert callable(condition)
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def kill(relay: subprocess.Popen[bytes]) -> None:
    relay.send_signal(signal.SIGKILL)
    relay.wait()


def test_killed_at_any_point_of_a_delivery_it_leaves_one_case_each(tmp_path: Path, cases: Sandbox) -> None:
    """Every second round the case system has stored the event and holds the answer when the relay dies."""
    chance = random.Random(20261122)  # noqa: S311  # a fixed seed, no secret
    settings = settings_for(tmp_path, case_system_url=cases.url)
    with office(settings) as engine:
        desk = Desk(engine, settings, now)  # type: ignore[arg-type]  # real time: the other side is a real process
        relay = relay_process.start(settings, HASTY)
        numbers = []
        for round_ in range(ROUNDS):
            held = round_ % 2 == 0
            if held:
                cases.fault("slow", seconds=0.5)
            numbers.append(desk.submit(f"draft-{round_}").number)
            if held:
                until(lambda: len(cases.events()) == len(numbers))
            else:
                time.sleep(chance.uniform(0.0, 0.12))
            kill(relay)
            relay = relay_process.start(settings, HASTY)
            until(lambda: desk.message(numbers[-1]).state == OutboxState.DELIVERED)
        kill(relay)
        assert [desk.message(number).state for number in numbers] == [OutboxState.DELIVERED] * ROUNDS
        assert sorted(case.application_number for case in cases.cases()) == sorted(numbers)
        assert len(cases.events()) == ROUNDS
        told = {desk.message(number).case_number for number in numbers}
        assert told == {case.case_number for case in cases.cases()}


def running(cases: Sandbox) -> bool:
    return bool(httpx.get(f"{cases.url}/faults").json()["running"])


def test_a_relay_told_to_end_finishes_the_call_it_has_begun(tmp_path: Path, cases: Sandbox) -> None:
    settings = settings_for(tmp_path, case_system_url=cases.url)
    with office(settings) as engine:
        desk = Desk(engine, settings, now)  # type: ignore[arg-type]  # real time: the other side is a real process
        cases.fault("slow", seconds=1.0)
        sent = desk.submit()
        relay = relay_process.start(settings, Pace(poll=0.05))
        until(lambda: running(cases))
        relay.send_signal(signal.SIGTERM)
        assert relay.wait(timeout=10) == 0
        assert desk.message(sent.number).state == OutboxState.DELIVERED

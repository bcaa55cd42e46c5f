"""The relay and its database: relays share the work, a crash loses nothing, a new message wakes them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal import db
from portal.handoff.models import DeliveryAttempt, OutboxMessage, OutboxState
from portal.handoff.relay import Pace, Relay
from tests.support import relay_process
from tests.support.handoff import Desk, Sandbox, office, sandbox, settings_for
from tests.support.postgres import Server, end, new_database, new_server

PACE = Pace(lease=25.0, poll=0.05, connect=2.0, total=5.0)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def cases(tmp_path: Path) -> Iterator[Sandbox]:
    with sandbox(settings_for(tmp_path), now) as running:
        yield running


@pytest.fixture
def crashing() -> Iterator[Server]:
    """A cluster of its own, for it will be crashed."""
    server = new_server(durable=True)
    yield server
    end(server)


def states(desk: Desk) -> set[str]:
    with Session(desk.engine) as session:
        return set(session.scalars(select(OutboxMessage.state)))


def until_delivered(desk: Desk, seconds: float) -> None:
    over = time.monotonic() + seconds
    while states(desk) != {OutboxState.DELIVERED}:
        assert time.monotonic() < over, states(desk)
        time.sleep(0.05)


@pytest.mark.postgres
def test_three_relays_on_postgresql_share_the_work_and_send_nothing_twice(
    tmp_path: Path, cases: Sandbox, postgres_url: str
) -> None:
    settings = settings_for(tmp_path, case_system_url=cases.url, database_url=postgres_url)
    with office(settings) as engine:
        desk = Desk(engine, settings, now)  # type: ignore[arg-type]  # real time: real processes
        for n in range(60):
            desk.submit(f"draft-{n}")
        relays = [relay_process.start(settings, PACE) for _ in range(3)]
        until_delivered(desk, 40)
        for relay in relays:
            relay.terminate()
            assert relay.wait(timeout=20) == 0
        assert len(cases.events()) == 60
        with Session(engine) as session:
            assert len(session.scalars(select(DeliveryAttempt.id)).all()) == 60


@pytest.mark.postgres
def test_postgresql_crashing_under_a_working_relay_loses_and_doubles_nothing(
    tmp_path: Path, cases: Sandbox, crashing: Server
) -> None:
    """Immediate shutdown and start three times while applications come in; the relay process never ends."""
    settings = settings_for(tmp_path, case_system_url=cases.url, database_url=new_database(crashing))
    with office(settings) as engine:
        desk = Desk(engine, settings, now)  # type: ignore[arg-type]  # real time: real processes
        relay = relay_process.start(settings, Pace(lease=3.0, poll=0.05, connect=1.0, total=2.0))
        sent: list[str] = []
        for crash in range(3):
            stop = threading.Event()
            writer = threading.Thread(target=_submit_until, args=(desk, stop, sent, crash))
            writer.start()
            time.sleep(0.4)
            crashing.restart()
            time.sleep(0.4)
            stop.set()
            writer.join()
        assert relay.poll() is None
        until_delivered(desk, 40)
        relay.terminate()
        relay.wait(timeout=20)
        assert len(sent) > 10
        stored = [event.application_number for event in cases.events()]
        assert len(stored) == len(set(stored))
        assert set(sent) <= set(stored)


def _submit_until(desk: Desk, stop: threading.Event, sent: list[str], crash: int) -> None:
    n = 0
    while not stop.is_set():
        n += 1
        try:
            sent.append(desk.submit(f"draft-{crash}-{n}").number)
        except DBAPIError:
            time.sleep(0.02)  # the citizen sees an error page and tries again: no promise was made


@pytest.mark.postgres
def test_a_new_message_wakes_a_sleeping_relay_at_once(
    tmp_path: Path, cases: Sandbox, postgres_url: str
) -> None:
    settings = settings_for(tmp_path, case_system_url=cases.url, database_url=postgres_url)
    with office(settings) as engine:
        desk = Desk(engine, settings, now)  # type: ignore[arg-type]  # real time: a real thread
        relay, stop = Relay(engine, settings, Pace(poll=10.0, sweep=15.0)), threading.Event()
        thread = threading.Thread(target=relay.run, args=(stop,))
        thread.start()
        try:
            time.sleep(1.0)
            desk.submit()
            begun = time.monotonic()
            until_delivered(desk, 5)
            assert time.monotonic() - begun < 3
        finally:
            stop.set()
            relay.wake.set()
            thread.join()


def test_a_locked_sqlite_is_waited_for(tmp_path: Path, cases: Sandbox) -> None:
    settings = settings_for(tmp_path, case_system_url=cases.url)
    with office(settings) as engine:
        desk = Desk(engine, settings, now)  # type: ignore[arg-type]  # real time: a real thread
        sent = desk.submit()
        with db.writing(engine):
            relay = threading.Thread(target=desk.deliver)
            relay.start()
            time.sleep(0.5)
        relay.join()
        assert desk.message(sent.number).state == OutboxState.DELIVERED

"""The relay: takes due messages from the outbox, calls the case systems in parallel, settles the answers.

One thread owns the database and its transactions; pool threads only call. Killed at any point it loses
nothing: the attempt is committed before the call, and a lease nobody renews ends in the state unknown.
"""

from __future__ import annotations

import logging
import os
import random
import secrets
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal import clock, db, log
from portal.config import Settings
from portal.handoff import breaker, outbox, wake_up
from portal.handoff.authenticity import for_route
from portal.handoff.case_system import Answer, CaseSystem, Outcome
from portal.handoff.models import OutboxState
from portal.handoff.outbox import Job
from portal.handoff.route_table import table

WARN_AFTER = timedelta(minutes=15)
PAGE_AFTER = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a relay works, in seconds. A lease outlives the longest call, or two would send at once."""

    lease: float = 60.0
    poll: float = 1.0
    sweep: float = 15.0
    per_route: int = 8
    threads: int = 32
    connect: float = 5.0
    total: float = 20.0

    def __post_init__(self) -> None:
        if self.lease <= self.total:
            raise ValueError("a lease must be longer than the longest call")


@dataclass(slots=True)
class Relay:
    """One relay process. `step` does what is possible now and says whether anything moved."""

    engine: Engine
    settings: Settings
    pace: Pace = field(default_factory=Pace)
    now: Callable[[], datetime] = clock.now
    chance: Callable[[], float] = random.Random().random  # noqa: S311  # spreads retries, no secret
    owner: str = field(
        default_factory=lambda: f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
    )
    calls: dict[Future[Answer], Job] = field(default_factory=dict)
    swept: float = -3600.0
    warned: float = -3600.0
    wake: threading.Event = field(default_factory=threading.Event)
    pool: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self.pool = ThreadPoolExecutor(self.pace.threads, thread_name_prefix="case-system")

    def step(self, *, take_new: bool = True) -> bool:
        """Settle finished calls and start due ones, in one transaction; False where nothing was to do."""
        finished = [future for future in self.calls if future.done()]
        now = self.now()
        look = time.monotonic() - self.swept >= self.pace.poll
        with Session(self.engine) as session:
            stale = look and outbox.needs_sweep(session, now)
            room = self._room(session, now) if take_new else {}
            if look:
                self.swept = time.monotonic()
                self._watch(outbox.oldest_undelivered(session), now)
        if not (finished or stale or room):
            return False
        jobs: list[Job] = []
        with db.writing(self.engine) as session:
            if stale:
                expired, parked = outbox.sweep(session, now)
                _say_swept(expired, parked)
            for future in finished:
                self._settle(session, self.calls[future], future.result(), now)
            lease = timedelta(seconds=self.pace.lease)
            for route, free in room.items():
                allowed = breaker.allowance(session, route, now=now, wanted=free)
                if allowed:
                    jobs += outbox.claim(
                        session, route, owner=self.owner, now=now, limit=allowed, lease=lease
                    )
        for future in finished:
            del self.calls[future]
        for job in jobs:  # only now, after the commit: the attempt is on record before anybody is called
            self.calls[self.pool.submit(self._call, job)] = job
        return bool(finished or stale or jobs)

    def drain(self) -> None:
        """Deliver what is due and wait for every answer."""
        while self.step() or self.calls:
            if self.calls:
                wait(self.calls, timeout=self.pace.poll, return_when=FIRST_COMPLETED)

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what is under way then is finished and settled.

        A database that is away for a while (restart, failover) is waited for; nothing is forgotten meanwhile.
        """
        with wake_up.listening(self.engine, self.wake) as listener:
            while self.calls or not stop.is_set():
                try:
                    moved = self.step(take_new=not stop.is_set())
                    if self.calls:
                        wait(self.calls, timeout=self.pace.poll, return_when=FIRST_COMPLETED)
                    elif not moved and not stop.is_set():
                        self.wake.wait(self._pause(listener.alive))
                        self.wake.clear()
                except DBAPIError as error:
                    log.event("relay.database_away", level=logging.ERROR, error=type(error).__name__)
                    stop.wait(self.pace.poll)

    def _pause(self, notified: bool) -> float:
        """How long nothing will be due: a poll, or up to a sweep where new messages announce themselves."""
        if not notified:
            return self.pace.poll
        with Session(self.engine) as session:
            due = outbox.next_due(session)
        ahead = (due - self.now()).total_seconds() if due else self.pace.sweep
        return min(max(ahead, self.pace.poll), self.pace.sweep)

    def _watch(self, oldest: datetime | None, now: datetime) -> None:
        """Warn once a quarter of an hour while something waits that long, loudly after two hours."""
        age = now - oldest if oldest else timedelta(0)
        if age < WARN_AFTER or time.monotonic() - self.warned < WARN_AFTER.total_seconds():
            return
        self.warned = time.monotonic()
        level = logging.ERROR if age >= PAGE_AFTER else logging.WARNING
        log.event("relay.backlog", level=level, oldest_seconds=int(age.total_seconds()))

    def _room(self, session: Session, now: datetime) -> dict[str, int]:
        """How many calls each route with due messages may start."""
        busy = Counter(job.route for job in self.calls.values())
        spare = self.pace.threads - len(self.calls)
        room: dict[str, int] = {}
        for route in table(self.settings):
            free = min(self.pace.per_route - busy[route], spare)
            if free > 0 and outbox.has_due(session, route, now):
                room[route] = free
                spare -= free
        return room

    def _call(self, job: Job) -> Answer:
        try:
            system = CaseSystem(
                table(self.settings)[job.route].url,
                for_route(self.settings, job.route, self.now),
                self.now,
                self.pace.connect,
                self.pace.total,
            )
            if job.ask:
                return system.receipt(job.message_id, job.content_hash)
            return system.send(job.message_id, job.body, job.content_hash)
        except Exception as error:  # a defect of ours must not end the relay: this outcome is unknown
            log.event(
                "relay.call_failed", level=logging.ERROR, message=job.message_id, error=type(error).__name__
            )
            return Answer(Outcome.UNKNOWN, 0, problem="internal-error")

    def _settle(self, session: Session, job: Job, answer: Answer, now: datetime) -> None:
        state = outbox.settle(session, job, answer, owner=self.owner, now=now, chance=self.chance())
        alarm = state == OutboxState.PARKED or answer.problem == "content-hash-differs"
        log.event(
            "relay.alarm" if alarm else "relay.settled",
            level=logging.ERROR if alarm else logging.INFO,
            message=job.message_id,
            attempt=job.attempt,
            call="receipt" if job.ask else "send",
            outcome=answer.outcome,
            status=answer.status,
            state=state,
            ms=answer.milliseconds,
            problem=answer.problem,
        )


def run_relay(engine: Engine, settings: Settings, once: bool = False, pace: Pace | None = None) -> None:
    """Deliver until the process is told to end (SIGTERM, SIGINT), or once through what is due."""
    relay = Relay(engine, settings, pace or Pace())
    if once:
        relay.drain()
        relay.pool.shutdown()
        return
    stop = threading.Event()

    def end(*_signal: object) -> None:
        stop.set()
        relay.wake.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    log.event("relay.started", owner=relay.owner)
    relay.run(stop)
    relay.pool.shutdown()
    log.event("relay.ended", owner=relay.owner)


def _say_swept(expired: int, parked: int) -> None:
    if expired:
        log.event("relay.leases_expired", level=logging.WARNING, count=expired)
    if parked:
        log.event("relay.alarm", level=logging.ERROR, state=OutboxState.PARKED, count=parked)

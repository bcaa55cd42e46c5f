"""The hand-off under faults in full numbers, with fixed seeds and a report.

`python -m tests.fault.soak --report tests/fault/REPORT.md` (every number can be set, see `--help`).
Each trial ends by checking that every promised application is one case, delivered, and none is there twice.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import signal
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from sqlalchemy import create_engine, event, func, select, update
from sqlalchemy.orm import Session

from portal import db
from portal.config import Settings
from portal.handoff import keys, outbox, retention, signatures
from portal.handoff.case_system import NoReply, call
from portal.handoff.events import MEDIA_TYPE
from portal.handoff.models import OutboxMessage, OutboxState, Submission
from portal.handoff.relay import Pace, Relay, run_relay
from tests.support import relay_process
from tests.support.handoff import Clock, Desk, office, settings_for

SEED = 20261122
POINTS = ("before write", "after application row", "after outbox row", "before commit", "after commit")
HASTY = Pace(lease=0.7, poll=0.02, connect=0.3, total=0.6)


def now() -> datetime:
    return datetime.now(UTC)


class Trial:
    """A portal's database and a sandbox process in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.port = _free_port()
        self.settings = settings_for(folder, case_system_url=f"http://127.0.0.1:{self.port}")
        self.folder = folder
        self.sandbox = relay_process.start_sandbox(self.settings, self.port)
        _until(self._answers, 30)

    def _answers(self) -> bool:
        try:
            httpx.get(f"{self.settings.case_system_url}/faults", timeout=1)
        except httpx.HTTPError:
            return False
        return True

    def held(self) -> list[str]:
        """Application numbers in the sandbox's store, one for each stored event."""
        engine = create_engine(f"sqlite:///{self.folder / 'sandbox.sqlite'}")
        with engine.connect() as link:
            found = [str(row[0]) for row in link.exec_driver_sql("SELECT application_number FROM event")]
        engine.dispose()
        return found

    def drain(self, desk: Desk, seconds: float, pace: Pace | None = None) -> float:
        """Deliver everything with a relay process; the seconds it took. Pauses of the schedule are cut short."""
        relay = relay_process.start(self.settings, pace or Pace(poll=0.05))
        begun = time.monotonic()
        while _open(desk) and time.monotonic() - begun < seconds:
            _until(lambda: _open(desk) == 0, 15)
            with db.writing(desk.engine) as session:
                waiting = (OutboxState.UNKNOWN, OutboxState.RETRY_WAIT)
                session.execute(
                    update(OutboxMessage)
                    .where(OutboxMessage.state.in_(waiting))
                    .values(next_attempt_at=now())
                )
        took = time.monotonic() - begun
        relay.terminate()
        relay.wait(timeout=60)
        return took

    def verdict(self, desk: Desk, promised: set[str]) -> str:
        held = self.held()
        with Session(desk.engine) as session:
            open_ = session.scalar(select(func.count()).where(OutboxMessage.state != OutboxState.DELIVERED))
        lost, doubled = promised - set(held), len(held) - len(set(held))
        good = not lost and not doubled and not open_
        counts = f"{len(promised)} promised, {len(lost)} lost, {doubled} doubled, {open_} open"
        return f"{'PASS' if good else 'FAIL'}: {counts}"


@contextmanager
def trial() -> Iterator[tuple[Trial, Desk]]:
    with tempfile.TemporaryDirectory(prefix="doudi-soak-") as folder:
        made = Trial(Path(folder))
        with office(made.settings) as engine:
            yield made, Desk(engine, made.settings, now)  # type: ignore[arg-type]  # real time
        made.sandbox.kill()
        made.sandbox.wait()


def f1_web_worker_killed(kills: int) -> str:
    """SIGKILL inside the submission's transaction at five named points; the citizen sends once more."""
    with trial() as (made, desk):
        died = 0
        for n in range(kills):
            point = POINTS[n % len(POINTS)]
            desk.engine.dispose()
            child = os.fork()
            if child == 0:
                _submit_and_die(desk.settings, f"draft-{n}", point)
            _pid, status = os.waitpid(child, 0)
            died += os.WIFSIGNALED(status)
            desk.submit(f"draft-{n}")
        with Session(desk.engine) as session:
            promised = set(session.scalars(select(Submission.number)))
        made.drain(desk, 60 + kills)
        counted = (
            "" if len(promised) == kills == died else f" (wrong count: {len(promised)} rows, {died} died)"
        )
        return f"{died} kills at {len(POINTS)} points; {made.verdict(desk, promised)}{counted}"


def f2_relay_killed(kills: int) -> str:
    """SIGKILL of the relay: before it claims, while it sends, while it settles; counted by what it left."""
    chance = random.Random(SEED)  # noqa: S311  # a fixed seed, no secret
    with trial() as (made, desk):
        promised: set[str] = set()
        left = Counter[str]()
        for n in range(kills):
            number = desk.submit(f"draft-{n}").number
            promised.add(number)
            desk.engine.dispose()
            child = os.fork()
            if child == 0:
                logging.disable()
                run_relay(db.make_engine(desk.settings.database_url), desk.settings, pace=HASTY)
                os._exit(0)
            if n % 5:  # four of five are killed within a delivery, the fifth at any moment
                _until(lambda: desk.message(number).state != OutboxState.PENDING, 5)  # noqa: B023  # asked at once
            time.sleep(chance.uniform(0.0, 0.06))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            left[desk.message(number).state] += 1
        made.drain(desk, 60 + kills)
        found = ", ".join(f"{count} {state}" for state, count in sorted(left.items()))
        return f"{kills} kills, after which the message was: {found}; {made.verdict(desk, promised)}"


def f3_case_system_down(queued: int) -> str:
    """Down for 10 min, 4 h, 72 h and 8 days in compressed time, then the queue is drained."""
    lines = []
    for words, away in (
        ("10 min", timedelta(minutes=10)), ("4 h", timedelta(hours=4)),
        ("72 h", timedelta(hours=72)), ("8 days", timedelta(days=8)),
    ):  # fmt: skip
        with trial() as (made, desk):
            clock = Clock(now() - away)
            gone = Desk(desk.engine, replace(desk.settings, case_system_url="http://127.0.0.1:9"), clock)
            promised: set[str] = set()
            for start in range(0, queued, 500):
                with db.writing(desk.engine) as session:
                    for n in range(start, min(start + 500, queued)):
                        promised.add(gone.submit_in(session, f"draft-{n}").number)
            relay = Relay(gone.engine, gone.settings, Pace(poll=0.01, connect=1.0, total=2.0), clock)
            step = max(timedelta(minutes=1), away / 1500)
            while clock.moment < now():
                relay.drain()
                clock.moment = min(clock.moment + step, now() + timedelta(seconds=1))
            relay.pool.shutdown()
            with db.writing(desk.engine) as session:
                parked = session.execute(
                    update(OutboxMessage)
                    .where(OutboxMessage.state == OutboxState.PARKED)
                    .values(
                        state=OutboxState.UNKNOWN, next_attempt_at=now(), give_up_at=now() + timedelta(days=7)
                    )
                ).rowcount  # type: ignore[attr-defined]  # an UPDATE has one
                outbox.sweep(session, now())
            made.drain(desk, 120 + queued / 5, Pace(poll=0.05))
            with Session(desk.engine) as session:
                first, last = session.execute(
                    select(func.min(OutboxMessage.delivered_at), func.max(OutboxMessage.delivered_at))
                ).one()
            took = (last - first).total_seconds()
            lines.append(
                f"{words}: {parked} parked and replayed, then {queued / max(took, 0.01):.0f}/s for {took:.0f} s; "
                f"{made.verdict(desk, promised)}"
            )
    return "; ".join(lines)


def f6_doubled_submits(submits: int) -> str:
    """The same drafts sent from eight threads at once."""
    with trial() as (made, desk):
        drafts = max(1, submits // 50)
        seen: list[set[str]] = [set() for _ in range(drafts)]

        def send(part: int) -> None:
            for n in range(submits // 8):
                draft = (n * 8 + part) % drafts
                seen[draft].add(desk.submit(f"draft-{draft}").number)

        threads = [threading.Thread(target=send, args=(part,)) for part in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        promised = {number for numbers in seen for number in numbers}
        made.drain(desk, 60 + drafts)
        several = sum(len(numbers) > 1 for numbers in seen)
        return f"{submits} submits of {drafts} drafts, {several} with two receipts; {made.verdict(desk, promised)}"


def f7_same_key(calls: int) -> str:
    """Same key with the same body (201), another body (422), in flight (409), by signed calls."""
    with trial() as (made, desk):
        sent = desk.submit()
        made.drain(desk, 60)
        message = desk.message(sent.number)
        from portal.handoff.events import write

        body = write(message, sent.document)
        sign = signatures.signer(keys.own(made.settings), now)
        wrong = 0
        for n in range(calls):
            other = n % 2 == 1
            given = body + b" " if other else body
            headers = {"Content-Type": MEDIA_TYPE, "Idempotency-Key": message.id}
            url = f"{made.settings.case_system_url}/events"
            reply = call("POST", url, {**headers, **sign("POST", url, headers, given)}, given)
            wrong += isinstance(reply, NoReply) or reply.status != (422 if other else 201)
        return f"{calls} calls, {wrong} wrong answers; {made.verdict(desk, {sent.number})}"


def f16_retention(applications: int) -> str:
    """Applications in every state, all far over their term: only settled, reconciled, closed ones may go."""
    with trial() as (_made, desk):
        old = now() - timedelta(days=4000)
        with db.writing(desk.engine) as session:
            for n in range(applications):
                desk.submit_in(session, f"draft-{n}")
            for n, state in enumerate(OutboxState):
                session.execute(
                    update(OutboxMessage)
                    .where(OutboxMessage.position % len(OutboxState) == n)
                    .values(state=state, created_at=old, reconciled_at=old)
                )
        with Session(desk.engine) as session:
            found = retention.due(session, now=now(), term=timedelta(days=3650))
        counts = f"{len(found.held_back)} held back, {len(found.deletable)} deletable"
        return f"{'PASS' if not found.deletable else 'FAIL'}: {counts}"


def _submit_and_die(settings: Settings, draft: str, point: str) -> None:
    """In a child process: submit, and be killed at the named point."""
    engine = db.make_engine(settings.database_url)

    def die(*_anything: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with db.writing(engine) as session:
        if point == "before write":
            die()
        if point == "before commit":
            event.listen(session, "before_commit", die)
        if point == "after commit":
            event.listen(session, "after_commit", die)
        if point in ("after application row", "after outbox row"):
            table = "submission" if point == "after application row" else "outbox_message"
            event.listen(
                engine, "after_cursor_execute",
                lambda _c, _k, statement, *_more: die() if statement.startswith(f"INSERT INTO {table}") else None,
            )  # fmt: skip
        Desk(engine, settings, now).submit_in(session, draft)  # type: ignore[arg-type]  # real time
    os._exit(0)


def _open(desk: Desk) -> int:
    with Session(desk.engine) as session:
        return session.scalar(select(func.count()).where(OutboxMessage.state != OutboxState.DELIVERED)) or 0


def _until(condition: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return  # the verdict says what is missing
        time.sleep(0.002)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> int:
    """Run the trials and print (or write) the report; exit code 1 where one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fault.soak")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--queued", type=int, default=50_000)
    parser.add_argument("--duplicates", type=int, default=10_000)
    parser.add_argument("--only", nargs="*", default=[], help="f1 f2 f3 f6 f7 f16")
    parser.add_argument("--report", type=Path)
    given = parser.parse_args()
    trials: dict[str, Callable[[], str]] = {
        "f1": lambda: f1_web_worker_killed(given.kills),
        "f2": lambda: f2_relay_killed(given.kills),
        "f3": lambda: f3_case_system_down(given.queued),
        "f6": lambda: f6_doubled_submits(given.duplicates),
        "f7": lambda: f7_same_key(given.duplicates),
        "f16": lambda: f16_retention(given.duplicates),
    }
    rows = []
    for name, run in trials.items():
        if given.only and name not in given.only:
            continue
        begun = time.monotonic()
        print(f"{name} …", flush=True)
        result = run()
        rows.append(f"| {name.upper()} | {run_title(name)} | {result} | {time.monotonic() - begun:.0f} s |")
        print(rows[-1], flush=True)
    if given.report:
        given.report.write_text(_report(rows, given), encoding="utf-8")
    return 1 if any("FAIL" in row or "wrong count" in row for row in rows) else 0


def run_title(name: str) -> str:
    """What a trial does, in words."""
    titles = {
        "f1": f1_web_worker_killed, "f2": f2_relay_killed, "f3": f3_case_system_down,
        "f6": f6_doubled_submits, "f7": f7_same_key, "f16": f16_retention,
    }  # fmt: skip
    return (titles[name].__doc__ or "").strip()


def _report(rows: list[str], given: argparse.Namespace) -> str:
    cores = os.cpu_count()
    return (
        "# The hand-off under faults\n\n"
        f"Made on {now():%Y-%m-%d} by `python -m tests.fault.soak --kills {given.kills} --queued {given.queued} "
        f"--duplicates {given.duplicates}`, seed {SEED}, {cores} cores, Python {sys.version.split()[0]}, SQLite.\n\n"
        "| no. | fault | result | time |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"
    )


if __name__ == "__main__":
    sys.exit(main())

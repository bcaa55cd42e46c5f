"""Counters without persons: how often something happened on a day in a place.

A page only adds in memory; at most every few seconds a request that may write brings the sums to the
database in one transaction, so that counting costs readers nothing. A process that is killed loses those seconds.
"""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections import Counter
from collections.abc import Mapping
from datetime import date

from flask import Flask, Response, current_app, request
from sqlalchemy import Date, Engine, String
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock, db, log
from portal.config import Settings
from portal.db import Base

KEY = "doudi_counts"
EVERY_SECONDS = 5.0
LONGEST_NAME = 120

Count = tuple[date, str, str]  # day, place code or "", name


class DailyCount(Base):
    """How often `name` happened on `day` at `region` (six digits, or empty where no place was named)."""

    __tablename__ = "daily_count"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    region: Mapped[str] = mapped_column(String(6), primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME), primary_key=True)
    value: Mapped[int]


class Pending:
    """What one process has counted and not yet written."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._counted: Counter[Count] = Counter()
        self._written_at = 0.0

    def add(self, count: Count) -> None:
        with self._lock:
            self._counted[count] += 1

    def snapshot(self) -> Mapping[Count, int]:
        with self._lock:
            return dict(self._counted)

    def due(self) -> bool:
        return bool(self._counted) and time.monotonic() - self._written_at >= EVERY_SECONDS

    def write(self) -> None:
        """Add what was counted to the table; what cannot be written now stays for the next time."""
        with self._lock:
            taken, self._counted = self._counted, Counter()
            self._written_at = time.monotonic()
        if not taken:
            return
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        rows = [
            {"day": day, "region": region, "name": name, "value": value}
            for (day, region, name), value in sorted(
                taken.items()
            )  # one order for all, so that none waits in a ring
        ]
        statement = insert(DailyCount).values(rows)
        statement = statement.on_conflict_do_update(
            index_elements=["day", "region", "name"],
            set_={"value": DailyCount.value + statement.excluded.value},
        )
        try:
            with db.writing(self._engine) as session:
                session.execute(statement)
        except SQLAlchemyError as failed:
            log.event("counts.not_written", problem=type(failed).__name__)
            with self._lock:
                self._counted.update(taken)


_processes: weakref.WeakSet[Pending] = weakref.WeakSet()


def init_app(app: Flask) -> None:
    """Count for this application, and write after requests that may write anyway."""
    pending = Pending(app.extensions["doudi_engine"])
    app.extensions[KEY] = pending
    _processes.add(pending)
    settings: Settings = app.extensions["doudi_settings"]
    if not settings.read_only:
        app.after_request(_write_if_due)


def add(name: str, region: str | None = None) -> None:
    """Count one more `name` today; of the place six digits at most."""
    _pending().add((clock.today(), (region or "")[:6], name[:LONGEST_NAME]))


def waiting() -> Mapping[Count, int]:
    """What this process has not written yet, so that its own pages show it."""
    return _pending().snapshot()


def write_now() -> None:
    """Write at once: for commands and tests."""
    _pending().write()


def _pending() -> Pending:
    found: Pending = current_app.extensions[KEY]
    return found


def _write_if_due(response: Response) -> Response:
    if request.method not in ("GET", "HEAD", "OPTIONS") and _pending().due():
        _pending().write()
    return response


@atexit.register
def _write_the_rest() -> None:
    for pending in list(_processes):
        pending.write()

"""On PostgreSQL a new message announces itself to the relays (LISTEN/NOTIFY); the sweep is the guarantee."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

CHANNEL = "doudi_outbox"
_RETRY_SECONDS = 1.0
_IN_LINE = text("SELECT pg_advisory_xact_lock(hashtext(:channel)), pg_notify(:channel, '')")


@dataclass(slots=True)
class Listener:
    """Whether announcements are being heard right now."""

    alive: bool = False
    ending: threading.Event = field(default_factory=threading.Event)


def stand_in_line(session: Session) -> None:
    """Let outbox rows become visible in the order of their positions, and tell the relays once they are.

    The pull list then has no gaps. On PostgreSQL the lock is held until the caller's commit, which also sends the
    announcement; on SQLite there is one writer anyway and nobody to tell.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_IN_LINE, {"channel": CHANNEL})


@contextmanager
def listening(engine: Engine, wake: threading.Event) -> Iterator[Listener]:
    """Set `wake` whenever a message is announced, as long as the context lasts."""
    listener = Listener()
    thread = None
    if engine.dialect.name == "postgresql":
        address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        thread = threading.Thread(target=_listen, args=(address, wake, listener), daemon=True, name="wake-up")
        thread.start()
    try:
        yield listener
    finally:
        listener.ending.set()
        if thread is not None:
            thread.join(timeout=5)


def _listen(address: str, wake: threading.Event, listener: Listener) -> None:
    while not listener.ending.is_set():
        try:
            with psycopg.connect(address, autocommit=True, connect_timeout=5) as link:
                link.execute(f"LISTEN {CHANNEL}")
                listener.alive = True
                wake.set()  # what was announced before we listened
                while not listener.ending.is_set():
                    for _notice in link.notifies(timeout=_RETRY_SECONDS):
                        wake.set()
        except psycopg.Error:
            listener.alive = False  # the relay polls until we hear again
            listener.ending.wait(_RETRY_SECONDS)

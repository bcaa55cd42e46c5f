"""An application to send, a clock to turn, a sandbox case system to send it to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography.fernet import Fernet
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from portal import db, encryption
from portal.config import Settings
from portal.handoff import snapshot
from portal.handoff.models import OutboxMessage, Submission
from portal.handoff.relay import Pace, Relay
from portal.handoff.sandbox import create_sandbox
from portal.handoff.sandbox.store import Case, Store, StoredEvent

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
QUERY_CODE = "K7MPQ2"
QUICK = Pace(lease=60.0, poll=0.05, connect=1.0, total=1.5)


@dataclass
class Clock:
    """A clock that stands until it is turned."""

    moment: datetime = START

    def __call__(self) -> datetime:
        return self.moment

    def turn(self, **by: float) -> datetime:
        self.moment += timedelta(**by)
        return self.moment


def document(**changes: Any) -> dict[str, Any]:
    """A made-up family's application as `apply` writes it."""
    return {
        "programmes": ["dibao"],
        "region": "220104",
        "area": "urban",
        "reason": {"codes": ["illness"], "text": "丈夫去世，身体不好"},
        "applicant": {
            "memberId": "m1",
            "name": "试验甲",
            "idNumber": "220104195501010026",
            "phone": "13800000000",
            "address": "试验路1号",
        },
        "members": [
            {
                "memberId": "m1",
                "name": "试验甲",
                "idNumber": "220104195501010026",
                "relation": "self",
                "coLiving": True,
                "income": {"pension_other": "120.00"},
            }
        ],
        "supporters": [],
        "income": {},
        "property": {"deposits": "800.00"},
        "spending": {"medical": "350.00"},
        "attachments": [],
        "consents": [],
        "declarations": [],
        "channel": {"mode": "self"},
        "form": {"version": "1", "sha256": "0" * 64},
        "estimate": None,
        **changes,
    }


def settings_for(folder: Path, **changes: Any) -> Settings:
    """An installation in `folder` on SQLite."""
    plain = Settings(
        secret_key="a secret for tests only, never deployed",
        data_keys=(Fernet.generate_key().decode(),),
        database_url=f"sqlite:///{folder / 'doudi.sqlite'}",
        public_url="http://127.0.0.1:8000",
        case_system_url="http://127.0.0.1:9",
        instance=folder,
        limits_visit=0,  # tests press faster than people
        limits_address=0,
    )
    return replace(plain, **changes)


@contextmanager
def office(settings: Settings) -> Iterator[Engine]:
    """The database of an installation with all tables."""
    encryption.configure(settings.data_keys)
    engine = db.make_engine(settings.database_url)
    with db.writing(engine) as session:
        db.Base.metadata.create_all(session.connection())
    try:
        yield engine
    finally:
        engine.dispose()


@dataclass
class Sandbox:
    """A running sandbox case system."""

    url: str
    store: Store
    clock: Clock

    def fault(self, kind: str, **more: Any) -> None:
        answer = httpx.post(f"{self.url}/faults", json={"kind": kind, **more})
        assert answer.status_code == 204, answer.text

    def clear(self) -> None:
        httpx.delete(f"{self.url}/faults", headers={"Content-Type": "application/json"})

    def cases(self) -> list[Case]:
        with self.store.reading() as session:
            return list(session.scalars(select(Case)))

    def events(self) -> list[StoredEvent]:
        with self.store.reading() as session:
            return list(session.scalars(select(StoredEvent)))


@contextmanager
def sandbox(settings: Settings, clock: Callable[[], datetime] | None = None) -> Iterator[Sandbox]:
    """The sandbox in threads of this process, on a free port; its clock stands unless one is given."""
    turned = Clock()
    app = create_sandbox(settings, now=clock or turned)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    store: Store = app.extensions["sandbox_store"]
    try:
        yield Sandbox(f"http://127.0.0.1:{server.server_port}", store, turned)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        store.engine.dispose()


@dataclass
class Desk:
    """One portal's hand-off: database, clock and a relay towards a sandbox."""

    engine: Engine
    settings: Settings
    clock: Clock = field(default_factory=Clock)
    pace: Pace = QUICK

    def submit(self, draft_id: str = "draft-1", **changes: Any) -> Submission:
        with db.writing(self.engine) as session:
            return self.submit_in(session, draft_id, **changes)

    def submit_in(self, session: Session, draft_id: str = "draft-1", **changes: Any) -> Submission:
        return snapshot.submit(
            session,
            self.settings,
            draft_id=draft_id,
            document=document(**changes),
            region="220104",
            query_code=QUERY_CODE,
            now=self.clock(),
        )

    def relay(self, **changes: Any) -> Relay:
        return Relay(self.engine, self.settings, self.pace, self.clock, chance=lambda: 0.5, **changes)

    def deliver(self) -> None:
        """One pass of a fresh relay over what is due now."""
        relay = self.relay()
        relay.drain()
        relay.pool.shutdown()

    def message(self, number: str, version: int = 1) -> OutboxMessage:
        with Session(self.engine, expire_on_commit=False) as session:
            found = session.scalar(
                select(OutboxMessage).where(
                    OutboxMessage.application_number == number, OutboxMessage.application_version == version
                )
            )
            assert found is not None
            return found

"""What the sandbox case system keeps: events by key, one case per application, sent callbacks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, String, UniqueConstraint, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from portal import codes
from portal.db import UtcDateTime, make_engine, writing
from portal.encryption import EncryptedJson

NEW = "received"


class SandboxBase(DeclarativeBase):
    """Tables of the sandbox, apart from the portal's."""


class Case(SandboxBase):
    """One case: an application, whatever the number of its versions."""

    __tablename__ = "case"

    application_number: Mapped[str] = mapped_column(String(20), primary_key=True)
    case_number: Mapped[str] = mapped_column(String(40), unique=True)
    region: Mapped[str] = mapped_column(String(6))
    programmes: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(30))
    sequence: Mapped[int]
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StoredEvent(SandboxBase):
    """An event as it arrived, with the answer it got; the belt beside the key is number and version."""

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("application_number", "application_version"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    type: Mapped[str] = mapped_column(String(80))
    application_number: Mapped[str] = mapped_column(String(20))
    application_version: Mapped[int]
    content_hash: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answer: Mapped[dict[str, Any]] = mapped_column(EncryptedJson)
    event: Mapped[dict[str, Any]] = mapped_column(EncryptedJson)


class FetchedFile(SandboxBase):
    """An attachment that was fetched: that it came and was whole; its bytes are not kept."""

    __tablename__ = "file"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    application_number: Mapped[str] = mapped_column(String(20), index=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SentCallback(SandboxBase):
    """A status event sent to the portal, and how it was answered (0: no answer)."""

    __tablename__ = "callback"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    application_number: Mapped[str] = mapped_column(String(20), index=True)
    state: Mapped[str] = mapped_column(String(30))
    sequence: Mapped[int]
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[int]


@dataclass(slots=True)
class Store:
    """The database file, and the keys whose requests are still running in this process."""

    file: Path
    engine: Engine = field(init=False)
    running: set[str] = field(default_factory=set)
    nonces: dict[str, datetime] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.engine = make_engine(f"sqlite:///{self.file}")
        with writing(self.engine) as session:
            SandboxBase.metadata.create_all(session.connection())

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    def begin(self, key: str) -> bool:
        """Mark a key as running; False where it already is."""
        with self.lock:
            if key in self.running:
                return False
            self.running.add(key)
            return True

    def first_use(self, nonce: str, expires: datetime, now: datetime) -> bool:
        """Use a nonce up; False where it was used before."""
        with self.lock:
            self.nonces = {kept: until for kept, until in self.nonces.items() if until >= now}
            return self.nonces.setdefault(nonce, expires) is expires

    def end(self, key: str) -> None:
        with self.lock:
            self.running.discard(key)


def keep(
    session: Session,
    *,
    key: str,
    fingerprint: str,
    type_: str,
    number: str,
    version: int,
    content_hash: str,
    event: dict[str, Any],
    now: datetime,
) -> StoredEvent:
    """Store an event and its case; the same number and version under another key gets the first answer."""
    same = session.scalar(
        select(StoredEvent).where(
            StoredEvent.application_number == number, StoredEvent.application_version == version
        )
    )
    if same is not None:
        return same
    case = session.get(Case, number)
    if case is None:
        data = event.get("data") or {}
        case = Case(
            application_number=number,
            case_number=_case_number(session, now),
            region=str(data.get("region", ""))[:6],
            programmes=" ".join(map(str, data.get("programmes", [])))[:200],
            state=NEW,
            sequence=0,
            received_at=now,
        )
        session.add(case)
    answer = {
        "caseNumber": case.case_number,
        "receivedAt": now.isoformat(timespec="seconds"),
        "contentHash": content_hash,
    }
    stored = StoredEvent(
        key=key,
        fingerprint=fingerprint,
        type=type_,
        application_number=number,
        application_version=version,
        content_hash=content_hash,
        received_at=now,
        answer=answer,
        event=event,
    )
    session.add(stored)
    session.flush()
    return stored


def cases(session: Session) -> list[Case]:
    """The newest hundred cases."""
    return list(session.scalars(select(Case).order_by(Case.received_at.desc()).limit(100)))


def versions(session: Session, number: str) -> list[StoredEvent]:
    return list(
        session.scalars(
            select(StoredEvent)
            .where(StoredEvent.application_number == number)
            .order_by(StoredEvent.application_version)
        )
    )


def announced(session: Session, number: str) -> dict[str, dict[str, Any]]:
    """Attachments by id as the newest event that names them has them."""
    found: dict[str, dict[str, Any]] = {}
    for event in versions(session, number):
        data = event.event.get("data") or {}
        for entry in [*data.get("attachments", ()), *([data["attachment"]] if "attachment" in data else ())]:
            found[str(entry["id"])] = entry
    return found


def fetched(session: Session, number: str) -> set[str]:
    """The ids of the attachments that were fetched."""
    return set(session.scalars(select(FetchedFile.id).where(FetchedFile.application_number == number)))


def held_since(session: Session, since: datetime) -> list[StoredEvent]:
    return list(session.scalars(select(StoredEvent).where(StoredEvent.received_at >= since)))


def callbacks(session: Session, number: str) -> list[SentCallback]:
    return list(
        session.scalars(
            select(SentCallback)
            .where(SentCallback.application_number == number)
            .order_by(SentCallback.sequence)
        )
    )


def _case_number(session: Session, now: datetime) -> str:
    count = session.scalar(select(func.count()).select_from(Case)) or 0
    return f"SB{now:%Y}-{count + 1:05d}-{codes.new_code(3)}"

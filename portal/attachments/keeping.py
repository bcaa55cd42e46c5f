"""Keeping files of an application: taking in, removing until sent, handing out to the case system by link.

A file is written before its row and removed after the row's transaction; `sweep` finds what fell between.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, bindparam, event, func, select
from sqlalchemy.orm import Session

from portal import codes, log
from portal.attachments import intake, scanning
from portal.attachments.models import Attachment
from portal.attachments.scanning import Scan
from portal.attachments.storage import Storage, StorageError
from portal.config import Settings

MOST = 20
LINK_AGAIN_FOR = timedelta(hours=1)
ORPHANED_AFTER = timedelta(days=1)
PURPOSE = "attachment-link"
_HOW_MANY = select(func.count(Attachment.id)).where(Attachment.draft_id == bindparam("draft"))


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that lies in the storage and has no row yet."""

    id: str
    media_type: str
    size: int
    sha256: str
    scan: Scan


def storage() -> Storage:
    """The current installation's files."""
    found: Storage = current_app.extensions["doudi_files"]
    return found


def store(data: bytes, settings: Settings) -> Stored:
    """Make an upload safe, scan it, put it away. Raises NotTaken or StorageError; call it outside transactions."""
    content = intake.read(data)
    verdict = scanning.scan(content.data, settings.clamd)
    if verdict is Scan.REFUSED:
        raise intake.NotTaken(intake.Refusal.INFECTED)
    stored = Stored(
        id=uuid.uuid4().hex,
        media_type=content.media_type,
        size=len(content.data),
        sha256=hashlib.sha256(content.data).hexdigest(),
        scan=verdict,
    )
    storage().write(stored.id, content.data)
    return stored


def add(
    session: Session,
    stored: Stored,
    *,
    kind: str,
    now: datetime,
    draft_id: str | None = None,
    number: str | None = None,
    member_id: str | None = None,
) -> Attachment:
    """The row of a stored file, of a draft or of an application that was sent."""
    attachment = Attachment(
        id=stored.id,
        draft_id=draft_id,
        number=number,
        member_id=member_id,
        kind=kind,
        media_type=stored.media_type,
        size=stored.size,
        sha256=stored.sha256,
        scan=stored.scan,
        created_at=now,
    )
    session.add(attachment)
    session.flush()
    log.event("attachment.added", type=stored.media_type, size=stored.size, scan=stored.scan)
    return attachment


def of_draft(session: Session, draft_id: str) -> list[Attachment]:
    """The files of an application, sent or not, in the order in which they came."""
    return _listed(session, Attachment.draft_id == draft_id)


def count(session: Session, draft_id: str) -> int:
    """How many files an application has."""
    return session.scalar(_HOW_MANY, {"draft": draft_id}) or 0


def of_number(session: Session, number: str) -> list[Attachment]:
    """The files that belong to a sent application, also those that came later."""
    return _listed(session, Attachment.number == number)


def remove(session: Session, attachment: Attachment) -> None:
    """Remove a file: its row in the caller's transaction, its content once that is committed."""
    session.delete(attachment)
    session.flush()
    discard(session, attachment.id)


def forget_draft(session: Session, draft_id: str) -> None:
    """Remove the files of a draft that was never sent."""
    for attachment in _listed(session, Attachment.draft_id == draft_id, Attachment.number.is_(None)):
        remove(session, attachment)


def forget_number(session: Session, number: str) -> None:
    """Remove the files of an application whose retention term is over."""
    for attachment in of_number(session, number):
        remove(session, attachment)


def discard(session: Session, id_: str) -> None:
    """Remove a file's content when the caller's transaction has been committed, and only then."""

    def after_commit(_session: Session) -> None:
        try:
            storage().remove(id_)
        except StorageError as failed:
            log.event("attachment.left_behind", attachment=id_, why=str(failed))  # the sweep will find it

    event.listen(session, "after_commit", after_commit, once=True)


def reference(attachment: Attachment, *, now: datetime) -> dict[str, Any]:
    """The entry for the case system. A file that may be fetched gets a new link; the one before ends."""
    attachment.handed_at = attachment.handed_at or now
    entry: dict[str, Any] = {
        "id": attachment.id,
        "kind": attachment.kind,
        "sha256": attachment.sha256,
        "size": attachment.size,
        "type": attachment.media_type,
        "scan": str(attachment.scan),
    }
    if attachment.member_id:
        entry["memberId"] = attachment.member_id
    if attachment.scan in (Scan.CLEAN, Scan.NOT_SCANNED):
        entry["url"] = new_link(attachment)
    return entry


def new_link(attachment: Attachment) -> str:
    """A fresh one-time address; only its keyed hash is kept."""
    settings: Settings = current_app.extensions["doudi_settings"]
    token = secrets.token_urlsafe(32)
    attachment.link_hash = codes.keyed_hash(token, key=settings.secret_key, purpose=PURPOSE)
    attachment.link_used_at = None
    return f"{settings.public_url}/handoff/attachments/{token}"


def by_link(session: Session, token: str, *, key: str) -> Attachment | None:
    """The sent file behind a link, locked."""
    digest = codes.keyed_hash(token, key=key, purpose=PURPOSE)
    return session.scalar(
        select(Attachment)
        .where(Attachment.link_hash == digest, Attachment.number.is_not(None))
        .with_for_update()
    )


def handed_over(session: Session, id_: str) -> Attachment | None:
    """The file with that id if the case system was told of it, locked."""
    return session.scalar(
        select(Attachment).where(Attachment.id == id_, Attachment.handed_at.is_not(None)).with_for_update()
    )


def use_link(attachment: Attachment, *, now: datetime) -> bool:
    """Use a link; False where it was first used more than an hour ago. The hour is for broken downloads."""
    if attachment.link_used_at is None:
        attachment.link_used_at = now
    return now - attachment.link_used_at <= LINK_AGAIN_FOR


def content(attachment: Attachment) -> bytes:
    """The bytes, checked against their hash; raises StorageError."""
    data = read(attachment.id)
    if hashlib.sha256(data).hexdigest() != attachment.sha256:
        raise StorageError("read: the content is not what was stored")
    return data


def read(id_: str) -> bytes:
    """The bytes of a file; raises StorageError."""
    return storage().read(id_)


def pending(session: Session) -> Sequence[str]:
    """The ids of files that a scanner has not decided about."""
    return session.scalars(select(Attachment.id).where(Attachment.scan == Scan.PENDING)).all()


def settle(session: Session, id_: str, verdict: Scan) -> Attachment | None:
    """Note a late verdict; refused content is thrown away. None where the file has gone or was decided."""
    attachment = session.get(Attachment, id_, with_for_update=True)
    if attachment is None or attachment.scan != Scan.PENDING or verdict is Scan.PENDING:
        return None
    attachment.scan = verdict
    if verdict is Scan.REFUSED:
        discard(session, id_)
    session.flush()
    return attachment


def sweep(session: Session, *, now: datetime) -> int:
    """Remove files that no row knows and that are older than a day; returns how many."""
    files = storage()
    old = [name for name, written in files.listed() if written < now - ORPHANED_AFTER]
    known = set(session.scalars(select(Attachment.id).where(Attachment.scan != Scan.REFUSED)))
    orphans = [name for name in old if name not in known]
    for name in orphans:
        files.remove(name)
    return len(orphans)


def _listed(session: Session, *wanted: ColumnElement[bool]) -> list[Attachment]:
    found = session.scalars(select(Attachment).where(*wanted).order_by(Attachment.created_at, Attachment.id))
    return list(found)


def renew_files() -> tuple[int, int, int]:
    """Bring every file to the newest key: (seen, renewed, readable with no key)."""
    seen = renewed = broken = 0
    for name, _written in list(storage().listed()):
        seen += 1
        try:
            renewed += storage().renew(name)
        except StorageError:
            broken += 1
    return seen, renewed, broken

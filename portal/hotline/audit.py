"""The audit: each thing staff do with a person's data or with accounts, added to one hash chain.

Whose data it was stands as a pseudonym (keyed hash), so that the auditor can follow one person's reads
without learning who she is.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import chain, clock, codes, db
from portal.config import Settings
from portal.hotline.access import Staff
from portal.hotline.models import AuditEntry, AuditHead

_HEAD = 1


@dataclass(frozen=True, slots=True)
class Filter:
    """What the auditor wants to see; empty strings and None leave it open. `until` is exclusive."""

    staff: str = ""
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


def pseudonym(subject: str) -> str:
    """The keyed hash under which a person's data appears in the audit; `subject` is usually an application number."""
    settings: Settings = current_app.extensions["doudi_settings"]
    return codes.keyed_hash(subject, key=settings.secret_key, purpose="audit-subject")


def record(
    session: Session,
    *,
    staff: Staff | str,
    action: str,
    subject: str | None,
    fields: Sequence[str],
    reason: str,
    now: datetime | None = None,
) -> AuditEntry:
    """Append one entry in the caller's write transaction.

    `staff` is the person (a string for what no signed-in person does: `command`, `oidc`), `action` a dotted name
    such as `application.read`, `subject` whose data (hashed here), `fields` names of what was read or changed
    (never values of a citizen), `reason` why, in words or a code.
    """
    head = _locked_head(session)
    entry = AuditEntry(
        sequence=head.seal["length"] + 1,
        at=now or clock.now(),
        staff=staff if isinstance(staff, str) else staff.login,
        role="" if isinstance(staff, str) else staff.role.value,
        action=action,
        subject=None if subject is None else pseudonym(subject),
        details={"fields": list(fields), "reason": reason, "salt": secrets.token_hex(16)},
        previous_hash=head.seal["head"],
        hash="",
    )
    entry.hash = chain.digest(chain.values(entry, leave=("hash",)))
    session.add(entry)
    head.seal = chain.seal(entry.sequence, entry.hash)
    session.flush()
    return entry


def verify(session: Session) -> list[tuple[int, str]]:
    """(sequence, words) of everything that does not fit; empty when nothing was changed or removed."""
    rows = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence).execution_options(yield_per=1000))
    links = (
        chain.Link(
            row.sequence, row.previous_hash, row.hash, chain.digest(chain.values(row, leave=("hash",)))
        )
        for row in rows
    )
    head = session.get(AuditHead, _HEAD)
    return list(chain.problems(links, head.seal if head else None))


def still_there(session: Session, sequence: int, noted: str) -> bool:
    """Whether an end of the chain that was written down elsewhere is still a part of it.

    Whoever holds database and keys could write a whole new chain; he cannot make it hold the old end.
    """
    found = session.get(AuditEntry, sequence)
    return found is not None and found.hash == noted


def end(session: Session) -> tuple[int, str]:
    """(length, hash) of the end of the chain, to be written down somewhere else."""
    head = session.get(AuditHead, _HEAD)
    return (head.seal["length"], head.seal["head"]) if head else (0, chain.START)


def entries(session: Session, wanted: Filter, *, limit: int, before: int | None = None) -> list[AuditEntry]:
    """The newest entries that fit, at most `limit`, before a sequence number where one is given."""
    query = select(AuditEntry).order_by(AuditEntry.sequence.desc()).limit(limit)
    if wanted.staff:
        query = query.where(AuditEntry.staff == wanted.staff)
    if wanted.action:
        query = query.where(AuditEntry.action == wanted.action)
    if wanted.subject:
        query = query.where(AuditEntry.subject.startswith(wanted.subject, autoescape=True))
    if wanted.since:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until:
        query = query.where(AuditEntry.at < wanted.until)
    if before:
        query = query.where(AuditEntry.sequence < before)
    return list(session.scalars(query))


def actions(session: Session) -> list[str]:
    """Every action that occurs, for the filter."""
    return list(session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action)))


def people(session: Session) -> list[str]:
    """Every account name that occurs, for the filter."""
    return list(session.scalars(select(AuditEntry.staff).distinct().order_by(AuditEntry.staff)))


def _locked_head(session: Session) -> AuditHead:
    return db.locked_row(session, AuditHead(id=_HEAD, seal=chain.seal(0, chain.START)), _HEAD)

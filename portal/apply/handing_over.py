"""Which files go out, and when: with the application, after a late consent, after a late scan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal import attachments, consent, handoff, log
from portal.apply.household import APPLICANT
from portal.attachments import Attachment, Scan


def references(
    files: Sequence[Attachment], health_allowed: set[str], *, now: datetime
) -> list[dict[str, Any]]:
    """The entries of those of an application's files that go out with it."""
    return [attachments.reference(file, now=now) for file in files if _may_go(file, health_allowed)]


def keep(files: Sequence[Attachment], number: str) -> None:
    """The application was sent: its files belong to it, also those that wait for somebody's consent."""
    for file in files:
        file.number = number


def pass_on_released(session: Session, application_id: str, now: datetime) -> None:
    """Somebody answered after the application was sent: hand over what his consent releases."""
    for file in _released(session, application_id):
        if file.number is not None and file.handed_at is None:
            _tell(session, file, now)


def end_links(session: Session, application_id: str, _withdrawn: Sequence[str], _now: datetime) -> None:
    """A consent was withdrawn: what it no longer covers cannot be fetched any more (PIPL art. 15)."""
    covered = {file.id for file in _released(session, application_id)}
    for file in attachments.of_draft(session, application_id):
        if file.id not in covered:
            file.handed_at = file.link_hash = None
    session.flush()


def settle(session: Session, id_: str, verdict: Scan, *, now: datetime) -> bool:
    """A late verdict of the scanner: noted, and told where the case system already knows the file."""
    file = attachments.settle(session, id_, verdict)
    if file is not None and file.number is not None and file.handed_at is not None:
        _tell(session, file, now)
    return file is not None


def _released(session: Session, draft_id: str) -> list[Attachment]:
    allowed = consent.health_allowed(session, draft_id)
    return [file for file in attachments.of_draft(session, draft_id) if _may_go(file, allowed)]


def _may_go(file: Attachment, health_allowed: set[str]) -> bool:
    """Not what was refused by the scanner, nor about the health of somebody who did not agree to it."""
    about_health = attachments.papers.kinds()[file.kind].health
    return file.scan != Scan.REFUSED and (not about_health or (file.member_id or APPLICANT) in health_allowed)


def _tell(session: Session, file: Attachment, now: datetime) -> None:
    entry = attachments.reference(file, now=now)
    handoff.attachment_available(session, str(file.number), entry, now=now)
    log.event("attachment.passed_on", application=file.number, scan=file.scan)

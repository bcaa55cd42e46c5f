"""Signatures drawn by hand: made anew as a small grey PNG, encrypted, and bound to the ledger by their digest."""

from __future__ import annotations

import base64
import binascii
import hashlib
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.attachments import intake
from portal.consent.ledger import Method, Problem
from portal.consent.models import ConsentEvent, SignatureImage

PREFIX = "data:image/png;base64,"
MOST_TYPED = 400_000  # signs of the page's field
MOST_BYTES = 40_000


class Unreadable(Exception):
    """What came up is no drawing that can be kept."""


def read(typed: str) -> bytes | None:
    """The drawing of a page's field as a PNG of its own; None where nothing was drawn. Raises Unreadable."""
    if not typed:
        return None
    if len(typed) > MOST_TYPED or not typed.startswith(PREFIX):
        raise Unreadable
    try:
        raw = base64.b64decode(typed.removeprefix(PREFIX), validate=True)
        drawn = intake.made_anew(raw, "SIGNATURE")
    except (binascii.Error, intake.NotTaken) as broken:
        raise Unreadable from broken
    if len(drawn) > MOST_BYTES:
        raise Unreadable
    return drawn or None


def keep(session: Session, application_id: str, subject_id: str, png: bytes, *, now: datetime) -> str:
    """Put a drawing away; returns its SHA-256, which goes into the events it stands for."""
    digest = hashlib.sha256(png).hexdigest()
    session.add(
        SignatureImage(
            id=str(uuid.uuid4()),
            application_id=application_id,
            subject_id=subject_id,
            sha256=digest,
            image=base64.b64encode(png).decode(),
            created_at=now,
        )
    )
    session.flush()
    return digest


def shown(session: Session, subject_id: str, digest: str) -> str | None:
    """A drawing as an address that a page can show; None where it is kept no more."""
    image = _found(session, subject_id, digest)
    return f"{PREFIX}{image.image}" if image is not None and image.image else None


def of(event: ConsentEvent) -> dict[str, Any]:
    """Of an event signed by hand: the digest of the drawing, and how its owner came in; else nothing."""
    return {key: event.details[key] for key in ("drawing", "entryMethod") if key in event.details}


def problems(session: Session) -> list[Problem]:
    """Events whose drawing is missing or was changed; one that had to be deleted leaves its row and its digest."""
    by_hand = session.scalars(select(ConsentEvent).where(ConsentEvent.method == Method.DRAWN.value)).all()
    return [
        Problem(event.subject_id, event.sequence, "the drawn signature is missing or was changed")
        for event in by_hand
        if not _fits(session, event.actor_subject_id, str(event.details.get("drawing")))
    ]


def forget(session: Session, application_id: str, subject_id: str | None = None) -> None:
    """Delete the drawings of an application, or of one person of it; their digests stay in the ledger."""
    wanted = select(SignatureImage).where(SignatureImage.application_id == application_id)
    if subject_id is not None:
        wanted = wanted.where(SignatureImage.subject_id == subject_id)
    for image in session.scalars(wanted):
        image.image = None
    session.flush()


def _fits(session: Session, subject_id: str, digest: str) -> bool:
    image = _found(session, subject_id, digest)
    if image is None:
        return False
    return image.image is None or hashlib.sha256(base64.b64decode(image.image)).hexdigest() == digest


def _found(session: Session, subject_id: str, digest: str) -> SignatureImage | None:
    return session.scalars(
        select(SignatureImage).where(SignatureImage.subject_id == subject_id, SignatureImage.sha256 == digest)
    ).first()

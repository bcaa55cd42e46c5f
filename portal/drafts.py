"""Drafts: answers of an estimate or an application, saved at every step, resumable by a code.

Services here never commit; saving merges only the keys a page owns, so open tabs do not undo each other.
Whoever is going to save finds the draft with `lock`: then nothing is read twice and nobody writes in between.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal import codes
from portal.db import Base, UtcDateTime
from portal.encryption import EncryptedJson

CODE_LENGTH = 12  # 31^11 codes: nobody meets a living draft by guessing, from however many addresses
_LOCKED = "locked_drafts"  # ids, in the session that holds their locks
_FOUND = "found_drafts"  # a session forgets what nobody holds, and would read it again for the next who asks
_LENGTHS = (
    CODE_LENGTH,
    9,
)  # codes of nine were given out until November 2026 and live as long as their draft


class Draft(Base):
    """One unfinished piece of work. `kind` is `estimate` or `application`."""

    __tablename__ = "draft"
    __table_args__ = (Index(None, "kind", "code_hash", unique=True), Index(None, "kind", "closed_at"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    code_hash: Mapped[str] = mapped_column(String(64))
    answers: Mapped[dict[str, Any]] = mapped_column(EncryptedJson)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    visits_ended: Mapped[int] = mapped_column(default=0, server_default="0")


# Written down once: putting a statement together costs as much as running it.
_BY_ID = select(Draft).where(Draft.id == bindparam("id"))
_AS_IT_STANDS = _BY_ID.with_for_update().execution_options(populate_existing=True)


def start(
    session: Session,
    kind: str,
    answers: Mapping[str, Any],
    *,
    now: datetime,
    days: int,
    key: str,
) -> tuple[Draft, str]:
    """A new draft and its resume code, which is stored only as a keyed hash."""
    code = codes.new_code(CODE_LENGTH)
    draft = Draft(
        id=str(uuid.uuid4()),
        kind=kind,
        code_hash=codes.keyed_hash(code, key=key, purpose=f"draft:{kind}"),
        answers=dict(answers),
        created_at=now,
        updated_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(draft)
    session.flush()
    return draft, code


def find(
    session: Session, draft_id: str | None, kind: str, *, now: datetime, lock: bool = False
) -> Draft | None:
    """The draft of that kind, unless it does not exist or has expired; `lock` keeps others from writing it."""
    if not draft_id:
        return None
    found = session.info.setdefault(_FOUND, {})
    if lock:
        draft = session.scalar(_AS_IT_STANDS, {"id": draft_id})
        session.info.setdefault(_LOCKED, set()).add(draft_id)
    elif found.get(draft_id) is not None:
        draft = session.get(Draft, draft_id)
    else:
        draft = session.scalar(_BY_ID, {"id": draft_id})
    found[draft_id] = draft
    if draft is None or draft.kind != kind or draft.expires_at <= now:
        return None
    return draft


def handle(draft: Draft) -> str:
    """What a visitor's cookie holds of a draft: its id, and how often those who worked on it left."""
    return f"{draft.id}.{draft.visits_ended}" if draft.visits_ended else draft.id


def id_of(handle: object) -> str:
    """The id in a cookie's handle, empty where there is none."""
    return str(handle or "").partition(".")[0]


def find_by_handle(
    session: Session, handle: object, kind: str, *, now: datetime, lock: bool = False
) -> Draft | None:
    """The draft of a visitor's cookie; None also where somebody left since: no copy of a cookie outlives that."""
    draft = find(session, id_of(handle), kind, now=now, lock=lock)
    _id, _, ended = str(handle or "").partition(".")
    return draft if draft is not None and (ended or "0") == str(draft.visits_ended) else None


def end_visits(session: Session, handle: object, kind: str, *, now: datetime) -> None:
    """Whoever holds this draft in a cookie loses it, on every device; the code to go on still opens it."""
    draft = find_by_handle(session, handle, kind, now=now, lock=True)
    if draft is not None:
        draft.visits_ended += 1
        session.flush()


def find_by_code(session: Session, typed: str, kind: str, *, now: datetime, key: str) -> Draft | None:
    """The draft whose resume code was typed, however it was grouped or cased."""
    code = codes.normalise(typed)
    if not any(codes.is_well_formed(code, length) for length in _LENGTHS):
        return None
    digest = codes.keyed_hash(code, key=key, purpose=f"draft:{kind}")
    draft = session.scalar(select(Draft).where(Draft.kind == kind, Draft.code_hash == digest))
    return None if draft is None or draft.expires_at <= now else draft


def renew_code(session: Session, draft: Draft, *, key: str) -> str:
    """A fresh resume code for the draft; the old one stops working."""
    code = codes.new_code(CODE_LENGTH)
    draft.code_hash = codes.keyed_hash(code, key=key, purpose=f"draft:{draft.kind}")
    session.flush()
    return code


def hold(session: Session, draft: Draft) -> None:
    """Bring the draft to what stands now and keep others from writing it; done already where it was found so."""
    held: set[str] = session.info.setdefault(_LOCKED, set())
    if draft.id not in held:
        session.refresh(draft, with_for_update=True)
        held.add(draft.id)


def save(session: Session, draft: Draft, changes: Mapping[str, Any], *, now: datetime, days: int) -> None:
    """Merge `changes` into the answers at top level (a key set to None is removed) and extend the life."""
    hold(session, draft)
    merged = {**draft.answers, **changes}
    draft.answers = {key: value for key, value in merged.items() if value is not None}
    draft.updated_at = now
    draft.expires_at = now + timedelta(days=days)
    session.flush()

"""Pieces of the hotline's work for tests: made straight in the tables, in a county."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from itertools import count

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal import clock, codes
from portal.guidance import service, variants
from portal.guidance.models import OpenQuestion
from portal.handoff import snapshot
from portal.handoff.models import OutboxMessage, OutboxState
from portal.hotline import learning, work
from portal.hotline.learning import FlagKind
from portal.hotline.work import Bound, Reason
from tests.support.handoff import document

_NUMBERS = count(1)


def call_back(session: Session, region: str, *, by: str = "somebody", minutes: int = -5) -> str:
    """An open call-back of this county, due so many minutes from now."""
    now = clock.now()
    return work.promise(
        session,
        Bound(None, None, region),
        phone="13900001111",
        about="说明怎么补材料",
        lang="zh_Hans",
        due_at=now + timedelta(minutes=minutes),
        by=by,
        now=now,
    ).id


def hand_over(session: Session, region: str, reason: Reason = Reason.VISIT) -> str:
    """A matter that this county has not taken."""
    return work.hand_over(
        session,
        Bound(None, None, region),
        region,
        reason,
        "房子漏雨，要上门看",
        by="somebody",
        now=clock.now(),
    ).id


def sent_application(session: Session, region: str, *, problem: str = "status-422") -> str:
    """An application of this county that is parked; returns its number."""
    settings = current_app.extensions["doudi_settings"]
    sent = snapshot.submit(
        session,
        settings,
        draft_id=str(uuid.uuid4()),
        document=document(region=region),
        region=region,
        query_code=codes.new_code(8),
        now=clock.now(),
    )
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.application_number == sent.number)
        .values(state=OutboxState.PARKED, problem=problem, attempts=1)
    )
    return sent.number


def open_question(
    session: Session, _region: str, text: str = "", kind: str = "refusal", times: int = 1
) -> str:
    """Questions without an answer, all with the same words; returns the first one's id."""
    words = text or f"第{next(_NUMBERS)}头牛掉进井里了谁来管"
    for _n in range(times):
        service.keep_open_question(
            session, kind=kind, entry=None, region="220000", text=words, day=clock.today()
        )
    rows = session.scalars(select(OpenQuestion).order_by(OpenQuestion.id.desc()).limit(times)).all()
    return str(rows[-1].id)


def variant(session: Session, _region: str) -> str:
    """A living variant."""
    odd = "".join(chr(0x4E00 + byte * 7) for byte in uuid.uuid4().bytes[:8])
    text = f"{odd}是哪一年定下来的规矩"
    return variants.add(session, "linshi.tiaojian", text, by="somebody", now=clock.now()).id


def flag(session: Session, _region: str) -> str:
    return learning.flag(
        session, "linshi.tiaojian", FlagKind.OUTDATED, "数字旧了", by="somebody", now=clock.now()
    ).id


def faq_entry(_session: Session, _region: str) -> str:
    return "linshi.tiaojian"


THINGS: dict[str, Callable[[Session, str], str]] = {
    "call_back": call_back,
    "hand_over": hand_over,
    "sent_application": sent_application,
    "open_question": open_question,
    "variant": variant,
    "flag": flag,
    "faq_entry": faq_entry,
}

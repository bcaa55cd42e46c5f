"""Applications that did not arrive: what is parked, why in words, and letting it go again.

The acts are those of `flask handoff`: the same functions, for one application at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import handoff
from portal.handoff import operations
from portal.handoff.models import SETTLED, DeliveryAttempt, OutboxMessage, OutboxState, Submission
from portal.handoff.operations import Selection

_STATUSES = {
    "400": _l("民政系统说内容有毛病（400）"),
    "404": _l("民政系统的收件地址不对（404）"),
    "405": _l("民政系统的收件地址不对（405）"),
    "409": _l("民政系统说和已有的案子冲突（409）"),
    "410": _l("民政系统的收件地址已经停用（410）"),
    "413": _l("民政系统说内容太大（413）"),
    "415": _l("民政系统认不出格式（415）"),
    "422": _l("民政系统说有项目填得不对（422）"),
}
_PROBLEMS = {
    "not-delivered-in-time": _l("试了七天都没有送到"),
    "parked-by-operator": _l("工作人员先停下了"),
    "snapshot-unreadable": _l("存的申请打不开（密钥不对），请找技术人员"),
    "snapshot-hash-differs": _l("存的申请和送出时不一样，请找技术人员"),
    "content-hash-differs": _l("民政系统收到的和我们送的不一样"),
    "lease-expired": _l("送的时候中断了"),
    "replayed": _l("正在再送"),
}


@dataclass(frozen=True, slots=True)
class Stuck:
    """One parked message: whose county, why in words, since when, how often it was tried."""

    number: str
    version: int
    region: str
    reason: str
    problem: str
    since: datetime
    written: datetime
    attempts: int


def parked(session: Session, seen: Sequence[str] | None) -> list[Stuck]:
    """What is parked in these places (None: everywhere), oldest first."""
    messages = operations.parked(session, Selection())
    found = regions_of(session, {message.application_number for message in messages})
    return [
        Stuck(
            number=message.application_number,
            version=message.application_version,
            region=found.get(message.application_number, ""),
            reason=said(message.problem),
            problem=message.problem or "",
            since=message.state_since,
            written=message.created_at,
            attempts=message.attempts,
        )
        for message in messages
        if seen is None or found.get(message.application_number, "") in seen
    ]


def region_of(session: Session, number: str) -> str | None:
    """The county of an application; None where there is none of that number."""
    return regions_of(session, {number}).get(number)


def regions_of(session: Session, numbers: Iterable[str]) -> dict[str, str]:
    """The counties of applications by number."""
    query = select(Submission.number, Submission.region).where(
        Submission.number.in_(list(numbers)), Submission.version == 1
    )
    return {found.number: found.region for found in session.execute(query)}


def undelivered(session: Session, number: str) -> bool:
    """Whether something of an application is on its way and may be stopped."""
    moving = OutboxMessage.state.not_in((*SETTLED, OutboxState.PARKED, OutboxState.SENDING))
    query = select(OutboxMessage.position).where(OutboxMessage.application_number == number, moving)
    return session.scalar(query.limit(1)) is not None


def attempts(session: Session, number: str) -> Sequence[DeliveryAttempt]:
    """Every call made for an application, oldest first."""
    return handoff.attempts(session, number)


def replay(session: Session, number: str, by: str, *, now: datetime) -> int:
    """Let an application's parked messages go again; raises `operations.OperationError`."""
    return operations.replay(session, Selection(number=number), [by], now=now)


def park(session: Session, number: str, by: str, *, now: datetime) -> int:
    """Stop an application's undelivered messages; raises `operations.OperationError`."""
    return operations.park(session, number, by, now=now)


def said(problem: str | None) -> str:
    """A short problem type in words."""
    if not problem:
        return str(_l("没有写原因"))
    known = _PROBLEMS.get(problem) or _STATUSES.get(problem.removeprefix("status-"))
    return str(known) if known else str(_l("民政系统没有收下（%(problem)s）", problem=problem))

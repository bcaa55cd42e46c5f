"""What people asked in vain, grouped by likeness; a person gives a group to an entry, or sets it aside.

Everything here was scrubbed before it was stored. Never commits.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from rapidfuzz import fuzz, process
from sqlalchemy import String, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.db import Base, UtcDateTime
from portal.encryption import EncryptedText
from portal.guidance.advice import Advice
from portal.guidance.models import OpenQuestion
from portal.guidance.scrub import scrubbed

ALIKE = 72  # of 100: how alike two questions must be to stand in one group
MOST_READ = 3000
KEPT_DAYS = 180


class Kind(Enum):
    """Why a question is open."""

    REFUSAL = "refusal"
    CLARIFY = "clarify"
    NOT_USEFUL = "not_useful"


class Settled(Enum):
    """What became of an open question."""

    ATTACHED = "attached"
    DISMISSED = "dismissed"


class FlagKind(Enum):
    """What is wrong with an entry."""

    OUTDATED = "outdated"
    UNCLEAR = "unclear"


class FaqFlag(Base):
    """A note that an entry is outdated or unclear, until somebody has seen to it."""

    __tablename__ = "faq_flag"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    owner: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(EncryptedText)
    raised_by: Mapped[str] = mapped_column(String(40))
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_by: Mapped[str | None] = mapped_column(String(40))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that ask the same: how it is mostly put, the other ways, how often, when, where and why open."""

    id: int
    text: str
    others: tuple[str, ...]
    ids: tuple[int, ...]
    kinds: tuple[tuple[Kind, int], ...]
    regions: tuple[tuple[str, int], ...]
    first: date
    last: date

    @property
    def count(self) -> int:
        return len(self.ids)


def open_questions(session: Session, *, since: date, kind: Kind | None = None) -> Sequence[OpenQuestion]:
    """The newest questions that nobody has settled."""
    query = select(OpenQuestion).where(OpenQuestion.settled_on.is_(None), OpenQuestion.asked_on >= since)
    if kind is not None:
        query = query.where(OpenQuestion.kind == kind.value)
    return session.scalars(query.order_by(OpenQuestion.id.desc()).limit(MOST_READ)).all()


def waiting(session: Session) -> int:
    """How many questions nobody has settled."""
    found = session.scalar(
        select(func.count()).select_from(OpenQuestion).where(OpenQuestion.settled_on.is_(None))
    )
    return found or 0


def groups(questions: Sequence[OpenQuestion], advice: Advice) -> list[Group]:
    """Questions by likeness of their normalised words, the most frequent group first."""
    held: list[list[OpenQuestion]] = []
    leaders: list[str] = []
    exact: dict[str, int] = {}
    for question in questions:
        words = advice.folded(question.text)
        number = exact.get(words)
        if number is None:
            near = process.extractOne(words, leaders, scorer=fuzz.ratio, score_cutoff=ALIKE)
            if near is not None:
                number = near[2]
            else:
                number = len(leaders)
                leaders.append(words)
                held.append([])
            exact[words] = number
        held[number].append(question)
    return sorted(map(_group, held), key=lambda group: (-group.count, -group.last.toordinal(), group.id))


def group_of(session: Session, id_: int, advice: Advice) -> Group | None:
    """The group that holds this question now; None where it is settled or gone."""
    question = session.get(OpenQuestion, id_)
    if question is None or question.settled_on is not None:
        return None
    since = question.asked_on - timedelta(days=KEPT_DAYS)
    found = groups(open_questions(session, since=since), advice)
    return next((group for group in found if id_ in group.ids), None)


def settle(session: Session, ids: Iterable[int], as_: Settled, *, day: date) -> int:
    """Take questions off the list; returns how many were still open."""
    done = session.execute(
        update(OpenQuestion)
        .where(OpenQuestion.id.in_(list(ids)), OpenQuestion.settled_on.is_(None))
        .values(settled_on=day, settled_as=as_.value)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE has one


def flag(session: Session, owner: str, kind: FlagKind, note: str, *, by: str, now: datetime) -> FaqFlag:
    """Say that an entry is outdated or unclear; the note is scrubbed first."""
    row = FaqFlag(
        id=str(uuid.uuid4()), owner=owner, kind=kind.value, note=scrubbed(note), raised_by=by, raised_at=now
    )
    session.add(row)
    session.flush()
    return row


def flags(session: Session) -> Sequence[FaqFlag]:
    """What nobody has seen to yet, oldest first."""
    unseen = select(FaqFlag).where(FaqFlag.settled_at.is_(None))
    return session.scalars(unseen.order_by(FaqFlag.raised_at)).all()


def settle_flag(session: Session, id_: str, *, by: str, now: datetime) -> bool:
    """Take a flag off the list; False where it was not on it."""
    row = session.get(FaqFlag, id_, with_for_update=True)
    if row is None or row.settled_at is not None:
        return False
    row.settled_by, row.settled_at = by, now
    session.flush()
    return True


def forget_old(session: Session, *, today: date, days: int = KEPT_DAYS) -> int:
    """Remove open questions older than that many days, settled or not; returns how many."""
    gone = session.execute(delete(OpenQuestion).where(OpenQuestion.asked_on < today - timedelta(days=days)))
    return int(gone.rowcount)  # type: ignore[attr-defined]  # a DELETE has one


def _group(held: Sequence[OpenQuestion]) -> Group:
    texts = Counter(question.text for question in held)
    (text, _times), *others = texts.most_common()
    days = [question.asked_on for question in held]
    kinds = Counter(Kind(question.kind) for question in held)
    regions = Counter(question.region for question in held if question.region)
    return Group(
        id=min(question.id for question in held),
        text=text,
        others=tuple(other for other, _ in others),
        ids=tuple(sorted(question.id for question in held)),
        kinds=tuple(kinds.most_common()),
        regions=tuple(regions.most_common()),
        first=min(days),
        last=max(days),
    )

"""The table of attachments: what is known of a file besides its content, which lies in the storage."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.attachments.scanning import Scan
from portal.db import Base, UtcDateTime


class Attachment(Base):
    """One file. `number` is set when its application is sent; from then on it cannot be removed by hand.
    `handed_at`: when the case system was first told of it.

    The row names no person: `member_id` is a place in the form, the file's own name is never kept.
    """

    __tablename__ = "attachment"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    draft_id: Mapped[str | None] = mapped_column(String(36), index=True)
    number: Mapped[str | None] = mapped_column(String(20), index=True)
    member_id: Mapped[str | None] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(40))
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    scan: Mapped[Scan] = mapped_column(String(20), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    link_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    link_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

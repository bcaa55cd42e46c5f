"""Wrong sign-ins by application number, counted so that nobody can try all codes; and the last signing out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, UtcDateTime


class SignInCount(Base):
    """Wrong tries for one number, existing or not, for a day; the number is kept only as a keyed hash."""

    __tablename__ = "progress_sign_in_count"

    number_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    wrong: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # what was opened before is closed

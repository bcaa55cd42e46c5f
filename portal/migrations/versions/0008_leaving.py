"""Leaving ends a visit for every copy of its cookie: how often a draft was left, when a progress page was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("draft", sa.Column("visits_ended", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("progress_sign_in_count", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("progress_sign_in_count", "left_at")
    op.drop_column("draft", "visits_ended")

"""Drafts that were sent are found by the day they were sent on, without reading all that people have filled in."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INDEX = "ix_draft_kind_closed_at"


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        # Built beside running work, holding back no writer. What a broken attempt left behind goes first.
        with op.get_context().autocommit_block():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")
            op.create_index(INDEX, "draft", ["kind", "closed_at"], postgresql_concurrently=True)
    else:
        op.create_index(INDEX, "draft", ["kind", "closed_at"])


def downgrade() -> None:
    op.drop_index(INDEX, table_name="draft")

"""Operations: the outbox asked by state without reading it whole, and when each chore last went well."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEX = "ix_outbox_message_state_created_at"


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        # Built beside running work, holding back no writer. What a broken attempt left behind goes first.
        with op.get_context().autocommit_block():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")
            op.create_index(INDEX, "outbox_message", ["state", "created_at"], postgresql_concurrently=True)
    else:
        op.create_index(INDEX, "outbox_message", ["state", "created_at"])
    op.create_table(
        "chore",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chore")),
    )


def downgrade() -> None:
    op.drop_table("chore")
    op.drop_index(INDEX, table_name="outbox_message")

"""The work of the hotline: calls"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hotline_call",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("staff", sa.String(length=64), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=True),
        sa.Column("lang", sa.String(length=10), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("estimate_id", sa.String(length=36), nullable=True),
        sa.Column("estimate_given", sa.Boolean(), nullable=False),
        sa.Column("application_id", sa.String(length=36), nullable=True),
        sa.Column("checked_number", sa.String(length=20), nullable=True),
        sa.Column("checked_by", sa.String(length=60), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotline_call")),
        sa.UniqueConstraint("reference", name=op.f("uq_hotline_call_reference")),
    )
    op.create_index(op.f("ix_hotline_call_application_id"), "hotline_call", ["application_id"], unique=False)
    op.create_index(op.f("ix_hotline_call_staff"), "hotline_call", ["staff"], unique=False)
    op.create_index(op.f("ix_hotline_call_started_at"), "hotline_call", ["started_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_hotline_call_started_at"), table_name="hotline_call")
    op.drop_index(op.f("ix_hotline_call_staff"), table_name="hotline_call")
    op.drop_index(op.f("ix_hotline_call_application_id"), table_name="hotline_call")
    op.drop_table("hotline_call")

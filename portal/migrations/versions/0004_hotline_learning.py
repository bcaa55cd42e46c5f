"""Learning and figures: variants, flags on entries, open questions settled, counters of the day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "daily_count",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "region", "name", name=op.f("pk_daily_count")),
    )
    op.create_table(
        "faq_variant",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.String(length=40), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.String(length=40), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_variant")),
        sa.UniqueConstraint("revision", name=op.f("uq_faq_variant_revision")),
    )
    op.create_table(
        "faq_flag",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("raised_by", sa.String(length=40), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.String(length=40), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_flag")),
    )
    op.create_index(op.f("ix_faq_flag_settled_at"), "faq_flag", ["settled_at"], unique=False)
    op.add_column("open_question", sa.Column("settled_on", sa.Date(), nullable=True))
    op.add_column("open_question", sa.Column("settled_as", sa.String(length=20), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("open_question") as table:
        table.drop_column("settled_as")
        table.drop_column("settled_on")
    op.drop_index(op.f("ix_faq_flag_settled_at"), table_name="faq_flag")
    op.drop_table("faq_flag")
    op.drop_table("faq_variant")
    op.drop_table("daily_count")

"""The work of the hotline: calls, notes, call-backs, what is handed over, distress."""

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
    op.create_table(
        "call_note",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=True),
        sa.Column("number", sa.String(length=20), nullable=True),
        sa.Column("region", sa.String(length=6), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("staff", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_note")),
    )
    op.create_index(op.f("ix_call_note_at"), "call_note", ["at"], unique=False)
    op.create_index(op.f("ix_call_note_number"), "call_note", ["number"], unique=False)
    op.create_index(op.f("ix_call_note_reference"), "call_note", ["reference"], unique=False)
    op.create_table(
        "call_back",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=True),
        sa.Column("number", sa.String(length=20), nullable=True),
        sa.Column("region", sa.String(length=6), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("about", sa.LargeBinary(), nullable=False),
        sa.Column("lang", sa.String(length=10), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("told", sa.LargeBinary(), nullable=True),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_back")),
    )
    op.create_index(op.f("ix_call_back_owner"), "call_back", ["owner"], unique=False)
    op.create_index(op.f("ix_call_back_state"), "call_back", ["state"], unique=False)
    op.create_table(
        "hand_over",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=True),
        sa.Column("number", sa.String(length=20), nullable=True),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("staff", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.String(length=40), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over")),
    )
    op.create_index(op.f("ix_hand_over_at"), "hand_over", ["at"], unique=False)
    op.create_index(op.f("ix_hand_over_region"), "hand_over", ["region"], unique=False)
    op.create_table(
        "distress_call",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=True),
        sa.Column("region", sa.String(length=6), nullable=True),
        sa.Column("staff", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distress_call")),
    )
    op.create_index(op.f("ix_distress_call_at"), "distress_call", ["at"], unique=False)
    op.create_index(op.f("ix_distress_call_staff"), "distress_call", ["staff"], unique=False)


def downgrade() -> None:
    for table in ("distress_call", "hand_over", "call_back", "call_note"):
        op.drop_table(table)
    op.drop_index(op.f("ix_hotline_call_started_at"), table_name="hotline_call")
    op.drop_index(op.f("ix_hotline_call_staff"), table_name="hotline_call")
    op.drop_index(op.f("ix_hotline_call_application_id"), table_name="hotline_call")
    op.drop_table("hotline_call")

"""Signatures drawn by hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consent_signature_image",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("application_id", sa.String(length=36), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_signature_image")),
    )
    op.create_index(
        op.f("ix_consent_signature_image_application_id"),
        "consent_signature_image",
        ["application_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_consent_signature_image_subject_id_sha256"),
        "consent_signature_image",
        ["subject_id", "sha256"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_table("consent_signature_image")

"""The first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answer_feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry", sa.String(length=80), nullable=False),
        sa.Column("useful", sa.Boolean(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_feedback")),
    )
    op.create_index(op.f("ix_answer_feedback_entry"), "answer_feedback", ["entry"], unique=False)
    op.create_table(
        "attachment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("draft_id", sa.String(length=36), nullable=True),
        sa.Column("number", sa.String(length=20), nullable=True),
        sa.Column("member_id", sa.String(length=20), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("scan", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("link_hash", sa.String(length=64), nullable=True),
        sa.Column("link_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_attachment_link_hash")),
    )
    op.create_index(op.f("ix_attachment_draft_id"), "attachment", ["draft_id"], unique=False)
    op.create_index(op.f("ix_attachment_number"), "attachment", ["number"], unique=False)
    op.create_index(op.f("ix_attachment_scan"), "attachment", ["scan"], unique=False)
    op.create_table(
        "callback_event",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("event_id", sa.String(length=200), nullable=False),
        sa.Column("application_number", sa.String(length=20), nullable=False),
        sa.Column("case_state", sa.String(length=30), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_event")),
        sa.UniqueConstraint("source", "event_id", name=op.f("uq_callback_event_source_event_id")),
    )
    op.create_index(
        op.f("ix_callback_event_application_number_sequence"),
        "callback_event",
        ["application_number", "sequence"],
        unique=False,
    )
    op.create_table(
        "case_record",
        sa.Column("application_number", sa.String(length=20), nullable=False),
        sa.Column("case_number", sa.String(length=80), nullable=True),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("application_number", name=op.f("pk_case_record")),
    )
    op.create_table(
        "consent_chain",
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_consent_chain")),
    )
    op.create_table(
        "consent_record",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("schema_version", sa.String(length=20), nullable=False),
        sa.Column("receipt_id", sa.String(length=36), nullable=False),
        sa.Column("application_id", sa.String(length=36), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=20), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("notice_id", sa.String(length=40), nullable=False),
        sa.Column("notice_version", sa.String(length=20), nullable=False),
        sa.Column("notice_locale", sa.String(length=10), nullable=False),
        sa.Column("notice_sha256", sa.String(length=64), nullable=False),
        sa.Column("lawful_basis", sa.String(length=40), nullable=False),
        sa.Column("processing", sa.JSON(), nullable=False),
        sa.Column("supersedes", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["supersedes"], ["consent_record.id"], name=op.f("fk_consent_record_supersedes_consent_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_record")),
    )
    op.create_index(
        op.f("ix_consent_record_application_id_subject_id_purpose"),
        "consent_record",
        ["application_id", "subject_id", "purpose"],
        unique=False,
    )
    op.create_table(
        "consent_signing_request",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("application_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.Column("acts", sa.LargeBinary(), nullable=False),
        sa.Column("link_hash", sa.String(length=64), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("link_count", sa.Integer(), nullable=False),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        sa.Column("entry", sa.String(length=36), nullable=True),
        sa.Column("entry_method", sa.String(length=40), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_signing_request")),
        sa.UniqueConstraint("entry", name=op.f("uq_consent_signing_request_entry")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_consent_signing_request_link_hash")),
    )
    op.create_index(
        op.f("ix_consent_signing_request_application_id_member_id"),
        "consent_signing_request",
        ["application_id", "member_id"],
        unique=True,
    )
    op.create_table(
        "delivery_attempt",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("message_id", sa.String(length=36), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("call", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_attempt")),
    )
    op.create_index(op.f("ix_delivery_attempt_message_id"), "delivery_attempt", ["message_id"], unique=False)
    op.create_table(
        "draft",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
    )
    op.create_index(op.f("ix_draft_expires_at"), "draft", ["expires_at"], unique=False)
    op.create_index(op.f("ix_draft_kind_code_hash"), "draft", ["kind", "code_hash"], unique=True)
    op.create_table(
        "open_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("entry", sa.String(length=80), nullable=True),
        sa.Column("region", sa.String(length=6), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_question")),
    )
    op.create_index(op.f("ix_open_question_asked_on"), "open_question", ["asked_on"], unique=False)
    op.create_table(
        "progress_sign_in_count",
        sa.Column("number_hash", sa.String(length=64), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number_hash", name=op.f("pk_progress_sign_in_count")),
    )
    op.create_index(
        op.f("ix_progress_sign_in_count_last_at"), "progress_sign_in_count", ["last_at"], unique=False
    )
    op.create_table(
        "route_health",
        sa.Column("route", sa.String(length=40), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("probe_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("route", name=op.f("pk_route_health")),
    )
    op.create_table(
        "seen_nonce",
        sa.Column("key_id", sa.String(length=80), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "nonce", name=op.f("pk_seen_nonce")),
    )
    op.create_index(op.f("ix_seen_nonce_expires_at"), "seen_nonce", ["expires_at"], unique=False)
    op.create_table(
        "submission",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.String(length=36), nullable=True),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("query_code_hash", sa.String(length=64), nullable=False),
        sa.Column("applicant_hash", sa.String(length=64), nullable=True),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", "version", name=op.f("pk_submission")),
        sa.UniqueConstraint("draft_id", name=op.f("uq_submission_draft_id")),
    )
    op.create_index(op.f("ix_submission_applicant_hash"), "submission", ["applicant_hash"], unique=False)
    op.create_table(
        "wrong_tries",
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("who", name=op.f("pk_wrong_tries")),
    )
    op.create_index(op.f("ix_wrong_tries_since"), "wrong_tries", ["since"], unique=False)
    op.create_table(
        "consent_event",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=20), nullable=False),
        sa.Column("actor_subject_id", sa.String(length=36), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["consent_record.id"], name=op.f("fk_consent_event_record_id_consent_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_event")),
    )
    op.create_index(op.f("ix_consent_event_record_id"), "consent_event", ["record_id"], unique=False)
    op.create_index(
        op.f("ix_consent_event_subject_id_sequence"), "consent_event", ["subject_id", "sequence"], unique=True
    )
    op.create_table(
        "outbox_message",
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("application_number", sa.String(length=20), nullable=False),
        sa.Column("application_version", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("route", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("give_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(length=80), nullable=True),
        sa.Column("problem", sa.String(length=200), nullable=True),
        sa.Column("case_number", sa.String(length=80), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_hash", sa.String(length=64), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reconciled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_number", "application_version"],
            ["submission.number", "submission.version"],
            name=op.f("fk_outbox_message_application_number_application_version_submission"),
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint(
            "application_number",
            "application_version",
            name=op.f("uq_outbox_message_application_number_application_version"),
        ),
        sa.UniqueConstraint("id", name=op.f("uq_outbox_message_id")),
    )
    op.create_index(
        op.f("ix_outbox_message_route_state_next_attempt_at"),
        "outbox_message",
        ["route", "state", "next_attempt_at"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_outbox_message_route_state_next_attempt_at"), table_name="outbox_message")
    op.drop_table("outbox_message")
    op.drop_index(op.f("ix_consent_event_subject_id_sequence"), table_name="consent_event")
    op.drop_index(op.f("ix_consent_event_record_id"), table_name="consent_event")
    op.drop_table("consent_event")
    op.drop_index(op.f("ix_wrong_tries_since"), table_name="wrong_tries")
    op.drop_table("wrong_tries")
    op.drop_index(op.f("ix_submission_applicant_hash"), table_name="submission")
    op.drop_table("submission")
    op.drop_index(op.f("ix_seen_nonce_expires_at"), table_name="seen_nonce")
    op.drop_table("seen_nonce")
    op.drop_table("route_health")
    op.drop_index(op.f("ix_progress_sign_in_count_last_at"), table_name="progress_sign_in_count")
    op.drop_table("progress_sign_in_count")
    op.drop_index(op.f("ix_open_question_asked_on"), table_name="open_question")
    op.drop_table("open_question")
    op.drop_index(op.f("ix_draft_kind_code_hash"), table_name="draft")
    op.drop_index(op.f("ix_draft_expires_at"), table_name="draft")
    op.drop_table("draft")
    op.drop_index(op.f("ix_delivery_attempt_message_id"), table_name="delivery_attempt")
    op.drop_table("delivery_attempt")
    op.drop_index(
        op.f("ix_consent_signing_request_application_id_member_id"), table_name="consent_signing_request"
    )
    op.drop_table("consent_signing_request")
    op.drop_index(op.f("ix_consent_record_application_id_subject_id_purpose"), table_name="consent_record")
    op.drop_table("consent_record")
    op.drop_table("consent_chain")
    op.drop_table("case_record")
    op.drop_index(op.f("ix_callback_event_application_number_sequence"), table_name="callback_event")
    op.drop_table("callback_event")
    op.drop_index(op.f("ix_attachment_scan"), table_name="attachment")
    op.drop_index(op.f("ix_attachment_number"), table_name="attachment")
    op.drop_index(op.f("ix_attachment_draft_id"), table_name="attachment")
    op.drop_table("attachment")
    op.drop_index(op.f("ix_answer_feedback_entry"), table_name="answer_feedback")
    op.drop_table("answer_feedback")

"""Tables of consent: who is asked to sign, one record per person and purpose, and the chain of events.

Records and events are only ever added. Names and numbers stand in encrypted columns.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, UtcDateTime
from portal.encryption import EncryptedJson, EncryptedText


class SigningRequest(Base):
    """One person of one application who is asked to sign, for himself and for wards he is guardian of.

    `terms` is what the person signs about: name, ID tail, wards, programmes. Only keyed hashes of link
    and code are stored; `entry` is the opaque session of whoever opened the request last.
    """

    __tablename__ = "consent_signing_request"
    __table_args__ = (Index(None, "application_id", "member_id", unique=True),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    application_id: Mapped[str] = mapped_column(String(36))
    member_id: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[str] = mapped_column(String(36))
    role: Mapped[str] = mapped_column(String(20))
    terms: Mapped[dict[str, Any]] = mapped_column(EncryptedJson)
    acts: Mapped[dict[str, Any]] = mapped_column(EncryptedJson)
    link_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    code_hash: Mapped[str | None] = mapped_column(String(64))
    link_count: Mapped[int] = mapped_column(default=0)
    wrong_codes: Mapped[int] = mapped_column(default=0)
    entry: Mapped[str | None] = mapped_column(String(36), unique=True)
    entry_method: Mapped[str | None] = mapped_column(String(40))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ConsentRecord(Base):
    """One subject and one purpose (ISO/IEC TS 27560); its events tell the state."""

    __tablename__ = "consent_record"
    __table_args__ = (Index(None, "application_id", "subject_id", "purpose"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    schema_version: Mapped[str] = mapped_column(String(20))
    receipt_id: Mapped[str] = mapped_column(String(36))
    application_id: Mapped[str] = mapped_column(String(36))
    subject_id: Mapped[str] = mapped_column(String(36))
    member_id: Mapped[str] = mapped_column(String(20))
    role: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[str] = mapped_column(String(40))
    act: Mapped[str] = mapped_column(String(20))
    notice_id: Mapped[str] = mapped_column(String(40))
    notice_version: Mapped[str] = mapped_column(String(20))
    notice_locale: Mapped[str] = mapped_column(String(10))
    notice_sha256: Mapped[str] = mapped_column(String(64))
    lawful_basis: Mapped[str] = mapped_column(String(40))
    processing: Mapped[dict[str, Any]] = mapped_column(JSON)
    supersedes: Mapped[str | None] = mapped_column(ForeignKey("consent_record.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ConsentEvent(Base):
    """What happened to a record: given, refused, withdrawn … chained per subject by hashes."""

    __tablename__ = "consent_event"
    __table_args__ = (Index(None, "subject_id", "sequence", unique=True),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("consent_record.id"), index=True)
    subject_id: Mapped[str] = mapped_column(String(36))
    sequence: Mapped[int]
    type: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(20))
    actor_subject_id: Mapped[str] = mapped_column(String(36))
    method: Mapped[str] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(20))
    details: Mapped[dict[str, Any]] = mapped_column(EncryptedJson)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class ConsentChain(Base):
    """The head of one subject's chain, sealed by encryption, so that a cut-off end is noticed too."""

    __tablename__ = "consent_chain"

    subject_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    seal: Mapped[dict[str, Any]] = mapped_column(EncryptedJson)


class SignatureImage(Base):
    """A signature drawn by hand, base64 of a PNG. Deleting it empties `image`; the digest stays for the ledger."""

    __tablename__ = "consent_signature_image"
    __table_args__ = (Index(None, "subject_id", "sha256"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    application_id: Mapped[str] = mapped_column(String(36), index=True)
    subject_id: Mapped[str] = mapped_column(String(36))
    sha256: Mapped[str] = mapped_column(String(64))
    image: Mapped[str | None] = mapped_column(EncryptedText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

"""Attachments: photos and PDFs of papers, made safe, encrypted, kept until the case system has fetched them."""

from __future__ import annotations

from flask import Flask

from portal.attachments import papers, scanning
from portal.attachments.keeping import (
    MOST,
    add,
    by_link,
    content,
    count,
    forget_draft,
    forget_number,
    handed_over,
    of_draft,
    of_number,
    pending,
    read,
    reference,
    remove,
    renew_files,
    settle,
    sweep,
    use_link,
)
from portal.attachments.models import Attachment
from portal.attachments.scanning import Scan, scan
from portal.attachments.storage import StorageError, open_storage
from portal.config import ConfigError, Settings

__all__ = [
    "MOST",
    "Attachment",
    "Scan",
    "StorageError",
    "add",
    "by_link",
    "content",
    "count",
    "forget_draft",
    "forget_number",
    "handed_over",
    "init_app",
    "of_draft",
    "of_number",
    "papers",
    "pending",
    "read",
    "reference",
    "remove",
    "renew_files",
    "scan",
    "settle",
    "sweep",
    "use_link",
]


def init_app(app: Flask) -> None:
    """Open the storage and check the tables and addresses; a defect stops the start."""
    settings: Settings = app.extensions["doudi_settings"]
    papers.kinds()
    app.extensions["doudi_files"] = open_storage(settings)
    if settings.clamd:
        try:
            scanning.check_address(settings.clamd)
        except ValueError as wrong:
            raise ConfigError(
                f"DOUDI_CLAMD must be host:port or the path of clamd's socket, not {settings.clamd!r}."
            ) from wrong

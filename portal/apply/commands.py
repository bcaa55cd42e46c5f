"""`flask applications …`: what an installation does with applications by itself."""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from portal import attachments, clock, db
from portal.apply import handing_over, service
from portal.attachments import StorageError
from portal.config import Settings

commands = AppGroup("applications", help="Applications that people fill in.")


@commands.command("tidy")
def tidy() -> None:
    """Remove expired drafts, links and shown query codes; run it daily. Nothing that was sent is touched."""
    with db.writing(db.engine()) as session:
        removed = service.tidy(session, now=clock.now())
    swept = 0
    try:
        with Session(bind=db.engine()) as reading:
            swept = attachments.sweep(reading, now=clock.now())
    except StorageError as failed:
        click.echo(f"The file storage could not be swept: {failed}", err=True)
    click.echo(f"{removed} expired drafts removed, {swept} files without an application removed.")


@commands.command("scan")
def scan() -> None:
    """Scan the files that the scanner has not decided about; run it every few minutes. Exit 1 if some stay."""
    settings: Settings = current_app.extensions["doudi_settings"]
    with Session(bind=db.engine()) as reading:
        waiting = attachments.pending(reading)
    settled = 0
    for id_ in waiting:
        try:
            verdict = attachments.scan(attachments.read(id_), settings.clamd)
        except StorageError as failed:
            click.echo(f"File {id_}: {failed}", err=True)
            continue
        with db.writing(db.engine()) as session:
            settled += handing_over.settle(session, id_, verdict, now=clock.now())
    click.echo(f"{settled} of {len(waiting)} files decided.")
    if settled < len(waiting):
        sys.exit(1)

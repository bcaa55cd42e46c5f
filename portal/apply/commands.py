"""`flask applications …`: what an installation does with applications by itself."""

from __future__ import annotations

import json
import sys

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from portal import attachments, clock, codes, db, log
from portal.apply import handing_over, rights, service
from portal.apply.household import APPLICANT
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


@commands.command("export")
@click.argument("number")
@click.option("--member", default=APPLICANT, show_default=True, help="whose data; m1 is the applicant")
@click.option("--by", required=True, help="who asks for it on that person's behalf")
def export(number: str, member: str, by: str) -> None:
    """Print one person's data as JSON, for that person and nobody else."""
    number = codes.normalise(number)
    try:
        with Session(bind=db.engine()) as reading:
            found = rights.export(reading, number, member, now=clock.now())
    except rights.NotPossible as refused:
        click.echo(str(refused), err=True)
        sys.exit(1)
    log.event("applications.exported", application=number, member=member, by=by)
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))


@commands.command("erase")
@click.argument("number")
@click.option("--by", required=True, help="who does this")
@click.option("--yes", is_flag=True, help="do it; without, only say whether it can be done")
def erase(number: str, by: str, yes: bool) -> None:
    """Delete a settled application here on its applicant's demand; what is not settled stays."""
    number = codes.normalise(number)
    try:
        with db.writing(db.engine()) as session:
            rights.erase(session, number, now=clock.now())
            if not yes:
                session.rollback()
    except rights.NotPossible as refused:
        click.echo(str(refused), err=True)
        sys.exit(1)
    if yes:
        log.event("applications.erased", application=number, by=by)
    click.echo(f"{'erased' if yes else 'would erase'} {number}")

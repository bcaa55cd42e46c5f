"""`flask applications …`: what an installation does with applications by itself."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from portal import clock, db
from portal.apply import service

commands = AppGroup("applications", help="Applications that people fill in.")


@commands.command("tidy")
def tidy() -> None:
    """Remove expired drafts, links and shown query codes; run it daily. Nothing that was sent is touched."""
    with db.writing(db.engine()) as session:
        removed = service.tidy(session, now=clock.now())
    click.echo(f"{removed} expired drafts removed.")

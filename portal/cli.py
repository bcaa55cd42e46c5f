"""`flask --app portal.wsgi …`: the commands of an installation."""

from __future__ import annotations

import sys

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from portal import attachments, db, encryption, handoff, personal_data
from portal.config import Settings
from portal.db import migrations
from portal.operations import commands as operations

__all__ = ["init_app", "migrations"]

database = AppGroup("database", help="The tables of the portal.")
keys = AppGroup("keys", help="The keys that encrypt what people told us.")


def init_app(app: Flask) -> None:
    app.cli.add_command(database)
    personal_data.init_app(app)
    app.cli.add_command(keys)
    app.cli.add_command(relay)
    app.cli.add_command(sandbox)
    operations.init_app(app)


def _settings() -> Settings:
    found: Settings = current_app.extensions["doudi_settings"]
    return found


@database.command("upgrade")
def upgrade() -> None:
    """Bring the tables to the newest shape."""
    from alembic import command

    command.upgrade(migrations(_settings().database_url), "head")


@keys.command("rotate")
@click.option(
    "--batch", default=200, show_default=True, type=click.IntRange(min=1), help="rows a transaction"
)
def rotate_keys(batch: int) -> None:
    """Bring everything to the newest key; stop it and start it again as you like.

    Put the new key first in DOUDI_DATA_KEYS and restart the portal before; when this ends well, the old keys can go.
    """
    unreadable = 0
    for done in encryption.rotate(db.engine(), batch):
        click.echo(f"{done.table}: {done.renewed} of {done.seen} values renewed")
        unreadable += done.unreadable
    seen, renewed, broken = attachments.renew_files()
    click.echo(f"files: {renewed} of {seen} renewed")
    if unreadable or broken:
        click.echo(
            f"{unreadable} values and {broken} files can be read with none of the keys; keep the old keys.",
            err=True,
        )
        sys.exit(1)
    click.echo("The old keys can go.")


@click.command("relay")
@click.option("--once", is_flag=True, help="Deliver what is due, then end.")
@with_appcontext
def relay(once: bool) -> None:
    """Carry applications from the outbox to the case systems."""
    handoff.run_relay(db.engine(), _settings(), once=once)


@click.command("case-system-sandbox")
@click.option("--port", default=8001, show_default=True)
@with_appcontext
def sandbox(port: int) -> None:
    """A case system to try the hand-off against; its web page shows the cases it holds."""
    handoff.run_sandbox(_settings(), port)

"""`flask --app portal.wsgi …`: the commands of an installation."""

from __future__ import annotations

import click
from alembic import command
from alembic.config import Config
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from portal import db, handoff
from portal.config import ROOT, Settings

database = AppGroup("database", help="The tables of the portal.")


def init_app(app: Flask) -> None:
    app.cli.add_command(database)
    app.cli.add_command(relay)
    app.cli.add_command(sandbox)


def migrations(url: str) -> Config:
    """Alembic's configuration for this database; there is no ini file."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "portal" / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def _settings() -> Settings:
    found: Settings = current_app.extensions["doudi_settings"]
    return found


@database.command("upgrade")
def upgrade() -> None:
    """Bring the tables to the newest shape."""
    command.upgrade(migrations(_settings().database_url), "head")


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

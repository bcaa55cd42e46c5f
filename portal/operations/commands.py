"""`flask doctor`, `flask backup …`, `flask retention run`: what keeps an installation in health."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from portal import chores, clock, db, log
from portal.config import Settings
from portal.operations import backup, retention
from portal.operations.backup import BackupError, Contents
from portal.operations.doctor import Verdict, examine

backups = AppGroup("backup", help="Backup and restore of database and files; the keys are kept elsewhere.")
keeping = AppGroup("retention", help="Letting go of what is over.")


def init_app(app: Flask) -> None:
    app.cli.add_command(doctor)
    app.cli.add_command(backups)
    app.cli.add_command(keeping)


def _settings() -> Settings:
    found: Settings = current_app.extensions["doudi_settings"]
    return found


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Examine this installation; exit code 1 where something is ill. It changes nothing."""
    ill = 0
    for finding in examine(current_app._get_current_object()):  # type: ignore[attr-defined]  # a proxy has it
        click.echo(f"{finding.verdict.value:5} {finding.what}: {finding.words}")
        ill += finding.verdict is Verdict.ILL
    if ill:
        click.echo(f"{ill} to mend.", err=True)
        sys.exit(1)


@backups.command("create")
@click.argument("file", type=click.Path(path_type=Path))
def create(file: Path) -> None:
    """Back up the running installation into FILE. The keys are not inside: keep secrets.toml elsewhere."""
    with chores.recorded(db.engine(), "backup"):
        try:
            made = backup.create(_settings(), db.engine(), current_app.extensions["doudi_files"], file)
        except BackupError as failed:
            _stop(failed)
        log.event("backup.created", files=made.files, bytes=made.bytes, revision=made.revision)
        _say("backed up", made)
        click.echo(
            "The keys are not inside: without DOUDI_SECRET_KEY and DOUDI_DATA_KEYS nobody can read it."
        )


@backups.command("check")
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Whether FILE is whole; exit code 1 where it is not."""
    try:
        _say("whole", backup.check(file))
    except BackupError as failed:
        _stop(failed)


@backups.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="put it in the place of tables that are there")
def restore(file: Path, replace: bool) -> None:
    """Restore FILE. Stop portal and relays before; reconcile with every case system afterwards."""
    storage = current_app.extensions["doudi_files"]
    try:
        found = backup.restore(_settings(), db.engine(), storage, file, replace=replace)
    except BackupError as failed:
        _stop(failed)
    log.event("backup.restored", files=found.files, bytes=found.bytes, revision=found.revision)
    _say("restored", found)
    click.echo(
        "Now: flask database upgrade; flask doctor; flask handoff reconcile --yes (each route); then start."
    )


@keeping.command("run")
@click.option(
    "--applications-after-days", type=click.IntRange(min=365), help="also closed applications older than this"
)
def run(applications_after_days: int | None) -> None:
    """Let go of what is over; run it daily. Exit code 1 where something old had to be held back."""
    done = retention.run(db.engine(), now=clock.now(), applications_after_days=applications_after_days)
    for one in done:
        held = f", {one.held_back} held back, not settled" if one.held_back else ""
        click.echo(f"{one.what}: {one.removed} removed{held}{', ' + one.trouble if one.trouble else ''}")
    log.event(
        "retention.run",
        removed=sum(one.removed for one in done),
        held_back=sum(one.held_back for one in done),
    )
    if any(one.held_back or one.trouble for one in done):
        sys.exit(1)
    with chores.recorded(db.engine(), "retention"):
        pass


def _say(what: str, contents: Contents) -> None:
    click.echo(
        f"{what}: {contents.database} at {contents.revision}, {contents.files} files, "
        f"{contents.bytes} bytes, of {contents.made_at}"
    )


def _stop(error: Exception) -> None:
    click.echo(str(error), err=True)
    sys.exit(1)

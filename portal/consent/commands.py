"""`flask consent …`: what an operator can ask of the ledger."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from portal import db
from portal.consent import drawing, ledger

commands = AppGroup("consent", help="The ledger of consents.")


@commands.command("verify")
def verify() -> None:
    """Recompute every hash; exit 1 and one line a problem where something was changed or removed."""
    with Session(bind=db.engine()) as session:
        problems = [*ledger.verify(session), *drawing.problems(session)]
    for problem in problems:
        click.echo(f"subject {problem.subject_id}, event {problem.sequence}: {problem.text}", err=True)
    if problems:
        sys.exit(1)
    click.echo("The ledger is whole.")
